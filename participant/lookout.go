package participant

import (
	"context"
	"image"
	"sync"
	"time"

	"lotse/capture/stopbutton"
	"lotse/participant/session"
)

const (
	// windowDeaf is how long the program's window may give no sign of life
	// before it counts as hung. It gives one four times a second; a busy
	// machine misses some, a person who looks for STOP waits no longer.
	windowDeaf = 1500 * time.Millisecond
	// lookEvery is how often that is looked at.
	lookEvery = 100 * time.Millisecond
	// buttonAgain is when a plain STOP that could not be shown is tried again.
	buttonAgain = 2 * time.Second
)

// lookout notices that the program's window hangs. Then the person has no
// button that answers: nothing is let in any more, and a STOP that needs no
// window comes up until the other one is back. Its own goroutine owns it, for
// the session's may wait for something.
type lookout struct {
	m      *Member
	steer  *steer
	shared *session.Shared
	button StopButton // nil while none is shown
	tried  time.Time  // when it was last tried to show one
}

// watchWindow looks at the window until the returned function is called,
// which waits for it.
func (r *run) watchWindow(ctx context.Context) (end func()) {
	if r.cfg.Windowless {
		return func() {}
	}
	r.m.Alive() // it has just been used to start this
	ctx, cancel := context.WithCancel(ctx)
	l := &lookout{m: r.m, steer: r.steer, shared: &r.session}
	var all sync.WaitGroup
	all.Go(func() { l.run(ctx) })
	return func() {
		cancel()
		all.Wait()
	}
}

func (l *lookout) run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	defer l.hide()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			l.look()
		}
	}
}

// look is one look at the window.
func (l *lookout) look() {
	hung := l.m.silence() > windowDeaf
	l.steer.window(hung)
	if hung && l.connected() {
		l.show()
	} else {
		l.hide()
	}
}

// connected reports whether somebody is there whom one may want to stop.
func (l *lookout) connected() bool {
	var p session.Phase
	l.shared.Look(func(s *session.Session) { p = s.Phase() })
	return p == session.Joined || p == session.Lost
}

func (l *lookout) show() {
	now := l.m.cfg.Now()
	if l.button != nil || !l.tried.IsZero() && now.Sub(l.tried) < buttonAgain {
		return
	}
	l.tried = now
	o := stopbutton.Options{Text: l.m.cfg.StopText, Area: l.monitor()}
	button, err := l.m.cfg.Edge.StopButton(o, func(at time.Time) { l.steer.press(session.ReasonStopButton, at) })
	if err != nil {
		l.m.cfg.Log.Warn("the window hangs; no plain STOP", "error", err)
		return
	}
	l.m.cfg.Log.Info("the window hangs; a plain STOP is shown")
	l.button = button
}

func (l *lookout) hide() {
	l.tried = time.Time{}
	if l.button == nil {
		return
	}
	if err := l.button.Close(); err != nil {
		l.m.cfg.Log.Warn("plain STOP", "error", err)
	}
	l.button = nil
}

// monitor is where the first monitor is; empty when nobody knows.
func (l *lookout) monitor() image.Rectangle {
	displays, err := l.m.cfg.Edge.Displays()
	if err != nil || len(displays) == 0 {
		return image.Rectangle{}
	}
	for _, d := range displays {
		if d.Primary {
			return d.Bounds
		}
	}
	return displays[0].Bounds
}

// Alive is the window's sign of life. Whoever draws the window calls it from
// the thread on which buttons are pressed, four times a second: as long as
// that thread runs, STOP works.
func (m *Member) Alive() { m.beat.Store(int64(m.cfg.Now().Sub(m.born))) }

// silence is how long the window gave no sign of life.
func (m *Member) silence() time.Duration {
	return m.cfg.Now().Sub(m.born) - time.Duration(m.beat.Load())
}

// unasked says no to a question that nobody sees: it would become a yes at zero
// behind a window that hangs.
func (r *run) unasked(ctx context.Context) {
	var q session.Question
	var open bool
	r.session.Look(func(s *session.Session) { q, open = s.Question() })
	if open && q.YesAtZero && r.steer.hung.Load() {
		r.apply(ctx, session.Answered{At: r.now(), ID: q.ID})
	}
}
