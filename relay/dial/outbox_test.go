package dial

import (
	"errors"
	"testing"

	"lotse/relay/wire"
)

func frameOn(l wire.Lane, n int) wire.Frame {
	return wire.Frame{Type: wire.Record, Flags: wire.Flags(l) | wire.First | wire.Last, Channel: 2, Payload: make([]byte, n)}
}

// What was taken has left only when the next is taken: Flush waits for the
// write, not for the queue.
func TestTakenIsNotYetWritten(t *testing.T) {
	o := newOutbox()
	if _, empty := o.empty(); !empty {
		t.Error("a new outbox is not empty")
	}
	if _, err := o.put(frameOn(wire.LaneControl, 1)); err != nil {
		t.Fatal(err)
	}
	if got := len(o.take(nil)); got != wire.HeaderSize+1 {
		t.Fatalf("got %d bytes, want a frame", got)
	}
	left, empty := o.empty()
	if empty {
		t.Error("empty while it is being written")
	}
	if got := o.take(nil); len(got) != 0 {
		t.Errorf("got %d bytes, want none", len(got))
	}
	<-left
	if _, empty := o.empty(); !empty {
		t.Error("not empty after it was written")
	}
}

func TestQuickLanesAreFullAndSlowOnesWait(t *testing.T) {
	o := newOutbox()
	for _, l := range []wire.Lane{wire.LaneControl, wire.LaneInput} {
		for range quickDepth {
			if _, err := o.put(frameOn(l, 1)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := o.put(frameOn(l, 1)); !errors.Is(err, ErrFull) {
			t.Errorf("%v: got %v, want %v", l, err, ErrFull)
		}
	}
	for _, l := range []wire.Lane{wire.LanePicture, wire.LaneSound, wire.LaneBulk} {
		if _, err := o.put(frameOn(l, 2*slowBytes)); err != nil { // one may be longer than the lane
			t.Fatal(err)
		}
		if room, err := o.put(frameOn(l, 1)); !errors.Is(err, errWait) || room == nil {
			t.Errorf("%v: got %v, want %v", l, err, errWait)
		}
	}
	o.close()
	if _, err := o.put(frameOn(wire.LaneControl, 1)); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v, want %v", err, ErrClosed)
	}
}

// Input overtakes pictures: no batch holds more than one piece before it.
func TestInputOvertakesPictures(t *testing.T) {
	o := newOutbox()
	for range 2 {
		if _, err := o.put(frameOn(wire.LanePicture, 12<<10)); err != nil {
			t.Fatal(err)
		}
	}
	first := o.take(nil)
	if _, err := o.put(frameOn(wire.LaneInput, 8)); err != nil {
		t.Fatal(err)
	}
	second := o.take(nil)
	if len(first) != wire.HeaderSize+12<<10 || wire.Flags(second[3]).Lane() != wire.LaneInput {
		t.Errorf("got %d bytes, then lane %v, want one picture, then input", len(first), wire.Flags(second[3]).Lane())
	}
}
