package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
)

// KeepAbove keeps a window above all others, or no longer. Where the system
// has no way to do that, nothing happens.
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
