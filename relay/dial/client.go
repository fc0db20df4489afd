package dial

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"lotse/packaging/profile"
	"lotse/relay/wire"
)

// Client is a connection to a relay. After Connect it can Open or Join; Run
// makes it go.
type Client struct {
	cfg    Config
	server profile.Relay
	way    Way
	skew   time.Duration
	conn   *tls.Conn
	in     *wire.Reader
	key    ed25519.PublicKey
	pin    [32]byte
	bind   wire.Binding
	nonce  [32]byte // the relay's

	out     *outbox
	frames  chan wire.Frame
	replies chan wire.Message
	ended   chan struct{}
	endOnce sync.Once
	born    time.Time    // what pong and pings count from: a clock that is set moves neither
	pong    atomic.Int64 // when the relay last said anything, in nanoseconds
	pings   pings
	trip    atomic.Int64 // the last round trip in nanoseconds
	brisk   atomic.Bool
	placed  atomic.Bool            // stage 1 has ended: what was asked after Run began was answered
	beside  atomic.Pointer[Client] // to another relay that would take over
	load    uint8
	serial  uint64        // of the newest list that the relay hands out
	greeted time.Duration // how long the greeting took
}

// frameDepth is how many received frames wait for Receive. While they do, the
// relay's own bounds work.
const frameDepth = 64

func newClient(cfg Config, a attempt, conn *tls.Conn) (*Client, error) {
	state := conn.ConnectionState()
	key, pin, err := wire.PeerKey(state)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRelayKey, err)
	}
	bind, err := wire.Bind(state)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	c := &Client{
		cfg: cfg, server: a.server, way: a.way, conn: conn, in: wire.NewReader(conn), key: key, pin: pin, bind: bind,
		out: newOutbox(), frames: make(chan wire.Frame, frameDepth), replies: make(chan wire.Message, 1),
		ended: make(chan struct{}), born: time.Now(),
	}
	return c, nil
}

// Addr returns the address of the relay, as it is listed first.
func (c *Client) Addr() string { return c.server.Addr }

// Region returns where the relay is, as the list says.
func (c *Client) Region() string { return c.server.Region }

// Way returns how the relay was reached.
func (c *Client) Way() Way { return c.way }

// Skew returns how far the relay's clock was ahead of ours when it greeted us,
// to about a second.
func (c *Client) Skew() time.Duration { return c.skew }

// RelayKey returns the SHA-256 of the relay's SubjectPublicKeyInfo, as we saw
// it ourselves. The key agreement between the ends covers it.
func (c *Client) RelayKey() [32]byte { return c.pin }

// RTT returns the last round trip to the relay; 0 before the first.
func (c *Client) RTT() time.Duration { return time.Duration(c.trip.Load()) }

// greet exchanges the greetings and checks the relay's signature.
func (c *Client) greet() error {
	hello := wire.Hello{
		V: wire.ProtocolVersion, MinV: wire.ProtocolVersion, Role: c.cfg.Role, Build: c.cfg.Build, OS: system(),
		Profile: c.cfg.Profile, Serial: c.cfg.Serial,
	}
	if _, err := rand.Read(hello.Nonce[:]); err != nil {
		return fmt.Errorf("dial: nonce: %w", err)
	}
	asked := time.Now()
	msg, err := c.ask(hello)
	if err != nil {
		return err
	}
	answer, ok := msg.(wire.RelayHello)
	if !ok {
		return fmt.Errorf("%w: %T instead of a greeting", wire.ErrMessage, msg)
	}
	if answer.RelayID != c.pin || !wire.VerifyRelayHello(c.key, c.bind, hello.Nonce, answer.Nonce, answer.Sig) {
		return fmt.Errorf("%w: greeting of %s", ErrRelayKey, c.server.Addr)
	}
	heard := time.Now()
	c.nonce, c.skew = answer.Nonce, skewOf(answer.Time, asked, heard)
	c.load, c.serial, c.greeted = answer.Load, answer.ListSerial, heard.Sub(asked)
	return nil
}

// skewOf compares a clock that shows whole seconds with ours, while the answer
// was under way.
func skewOf(seconds int64, asked, heard time.Time) time.Duration {
	return time.Unix(seconds, int64(time.Second/2)).Sub(asked.Add(heard.Sub(asked) / 2))
}

// prove shows the licence. Not one byte of it leaves before the relay's key
// was checked.
func (c *Client) prove() error {
	device, ok := c.cfg.Device.Public().(ed25519.PublicKey)
	if !ok {
		return errors.New("dial: device key")
	}
	p := wire.Prove{
		Licence: c.cfg.Licence.Note, Sig: wire.SignLicence(c.cfg.Licence.Key, c.bind, c.nonce, c.cfg.Licence.Number),
		Device: [32]byte(device), Operator: c.cfg.Operator,
	}
	p.DeviceSig = wire.SignDevice(c.cfg.Device, c.bind, c.nonce, p.Sig)
	msg, err := c.ask(p)
	if err != nil {
		return err
	}
	if _, ok := msg.(wire.ProveOK); !ok {
		return fmt.Errorf("%w: %T instead of a word on the licence", wire.ErrMessage, msg)
	}
	return nil
}

// ask says something in stage 1, before Run, and reads the answer.
func (c *Client) ask(m wire.Message) (wire.Message, error) {
	if _, err := c.conn.Write(wire.AppendFrame(nil, wire.Stage1Frame(m))); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	f, err := c.in.Next()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if f.Type != wire.Stage1 {
		return nil, fmt.Errorf("%w: type %d in stage 1", wire.ErrMessage, f.Type)
	}
	answer, err := wire.ParseStage1(f.Payload)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	if err := wire.Refusal(answer); err != nil {
		return nil, err
	}
	return answer, nil
}

// Open opens a room, or takes back our own. Run must be running.
func (c *Client) Open(ctx context.Context, o wire.Open) (wire.Opened, error) {
	msg, err := c.request(ctx, o)
	if err != nil {
		return wire.Opened{}, err
	}
	opened, ok := msg.(wire.Opened)
	if !ok {
		return wire.Opened{}, fmt.Errorf("%w: %T instead of a room", wire.ErrMessage, msg)
	}
	return opened, nil
}

// ProveLink adds the proof to j that whoever joins holds a personal link.
func (c *Client) ProveLink(j *wire.Join, verifier [32]byte) {
	j.LinkMAC = wire.LinkMAC(verifier, c.bind, c.nonce, *j)
}

// Join goes to the door of a room. Run must be running.
func (c *Client) Join(ctx context.Context, j wire.Join) (wire.Ticket, error) {
	msg, err := c.request(ctx, j)
	if err != nil {
		return wire.Ticket{}, err
	}
	ticket, ok := msg.(wire.Ticket)
	if !ok {
		return wire.Ticket{}, fmt.Errorf("%w: %T instead of a ticket", wire.ErrMessage, msg)
	}
	return ticket, nil
}

func (c *Client) request(ctx context.Context, m wire.Message) (wire.Message, error) {
	if err := c.Send(ctx, wire.Stage1Frame(m)); err != nil {
		return nil, err
	}
	select {
	case answer := <-c.replies:
		return answer, wire.Refusal(answer)
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.ended:
	}
	select {
	case answer := <-c.replies: // said before the relay hung up
		return answer, wire.Refusal(answer)
	default:
		return nil, ErrClosed
	}
}

// Send queues a frame on its lane. Pictures, sound and bulk wait for room,
// until ctx ends; control and input do not (ErrFull).
func (c *Client) Send(ctx context.Context, f wire.Frame) error {
	if err := f.Check(); err != nil {
		return fmt.Errorf("dial: %w", err)
	}
	for {
		room, err := c.out.put(f)
		if err == nil || !errors.Is(err, errWait) {
			return err
		}
		select {
		case <-room:
		case <-ctx.Done():
			return ctx.Err()
		case <-c.ended:
			return ErrClosed
		}
	}
}

// Receive waits for the next frame: a handshake message, a record or a
// notice.
func (c *Client) Receive(ctx context.Context) (wire.Frame, error) {
	select {
	case f := <-c.frames:
		return f, nil
	default:
	}
	select {
	case f := <-c.frames:
		return f, nil
	case <-ctx.Done():
		return wire.Frame{}, ctx.Err()
	case <-c.ended:
	}
	select {
	case f := <-c.frames: // arrived before the end
		return f, nil
	default:
		return wire.Frame{}, ErrClosed
	}
}

// Admit lets a joiner's records through.
func (c *Client) Admit(ctx context.Context, conn uint32) error {
	return c.Send(ctx, wire.NoticeFrame(wire.Admit{Conn: conn}))
}

// Kick ends a connection of our room.
func (c *Client) Kick(ctx context.Context, conn uint32, reason wire.Reason) error {
	return c.Send(ctx, wire.NoticeFrame(wire.Kick{Conn: conn, Reason: reason}))
}

// Lock keeps further joiners out, or lets them come again.
func (c *Client) Lock(ctx context.Context, on bool) error {
	return c.Send(ctx, wire.NoticeFrame(wire.Lock{On: on}))
}

// Links says which personal links are open, all of them anew.
func (c *Client) Links(ctx context.Context, verifiers [][32]byte) error {
	return c.Send(ctx, wire.NoticeFrame(wire.Links{Verifiers: verifiers}))
}

// End closes our room for good.
func (c *Client) End(ctx context.Context) error {
	return c.Send(ctx, wire.NoticeFrame(wire.End{}))
}

// flushTime is how long Flush waits at the most.
const flushTime = time.Second

// Flush waits until what was sent has left, but no longer than a second.
func (c *Client) Flush(ctx context.Context) {
	timer := time.NewTimer(flushTime)
	defer timer.Stop()
	for {
		room, empty := c.out.empty()
		if empty {
			return
		}
		select {
		case <-room:
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		case <-c.ended:
			return
		}
	}
}

// Close ends the connection. Run returns then.
func (c *Client) Close() {
	c.end()
}

func (c *Client) end() {
	c.endOnce.Do(func() {
		close(c.ended)
		c.out.close()
		_ = c.conn.NetConn().Close() // the relay may have been first
	})
}

// Run carries frames both ways until the connection ends, and returns why. It
// leaves nothing running.
func (c *Client) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, c.end)
	defer stop()
	c.in.EndStage1()
	c.heard()
	var all sync.WaitGroup
	var why [3]error
	for i, work := range []func() error{c.read, c.write, c.watch} {
		all.Go(func() {
			why[i] = work()
			c.end()
		})
	}
	all.Wait()
	return errors.Join(why[:]...)
}

// age is how long there has been this connection, by a clock that nobody sets.
func (c *Client) age() time.Duration { return time.Since(c.born) }

func (c *Client) heard() { c.pong.Store(int64(c.age())) }

func (c *Client) read() error {
	for {
		f, err := c.in.Next()
		if err != nil {
			return fmt.Errorf("dial: read: %w", err)
		}
		c.heard()
		if err := c.take(f); err != nil {
			return err
		}
	}
}

// take sorts one frame.
func (c *Client) take(f wire.Frame) error {
	switch f.Type {
	case wire.Ping:
		_, err := c.out.put(wire.Frame{Type: wire.Pong, Payload: f.Payload})
		return err
	case wire.Pong:
		c.answered(time.Duration(binary.BigEndian.Uint64(f.Payload)))
		return nil
	case wire.Stage1:
		answer, err := wire.ParseStage1(f.Payload)
		if err != nil {
			return fmt.Errorf("dial: %w", err)
		}
		c.placed.Store(true)
		select {
		case c.replies <- answer:
			return nil
		default:
			return fmt.Errorf("%w: an answer that nobody asked for", wire.ErrMessage)
		}
	case wire.Notice:
		if len(f.Payload) > 0 && wire.Kind(f.Payload[0]) == wire.KindCredit {
			return c.credit(f.Payload)
		}
		return c.hand(f)
	case wire.Handshake, wire.Record:
		return c.hand(f)
	default:
		return fmt.Errorf("%w: type %d", wire.ErrMessage, f.Type)
	}
}

// credit takes bulk window back; it is nobody else's business.
func (c *Client) credit(payload []byte) error {
	m, err := wire.ParseNotice(payload)
	if err != nil {
		return fmt.Errorf("dial: %w", err)
	}
	if credit, ok := m.(wire.Credit); ok {
		c.out.credit(credit)
	}
	return nil
}

// hand keeps a frame for Receive.
func (c *Client) hand(f wire.Frame) error {
	select {
	case c.frames <- f:
		return nil
	case <-c.ended:
		return ErrClosed
	}
}

// writeTime is how long one write may take before the connection counts as
// broken.
const writeTime = 20 * time.Second

func (c *Client) write() error {
	buf := make([]byte, 0, 2*batchBytes)
	for {
		out := c.out.take(buf[:0])
		if len(out) == 0 {
			select {
			case <-c.out.wake:
				continue
			case <-c.ended:
				return ErrClosed
			}
		}
		if err := c.conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
			return fmt.Errorf("dial: deadline: %w", err)
		}
		if _, err := c.conn.Write(out); err != nil {
			return fmt.Errorf("dial: write: %w", err)
		}
		if cap(out) <= 4*batchBytes {
			buf = out
		}
	}
}
