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
	mu     sync.Mutex
	lanes  [wire.Lanes][]wire.Frame
	bytes  [wire.Lanes]int
	bulk   map[uint32]int // bulk bytes under way by destination
	busy   bool           // what was taken is still being written
	closed bool
	room   chan struct{} // closed when something has left
}

func newOutbox() *outbox {
	return &outbox{wake: make(chan struct{}, 1), bulk: make(map[uint32]int), room: make(chan struct{})}
}

// put queues f, or returns errWait and a channel that is closed when there may
// be room.
func (o *outbox) put(f wire.Frame) (<-chan struct{}, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	lane := f.Flags.Lane()
	quick := lane == wire.LaneControl || lane == wire.LaneInput
	switch {
	case o.closed:
		return nil, ErrClosed
	case quick && len(o.lanes[lane]) >= quickDepth:
		return nil, ErrFull
	case !quick && o.bytes[lane] > 0 && o.bytes[lane]+len(f.Payload) > slowBytes:
		return o.room, errWait
	case lane == wire.LaneBulk && o.bulk[f.Channel] > 0 && o.bulk[f.Channel]+len(f.Payload) > wire.BulkWindow:
		return o.room, errWait
	}
	if lane == wire.LaneBulk {
		o.bulk[f.Channel] += len(f.Payload)
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
// batchBytes or nothing waits. Taking again says that what was taken before
// has left.
func (o *outbox) take(buf []byte) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer o.leftLocked()
	buf = o.takeLocked(buf)
	o.busy = len(buf) > 0
	return buf
}

// leftLocked wakes everybody who waits for room.
func (o *outbox) leftLocked() {
	close(o.room)
	o.room = make(chan struct{})
}

func (o *outbox) takeLocked(buf []byte) []byte {
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

// credit gives back what the relay has written out.
func (o *outbox) credit(c wire.Credit) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.bulk[c.Conn] -= int(c.Bytes); o.bulk[c.Conn] <= 0 {
		delete(o.bulk, c.Conn)
	}
	o.leftLocked()
}

// close refuses what comes from now on.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
}

// empty reports whether everything was written; the channel is closed when something
// has left.
func (o *outbox) empty() (<-chan struct{}, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, lane := range o.lanes {
		if len(lane) > 0 {
			return o.room, false
		}
	}
	return o.room, !o.busy
}
