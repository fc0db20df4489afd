package screen

import (
	"fmt"
	"image"

	"lotse/capture"
)

// Kind says what sort of thing a Target is.
type Kind uint8

// The kinds of targets.
const (
	// Display is one monitor.
	Display Kind = iota
	// Desktop is all monitors side by side as one picture.
	Desktop
	// Region is a part of the desktop.
	Region
	// Window is one window, wherever it is moved.
	Window
)

// Target is what is looked at.
type Target struct {
	// Kind says which of the other fields count.
	Kind Kind
	// ID is the capture.Display.ID of a Display or the capture.Window.ID of a
	// Window.
	ID uint32
	// Rect is a Region on the desktop, in pixels.
	Rect image.Rectangle
}

// String names the target for logs. It holds no title.
func (t Target) String() string {
	switch t.Kind {
	case Display:
		return fmt.Sprintf("display %d", t.ID)
	case Desktop:
		return "desktop"
	case Region:
		return fmt.Sprintf("region %v", t.Rect)
	case Window:
		return fmt.Sprintf("window %d", t.ID)
	}
	return fmt.Sprintf("target of kind %d", t.Kind)
}

// view is what a source shows of the desktop.
type view struct {
	// bounds is the picture on the desktop.
	bounds image.Rectangle
	// parts is what of it lies on monitors. Nothing else is ever read.
	parts []image.Rectangle
}

// origin is the place of pixel 0,0 on the desktop.
func (v view) origin() image.Point { return v.bounds.Min }

// read calls f for each part of r that may be read; r is in pixels of the
// picture, and so is what f gets.
func (v view) read(r image.Rectangle, f func(image.Rectangle) error) error {
	for _, p := range v.parts {
		if part := r.Intersect(p.Sub(v.bounds.Min)); !part.Empty() {
			if err := f(part); err != nil {
				return err
			}
		}
	}
	return nil
}

// view returns what t shows on monitors that lie as in layout. It returns
// ErrNoDisplay when that is nothing.
func (t Target) view(layout []capture.Display) (view, error) {
	var v view
	for _, d := range layout {
		part := d.Bounds
		switch {
		case t.Kind == Display && d.ID != t.ID:
			continue
		case t.Kind == Region:
			part = part.Intersect(t.Rect)
		}
		if !part.Empty() {
			v.parts = append(v.parts, part)
			v.bounds = v.bounds.Union(part)
		}
	}
	switch {
	case t.Kind == Window || t.Kind > Window:
		return view{}, ErrUnsupported
	case v.parts == nil:
		return view{}, ErrNoDisplay
	case !fits(v.bounds):
		return view{}, fmt.Errorf("%w: %v", ErrTooLarge, v.bounds.Size())
	}
	return v, nil
}
