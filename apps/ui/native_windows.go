package ui

import (
	"fyne.io/fyne/v2/driver"
	"golang.org/x/sys/windows"
)

// Values of SetWindowPos and GetSystemMetrics (winuser.h).
const (
	hwndTopmost   = ^uintptr(0)     // (HWND)-1
	hwndNoTopmost = ^uintptr(0) - 1 // (HWND)-2
	swpNoSize     = 0x0001
	swpNoMove     = 0x0002
	swpNoZOrder   = 0x0004
	swpNoActivate = 0x0010
	smCXScreen    = 0
)

func keepAbove(context any, on bool) {
	after := hwndNoTopmost
	if on {
		after = hwndTopmost
	}
	setWindowPos(context, after, 0, 0, swpNoMove|swpNoSize|swpNoActivate)
}

func placeTop(context any, width int) {
	metrics := windows.NewLazySystemDLL("user32.dll").NewProc("GetSystemMetrics")
	if metrics.Find() != nil {
		return
	}
	screen, _, _ := metrics.Call(smCXScreen)
	setWindowPos(context, 0, max((int(screen)-width)/2, 0), 0, swpNoSize|swpNoZOrder|swpNoActivate)
}

func setWindowPos(context any, after uintptr, x, y int, flags uintptr) {
	c, ok := context.(driver.WindowsWindowContext)
	if !ok || c.HWND == 0 {
		return
	}
	proc := windows.NewLazySystemDLL("user32.dll").NewProc("SetWindowPos")
	if proc.Find() != nil {
		return
	}
	// A window that stays where it was is the only consequence of a failure.
	_, _, _ = proc.Call(c.HWND, after, uintptr(x), uintptr(y), 0, 0, flags)
}
