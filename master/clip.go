package master

import (
	"context"
	"errors"
	"sync"

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
	closed sync.WaitGroup // hauls of members who have left

	active uint8             // the member whose viewer is in front
	mine   clipboard.Content // what was copied here last, if it may be sent
	serial uint64            // counts those
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
	for _, m := range c.r.members {
		c.followRights(ctx, m)
	}
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

// copied is something new on the moderator's clipboard: whatever is under way
// is older.
func (c *clip) copied(ctx context.Context, content clipboard.Content) {
	for _, m := range c.r.members {
		c.abandon(ctx, m)
	}
	c.mine = content
	c.serial++
	c.push(ctx)
}

// push sends what was copied here to the member in front, once.
func (c *clip) push(ctx context.Context) {
	m := c.r.members[c.active]
	if m == nil || c.board == nil || m.clip == c.serial || m.away || !m.status.Grants.Has(session.ClipboardIn) {
		return
	}
	m.clip, m.clipAt = c.serial, c.r.cfg.Now()
	m.tooLarge = c.mine.TooLarge || len(c.mine.Text) > message.MaxClip || len(c.mine.Image) > message.MaxClipPicture
	switch {
	case m.tooLarge:
	case c.mine.Text != "":
		c.r.say(ctx, m, message.Clip{Text: c.mine.Text})
	case c.mine.Image != nil:
		if err := c.of(m).Offer(ctx, c.mine.Image); err != nil {
			c.trouble(err)
		}
	}
	c.r.publish()
}

// turn notes whose viewer is in front now; 0 is nobody's. What was on its way
// to somebody else begins anew when they are in front again. What comes from
// the last one in front may go on until somebody else is: the moderator turns
// away to paste it.
func (c *clip) turn(ctx context.Context, member uint8) {
	c.active = member
	for _, m := range c.r.members {
		if m.haul == nil || m.id == member {
			continue
		}
		if m.haul.StopOut(ctx) {
			m.clip = 0
		}
		if member != 0 {
			m.haul.StopIn(ctx)
		}
	}
	c.push(ctx)
}

// arrived puts on the moderator's clipboard what the member in front copied.
func (c *clip) arrived(ctx context.Context, m *member, msg message.Clip) {
	if !c.mayTake(m, true) {
		return
	}
	c.abandon(ctx, m)
	if err := c.put(clipboard.Content{Text: msg.Text}); err != nil {
		c.trouble(err)
	}
}

// mayTake reports whether what a member copied may come here now; begins says
// that the member says so just now.
func (c *clip) mayTake(m *member, begins bool) bool {
	inFront := m.id == c.active || !begins && c.active == 0
	return c.board != nil && inFront && m.status.Grants.Has(session.ClipboardOut)
}

// put lays it there; what was copied here is not there any more then.
func (c *clip) put(content clipboard.Content) error {
	c.mine = clipboard.Content{}
	return c.board.Set(content)
}

func (c *clip) trouble(err error) { c.r.cfg.Log.Warn("clipboard", "error", err) }

func (c *clip) close() {
	if c.board == nil {
		return
	}
	for _, m := range c.r.members {
		c.leave(m)
	}
	c.cancel()
	if err := c.board.Close(); err != nil && !errors.Is(err, clipboard.ErrClosed) {
		c.trouble(err)
	}
	<-c.done
	c.board, c.mine = nil, clipboard.Content{}
}
