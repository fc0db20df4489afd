// Package screen takes pictures of this computer: of one monitor, of all of
// them side by side, of a part of the desktop or of one window. It can look; it
// cannot send what it saw.
//
// What lies outside the target is never read: a picture is black where no
// monitor is, and a window's picture holds nothing of the windows above it.
//
// The files for macOS are type-checked, not run: nobody had a Mac.
package screen

import (
	"context"
	"errors"
	"fmt"
	"image"
	"time"

	"lotse/capture"
)

// ErrUnsupported says that this system offers no way to look at the screen.
var ErrUnsupported = errors.New("screen: not supported on this system")

// ErrNoDisplay says that there is no screen to look at.
var ErrNoDisplay = errors.New("screen: no display")

// ErrDisplayLost says that the shared monitor went away.
var ErrDisplayLost = errors.New("screen: the display went away")

// ErrWindowClosed says that the shared window is no longer there.
var ErrWindowClosed = errors.New("screen: the window was closed")

// ErrPermission says that the system does not let this program look at the
// screen until the person allows it in the system's settings. On macOS the
// person was asked when a Source was opened, and a yes counts after the program
// was started again.
var ErrPermission = errors.New("screen: not allowed by the system's settings")

// ErrStopped says that the person ended the sharing in a menu of the system.
// Nothing may be opened again because of it.
var ErrStopped = errors.New("screen: ended by the person in the system's menu")

// ErrTooLarge says that what should be shared is larger than may be shared.
var ErrTooLarge = errors.New("screen: larger than may be shared")

// Source delivers the states of what a Target names. It is used by one
// goroutine.
type Source interface {
	// Next waits until the picture, its place, its state or the pointer
	// differs from the last frame, or until ctx ends, and returns the new
	// frame. The first call returns at once with everything dirty. A changed
	// size is a frame with another W, H and Epoch; a window that was only
	// moved is one with another Origin. The frame is valid until the next
	// call that returns one: an ended ctx leaves the last frame as it is.
	Next(ctx context.Context) (*capture.Frame, error)
	// Name says which way of looking this is, such as "x11-shm".
	Name() string
	// Close gives everything back to the system.
	Close() error
}

// Reach says where input would land. A Source of a window has it, so that
// nobody who sees one window presses anything in another. Its methods may be
// called from any goroutine, also after Close: then nothing is reached.
//
// The answer is that of the moment. A window that comes to the front between
// the question and the press is not known here.
type Reach interface {
	// At reports whether a click at p on the desktop lands in the window.
	At(p image.Point) bool
	// Pointer reports whether a click lands in the window where the pointer
	// is now.
	Pointer() bool
	// Keys reports whether what is typed goes to the window.
	Keys() bool
}

// Options say how to look. The zero value is the fastest way there is.
type Options struct {
	// Portable takes the way that all systems have, which is slow and shows
	// no pointer. Where nothing faster exists it is taken anyway.
	Portable bool
}

// frameTime is the shortest time between two frames: 30 a second, as many as
// the codec sends.
const frameTime = time.Second / 30

// Displays lists the monitors. It returns ErrNoDisplay rather than an empty
// list.
func Displays() ([]capture.Display, error) {
	found, err := displays()
	if err == nil {
		found = usable(found)
		if len(found) == 0 {
			err = ErrNoDisplay
		}
	}
	if err != nil {
		return nil, fmt.Errorf("screen: list displays: %w", err)
	}
	return found, nil
}

// Windows lists the windows of other programs that can be seen now, the one
// in front first. It returns ErrUnsupported where a single window can't be
// shared.
func Windows() ([]capture.Window, error) {
	found, err := listWindows()
	if err != nil {
		return nil, fmt.Errorf("screen: list windows: %w", err)
	}
	return found, nil
}

// Open returns a source of what t names. Nobody looks before its first Next.
func Open(t Target, o Options) (Source, error) {
	source, err := open(t, o)
	if err != nil {
		return nil, fmt.Errorf("screen: open %v: %w", t, err)
	}
	return source, nil
}

// usable drops displays that are empty or larger than may be shared.
func usable(all []capture.Display) []capture.Display {
	var out []capture.Display
	for _, d := range all {
		if fits(d.Bounds) {
			out = append(out, d)
		}
	}
	return out
}

// fits reports whether r is a size that may be shared.
func fits(r image.Rectangle) bool {
	return !r.Empty() && r.Dx() <= capture.MaxSide && r.Dy() <= capture.MaxSide && r.Dx()*r.Dy() <= capture.MaxPixels
}
