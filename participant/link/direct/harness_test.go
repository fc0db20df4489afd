package direct

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"sync"
	"testing"
	"time"

	"lotse/crypto/epoch"
	"lotse/crypto/secret"
	"lotse/participant/link"
	"lotse/participant/message"
	"lotse/relay/dial"
	"lotse/relay/wire"
)

// theirs is the connection of the participant, as the master sees it.
const theirs = 2

// flown is something on its way.
type flown[T any] struct {
	what T
	at   time.Time
}

// tube carries values one way, in order, each after a while.
type tube[T any] struct {
	delay time.Duration

	mu     sync.Mutex
	queue  []flown[T]
	cut    bool // nothing arrives until it is whole again
	closed bool
	more   chan struct{}
	passed uint64
}

func newTube[T any](delay time.Duration) *tube[T] {
	return &tube[T]{delay: delay, more: make(chan struct{})}
}

func (t *tube[T]) wakeLocked() {
	close(t.more)
	t.more = make(chan struct{})
}

func (t *tube[T]) put(v T) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return io.ErrClosedPipe
	}
	t.queue = append(t.queue, flown[T]{v, time.Now().Add(t.delay)})
	t.wakeLocked()
	return nil
}

func (t *tube[T]) set(cut, closed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cut, t.closed = cut, t.closed || closed
	t.wakeLocked()
}

// get waits for the next value until done is closed; nil waits for ever.
func (t *tube[T]) get(done <-chan struct{}) (v T, err error) {
	for {
		t.mu.Lock()
		more, wait := t.more, time.Duration(-1)
		switch {
		case t.closed:
			t.mu.Unlock()
			return v, io.EOF
		case len(t.queue) > 0 && !t.cut:
			if wait = time.Until(t.queue[0].at); wait <= 0 {
				v = t.queue[0].what
				t.queue = t.queue[1:]
				t.passed++
				t.mu.Unlock()
				return v, nil
			}
		}
		t.mu.Unlock()
		var ripe <-chan time.Time
		if wait > 0 {
			ripe = time.After(wait)
		}
		select {
		case <-more:
		case <-ripe:
		case <-done:
			return v, context.Canceled
		}
	}
}

// relay is one end of a relay that carries everything.
type relay struct {
	out, in *tube[wire.Frame]

	mu        sync.Mutex
	at        time.Time
	now, most int // sent at one moment
	all       int
}

func (r *relay) Send(_ context.Context, f wire.Frame) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := time.Now(); !now.Equal(r.at) {
		r.at, r.now = now, 0
	}
	r.now++
	r.all++
	r.most = max(r.most, r.now)
	return r.out.put(f)
}

// flood returns how much was sent, and how much of it at one moment at the most.
func (r *relay) flood() (all, most int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all, r.most
}

func (r *relay) Receive(ctx context.Context) (wire.Frame, error) { return r.in.get(ctx.Done()) }
func (r *relay) from(conn uint32) link.Transport                 { return &renamed{r, conn} }

// renamed is an end that sees all frames come from one connection.
type renamed struct {
	*relay
	conn uint32
}

func (r *renamed) Receive(ctx context.Context) (wire.Frame, error) {
	f, err := r.relay.Receive(ctx)
	f.Channel = r.conn
	return f, err
}

// end is one end of a carrier.
type end struct {
	out, in [channels]*tube[[]byte]
	other   *tube[struct{}]
}

func (e *end) Write(channel int, b []byte) error { return e.out[channel].put(bytes.Clone(b)) }

func (e *end) Read(channel int, b []byte) (int, error) {
	got, err := e.in[channel].get(nil)
	return copy(b, got), err
}

func (e *end) Pulse() (in, out uint64) {
	for i := range channels {
		in += e.in[i].count()
		out += e.out[i].count()
	}
	return in, out
}

func (t *tube[T]) count() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.passed
}

func (e *end) Other() error {
	_, err := e.other.get(nil)
	if err == nil {
		err = errRubbish
	}
	return err
}

func (e *end) Close() {
	for i := range channels {
		e.out[i].set(false, true)
		e.in[i].set(false, true)
	}
	e.other.set(false, true)
}

// cutOut lets nothing out of this end any more, without a word. What is under way
// arrives if it is mended.
func (e *end) cutOut(cut bool) {
	for i := range channels {
		e.out[i].set(cut, false)
	}
}

// carriers are two ends that find each other.
func carriers(delay time.Duration) (a, b *end) {
	a, b = &end{other: newTube[struct{}](0)}, &end{other: newTube[struct{}](0)}
	for i := range channels {
		ab, ba := newTube[[]byte](delay), newTube[[]byte](delay)
		a.out[i], a.in[i], b.out[i], b.in[i] = ab, ba, ba, ab
	}
	return a, b
}

// pair is a master and a participant, with a relay between them.
type pair struct {
	t              *testing.T
	master, member *Switch
	toMember       *link.Pair // the master's, to seal
	atMember       *link.Pair
	ctx            context.Context //nolint:containedctx // a test's own
	stop           context.CancelFunc
	all            sync.WaitGroup
	slow           *relay // the master's end
}

func newPair(t *testing.T, relayed time.Duration) *pair {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	p := &pair{t: t, ctx: ctx, stop: cancel}
	ab, ba := newTube[wire.Frame](relayed), newTube[wire.Frame](relayed)
	p.slow = &relay{out: ab, in: ba}
	p.master = New(Config{Relay: p.slow.from(theirs)})
	p.member = New(Config{Relay: (&relay{out: ba, in: ab}).from(wire.MasterConn)})
	one, two := secret.Bytes(bytes.Repeat([]byte{1}, epoch.SecretSize)), secret.Bytes(bytes.Repeat([]byte{2}, epoch.SecretSize))
	var err error
	if p.toMember, err = link.NewPair(theirs, one, two); err != nil {
		t.Fatal(err)
	}
	if p.atMember, err = link.NewPair(wire.MasterConn, two, one); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Switch{p.master, p.member} {
		p.all.Go(func() {
			if err := s.Run(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("Run: got %v", err)
			}
		})
	}
	return p
}

func (p *pair) close() {
	p.stop()
	p.all.Wait()
}

// join makes a path between the two; the ends are returned for what is done to
// them.
func (p *pair) join(delay time.Duration) (master, member *end) {
	a, b := carriers(delay)
	p.all.Go(func() { _ = p.master.peer(theirs).carry(p.ctx, a) })          // ends by itself
	p.all.Go(func() { _ = p.member.peer(wire.MasterConn).carry(p.ctx, b) }) // ends by itself
	return a, b
}

// up waits for the path on both sides.
func (p *pair) up(is bool) {
	p.t.Helper()
	for range 2000 {
		if p.master.Up(theirs) == is && p.member.Up(wire.MasterConn) == is {
			return
		}
		<-time.After(time.Millisecond)
	}
	p.t.Fatalf("up: got %t, %t, want %t", p.master.Up(theirs), p.member.Up(wire.MasterConn), is)
}

// numbered is the n-th message of a stream.
func numbered(s epoch.Stream, n int) message.Message {
	if s == epoch.PairInput {
		return message.Text{Text: strconv.Itoa(n)}
	}
	if s == epoch.Clipboard {
		return message.ClipPiece{ID: uint32(n + 1), Data: make([]byte, 1+n*7919%message.MaxClipPiece)}
	}
	if n%50 == 49 { // in several pieces
		return message.Clip{Text: strconv.Itoa(n) + string(bytes.Repeat([]byte{'x'}, 40_000))}
	}
	return message.Ping{Number: uint64(n)}
}

// send seals so many messages of a stream and sends them, one every so often.
func (p *pair) send(s epoch.Stream, n int, every time.Duration) {
	p.t.Helper()
	for i := range n {
		f, err := p.toMember.Seal(s, numbered(s, i))
		if err != nil {
			p.t.Error(err)
			return
		}
		for {
			if err = p.master.Send(p.ctx, f); !errors.Is(err, dial.ErrFull) {
				break
			}
			<-time.After(time.Millisecond)
		}
		if err != nil {
			p.t.Errorf("stream %d, message %d: %v", s, i, err)
			return
		}
		if every > 0 {
			<-time.After(every)
		}
	}
}

// receive opens what arrives until so many messages of each stream are there,
// each once and in order. It returns when each came.
func (p *pair) receive(want map[epoch.Stream]int) map[epoch.Stream][]time.Time {
	p.t.Helper()
	got := make(map[epoch.Stream][]time.Time)
	missing := 0
	for _, n := range want {
		missing += n
	}
	for missing > 0 {
		f, err := p.member.Receive(p.ctx)
		if err != nil {
			p.t.Fatalf("receive: %v; have %d", err, len(got))
		}
		m, err := p.atMember.Open(f)
		if errors.Is(err, epoch.ErrReplay) {
			continue // sent on both ways
		}
		if err != nil {
			p.t.Fatalf("open: %v", err)
		}
		if n := len(got[m.Stream]); !same(m.Message, numbered(m.Stream, n)) {
			p.t.Fatalf("stream %d: message %d is another", m.Stream, n)
		}
		got[m.Stream] = append(got[m.Stream], time.Now())
		missing--
	}
	return got
}

func same(a, b message.Message) bool {
	return bytes.Equal(message.Append(nil, a), message.Append(nil, b))
}
