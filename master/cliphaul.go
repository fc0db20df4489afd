package master

import (
	"context"
	"fmt"

	"lotse/crypto/epoch"
	"lotse/participant/haul"
	"lotse/participant/link"
	"lotse/participant/message"
	"lotse/participant/session"
)

// errTurned says that a picture may not leave any more.
var errTurned = fmt.Errorf("clipboard: %w", context.Canceled)

// of returns the pictures under way between us and a member, on the connection
// that there is now.
func (c *clip) of(m *member) *haul.Haul {
	if m.haul != nil {
		return m.haul
	}
	pair, way := m.pair, c.r.transport()
	m.haul = haul.New(haul.Ends{
		Say:     func(ctx context.Context, msg message.Message) { c.r.say(ctx, m, msg) },
		Send:    func(ctx context.Context, p message.ClipPiece) error { return m.sendPiece(ctx, pair, way, p) },
		Tell:    c.r.tell,
		MayTake: func(begins bool) bool { return c.mayTake(m, begins) },
		Put:     c.put,
		Trouble: c.trouble,
		Now:     c.r.cfg.Now,
	})
	return m.haul
}

// sendPiece seals a piece if it may still leave and waits until there was room
// for it. Once sealed it is not called back: the next one must follow it.
func (m *member) sendPiece(ctx context.Context, pair *link.Pair, way link.Transport, p message.ClipPiece) error {
	m.sealing.Lock()
	defer m.sealing.Unlock()
	if ctx.Err() != nil {
		return errTurned
	}
	f, err := pair.Seal(epoch.Clipboard, p)
	if err != nil {
		return err
	}
	return way.Send(context.WithoutCancel(ctx), f)
}

// heard takes what a member says about pictures under way.
func (c *clip) heard(ctx context.Context, m *member, msg message.Message) {
	if c.board != nil {
		c.of(m).Heard(ctx, msg)
	}
}

// followRights abandons what a member does not allow any more.
func (c *clip) followRights(ctx context.Context, m *member) {
	if m.haul == nil {
		return
	}
	if !m.status.Grants.Has(session.ClipboardIn) {
		m.haul.StopOut(ctx)
		m.tooLarge = false
	}
	if !m.status.Grants.Has(session.ClipboardOut) {
		m.haul.StopIn(ctx)
	}
}

// abandon stops what is under way to and from a member.
func (c *clip) abandon(ctx context.Context, m *member) {
	if m.haul != nil {
		m.haul.StopIn(ctx)
		m.haul.StopOut(ctx)
	}
}

// leave forgets the pictures of a member whose connection is gone, or with
// whom no clipboard is shared any more. What was being sent, or may not have
// arrived, is sent again to one that comes back.
func (c *clip) leave(m *member) {
	if m.clip == c.serial && (m.sending() || c.r.cfg.Now().Sub(m.clipAt) < haul.Doubt) {
		m.clip = 0
	}
	if m.haul == nil {
		return
	}
	m.haul.Close()
	c.closed.Go(m.haul.Wait)
	m.haul, m.hauled, m.tooLarge = nil, haul.Progress{}, false
}

// sending reports whether a picture is on its way to the member.
func (m *member) sending() bool { return m.haul != nil && m.haul.Sending() }

// tick lets time pass, and shows how far a picture is.
func (c *clip) tick(ctx context.Context, m *member) {
	if m.haul == nil {
		return
	}
	if m.sending() {
		m.clipAt = c.r.cfg.Now()
	}
	m.haul.Tick(ctx)
	if now := m.haul.Progress(); now != m.hauled {
		m.hauled = now
		c.r.publish()
	}
}

// wait waits for what was still being sent; the connection has to have ended.
func (c *clip) wait() { c.closed.Wait() }
