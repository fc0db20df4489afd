package participant

import (
	"errors"
	"image"
	"testing"
	"testing/synctest"
	"time"

	"lotse/capture"
	"lotse/capture/input"
	"lotse/capture/screen"
	"lotse/capture/stopbutton"
	"lotse/participant/message"
	"lotse/participant/session"
)

// plain is the STOP that a lookout shows.
type plain struct {
	shown, closed int
	options       stopbutton.Options
	press         stopbutton.Press
}

func (p *plain) open(o stopbutton.Options, press stopbutton.Press) (StopButton, error) {
	p.shown++
	p.options, p.press = o, press
	return p, nil
}

func (p *plain) Close() error { p.closed++; return nil }

// watched is remote control, a window that beats when the test says so, and
// its lookout.
func watched(t *testing.T) (*lookout, *keys, *plain) {
	t.Helper()
	s, k, _ := steered(t)
	b := &plain{}
	s.m.cfg.Edge.StopButton = b.open
	s.m.cfg.StopText = "STOPP"
	s.m.cfg.Edge.Displays = func() ([]capture.Display, error) {
		return []capture.Display{{Bounds: image.Rect(-9, 0, 0, 9)}, {Bounds: image.Rect(0, 0, 800, 600), Primary: true}}, nil
	}
	s.m.Alive()
	s.begin()
	return &lookout{m: s.m, steer: s, shared: s.allowed}, k, b
}

func (l *lookout) types(t *testing.T, want error) {
	t.Helper()
	l.steer.begin() // as the session's clock does
	if err := l.steer.handle(message.Text{Text: "a"}, time.Now()); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

// TestWindowThatHangsPausesInputAndShowsAPlainStop lets the window beat, hang
// and come back.
func TestWindowThatHangsPausesInputAndShowsAPlainStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, k, b := watched(t)
		<-time.After(windowDeaf)
		l.look()
		l.types(t, nil)
		if err := l.steer.handle(message.Key{Usage: 0xE0, Down: true}, time.Now()); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Millisecond)
		before := k.pressed
		l.look()
		l.look()
		l.types(t, input.ErrStopped)
		if k.pressed != before+1 {
			t.Errorf("got %d events, want Ctrl let go and no more", k.pressed-before)
		}
		if want := (stopbutton.Options{Text: "STOPP", Area: image.Rect(0, 0, 800, 600)}); b.shown != 1 || b.options != want {
			t.Errorf("shown %d times with %+v, want once with %+v", b.shown, b.options, want)
		}
		l.m.Alive()
		l.look()
		l.types(t, nil)
		if b.closed != 1 {
			t.Errorf("closed %d times, want once", b.closed)
		}
	})
}

// TestPlainStopIsTheStop presses it while the window hangs.
func TestPlainStopIsTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _, b := watched(t)
		<-time.After(windowDeaf + time.Millisecond)
		l.look()
		b.press(time.Now().Add(-3 * time.Millisecond))
		if got, want := <-l.steer.pressed, (pressed{session.ReasonStopButton, 3 * time.Millisecond, time.Now()}); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
		l.m.Alive()
		l.look()
		l.types(t, input.ErrStopped) // stopped is stopped, also in a window that is back
	})
}

// TestNobodyThereNeedsNoPlainStop lets the window hang before and after a
// session.
func TestNobodyThereNeedsNoPlainStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _, b := watched(t)
		<-time.After(windowDeaf + time.Millisecond)
		l.shared = &session.Shared{}
		l.look()
		if b.shown != 0 {
			t.Errorf("shown %d times, want never", b.shown)
		}
	})
}

// TestPlainStopThatFailsIsTriedAgain has no button at first, and no input.
func TestPlainStopThatFailsIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _, b := watched(t)
		tries := 0
		l.m.cfg.Edge.StopButton = func(o stopbutton.Options, p stopbutton.Press) (StopButton, error) {
			if tries++; tries == 1 {
				return nil, stopbutton.ErrUnsupported
			}
			return b.open(o, p)
		}
		<-time.After(windowDeaf + time.Millisecond)
		l.look()
		l.look()
		l.types(t, input.ErrStopped)
		<-time.After(buttonAgain)
		l.look()
		if tries != 2 || b.shown != 1 {
			t.Errorf("tried %d times and shown %d times, want 2 and 1", tries, b.shown)
		}
	})
}

// TestHungWindowMakesNoYes lets a question end that would be a yes at zero,
// while the person can't say no.
func TestHungWindowMakesNoYes(t *testing.T) {
	for _, hung := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l, _, _ := watched(t)
			l.m.cfg.Edge.Screen = func(screen.Target) (screen.Source, error) { return nil, screen.ErrDisplayLost }
			r := newRun(l.m, session.Code{})
			now := time.Now()
			for _, e := range []session.Event{
				session.Dialled{At: now},
				session.Reached{At: now},
				session.Proven{At: now},
				session.Admitted{At: now},
				session.Asked{At: now, ID: 1, Grants: session.See, Countdown: time.Second, YesAtZero: true},
			} {
				if err := r.session.Apply(e); err != nil {
					t.Fatal(err)
				}
			}
			r.steer.hung.Store(hung)
			for range 2 {
				<-time.After(600 * time.Millisecond)
				r.tick(t.Context())
			}
			if got := r.session.Allows(session.See); got == hung {
				t.Errorf("hung %t: got granted %t", hung, got)
			}
		})
	}
}
