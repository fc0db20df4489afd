package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"reflect"
	"runtime"
	"testing"
	"testing/iotest"
)

func TestReaderReturnsFramesInOrder(t *testing.T) {
	var all []byte
	for _, f := range frameSamples() {
		all = AppendFrame(all, f)
	}
	for name, source := range map[string]io.Reader{
		"at once": bytes.NewReader(all), "in halves": iotest.HalfReader(bytes.NewReader(all)), "byte by byte": iotest.OneByteReader(bytes.NewReader(all)),
	} {
		r := NewReader(source)
		r.EndStage1()
		for _, want := range frameSamples() {
			if got, err := r.Next(); err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("%s: type %d: got %d bytes, %v", name, want.Type, len(got.Payload), err)
			}
		}
		if _, err := r.Next(); err != io.EOF { //nolint:errorlint // Raw promises io.EOF itself
			t.Errorf("%s: got %v, want %v", name, err, io.EOF)
		}
	}
}

func TestReaderTellsACutFrameFromAnEnd(t *testing.T) {
	whole := AppendFrame(nil, frameSamples()[3])
	for n := 1; n < len(whole); n++ {
		if _, err := NewReader(bytes.NewReader(whole[:n])).Next(); !errors.Is(err, ErrTruncated) {
			t.Errorf("cut to %d bytes: got %v, want %v", n, err, ErrTruncated)
		}
	}
}

func TestReaderStopsAtTheBudgetOfStage1(t *testing.T) {
	f := Frame{Type: Stage1, Payload: make([]byte, 4<<10-HeaderSize)}
	var all []byte
	for range 5 {
		all = AppendFrame(all, f)
	}
	r := NewReader(bytes.NewReader(all))
	for i := range 4 {
		if _, err := r.Next(); err != nil {
			t.Fatalf("frame %d: %v", i, err)
		}
	}
	if _, err := r.Next(); !errors.Is(err, ErrBudget) {
		t.Errorf("got %v, want %v", err, ErrBudget)
	}
	r = NewReader(bytes.NewReader(all))
	r.EndStage1()
	for i := range 5 {
		if _, err := r.Next(); err != nil {
			t.Fatalf("after stage 1: frame %d: %v", i, err)
		}
	}
}

// A header that announces a lot costs nothing: the allocations of refusing it
// are those of the error.
func TestReaderAllocatesNothingForALongLength(t *testing.T) {
	head := []byte{Version, byte(Record), 0, byte(LanePicture), 0, 0, 0, 0, 0, 0, 0, 0}
	for _, length := range []uint32{1 << 30, 1<<32 - 1, MaxRecord} { // the last one is over the budget only
		binary.BigEndian.PutUint32(head[4:], length)
		const rounds = 1000
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range rounds {
			if _, err := NewReader(bytes.NewReader(head)).Next(); err == nil {
				t.Fatalf("length %d was accepted", length)
			}
		}
		runtime.ReadMemStats(&after)
		if got := (after.TotalAlloc - before.TotalAlloc) / rounds; got > 2*readBuffer {
			t.Errorf("length %d: got %d bytes, want the read buffer alone", length, got)
		}
	}
}
