package turn

import (
	"context"
	"testing"
)

func TestDoneByTheOwner(t *testing.T) {
	q := make(Queue, 1)
	go func() { (<-q)(t.Context()) }()
	n := 0
	if !q.Do(t.Context(), func(context.Context) { n++ }) || n != 1 {
		t.Errorf("called %d times, want once", n)
	}
}

func TestWhatNobodyWaitsForIsNotDone(t *testing.T) {
	q := make(Queue, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n := 0
	for q.Do(ctx, func(context.Context) { n++ }) || len(q) == 0 { // until it was queued, by chance
	}
	(<-q)(t.Context())
	if n != 0 {
		t.Errorf("called %d times after it was given up", n)
	}
}

func TestWhatHasBegunIsWaitedFor(t *testing.T) {
	q := make(Queue, 1)
	ctx, cancel := context.WithCancel(t.Context())
	begun, cancelled := make(chan struct{}), make(chan struct{})
	go func() { (<-q)(t.Context()) }()
	go func() {
		<-begun
		cancel()
		close(cancelled)
	}()
	n := 0
	if !q.Do(ctx, func(context.Context) { close(begun); <-cancelled; n++ }) || n != 1 {
		t.Errorf("called %d times, want once", n)
	}
}
