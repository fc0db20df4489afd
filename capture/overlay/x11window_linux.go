package overlay

import (
	"errors"
	"fmt"

	"github.com/jezek/xgb/shape"
	"github.com/jezek/xgb/xproto"
)

// create makes the window, not yet to be seen, and what is needed to draw it.
func (s *x11Surface) create() error {
	glass, err := s.composited()
	if err != nil {
		return err
	}
	s.glass.Store(glass)
	depth := s.conn.Screen.RootDepth
	if glass {
		depth = glassDepth
	}
	visual, ok := s.visual(depth)
	if !ok {
		return errors.New("no colours of eight bits")
	}
	conn := s.conn.Conn
	root := xproto.Drawable(s.conn.Screen.Root)
	if err := s.newIDs(); err != nil {
		return err
	}
	w, h := uint16(s.area.Dx()), uint16(s.area.Dy())
	const mono = 1
	if err := first(
		xproto.CreateColormapChecked(conn, xproto.ColormapAllocNone, s.colours, s.conn.Screen.Root, visual.VisualId),
		xproto.CreatePixmapChecked(conn, depth, s.pixels, root, w, h),
		xproto.CreatePixmapChecked(conn, mono, s.mask, root, w, h),
		xproto.CreateGCChecked(conn, s.paint, xproto.Drawable(s.pixels), 0, nil),
		xproto.CreateGCChecked(conn, s.punch, xproto.Drawable(s.mask), 0, nil),
		// A pixmap begins with anything.
		xproto.PolyFillRectangleChecked(conn, xproto.Drawable(s.pixels), s.paint, []xproto.Rectangle{{Width: w, Height: h}}),
		xproto.PolyFillRectangleChecked(conn, xproto.Drawable(s.mask), s.punch, []xproto.Rectangle{{Width: w, Height: h}}),
	); err != nil {
		return err
	}
	const values = xproto.CwBackPixmap | xproto.CwBorderPixel | xproto.CwOverrideRedirect | xproto.CwColormap
	if err := first(
		xproto.CreateWindowChecked(conn, depth, s.window, s.conn.Screen.Root, int16(s.area.Min.X), int16(s.area.Min.Y), w, h, 0,
			xproto.WindowClassInputOutput, visual.VisualId, values, []uint32{uint32(s.pixels), 0, 1, uint32(s.colours)}),
		// Without this the person could click nowhere, so it must not fail.
		shape.RectanglesChecked(conn, shape.SoSet, shape.SkInput, 0, s.window, 0, 0, nil),
	); err != nil {
		return err
	}
	s.own.Store(uint32(s.window))
	s.mapped = false
	return s.describe()
}

// newIDs asks for the numbers of everything.
func (s *x11Surface) newIDs() error {
	var ids [6]uint32
	for i := range ids {
		id, err := s.conn.NewId()
		if err != nil {
			return fmt.Errorf("number: %w", err)
		}
		ids[i] = id
	}
	s.window, s.colours, s.pixels = xproto.Window(ids[0]), xproto.Colormap(ids[1]), xproto.Pixmap(ids[2])
	s.mask, s.paint, s.punch = xproto.Pixmap(ids[3]), xproto.Gcontext(ids[4]), xproto.Gcontext(ids[5])
	return nil
}

// first returns the first error of requests that were sent together.
func first(sent ...interface{ Check() error }) error {
	var err error
	for _, s := range sent {
		if e := s.Check(); err == nil && e != nil {
			err = fmt.Errorf("window: %w", e)
		}
	}
	return err
}

// describe says what the window is: compositors throw no shadow from what is
// being dragged.
func (s *x11Surface) describe() error {
	const letters, longs = 8, 32
	value := make([]byte, 4)
	for i := range value {
		value[i] = byte(s.names.dragged >> (8 * i))
	}
	title := []byte("Lotse")
	return first(
		xproto.ChangePropertyChecked(s.conn.Conn, xproto.PropModeReplace, s.window, s.names.windowType, xproto.AtomAtom, longs, 1, value),
		xproto.ChangePropertyChecked(s.conn.Conn, xproto.PropModeReplace, s.window, s.names.name, s.names.utf8, letters, uint32(len(title)), title),
	)
}

// destroy gives the window back.
func (s *x11Surface) destroy() {
	conn := s.conn.Conn
	xproto.DestroyWindow(conn, s.window)
	xproto.FreeGC(conn, s.paint)
	xproto.FreeGC(conn, s.punch)
	xproto.FreePixmap(conn, s.pixels)
	xproto.FreePixmap(conn, s.mask)
	xproto.FreeColormap(conn, s.colours)
}
