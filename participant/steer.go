package participant

import (
	"sync"
	"sync/atomic"
	"time"

	"lotse/capture/input"
	"lotse/participant/gate"
	"lotse/participant/message"
	"lotse/participant/session"
)

// steer is remote control of this computer and its end: the guard before
// every event, the gate before the guard, and the stop key.
type steer struct {
	m       *Member
	allowed *session.Shared
	area    atomic.Pointer[gate.Area]
	// pressed tells of a press of F11 or STOP.
	pressed chan pressed
	// heard is when the stop key was pressed, for listen, which ends with done.
	heard  chan time.Time
	done   chan struct{}
	listen sync.WaitGroup
	// over is set for good by a stop, before the guard hears of it: a session
	// that has not heard yet must not let input in again.
	over atomic.Bool
	// hung is set while the program's window gives no sign of life.
	hung atomic.Bool
	// asks is set while the program's own question is open, whether it shall
	// run again as administrator.
	asks atomic.Bool
	// at is when F11 or STOP was first pressed; nil is never.
	at atomic.Pointer[time.Time]

	// aside is until when nothing is let in, in nanoseconds of the Unix epoch.
	aside atomic.Int64

	// rehearsal is how trying the stop key stands.
	rehearsal rehearsal

	// guard is nil before control was first wanted. The stop key's thread
	// reads it.
	guard atomic.Pointer[input.Guard]
	gate  *gate.Gate
	key   StopKey
	inj   input.Injector
}

// pressed is a press of F11 or STOP that stopped the input.
type pressed struct {
	why session.Reason
	// took is how long after the system told of it nothing could be injected
	// any more.
	took time.Duration
	// at is when that was.
	at time.Time
}

// steeredFor is how long after an event the window says "is being steered".
const steeredFor = time.Second

func newSteer(m *Member, allowed *session.Shared) *steer {
	s := &steer{m: m, allowed: allowed, pressed: make(chan pressed, 1), heard: make(chan time.Time, 1), done: make(chan struct{})}
	m.steer.Store(s)
	return s
}

// armKey makes sure that the stop key is there, or returns why not.
func (s *steer) armKey() session.Reason {
	if s.key == nil {
		key, err := s.m.cfg.Edge.StopKey(s.strike)
		if err != nil {
			s.m.cfg.Log.Warn("no stop key, so no control", "error", err)
			return session.ReasonNoStopKey
		}
		s.key = key
		s.listen.Go(s.finish)
	}
	return session.ReasonNone
}

// arm makes sure that the stop key and the injector are there. It returns why
// control can't start.
func (s *steer) arm() session.Reason {
	if why := s.armKey(); why != session.ReasonNone {
		return why
	}
	if s.gate != nil {
		return session.ReasonNone
	}
	injector, err := s.m.cfg.Edge.Input()
	if err != nil {
		s.m.cfg.Log.Warn("no input", "error", err)
		return session.ReasonNoInput
	}
	guard := input.NewGuard(injector)
	guard.Stop()
	s.inj, s.gate = injector, gate.New(s.allowed, guard, s.shown)
	s.guard.Store(guard)
	return session.ReasonNone
}

// strike is F11. It bars the way and leaves the rest to finish: it is called on
// the key's own thread, for which Windows may wait with the very event that is
// under way.
func (s *steer) strike(at time.Time) {
	if s.rehearsed(session.ReasonStopKey) {
		return
	}
	s.over.Store(true)
	if g := s.guard.Load(); g != nil {
		g.Bar()
	}
	select {
	case s.heard <- at:
	default:
	}
}

// finish does what is left of the stop key.
func (s *steer) finish() {
	for {
		select {
		case at := <-s.heard:
			s.press(session.ReasonStopKey, at)
		case <-s.done:
			return
		}
	}
}

// press is F11 or STOP, which the system told of at the time at: stop first,
// tell afterwards. It waits for the event that is under way.
func (s *steer) press(why session.Reason, at time.Time) {
	if s.rehearsed(why) {
		return
	}
	s.stop()
	s.at.CompareAndSwap(nil, &at)
	now := s.m.cfg.Now()
	select {
	case s.pressed <- pressed{why, now.Sub(at), now}:
	default:
	}
}

// stop makes the guard refuse everything for the rest of the session and lets
// go of what is held. It may be called from any goroutine.
func (s *steer) stop() {
	s.over.Store(true)
	if g := s.guard.Load(); g != nil {
		g.Stop()
	}
}

// pause is stop while the session goes on: a question is open, control was
// taken back, the connection broke.
func (s *steer) pause() {
	if g := s.guard.Load(); g != nil && !g.Stopped() {
		g.Stop()
	}
}

// asideTime is how long the person may take to press STOP once the pointer is
// there. After that a pointer that was led there from afar does no harm.
const asideTime = 3 * time.Second

// stepAside pauses input for a moment; the clock's next tick lets it in again.
// It may be called from any goroutine.
func (s *steer) stepAside(on bool) {
	if !on {
		s.aside.Store(0)
		return
	}
	s.aside.Store(s.m.cfg.Now().Add(asideTime).UnixNano())
	s.pause()
}

// window says whether the program's window hangs. While it does nothing is let
// in; the clock's next tick lets it in again.
func (s *steer) window(hung bool) {
	s.hung.Store(hung)
	if hung {
		s.pause()
	}
}

// begin lets events through, unless everything was stopped. The gate still
// asks for each of them.
func (s *steer) begin() {
	g := s.guard.Load()
	if g == nil || s.keptOut() || !g.Stopped() {
		return
	}
	s.rehearsal.never()
	g.Start()
	if s.keptOut() { // stopped just now
		g.Stop()
	}
}

// keptOut reports whether the person stopped everything, is about to, or has
// no window to do it in.
func (s *steer) keptOut() bool {
	return s.over.Load() || s.hung.Load() || s.asks.Load() || s.isAside()
}

// isAside reports whether input makes way for a person who is about to press
// STOP. A clock that was set back does not prolong it.
func (s *steer) isAside() bool {
	left := time.Duration(s.aside.Load() - s.m.cfg.Now().UnixNano())
	return left > 0 && left <= asideTime
}

// handle carries out an input message, or drops it.
func (s *steer) handle(m message.Message, now time.Time) error {
	if s.gate == nil {
		return gate.ErrDenied
	}
	return s.gate.Handle(m, now)
}

// show says what part of the desktop the pointer may reach.
func (s *steer) show(a gate.Area) { s.area.Store(&a) }

func (s *steer) shown() gate.Area {
	if a := s.area.Load(); a != nil {
		return *a
	}
	return gate.Area{}
}

// healthy returns why control must not go on.
func (s *steer) healthy() session.Reason {
	if s.key == nil || s.key.Healthy() != nil {
		return session.ReasonNoStopKey
	}
	return session.ReasonNone
}

func (s *steer) busy(now time.Time) bool {
	return s.gate != nil && !s.gate.Last().IsZero() && now.Sub(s.gate.Last()) < steeredFor
}

func (s *steer) ways() []string {
	if s.key == nil {
		return nil
	}
	return s.key.Mechanisms()
}

// disarm gives the stop key back while the session goes on without control. A
// press that nobody has carried out yet leaves over set.
func (s *steer) disarm() {
	if s.key == nil {
		return
	}
	s.logClose(s.key.Close())
	close(s.done)
	s.listen.Wait()
	s.key, s.done = nil, make(chan struct{})
}

func (s *steer) close() {
	s.stop()
	s.m.steer.Store(nil)
	if s.key != nil {
		s.logClose(s.key.Close())
		close(s.done)
		s.listen.Wait()
	}
	if s.inj != nil {
		s.logClose(s.inj.Close())
	}
	s.testify()
}

// testify writes down how long after the press the last event was injected, 0
// for none, now that no more can follow.
func (s *steer) testify() {
	at, g := s.at.Load(), s.guard.Load()
	if at == nil || g == nil {
		return
	}
	last := g.LastEvent()
	late := max(0, last.Sub(*at))
	s.m.cfg.Log.Info("after the stop", "last_event_after_us", late.Microseconds(), "last_event_unix_us", last.UnixMicro())
}

func (s *steer) logClose(err error) {
	if err != nil {
		s.m.cfg.Log.Debug("close", "error", err)
	}
}
