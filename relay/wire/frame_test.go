package wire

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"testing"
)

func frameSamples() []Frame {
	return []Frame{
		{Type: Stage1, Payload: []byte("hello")},
		{Type: Notice, Payload: []byte{}},
		{Type: Handshake, Channel: MasterConn, Payload: []byte("e1")},
		{Type: Record, Flags: Flags(LanePicture) | First | Last | Refresh, Channel: 0x01020304, Payload: []byte("sealed")},
		{Type: Record, Flags: Flags(LaneBulk), Channel: Everybody, Payload: make([]byte, MaxRecord)},
		{Type: Ping, Payload: []byte("12345678")},
		{Type: Pong, Payload: []byte("12345678")},
	}
}

func TestFrameHasTheseBytes(t *testing.T) {
	got := hex.EncodeToString(AppendFrame([]byte{0xaa}, frameSamples()[3]))
	// version · type · flags · length · channel · payload
	want := "aa" + "01" + "04" + "003a" + "00000006" + "01020304" + hex.EncodeToString([]byte("sealed"))
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFramesComeBack(t *testing.T) {
	for _, f := range frameSamples() {
		if err := f.Check(); err != nil {
			t.Errorf("type %d: %v", f.Type, err)
		}
		got, err := Parse(AppendFrame(nil, f))
		if err != nil || !reflect.DeepEqual(got, f) {
			t.Errorf("type %d: got %v, %v", f.Type, got, err)
		}
	}
}

func TestEveryShorterFrameIsRefused(t *testing.T) {
	whole := AppendFrame(nil, frameSamples()[3])
	for n := range whole {
		if got, err := Parse(whole[:n]); !errors.Is(err, ErrTruncated) {
			t.Errorf("cut to %d bytes: got %v, %v, want %v", n, got, err, ErrTruncated)
		}
	}
}

func TestFrameWithOneByteMoreIsRefused(t *testing.T) {
	if got, err := Parse(append(AppendFrame(nil, frameSamples()[3]), 0)); !errors.Is(err, ErrHeader) {
		t.Errorf("got %v, %v, want %v", got, err, ErrHeader)
	}
}

func TestWrongHeadersAreRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		header string
		want   error
	}{
		{"version 0", "000400000000000000000000", ErrHeader},
		{"version 2", "020400000000000000000000", ErrHeader},
		{"type 0", "010000000000000000000000", ErrHeader},
		{"type 7", "010700000000000000000000", ErrHeader},
		{"lane 5", "010400050000000000000000", ErrHeader},
		{"bit 6", "010400400000000000000000", ErrHeader},
		{"bit 15", "010480000000000000000000", ErrHeader},
		{"flags on a notice", "010200080000000000000000", ErrHeader},
		{"flags on a handshake", "010300010000000000000000", ErrHeader},
		{"ping of 7 bytes", "010500000000000700000000", ErrHeader},
		{"ping of 9 bytes", "010500000000000900000000", ErrTooLong},
		{"notice of 64 KiB and one", "010200000001000100000000", ErrTooLong},
		{"handshake of 8 KiB and one", "010300000000200100000000", ErrTooLong},
		{"control of 64 KiB and one", "010400000001000100000000", ErrTooLong},
		{"input of 64 KiB and one", "010400010001000100000000", ErrTooLong},
		{"picture of 1 MiB and one", "010400020010000100000000", ErrTooLong},
		{"record of 1 GiB", "010400024000000000000000", ErrTooLong},
		{"record of 4 GiB", "01040002ffffffff00000000", ErrTooLong},
	} {
		raw, err := hex.DecodeString(c.header)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Parse(raw); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, %v, want %v", c.name, got, err, c.want)
		}
		if got, err := NewReader(bytes.NewReader(raw)).Next(); !errors.Is(err, c.want) {
			t.Errorf("%s, read: got %v, %v, want %v", c.name, got, err, c.want)
		}
	}
}

func TestCheckRefusesWhatParseWould(t *testing.T) {
	for _, f := range []Frame{
		{},
		{Type: Ping, Payload: []byte("short")},
		{Type: Record, Flags: 1 << 6},
		{Type: Record, Flags: Flags(Lanes)},
		{Type: Record, Payload: make([]byte, MaxControl+1)},
		{Type: Handshake, Payload: make([]byte, MaxHandshake+1)},
		{Type: Record, Flags: Flags(LaneBulk), Payload: make([]byte, MaxRecord+1)},
		{Type: Notice, Flags: First},
	} {
		if err := f.Check(); err == nil {
			t.Errorf("type %d, flags %#x, %d bytes: got no error", f.Type, f.Flags, len(f.Payload))
		}
	}
}

func TestSealCoversTypeAndFlagsAndNotTheChannel(t *testing.T) {
	f := frameSamples()[3]
	if got, want := AAD(f), []byte{1, 4, 0, 0x3a}; !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
	raw := AppendFrame(nil, f)
	SetChannel(raw, 9)
	got, err := Parse(raw)
	want := f
	want.Channel = 9
	if err != nil || !reflect.DeepEqual(got, want) || !bytes.Equal(AAD(got), AAD(f)) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestLanesHaveNames(t *testing.T) {
	var got []string
	for l := range Lane(Lanes + 1) {
		got = append(got, l.String())
	}
	if want := "[control input picture sound bulk unknown]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestOwnerTokenIsNotPrinted(t *testing.T) {
	o := fill[Owner](1)
	for _, got := range []string{
		fmt.Sprint(o), fmt.Sprintf("%x", o), fmt.Sprintf("%#v", o), fmt.Sprintf("%+v", Open{Owner: o}.Owner), o.LogValue().String(),
	} {
		if got != "[redacted]" {
			t.Errorf("got %q, want [redacted]", got)
		}
	}
}
