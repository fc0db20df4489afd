package turn

import (
	"context"
	"time"
)

// Pause waits for d, or returns why ctx ended.
func Pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Pauses are those between tries.
type Pauses struct {
	// First is the first of them. Each is twice as long as the one before, up to
	// Longest.
	First, Longest time.Duration
	last           time.Duration
}

// Wait waits for the next one, or returns why ctx ended.
func (p *Pauses) Wait(ctx context.Context) error {
	p.last = min(max(2*p.last, p.First), p.Longest)
	return Pause(ctx, p.last)
}

// Reset begins with the first one again, after a try that went well.
func (p *Pauses) Reset() { p.last = 0 }
