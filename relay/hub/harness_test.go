package hub

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lotse/crypto/note"
	"lotse/crypto/secret"
	"lotse/packaging/profile"
	"lotse/relay/wire"
)

// pipes is a listener without a network, for tests in a bubble.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	ended chan struct{}
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), ended: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.ended:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.ended) }); return nil }
func (p *pipes) Addr() net.Addr { return address("pipe") }

type address string

func (address) Network() string  { return "pipe" }
func (a address) String() string { return string(a) }

// far is an end whose other end seems to be at an address.
type far struct {
	net.Conn
	from address
}

func (f far) RemoteAddr() net.Addr { return f.from }

// stage is a relay in a bubble and what speaks to it.
type stage struct {
	t        *testing.T
	server   *Server
	listener *pipes
	signer   secret.Text
	key      ed25519.PrivateKey
	licence  profile.Licence
	stop     func()
	quit     chan struct{} // closed when the test is over
}

// seed makes the keys of these tests the same each time.
func seed(b byte) (out [32]byte) { out[0] = b; return out }

// onStage runs play against a relay in a bubble, where time jumps.
func onStage(t *testing.T, cfg Config, play func(s *stage)) {
	t.Helper()
	identitySeed, issuerSeed, moduleSeed := seed(1), seed(2), seed(3)
	identity, err := IdentityOf(ed25519.NewKeyFromSeed(identitySeed[:]))
	if err != nil {
		t.Fatal(err)
	}
	signer, verifier, err := note.KeyFromSeed("stage", issuerSeed[:])
	if err != nil {
		t.Fatal(err)
	}
	key := ed25519.NewKeyFromSeed(moduleSeed[:])
	synctest.Test(t, func(t *testing.T) {
		cfg := cfg
		cfg.Identity = identity
		if cfg.LocalIssuers == nil {
			cfg.LicenceIssuers = []string{verifier}
		} else {
			cfg.LocalIssuers = []string{verifier}
		}
		server, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		s := &stage{
			t: t, server: server, listener: newPipes(), signer: signer, key: key, quit: make(chan struct{}),
		}
		s.licence = s.issue("123456789")
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- server.Run(ctx, s.listener) }()
		s.stop = sync.OnceFunc(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("relay: %v", err)
			}
		})
		defer s.stop()
		defer close(s.quit)
		play(s)
	})
}

// issue makes a licence for a room of three.
func (s *stage) issue(nine string) profile.Licence {
	s.t.Helper()
	number := profile.NewNumber(nine)
	signed, err := profile.IssueLicence(profile.LicenceFacts{
		Number: number, Organisation: "Hafen Hilfe", Name: "Marta", ModuleKey: s.key.Public().(ed25519.PublicKey),
		MaxMembers: 3, NotAfter: time.Now().Add(time.Hour).Unix(),
	}, s.signer)
	if err != nil {
		s.t.Fatal(err)
	}
	return profile.Licence{Number: number, Note: signed, Key: s.key}
}

// peer speaks lotse/1 by hand.
type peer struct {
	t     *testing.T
	stage *stage
	raw   net.Conn
	conn  *tls.Conn
	in    *wire.Reader
	bind  wire.Binding
	nonce [32]byte
	// room is what Opened or Ticket said.
	opened wire.Opened
	ticket wire.Ticket
	got    chan wire.Frame // once listening
}

// call connects from an address and finishes TLS.
func (s *stage) call(from string) *peer {
	s.t.Helper()
	a, b := net.Pipe()
	s.listener.conns <- far{a, address(from)}
	p := &peer{t: s.t, stage: s, raw: b, conn: tls.Client(b, wire.ClientTLS([][32]byte{s.server.cfg.Identity.Pin()}))}
	if err := p.conn.HandshakeContext(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	var err error
	if p.bind, err = wire.Bind(p.conn.ConnectionState()); err != nil {
		s.t.Fatal(err)
	}
	p.in = wire.NewReader(p.conn)
	return p
}

func (p *peer) send(f wire.Frame) {
	p.t.Helper()
	if err := p.try(f); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) try(f wire.Frame) error {
	_, err := p.conn.Write(wire.AppendFrame(nil, f))
	return err
}

func (p *peer) say(m wire.Message)  { p.t.Helper(); p.send(wire.Stage1Frame(m)) }
func (p *peer) tell(m wire.Message) { p.t.Helper(); p.send(wire.NoticeFrame(m)) }

// hear returns the next message of stage 1.
func (p *peer) hear() wire.Message {
	p.t.Helper()
	f, err := p.in.Next()
	if err != nil {
		p.t.Fatal(err)
	}
	m, err := wire.ParseStage1(f.Payload)
	if err != nil {
		p.t.Fatal(err)
	}
	return m
}

// greet exchanges the greetings and checks the relay's.
func (p *peer) greet(role wire.Role) *peer {
	p.t.Helper()
	hello := wire.Hello{V: 1, MinV: 1, Role: role, Build: 5, OS: "test", Nonce: seed(4)}
	p.say(hello)
	answer, ok := p.hear().(wire.RelayHello)
	id := p.stage.server.cfg.Identity
	if !ok || !wire.VerifyRelayHello(id.key.Public().(ed25519.PublicKey), p.bind, hello.Nonce, answer.Nonce, answer.Sig) {
		p.t.Fatalf("got %+v, want a signed greeting", answer)
	}
	p.nonce = answer.Nonce
	return p
}

// proof is what shows the licence on this connection.
func (p *peer) proof() wire.Prove {
	s := seed(5)
	device := ed25519.NewKeyFromSeed(s[:])
	l := p.stage.licence
	out := wire.Prove{
		Licence: l.Note, Sig: wire.SignLicence(l.Key, p.bind, p.nonce, l.Number), Device: [32]byte(device.Public().(ed25519.PublicKey)),
	}
	out.DeviceSig = wire.SignDevice(device, p.bind, p.nonce, out.Sig)
	return out
}

// master opens a room.
func (s *stage) master(from string, o wire.Open) *peer {
	s.t.Helper()
	p := s.call(from).greet(wire.RoleMaster)
	p.say(p.proof())
	if got, ok := p.hear().(wire.ProveOK); !ok || got.MaxMembers != 3 {
		s.t.Fatalf("got %+v, want a good licence for 3", got)
	}
	p.say(o)
	m := p.hear()
	opened, ok := m.(wire.Opened)
	if !ok {
		s.t.Fatalf("got %+v, want a room", m)
	}
	p.opened = opened
	return p.listen()
}

// knock asks for a room's door and returns the answer.
func (s *stage) knock(from string, j wire.Join) (*peer, wire.Message) {
	s.t.Helper()
	p := s.call(from).greet(wire.RoleParticipant)
	p.say(j)
	return p, p.hear()
}

// joiner stands at a room's door.
func (s *stage) joiner(from string, j wire.Join) *peer {
	s.t.Helper()
	p, m := s.knock(from, j)
	ticket, ok := m.(wire.Ticket)
	if !ok {
		s.t.Fatalf("got %+v, want a ticket", m)
	}
	p.ticket = ticket
	return p.listen()
}

// listen reads everything from now on, so that the relay never waits for us.
func (p *peer) listen() *peer {
	p.in.EndStage1()
	p.got = make(chan wire.Frame, 10_000)
	go func() {
		defer close(p.got)
		for {
			f, err := p.in.Next()
			if err != nil {
				return
			}
			p.got <- f
		}
	}()
	return p
}

// next says what the next frame is that is no pong; "end" is the end of the connection.
func (p *peer) next() string {
	p.t.Helper()
	f, ok := <-p.got
	for ok && f.Type == wire.Pong {
		f, ok = <-p.got
	}
	if !ok {
		return "end"
	}
	if f.Type != wire.Notice {
		return fmt.Sprintf("%d from %d: %s", f.Type, f.Channel, f.Payload)
	}
	m, err := wire.ParseNotice(f.Payload)
	if err != nil {
		p.t.Fatal(err)
	}
	return fmt.Sprintf("%T%+v", m, m)
}

// quiet reports whether nothing has come and the connection stands.
func (p *peer) quiet() error {
	synctest.Wait()
	select {
	case f, ok := <-p.got:
		return fmt.Errorf("got a frame of type %d, %t", f.Type, ok)
	default:
		return nil
	}
}

func (p *peer) expect(want ...string) {
	p.t.Helper()
	for _, w := range want {
		if got := p.next(); got != w {
			p.t.Errorf("got %s, want %s", got, w)
		}
	}
}

// ended waits for the relay to hang up and says how long that took.
func (p *peer) ended() time.Duration {
	p.t.Helper()
	begun := time.Now()
	buf := make([]byte, 1<<10)
	for {
		if _, err := p.raw.Read(buf); err != nil {
			return time.Since(begun)
		}
	}
}

// pings keeps a connection alive while time jumps, until the test ends.
func (p *peer) pings() {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for p.try(wire.Frame{Type: wire.Ping, Payload: []byte("12345678")}) == nil {
		select {
		case <-tick.C:
		case <-p.stage.quit:
			return
		}
	}
}

// after waits in the bubble's time.
func after(d time.Duration) { <-time.After(d) }

func join(session string) wire.Join { return wire.Join{Session: session, Nonce: [16]byte{7}} }
