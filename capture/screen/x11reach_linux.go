package screen

import (
	"image"

	"github.com/jezek/xgb/xproto"
)

// At reports whether a click at p lands in the window: the server itself says
// which window lies on top there, one level after the other.
func (s *x11Window) At(p image.Point) bool {
	in := s.conn.Screen.Root
	for range maxDepth {
		at, err := xproto.TranslateCoordinates(s.conn.Conn, s.conn.Screen.Root, in, int16(p.X), int16(p.Y)).Reply()
		switch {
		case err != nil || at.Child == 0:
			return false
		case at.Child == s.window:
			return true
		}
		in = at.Child
	}
	return false
}

// Pointer reports whether the pointer is over the window now.
func (s *x11Window) Pointer() bool {
	pointer, err := xproto.QueryPointer(s.conn.Conn, s.conn.Screen.Root).Reply()
	return err == nil && pointer.SameScreen && s.At(image.Pt(int(pointer.RootX), int(pointer.RootY)))
}

// Keys reports whether the window, or something in it, has the focus, and is
// not covered all over: a program that locks the screen takes every key
// whatever has the focus.
func (s *x11Window) Keys() bool {
	focus, err := xproto.GetInputFocus(s.conn.Conn).Reply()
	if err != nil {
		return false
	}
	switch focus.Focus {
	case xproto.InputFocusNone:
		return false
	case xproto.InputFocusPointerRoot:
		return s.Pointer()
	}
	return s.holds(focus.Focus) && s.uncovered()
}

// holds reports whether w is the window or lies in it.
func (s *x11Window) holds(w xproto.Window) bool {
	for range maxDepth {
		if w == s.window {
			return true
		}
		tree, err := xproto.QueryTree(s.conn.Conn, w).Reply()
		if err != nil || tree.Parent == 0 || tree.Parent == tree.Root {
			return false
		}
		w = tree.Parent
	}
	return false
}

// grid is how many points a side uncovered looks at.
const grid = 4

// uncovered reports whether one of a few points of the window is on top.
func (s *x11Window) uncovered() bool {
	root := xproto.Drawable(s.conn.Screen.Root)
	size := xproto.GetGeometry(s.conn.Conn, xproto.Drawable(s.window))
	corner := xproto.TranslateCoordinates(s.conn.Conn, s.window, s.conn.Screen.Root, 0, 0)
	whole := xproto.GetGeometry(s.conn.Conn, root)
	g, err := size.Reply()
	if err != nil {
		return false
	}
	c, err := corner.Reply()
	if err != nil {
		return false
	}
	desktop, err := whole.Reply()
	if err != nil {
		return false
	}
	seen := image.Rect(0, 0, int(g.Width), int(g.Height)).Add(image.Pt(int(c.DstX), int(c.DstY))).
		Intersect(image.Rect(0, 0, int(desktop.Width), int(desktop.Height)))
	for i := range grid * grid {
		at := image.Pt(seen.Dx()*(2*(i%grid)+1)/(2*grid), seen.Dy()*(2*(i/grid)+1)/(2*grid))
		if s.At(seen.Min.Add(at)) {
			return true
		}
	}
	return false
}
