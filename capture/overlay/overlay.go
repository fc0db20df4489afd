// Package overlay draws what a helper points at over the screen of the person
// who is helped: a pointer, arrows, strokes of a marker, boxes and short notes,
// each with the name of who drew it. Clicks and keys go through it to what
// lies below, it never takes the focus, it lies over every workspace, and each
// mark wipes itself. The window belongs to this process: when that ends, by
// whatever means, the system takes it away.
//
// It draws pixels and cannot press anything. A note is shown and never
// understood: no links, no markup, no control characters.
//
// A picture of the screen (capture/screen) shows the marks too, so that the
// helper sees what the person sees. That is no loop: marks come from the
// helper's hand and never from a picture, so each is sent back once. A picture
// of one window alone does not show what lies over it, marks neither.
//
// Marks could cover a question or pretend to be one. What must not be drawn
// on, the caller names with Spare.
package overlay

import (
	"errors"
	"fmt"
	"image"

	"lotse/capture"
)

// ErrUnsupported says that this system offers no way to draw over the screen
// without being in the way.
var ErrUnsupported = errors.New("overlay: not supported on this system")

// ErrInvalid says that marks are more or larger than may be drawn, or not what
// they say they are.
var ErrInvalid = errors.New("overlay: invalid marks")

// ErrClosed says that the overlay was closed or the desktop went away.
var ErrClosed = errors.New("overlay: closed")

// Overlay is a sheet of glass over the screen. Its methods may be called from
// any goroutine and return before anything is drawn.
type Overlay interface {
	// Show replaces the marks that are to be seen, the last on top. A mark
	// that was there before and did not change keeps its age. When marks come
	// faster than they can be drawn, the newest win. The slices must not be
	// changed afterwards.
	Show(marks []Mark) error
	// Spare names where on the desktop nothing is drawn from now on, whatever
	// is shown: where a question stands or the bar with STOP.
	Spare(areas []image.Rectangle) error
	// Name says which way of drawing this is, such as "x11-shape".
	Name() string
	// Close wipes everything and gives the window back.
	Close() error
}

// Options say how to draw.
type Options struct {
	// Scale is how large marks are in percent, 50 to 400; 0 means 100. On a
	// screen that the system scales it is the system's scale.
	Scale int
}

// maxSpare is how many places can be spared: two windows on each of many
// monitors.
const maxSpare = 64

// Open lays the glass over an area of the desktop in pixels. Nothing is to be
// seen before Show.
func Open(area image.Rectangle, o Options) (Overlay, error) {
	if o.Scale == 0 {
		o.Scale = 100
	}
	const least, most = 50, 400
	if o.Scale < least || o.Scale > most {
		return nil, fmt.Errorf("%w: scale of %d %%", ErrInvalid, o.Scale)
	}
	if area.Empty() || area.Dx() > capture.MaxSide || area.Dy() > capture.MaxSide || area.Dx()*area.Dy() > capture.MaxPixels {
		return nil, fmt.Errorf("%w: area %v", ErrInvalid, area)
	}
	b, err := newBoard(area, float32(o.Scale)/100)
	if err != nil {
		return nil, err
	}
	if b.surface, err = openSurface(area); err != nil {
		return nil, fmt.Errorf("overlay: open: %w", err)
	}
	go b.run()
	return b, nil
}

// surface is the window of one operating system. Only the board's goroutine
// uses it, but for name.
type surface interface {
	name() string
	// put shows the changed parts of a canvas as large as the area. Nothing
	// outside lit is to be seen; when that is empty, the window goes away.
	put(c *canvas, changed []image.Rectangle, lit image.Rectangle) error
	// stirred tells that other windows moved or the way of drawing has to be
	// another one.
	stirred() <-chan struct{}
	// tidy puts the window on top again. anew means that it is a new one that
	// shows nothing yet.
	tidy() (anew bool, err error)
	close() error
}
