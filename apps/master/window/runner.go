package window

import (
	"context"
	"log/slog"

	"lotse/apps/ui/browse"
)

// Opener runs a room; master.Room is one.
type Opener interface {
	Run(ctx context.Context) error
}

// Runner opens one room after the other, the first at once and each next one
// when the moderator asks for it.
type Runner struct {
	room Opener
	next chan struct{}
	log  *slog.Logger
}

// NewRunner returns a runner; Run starts it.
func NewRunner(room Opener, log *slog.Logger) *Runner {
	return &Runner{room: room, next: make(chan struct{}, 1), log: log}
}

// Run opens rooms until ctx ends.
func (r *Runner) Run(ctx context.Context) error {
	for {
		if err := r.room.Run(ctx); err != nil {
			r.log.Info("room ended with an error", "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-r.next:
		}
	}
}

// Browse shows a page in the browser.
func (r *Runner) Browse(page string) error { return browse.Open(page) }

// Reopen opens the next room once the one before has ended.
func (r *Runner) Reopen() {
	select {
	case r.next <- struct{}{}:
	default: // one is asked for already
	}
}
