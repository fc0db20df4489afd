// Package screen takes pictures of this computer's monitors. It can look; it
// cannot send what it saw.
package screen

import (
	"context"
	"errors"

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
	// another W, H and Epoch. The frame is valid until the next call.
	Next(ctx context.Context) (*capture.Frame, error)
	// Name says which way of looking this is, such as "x11-shm".
	Name() string
	// Close gives everything back to the system.
	Close() error
}
