package input

import (
	"errors"
	"fmt"
)

// LockState is a set of lock keys that are on.
type LockState uint8

// The lock keys there are.
const (
	CapsLock LockState = 1 << iota
	NumLock
	ScrollLock

	allLocks = CapsLock | NumLock | ScrollLock
)

// Locks is an Injector that knows the lock keys.
type Locks interface {
	// Locks returns which are on. A lock that the system doesn't have is off.
	Locks() (LockState, error)
	// SetLocks turns on those in want and off the others. A lock that the
	// system doesn't have is left out.
	SetLocks(want LockState) error
}

// ReadLocks returns which lock keys of this computer are on. It opens nothing
// that stays.
func ReadLocks() (LockState, error) { return readLocks() }

// Locks returns which lock keys are on, stopped or not.
func (g *Guard) Locks() (LockState, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l, ok := g.inj.(Locks)
	if !ok {
		return 0, fmt.Errorf("%w: lock keys", ErrUnsupported)
	}
	return l.Locks()
}

// SetLocks turns on the lock keys in want and off the others, until Release or
// Stop puts those back that nobody has touched since.
func (g *Guard) SetLocks(want LockState) error {
	if want&^allLocks != 0 {
		return fmt.Errorf("%w: lock keys %#x", ErrRange, uint8(want))
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	l, ok := g.inj.(Locks)
	if !ok {
		return fmt.Errorf("%w: lock keys", ErrUnsupported)
	}
	return g.eventLocked(func() error { return g.turnLocked(l, want) })
}

// lockMemory is what the lock keys were before somebody else turned them.
type lockMemory struct {
	kept bool
	own  LockState // what the person wants
	left LockState // how we left them
}

// see takes over what the person turned since we left the lock keys.
func (m *lockMemory) see(now LockState) {
	if !m.kept {
		m.own, m.left, m.kept = now, now, true
	}
	touched := now ^ m.left
	m.own = m.own&^touched | now&touched
	m.left = now
}

func (g *Guard) turnLocked(l Locks, want LockState) error {
	now, err := l.Locks()
	if err != nil {
		return err
	}
	g.locks.see(now)
	if now != want {
		err = l.SetLocks(want)
	}
	left, lerr := l.Locks()
	if lerr == nil {
		g.locks.left = left
	}
	return errors.Join(err, lerr)
}

// unturnLocked gives the person's own lock keys back.
func (g *Guard) unturnLocked() error {
	l, ok := g.inj.(Locks)
	if !g.locks.kept || !ok {
		return nil
	}
	now, err := l.Locks()
	if err != nil {
		return err
	}
	g.locks.see(now)
	if g.locks.own != now {
		if err := l.SetLocks(g.locks.own); err != nil {
			return err
		}
	}
	g.locks = lockMemory{}
	return nil
}

// Locks asks the injector behind.
func (w *watched) Locks() (LockState, error) {
	l, ok := w.Injector.(Locks)
	if !ok {
		return 0, fmt.Errorf("%w: lock keys", ErrUnsupported)
	}
	return l.Locks()
}

// SetLocks turns lock keys. Each is let go of in the same call, so that the
// watchdog need not know.
func (w *watched) SetLocks(want LockState) error {
	l, ok := w.Injector.(Locks)
	if !ok {
		return fmt.Errorf("%w: lock keys", ErrUnsupported)
	}
	return l.SetLocks(want)
}
