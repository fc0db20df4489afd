package session

import (
	"fmt"
	"slices"
	"time"
)

// Saved is a session whose connection is gone, on its way to another run of
// the program that resumes it. Nothing in it can give a right that the person
// did not give: whoever makes one up has the program's own memory.
type Saved struct {
	// At is when the connection went.
	At time.Time
	// Grants is what the person allowed, Until when each right ends by itself,
	// by its number; zero is with the session.
	Grants Grants
	Until  [16]time.Time
	// LastAsk is the number of the newest question.
	LastAsk uint32
	// Peer is who is on the other side.
	Peer Person
	// Ledger is what was asked and allowed when.
	Ledger []Entry
}

// Save returns what another run of the program needs to go on. There is no
// open question: the loss of the connection closed it.
func (s *Session) Save() (Saved, error) {
	if s.phase != Lost {
		return Saved{}, fmt.Errorf("%w: save in phase %d", ErrOrder, s.phase)
	}
	return Saved{
		At: s.lostAt, Grants: s.grants, Until: s.until, LastAsk: s.lastAsk, Peer: s.peer, Ledger: slices.Clone(s.ledger),
	}, nil
}

// Restore makes an idle session the one that was saved, as it was: lost, to be
// resumed within what is left of the time for that. It takes none in which
// something is given that is forbidden here.
func (s *Session) Restore(v Saved) error {
	if s.phase != Idle || v.Grants&^All != 0 || v.Grants&s.never != 0 || len(v.Ledger) > maxLedger || v.At.IsZero() {
		return fmt.Errorf("%w: restore in phase %d", ErrOrder, s.phase)
	}
	*s = Session{
		phase: Lost, never: s.never, lostAt: v.At, grants: v.Grants, until: v.Until, lastAsk: v.LastAsk, peer: v.Peer, ledger: slices.Clone(v.Ledger),
	}
	return nil
}

// Restore makes an idle session the one that was saved.
func (s *Shared) Restore(v Saved) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.session.Restore(v)
}
