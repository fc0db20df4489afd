package ui

import (
	"image"
	"unsafe"

	"fyne.io/fyne/v2/driver"
	"golang.org/x/sys/windows"
)

// Values of window functions (winuser.h).
const (
	hwndTopmost    = ^uintptr(0)     // (HWND)-1
	hwndNoTopmost  = ^uintptr(0) - 1 // (HWND)-2
	swpNoSize      = 0x0001
	swpNoMove      = 0x0002
	swpNoZOrder    = 0x0004
	swpNoActivate  = 0x0010
	swpFrame       = 0x0020
	swShowNoFocus  = 4            // SW_SHOWNOACTIVATE
	gwlStyle       = ^uintptr(15) // GWL_STYLE, -16
	wsMinimizeBox  = 0x00020000
	monitorNearest = 2
)

func keepAbove(context any, on bool) {
	after := hwndNoTopmost
	if on {
		after = hwndTopmost
	}
	if hwnd, ok := handle(context); ok {
		minimisable(hwnd, !on)
		setWindowPos(hwnd, after, 0, 0, swpNoMove|swpNoSize|swpNoActivate|swpFrame)
	}
}

// minimisable gives a window the way to be minimised, or takes it.
func minimisable(hwnd uintptr, on bool) {
	style, ok := call("GetWindowLongPtrW", hwnd, gwlStyle)
	if !ok || style == 0 {
		return
	}
	style &^= wsMinimizeBox
	if on {
		style |= wsMinimizeBox
	}
	call("SetWindowLongPtrW", hwnd, gwlStyle, style)
}

// reshow restores a minimised window.
func reshow(context any) {
	hwnd, ok := handle(context)
	if !ok {
		return
	}
	if iconic, ok := call("IsIconic", hwnd); ok && iconic != 0 {
		call("ShowWindow", hwnd, swShowNoFocus)
	}
}

func placeTop(context any, width int) {
	hwnd, ok := handle(context)
	if !ok {
		return
	}
	if area, ok := workArea(hwnd); ok {
		left := area.Min.X + max((area.Dx()-width)/2, 0)
		setWindowPos(hwnd, 0, left, area.Min.Y, swpNoSize|swpNoZOrder|swpNoActivate)
	}
}

func placeInside(context any) {
	hwnd, ok := handle(context)
	if !ok {
		return
	}
	area, known := workArea(hwnd)
	frame, placed := rectangle("GetWindowRect", hwnd)
	if !known || !placed {
		return
	}
	left := max(min(frame.Min.X, area.Max.X-frame.Dx()), area.Min.X)
	top := max(min(frame.Min.Y, area.Max.Y-frame.Dy()), area.Min.Y)
	setWindowPos(hwnd, 0, left, top, swpNoSize|swpNoZOrder|swpNoActivate)
}

func room(context any) image.Point {
	hwnd, ok := handle(context)
	if !ok {
		return image.Point{}
	}
	area, known := workArea(hwnd)
	outer, one := rectangle("GetWindowRect", hwnd)
	inner, two := rectangle("GetClientRect", hwnd)
	if !known || !one || !two {
		return image.Point{}
	}
	return area.Size().Sub(outer.Size().Sub(inner.Size()))
}

// rect is RECT (windef.h).
type rect struct{ left, top, right, bottom int32 }

func (r rect) image() image.Rectangle {
	return image.Rect(int(r.left), int(r.top), int(r.right), int(r.bottom))
}

// workArea returns a window's monitor without the task bar.
func workArea(hwnd uintptr) (image.Rectangle, bool) {
	// MONITORINFO (winuser.h)
	info := struct {
		size          uint32
		monitor, work rect
		flags         uint32
	}{}
	info.size = uint32(unsafe.Sizeof(info))
	monitor, ok := call("MonitorFromWindow", hwnd, monitorNearest)
	if !ok || monitor == 0 {
		return image.Rectangle{}, false
	}
	done, ok := call("GetMonitorInfoW", monitor, uintptr(unsafe.Pointer(&info))) //nolint:gosec // G103: info knows its size
	return info.work.image(), ok && done != 0
}

// rectangle asks a function that fills in a RECT.
func rectangle(function string, hwnd uintptr) (image.Rectangle, bool) {
	var r rect
	done, ok := call(function, hwnd, uintptr(unsafe.Pointer(&r))) //nolint:gosec // G103: both functions fill in one RECT
	return r.image(), ok && done != 0
}

func handle(context any) (uintptr, bool) {
	c, ok := context.(driver.WindowsWindowContext)
	return c.HWND, ok && c.HWND != 0
}

// setWindowPos moves a window. One that stays where it was is the only
// consequence of a failure.
func setWindowPos(hwnd, after uintptr, x, y int, flags uintptr) {
	call("SetWindowPos", hwnd, after, uintptr(x), uintptr(y), 0, 0, flags)
}

// call calls a function of user32; ok says that there is one.
//
//go:uintptrescapes
func call(function string, args ...uintptr) (result uintptr, ok bool) {
	proc := windows.NewLazySystemDLL("user32.dll").NewProc(function)
	if proc.Find() != nil {
		return 0, false
	}
	result, _, _ = proc.Call(args...)
	return result, true
}
