package ui

import "sync"

// Slot hands the newest value to a window. Fyne's queue has no limit, so at
// most one call waits in it: values that come faster than the window draws
// replace each other.
type Slot[T any] struct {
	run  func(func())
	draw func(T)

	// mu guards the fields below.
	mu      sync.Mutex
	value   T
	waiting bool
}

// NewSlot returns a slot whose draw runs by run, which is fyne.Do.
func NewSlot[T any](run func(func()), draw func(T)) *Slot[T] {
	return &Slot[T]{run: run, draw: draw}
}

// Put makes v the newest value. It may be called from any goroutine and does
// not wait for the window.
func (s *Slot[T]) Put(v T) {
	s.mu.Lock()
	s.value = v
	first := !s.waiting
	s.waiting = true
	s.mu.Unlock()
	if first {
		s.run(s.take)
	}
}

func (s *Slot[T]) take() {
	s.mu.Lock()
	v := s.value
	s.waiting = false
	s.mu.Unlock()
	s.draw(v)
}
