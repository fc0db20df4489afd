package hub

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"time"

	"lotse/packaging/profile"
	"lotse/relay/wire"
)

// refusalDelay is how long "no such room" takes, whatever the reason is, so
// that the time tells nothing.
const refusalDelay = 300 * time.Millisecond

// gate is a connection in stage 1.
type gate struct {
	s     *Server
	conn  *tls.Conn
	in    *wire.Reader
	from  netip.Addr
	bind  wire.Binding
	nonce [32]byte
}

// stage1 lets a connection prove itself and gives it its place in a room.
func (s *Server) stage1(ctx context.Context, raw net.Conn) (*member, error) {
	if err := raw.SetDeadline(time.Now().Add(stage1Time)); err != nil {
		return nil, fmt.Errorf("hub: deadline: %w", err)
	}
	g := &gate{s: s, from: addrOf(raw), conn: tls.Server(raw, s.tls)}
	if err := g.conn.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("hub: TLS: %w", err)
	}
	var err error
	state := g.conn.ConnectionState()
	if state.NegotiatedProtocol == wire.ALPNHealth {
		return nil, errors.Join(errHealth, health(g.conn))
	}
	if g.bind, err = wire.Bind(state); err != nil {
		return nil, err
	}
	g.in = wire.NewReader(g.conn)
	hello, err := g.hello()
	if err != nil {
		return nil, err
	}
	m := &member{server: s, conn: g.conn, from: g.from, in: g.in, queue: newQueue(), flushed: make(chan struct{})}
	if hello.Role == wire.RoleMaster {
		err = g.master(m)
	} else {
		err = g.joiner(ctx, m)
	}
	if err != nil {
		return nil, err
	}
	g.in.EndStage1()
	return m, nil
}

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
	if h.Build < g.s.cfg.MinBuild || h.MinV > wire.ProtocolVersion {
		return h, errors.Join(&wire.UpgradeError{MinBuild: g.s.cfg.MinBuild}, g.send(wire.UpgradeRequired{MinBuild: g.s.cfg.MinBuild}))
	}
	if _, err := rand.Read(g.nonce[:]); err != nil {
		return h, fmt.Errorf("hub: nonce: %w", err)
	}
	id := g.s.cfg.Identity
	return h, g.send(wire.RelayHello{
		V: wire.ProtocolVersion, RelayID: id.pin, MinBuild: g.s.cfg.MinBuild, Time: g.s.cfg.Now().Unix(),
		Nonce: g.nonce, Sig: wire.SignRelayHello(id.key, g.bind, h.Nonce, g.nonce),
	})
}

// master checks the licence and opens the room.
func (g *gate) master(m *member) error {
	msg, err := g.receive()
	if err != nil {
		return err
	}
	p, ok := msg.(wire.Prove)
	if !ok {
		return fmt.Errorf("%w: %T instead of a licence", wire.ErrMessage, msg)
	}
	facts, err := g.s.licence(p.Licence, g.from.IsLoopback())
	if err == nil && !g.proven(facts, p) {
		err = errors.New("hub: not the licence's key")
	}
	if err != nil {
		return errors.Join(err, g.send(wire.Denied{Reason: wire.ReasonLicence}))
	}
	if err := g.send(wire.ProveOK{Features: []string{}, MaxMembers: uint16(facts.MaxMembers), TTL: proofTTL}); err != nil {
		return err
	}
	if msg, err = g.receive(); err != nil {
		return err
	}
	o, ok := msg.(wire.Open)
	if !ok {
		return fmt.Errorf("%w: %T instead of a room", wire.ErrMessage, msg)
	}
	m.id = wire.MasterConn
	m.admitted.Store(true)
	most := int(facts.MaxMembers)
	if o.MaxMembers > 0 {
		most = min(most, int(o.MaxMembers))
	}
	r, err := g.s.open(m, o, most)
	if err != nil {
		return g.deny(err)
	}
	m.room = r
	if err := g.done(wire.Opened{Session: r.number, Handle: r.handle, Owner: r.owner, MaxMembers: uint16(r.most)}); err != nil {
		r.leave(m)
		return err
	}
	g.s.cfg.Log.Info("room open", "number", r.number)
	return nil
}

// proofTTL is for how many seconds a proof holds: as long as a licence is
// trusted without asking again.
const proofTTL = 24 * 3600

// proven checks that the licence's key and the device's key are there.
func (g *gate) proven(facts profile.LicenceFacts, p wire.Prove) bool {
	return wire.VerifyLicence(facts.ModuleKey, g.bind, g.nonce, facts.Number, p.Sig) &&
		wire.VerifyDevice(p.Device[:], g.bind, g.nonce, p.Sig, p.DeviceSig)
}

func (g *gate) deny(err error) error {
	var denied *wire.DeniedError
	if errors.As(err, &denied) {
		return errors.Join(err, g.send(wire.Denied{Reason: denied.Reason}))
	}
	return err
}

// joiner lets somebody to a room's door. No such room and a room that takes
// nobody now get the same answer after the same time.
func (g *gate) joiner(ctx context.Context, m *member) error {
	msg, err := g.receive()
	if err != nil {
		return err
	}
	j, ok := msg.(wire.Join)
	if !ok {
		return fmt.Errorf("%w: %T instead of a session number", wire.ErrMessage, msg)
	}
	if wait := g.s.throttle.pass(g.from, g.s.cfg.Now()); wait > 0 {
		return errors.Join(errRoom, g.send(wire.WaitFor(wait)))
	}
	r, ticket, err := g.s.knock(m, j)
	if errors.Is(err, errRoom) {
		if !j.Resume {
			g.s.throttle.failed(g.from, g.s.cfg.Now())
		}
		timer := time.NewTimer(refusalDelay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		return errors.Join(err, g.send(wire.Denied{Reason: wire.ReasonUnknownSession}))
	}
	if err != nil {
		return err
	}
	if err := g.done(ticket); err != nil {
		r.leave(m)
		return err
	}
	r.announce(m, j, ticket)
	return nil
}

// done sends the last message of stage 1 and lifts its time limit.
func (g *gate) done(msg wire.Message) error {
	if err := g.send(msg); err != nil {
		return err
	}
	if err := g.conn.SetDeadline(time.Time{}); err != nil {
		return fmt.Errorf("hub: deadline: %w", err)
	}
	return nil
}

func (g *gate) send(msg wire.Message) error {
	out := wire.AppendFrame(nil, wire.Stage1Frame(msg))
	g.s.tape.bytes(out)
	if _, err := g.conn.Write(out); err != nil {
		return fmt.Errorf("hub: write: %w", err)
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

// drawNumber draws a number of so many digits that does not begin with 0.
func drawNumber(digits int) (string, error) {
	low := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits-1)), nil)
	n, err := rand.Int(rand.Reader, new(big.Int).Mul(low, big.NewInt(9)))
	if err != nil {
		return "", fmt.Errorf("hub: number: %w", err)
	}
	return n.Add(n, low).String(), nil
}
