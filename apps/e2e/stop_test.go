//go:build e2e && linux

package e2e

import (
	"fmt"
	"image"
	"syscall"
	"testing"
	"time"

	"lotse/apps/stage"
	"lotse/capture/input"
)

// hardship is what goes on while somebody wants to stop.
type hardship struct {
	name  string
	begin func(t *testing.T, l *lab, e *evil)
	// deaf says that the window hears nothing, so that only the plain STOP can
	// be pressed.
	deaf bool
	// cut says that no word reaches the master, and no event comes from it.
	cut bool
	// held says that a key is held from afar.
	held bool
}

// threadDead is a hardship that Wine can't be put through.
const threadDead = "window's thread dead"

func hold(u input.Usage) func(*testing.T, *lab, *evil) {
	return func(t *testing.T, l *lab, e *evil) {
		t.Helper()
		e.room.Key(2, u, true)
		l.arrived(t)
	}
}

func hardships() []hardship {
	return []hardship{
		{name: "nothing", begin: func(*testing.T, *lab, *evil) {}},
		{name: "Ctrl held", held: true, begin: hold(0xe0)},
		{name: "Shift held", held: true, begin: hold(0xe1)},
		{name: "Alt held", held: true, begin: hold(0xe2)},
		{name: "Super held", held: true, begin: hold(0xe3)},
		{name: "flood", begin: func(t *testing.T, _ *lab, e *evil) { t.Helper(); e.keep(t, fast) }},
		{name: "relay killed", cut: true, begin: func(t *testing.T, l *lab, _ *evil) {
			t.Helper()
			must(t, l.s.Relay.Kill())
			<-l.s.Relay.Done()
		}},
		{name: "network silent", cut: true, begin: func(t *testing.T, l *lab, _ *evil) {
			t.Helper()
			must(t, l.s.Relay.Signal(syscall.SIGSTOP))
			t.Cleanup(func() { must(t, l.s.Relay.Signal(syscall.SIGCONT)) })
		}},
		{name: "window hung", deaf: true, begin: func(t *testing.T, l *lab, _ *evil) { t.Helper(); hang(t, l.s.Customer.PID()) }},
		{name: threadDead, deaf: true, begin: func(t *testing.T, l *lab, _ *evil) { t.Helper(); crash(t, l.s.Customer.PID()) }},
	}
}

// TestStopWorksWhateverGoesOn presses F11, and STOP, during each hardship.
func TestStopWorksWhateverGoesOn(t *testing.T) {
	newLab(t, "linux", stage.Scene{Text: "untouched\n"}).matrix(t, hardships())
}

// tries is how often a stop may be looked at with a clock: these machines do
// other things too, and Wine is a second system on each of them. What is slow by
// itself is slow each time.
const tries = 3

// matrix stops a session for each hardship and way.
func (l *lab) matrix(t *testing.T, all []hardship) {
	t.Helper()
	for _, h := range all {
		for _, w := range []way{byKey, byButton} {
			var late error
			for n := range tries {
				t.Run(fmt.Sprintf("%s, %s, %d", h.name, w, n+1), func(t *testing.T) { late = l.stop(t, h, w) })
				if late == nil {
					break
				}
			}
			if late != nil {
				t.Errorf("%s, %s: %d times too late, at last: %v", h.name, w, tries, late)
			}
		}
	}
}

// stop has a session end while h goes on, and returns what came too late.
// Everything else is asserted each time.
func (l *lab) stop(t *testing.T, h hardship, w way) error {
	t.Helper()
	e := l.steered(t)
	e.keep(t, slow)
	l.arrived(t)
	h.begin(t, l, e)
	began := w.press(t, l, h)
	late := l.stopped(t, h, w, began)
	l.free(t, h)
	if !h.cut {
		e.gone(w.reason())
	}
	return late
}

// still asserts that nothing is held and nothing is pressed any more. An editor
// may still be drawing what came before.
func still(t *testing.T, s *stage.Support) {
	t.Helper()
	const often = 3 // the text cursor goes on and off
	changed := 0
	err := stage.Until(t.Context(), 10*time.Second, "an editor at rest", func() (bool, error) {
		n, err := changes(s)
		changed = n
		return n <= often, err
	})
	if err != nil {
		t.Errorf("the editor still changes %d times in a second: %v", changed, err)
	}
	if n, err := s.Customer.Held(); err != nil || n != 0 {
		t.Errorf("got %d keys held, %v, want none", n, err)
	}
}

// changes returns how often the editor changes in a second.
func changes(s *stage.Support) (int, error) {
	area := image.Rect(41, 385, 760, 780) // the editor
	before, err := s.Customer.Picture()
	if err != nil {
		return 0, err
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	n := 0
	for began := time.Now(); time.Since(began) < time.Second; <-tick.C {
		now, err := s.Customer.Picture()
		if err != nil {
			return 0, err
		}
		if stage.Differ(before, now, area) {
			n++
			before = now
		}
	}
	return n, nil
}
