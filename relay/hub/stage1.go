package hub

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"lotse/packaging/profile"
	"lotse/relay/wire"
)

const (
	// refusalDelay is how long "no such room" takes, whatever the reason is,
	// so that the time tells nothing.
	refusalDelay = 300 * time.Millisecond
	// lineTime is how long somebody may stand in the queue at a door; programs
	// wait a little longer for the answer.
	lineTime = 15 * time.Second
	// proofTTL is for how many seconds a proof holds: as long as a licence is
	// trusted without asking again.
	proofTTL = 24 * 3600
)

// gate is a connection in stage 1.
type gate struct {
	s      *Server
	raw    net.Conn
	conn   *tls.Conn
	pipe   *pipe
	outer  *pipe // below a WebSocket; nil without one
	in     *wire.Reader
	from   netip.Addr
	source netip.Prefix
	bind   wire.Binding
	nonce  [32]byte
	asked  time.Time // when the refusal's delay begins
}

// prove takes a connection through stage 1 and gives it its place in a room.
func (s *Server) prove(ctx context.Context, raw net.Conn, from netip.Addr) (*member, error) {
	g := &gate{s: s, raw: raw, from: from, source: sourceOf(from)}
	if err := g.limit(stage1Time); err != nil {
		return nil, err
	}
	if err := g.arrive(ctx, raw); err != nil {
		return nil, err
	}
	var err error
	if g.bind, err = wire.Bind(g.conn.ConnectionState()); err != nil {
		return nil, err
	}
	g.in = wire.NewReader(g.conn)
	hello, err := g.hello()
	if err != nil {
		return nil, g.answer(ctx, err)
	}
	m := &member{
		server: s, conn: g.conn, pipe: g.pipe, from: from, build: hello.Build, in: g.in, queue: newQueue(), flushed: make(chan struct{}),
	}
	if hello.Role == wire.RoleMaster {
		err = g.master(ctx, m)
	} else {
		err = g.joiner(ctx, m)
	}
	if err != nil {
		return nil, g.answer(ctx, err)
	}
	g.in.EndStage1()
	g.unbound()
	return m, nil
}

// limit sets when the peer has to be done.
func (g *gate) limit(d time.Duration) error {
	if err := g.raw.SetDeadline(time.Now().Add(d)); err != nil {
		return fmt.Errorf("hub: deadline: %w", err)
	}
	return nil
}

// addrOf returns where a connection comes from; one that does not say counts
// as one source with its like.
func addrOf(c net.Conn) netip.Addr {
	ap, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.IPv6Unspecified()
	}
	return ap.Addr().Unmap()
}

// hello exchanges the greetings. Too old a build hears so before anything
// else.
func (g *gate) hello() (wire.Hello, error) {
	msg, err := g.receive()
	if err != nil {
		return wire.Hello{}, err
	}
	h, ok := msg.(wire.Hello)
	if !ok {
		return wire.Hello{}, fmt.Errorf("%w: %T instead of a greeting", wire.ErrMessage, msg)
	}
	if h.Build < g.s.cfg.MinBuild || h.MinV > wire.ProtocolVersion || h.Serial < g.s.cfg.MinSerials[h.Profile] {
		return h, &wire.UpgradeError{MinBuild: g.s.cfg.MinBuild}
	}
	if _, err := rand.Read(g.nonce[:]); err != nil {
		return h, fmt.Errorf("hub: nonce: %w", err)
	}
	id := g.s.cfg.Identity
	return h, g.send(wire.RelayHello{
		V: wire.ProtocolVersion, RelayID: id.pin, MinBuild: g.s.cfg.MinBuild, Time: g.s.cfg.Now().Unix(),
		Nonce: g.nonce, Sig: wire.SignRelayHello(id.key, g.bind, h.Nonce, g.nonce),
		ListSerial: g.s.cfg.Lists[h.Profile].Serial, Load: g.s.load(),
	})
}

// answer tells the peer why it is refused, where there is a word for it, and
// returns the refusal.
func (g *gate) answer(ctx context.Context, refused error) error {
	var upgrade *wire.UpgradeError
	var denied *wire.DeniedError
	var wait *wire.WaitError
	var elsewhere *wire.ElsewhereError
	switch {
	case errors.As(refused, &elsewhere):
		return errors.Join(refused, g.send(wire.Elsewhere{Relay: elsewhere.Relay}))
	case errors.As(refused, &upgrade):
		g.s.stats.deny(wire.ReasonUpgrade)
		return errors.Join(refused, g.send(wire.UpgradeRequired{MinBuild: upgrade.MinBuild}))
	case errors.As(refused, &wait):
		g.s.stats.deny(wire.ReasonThrottled)
		return errors.Join(refused, g.send(wire.WaitFor(wait.After)))
	case errors.As(refused, &denied):
		g.s.stats.deny(denied.Reason)
		return errors.Join(refused, g.send(wire.Denied{Reason: denied.Reason}))
	case errors.Is(refused, errRoom):
		g.s.stats.deny(wire.ReasonUnknownSession)
		pause(ctx, time.Until(g.asked.Add(refusalDelay)))
		return errors.Join(refused, g.send(wire.Denied{Reason: wire.ReasonUnknownSession}))
	default:
		return refused
	}
}

// throttled returns an error while the source has to wait.
func (g *gate) throttled() error {
	if wait := g.s.throttle.wait(g.source, g.s.cfg.Now()); wait > 0 {
		return &wire.WaitError{After: wait}
	}
	return nil
}

// master checks the licence and opens the room.
func (g *gate) master(ctx context.Context, m *member) error {
	claim, err := g.licence()
	if err != nil {
		return err
	}
	operator, err := g.s.allow(claim)
	if err != nil {
		return err
	}
	if err := g.send(wire.ProveOK{Features: []string{}, MaxMembers: uint16(claim.Licence.MaxMembers), TTL: proofTTL}); err != nil {
		return err
	}
	msg, err := g.receive()
	if err != nil {
		return err
	}
	o, ok := msg.(wire.Open)
	if !ok {
		return fmt.Errorf("%w: %T instead of a room", wire.ErrMessage, msg)
	}
	m.id = wire.MasterConn
	m.admitted.Store(true)
	if o.Standby {
		if err := g.s.stand(m); err != nil {
			return err
		}
	}
	r, err := g.s.open(ctx, m, o, claim, operator)
	if err != nil {
		g.s.seat(m)
		return err
	}
	if err := g.done(wire.Opened{Session: r.number, Handle: r.handle, Owner: r.owner, MaxMembers: uint16(r.most)}); err != nil {
		r.leave(m, err)
		g.s.seat(m)
		return err
	}
	g.s.cfg.Log.Info("room open", "number", r.number)
	return nil
}

// licence reads the licence and checks that its key and the device's key are
// there.
func (g *gate) licence() (Claim, error) {
	msg, err := g.first()
	if err != nil {
		return Claim{}, err
	}
	p, ok := msg.(wire.Prove)
	if !ok {
		return Claim{}, fmt.Errorf("%w: %T instead of a licence", wire.ErrMessage, msg)
	}
	if err := g.throttled(); err != nil {
		return Claim{}, err
	}
	facts, err := g.s.licence(p.Licence, g.from.IsLoopback())
	if err == nil && !g.holds(facts, p) {
		err = errors.New("hub: not the licence's key")
	}
	if err != nil {
		g.s.throttle.failed(g.source, g.s.cfg.Now(), false)
		return Claim{}, errors.Join(&wire.DeniedError{Reason: wire.ReasonLicence}, err)
	}
	return Claim{Licence: facts, Device: p.Device[:], Operator: p.Operator}, nil
}

func (g *gate) holds(facts profile.LicenceFacts, p wire.Prove) bool {
	return wire.VerifyLicence(facts.ModuleKey, g.bind, g.nonce, facts.Number, p.Sig) &&
		wire.VerifyDevice(p.Device[:], g.bind, g.nonce, p.Sig, p.DeviceSig)
}

// joiner lets somebody to a room's door. No such room and a room that takes
// nobody now get the same answer after the same time.
func (g *gate) joiner(ctx context.Context, m *member) error {
	msg, err := g.first()
	if err != nil {
		return err
	}
	j, ok := msg.(wire.Join)
	if !ok {
		return fmt.Errorf("%w: %T instead of a session number", wire.ErrMessage, msg)
	}
	if err := g.throttled(); err != nil {
		return err
	}
	r, ticket, err := g.door(ctx, m, j)
	if errors.Is(err, errRoom) {
		g.s.throttle.failed(g.source, g.s.cfg.Now(), j.Resume)
	}
	if err != nil {
		return err
	}
	if err := g.done(ticket); err != nil {
		r.leave(m, err)
		g.s.seat(m)
		return err
	}
	r.announce(m, j, ticket)
	return nil
}

// door waits in the queue of the room, unless its owner's people know the
// source or the joiner holds a personal link, and takes a place at the door.
func (g *gate) door(ctx context.Context, m *member, j wire.Join) (*room, wire.Ticket, error) {
	g.asked = time.Now()
	r := g.s.find(j.Session)
	if len(j.Door) > 0 {
		return g.standby(m, r, j)
	}
	if r == nil || !r.attended() {
		if pin, found := g.s.cfg.Peers.Find(ctx, j.Session); found {
			return nil, wire.Ticket{}, &wire.ElsewhereError{Relay: pin}
		}
	}
	if j.Resume {
		r = g.s.await(ctx, j.Session)
		g.asked = time.Now()
	}
	if r == nil {
		return nil, wire.Ticket{}, errRoom
	}
	link, err := r.way(g, j)
	if err != nil {
		return nil, wire.Ticket{}, err
	}
	if link == nil && !r.expects(g.source, j) {
		if err := g.limit(lineTime + stage1Time); err != nil {
			return nil, wire.Ticket{}, err
		}
		if err := r.queueUp(ctx, g.source, j); err != nil {
			return nil, wire.Ticket{}, err
		}
	}
	ticket, err := r.knock(m, j, link)
	return r, ticket, err
}

// done sends the last message of stage 1 and lifts its time limit.
func (g *gate) done(msg wire.Message) error {
	if err := g.send(msg); err != nil {
		return err
	}
	if err := g.raw.SetDeadline(time.Time{}); err != nil {
		return fmt.Errorf("hub: deadline: %w", err)
	}
	return nil
}

func (g *gate) send(msg wire.Message) error {
	frames := []wire.Frame{wire.Stage1Frame(msg)}
	if g.s.cfg.Tap != nil {
		frames = g.s.cfg.Tap(Out, 0, frames[0])
	}
	for _, f := range frames {
		out := wire.AppendFrame(nil, f)
		g.s.tape.bytes(out)
		if _, err := g.conn.Write(out); err != nil {
			return fmt.Errorf("hub: write: %w", err)
		}
	}
	return nil
}

func (g *gate) receive() (wire.Message, error) {
	f, err := g.in.Next()
	if err != nil {
		return nil, fmt.Errorf("hub: read: %w", err)
	}
	g.s.tape.write(f)
	if f.Type != wire.Stage1 {
		return nil, fmt.Errorf("%w: type %d in stage 1", wire.ErrMessage, f.Type)
	}
	return wire.ParseStage1(f.Payload)
}
