package screen

import (
	"context"
	"errors"
	"fmt"
	"image"
	"sync/atomic"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/composite"
	"github.com/jezek/xgb/xproto"

	"lotse/capture"
)

// x11Window looks at one window through the picture that the server keeps of
// it alone (XComposite). What lies above the window is in another picture and
// can't get into this one.
type x11Window struct {
	x11Base
	window xproto.Window

	// pump sets renewed: pixmap is an old picture. It compares with size,
	// width above height.
	renewed atomic.Bool
	size    atomic.Uint64

	pixmap xproto.Pixmap // 0 for none
	border int           // pixels around the content in pixmap
	top    xproto.Window // the child of the root that holds window
	room   image.Point   // what scratch has room for
	hidden bool
}

func openX11Window(t Target) (Source, error) {
	conn, err := dial()
	if err != nil {
		return nil, err
	}
	s := &x11Window{x11Base: newX11Base(conn), window: xproto.Window(t.ID)}
	if err := s.begin(); err != nil {
		conn.Close()
		return nil, err
	}
	go s.pump(s.noteWindow)
	return s, nil
}

func (s *x11Window) begin() error {
	if !s.conn.Has("Composite") {
		return fmt.Errorf("%w: the X server lacks Composite", ErrUnsupported)
	}
	// NameWindowPixmap came with 0.2.
	if _, err := composite.QueryVersion(s.conn.Conn, 0, 4).Reply(); err != nil {
		return fmt.Errorf("composite: %w", err)
	}
	if s.window == s.conn.Screen.Root {
		return fmt.Errorf("%w: the root window is the desktop", ErrUnsupported)
	}
	attributes, err := xproto.GetWindowAttributes(s.conn.Conn, s.window).Reply()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrWindowClosed, err)
	}
	if attributes.Class != xproto.WindowClassInputOutput {
		return fmt.Errorf("%w: a window without pixels", ErrUnsupported)
	}
	if err := s.watch(s.window); err != nil {
		return err
	}
	if err := s.redirect(composite.RedirectWindowChecked(s.conn.Conn, s.window, composite.RedirectAutomatic).Check); err != nil {
		return fmt.Errorf("composite: %w", err)
	}
	if err := s.forget(); err != nil {
		return err
	}
	s.renewed.Store(true)
	return s.follow()
}

// redirect does what turns the redirection of the window on or off. The
// server takes the window off the screen for that moment, and with it the
// focus; the person was perhaps typing there, so it is given back.
func (s *x11Window) redirect(do func() error) error {
	before, err := xproto.GetInputFocus(s.conn.Conn).Reply()
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	after, err := xproto.GetInputFocus(s.conn.Conn).Reply()
	if err != nil || after.Focus == before.Focus {
		return err
	}
	xproto.SetInputFocus(s.conn.Conn, before.RevertTo, before.Focus, xproto.TimeCurrentTime)
	return nil
}

// Close takes the redirection back and gives everything to the server.
func (s *x11Window) Close() error {
	if !s.closed.Load() {
		_ = s.redirect(composite.UnredirectWindowChecked(s.conn.Conn, s.window, composite.RedirectAutomatic).Check)
	}
	return s.x11Base.Close()
}

// Name says how pixels come here.
func (s *x11Window) Name() string { return s.scratch.name() + "-window" }

// noteWindow finds out whether the server made a new picture of the window:
// it does when the size changes and when the window appears.
func (s *x11Window) noteWindow(event xgb.Event) bool {
	switch e := event.(type) {
	case xproto.ConfigureNotifyEvent:
		if pack(int(e.Width), int(e.Height)) != s.size.Load() {
			s.renewed.Store(true)
		}
	case xproto.MapNotifyEvent, xproto.ReparentNotifyEvent:
		s.renewed.Store(true)
	}
	return s.note(event)
}

func pack(w, h int) uint64 { return uint64(uint32(w))<<32 | uint64(uint32(h)) }

// Next waits for a change.
func (s *x11Window) Next(ctx context.Context) (*capture.Frame, error) { return s.next(ctx, s.look) }

// look asks for everything that may be new.
func (s *x11Window) look() (*capture.Frame, error) {
	if s.closed.Load() {
		return nil, ErrWindowClosed
	}
	if s.moved.Swap(false) || s.renewed.Load() {
		if err := s.follow(); err != nil {
			return nil, err
		}
	}
	switch {
	case s.dark.Load():
		return s.stand(capture.Locked, s.frame.Origin), nil
	case s.hidden:
		return s.stand(capture.Hidden, s.frame.Origin), nil
	}
	pointer := xproto.QueryPointer(s.conn.Conn, s.conn.Screen.Root)
	corner := xproto.TranslateCoordinates(s.conn.Conn, s.window, s.conn.Screen.Root, 0, 0)
	found, err := s.take()
	if err != nil {
		return nil, err
	}
	place, err := corner.Reply()
	if err != nil {
		return nil, s.why(err)
	}
	return s.changes(found, image.Pt(int(place.DstX), int(place.DstY)), pointer)
}

// why says why the window does not answer.
func (s *x11Window) why(err error) error {
	select {
	case <-s.gone:
		return err
	default:
	}
	return fmt.Errorf("%w: %w", ErrWindowClosed, err)
}

// changes reads what was drawn. A read that fails because the window got
// another size meanwhile is tried again with the next look.
func (s *x11Window) changes(found []xproto.Rectangle, origin image.Point, pointer xproto.QueryPointerCookie) (*capture.Frame, error) {
	picture := s.frame.Bounds()
	cursor, err := s.windowCursor(pointer, picture.Add(origin))
	if err != nil {
		return nil, err
	}
	dirty := inside(found, view{bounds: picture, parts: []image.Rectangle{picture}})
	if s.whole {
		dirty = []image.Rectangle{picture}
	}
	if len(dirty) == 0 && cursor == s.frame.Cursor && origin == s.frame.Origin && s.frame.State == capture.Live {
		return nil, nil //nolint:nilnil // no frame: nothing has changed
	}
	for _, r := range dirty {
		if err := s.copyFrom(xproto.Drawable(s.pixmap), r, image.Pt(s.border, s.border)); err != nil {
			s.whole = true
			s.reshaped.Store(true)
			s.renewed.Store(true)
			return nil, s.why(err)
		}
	}
	s.whole = false
	return s.deliver(dirty, cursor, origin, capture.Live), nil
}

// windowCursor returns the pointer in pixels of the window. Above another
// window it is not to be seen.
func (s *x11Window) windowCursor(asked xproto.QueryPointerCookie, bounds image.Rectangle) (capture.Cursor, error) {
	pointer, err := asked.Reply()
	if err != nil {
		return capture.Cursor{}, fmt.Errorf("screen: pointer: %w", err)
	}
	c, err := s.cursor(pointer, bounds)
	c.Visible = c.Visible && pointer.Child == s.top
	return c, err
}

// follow finds out where the window is in the tree, whether it is shown and
// which picture holds it now.
func (s *x11Window) follow() error {
	attributes, err := xproto.GetWindowAttributes(s.conn.Conn, s.window).Reply()
	if err != nil {
		return s.why(err)
	}
	if s.top, err = s.topmost(); err != nil {
		return s.why(err)
	}
	s.hidden = attributes.MapState != xproto.MapStateViewable
	if !s.hidden && s.renewed.Swap(false) {
		err = s.name()
	}
	switch {
	case errors.Is(err, ErrUnsupported), errors.Is(err, ErrTooLarge):
		return err
	case err != nil: // it changed under our hands; the next look sees more
		s.hidden = true
		s.renewed.Store(true)
	}
	if s.hidden && s.frame.W == 0 {
		return s.empty()
	}
	return nil
}

// topmost returns the child of the root that holds the window; with most
// window managers that is a frame of theirs.
func (s *x11Window) topmost() (xproto.Window, error) {
	at := s.window
	for range maxDepth {
		tree, err := xproto.QueryTree(s.conn.Conn, at).Reply()
		if err != nil {
			return 0, err
		}
		if tree.Parent == tree.Root || tree.Parent == 0 {
			return at, nil
		}
		at = tree.Parent
	}
	return 0, fmt.Errorf("%w: a window inside %d others", ErrUnsupported, maxDepth)
}

// maxDepth is how many windows inside each other are followed. Toolkits and
// window managers come to about five.
const maxDepth = 32

// name asks for the newest picture of the window.
func (s *x11Window) name() error {
	id, err := xproto.NewPixmapId(s.conn.Conn)
	if err != nil {
		return fmt.Errorf("pixmap: %w", err)
	}
	if err := composite.NameWindowPixmapChecked(s.conn.Conn, s.window, id).Check(); err != nil {
		return fmt.Errorf("pixmap: %w", err)
	}
	if s.pixmap != 0 {
		xproto.FreePixmap(s.conn.Conn, s.pixmap)
	}
	s.pixmap = id
	picture, err := xproto.GetGeometry(s.conn.Conn, xproto.Drawable(id)).Reply()
	if err != nil {
		return fmt.Errorf("pixmap: %w", err)
	}
	window, err := xproto.GetGeometry(s.conn.Conn, xproto.Drawable(s.window)).Reply()
	if err != nil {
		return fmt.Errorf("pixmap: %w", err)
	}
	if window.Depth != 24 && window.Depth != 32 {
		return fmt.Errorf("%w: a window of depth %d", ErrUnsupported, window.Depth)
	}
	s.border = int(window.BorderWidth)
	return s.show(image.Pt(int(picture.Width)-2*s.border, int(picture.Height)-2*s.border))
}

// empty makes a black picture of a window that can't be seen yet.
func (s *x11Window) empty() error {
	g, err := xproto.GetGeometry(s.conn.Conn, xproto.Drawable(s.window)).Reply()
	if err != nil {
		return s.why(err)
	}
	return s.show(image.Pt(int(g.Width), int(g.Height)))
}

// show makes room for a picture of that size.
func (s *x11Window) show(size image.Point) error {
	s.whole = true
	if !fits(image.Rectangle{Max: size}) {
		return fmt.Errorf("%w: %v", ErrTooLarge, size)
	}
	if size != s.room && s.pixmap != 0 {
		s.scratch.resize(s.conn, xproto.Drawable(s.pixmap), image.Pt(s.border, s.border), size)
		s.room = size
	}
	if size == s.frame.Bounds().Size() {
		return nil
	}
	if s.frame.W > 0 {
		s.frame.Epoch++
	}
	s.size.Store(pack(size.X, size.Y))
	s.resize(size.X, size.Y)
	return nil
}
