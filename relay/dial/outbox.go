package dial

import (
	"errors"
	"sync"

	"lotse/relay/wire"
)

// batchBytes is how much is written at once, so that input waits for no more
// than one piece of a picture.
const batchBytes = 16 << 10

// The bounds of what waits to leave.
const (
	// quickDepth is how many frames wait on the lanes that must not wait.
	quickDepth = 256
	// slowBytes is how much waits on each other lane: two pieces, so that the
	// sender feels the line and the newest picture wins.
	slowBytes = 32 << 10
)

// errWait says that a lane has no room now.
var errWait = errors.New("dial: wait for room")

// outbox holds the frames that wait to leave, in lanes.
type outbox struct {
	wake chan struct{}

	// mu guards the fields below.
	mu    sync.Mutex
	lanes [wire.Lanes][]wire.Frame
	bytes [wire.Lanes]int
	room  chan struct{} // closed when something has left
}

func newOutbox() *outbox {
	return &outbox{wake: make(chan struct{}, 1), room: make(chan struct{})}
}

// put queues f, or returns errWait and a channel that is closed when there may
// be room.
func (o *outbox) put(f wire.Frame) (<-chan struct{}, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	lane := f.Flags.Lane()
	quick := lane == wire.LaneControl || lane == wire.LaneInput
	switch {
	case quick && len(o.lanes[lane]) >= quickDepth:
		return nil, ErrFull
	case !quick && o.bytes[lane] > 0 && o.bytes[lane]+len(f.Payload) > slowBytes:
		return o.room, errWait
	}
	o.lanes[lane] = append(o.lanes[lane], f)
	o.bytes[lane] += len(f.Payload)
	select {
	case o.wake <- struct{}{}:
	default:
	}
	return nil, nil
}

// take appends frames to buf, the most urgent first, until it holds about
// batchBytes or nothing waits.
func (o *outbox) take(buf []byte) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer func() {
		close(o.room)
		o.room = make(chan struct{})
	}()
	for lane := range o.lanes {
		for len(o.lanes[lane]) > 0 {
			f := o.lanes[lane][0]
			if len(buf) > 0 && len(buf)+wire.HeaderSize+len(f.Payload) > batchBytes {
				return buf
			}
			buf = wire.AppendFrame(buf, f)
			o.bytes[lane] -= len(f.Payload)
			o.lanes[lane][0] = wire.Frame{}
			o.lanes[lane] = o.lanes[lane][1:]
		}
		o.lanes[lane] = nil
	}
	return buf
}

// empty reports whether nothing waits; the channel is closed when something
// has left.
func (o *outbox) empty() (<-chan struct{}, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, lane := range o.lanes {
		if len(lane) > 0 {
			return o.room, false
		}
	}
	return nil, true
}
