package ui

import (
	"image"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/xproto"
)

// placeInside leaves it to the window manager.
func placeInside(any) {}

// reshow maps a window that the window manager has made an icon (ICCCM 4.1.4).
func reshow(context any) {
	withWindow(context, func(x *xgb.Conn, _ *xproto.ScreenInfo, win xproto.Window) {
		if iconic(x, win) {
			check(xproto.MapWindowChecked(x, win))
		}
	})
}

// iconic reports whether a window is minimised (ICCCM 4.1.3.1, "WM_STATE").
func iconic(x *xgb.Conn, win xproto.Window) bool {
	const iconicState = 3
	state := cardinals(x, win, "WM_STATE", 2)
	return len(state) > 0 && state[0] == iconicState
}

func room(context any) (size image.Point) {
	withWindow(context, func(x *xgb.Conn, root *xproto.ScreenInfo, win xproto.Window) {
		area := monitor(x, root, win)
		// "_NET_WORKAREA": x, y, width, height for each desktop (EWMH 1.5)
		if w := cardinals(x, root.Root, "_NET_WORKAREA", 4); len(w) == 4 {
			free := image.Rect(int(w[0]), int(w[1]), int(w[0]+w[2]), int(w[1]+w[3]))
			if free.Overlaps(area) {
				area = area.Intersect(free)
			}
		}
		size = area.Size()
		// "_NET_FRAME_EXTENTS": left, right, top, bottom (EWMH 1.5)
		if f := cardinals(x, win, "_NET_FRAME_EXTENTS", 4); len(f) == 4 {
			size = size.Sub(image.Pt(int(f[0]+f[1]), int(f[2]+f[3])))
		}
	})
	return size
}

// monitor returns the place of the monitor that holds the middle of a window,
// or the whole screen (RandR 1.5).
func monitor(x *xgb.Conn, root *xproto.ScreenInfo, win xproto.Window) image.Rectangle {
	all := image.Rect(0, 0, int(root.WidthInPixels), int(root.HeightInPixels))
	size, err := xproto.GetGeometry(x, xproto.Drawable(win)).Reply()
	if err != nil || randr.Init(x) != nil {
		return all
	}
	at, err := xproto.TranslateCoordinates(x, win, root.Root, int16(size.Width/2), int16(size.Height/2)).Reply()
	if err != nil {
		return all
	}
	monitors, err := randr.GetMonitors(x, root.Root, true).Reply()
	if err != nil {
		return all
	}
	for _, m := range monitors.Monitors {
		r := image.Rect(int(m.X), int(m.Y), int(m.X)+int(m.Width), int(m.Y)+int(m.Height))
		if image.Pt(int(at.DstX), int(at.DstY)).In(r) {
			return r
		}
	}
	return all
}

// cardinals returns at most n numbers of a window's property.
func cardinals(x *xgb.Conn, win xproto.Window, property string, n uint32) []uint32 {
	name, err := atom(x, property)
	if err != nil {
		return nil
	}
	r, err := xproto.GetProperty(x, false, win, name, xproto.GetPropertyTypeAny, 0, n).Reply()
	if err != nil || r.Format != 32 {
		return nil
	}
	out := make([]uint32, len(r.Value)/4)
	for i := range out {
		out[i] = xgb.Get32(r.Value[4*i:])
	}
	return out
}
