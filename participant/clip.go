package participant

import (
	"context"
	"errors"

	"lotse/capture/clipboard"
	"lotse/participant/gate"
	"lotse/participant/message"
	"lotse/participant/session"
)

// clip is this computer's clipboard, looked at only while one of its two
// rights is given. The run's goroutine owns it.
type clip struct {
	r      *run
	board  clipboard.Clipboard
	cancel context.CancelFunc
	done   chan struct{}
}

func newClip(r *run) *clip { return &clip{r: r} }

// follow looks at the clipboard as long as it is wanted. What lay there before
// is nobody's business.
func (c *clip) follow(ctx context.Context, wanted bool) {
	switch {
	case !wanted:
		c.close()
	case c.board == nil:
		board, err := c.r.cfg.Edge.Clipboard()
		if err != nil {
			c.r.cfg.Log.Warn("no clipboard", "error", err)
			c.r.warning = session.ReasonNoClipboard
			return
		}
		c.board = board
		ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
		c.done = make(chan struct{})
		go c.watch(ctx, board, c.done)
	}
}

// watch tells what is copied until the clipboard is closed.
func (c *clip) watch(ctx context.Context, board clipboard.Clipboard, done chan<- struct{}) {
	defer close(done)
	for {
		content, err := board.Next(ctx)
		if err != nil {
			return
		}
		c.r.tell(ctx, func(ctx context.Context) { c.copied(ctx, content) })
	}
}

func (c *clip) copied(ctx context.Context, content clipboard.Content) {
	if m, ok := gate.ClipOut(&c.r.session, content); ok && c.board != nil {
		c.r.sendPair(ctx, m)
	}
}

// arrived puts there what the master copied.
func (c *clip) arrived(m message.Clip) error { return gate.ClipIn(&c.r.session, m, c.board) }

// close looks away.
func (c *clip) close() {
	if c.board == nil {
		return
	}
	c.cancel()
	if err := c.board.Close(); err != nil && !errors.Is(err, clipboard.ErrClosed) {
		c.r.cfg.Log.Warn("clipboard", "error", err)
	}
	<-c.done
	c.board = nil
}
