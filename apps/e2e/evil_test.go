//go:build e2e && linux

package e2e

import (
	"context"
	"image"
	"strings"
	"sync"
	"testing"
	"time"

	"lotse/apps/stage"
	"lotse/apps/ui"
	"lotse/capture/input"
	"lotse/master"
	"lotse/packaging/profile"
	"lotse/participant/session"
)

// evil is a master without a window that presses what it likes, when it likes.
type evil struct {
	t    *testing.T
	room *master.Room

	mu    sync.Mutex
	state master.State
}

func newEvil(t *testing.T, s *stage.Support) *evil {
	t.Helper()
	name, value, _ := strings.Cut(s.Relay.Env[0], "=")
	t.Setenv(name, value)
	p, err := profile.Current(profile.MasterEdition)
	must(t, err)
	e := &evil{t: t}
	e.room, err = master.New(master.Config{Profile: p, OnChange: func(v master.State) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.state = v
	}})
	must(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	over := make(chan error, 1)
	go func() { over <- e.room.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-over })
	return e
}

func (e *evil) now() master.State {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.state
}

func (e *evil) until(what string, is func(master.State) bool) {
	e.t.Helper()
	must(e.t, stage.Until(e.t.Context(), 30*time.Second, what, func() (bool, error) { return is(e.now()), nil }))
}

// member is how the one customer stands with us.
func (e *evil) member() master.Member {
	if v := e.now(); len(v.Members) == 1 {
		return v.Members[0]
	}
	return master.Member{}
}

// given asks for a right that the customer allows.
func (e *evil) given(s *stage.Support, g session.Grants) {
	e.t.Helper()
	e.room.Ask(2, g, "")
	_, err := s.Customer.WaitColour(e.t.Context(), 20*time.Second, "the question", stage.Colour(ui.FillAllow), image.Pt(90, 30))
	must(e.t, err)
	must(e.t, s.Allow(e.t.Context()))
	e.until("the right", func(master.State) bool { return e.member().Grants.Has(g) })
}

// flood presses about 2000 times a second for a while.
func (e *evil) flood(length time.Duration, press func(n int)) {
	tick := time.NewTicker(time.Second / 2000)
	defer tick.Stop()
	end := time.NewTimer(length)
	defer end.Stop()
	for n := 0; ; n++ {
		select {
		case <-end.C:
			return
		case <-tick.C:
			press(n)
		}
	}
}

// fast and slow are how many keys a second are pressed.
const fast, slow = 2000, 100

// keep presses and releases A until the test is over.
func (e *evil) keep(t *testing.T, perSecond int) {
	t.Helper()
	end, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		tick := time.NewTicker(time.Second / time.Duration(perSecond))
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-end:
				return
			case <-tick.C:
				e.room.Key(2, 0x04, n%2 == 0)
			}
		}
	}()
	t.Cleanup(func() { close(end); <-over })
}

// joined lets the customer in.
func (e *evil) joined(s *stage.Support) {
	e.t.Helper()
	e.until("a room", func(v master.State) bool { return v.Phase == master.Open })
	must(e.t, s.TypeCode(e.t.Context(), e.now().Code()))
	e.until("a knock", func(v master.State) bool { return len(v.Knocks) == 1 })
	e.room.Admit(e.now().Knocks[0].Conn)
	e.until("a member", func(v master.State) bool { return len(v.Members) == 1 })
}

// steered brings an evil master and the customer's real program together, up to
// control.
func steered(t *testing.T) (*stage.Support, *evil) {
	t.Helper()
	s := set(t, stage.Scene{Text: "untouched\n"})
	e := newEvil(t, s)
	e.joined(s)
	e.given(s, session.See)
	e.given(s, session.Control)
	return s, e
}

// TestEvilMasterNeverAnswersAQuestion lets a master that may control press
// every key and button that could answer its own question.
func TestEvilMasterNeverAnswersAQuestion(t *testing.T) {
	s, e := steered(t)
	e.neverAnswers(s)
	if got := written(t, s, "letter.txt"); got != "untouched" {
		t.Errorf("got %q in the editor, want what was there", got)
	}
}

// TestStopKeyEndsAFlood presses F11 while 2000 events a second come in.
func TestStopKeyEndsAFlood(t *testing.T) {
	s, e := steered(t)
	pressed := make(chan error, 1)
	time.AfterFunc(2*time.Second, func() { pressed <- s.Customer.Key(context.WithoutCancel(t.Context()), "F11") })
	e.flood(4*time.Second, func(n int) {
		if n%9 == 8 {
			e.room.Move(2, image.Pt(300+n%200, 500+n%100))
			return
		}
		e.room.Key(2, 0x04, n%2 == 0) // A
	})
	must(t, <-pressed)
	stopped(t, s)
	e.until("the word", func(master.State) bool { return e.member().Gone == session.ReasonStopKey })
	if n, err := s.Customer.Held(); err != nil || n != 0 {
		t.Errorf("got %d keys held, %v, want none", n, err)
	}
	before := written(t, s, "letter.txt")
	e.flood(time.Second, func(n int) { e.room.Key(2, 0x04, n%2 == 0) })
	if after := written(t, s, "letter.txt"); after != before {
		t.Errorf("got %d letters, want the %d of before", len(after), len(before))
	}
}

// storm presses all that could answer a question, at a place and wherever the
// focus is: Space, Enter, Tab, the right arrow, Y, the pad's Enter, the mouse.
func (e *evil) storm(length time.Duration, at image.Point) {
	keys := []input.Usage{0x2c, 0x28, 0x2b, 0x28, 0x4f, 0x2c, 0x1c, 0x58}
	e.flood(length, func(n int) {
		switch k := keys[n/2%len(keys)]; n % 7 {
		case 5:
			e.room.Move(2, at)
		case 6:
			e.room.Button(2, input.Left, n%2 == 0)
		default:
			e.room.Key(2, k, n%2 == 0)
		}
	})
	e.room.Button(2, input.Left, false) // held, it would leave Wine's editor deaf to Ctrl+A
}

// neverAnswers asks and lets the storm loose on the question, which has to be
// where it was, unanswered; then the customer says no.
func (e *evil) neverAnswers(s *stage.Support) {
	t := e.t
	t.Helper()
	e.room.Ask(2, session.Record, "")
	var allow image.Point
	var since time.Time
	must(t, stage.Until(t.Context(), 20*time.Second, "the question in its place", func() (bool, error) { // its window grows
		buttons, err := s.Customer.WaitColour(t.Context(), 10*time.Second, "the question", stage.Colour(ui.FillAllow), image.Pt(90, 30))
		if err != nil {
			return false, err
		}
		if at := stage.Centre(buttons[0]); at != allow {
			allow, since = at, time.Now()
		}
		return time.Since(since) > time.Second, nil
	}))
	e.storm(6*time.Second, allow)
	must(t, s.Pictures(pictures, "evil-"+strings.ReplaceAll(t.Name(), "/", "-")))
	if g := e.member().Grants; g.Has(session.Record) || e.member().Asked != session.Record {
		t.Fatalf("got %v and the open question %v, want the question still open and nothing given", g, e.member().Asked)
	}
	if left, err := s.Customer.WaitColour(t.Context(), time.Second, "the question", stage.Colour(ui.FillAllow), image.Pt(90, 30)); err != nil {
		t.Fatal(err)
	} else if got := stage.Centre(left[0]); got != allow {
		t.Errorf("the question moved from %v to %v", allow, got)
	}
	must(t, s.Customer.Press(t.Context(), "Deny", ui.FillDeny, 0))
	e.until("the answer", func(master.State) bool { return e.member().Answer == session.ReasonDeclined })
}
