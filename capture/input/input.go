// Package input presses keys and moves the pointer of this computer. Only
// participant/gate uses it, and Guard stands before every event.
package input

import (
	"errors"
	"fmt"
	"image"
	"time"
)

// ErrUnsupported says that this system takes no events from programs.
var ErrUnsupported = errors.New("input: not supported on this system")

// ErrNoKey says that this system has no such key or button.
var ErrNoKey = errors.New("input: no such key on this system")

// ErrRefused says that the system did not take an event, because a more
// privileged window or a locked screen has the keyboard.
var ErrRefused = errors.New("input: refused by the system")

// BusyError says that an injector took nothing of a text yet.
type BusyError struct {
	// For is how long to wait before the same text is offered again.
	For time.Duration
}

// Error says for how long.
func (e BusyError) Error() string { return fmt.Sprintf("input: busy for %v", e.For) }

// Button is a mouse button.
type Button uint8

// The five buttons there are.
const (
	Left Button = 1 + iota
	Middle
	Right
	Back
	Forward
)

// Usage is a physical key: a usage of USB HID page 7 ("Keyboard/Keypad"),
// named by position on a US keyboard, whatever is printed on it.
type Usage uint16

// Injector is the system's way to accept events. Its methods return once the
// system has taken the event. It is used under Guard's lock only.
type Injector interface {
	// Key presses or releases a physical key.
	Key(u Usage, down bool) error
	// Text enters s as characters, whatever keyboard layout is set: all of
	// it, or nothing and a BusyError. Guard hands over one at a time.
	Text(s string) error
	// Move puts the pointer at p, in desktop pixels.
	Move(p image.Point) error
	// Button presses or releases a mouse button where the pointer is.
	Button(b Button, down bool) error
	// Wheel turns the wheel; units are 1/120 notch, positive is right and up.
	Wheel(dx, dy int) error
	// Name says which way this is, such as "xtest".
	Name() string
	// Close gives everything back to the system.
	Close() error
}

// Open returns the way to press keys on this computer: xtest on X11, SendInput
// on Windows, quartz on macOS. Close it after use.
func Open() (Injector, error) { return open() }
