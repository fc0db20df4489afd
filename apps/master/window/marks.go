package window

import (
	"maps"
	"slices"
	"sync"
)

// marks remembers which members have a new picture until the window looks.
type marks struct {
	// mu guards the field below.
	mu  sync.Mutex
	set map[uint8]bool
}

func newMarks() *marks { return &marks{set: make(map[uint8]bool)} }

func (m *marks) add(id uint8) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.set[id] = true
}

// take returns the marks, lowest first, and forgets them.
func (m *marks) take() []uint8 {
	m.mu.Lock()
	defer m.mu.Unlock()
	ids := slices.Sorted(maps.Keys(m.set))
	clear(m.set)
	return ids
}
