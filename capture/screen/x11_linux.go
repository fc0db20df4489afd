package screen

import (
	"context"
	"fmt"
	"image"
	"slices"

	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/xproto"

	"lotse/capture"
)

// x11Source looks at the desktop through MIT-SHM, where the server says that
// something was drawn (XDamage).
type x11Source struct {
	x11Base

	target Target
	layout []capture.Display
	view   view
}

func openX11(t Target) (Source, error) {
	conn, err := dial()
	if err != nil {
		return nil, err
	}
	s := &x11Source{x11Base: newX11Base(conn), target: t}
	if err := s.begin(); err != nil {
		conn.Close()
		return nil, err
	}
	go s.pump(s.note)
	return s, nil
}

// begin asks for the events before it reads the layout, so that no change
// falls between the two.
func (s *x11Source) begin() error {
	root := s.conn.Screen.Root
	if err := s.watch(root); err != nil {
		return err
	}
	if err := s.watchMonitors(root); err != nil {
		return err
	}
	if err := s.forget(); err != nil {
		return err
	}
	layout, err := monitors(s.conn)
	if err != nil {
		return err
	}
	v, err := s.target.view(layout)
	if err != nil {
		return err
	}
	s.layout = layout
	s.show(v)
	return nil
}

func (s *x11Source) watchMonitors(root xproto.Window) error {
	if !s.conn.Has("RANDR") {
		return nil
	}
	const changes = randr.NotifyMaskScreenChange | randr.NotifyMaskCrtcChange | randr.NotifyMaskOutputChange
	if err := randr.SelectInputChecked(s.conn.Conn, root, changes).Check(); err != nil {
		return fmt.Errorf("monitors: %w", err)
	}
	return nil
}

// Next waits for a change.
func (s *x11Source) Next(ctx context.Context) (*capture.Frame, error) { return s.next(ctx, s.look) }

// look asks for everything that may be new in one round trip.
func (s *x11Source) look() (*capture.Frame, error) {
	if s.moved.Swap(false) {
		if err := s.follow(); err != nil {
			return nil, err
		}
	}
	if s.dark.Load() {
		return s.stand(capture.Locked, s.view.origin()), nil
	}
	asked := xproto.QueryPointer(s.conn.Conn, s.conn.Screen.Root)
	dirty, err := s.dirty()
	if err != nil {
		return nil, err
	}
	pointer, err := asked.Reply()
	if err != nil {
		return nil, fmt.Errorf("screen: pointer: %w", err)
	}
	cursor, err := s.cursor(pointer, s.view.bounds)
	if err != nil {
		return nil, err
	}
	if len(dirty) == 0 && cursor == s.frame.Cursor && s.frame.State == capture.Live {
		return nil, nil //nolint:nilnil // no frame: nothing has changed
	}
	if err := s.read(dirty); err != nil {
		// The monitors may have changed under our hands, and whatever was to
		// be read now still is.
		s.whole = true
		s.reshaped.Store(true)
		return nil, s.retry(err)
	}
	s.whole = false
	return s.deliver(dirty, cursor, s.view.origin(), capture.Live), nil
}

// retry forgives a failed read when the layout turns out to be a new one.
func (s *x11Source) retry(err error) error {
	epoch := s.frame.Epoch
	if lost := s.follow(); lost != nil {
		return lost
	}
	if s.frame.Epoch != epoch {
		return nil
	}
	return err
}

// dirty returns where in the frame something was drawn.
func (s *x11Source) dirty() ([]image.Rectangle, error) {
	found, err := s.take()
	if err != nil {
		return nil, err
	}
	if s.whole {
		return []image.Rectangle{s.frame.Bounds()}, nil
	}
	return inside(found, s.view), nil
}

// inside moves rectangles of the screen into a picture of v.
func inside(rects []xproto.Rectangle, v view) []image.Rectangle {
	out := make([]image.Rectangle, 0, len(rects))
	for _, r := range rects {
		on := image.Rect(0, 0, int(r.Width), int(r.Height)).Add(image.Pt(int(r.X), int(r.Y)))
		for _, p := range v.parts {
			if part := on.Intersect(p); !part.Empty() {
				out = append(out, part.Sub(v.bounds.Min))
			}
		}
	}
	return merge(out)
}

// read copies the rectangles from the screen into the frame, where monitors
// are.
func (s *x11Source) read(dirty []image.Rectangle) error {
	root := xproto.Drawable(s.conn.Screen.Root)
	for _, r := range dirty {
		err := s.view.read(r, func(part image.Rectangle) error { return s.copyFrom(root, part, s.view.origin()) })
		if err != nil {
			return err
		}
	}
	return nil
}

// follow reads the layout and starts over when it is a new one.
func (s *x11Source) follow() error {
	layout, err := monitors(s.conn)
	if err != nil {
		return fmt.Errorf("screen: %w", err)
	}
	if slices.Equal(layout, s.layout) {
		return nil
	}
	v, err := s.target.view(layout)
	if err != nil {
		return lost(err)
	}
	s.layout = layout
	s.frame.Epoch++
	s.show(v)
	return nil
}

// show makes room for a picture of v. What is handed out keeps its pixels.
func (s *x11Source) show(v view) {
	size := v.bounds.Size()
	if size != s.frame.Bounds().Size() {
		s.scratch.resize(s.conn, xproto.Drawable(s.conn.Screen.Root), v.parts[0].Min, size)
	}
	if v.bounds != s.view.bounds || !slices.Equal(v.parts, s.view.parts) {
		s.resize(size.X, size.Y) // black again where a monitor was
	}
	s.view, s.whole = v, true
}
