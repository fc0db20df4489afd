// Package x11 connects to the X server for the packages that look at the
// screen, press keys and listen for F11. It refuses a server that stands in
// front of Wayland: there it could see and stop X programs only, and a person
// would believe that it is all of them.
package x11

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// ErrNoServer says that there is no X server to talk to.
var ErrNoServer = errors.New("x11: no server")

// ErrWayland says that the X server only serves guests of a Wayland session.
var ErrWayland = errors.New("x11: the session is Wayland")

// Conn is a connection of our own to the X server.
type Conn struct {
	*xgb.Conn
	// Setup is what the server said of itself.
	Setup *xproto.SetupInfo
	// Screen is the default screen; all monitors of a desktop are on it.
	Screen *xproto.ScreenInfo
	// Local is true when the server is on this machine, so that memory can be
	// shared with it.
	Local bool

	firstEvent   map[string]byte
	usesKeyboard bool // the server knows that we speak its keyboard extension
}

// Dial connects to display, or to $DISPLAY when it is empty, and looks up the
// extensions; Has tells which of them are there. The caller must keep taking
// events from the connection or expect none.
func Dial(display string, extensions ...string) (*Conn, error) {
	if display == "" {
		display = os.Getenv("DISPLAY")
	}
	if display == "" {
		return nil, fmt.Errorf("%w: DISPLAY is empty", ErrNoServer)
	}
	raw, err := xgb.NewConnDisplay(display)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoServer, err)
	}
	c := &Conn{Conn: raw, Setup: xproto.Setup(raw), Local: local(display), firstEvent: map[string]byte{}}
	if raw.DefaultScreen >= len(c.Setup.Roots) {
		c.Close()
		return nil, fmt.Errorf("%w: screen %d of %d", ErrNoServer, raw.DefaultScreen, len(c.Setup.Roots))
	}
	c.Screen = &c.Setup.Roots[raw.DefaultScreen]
	if err := c.enable(append(extensions, "XWAYLAND")); err != nil {
		c.Close()
		return nil, err
	}
	if c.Has("XWAYLAND") {
		c.Close()
		return nil, ErrWayland
	}
	return c, nil
}

// local reports whether display names a socket of this machine.
func local(display string) bool {
	return strings.HasPrefix(display, ":") || strings.HasPrefix(display, "unix:") || strings.HasPrefix(display, "/")
}

// enable does what the Init functions of xgb's packages do, but leaves xgb's
// global tables alone; see init.
func (c *Conn) enable(extensions []string) error {
	for _, name := range extensions {
		reply, err := xproto.QueryExtension(c.Conn, uint16(len(name)), name).Reply()
		if err != nil {
			return fmt.Errorf("%w: query extension %s: %w", ErrNoServer, name, err)
		}
		if !reply.Present {
			continue
		}
		c.ExtLock.Lock()
		c.Extensions[name] = reply.MajorOpcode
		c.ExtLock.Unlock()
		c.firstEvent[name] = reply.FirstEvent
	}
	return nil
}

// Has reports whether the server has an extension that Dial asked for.
func (c *Conn) Has(extension string) bool {
	_, ok := c.firstEvent[extension]
	return ok
}

// Of returns the number of an event inside its extension, or false when e is
// no event of that extension.
func (c *Conn) Of(extension string, e xgb.Event) (number int, ok bool) {
	x, isExt := e.(Event)
	first, has := c.firstEvent[extension]
	if !isExt || !has || len(x) == 0 {
		return 0, false
	}
	number = int(x[0]&0x7f) - int(first)
	return number, number >= 0
}

// Event is an event of an extension as it came, 32 bytes.
type Event []byte

// Bytes returns the event as it came.
func (e Event) Bytes() []byte { return e }

// String names the event by its number.
func (e Event) String() string { return fmt.Sprintf("extension event %d", e[0]&0x7f) }

// ExtensionError is an error of an extension as it came, 32 bytes.
type ExtensionError []byte

// SequenceId returns which request failed.
//
//nolint:revive // xgb's name
func (f ExtensionError) SequenceId() uint16 { return xgb.Get16(f[2:]) }

// BadId returns the resource that the server did not like.
//
//nolint:revive // xgb's name
func (f ExtensionError) BadId() uint32 { return xgb.Get32(f[4:]) }

// Error names the error by its number.
func (f ExtensionError) Error() string { return fmt.Sprintf("x11: extension error %d", f[1]) }

// The numbers that the X protocol leaves to extensions.
const (
	firstExtensionEvent = 64
	lastExtensionEvent  = 127
	firstExtensionError = 128
	lastExtensionError  = 255
)

// init fills xgb's tables of events and errors before there is any
// connection. They are global and read without a lock by every connection's
// goroutine, so writing to them later, as the extensions' own Init does, ends
// the program now and then. What an extension's event means is looked up in
// Conn instead. An error that is in no table would leave its request waiting
// for ever.
//
// It also silences xgb, which would write every missing ~/.Xauthority and
// every end of a connection to the terminal; we return those as errors.
//
//nolint:gochecknoinits // the only moment at which nobody reads these tables
func init() {
	xgb.Logger.SetOutput(io.Discard)
	for n := firstExtensionEvent; n <= lastExtensionEvent; n++ {
		xgb.NewEventFuncs[n] = func(b []byte) xgb.Event { return Event(b) }
	}
	for n := firstExtensionError; n <= lastExtensionError; n++ {
		xgb.NewErrorFuncs[n] = func(b []byte) xgb.Error { return ExtensionError(b) }
	}
}
