package stopkey

import (
	"fmt"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// keyboardLowLevel is WH_KEYBOARD_LL.
const keyboardLowLevel = 13

// renewAfter is after how many seconds the hook is put in anew. Windows 7 and
// later remove one that was too slow and tell nobody (Microsoft,
// "LowLevelKeyboardProc").
const renewAfter = 5

// hook is told of every key before any program gets it (Microsoft,
// "SetWindowsHookEx"). It lets all of them pass.
type hook struct {
	*user32
	entry  uintptr
	handle uintptr
	age    int // seconds
}

func (*hook) name() string { return "windows-hook" }

func (h *hook) open() error {
	entry, err := hookEntry()
	if err != nil {
		return err
	}
	h.entry = entry
	return h.renew()
}

// renew puts a new hook in before it takes the old one out.
func (h *hook) renew() error {
	handle, _, err := h.setHook.Call(keyboardLowLevel, h.entry, 0, 0)
	if handle == 0 {
		return fmt.Errorf("SetWindowsHookEx: %w", err)
	}
	old := h.handle
	h.handle, h.age = handle, 0
	if old != 0 {
		// It fails when Windows took it out already.
		_, _, _ = h.unhook.Call(old)
	}
	return nil
}

func (*hook) hears(m *message) bool { return m.window == 0 && m.kind == messageApp }

func (h *hook) tick() error {
	if h.age++; h.age < renewAfter {
		return nil
	}
	return h.renew()
}

func (h *hook) close() error {
	if h.handle == 0 {
		return nil
	}
	ok, _, err := h.unhook.Call(h.handle)
	h.handle = 0
	if ok == 0 {
		return fmt.Errorf("UnhookWindowsHookEx: %w", err)
	}
	return nil
}

// hookEntry returns the address that Windows calls for each key. It calls it
// on the thread that put the hook in, so all that has to be done is to send
// that thread a message, and one address serves every hook.
//
//nolint:gochecknoglobals // set once; Go never gives an address for callbacks back, and has 2000 of them
var hookEntry = sync.OnceValues(func() (uintptr, error) {
	api, err := loadUser32()
	if err != nil {
		return 0, err
	}
	return windows.NewCallback(api.key), nil
})

// keyInfo is KBDLLHOOKSTRUCT.
type keyInfo struct {
	key, scan, flags, time uint32
	extra                  uintptr
}

const (
	keyDown       = 0x0100 // WM_KEYDOWN
	systemKeyDown = 0x0104 // WM_SYSKEYDOWN: with Alt
)

// key is LowLevelKeyboardProc. Whatever the key is, it passes.
func (u *user32) key(code int32, kind uintptr, info *keyInfo) uintptr {
	down := kind == keyDown || kind == systemKeyDown
	if code >= 0 && down && isF11(info.key, info.scan) {
		_, _, _ = u.postThreadMessage.Call(uintptr(windows.GetCurrentThreadId()), messageApp, 0, 0)
	}
	next, _, _ := u.nextHook.Call(0, uintptr(code), kind, uintptr(unsafe.Pointer(info))) //nolint:gosec // G103: what Windows gave us goes back to it
	return next
}
