package hub

import (
	"sync"
	"time"

	"lotse/relay/wire"
)

// The bounds of what waits for one member.
const (
	// controlDepth is how many control frames wait. More means that the
	// reader is gone in all but name.
	controlDepth = 256
	// inputDepth is how many input frames wait. Input that comes later than
	// this does harm.
	inputDepth = 64
	// pictureBytes is how much picture waits: the largest update there is,
	// with its seals.
	pictureBytes = 9 << 20
	// pictureAge is how long a picture may wait when a newer one comes: a
	// first paint on a line of 1 Mbit/s needs half of it.
	pictureAge = 5 * time.Second
	// soundDepth is how many sound frames wait: a second at 20 ms each.
	soundDepth = 50
	// bulkBytes is how much bulk data waits.
	bulkBytes = 256 << 10
)

// item is a frame that waits. Its payload is shared by all who get it.
type item struct {
	frame wire.Frame
	at    time.Time
}

// queue is what waits for one member, in lanes. A full lane never blocks the
// one who sends: it drops, or ends the reader's connection.
type queue struct {
	wake chan struct{}

	// mu guards the fields below.
	mu     sync.Mutex
	lanes  [wire.Lanes][]item
	bytes  [wire.Lanes]int
	cut    map[uint32]uint32 // sources whose pictures wait for a refresh, and how many updates that cost
	closed bool
}

func newQueue() *queue {
	return &queue{wake: make(chan struct{}, 1), cut: make(map[uint32]uint32)}
}

// put queues f. A reason is why it was dropped; overflow says that the
// reader's connection has to end.
func (q *queue) put(f wire.Frame, now time.Time) (dropped wire.Reason, overflow bool) {
	q.mu.Lock()
	dropped, overflow = q.putLocked(f, now)
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return dropped, overflow
}

func (q *queue) putLocked(f wire.Frame, now time.Time) (wire.Reason, bool) {
	lane := f.Flags.Lane()
	waiting := q.lanes[lane]
	switch lane {
	case wire.LaneControl:
		if len(waiting) >= controlDepth {
			return wire.ReasonOverflow, true
		}
	case wire.LaneInput:
		if len(waiting) >= inputDepth {
			return wire.ReasonOverflow, true
		}
	case wire.LanePicture:
		if reason := q.pictureLocked(f, now); reason != "" {
			return reason, false
		}
	case wire.LaneSound:
		if len(waiting) >= soundDepth {
			q.bytes[lane] -= len(waiting[0].frame.Payload)
			q.lanes[lane] = append(waiting[:0:0], waiting[1:]...)
		}
	case wire.LaneBulk:
		if q.bytes[lane]+len(f.Payload) > bulkBytes {
			return wire.ReasonSlow, false
		}
	}
	q.pushLocked(f, now)
	return "", false
}

func (q *queue) pushLocked(f wire.Frame, now time.Time) {
	lane := f.Flags.Lane()
	q.lanes[lane] = append(q.lanes[lane], item{f, now})
	q.bytes[lane] += len(f.Payload)
}

// pictureLocked decides about a picture. A reader that is too slow loses
// everything of that sender until the next refresh, because an update alone
// can't be shown; it is told so once.
func (q *queue) pictureLocked(f wire.Frame, now time.Time) wire.Reason {
	first := f.Flags&wire.First != 0
	if lost, waits := q.cut[f.Channel]; waits {
		if !first || f.Flags&wire.Refresh == 0 {
			if first {
				q.cut[f.Channel] = lost + 1
			}
			return wire.ReasonSlow
		}
		delete(q.cut, f.Channel)
	}
	waiting := q.lanes[wire.LanePicture]
	old := first && len(waiting) > 0 && now.Sub(waiting[0].at) > pictureAge
	if !old && q.bytes[wire.LanePicture]+len(f.Payload) <= pictureBytes {
		return ""
	}
	lost := q.dropPicturesLocked(f.Channel)
	if first && f.Flags&wire.Refresh != 0 {
		return "" // it needs none of those before
	}
	if first {
		lost++
	}
	q.cut[f.Channel] = lost
	q.pushLocked(wire.Frame{
		Type:    wire.Notice,
		Payload: wire.Encode(wire.Dropped{Conn: f.Channel, Lane: wire.LanePicture, Updates: lost, Reason: wire.ReasonSlow}),
	}, now)
	return wire.ReasonSlow
}

func (q *queue) dropPicturesLocked(source uint32) (updates uint32) {
	var keep []item
	size := 0
	for _, it := range q.lanes[wire.LanePicture] {
		if it.frame.Channel != source {
			keep = append(keep, it)
			size += len(it.frame.Payload)
			continue
		}
		if it.frame.Flags&wire.First != 0 {
			updates++
		}
	}
	q.lanes[wire.LanePicture], q.bytes[wire.LanePicture] = keep, size
	return updates
}

// take appends frames to buf, the most urgent first, until it holds about
// most bytes or nothing waits. It reports false when the queue is closed and
// empty.
func (q *queue) take(buf []byte, most int) ([]byte, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for lane := range q.lanes {
		for len(q.lanes[lane]) > 0 {
			f := q.lanes[lane][0].frame
			if len(buf) > 0 && len(buf)+wire.HeaderSize+len(f.Payload) > most {
				return buf, true
			}
			buf = wire.AppendFrame(buf, f)
			q.bytes[lane] -= len(f.Payload)
			q.lanes[lane][0] = item{}
			q.lanes[lane] = q.lanes[lane][1:]
		}
		q.lanes[lane] = nil
	}
	return buf, len(buf) > 0 || !q.closed
}

// close lets what waits leave, and nothing after it.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}
