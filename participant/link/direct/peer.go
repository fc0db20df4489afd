package direct

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"lotse/participant/turn"
	"lotse/relay/dial"
	"lotse/relay/wire"
)

// quickDepth is how many records may be under way on a lane that must not
// wait: more than a person makes in a second.
const quickDepth = 1024

// carrier is what a path consists of: channels that carry packets.
type carrier interface {
	// Write queues a packet. It does not wait.
	Write(channel int, b []byte) error
	// Read waits for the next packet of a channel, at most len(b) long.
	Read(channel int, b []byte) (int, error)
	// Pulse returns counters that change with whatever arrives from the peer, and
	// with what the peer says has arrived there.
	Pulse() (in, out uint64)
	// Other waits until the peer uses a channel that there is not.
	Other() error
	// Close ends all of it, reads as well.
	Close()
}

// peer is one other end: what is under way to it, and on which way.
type peer struct {
	s    *Switch
	conn uint32

	// sent and got are bytes of records that went and came directly.
	sent, got atomic.Uint64

	// mu guards the fields below.
	mu    sync.Mutex
	path  *path // nil while there is none
	lanes [wire.Lanes]lane
	pace  pace
	bytes int           // under way
	room  chan struct{} // closed when something was acknowledged, or the way is another
	buf   []byte
	over  bool // the connection is gone

	try      *attempt
	offering bool
	round    uint32
	last     time.Time // when the last attempt began
}

// lane is what goes to a peer on one lane.
type lane struct {
	// turn is held by who sends.
	turn chan struct{}

	// peer.mu guards the fields below.
	next    uint32       // the number of the next record
	flight  []sent       // sent directly and not acknowledged, in order
	backlog []wire.Frame // what a path that ended did not carry, for the relay
	wants   int          // how many wait for room
}

// sent is a record under way.
type sent struct {
	frame wire.Frame
	departure
}

func newPeer(s *Switch, conn uint32) *peer {
	p := &peer{s: s, conn: conn, room: make(chan struct{}), buf: make([]byte, 0, maxPacket)}
	for i := range p.lanes {
		p.lanes[i].turn = make(chan struct{}, 1)
	}
	return p
}

// send carries a record to the peer, directly where that goes. What a path
// that ended did not carry goes before it.
func (p *peer) send(ctx context.Context, f wire.Frame) error {
	l := &p.lanes[f.Flags.Lane()]
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-l.turn }()
	for {
		if err := p.clear(ctx, l); err != nil {
			return err
		}
		room, err := p.depart(l, f)
		switch {
		case errors.Is(err, errDown):
			if !p.tidy(l) {
				continue
			}
			return p.s.relayed(ctx, f)
		case err != nil || room == nil:
			return err
		}
		select {
		case <-room:
		case <-ctx.Done():
			p.want(l, -1)
			return ctx.Err()
		}
		p.want(l, -1)
	}
}

func (p *peer) want(l *lane, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.wants += n
}

// tidy reports whether nothing waits to go over the relay.
func (p *peer) tidy(l *lane) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(l.backlog) == 0
}

// errDown says that there is no path now.
var errDown = errors.New("direct: no path")

// depart sends f directly, or returns what to wait for.
func (p *peer) depart(l *lane, f wire.Frame) (room <-chan struct{}, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	lane := f.Flags.Lane()
	quick := lane == wire.LaneControl || lane == wire.LaneInput
	window := p.pace.window()
	if p.path != nil && l.next >= maxRecords {
		p.downLocked(p.path, errUsedUp)
	}
	switch {
	case p.path == nil || !p.path.up || lane == wire.LaneInput && len(f.Payload) > maxPiece:
		return nil, errDown
	case quick && len(l.flight) >= quickDepth:
		return nil, dial.ErrFull
	case !quick && (p.bytes > 0 && p.bytes+len(f.Payload) > window || p.othersWantLocked(lane)):
		l.wants++
		return p.room, nil
	}
	idle := p.bytes == 0
	full := p.bytes+2*len(f.Payload) > window
	if err := pieces(l.next, f, p.buf, func(b []byte) error { return p.path.carrier.Write(int(lane), b) }); err != nil {
		p.downLocked(p.path, err)
		return nil, errDown
	}
	l.next++
	l.flight = append(l.flight, sent{f, p.pace.depart(time.Now(), idle, full)})
	p.bytes += len(f.Payload)
	p.sent.Add(uint64(len(f.Payload)))
	return nil, nil //nolint:nilnil // sent: there is nothing to wait for
}

// othersWantLocked reports whether a lane that goes before this one waits.
func (p *peer) othersWantLocked(lane wire.Lane) bool {
	for l := wire.LanePicture; l < lane; l++ {
		if p.lanes[l].wants > 0 {
			return true
		}
	}
	return false
}

// clearBurst is how many records go to the relay at once: half of what its lane
// of input holds for a receiver.
const clearBurst = 32

// clear sends over the relay what a path did not carry, in order. Who calls it
// holds the lane's turn.
func (p *peer) clear(ctx context.Context, l *lane) error {
	for n := 1; ; n++ {
		p.mu.Lock()
		if len(l.backlog) == 0 {
			l.backlog = nil
			p.mu.Unlock()
			return nil
		}
		f := l.backlog[0]
		p.mu.Unlock()
		if err := p.again(ctx, f); err != nil {
			return err
		}
		if n%clearBurst == 0 {
			if err := turn.Pause(ctx, fullPause); err != nil {
				return err
			}
		}
		p.mu.Lock()
		if len(l.backlog) > 0 { // the connection may be gone
			l.backlog[0] = wire.Frame{}
			l.backlog = l.backlog[1:]
		}
		if len(l.backlog) == 0 {
			p.movedLocked()
		}
		p.mu.Unlock()
	}
}

// fullPause is how long to wait for a relay's lane that has no way of waiting.
const fullPause = 5 * time.Millisecond

// again sends a record over the relay, however full that is.
func (p *peer) again(ctx context.Context, f wire.Frame) error {
	for {
		err := p.s.relayed(ctx, f)
		if !errors.Is(err, dial.ErrFull) {
			return err
		}
		if err := turn.Pause(ctx, fullPause); err != nil {
			return err
		}
	}
}

// down ends a path: everything that is not acknowledged will go over the relay.
func (p *peer) down(which *path, why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.downLocked(which, why)
}

func (p *peer) downLocked(which *path, why error) {
	if p.path != which {
		return
	}
	p.s.cfg.Log.Debug("direct path over", "conn", p.conn, "was_up", which.up, "error", why)
	p.path = nil
	which.end(why)
	for i := range p.lanes {
		l := &p.lanes[i]
		for _, s := range l.flight {
			l.backlog = append(l.backlog, s.frame)
		}
		l.flight = nil
		if p.over {
			l.backlog = nil
		}
	}
	p.bytes = 0
	p.movedLocked()
	for i := range p.lanes {
		if l := &p.lanes[i]; len(l.backlog) > 0 {
			p.s.later(func(ctx context.Context) { p.drain(ctx, l) })
		}
	}
}

// drain sends the backlog of a lane, should nobody else do.
func (p *peer) drain(ctx context.Context, l *lane) {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return
	}
	defer func() { <-l.turn }()
	if err := p.clear(ctx, l); err != nil {
		p.s.cfg.Log.Debug("not sent again", "conn", p.conn, "error", err)
	}
}

// movedLocked wakes everybody who waits for room.
func (p *peer) movedLocked() {
	close(p.room)
	p.room = make(chan struct{})
}

// acknowledged takes what the other end has of each lane.
func (p *peer) acknowledged(which *path, due [wire.Lanes]uint32, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.path != which {
		return nil
	}
	var newest departure
	total := 0
	for i := range p.lanes {
		l := &p.lanes[i]
		first := l.next - uint32(len(l.flight))
		n := due[i] - first // numbers never come again: see maxRecords
		switch {
		case n > uint32(len(l.flight)) && int32(n) < 0:
			continue // an old state
		case n > uint32(len(l.flight)):
			return fmt.Errorf("%w: %d acknowledged of %d", errRubbish, due[i], l.next)
		}
		for _, s := range l.flight[:n] {
			total += len(s.frame.Payload)
			if s.at.After(newest.at) {
				newest = s.departure
			}
		}
		clear(l.flight[:n])
		l.flight = l.flight[n:]
	}
	if newest.at.IsZero() {
		return nil
	}
	p.bytes -= total
	p.pace.arrive(newest, total, now)
	p.movedLocked()
	return nil
}

// busy reports whether something on a lane that must not lose anything has not
// arrived yet; the channel is closed when that may be another.
func (p *peer) busy() (room <-chan struct{}, busy bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.lanes {
		if wire.Lane(i) == wire.LanePicture || wire.Lane(i) == wire.LaneSound {
			continue
		}
		if l := &p.lanes[i]; len(l.backlog) > 0 || len(l.flight) > 0 {
			return p.room, true
		}
	}
	return nil, false
}
