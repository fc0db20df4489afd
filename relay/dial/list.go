package dial

import (
	"errors"
	"fmt"
	"slices"

	"lotse/packaging/profile"
	"lotse/relay/wire"
)

// listed takes a newer list of relays, if this one has one, and reports whether
// the newest one names it. What a list is worth, its signature says; a bad one
// changes nothing.
func (c *Client) listed() error {
	lists := c.cfg.Lists
	if lists == nil || len(c.server.Pins) == 0 {
		return nil
	}
	if lists.Profile() != "" && c.serial > lists.Serial() {
		if err := c.askList(lists); err != nil {
			return err
		}
	}
	if !lists.Names(c.pin) {
		return fmt.Errorf("%w: %s", ErrUnlisted, c.server.Addr)
	}
	return nil
}

func (c *Client) askList(lists *profile.Book) error {
	msg, err := c.ask(wire.AskList{Profile: lists.Profile()})
	if err != nil {
		return err
	}
	list, ok := msg.(wire.List)
	if !ok {
		return fmt.Errorf("%w: %T instead of a list", wire.ErrMessage, msg)
	}
	if len(list.Note) == 0 {
		return nil // for another profile
	}
	switch err := lists.Take(list.Note); {
	case err == nil:
		c.cfg.Log.Info("a newer list of relays", "number", lists.Serial())
	case !errors.Is(err, profile.ErrListOld):
		c.cfg.Log.Warn("list of relays refused", "relay", c.server.Addr, "error", err)
	}
	return nil
}

// From returns the relays from the one at addr on, and then those before it:
// when that is gone, all who were on it go to the same next one. addr may be
// none of theirs.
func From(servers []profile.Relay, addr string) []profile.Relay {
	at := slices.IndexFunc(servers, func(r profile.Relay) bool { return r.Addr == addr })
	if at < 1 {
		return servers
	}
	return slices.Concat(servers[at:], servers[:at])
}

// Without returns the relays but the one at addr.
func Without(servers []profile.Relay, addr string) []profile.Relay {
	return slices.DeleteFunc(slices.Clone(servers), func(r profile.Relay) bool { return r.Addr == addr })
}

// WithPin returns the relays that a key belongs to.
func WithPin(servers []profile.Relay, pin [32]byte) []profile.Relay {
	return slices.DeleteFunc(slices.Clone(servers), func(r profile.Relay) bool { return !slices.Contains(r.Pins, pin) })
}
