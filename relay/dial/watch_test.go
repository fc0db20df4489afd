package dial

import (
	"context"
	"crypto/ed25519"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lotse/crypto/note"
	"lotse/packaging/profile"
	"lotse/relay/hub"
	"lotse/relay/wire"
)

// linkAt is a connection without a network that was heard at a moment.
func linkAt(at time.Time, trip time.Duration) *Client {
	c := &Client{cfg: Config{Ping: defaultPing, Dead: defaultDead}, out: newOutbox(), born: at}
	c.trip.Store(int64(trip))
	c.placed.Store(true)
	return c
}

// course is what happens on a line, from the moment on at which a relay falls
// silent.
type course struct {
	trip   time.Duration
	warm   bool                           // there is a connection beside it
	beside func(sent time.Duration) bool  // whether a ping there is answered that was sent so long after
	speaks func(after time.Duration) bool // whether the relay speaks after all
	want   func(took time.Duration) bool  // when it is given up; 0 is never within 20 s
}

func TestSilenceIsTheRelaysOnlyWhenAnotherAnswers(t *testing.T) {
	never := func(time.Duration) bool { return false }
	always := func(time.Duration) bool { return true }
	between := func(low, high time.Duration) func(time.Duration) bool {
		return func(took time.Duration) bool { return took >= low && took <= high }
	}
	for name, c := range map[string]course{
		"hung, another answers": {trip: 40 * time.Millisecond, warm: true, beside: always, speaks: never, want: between(500*time.Millisecond, 900*time.Millisecond)},
		"hung, far away":        {trip: 300 * time.Millisecond, warm: true, beside: always, speaks: never, want: between(1200*time.Millisecond, 1600*time.Millisecond)},
		"hung, nothing beside":  {trip: 40 * time.Millisecond, beside: never, speaks: never, want: between(900*time.Millisecond, 1300*time.Millisecond)},
		"a pulled cable":        {trip: 40 * time.Millisecond, warm: true, beside: never, speaks: never, want: between(900*time.Millisecond, 1300*time.Millisecond)},
		"a cable that is pulled a moment later": {
			trip: 40 * time.Millisecond, warm: true, beside: func(sent time.Duration) bool { return sent < 250*time.Millisecond },
			speaks: never, want: between(900*time.Millisecond, 1300*time.Millisecond),
		},
		"a lost packet": {
			trip: 40 * time.Millisecond, warm: true, beside: always,
			speaks: func(after time.Duration) bool { return after > 300*time.Millisecond }, want: func(took time.Duration) bool { return took == 0 },
		},
	} {
		if took := c.play(); !c.want(took) {
			t.Errorf("%s: given up after %v", name, took)
		}
	}
}

// play lets 20 s pass and returns after how long the relay was given up.
func (c course) play() time.Duration {
	begun := time.Now().Add(-time.Hour) // all of it is over: what is under way is late
	link, beside := linkAt(begun, c.trip), linkAt(begun, c.trip)
	link.Brisk(true)
	if c.warm {
		link.Beside(beside)
	}
	var w silence
	for now := begun; now.Sub(begun) < 20*time.Second; now = now.Add(briskLook) {
		after := now.Sub(begun)
		if c.speaks(after) {
			link.pong.Store(int64(after))
		}
		if err := w.look(link, now); errors.Is(err, ErrClosed) {
			return after
		}
		link.out.take(nil)
		if len(beside.out.take(nil)) > 0 && c.beside(after) {
			beside.answered(after)
		}
	}
	return 0
}

// pipes is a listener without a network, for tests in a bubble.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	ended chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.ended:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.ended) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// A relay hangs up on whoever sends anything else than a message of stage 1
// before it has its place; what comes between reaching it and asking for that
// may take a while.
func TestNoPingComesBeforeARoom(t *testing.T) {
	identity, err := hub.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	signer, verifier, err := note.GenerateKey("watch")
	if err != nil {
		t.Fatal(err)
	}
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, brisk := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			server, err := hub.New(hub.Config{Identity: identity, LicenceIssuers: []string{verifier}})
			if err != nil {
				t.Fatal(err)
			}
			listener := &pipes{conns: make(chan net.Conn), ended: make(chan struct{})}
			ctx, cancel := context.WithCancel(t.Context())
			var all sync.WaitGroup
			defer all.Wait()
			defer cancel()
			all.Go(func() {
				if err := server.Run(ctx, listener); err != nil {
					t.Error(err)
				}
			})
			number := profile.NewNumber("123456789")
			signed, err := profile.IssueLicence(profile.LicenceFacts{
				Number: number, Organisation: "Hafen Hilfe", Name: "Marta", ModuleKey: public, MaxMembers: 3, NotAfter: time.Now().Add(time.Hour).Unix(),
			}, signer)
			if err != nil {
				t.Fatal(err)
			}
			cfg, err := Config{
				Allow: func(string) error { return nil }, Role: wire.RoleMaster, Build: 5, Licence: &profile.Licence{Number: number, Note: signed, Key: key},
			}.withDefaults()
			if err != nil {
				t.Fatal(err)
			}
			near, far := net.Pipe()
			listener.conns <- far
			a := attempt{server: profile.Relay{Pins: [][32]byte{identity.Pin()}}, way: Way{Kind: TLS}}
			c, err := a.speak(t.Context(), cfg, near, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Start(t.Context())()
			c.Brisk(brisk)
			<-time.After(4 * briskLook)
			if _, err := c.Open(t.Context(), wire.Open{Digits: 6}); err != nil {
				t.Errorf("brisk %v: %v", brisk, err)
			}
			<-time.After(2 * defaultDead) // and from then on they keep it alive
			if err := c.Lock(t.Context(), true); err != nil || c.RTT() == 0 {
				t.Errorf("brisk %v: %v, round trip %v", brisk, err, c.RTT())
			}
		})
	}
}

// Somebody may stand in the queue at a door for 15 s (relay/hub), and hears
// nothing meanwhile.
func TestQueueIsNoSilence(t *testing.T) {
	begun := time.Now().Add(-time.Hour)
	c := linkAt(begun, 0)
	c.placed.Store(false)
	c.Brisk(true)
	var w silence
	for after := time.Duration(0); after < 20*time.Second; after += briskLook {
		if err := w.look(c, begun.Add(after)); err != nil {
			t.Fatalf("given up after %v: %v", after, err)
		}
		if sent := c.out.take(nil); len(sent) > 0 {
			t.Fatalf("sent %d bytes after %v, want nothing", len(sent), after)
		}
	}
	if c.Answers(time.Now()); len(c.out.take(nil)) > 0 {
		t.Error("asked for an answer, want nothing sent")
	}
	if err := w.look(c, begun.Add(time.Minute)); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v after a minute, want it given up", err)
	}
}
