package session

import (
	"math/bits"
	"time"
)

// silent is all that a person's silence can give, whatever the profile says:
// to be seen, of which the bar tells at once and which changes nothing here.
// Everything else needs a person's own yes, for a profile may only narrow what
// its person decides (protocol.md §1).
const silent = See

// AtZero returns what silence gives when the countdown is over; nothing is
// "no".
func (q Question) AtZero() Grants {
	if !q.YesAtZero {
		return 0
	}
	return q.Grants & silent
}

// limits are the times at which rights end, by the number of the right; zero
// is with the session.
type limits [16]time.Time

// set gives every right of g the same end.
func (l *limits) set(g Grants, at time.Time) {
	for _, right := range g.Each() {
		l[index(right)] = at
	}
}

// longer reports whether at is later than the end of a right in g.
func (l *limits) longer(g Grants, at time.Time) bool {
	for _, right := range g.Each() {
		if old := l[index(right)]; !old.IsZero() && (at.IsZero() || at.After(old)) {
			return true
		}
	}
	return false
}

// over returns the rights whose time is over.
func (l *limits) over(at time.Time) Grants {
	var g Grants
	for i, end := range l {
		if !end.IsZero() && !at.Before(end) {
			g |= 1 << i
		}
	}
	return g
}

func index(right Grants) int { return bits.TrailingZeros16(uint16(right)) }

// end returns when what is given at the time at ends; zero is with the
// session.
func end(at time.Time, after time.Duration) time.Time {
	if after == 0 {
		return time.Time{}
	}
	return at.Add(after)
}

// Until returns when a right that is given ends by itself; zero is with the
// session.
func (s *Session) Until(right Grants) time.Time { return s.until[index(right)&15] }

// hold makes g the rights that are given. What is taken away takes its limit
// with it.
func (s *Session) hold(g Grants) {
	s.until.set(s.grants&^g, time.Time{})
	s.grants = g
}

// limit sets anew how long rights hold. A longer time is more of a right, so
// it needs what giving one needs.
func (s *Session) limit(e Limited) error {
	if s.phase != Joined && s.phase != Lost || e.For < 0 || !s.grants.Has(e.Grants) {
		return orderError(e, s.phase)
	}
	at := end(e.At, e.For)
	if s.until.longer(e.Grants, at) && (s.phase == Lost || s.Allows(Control)) {
		return orderError(e, s.phase)
	}
	s.until.set(e.Grants, at)
	s.note(Entry{At: e.At, What: "limited", About: e.Grants, For: e.For})
	return nil
}

// expire takes away the rights whose time is over. Nobody steers or points at
// what nobody sees any more.
func (s *Session) expire(at time.Time) {
	over := s.until.over(at) & s.grants
	if over.Has(See) {
		over |= s.grants & (Control | Point)
	}
	if over == 0 {
		return
	}
	s.hold(s.grants &^ over)
	s.note(Entry{At: at, What: "time_over", About: over})
}
