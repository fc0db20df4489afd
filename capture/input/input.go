// Package input presses keys and moves the pointer of this computer. Only
// participant/gate uses it, and Guard stands before every event.
package input

import (
	"errors"
	"image"
)

// ErrUnsupported says that this system takes no events from programs.
var ErrUnsupported = errors.New("input: not supported on this system")

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
	// Text enters s as characters, whatever keyboard layout is set.
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
