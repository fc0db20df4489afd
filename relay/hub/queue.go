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
	// joinerDepth is how many control frames may wait when somebody outside
	// adds one: a stranger can't fill a member's lane.
	joinerDepth = controlDepth / 2
	// inputDepth is how many input frames wait. Input that comes later than
	// this does harm.
	inputDepth = 64
	// pictureBytes is how much picture waits: the largest update there is,
	// with its seals.
	pictureBytes = 9 << 20
	// pictureAge is how long a picture may wait at the most when a newer one
	// comes: a first paint on a line of 1 Mbit/s needs half of it.
	pictureAge = 5 * time.Second
	// leastPictureAge is how long it may wait on any line: a lost packet must
	// not cost a refresh.
	leastPictureAge = 500 * time.Millisecond
	// soundDepth is how many sound frames wait: a second at 20 ms each.
	soundDepth = 50
)

// item is a frame that waits. raw is the whole frame, shared by all who get
// it; nobody changes it.
type item struct {
	frame wire.Frame
	raw   []byte
	at    time.Time
}

// itemOf is a frame of our own.
func itemOf(f wire.Frame) item {
	raw := wire.AppendFrame(nil, f)
	f.Payload = raw[wire.HeaderSize:]
	return item{frame: f, raw: raw}
}

// lost is what did not find room.
type lost struct {
	// reason is why, empty for nothing lost.
	reason wire.Reason
	// frames is how many frames.
	frames int
	// fatal says that the reader's connection has to end.
	fatal bool
}

// queue is what waits for one member, in lanes. A full lane never blocks the
// one who sends: it drops, or ends the reader's connection.
type queue struct {
	wake chan struct{}

	// mu guards the fields below.
	mu     sync.Mutex
	lanes  [wire.Lanes][]item
	bytes  [wire.Lanes]int
	spare  []item            // room for pictures, once the lane is empty
	cut    map[uint32]uint32 // sources whose pictures wait for a refresh, and how many updates that cost
	partly uint32            // the source of an update of which a part has left
	paint  map[uint32]*paint // how long refreshes of a source take to leave
	closed bool
}

func newQueue() *queue {
	return &queue{wake: make(chan struct{}, 1), cut: make(map[uint32]uint32)}
}

// put queues a frame.
func (q *queue) put(it item, now time.Time) lost {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return lost{}
	}
	it.at = now
	l := q.putLocked(it)
	q.wakeUp()
	return l
}

func (q *queue) wakeUp() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *queue) putLocked(it item) lost {
	lane := it.frame.Flags.Lane()
	var l lost
	switch lane {
	case wire.LaneControl:
		if len(q.lanes[lane]) >= controlDepth {
			return lost{wire.ReasonOverflow, 1, true}
		}
	case wire.LaneInput:
		if len(q.lanes[lane]) >= inputDepth {
			return lost{wire.ReasonOverflow, 1, true}
		}
	case wire.LanePicture:
		if l = q.pictureLocked(it); l.reason != "" {
			return l
		}
	case wire.LaneSound:
		if len(q.lanes[lane]) >= soundDepth {
			q.popLocked(lane)
			l = lost{wire.ReasonSlow, 1, false}
		}
	case wire.LaneBulk:
		// Credit bounds it: a sender who keeps to it always finds room.
		if q.bytesOf(lane, it.frame.Channel)+len(it.frame.Payload) > wire.BulkWindow {
			return lost{wire.ReasonOverflow, 1, false}
		}
	}
	q.pushLocked(it)
	return l
}

// bytesOf returns how much of one source waits on a lane.
func (q *queue) bytesOf(lane wire.Lane, source uint32) (size int) {
	if q.bytes[lane] == 0 {
		return 0
	}
	for _, it := range q.lanes[lane] {
		if it.frame.Channel == source {
			size += len(it.frame.Payload)
		}
	}
	return size
}

// spareItems is how many items a member's picture lane has room for that it keeps
// when it is empty, about 3 KiB: a lane that fills and empties all the time would
// spend a sixth of the relay's time on growing.
const spareItems = 32

func (q *queue) pushLocked(it item) {
	lane := it.frame.Flags.Lane()
	was := q.lanes[lane]
	if lane == wire.LanePicture && len(was) == 0 {
		was = q.spare[:0]
	}
	now := append(was, it)
	if lane == wire.LanePicture && cap(now) != cap(was) && cap(now) <= spareItems {
		q.spare = now[:0]
	}
	q.lanes[lane] = now
	q.bytes[lane] += len(it.frame.Payload)
}

func (q *queue) popLocked(lane wire.Lane) item {
	it := q.lanes[lane][0]
	q.lanes[lane][0] = item{}
	q.lanes[lane] = q.lanes[lane][1:]
	q.bytes[lane] -= len(it.frame.Payload)
	if len(q.lanes[lane]) == 0 {
		q.lanes[lane] = nil
	}
	return it
}

// busier reports whether more than n frames wait on the control lane.
func (q *queue) busier(n int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.lanes[wire.LaneControl]) > n
}

// take moves frames to batch, the most urgent first, until they hold about
// most bytes or nothing waits. It reports false when the queue is closed and
// empty.
func (q *queue) take(batch []item, most int, now time.Time) ([]item, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	size := 0
	for lane := range wire.Lane(wire.Lanes) {
		for len(q.lanes[lane]) > 0 {
			next := q.lanes[lane][0]
			if size > 0 && size+len(next.raw) > most {
				return batch, true
			}
			if lane == wire.LanePicture {
				q.leavesLocked(next, now)
			}
			batch, size = append(batch, q.popLocked(lane)), size+len(next.raw)
		}
	}
	return batch, size > 0 || !q.closed
}

// close lets what waits leave, and nothing after it.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.wakeUp()
}

// fail throws everything away but one last word, and closes the queue.
func (q *queue) fail(last item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	q.lanes, q.bytes, q.spare = [wire.Lanes][]item{}, [wire.Lanes]int{}, nil
	q.pushLocked(last)
	q.closed = true
	q.wakeUp()
}

// forget drops what is remembered of a source that has gone.
func (q *queue) forget(source uint32) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.cut, source)
	delete(q.paint, source)
}
