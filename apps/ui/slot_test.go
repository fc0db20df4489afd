package ui

import "testing"

func TestSlotDrawsTheNewestOnly(t *testing.T) {
	var queue []func()
	var drawn []int
	s := NewSlot(func(f func()) { queue = append(queue, f) }, func(v int) { drawn = append(drawn, v) })
	for v := range 1000 {
		s.Put(v)
	}
	if got, want := len(queue), 1; got != want {
		t.Fatalf("got %d calls in the queue, want %d", got, want)
	}
	queue[0]()
	s.Put(1001)
	queue[1]()
	if len(drawn) != 2 || drawn[0] != 999 || drawn[1] != 1001 {
		t.Errorf("got %v drawn, want [999 1001]", drawn)
	}
}
