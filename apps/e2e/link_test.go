//go:build e2e && linux

package e2e

import (
	"context"
	"slices"
	"time"

	"lotse/master"
	"lotse/packaging/profile"
	"lotse/participant"
	"lotse/participant/session"
)

// byLink lets somebody with a personal link come to the call's door, and says
// how long that took.
func (c *call) byLink() time.Duration {
	c.t.Helper()
	before := c.now().NewLink
	c.room.Invite("")
	c.until("a link", func() bool { return c.master.NewLink > before })
	code, err := session.ParseCode(c.now().NewLinkText.Reveal())
	must(c.t, err)
	p, err := profile.Current(profile.ParticipantEdition)
	must(c.t, err)
	guest, err := participant.New(participant.Config{Profile: p, Windowless: true, Edge: c.edge(), Log: c.logger()})
	must(c.t, err)
	known := len(c.now().Knocks)
	began := time.Now()
	c.run(func(ctx context.Context) error { return guest.Run(ctx, code) })
	c.until("a knock with a link", func() bool {
		return len(c.master.Knocks) > known && slices.ContainsFunc(c.master.Knocks, func(k master.Knock) bool { return k.Link })
	})
	took := time.Since(began)
	for _, k := range c.now().Knocks {
		c.room.Refuse(k.Conn)
	}
	c.until("the door empty of them", func() bool { return len(c.master.Knocks) == 0 })
	return took
}
