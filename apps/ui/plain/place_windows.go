package plain

import (
	"image"
	"unsafe"

	"golang.org/x/sys/windows"
)

// frameStyle is the window's style, and what it lies behind.
func (w *Window) frameStyle() (style, after uintptr) {
	if w.form.Above {
		return wsAbove | wsClipChildren, hwndTopmost
	}
	return wsOverlapped | wsClipChildren, hwndNoTopmost
}

// outer is how large a window around size pixels is.
func (w *Window) outer(size image.Point) image.Point {
	style, _ := w.frameStyle()
	r := rect{right: int32(size.X), bottom: int32(size.Y)}
	at := uintptr(unsafe.Pointer(&r)) //nolint:gosec // G103: one RECT
	if w.user.call("AdjustWindowRectExForDpi", at, style, 0, wsExControl, uintptr(w.screen)) == 0 {
		w.user.call("AdjustWindowRectEx", at, style, 0, wsExControl)
	}
	return image.Pt(int(r.right-r.left), int(r.bottom-r.top))
}

// room is how high a form may be.
func (w *Window) room() int { return w.workArea().Dy() - w.outer(image.Point{}).Y }

// workArea is the window's monitor without the task bar.
func (w *Window) workArea() image.Rectangle {
	// MONITORINFO (winuser.h)
	info := struct {
		size          uint32
		monitor, work rect
		flags         uint32
	}{}
	info.size = uint32(unsafe.Sizeof(info))
	monitor := w.user.call("MonitorFromWindow", w.hwnd, monitorNearest)
	w.user.call("GetMonitorInfoW", monitor, uintptr(unsafe.Pointer(&info))) //nolint:gosec // G103: info knows its size
	return info.work.image()
}

// frameRect is where the window is, with its frame.
func (w *Window) frameRect() image.Rectangle {
	var r rect
	w.user.call("GetWindowRect", w.hwnd, uintptr(unsafe.Pointer(&r))) //nolint:gosec // G103: one RECT
	return r.image()
}

// place gives the window room for size pixels and puts it where it belongs:
// where a person has moved it, unless it has only just come to lie over all
// others, or ceased to.
func (w *Window) place(size image.Point) {
	style, after := w.frameStyle()
	visible := w.user.call("GetWindowLongPtrW", w.hwnd, gwlStyle) & 0x10000000
	w.user.call("SetWindowLongPtrW", w.hwnd, gwlStyle, style|visible)
	outer, before := w.outer(size), image.Rectangle{}
	if w.shown && w.above == w.form.Above {
		before = w.frameRect()
	}
	w.shown, w.above = true, w.form.Above
	at := placeIn(w.workArea(), before, outer, w.form.Above)
	w.user.call("SetWindowPos", w.hwnd, after, uintptr(at.X), uintptr(at.Y), uintptr(outer.X), uintptr(outer.Y), swpNoActivate|swpFrameChanged)
}

// raiseEvery is how many ticks lie between two looks at whether the bar was
// minimised or another window lies over it: a second, short enough to have STOP
// back at hand.
const raiseEvery = 4

// stay brings the bar back. F11 works meanwhile.
func (w *Window) stay() {
	if !w.above || w.pulse%raiseEvery != 0 {
		return
	}
	if w.user.call("IsIconic", w.hwnd) != 0 {
		w.user.call("ShowWindow", w.hwnd, swShowNoFocus)
	}
	w.user.call("SetWindowPos", w.hwnd, hwndTopmost, 0, 0, 0, 0, swpNoMove|swpNoSize|swpNoActivate)
}

// setDPI asks how fine the window's monitor is.
func (w *Window) setDPI() {
	w.screen = int(w.user.call("GetDpiForWindow", w.hwnd))
	if w.screen == 0 {
		dc := w.user.call("GetDC", w.hwnd)
		w.screen = int(w.gdi.call("GetDeviceCaps", dc, logPixelsX))
		w.user.call("ReleaseDC", w.hwnd, dc)
	}
	if w.screen == 0 {
		w.screen = defaultDPI
	}
	w.scale(w.screen)
}

// scale makes letters for dpi.
func (w *Window) scale(dpi int) {
	if dpi == w.dpi {
		return
	}
	w.dpi = dpi
	for _, f := range w.fonts {
		w.gdi.call("DeleteObject", f)
	}
	clear(w.fonts)
	w.loadFlag()
}

// flagSide is how large the program's icon is in the band, in 1/96 inch.
const flagSide = 34

// loadFlag loads the program's icon as large as it is drawn.
func (w *Window) loadFlag() {
	const imageIcon = 1
	if w.flag != 0 {
		w.user.call("DestroyIcon", w.flag)
	}
	name, err := windows.UTF16PtrFromString(iconResource)
	if err != nil {
		w.flag = 0
		return
	}
	side := uintptr(flagSide * w.dpi / defaultDPI)
	w.flag = w.user.call("LoadImageW", moduleHandle(), uintptr(unsafe.Pointer(name)), imageIcon, side, side, 0) //nolint:gosec // G103: a string that ends with zero
}
