// Package stopbutton shows a STOP button that needs no toolkit: a window of
// its own, on a thread and a connection of its own, above all others. It is
// there for the moment in which the program's real window hangs, and with it
// the real button. It takes no focus and no key.
package stopbutton

import (
	"errors"
	"image"
	"sync"
	"time"
)

// ErrUnsupported says that no such window can be shown here.
var ErrUnsupported = errors.New("stopbutton: can't be shown")

// Press is called on the button's own thread, as soon as the system tells of
// the click, with the time at which it did. It must not block, and must not
// close the button.
type Press func(at time.Time)

// Options says what the button looks like.
type Options struct {
	// Text is what it says; empty is "STOP".
	Text string
	// Key is a second, smaller line; empty is "F11".
	Key string
	// Area is the monitor in whose upper right corner it stands, in desktop
	// pixels; empty is the desktop's first one.
	Area image.Rectangle
}

func (o Options) withDefaults() Options {
	if o.Text == "" {
		o.Text = "STOP"
	}
	if o.Key == "" {
		o.Key = "F11"
	}
	return o
}

// Button is a button on the screen.
type Button struct {
	window window
	end    func() error // closes the window, once
}

// window is the button as one system knows it.
type window interface {
	// name says which system's it is.
	name() string
	// close takes it away and waits for its thread.
	close() error
}

// Open shows the button and calls press for every click on it until Close.
func Open(o Options, press Press) (*Button, error) {
	if press == nil {
		return nil, errors.New("stopbutton: Press is nil")
	}
	w, err := open(o.withDefaults(), press)
	if err != nil {
		return nil, errors.Join(ErrUnsupported, err)
	}
	return &Button{w, sync.OnceValue(w.close)}, nil
}

// Name says what kind of window it is.
func (b *Button) Name() string { return b.window.name() }

// Close takes the button away. Press is not called after it returned nil.
func (b *Button) Close() error { return b.end() }

// raiseEvery is how often the button is put on top again: a window that came
// up above it is gone from there before a person has found the button.
const raiseEvery = 250 * time.Millisecond

// place returns where on a monitor the button stands: an eighth of it wide, but
// never smaller than a finger hits, and clear of the edge.
func place(area image.Rectangle) image.Rectangle {
	const least, share, margin = 220, 8, 12
	w := max(least, area.Dx()/share)
	h := w * 3 / 5
	corner := image.Pt(area.Max.X-w-margin, area.Min.Y+margin)
	return image.Rectangle{Min: corner, Max: corner.Add(image.Pt(w, h))}
}
