// Package screen takes pictures of this computer's monitors. It can look; it
// cannot send what it saw.
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

// Source delivers the states of one monitor. It is used by one goroutine.
type Source interface {
	// Next waits until the picture or the pointer differs from the last
	// frame, or until ctx ends, and returns the new state. The first call
	// returns at once with everything dirty. A changed size is a frame with
	// another W, H and Epoch. The frame is valid until the next call that
	// returns one: an ended ctx leaves the last frame as it is.
	Next(ctx context.Context) (*capture.Frame, error)
	// Name says which way of looking this is, such as "x11-shm".
	Name() string
	// Close gives everything back to the system.
	Close() error
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

// Open returns a source of the display with that ID. Nobody looks before its
// first Next.
func Open(id uint32, o Options) (Source, error) {
	source, err := open(id, o)
	if err != nil {
		return nil, fmt.Errorf("screen: open display %d: %w", id, err)
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

// find returns the display with that ID, or false.
func find(all []capture.Display, id uint32) (capture.Display, bool) {
	for _, d := range all {
		if d.ID == id {
			return d, true
		}
	}
	return capture.Display{}, false
}
