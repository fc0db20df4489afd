package stun

import (
	"context"
	"encoding/hex"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

const (
	// request is a binding request that is filled up to 44 bytes.
	request = "0001 0018 2112a442 000102030405060708090a0b 8022 0014 2020202020202020202020202020202020202020"
	// at is where its answer of TestAnswerTellsTheAddress goes.
	at = "192.0.2.1:32853"
)

// TestAnswerTellsTheAddress compares with RFC 5769 §2.2, and with an address of
// IPv6 masked by hand.
func TestAnswerTellsTheAddress(t *testing.T) {
	for addr, want := range map[string]string{
		at:                         "0101 000c 2112a442 000102030405060708090a0b 0020 0008 0001 a147 e112a643",
		"[::ffff:192.0.2.1]:32853": "0101 000c 2112a442 000102030405060708090a0b 0020 0008 0001 a147 e112a643",
		"[2001:db8::1]:32853":      "0101 0018 2112a442 000102030405060708090a0b 0020 0014 0002 a147 0113a9fa 000102030405060708090a0a",
	} {
		var s Server
		got := s.answer(nil, unhex(t, request), netip.MustParseAddrPort(addr), newLimit(), time.Now())
		if hex.EncodeToString(got) != strings.ReplaceAll(want, " ", "") {
			t.Errorf("%s: got %x, want %s", addr, got, want)
		}
	}
}

func TestNothingElseIsAnswered(t *testing.T) {
	good := unhex(t, request)
	change := func(i int, b byte) []byte {
		out := append([]byte(nil), good...)
		out[i] = b
		return out
	}
	bad := map[string][]byte{
		"nothing": {}, "one byte more": append(append([]byte(nil), good...), 0), "an answer": change(0, 1), "an indication": change(1, 0x11),
		"an allocation": change(1, 3), "other length": change(3, 0x14), "other cookie": change(4, 0x20),
		"too long": append(unhex(t, "0001 01f0 2112a442 000102030405060708090a0b"), make([]byte, 496)...),
		"bare":     unhex(t, "0001 0000 2112a442 000102030405060708090a0b"),
	}
	for n := range good {
		bad[strings.Repeat("x", n+1)] = good[:n]
	}
	for name, b := range bad {
		var s Server
		if got := s.answer(nil, b, netip.MustParseAddrPort(at), newLimit(), time.Now()); len(got) > 0 || s.Stats() != (Stats{Ignored: 1}) {
			t.Errorf("%s: got %x, %+v", name, got, s.Stats())
		}
	}
}

func TestAnswerIsNeverLongerThanTheRequest(t *testing.T) {
	for n := 0; n <= 64; n += 4 {
		b := append(unhex(t, "0001 0000 2112a442 000102030405060708090a0b"), make([]byte, n)...)
		b[3] = byte(n)
		for _, addr := range []string{at, "[2001:db8::1]:1"} {
			var s Server
			if got := s.answer(nil, b, netip.MustParseAddrPort(addr), newLimit(), time.Now()); len(got) > len(b) {
				t.Errorf("%d bytes for %d", len(got), len(b))
			}
		}
	}
}

func TestSourceThatAsksTooOftenGetsFewAnswers(t *testing.T) {
	var s Server
	l, now := newLimit(), time.Unix(1000, 0)
	ask := func(addr string) bool {
		return len(s.answer(nil, unhex(t, request), netip.MustParseAddrPort(addr), l, now)) > 0
	}
	for i := range burst {
		if !ask("[2001:db8::1]:1") {
			t.Fatalf("request %d: no answer", i)
		}
	}
	if ask("[2001:db8::2]:2") {
		t.Error("another address of the same /64 gets more")
	}
	if !ask("[2001:db8:0:1::1]:1") {
		t.Error("another source gets nothing")
	}
	now = now.Add(every)
	if !ask("[2001:db8::1]:1") || ask("[2001:db8::1]:1") {
		t.Error("want one answer after a while")
	}
	now = now.Add(time.Hour)
	for i := range burst {
		if !ask("[2001:db8::1]:1") {
			t.Fatalf("an hour later, request %d: no answer", i)
		}
	}
	if got, want := s.Stats(), (Stats{Answered: 2*burst + 2, Limited: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestServeAnswersUntilItsEnd(t *testing.T) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var s Server
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, conn) }()
	var d net.Dialer
	client, err := d.DialContext(t.Context(), "udp", conn.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Write(unhex(t, request)); err != nil {
		t.Fatal(err)
	}
	var b [MaxRequest]byte
	n, err := client.Read(b[:])
	if err != nil || n != MinRequest4 || b[0] != 1 {
		t.Errorf("got %x, %v", b[:n], err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("got %v", err)
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(unhex(f, request))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s Server
		got := s.answer(nil, b, netip.MustParseAddrPort(at), newLimit(), time.Now())
		if len(got) > len(b) || len(got) > 0 && !isRequest(b) {
			t.Errorf("%x: got %x", b, got)
		}
	})
}
