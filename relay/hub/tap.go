package hub

import (
	"io"
	"sync"

	"lotse/relay/wire"
)

// Direction is the way of a frame, as the relay sees it.
type Direction bool

// The directions.
const (
	In  Direction = false // from a program
	Out Direction = true  // to a program
)

// Tap sees every frame and returns what takes its place: the same one, none,
// several, or others. conn is the connection in its room, 0 in stage 1. It is
// how tests make a relay lie; no program sets one.
type Tap func(d Direction, conn uint32, f wire.Frame) []wire.Frame

// tape writes down every byte that a relay sees, for tests that search it.
type tape struct {
	// mu guards w: frames of several connections stay whole.
	mu sync.Mutex
	w  io.Writer
}

func (t *tape) write(f wire.Frame) {
	if t.w != nil {
		t.bytes(wire.AppendFrame(nil, f))
	}
}

func (t *tape) bytes(b []byte) {
	if t.w == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = t.w.Write(b) // a test that misses bytes fails by itself
}
