package participant

import (
	"context"
	"sync/atomic"
	"time"

	"lotse/participant/session"
)

// Rehearsal is how trying the stop key stands.
type Rehearsal uint8

// The steps of a rehearsal.
const (
	// Unrehearsed means that the stop key can be tried.
	Unrehearsed Rehearsal = iota
	// Rehearsing means that the next F11 shows that it works and ends nothing.
	Rehearsing
	// Rehearsed means that it worked. From now on F11 is real.
	Rehearsed
	// Unrehearsable means that control was given: F11 is real for good.
	Unrehearsable
)

const (
	// rehearsalTime is how long a rehearsal waits for the key. Whoever forgot
	// about it and wants to stop must not wait for a second press for long.
	rehearsalTime = 20 * time.Second
	// oneStroke is how long after the rehearsed press others belong to it: a
	// key is heard in several ways, and repeats while it is held.
	oneStroke = 2 * time.Second
)

// rehearsal is what the stop key's threads know of a rehearsal: one of the
// values below, or the time of the press that it ended with, in nanoseconds of
// the Unix epoch. It is no lock, for nothing on the way of a stop waits.
type rehearsal struct{ v atomic.Int64 }

const (
	rehearsalOff   = 0
	rehearsalOn    = 1
	rehearsalNever = 2 // control was given
)

// pressed reports whether a press at the time now is the rehearsed one, or
// belongs to the same stroke.
func (h *rehearsal) pressed(now time.Time) bool {
	if h.v.CompareAndSwap(rehearsalOn, now.UnixNano()) {
		return true
	}
	first := h.v.Load()
	since := time.Duration(now.UnixNano() - first)
	return first > rehearsalNever && since >= 0 && since < oneStroke // real as soon as the clock is set back
}

// begin lets the next press be a rehearsal, unless control was ever given.
func (h *rehearsal) begin() bool { return h.v.CompareAndSwap(rehearsalOff, rehearsalOn) }

// end makes the next press real; a rehearsal that worked stays one.
func (h *rehearsal) end() { h.v.CompareAndSwap(rehearsalOn, rehearsalOff) }

// never makes every press real. It comes before the first event is let in.
func (h *rehearsal) never() { h.v.Store(rehearsalNever) }

// rehearsed reports whether a press of F11 was the rehearsed one. Nothing is
// under way then, for control was never given.
func (s *steer) rehearsed(why session.Reason) bool {
	if why != session.ReasonStopKey || s.over.Load() || !s.rehearsal.pressed(s.m.cfg.Now()) {
		return false
	}
	s.pause()
	s.m.do(func(_ context.Context, r *run) { r.drill.worked() })
	return true
}

// drill is the session's part of a rehearsal. The run's goroutine owns it.
type drill struct {
	r     *run
	until time.Time // when it is given up
	done  bool      // it worked
}

// Rehearse lets the next F11 show that it works instead of ending the session,
// or no longer does so. It does nothing once control was given, or while
// somebody asks for something.
func (m *Member) Rehearse(on bool) {
	m.do(func(_ context.Context, r *run) { r.drill.rehearse(on) })
}

func (d *drill) rehearse(on bool) {
	if !on {
		d.r.steer.rehearsal.end()
	} else if d.may() && d.armed() && d.r.steer.rehearsal.begin() {
		d.until = d.r.now().Add(rehearsalTime)
	}
	d.r.publish()
}

// armed makes sure that the key is heard; a rehearsal that can't work is none.
func (d *drill) armed() bool {
	why := d.r.steer.armKey()
	if why != session.ReasonNone {
		d.r.warning = why
	}
	return why == session.ReasonNone
}

// may reports whether nobody steers, or asks for anything.
func (d *drill) may() bool {
	var ok bool
	d.r.session.Look(func(s *session.Session) {
		_, open := s.Question()
		ok = s.Phase() == session.Joined && !open && !s.Grants().Has(session.Control)
	})
	return ok
}

// settle gives a rehearsal up that may no longer be.
func (d *drill) settle() {
	if !d.may() {
		d.r.steer.rehearsal.end()
	}
}

// tick gives up a rehearsal that took too long.
func (d *drill) tick(now time.Time) {
	if d.stands() == Rehearsing && now.After(d.until) {
		d.r.steer.rehearsal.end()
		d.r.publish()
	}
}

// worked is told of the rehearsed press.
func (d *drill) worked() {
	d.done = true
	d.r.cfg.Log.Info("the stop key was tried")
	d.r.publish()
}

func (d *drill) stands() Rehearsal {
	switch v := d.r.steer.rehearsal.v.Load(); {
	case v == rehearsalNever:
		return Unrehearsable
	case v == rehearsalOn:
		return Rehearsing
	case d.done:
		return Rehearsed
	}
	return Unrehearsed
}
