package master

import (
	"context"
	"errors"

	"lotse/capture/clipboard"
	"lotse/participant/message"
	"lotse/participant/session"
)

// clip is the moderator's clipboard, looked at only while a member shares
// theirs. What one member copied never goes to another: only what was copied
// here does, and only to the one whose screen the moderator works on.
type clip struct {
	r      *run
	board  clipboard.Clipboard
	cancel context.CancelFunc
	done   chan struct{}

	active uint8  // the member whose viewer is in front
	text   string // what was copied here last
	serial uint64 // counts those
}

// wanted reports whether any member shares a clipboard with us.
func (c *clip) wanted() bool {
	for _, m := range c.r.members {
		if m.status.Grants&(session.ClipboardIn|session.ClipboardOut) != 0 {
			return true
		}
	}
	return false
}

// follow looks at the clipboard as long as it is wanted. What lay there before
// is nobody's business.
func (c *clip) follow(ctx context.Context) {
	switch wanted := c.wanted(); {
	case !wanted:
		c.close()
	case c.board == nil:
		board, err := c.r.cfg.Clipboard()
		if err != nil {
			c.r.cfg.Log.Warn("no clipboard", "error", err)
			return
		}
		c.board = board
		ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
		c.done = make(chan struct{})
		go c.watch(ctx, board, c.done)
	}
}

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

// copied is something new on the moderator's clipboard.
func (c *clip) copied(ctx context.Context, content clipboard.Content) {
	c.text = ""
	if len(content.Text) <= message.MaxClip {
		c.text = content.Text
	}
	c.serial++
	c.push(ctx)
}

// push sends what was copied here to the member in front, once.
func (c *clip) push(ctx context.Context) {
	m := c.r.members[c.active]
	if m == nil || c.text == "" || m.clip == c.serial || !m.status.Grants.Has(session.ClipboardIn) {
		return
	}
	m.clip = c.serial
	c.r.say(ctx, m, message.Clip{Text: c.text})
}

// turn notes whose viewer is in front now; 0 is nobody's.
func (c *clip) turn(ctx context.Context, member uint8) {
	c.active = member
	c.push(ctx)
}

// arrived puts on the moderator's clipboard what the member in front copied.
func (c *clip) arrived(m *member, msg message.Clip) {
	if c.board == nil || m.id != c.active || !m.status.Grants.Has(session.ClipboardOut) {
		return
	}
	if err := c.board.Set(clipboard.Content{Text: msg.Text}); err != nil {
		c.r.cfg.Log.Warn("clipboard", "error", err)
		return
	}
	c.text = "" // it is not there any more
}

func (c *clip) close() {
	if c.board == nil {
		return
	}
	c.cancel()
	if err := c.board.Close(); err != nil && !errors.Is(err, clipboard.ErrClosed) {
		c.r.cfg.Log.Warn("clipboard", "error", err)
	}
	<-c.done
	c.board, c.text = nil, ""
}
