package hub

import (
	"maps"
	"sync"
	"sync/atomic"

	"lotse/relay/wire"
)

// Stats is what a relay counted since it started. It holds no name, number or
// address.
type Stats struct {
	// Links are the connections in rooms at this moment, Rooms the rooms.
	Links, Rooms int
	// Standby are the connections among them that stand by for a room that is
	// open on another relay. Load is how much is in use, in percent.
	Standby int
	Load    uint8
	// FramesIn, BytesIn and BytesOut count what passed.
	FramesIn, BytesIn, BytesOut uint64
	// Refused are connections beyond the limits, Stage1Failed those that did
	// not prove themselves.
	Refused, Stage1Failed uint64
	// Dropped counts frames that were not passed on.
	Dropped map[Drop]uint64
	// Denied counts refusals in stage 1 by reason.
	Denied map[wire.Reason]uint64
}

// Drop is where and why a frame was not passed on.
type Drop struct {
	Lane   wire.Lane
	Reason wire.Reason
}

// reasonNobody says that a frame was for somebody who is not there, or not yet.
const reasonNobody wire.Reason = "nobody"

// Drops are all the places and reasons there are for not passing a frame on.
func Drops() []Drop {
	all := []Drop{
		{wire.LaneControl, wire.ReasonOverflow},
		{wire.LaneControl, wire.ReasonThrottled},
		{wire.LaneInput, wire.ReasonOverflow},
		{wire.LanePicture, wire.ReasonSlow},
		{wire.LaneSound, wire.ReasonSlow},
		{wire.LaneBulk, wire.ReasonOverflow},
	}
	for lane := range wire.Lane(wire.Lanes) {
		all = append(all, Drop{lane, reasonNobody}, Drop{lane, wire.ReasonStandby})
	}
	return all
}

// Denials are all the reasons there are for a refusal in stage 1.
func Denials() []wire.Reason {
	return []wire.Reason{
		wire.ReasonLicence, wire.ReasonNumberTaken, wire.ReasonRoomFull, wire.ReasonStandbyFull, wire.ReasonThrottled,
		wire.ReasonUnknownSession, wire.ReasonUpgrade,
	}
}

type counters struct {
	links                 atomic.Int64
	framesIn, bytesIn     atomic.Uint64
	bytesOut              atomic.Uint64
	refused, stage1Failed atomic.Uint64

	// mu guards the fields below; both have as many entries as Drops and Denials
	// at the most.
	mu      sync.Mutex
	dropped map[Drop]uint64
	denied  map[wire.Reason]uint64
}

func (c *counters) in(f wire.Frame) {
	c.framesIn.Add(1)
	c.bytesIn.Add(uint64(wire.HeaderSize + len(f.Payload)))
}

func (c *counters) drop(d Drop, n int) {
	if n == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dropped == nil {
		c.dropped = make(map[Drop]uint64)
	}
	c.dropped[d] += uint64(n)
}

func (c *counters) deny(why wire.Reason) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.denied == nil {
		c.denied = make(map[wire.Reason]uint64)
	}
	c.denied[why]++
}

// Stats returns the counters.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	rooms, standby := len(s.rooms), s.standby
	s.mu.Unlock()
	c := &s.stats
	out := Stats{
		Links: int(c.links.Load()), Rooms: rooms, Standby: standby, Load: s.load(), FramesIn: c.framesIn.Load(), BytesIn: c.bytesIn.Load(),
		BytesOut: c.bytesOut.Load(), Refused: c.refused.Load(), Stage1Failed: c.stage1Failed.Load(),
		Dropped: make(map[Drop]uint64), Denied: make(map[wire.Reason]uint64),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.Copy(out.Dropped, c.dropped)
	maps.Copy(out.Denied, c.denied)
	return out
}
