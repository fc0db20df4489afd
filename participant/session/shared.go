package session

import "sync"

// Shared is a Session that several goroutines use: one applies events while
// the gate and the sharer ask. The zero value is Idle and allows nothing. It
// must not be copied.
type Shared struct {
	// mu guards the fields below.
	mu      sync.Mutex
	session Session
}

// Apply moves the session along. On error nothing has changed. Once it has
// returned, Allows answers by the new state in every goroutine.
func (s *Shared) Apply(e Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.session.Apply(e)
}

// Forbid takes rights out of this session for good, before anything begins.
func (s *Shared) Forbid(g Grants) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.session.Forbid(g)
}

// Allows reports whether every right in g may be used at this moment.
func (s *Shared) Allows(g Grants) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.session.Allows(g)
}

// Reason returns why the session ended.
func (s *Shared) Reason() Reason {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.session.Reason()
}

// Look lets look read the session while nothing changes. It must not keep the
// pointer, apply events or call s: the lock is held.
func (s *Shared) Look(look func(*Session)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	look(&s.session)
}
