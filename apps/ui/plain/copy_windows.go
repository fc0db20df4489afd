package plain

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// Values of winuser.h and winbase.h.
const (
	unicodeText = 13 // CF_UNICODETEXT
	moveable    = 2  // GMEM_MOVEABLE, which the clipboard wants
)

// Copy puts text into the clipboard, from a Handler. Another program that holds
// it just now keeps it.
func (w *Window) Copy(text string) {
	letters, err := windows.UTF16FromString(text)
	if err != nil || w.user.call("OpenClipboard", w.hwnd) == 0 {
		return
	}
	defer w.user.call("CloseClipboard")
	w.user.call("EmptyClipboard")
	kernel := library{windows.NewLazySystemDLL("kernel32.dll")}
	memory := kernel.call("GlobalAlloc", moveable, uintptr(2*len(letters)))
	at := kernel.call("GlobalLock", memory)
	if at == 0 {
		return
	}
	kernel.call("RtlMoveMemory", at, uintptr(unsafe.Pointer(&letters[0])), uintptr(2*len(letters))) //nolint:gosec // G103: as long as what was asked for
	kernel.call("GlobalUnlock", memory)
	if w.user.call("SetClipboardData", unicodeText, memory) == 0 {
		kernel.call("GlobalFree", memory)
	}
}
