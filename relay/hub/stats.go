package hub

import (
	"io"
	"sync"
	"sync/atomic"

	"lotse/relay/wire"
)

// Stats is what a relay counted since it started. It holds no name, number or
// address.
type Stats struct {
	// Links are the connections in rooms at this moment, Rooms the rooms.
	Links, Rooms int
	// FramesIn, BytesIn and BytesOut count what passed.
	FramesIn, BytesIn, BytesOut uint64
	// Refused are connections beyond the limit, Stage1Failed those that did
	// not prove themselves.
	Refused, Stage1Failed uint64
	// Dropped counts frames that were not passed on, by reason.
	Dropped map[wire.Reason]uint64
}

type counters struct {
	links                     atomic.Int64
	framesIn, bytesIn         atomic.Uint64
	bytesOut                  atomic.Uint64
	refused, stage1Failed     atomic.Uint64
	droppedSlow, droppedOther atomic.Uint64
}

func (c *counters) in(f wire.Frame) {
	c.framesIn.Add(1)
	c.bytesIn.Add(uint64(wire.HeaderSize + len(f.Payload)))
}

func (c *counters) drop(why wire.Reason) {
	if why == wire.ReasonSlow {
		c.droppedSlow.Add(1)
		return
	}
	c.droppedOther.Add(1)
}

// Stats returns the counters.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	rooms := len(s.rooms)
	s.mu.Unlock()
	c := &s.stats
	return Stats{
		Links: int(c.links.Load()), Rooms: rooms, FramesIn: c.framesIn.Load(), BytesIn: c.bytesIn.Load(),
		BytesOut: c.bytesOut.Load(), Refused: c.refused.Load(), Stage1Failed: c.stage1Failed.Load(),
		Dropped: map[wire.Reason]uint64{wire.ReasonSlow: c.droppedSlow.Load(), wire.ReasonOverflow: c.droppedOther.Load()},
	}
}

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
	_, _ = t.w.Write(b) //nolint:errcheck // a test that misses bytes fails by itself
}
