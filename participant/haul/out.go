package haul

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"lotse/participant/message"
)

// Patience is how long either end waits for the other before it gives a
// picture up. The screen comes first, so on a slow line a piece may take some
// time.
const Patience = time.Minute

// errStalled says that the other side took nothing for too long.
var errStalled = errors.New("haul: nothing was taken")

// out is a picture on its way out.
type out struct {
	id     uint32
	data   []byte
	now    func() time.Time
	wake   chan struct{}
	cancel context.CancelFunc

	mu          sync.Mutex // guards the fields below
	wanted      bool
	sent, taken int
	window      window
}

func newOut(id uint32, data []byte, now func() time.Time) *out {
	return &out{id: id, data: data, now: now, wake: make(chan struct{}, 1), window: newWindow()}
}

// run sends the pieces until all have arrived, ctx ends or nothing moves any
// more.
func (o *out) run(ctx context.Context, send func(context.Context, message.ClipPiece) error) error {
	timer := time.NewTimer(Patience)
	defer timer.Stop()
	for {
		piece, done := o.next()
		switch {
		case done:
			return nil
		case piece.ID != 0:
			if err := send(ctx, piece); err != nil {
				return fmt.Errorf("haul: %w", err)
			}
			continue
		}
		select {
		case <-o.wake:
			timer.Reset(Patience)
		case <-timer.C:
			return errStalled
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// next returns the piece to send now, one of picture 0 for none, and whether
// everything has arrived.
func (o *out) next() (piece message.ClipPiece, done bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := min(len(o.data)-o.sent, message.MaxClipPiece)
	if !o.wanted || n == 0 || !o.window.room(o.sent, o.taken, n) {
		return message.ClipPiece{}, o.taken == len(o.data)
	}
	piece = message.ClipPiece{ID: o.id, Data: o.data[o.sent : o.sent+n]}
	o.sent += n
	o.window.sent(o.sent, o.now())
	return piece, false
}

// heard notes how much has arrived. What was not sent can't have.
func (o *out) heard(bytes int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if bytes > o.sent || bytes < o.taken || o.wanted && bytes == o.taken {
		return
	}
	o.wanted, o.taken = true, bytes
	o.window.taken(bytes, o.now())
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// state returns how far it got.
func (o *out) state() Progress {
	o.mu.Lock()
	defer o.mu.Unlock()
	return Progress{Done: o.taken, Total: len(o.data)}
}
