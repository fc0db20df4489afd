//go:build e2e && linux

package e2e

import (
	"context"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"lotse/apps/stage"
	"lotse/apps/ui"
	"lotse/master"
	"lotse/participant/session"
)

// lab is a customer's desk at which session after session is stopped.
type lab struct {
	s     *stage.Support
	name  string
	wine  bool
	begun bool
	rows  []row
}

// row is how one stop went, in microseconds.
type row struct {
	hardship, way string
	// last is how long after the key or the mouse went down the last event from
	// afar was injected, and told is that from the moment in which the program
	// was told of it; 0 for before it.
	last, told int64
	// heard is how long the program took from then until nothing could be
	// injected, and whole is that from the key or the mouse on.
	heard, whole int64
}

// tooLate is when nothing may be injected any more, in microseconds after the
// event.
const tooLate = 50_000

func newLab(t *testing.T, name string, scene stage.Scene) *lab {
	t.Helper()
	scene.Alone = true
	l := &lab{name: name}
	l.s = set(t, scene)
	t.Cleanup(func() { l.print(t) })
	return l
}

// steered brings a new evil master and a fresh program of the customer's
// together, up to control.
func (l *lab) steered(t *testing.T) *evil {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // programs stay for the next session
	if !l.s.Relay.Running() {
		must(t, l.s.Relay.Restart(ctx))
	}
	if l.begun {
		must(t, l.s.Again(ctx))
	}
	l.begun = true
	e := newEvil(t, l.s)
	e.joined(l.s)
	e.given(l.s, session.See|session.Control)
	// Under Wine the window with the focus hears the keyboard and no other.
	must(t, l.s.Customer.Focus(t.Context(), "letter.txt"))
	// An editor with thousands of letters is still drawing long after the last.
	must(t, l.s.Customer.Key(t.Context(), "ctrl+a", "BackSpace"))
	return e
}

// arrived waits until a key is held from afar. Wine keeps to itself what it
// holds.
func (l *lab) arrived(t *testing.T) {
	t.Helper()
	if l.wine {
		_, err := l.s.Customer.Do(t.Context(), "sleep", "0.5")
		must(t, err)
		return
	}
	must(t, stage.Until(t.Context(), 5*time.Second, "the key held", func() (bool, error) {
		n, err := l.s.Customer.Held()
		return n > 0, err
	}))
}

// free asserts that the keyboard is the customer's again.
func (l *lab) free(t *testing.T, h hardship) {
	t.Helper()
	still(t, l.s)
	if !h.held {
		return
	}
	must(t, l.s.Customer.Focus(t.Context(), "letter.txt"))
	must(t, l.s.Customer.Key(t.Context(), "ctrl+End"))
	must(t, l.s.Customer.Type(t.Context(), "mine again"))
	if got := written(t, l.s, "letter.txt"); !strings.HasSuffix(got, "mine again") {
		t.Errorf("got %.40q… in the editor, want what the customer typed at its end", got)
	}
}

// way is how a person stops.
type way string

const (
	byKey    way = "F11"
	byButton way = "STOP"
)

func (w way) reason() session.Reason {
	if w == byKey {
		return session.ReasonStopKey
	}
	return session.ReasonStopButton
}

// plainSize is the least size of the STOP that needs no window of ours.
func plainSize() image.Point { return image.Pt(200, 110) }

// press stops the session and returns the moment before.
func (w way) press(t *testing.T, l *lab, h hardship) time.Time {
	t.Helper()
	if w == byKey {
		began, err := l.s.Customer.Tap(stage.F11)
		must(t, err)
		return began
	}
	least := image.Pt(90, 30)
	if h.deaf {
		least = plainSize()
	}
	at, err := l.s.Customer.Find(t.Context(), 10*time.Second, "STOP", stage.Colour(ui.FillStop), least, 0)
	must(t, err)
	if h.deaf {
		must(t, l.s.Pictures(pictures, "plain-stop-"+l.name))
	}
	began, err := l.s.Customer.Strike(t.Context(), at)
	must(t, err)
	must(t, l.s.Customer.Park(t.Context()))
	return began
}

// stopped returns whether something was injected later than 50 ms after the event,
// as the participant wrote down when all was over.
func (l *lab) stopped(t *testing.T, h hardship, w way, began time.Time) error {
	t.Helper()
	line := regexp.MustCompile(`(?s)stopped_after_us=(\d+) stopped_unix_us=(\d+).*last_event_after_us=(\d+) last_event_unix_us=(-?\d+)`)
	var got [4]int64
	must(t, stage.Until(t.Context(), 20*time.Second, "the participant's word on the stop", func() (bool, error) {
		log, err := os.ReadFile(l.s.Customer.Log)
		if err != nil {
			return false, err
		}
		m := line.FindSubmatch(log)
		for i := range min(len(got), len(m)) {
			if got[i], err = strconv.ParseInt(string(m[i+1]), 10, 64); err != nil {
				return false, err
			}
		}
		return m != nil, nil
	}))
	r := row{hardship: h.name, way: string(w), last: max(0, got[3]-began.UnixMicro()), told: got[2], heard: got[0], whole: got[1] - began.UnixMicro()}
	l.rows = append(l.rows, r)
	t.Logf("%+v", r)
	const alive = 10_000_000 // µs: a plain STOP needs a while to come up
	if before := began.UnixMicro() - got[3]; !h.cut && before > alive {
		t.Errorf("the last event was injected %d µs before the stop, so nothing was to be stopped", before)
	}
	if r.told > tooLate || r.heard > tooLate {
		return fmt.Errorf("the last event %d µs after we were told, stopped after %d µs; want at most %d", r.told, r.heard, tooLate)
	}
	if r.last > tooLate && !l.wine { // Wine stands between the key and us, where Windows has its kernel
		return fmt.Errorf("the last event %d µs after the key or the mouse; want at most %d", r.last, tooLate)
	}
	return nil
}

// gone waits for the word on why the customer left.
func (e *evil) gone(why session.Reason) {
	e.t.Helper()
	e.until("the word", func(master.State) bool { return e.member().Gone == why })
}

// print writes down all stops and the worst of them.
func (l *lab) print(t *testing.T) {
	t.Helper()
	if len(l.rows) == 0 { // nobody stopped here
		return
	}
	var b strings.Builder
	var worst row
	fmt.Fprintf(&b, "stops on %s, in µs: the last event after the key or mouse went down, and after we were told; stopped after we were told, and after the key or mouse went down\n", l.name)
	for _, r := range l.rows {
		fmt.Fprintf(&b, "%-22s %-5s %7d %7d %7d %7d\n", r.hardship, r.way, r.last, r.told, r.heard, r.whole)
		worst.told = max(worst.told, r.told)
		worst.last, worst.heard, worst.whole = max(worst.last, r.last), max(worst.heard, r.heard), max(worst.whole, r.whole)
	}
	fmt.Fprintf(&b, "%-22s %5d %7d %7d %7d %7d\n", "worst of", len(l.rows), worst.last, worst.told, worst.heard, worst.whole)
	t.Log("\n" + b.String())
	must(t, os.MkdirAll(pictures, 0o755))
	if err := os.WriteFile(filepath.Join(pictures, "stop-"+l.name+".txt"), []byte(b.String()), 0o644); err != nil {
		t.Error(err)
	}
}
