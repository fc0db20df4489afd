package participant

import (
	"context"
	"errors"
	"image"
	"io"
	"log/slog"
	"time"

	"lotse/capture"
	"lotse/capture/clipboard"
	"lotse/capture/elevation"
	"lotse/capture/input"
	"lotse/capture/overlay"
	"lotse/capture/screen"
	"lotse/capture/stopbutton"
	"lotse/capture/stopkey"
	"lotse/packaging/profile"
	"lotse/participant/session"
)

// StopKey is an armed stop key; stopkey.Key is one.
type StopKey interface {
	// Mechanisms names the ways in which it listens.
	Mechanisms() []string
	// Healthy reports the first way that no longer works.
	Healthy() error
	// Close stops listening.
	Close() error
}

// StopButton is a STOP on the screen; stopbutton.Button is one.
type StopButton interface {
	// Close takes it away.
	Close() error
}

// Edge is this computer: its screen, its keyboard and pointer, its stop key.
// A nil field is the real one.
type Edge struct {
	Displays func() ([]capture.Display, error)
	// Windows lists the windows that can be shown.
	Windows func() ([]capture.Window, error)
	Screen  func(screen.Target) (screen.Source, error)
	// Places knows where windows are.
	Places func() (screen.Places, error)
	Input  func() (input.Injector, error)
	// Clipboard looks at this computer's clipboard from now on.
	Clipboard func() (clipboard.Clipboard, error)
	// Overlay lays glass to draw on over an area of the desktop.
	Overlay func(area image.Rectangle) (overlay.Overlay, error)
	StopKey func(stopkey.Press) (StopKey, error)
	// Front looks at whether input reaches the window in front.
	Front func() (elevation.Front, error)
	// Raisable reports whether to run again as administrator would help.
	Raisable func() bool
	// Raise starts this program again as administrator and returns the way to
	// that run.
	Raise func(ctx context.Context, patience time.Duration) (io.ReadWriteCloser, error)
	// StopButton shows a STOP that needs no window of the program's.
	StopButton func(stopbutton.Options, stopbutton.Press) (StopButton, error)
}

// Config is what a Member needs to know.
type Config struct {
	// Profile is who may be dialled and how questions are put. Required.
	Profile *profile.Profile
	// Build is this program's build number; relays may want a newer one.
	Build uint32
	// Name is what we call ourselves; empty says nothing about the person.
	Name string
	// OnChange is called with each new State, one after the other, from the
	// goroutine of Run. It must not block. Nil is nobody.
	OnChange func(State)
	// Log gets what happened, without secrets. Nil is nowhere.
	Log *slog.Logger
	// Edge is this computer.
	Edge Edge
	// Windowless says that no window calls Member.Alive, so that none is
	// missed. Without it, input waits while the window gives no sign of life.
	Windowless bool
	// StopText is what a STOP says that is shown when the window hangs; empty
	// is "STOP".
	StopText string
	// Now is the clock. Nil is time.Now.
	Now func() time.Time
}

// defaultCountdown is how long a question stays open when the profile does
// not say.
const defaultCountdown = 30 * time.Second

func (c Config) withDefaults() (Config, error) {
	if c.Profile == nil {
		return c, errors.New("participant: Config.Profile is missing")
	}
	if _, ok := session.Named(c.Profile.Never); !ok {
		return c, errors.New("participant: Config.Profile.Never names a right that there is not")
	}
	if c.OnChange == nil {
		c.OnChange = func(State) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Edge = c.Edge.withDefaults()
	return c, nil
}

func (e Edge) withDefaults() Edge {
	if e.Displays == nil {
		e.Displays = screen.Displays
	}
	if e.Windows == nil {
		e.Windows = screen.Windows
	}
	if e.Screen == nil {
		e.Screen = func(t screen.Target) (screen.Source, error) { return screen.Open(t, screen.Options{}) }
	}
	if e.Places == nil {
		e.Places = screen.OpenPlaces
	}
	if e.Input == nil {
		e.Input = input.Open
	}
	if e.Clipboard == nil {
		e.Clipboard = openClipboard
	}
	if e.Overlay == nil {
		e.Overlay = func(area image.Rectangle) (overlay.Overlay, error) { return overlay.Open(area, overlay.Options{}) }
	}
	if e.StopKey == nil {
		e.StopKey = func(p stopkey.Press) (StopKey, error) { return stopkey.Arm(p) }
	}
	if e.Front == nil {
		e.Front = elevation.Look
	}
	if e.Raisable == nil {
		e.Raisable = elevation.Offered
	}
	if e.Raise == nil {
		e.Raise = elevation.Again
	}
	if e.StopButton == nil {
		e.StopButton = func(o stopbutton.Options, p stopbutton.Press) (StopButton, error) { return stopbutton.Open(o, p) }
	}
	return e
}

// never are the rights that nobody may be given.
func (c Config) never() session.Grants {
	g, ok := session.Named(c.Profile.Never)
	if !ok { // New has looked before
		return session.All
	}
	return g
}

func (c Config) countdown() time.Duration {
	if c.Profile.Countdown > 0 {
		return c.Profile.Countdown
	}
	return defaultCountdown
}

// openClipboard leaves nothing behind that came from the other side.
func openClipboard() (clipboard.Clipboard, error) {
	return clipboard.Open(clipboard.Options{ClearOnClose: true})
}
