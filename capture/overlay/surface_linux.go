package overlay

import (
	"errors"
	"fmt"
	"image"
	"sync/atomic"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/shape"
	"github.com/jezek/xgb/xfixes"
	"github.com/jezek/xgb/xproto"

	"lotse/capture/internal/x11"
)

// x11Surface is a window as large as the area that no window manager touches.
// With a compositor it has an alpha channel (name "x11-argb"). Without one
// there is no such thing, so it has the shape of the marks (XShape), which has
// no half tones (name "x11-shape"). Either way its shape for input is empty.
type x11Surface struct {
	conn  *x11.Conn
	area  image.Rectangle
	wake  chan struct{}
	gone  chan struct{} // closed when the connection ended
	glass atomic.Bool   // the window has an alpha channel
	again atomic.Bool   // a compositor came or went
	own   atomic.Uint32 // the window, for pump
	names x11Names

	window       xproto.Window
	colours      xproto.Colormap
	pixels, mask xproto.Pixmap
	paint, punch xproto.Gcontext // into pixels and into mask
	mapped       bool
	scratch      []byte
}

type x11Names struct {
	compositor, windowType, dragged, name, utf8 xproto.Atom
}

func openSurface(area image.Rectangle) (surface, error) {
	conn, err := x11.Dial("", "SHAPE", "XFIXES")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	s := &x11Surface{conn: conn, area: area, wake: make(chan struct{}, 1), gone: make(chan struct{})}
	if err := s.begin(); err != nil {
		conn.Close()
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	go s.pump()
	return s, nil
}

func (s *x11Surface) begin() error {
	if !s.conn.Has("SHAPE") || !s.conn.Has("XFIXES") {
		return errors.New("no SHAPE or no XFIXES")
	}
	// Everything since the eighties but for a few museums.
	if s.conn.Setup.ImageByteOrder != xproto.ImageOrderLSBFirst || s.conn.Setup.BitmapFormatBitOrder != xproto.ImageOrderLSBFirst {
		return errors.New("the server has its pixels the other way round")
	}
	if s.area.Min.X < -1<<15 || s.area.Min.Y < -1<<15 || s.area.Max.X >= 1<<15 || s.area.Max.Y >= 1<<15 {
		return errors.New("the area is outside any screen")
	}
	if err := s.intern(); err != nil {
		return err
	}
	if err := s.watch(); err != nil {
		return err
	}
	return s.create()
}

func (s *x11Surface) intern() error {
	for _, n := range []struct {
		to   *xproto.Atom
		name string
	}{
		{&s.names.compositor, fmt.Sprintf("_NET_WM_CM_S%d", s.conn.DefaultScreen)},
		{&s.names.windowType, "_NET_WM_WINDOW_TYPE"},
		{&s.names.dragged, "_NET_WM_WINDOW_TYPE_DND"},
		{&s.names.name, "_NET_WM_NAME"},
		{&s.names.utf8, "UTF8_STRING"},
	} {
		reply, err := xproto.InternAtom(s.conn.Conn, false, uint16(len(n.name)), n.name).Reply()
		if err != nil {
			return fmt.Errorf("name %s: %w", n.name, err)
		}
		*n.to = reply.Atom
	}
	return nil
}

// watch asks to be told when a compositor comes or goes and when windows are
// put on top.
func (s *x11Surface) watch() error {
	const major, minor = 5, 0
	if _, err := xfixes.QueryVersion(s.conn.Conn, major, minor).Reply(); err != nil {
		return fmt.Errorf("XFIXES: %w", err)
	}
	root := s.conn.Screen.Root
	const changes = xfixes.SelectionEventMaskSetSelectionOwner | xfixes.SelectionEventMaskSelectionWindowDestroy |
		xfixes.SelectionEventMaskSelectionClientClose
	if err := xfixes.SelectSelectionInputChecked(s.conn.Conn, root, s.names.compositor, changes).Check(); err != nil {
		return fmt.Errorf("XFIXES: %w", err)
	}
	err := xproto.ChangeWindowAttributesChecked(s.conn.Conn, root, xproto.CwEventMask, []uint32{xproto.EventMaskSubstructureNotify}).Check()
	if err != nil {
		return fmt.Errorf("root: %w", err)
	}
	return nil
}

// pump takes events until the connection ends.
func (s *x11Surface) pump() {
	defer close(s.gone)
	for {
		event, failure := s.conn.WaitForEvent()
		switch {
		case event != nil && s.stirs(event):
			select {
			case s.wake <- struct{}{}:
			default:
			}
		case event == nil && failure == nil:
			return
		}
	}
}

// stirs reports whether we may no longer be on top, or not be right any more.
func (s *x11Surface) stirs(event xgb.Event) bool {
	switch e := event.(type) {
	case xproto.MapNotifyEvent:
		return uint32(e.Window) != s.own.Load()
	case xproto.ConfigureNotifyEvent:
		w, h := int(e.Width)+2*int(e.BorderWidth), int(e.Height)+2*int(e.BorderWidth)
		at := image.Pt(int(e.X), int(e.Y))
		return uint32(e.Window) != s.own.Load() && image.Rectangle{Min: at, Max: at.Add(image.Pt(w, h))}.Overlaps(s.area)
	}
	if n, ok := s.conn.Of("XFIXES", event); ok && n == xfixes.SelectionNotify {
		s.again.Store(true)
		return true
	}
	return false
}

func (s *x11Surface) name() string {
	if s.glass.Load() {
		return "x11-argb"
	}
	return "x11-shape"
}

func (s *x11Surface) stirred() <-chan struct{} { return s.wake }

// tidy makes a new window when a compositor came or went, else it puts the
// window on top.
func (s *x11Surface) tidy() (anew bool, err error) {
	if s.again.Swap(false) {
		glass, err := s.composited()
		if err != nil {
			return false, err
		}
		if glass != s.glass.Load() {
			s.destroy()
			return true, s.create()
		}
	}
	if s.mapped {
		xproto.ConfigureWindow(s.conn.Conn, s.window, xproto.ConfigWindowStackMode, []uint32{xproto.StackModeAbove})
	}
	return false, s.sync()
}

// sync returns an error once the connection is gone.
func (s *x11Surface) sync() error {
	if _, err := xproto.GetInputFocus(s.conn.Conn).Reply(); err != nil {
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	return nil
}

// composited reports whether a compositor runs; by convention it owns a
// selection (Extended Window Manager Hints, _NET_WM_CM_Sn).
func (s *x11Surface) composited() (bool, error) {
	owner, err := xproto.GetSelectionOwner(s.conn.Conn, s.names.compositor).Reply()
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrClosed, err)
	}
	_, ok := s.visual(glassDepth)
	return ok && owner.Owner != xproto.WindowNone, nil
}

// glassDepth is that of windows with an alpha channel, and what a pixel takes.
const glassDepth = 32

// visual returns one with eight bits a colour where we have them.
func (s *x11Surface) visual(depth byte) (xproto.VisualInfo, bool) {
	for _, d := range s.conn.Screen.AllowedDepths {
		if d.Depth != depth {
			continue
		}
		for _, v := range d.Visuals {
			if v.Class == xproto.VisualClassTrueColor && v.RedMask == 0xff0000 && v.GreenMask == 0xff00 && v.BlueMask == 0xff {
				return v, true
			}
		}
	}
	return xproto.VisualInfo{}, false
}

// put sends the changed pixels, then the shape, then has the server paint.
func (s *x11Surface) put(c *canvas, changed []image.Rectangle, lit image.Rectangle) error {
	for _, r := range changed {
		s.send(c, r)
	}
	if !s.glass.Load() {
		shape.Mask(s.conn.Conn, shape.SoSet, shape.SkBounding, s.window, 0, 0, s.mask)
	}
	// The server may have copied the pixels when it was told of them.
	xproto.ChangeWindowAttributes(s.conn.Conn, s.window, xproto.CwBackPixmap, []uint32{uint32(s.pixels)})
	if lit.Empty() {
		if s.mapped {
			xproto.UnmapWindow(s.conn.Conn, s.window)
		}
		s.mapped = false
		return s.sync()
	}
	for _, r := range changed {
		xproto.ClearArea(s.conn.Conn, false, s.window, int16(r.Min.X), int16(r.Min.Y), uint16(r.Dx()), uint16(r.Dy()))
	}
	if !s.mapped {
		xproto.ConfigureWindow(s.conn.Conn, s.window, xproto.ConfigWindowStackMode, []uint32{xproto.StackModeAbove})
		xproto.MapWindow(s.conn.Conn, s.window)
	}
	s.mapped = true
	return s.sync()
}

// send sends r in as many requests as it takes.
func (s *x11Surface) send(c *canvas, r image.Rectangle) {
	const header, unit = 64, 4 // more than a request's header; what lengths count in
	most := unit*int(s.conn.Setup.MaximumRequestLength) - header
	rows := max(1, most/(4*r.Dx()))
	for y := r.Min.Y; y < r.Max.Y; y += rows {
		part := image.Rect(r.Min.X, y, r.Max.X, min(y+rows, r.Max.Y))
		s.sendPixels(c, part)
		if !s.glass.Load() {
			s.sendMask(c, part)
		}
	}
}

func (s *x11Surface) sendPixels(c *canvas, r image.Rectangle) {
	s.scratch = s.scratch[:0]
	for y := r.Min.Y; y < r.Max.Y; y++ {
		s.scratch = append(s.scratch, c.row(y, r)...)
	}
	depth := byte(glassDepth)
	if !s.glass.Load() {
		depth = s.conn.Screen.RootDepth
		for i := 0; i < len(s.scratch); i += 4 {
			bare(s.scratch[i : i+4])
		}
	}
	xproto.PutImage(s.conn.Conn, xproto.ImageFormatZPixmap, xproto.Drawable(s.pixels), s.paint,
		uint16(r.Dx()), uint16(r.Dy()), int16(r.Min.X), int16(r.Min.Y), 0, depth, s.scratch)
}

// bare turns a pixel into its colour without transparency.
func bare(px []byte) {
	a := int(px[3])
	if a == 0 || a == 255 {
		return
	}
	for i := range 3 {
		px[i] = byte(min(255, (int(px[i])*255+a/2)/a))
	}
}

// half is the alpha from which a pixel belongs to the shape.
const half = 128

// sendMask sends a bit for each pixel, rows of whole 32-bit units.
func (s *x11Surface) sendMask(c *canvas, r image.Rectangle) {
	const unit = 32
	stride := (r.Dx() + unit - 1) / unit * unit / 8
	s.scratch = append(s.scratch[:0], make([]byte, stride*r.Dy())...)
	for y := range r.Dy() {
		row, bits := c.row(r.Min.Y+y, r), s.scratch[y*stride:]
		for x := range r.Dx() {
			if row[4*x+3] >= half {
				bits[x/8] |= 1 << (x % 8)
			}
		}
	}
	xproto.PutImage(s.conn.Conn, xproto.ImageFormatZPixmap, xproto.Drawable(s.mask), s.punch,
		uint16(r.Dx()), uint16(r.Dy()), int16(r.Min.X), int16(r.Min.Y), 0, 1, s.scratch)
}

// close ends the connection; the server takes back everything that was made.
func (s *x11Surface) close() error {
	s.conn.Close()
	<-s.gone
	return nil
}
