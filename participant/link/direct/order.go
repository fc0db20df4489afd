package direct

import (
	"time"

	"lotse/crypto/epoch"
	"lotse/crypto/sframe"
	"lotse/participant/link"
	"lotse/relay/wire"
)

// way is one of the two ways that a frame can come.
type way uint8

const (
	overRelay way = iota + 1
	directly
)

// The bounds of waiting for a record that is on the other way.
const (
	// maxHeld and maxHeldBytes are how much waits for one connection.
	maxHeld      = 2048
	maxHeldBytes = 4 << 20
	// longHold is how long a record waits for an earlier one that must not be
	// missing; after that the session has to be made anew.
	longHold = 2 * time.Second
	// shortHold is that of pictures, which may be missing.
	shortHold = 200 * time.Millisecond
	// maxStreams is how many streams of a connection are watched: every member
	// of a room has fewer than ten an epoch.
	maxStreams = 512
)

// order puts records that came on two ways into the order in which they were
// sealed. The sender counts each stream's records up from 0, in the clear, so
// nothing else has to travel. It only holds records back: what is held too long,
// too often or twice goes on as it came, and the seal decides. Not safe for
// concurrent use.
type order struct {
	streams map[epoch.KID]*stream
	// newest is the last epoch of the room, its number mod 16, once there was
	// one.
	newest uint8
	begun  bool
	held   int
	bytes  int
	// met says that there was a second way at some time. Until then nothing is
	// held: a gap is what it looks like.
	met bool
}

// stream is what came of one stream of one member in one epoch.
type stream struct {
	next uint64 // the counter that is due
	via  way    // of the one before
	wait map[uint64]held
}

// held is a record that came too early.
type held struct {
	frame wire.Frame
	via   way
	until time.Time
}

func newOrder() *order { return &order{streams: make(map[epoch.KID]*stream)} }

// put takes a record and returns what goes on now, in order.
func (o *order) put(f wire.Frame, via way, now time.Time) []wire.Frame {
	o.met = o.met || via == directly
	s, counter := o.find(f)
	switch {
	case s == nil, counter < s.next: // not ours to judge, or seen before
		return []wire.Frame{f}
	case counter == s.next:
		return o.follow(s, f, via)
	case !o.holds(s, f, via):
		s.next, s.via = counter+1, via
		return []wire.Frame{f}
	}
	hold := longHold
	if lossy(f) {
		hold = shortHold
	}
	if _, twice := s.wait[counter]; !twice {
		if s.wait == nil {
			s.wait = make(map[uint64]held)
		}
		s.wait[counter] = held{f, via, now.Add(hold)}
		o.held++
		o.bytes += len(f.Payload)
	}
	if o.held > maxHeld || o.bytes > maxHeldBytes {
		return o.release(func(held) bool { return true })
	}
	return nil
}

// holds reports whether what is missing before f may still come. Of a picture
// it does only where the way was changed: a relay leaves some out.
func (o *order) holds(s *stream, f wire.Frame, via way) bool {
	if lossy(f) {
		return o.met && s.via != 0 && s.via != via
	}
	return o.met
}

// lossy says of a record that others of its stream may be left out.
func lossy(f wire.Frame) bool {
	return f.Flags.Lane() == wire.LanePicture || f.Flags.Lane() == wire.LaneSound
}

// follow passes f on, and what waited for it.
func (o *order) follow(s *stream, f wire.Frame, via way) []wire.Frame {
	out := []wire.Frame{f}
	s.next, s.via = s.next+1, via
	for {
		h, ok := s.wait[s.next]
		if !ok {
			return out
		}
		delete(s.wait, s.next)
		o.held--
		o.bytes -= len(h.frame.Payload)
		out = append(out, h.frame)
		s.next, s.via = s.next+1, h.via
	}
}

// expire returns what has waited long enough.
func (o *order) expire(now time.Time) []wire.Frame {
	if o.held == 0 {
		return nil
	}
	return o.release(func(h held) bool { return !now.Before(h.until) })
}

// release gives up the waiting of every stream in which something is over; the
// rest of such a stream goes on in its order.
func (o *order) release(over func(held) bool) []wire.Frame {
	var out []wire.Frame
	for _, s := range o.streams {
		gone := false
		for _, h := range s.wait {
			gone = gone || over(h)
		}
		for gone && len(s.wait) > 0 {
			lowest := ^uint64(0)
			for counter := range s.wait {
				lowest = min(lowest, counter)
			}
			h := s.wait[lowest]
			delete(s.wait, lowest)
			o.held--
			o.bytes -= len(h.frame.Payload)
			s.next, s.via = lowest, h.via
			out = append(out, o.follow(s, h.frame, h.via)...)
		}
	}
	return out
}

// find returns the stream and the counter of a record, nil for what is none.
func (o *order) find(f wire.Frame) (*stream, uint64) {
	if f.Type != wire.Record {
		return nil, 0
	}
	header, err := sframe.ParseHeader(f.Payload)
	if err != nil {
		return nil, 0
	}
	kid, err := epoch.PeekKID(f.Payload)
	if err != nil {
		return nil, 0
	}
	if !link.OfPair(kid.Stream) {
		o.turn(kid.Epoch)
	}
	s := o.streams[kid]
	if s == nil {
		if len(o.streams) >= maxStreams {
			return nil, 0
		}
		s = &stream{}
		o.streams[kid] = s
	}
	return s, header.CTR
}

// epochs is how many epochs a stream's number tells apart.
const epochs = 16

// turn forgets the streams of epochs that are over: their numbers come again.
func (o *order) turn(to uint8) {
	if ahead := (to - o.newest) % epochs; o.begun && (ahead == 0 || ahead >= epochs/2) {
		return
	}
	o.newest, o.begun = to, true
	for kid, s := range o.streams {
		if link.OfPair(kid.Stream) || kid.Epoch == to || kid.Epoch == (to+epochs-1)%epochs {
			continue
		}
		for _, h := range s.wait {
			o.held--
			o.bytes -= len(h.frame.Payload)
		}
		delete(o.streams, kid)
	}
}
