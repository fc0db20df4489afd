// Package direct carries a session past the relay where that goes. A Switch is
// a transport over both ways: it begins on the relay, moves to WebRTC's data
// channels (ICE, DTLS, SCTP) when they stand, and back within 700 ms when they
// fall silent. Nothing on the control, input and bulk lanes is lost, doubled or
// put into another order by that: what a path has not acknowledged goes over
// the relay once more, and the counters of the records themselves say which
// comes before which.
//
// It seals and opens nothing, and what it carries was sealed before. Nobody is
// spoken to but who holds the certificate whose hash came inside the seal, no
// name is looked up for a peer, and there is no TURN. A peer that breaks the
// rules loses the path and nothing else.
package direct

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"lotse/participant/link"
	"lotse/participant/message"
	"lotse/relay/wire"
)

// ErrClosed says that the Switch has ended.
var ErrClosed = errors.New("direct: ended")

// Policy is how far the way past the relay may go; profile.Profile is one.
type Policy interface {
	// DirectAllowed is asked for every address, ours and theirs.
	DirectAllowed(addr netip.Addr) bool
	// Allowed is asked before a STUN server's name is looked up.
	Allowed(addr string) error
}

// Config is what a Switch needs to know.
type Config struct {
	// Relay is the way that is always there. Required.
	Relay link.Transport
	// Policy says which addresses may be used. Nil allows no direct path.
	Policy Policy
	// Loopback gathers this machine's own addresses too, for development builds.
	Loopback bool
	// STUN is host:port of the relay, which tells us how others see us; empty
	// asks nobody.
	STUN string
	// Say seals a message to a peer and sends it with Send. It is called from
	// goroutines of the Switch and may wait until ctx ends.
	Say func(ctx context.Context, conn uint32, m message.Message)
	// Changed is called from goroutines of the Switch when a path has come up or
	// gone down. It may wait until ctx ends. Nil is nobody.
	Changed func(ctx context.Context)
	// Log gets what happened, without addresses and secrets. Nil is nowhere.
	Log *slog.Logger
}

// depth is how many received records wait for Receive.
const depth = 64

// maxOrders is how many connections are watched for the order of their records:
// twice as many as a room has, for some come back. What a relay may invent
// beyond goes on as it comes.
const maxOrders = 512

// taskDepth is how many pieces of work may wait for Run to start them.
const taskDepth = 1024

// Switch carries frames over the relay and past it. It is a link.Transport.
type Switch struct {
	cfg   Config
	tasks chan func(context.Context)
	ended chan struct{}

	// sole is the only other member, whom everything for everybody is for; 0
	// while there are more.
	sole atomic.Uint32

	// overRelay and fromRelay are bytes of records.
	overRelay, fromRelay atomic.Uint64

	// mu guards the fields below.
	mu    sync.Mutex
	peers map[uint32]*peer
	why   error // the relay's, once ended is closed

	// sorting guards the fields below.
	sorting sync.Mutex
	orders  map[uint32]*order
	ready   []wire.Frame  // for Receive
	more    chan struct{} // holds something while there is some
	space   chan struct{} // closed when some was received
}

// New returns a Switch. It starts nothing.
func New(cfg Config) *Switch {
	if cfg.Changed == nil {
		cfg.Changed = func(context.Context) {}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Switch{
		cfg: cfg, tasks: make(chan func(context.Context), taskDepth), ended: make(chan struct{}),
		peers: make(map[uint32]*peer), orders: make(map[uint32]*order), more: make(chan struct{}, 1), space: make(chan struct{}),
	}
}

// Run carries frames until the relay's connection or ctx ends, and returns why.
// It leaves nothing running.
func (s *Switch) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() {
		err := s.pump(ctx)
		s.mu.Lock()
		s.why = err
		s.mu.Unlock()
		close(s.ended)
		cancel()
	})
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case work := <-s.tasks:
			all.Go(func() { work(ctx) })
		case <-tick.C:
			s.expire()
		case <-ctx.Done():
		}
	}
	cancel()
	all.Wait()
	return s.reason()
}

func (s *Switch) reason() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.why
}

// later has Run start some work.
func (s *Switch) later(work func(context.Context)) {
	select {
	case s.tasks <- work:
	default:
		s.cfg.Log.Warn("too much waits")
	}
}

// Send queues a frame on its lane, directly where that goes. It waits as
// relay/dial does: control and input do not.
func (s *Switch) Send(ctx context.Context, f wire.Frame) error {
	if p := s.route(f); p != nil {
		return p.send(ctx, f)
	}
	return s.relayed(ctx, f)
}

// route returns the peer whom a frame is for alone, nil for none that there
// was ever a path to.
func (s *Switch) route(f wire.Frame) *peer {
	if f.Type != wire.Record {
		return nil
	}
	to := f.Channel
	if to == wire.Everybody {
		to = s.sole.Load()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peers[to]
}

// relayed sends a frame over the relay.
func (s *Switch) relayed(ctx context.Context, f wire.Frame) error {
	err := s.cfg.Relay.Send(ctx, f)
	if err == nil && f.Type == wire.Record {
		s.overRelay.Add(uint64(len(f.Payload)))
	}
	return err
}

// Receive waits for the next frame, whichever way it comes.
func (s *Switch) Receive(ctx context.Context) (wire.Frame, error) {
	for {
		if f, ok := s.next(); ok {
			return f, nil
		}
		select {
		case <-s.more:
		case <-ctx.Done():
			return wire.Frame{}, ctx.Err()
		case <-s.ended:
			if f, ok := s.next(); ok { // arrived before the end
				return f, nil
			}
			return wire.Frame{}, errors.Join(ErrClosed, s.reason())
		}
	}
}

// next takes a received frame, if there is one.
func (s *Switch) next() (wire.Frame, bool) {
	s.sorting.Lock()
	defer s.sorting.Unlock()
	if len(s.ready) == 0 {
		return wire.Frame{}, false
	}
	f := s.ready[0]
	s.ready[0] = wire.Frame{}
	if s.ready = s.ready[1:]; len(s.ready) == 0 {
		s.ready = nil
	}
	close(s.space)
	s.space = make(chan struct{})
	return f, true
}

// pump takes what comes over the relay.
func (s *Switch) pump(ctx context.Context) error {
	for {
		f, err := s.cfg.Relay.Receive(ctx)
		if err != nil {
			return err
		}
		if f.Type == wire.Record {
			s.fromRelay.Add(uint64(len(f.Payload)))
		}
		if err := s.deliver(ctx, f.Channel, f, overRelay); err != nil {
			return err
		}
	}
}

// deliver puts a frame into its order and hands on what is due. It waits while
// nobody takes that.
func (s *Switch) deliver(ctx context.Context, conn uint32, f wire.Frame, via way) error {
	s.sorting.Lock()
	defer s.sorting.Unlock()
	if o := s.orderLocked(conn, f, via); o != nil {
		s.handLocked(o.put(f, via, time.Now()))
	} else {
		s.handLocked([]wire.Frame{f})
	}
	for len(s.ready) > depth {
		space := s.space
		s.sorting.Unlock()
		select {
		case <-space:
		case <-ctx.Done():
		}
		s.sorting.Lock()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// orderLocked returns what keeps the order of a connection's records, nil for
// what has none.
func (s *Switch) orderLocked(conn uint32, f wire.Frame, via way) *order {
	o := s.orders[conn]
	if o == nil && f.Type == wire.Record && (via == directly || len(s.orders) < maxOrders) {
		o = newOrder()
		s.orders[conn] = o
	}
	return o
}

func (s *Switch) handLocked(frames []wire.Frame) {
	if len(frames) == 0 {
		return
	}
	s.ready = append(s.ready, frames...)
	select {
	case s.more <- struct{}{}:
	default:
	}
}

// expire hands on what has waited too long.
func (s *Switch) expire() {
	s.sorting.Lock()
	defer s.sorting.Unlock()
	for _, o := range s.orders {
		s.handLocked(o.expire(time.Now()))
	}
}

// Sole says that a peer is the only other member of the room, 0 that there are
// more or none: what is for everybody takes its path then.
func (s *Switch) Sole(conn uint32) { s.sole.Store(conn) }

// Forget ends what there is with a connection that is over.
func (s *Switch) Forget(conn uint32) {
	s.mu.Lock()
	p := s.peers[conn]
	delete(s.peers, conn)
	s.mu.Unlock()
	s.sole.CompareAndSwap(conn, 0)
	s.sorting.Lock()
	delete(s.orders, conn)
	s.sorting.Unlock()
	if p != nil {
		p.stop()
	}
}

// Up reports whether the path to a peer stands.
func (s *Switch) Up(conn uint32) bool {
	s.mu.Lock()
	p := s.peers[conn]
	s.mu.Unlock()
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.path != nil && p.path.up
}

// Stats are bytes of records that went each way.
type Stats struct {
	DirectSent, DirectReceived uint64
	RelaySent, RelayReceived   uint64
}

// Stats returns the counters of all connections.
func (s *Switch) Stats() Stats {
	out := Stats{RelaySent: s.overRelay.Load(), RelayReceived: s.fromRelay.Load()}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.peers {
		out.DirectSent += p.sent.Load()
		out.DirectReceived += p.got.Load()
	}
	return out
}

// peer returns the peer of a connection, from now on.
func (s *Switch) peer(conn uint32) *peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.peers[conn]
	if p == nil {
		p = newPeer(s, conn)
		s.peers[conn] = p
	}
	return p
}

// flushTime is how long Flush waits at the most: longer than a silent path is
// kept.
const flushTime = time.Second

// Flush waits until what was sent directly has arrived, or has gone to the
// relay, but no longer than a second and not for pictures. That of the relay is
// its own. Named connections are the only ones that are waited for.
func (s *Switch) Flush(ctx context.Context, conns ...uint32) {
	ctx, cancel := context.WithTimeout(ctx, flushTime)
	defer cancel()
	s.mu.Lock()
	peers := maps.Clone(s.peers)
	s.mu.Unlock()
	for conn, p := range peers {
		if len(conns) > 0 && !slices.Contains(conns, conn) {
			continue
		}
		for {
			room, busy := p.busy()
			if !busy {
				break
			}
			select {
			case <-room:
			case <-ctx.Done():
				return
			case <-s.ended:
				return
			}
		}
	}
}
