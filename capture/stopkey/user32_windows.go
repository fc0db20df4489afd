package stopkey

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// user32 is what listening needs of the system.
type user32 struct {
	getMessage, peekMessage, postThreadMessage *windows.LazyProc
	setTimer, killTimer                        *windows.LazyProc
	registerHotKey, unregisterHotKey           *windows.LazyProc
	setHook, unhook, nextHook                  *windows.LazyProc
	createWindow, destroyWindow                *windows.LazyProc
	registerRawInput, getRawInput, defWindow   *windows.LazyProc
}

func loadUser32() (*user32, error) {
	dll := windows.NewLazySystemDLL("user32.dll")
	u := &user32{}
	for _, p := range []struct {
		to   **windows.LazyProc
		name string
	}{
		{&u.getMessage, "GetMessageW"},
		{&u.peekMessage, "PeekMessageW"},
		{&u.postThreadMessage, "PostThreadMessageW"},
		{&u.setTimer, "SetTimer"},
		{&u.killTimer, "KillTimer"},
		{&u.registerHotKey, "RegisterHotKey"},
		{&u.unregisterHotKey, "UnregisterHotKey"},
		{&u.setHook, "SetWindowsHookExW"},
		{&u.unhook, "UnhookWindowsHookEx"},
		{&u.nextHook, "CallNextHookEx"},
		{&u.createWindow, "CreateWindowExW"},
		{&u.destroyWindow, "DestroyWindow"},
		{&u.registerRawInput, "RegisterRawInputDevices"},
		{&u.getRawInput, "GetRawInputData"},
		{&u.defWindow, "DefWindowProcW"},
	} {
		*p.to = dll.NewProc(p.name)
		if err := (*p.to).Find(); err != nil {
			return nil, fmt.Errorf("user32: %w", err)
		}
	}
	return u, nil
}

// message is MSG.
type message struct {
	window         uintptr
	kind           uint32
	wParam, lParam uintptr
	time           uint32
	at             struct{ x, y int32 }
	_              uint32
}

// The messages that our threads get (Microsoft, winuser.h).
const (
	messageQuit   = 0x0012 // WM_QUIT
	messageInput  = 0x00ff // WM_INPUT
	messageTimer  = 0x0113 // WM_TIMER
	messageHotKey = 0x0312 // WM_HOTKEY
	messageApp    = 0x8000 // WM_APP: the hook heard F11
)

const (
	keyF11  = 0x7a // VK_F11
	scanF11 = 0x57 // what the key itself sends, whatever the layout
)

// Characters that are typed without a key have one of these as their key, and
// a scan code that is the character: F11's would be a W.
const (
	noKey  = 0x00 // Wine, raw input
	packet = 0xe7 // VK_PACKET
)

// isF11 reports whether that is what the system says of F11.
func isF11(key, scan uint32) bool {
	return key == keyF11 || scan == scanF11 && key != noKey && key != packet
}
