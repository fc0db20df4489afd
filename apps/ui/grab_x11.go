//go:build linux && cgo

package ui

// #cgo LDFLAGS: -lX11
// #include "grab_x11.h"
import "C"

import (
	"unsafe"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
	"github.com/go-gl/glfw/v3.4/glfw"
)

const canGrab = true

// x11Grabber has the X server send every key to the window, before any window
// manager's own (Xlib, "XGrabKeyboard"). It asks over the toolkit's own
// connection, for the keys come where the grab came from. The server ends a
// grab together with its program.
type x11Grabber struct{ window fyne.Window }

func newGrabber(w fyne.Window, _ *ScreenView, _ func(func())) Grabber { return x11Grabber{w} }

func (g x11Grabber) Take() bool {
	n, ok := g.window.(driver.NativeWindow)
	if !ok {
		return false
	}
	taken := false
	n.RunNative(func(context any) {
		c, ok := context.(driver.X11WindowContext)
		if !ok || c.WindowHandle == 0 {
			return
		}
		taken = C.grab(display(), C.ulong(c.WindowHandle)) != 0
	})
	return taken
}

func (g x11Grabber) Give() {
	n, ok := g.window.(driver.NativeWindow)
	if !ok {
		return
	}
	n.RunNative(func(context any) {
		if _, ok := context.(driver.X11WindowContext); !ok {
			return
		}
		C.ungrab(display())
	})
}

// display is the toolkit's connection.
func display() unsafe.Pointer { return unsafe.Pointer(glfw.GetX11Display()) }
