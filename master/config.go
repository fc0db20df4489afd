package master

import (
	"errors"
	"log/slog"
	"time"

	"lotse/capture/clipboard"
	"lotse/packaging/profile"
)

// Config is what a Room needs to know.
type Config struct {
	// Profile is who we are and which relays may be dialled. Required, with a
	// licence.
	Profile *profile.Profile
	// Build is this program's build number; relays may want a newer one.
	Build uint32
	// OnChange is called with each new State, one after the other, from the
	// goroutine of Run. It must not block. Nil is nobody.
	OnChange func(State)
	// OnPicture is called, from any goroutine, once when a member's Screen has
	// something new to Take. It must not block. Nil is nobody.
	OnPicture func(member uint8)
	// Clipboard looks at the moderator's clipboard from now on. Nil is this
	// computer's.
	Clipboard func() (clipboard.Clipboard, error)
	// Listen is where the built-in relay listens; empty is ":5005".
	Listen string
	// Log gets what happened, without secrets. Nil is nowhere.
	Log *slog.Logger
	// Now is the clock. Nil is time.Now.
	Now func() time.Time
}

func (c Config) withDefaults() (Config, error) {
	if c.Profile == nil {
		return c, errors.New("master: Config.Profile is missing")
	}
	if c.Profile.Licence == nil {
		return c, errors.New("master: Config.Profile has no licence")
	}
	if c.OnChange == nil {
		c.OnChange = func(State) {}
	}
	if c.OnPicture == nil {
		c.OnPicture = func(uint8) {}
	}
	if c.Clipboard == nil {
		c.Clipboard = func() (clipboard.Clipboard, error) { return clipboard.Open(clipboard.Options{ClearOnClose: true}) }
	}
	if c.Listen == "" {
		c.Listen = ":5005"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c, nil
}
