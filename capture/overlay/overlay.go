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
// of one window alone does not show what lies over it, marks neither: who
// looks at one has to draw his own marks himself. There is no switch for it.
// X11 has no way to keep a window out of a picture of the screen; Windows has
// one (SetWindowDisplayAffinity), but what a person is shown in somebody's name
// belongs into what is recorded.
//
// A desktop that hangs does not hang the caller: only goroutines and threads of
// this package talk to it, and Open and Close stop waiting.
//
// Marks could cover a question or pretend to be one. What must not be drawn
// on, the caller names with Spare.
package overlay

import (
	"errors"
	"fmt"
	"image"
	"time"

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

// ErrStuck says that the desktop did not answer in time. What was asked of it
// happens once it answers again, or when this process ends.
var ErrStuck = errors.New("overlay: the desktop does not answer")

// patience is how long Open and Close wait for the desktop: longer than a busy
// one takes, shorter than a person believes that we work.
const patience = 5 * time.Second

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
	// Close wipes everything and gives the window back, or returns ErrStuck.
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

// Open lays the glass over an area of the desktop in pixels: of one monitor, or
// of all of them. Nothing is to be seen before Show. The area stays what it is
// when monitors come, go or change; open another one then.
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
	if b.surface, err = soon(func() (surface, error) { return openSurface(area) }); err != nil {
		return nil, fmt.Errorf("overlay: open: %w", err)
	}
	go b.run()
	return b, nil
}

// soon returns what open returns unless that takes too long. What comes later
// is closed.
func soon(open func() (surface, error)) (surface, error) {
	type result struct {
		surface surface
		err     error
	}
	opened, late := make(chan result), make(chan struct{})
	go func() {
		s, err := open()
		select {
		case opened <- result{s, err}:
		case <-late:
			if err == nil {
				_ = s.close() // nobody is left to be told
			}
		}
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case r := <-opened:
		return r.surface, r.err
	case <-timer.C:
		close(late)
		return nil, ErrStuck
	}
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
