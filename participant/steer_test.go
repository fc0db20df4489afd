package participant

import (
	"errors"
	"image"
	"testing"
	"testing/synctest"
	"time"

	"lotse/capture/input"
	"lotse/capture/stopkey"
	"lotse/packaging/profile"
	"lotse/participant/message"
	"lotse/participant/session"
)

// keys counts what is pressed; each key takes as long as lag.
type keys struct {
	pressed int
	lag     time.Duration
}

func (k *keys) Key(input.Usage, bool) error {
	k.pressed++
	<-time.After(k.lag)
	return nil
}
func (k *keys) Text(string) error               { k.pressed++; return nil }
func (k *keys) Move(image.Point) error          { k.pressed++; return nil }
func (k *keys) Button(input.Button, bool) error { k.pressed++; return nil }
func (k *keys) Wheel(int, int) error            { k.pressed++; return nil }
func (*keys) Name() string                      { return "keys" }
func (*keys) Close() error                      { return nil }

// listening is a stop key that a test presses.
type listening struct{}

func (listening) Mechanisms() []string { return []string{"test"} }
func (listening) Healthy() error       { return nil }
func (listening) Close() error         { return nil }

// steered is remote control of a session in which everything is allowed.
func steered(t *testing.T) (*steer, *keys, func() stopkey.Press) {
	t.Helper()
	k := &keys{}
	var press stopkey.Press
	m, err := New(Config{Profile: &profile.Profile{}, Edge: Edge{
		Input: func() (input.Injector, error) { return k, nil },
		StopKey: func(p stopkey.Press) (StopKey, error) {
			press = p
			return listening{}, nil
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var shared session.Shared
	now := time.Now()
	for _, e := range []session.Event{
		session.Dialled{At: now},
		session.Reached{At: now},
		session.Proven{At: now},
		session.Admitted{At: now},
		session.Changed{At: now, Grants: session.All},
	} {
		if err := shared.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	s := newSteer(m, &shared)
	t.Cleanup(s.close)
	if why := s.arm(); why != session.ReasonNone {
		t.Fatal(why)
	}
	return s, k, func() stopkey.Press { return press }
}

// TestStopKeyHoldsBeforeTheSessionHears presses the stop key while the
// session still allows control and is about to let input in.
func TestStopKeyHoldsBeforeTheSessionHears(t *testing.T) {
	s, k, press := steered(t)
	s.begin()
	if err := s.handle(message.Text{Text: "a"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	press()(time.Now())
	s.begin()
	if err := s.handle(message.Text{Text: "b"}, time.Now()); !errors.Is(err, input.ErrStopped) {
		t.Fatalf("got %v, want ErrStopped", err)
	}
	if k.pressed != 1 {
		t.Fatalf("got %d events, want 1", k.pressed)
	}
	<-s.pressed // else the session is never told
}

// TestNothingIsPressedWhileThePersonReachesForStop puts the pointer over STOP
// and leaves it there.
func TestNothingIsPressedWhileThePersonReachesForStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, k, _ := steered(t)
		s.begin()
		if err := s.handle(message.Key{Usage: 0xE2, Down: true}, time.Now()); err != nil {
			t.Fatal(err)
		}
		s.stepAside(true)
		if k.pressed != 2 {
			t.Errorf("got %d events, want Alt pressed and let go", k.pressed)
		}
		s.begin()
		if err := s.handle(message.Text{Text: "a"}, time.Now()); !errors.Is(err, input.ErrStopped) {
			t.Errorf("got %v over STOP, want %v", err, input.ErrStopped)
		}
		<-time.After(asideTime)
		s.begin()
		if err := s.handle(message.Text{Text: "a"}, time.Now()); err != nil {
			t.Errorf("got %v after a while, want it let in", err)
		}
		s.stepAside(true)
		s.stepAside(false)
		s.begin()
		if err := s.handle(message.Text{Text: "a"}, time.Now()); err != nil {
			t.Errorf("got %v once the pointer had gone, want it let in", err)
		}
	})
}

// stuck is a keyboard on which the first key takes until goOn is closed.
type stuck struct {
	keys
	under, goOn chan struct{}
}

func (k *stuck) Key(_ input.Usage, down bool) error {
	if down {
		close(k.under)
		<-k.goOn
	}
	return nil
}

// TestStopKeysThreadWaitsForNothing presses while an event is under way that
// takes long: Windows may wait for the key's thread with it.
func TestStopKeysThreadWaitsForNothing(t *testing.T) {
	s, _, press := steered(t)
	k := &stuck{under: make(chan struct{}), goOn: make(chan struct{})}
	guard := input.NewGuard(k)
	s.guard.Store(guard)
	event := make(chan error, 1)
	go func() { event <- guard.Key(0xE0, true) }()
	<-k.under
	press()(time.Now()) // hangs here when it waits
	if !guard.Stopped() || len(s.pressed) != 0 {
		t.Errorf("got stopped %t and %d words to the session, want it barred and no word yet", guard.Stopped(), len(s.pressed))
	}
	close(k.goOn)
	if got := <-s.pressed; got.why != session.ReasonStopKey {
		t.Errorf("got %v, want %v", got.why, session.ReasonStopKey)
	}
	if err := <-event; err != nil {
		t.Error(err)
	}
}

// TestStopIsTimedOnTheKeysThread lets the session hear of the stop long after
// it was done.
func TestStopIsTimedOnTheKeysThread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, k, press := steered(t)
		k.lag = 7 * time.Millisecond
		s.begin()
		if err := s.handle(message.Key{Usage: 0xE0, Down: true}, time.Now()); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(k.lag)
		press()(time.Now()) // lets go of Ctrl, which takes the lag
		<-time.After(time.Second)
		if got, want := <-s.pressed, (pressed{session.ReasonStopKey, k.lag, at}); got != want {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// sick is a stop key that no longer listens from the moment the test says so.
type sick struct {
	listening
	why error
}

func (s *sick) Healthy() error { return s.why }

// TestControlEndsWithTheStopKey lets one way of listening fail in the middle of
// a session, and has control refused where none works from the beginning.
func TestControlEndsWithTheStopKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, key := besiege(t), &sick{}
		defer b.close()
		edge := &b.r.m.cfg.Edge
		edge.StopKey = func(stopkey.Press) (StopKey, error) { return nil, stopkey.ErrUnsupported }
		b.change(session.Control)
		if b.r.session.Allows(session.Control) || b.r.warning != session.ReasonNoStopKey {
			t.Errorf("without a stop key: got %v and the warning %q", b.grants(), b.r.warning)
		}
		edge.StopKey = func(stopkey.Press) (StopKey, error) { return key, nil }
		b.change(session.Control)
		b.deliver(message.Text{Text: "a"}, onInput)
		if got := b.c.taken(); got != steers {
			t.Fatalf("with a stop key: got %v, want %v", got, steers)
		}
		b.r.warning, key.why = session.ReasonNone, errors.New("another program has taken F11")
		b.r.tick(t.Context())
		b.deliver(message.Text{Text: "a"}, onInput)
		if got := b.c.taken(); got != 0 || b.grants() != 0 || b.r.warning != session.ReasonNoStopKey {
			t.Errorf("with a sick one: got %v, %v and the warning %q, want nothing and %q", got, b.grants(), b.r.warning, session.ReasonNoStopKey)
		}
	})
}
