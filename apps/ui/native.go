package ui

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
)

// KeepAbove keeps a window above all others and takes away its way to be
// minimised, or no longer does so. Where the system has no way to do that,
// nothing happens.
func KeepAbove(w fyne.Window, on bool) {
	if n, ok := w.(driver.NativeWindow); ok {
		n.RunNative(func(context any) { keepAbove(context, on) })
	}
}

// PlaceTop puts a window at the middle of the top edge of its screen. width
// is the window's own, in device independent pixels.
func PlaceTop(w fyne.Window, width float32) {
	n, ok := w.(driver.NativeWindow)
	if !ok {
		return
	}
	pixels := int(width * w.Canvas().Scale())
	n.RunNative(func(context any) { placeTop(context, pixels) })
}

// Reshow brings a window back that was minimised all the same, by "show
// desktop" for example. The focus stays where it is.
func Reshow(w fyne.Window) {
	if n, ok := w.(driver.NativeWindow); ok {
		n.RunNative(reshow)
	}
}

// ID returns the number that the system gives a window, an X11 window's or an
// HWND, and whether the window is there. The number is 0 where nobody knows it.
func ID(w fyne.Window) (id uint32, there bool) {
	n, ok := w.(driver.NativeWindow)
	if !ok {
		return 0, false
	}
	n.RunNative(func(context any) {
		switch c := context.(type) {
		case driver.X11WindowContext:
			id, there = uint32(c.WindowHandle), c.WindowHandle != 0
		case driver.WindowsWindowContext:
			id, there = uint32(c.HWND), c.HWND != 0
		default:
			there = context != nil
		}
	})
	return id, there
}

// Room returns the largest size, in device independent pixels, that a window
// may have beside w: the work area of w's monitor without the frame around a
// window. It is zero where that is unknown.
func Room(w fyne.Window) fyne.Size {
	n, ok := w.(driver.NativeWindow)
	scale := w.Canvas().Scale()
	if !ok || scale <= 0 {
		return fyne.Size{}
	}
	var pixels image.Point
	n.RunNative(func(context any) { pixels = room(context) })
	if pixels.X <= 0 || pixels.Y <= 0 {
		return fyne.Size{}
	}
	return fyne.NewSize(float32(pixels.X)/scale, float32(pixels.Y)/scale)
}

// PlaceInside moves a window so far that all of it lies in the work area of
// its monitor. On X11 the window manager does that by itself.
func PlaceInside(w fyne.Window) {
	if n, ok := w.(driver.NativeWindow); ok {
		n.RunNative(placeInside)
	}
}
