package participant

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"lotse/capture/clipboard"
	"lotse/crypto/epoch"
	"lotse/participant/gate"
	"lotse/participant/haul"
	"lotse/participant/link"
	"lotse/participant/message"
	"lotse/participant/session"
)

// clip is this computer's clipboard, looked at only while one of its two
// rights is given. The run's goroutine owns it.
type clip struct {
	r      *run
	board  clipboard.Clipboard
	haul   *haul.Haul // pictures under way; there is one while there is a board
	cancel context.CancelFunc
	done   chan struct{}
	closed sync.WaitGroup // hauls that were closed and may still send a piece

	last   clipboard.Content // what was copied here last, if it may have left
	lastAt time.Time         // when it was last being sent

	// sealing keeps sealing and sending a piece together: a counter that was
	// used has to arrive.
	sealing sync.Mutex
}

func newClip(r *run) *clip { return &clip{r: r} }

// settle looks at the clipboard as long as one of its rights holds, and
// abandons what the other one allowed. What lay there before is nobody's
// business.
func (c *clip) settle(ctx context.Context) {
	in, out := gate.MayClipIn(&c.r.session), gate.MayClipOut(&c.r.session)
	switch {
	case !in && !out:
		if c.doubt(); c.r.phase() != session.Lost {
			c.last = clipboard.Content{}
		}
		c.close()
	case c.board == nil:
		c.open(ctx)
	case !in:
		c.haul.StopIn(ctx)
	case !out:
		c.haul.StopOut(ctx)
		c.last = clipboard.Content{}
	}
	if !out {
		c.r.clearWarning(session.ReasonClipTooLarge)
	}
}

func (c *clip) open(ctx context.Context) {
	board, err := c.r.cfg.Edge.Clipboard()
	if err != nil {
		c.r.cfg.Log.Warn("no clipboard", "error", err)
		c.r.warning = session.ReasonNoClipboard
		return
	}
	c.board, c.haul = board, haul.New(c.ends())
	ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	c.done = make(chan struct{})
	go c.watch(ctx, board, c.done)
	if again := c.last; again.Text != "" || again.Image != nil {
		c.last = clipboard.Content{}
		c.copied(ctx, again)
	}
}

// doubt keeps what was copied here as long as it may not have arrived: after a
// connection that broke it is sent once more, if it still may leave.
func (c *clip) doubt() {
	switch {
	case c.board == nil:
	case c.haul.Sending():
		c.lastAt = c.r.now()
	case c.r.now().Sub(c.lastAt) >= haul.Doubt:
		c.last = clipboard.Content{}
	}
}

// ends are the clipboard's side of the pictures under way, on the connection
// that there is now: a new one begins with a clipboard opened anew.
func (c *clip) ends() haul.Ends {
	pair, way := c.r.pair, c.r.transport()
	return haul.Ends{
		Say:     c.r.sendPair,
		Send:    func(ctx context.Context, p message.ClipPiece) error { return c.send(ctx, pair, way, p) },
		Tell:    c.r.tell,
		MayTake: func(bool) bool { return gate.MayClipIn(&c.r.session) },
		Put: func(picture clipboard.Content) error {
			c.last = clipboard.Content{}
			return gate.PictureIn(&c.r.session, picture, c.board)
		},
		Trouble: func(err error) { c.r.cfg.Log.Warn("picture of a clipboard", "error", err) },
		Now:     c.r.cfg.Now,
	}
}

// send seals a piece if it may still leave and waits until there was room for
// it. Once sealed it is not called back: the next one must follow it.
func (c *clip) send(ctx context.Context, pair *link.Pair, way link.Transport, p message.ClipPiece) error {
	c.sealing.Lock()
	defer c.sealing.Unlock()
	if ctx.Err() != nil || !gate.MayClipOut(&c.r.session) {
		return fmt.Errorf("%w: message %d", gate.ErrDenied, p.Kind())
	}
	f, err := pair.Seal(epoch.Clipboard, p)
	if err != nil {
		return err
	}
	return way.Send(context.WithoutCancel(ctx), f)
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

// copied is something new on this clipboard: whatever is under way is older.
func (c *clip) copied(ctx context.Context, content clipboard.Content) {
	if c.board == nil {
		return
	}
	c.haul.StopIn(ctx)
	c.haul.StopOut(ctx)
	c.last, c.lastAt = clipboard.Content{}, c.r.now()
	if gate.ClipTooLarge(&c.r.session, content) {
		c.r.sharing.warn(ctx, session.ReasonClipTooLarge)
		return
	}
	if c.r.warning == session.ReasonClipTooLarge {
		c.r.sharing.warn(ctx, session.ReasonNone)
	}
	if m, ok := gate.ClipOut(&c.r.session, content); ok {
		c.r.sendPair(ctx, m)
		c.last = content
	}
	if picture, ok := gate.PictureOut(&c.r.session, content); ok {
		if err := c.haul.Offer(ctx, picture); err != nil {
			c.r.cfg.Log.Warn("picture of a clipboard", "error", err)
			return
		}
		c.last = content
	}
}

// heard takes what the master says about what was copied there.
func (c *clip) heard(ctx context.Context, m message.Message) error {
	if c.board == nil {
		return fmt.Errorf("%w: message %d", gate.ErrDenied, m.Kind())
	}
	if text, ok := m.(message.Clip); ok {
		c.haul.StopIn(ctx)
		c.last = clipboard.Content{}
		return gate.ClipIn(&c.r.session, text, c.board)
	}
	c.haul.Heard(ctx, m)
	return nil
}

// tick lets time pass.
func (c *clip) tick(ctx context.Context) {
	if c.board != nil {
		c.haul.Tick(ctx)
		c.doubt()
	}
}

// close looks away.
func (c *clip) close() {
	if c.board == nil {
		return
	}
	c.cancel()
	c.haul.Close()
	c.closed.Go(c.haul.Wait)
	if err := c.board.Close(); err != nil && !errors.Is(err, clipboard.ErrClosed) {
		c.r.cfg.Log.Warn("clipboard", "error", err)
	}
	<-c.done
	c.board, c.haul = nil, nil
}

// wait waits for what was still being sent; the connection has to have ended.
func (c *clip) wait() { c.closed.Wait() }
