package stopkey

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Microsoft, "RegisterRawInputDevices" and "GetRawInputData".
const (
	onlyMessages = ^uintptr(2) // HWND_MESSAGE, -3: a window that nobody sees
	desktopPage  = 1           // HID usage page "generic desktop"
	keyboards    = 6           // its usage "keyboard"
	inBackground = 0x100       // RIDEV_INPUTSINK
	remove       = 1           // RIDEV_REMOVE
	ridInput     = 0x10000003  // RID_INPUT
	fromKeyboard = 1           // RIM_TYPEKEYBOARD
	goesUp       = 1           // RI_KEY_BREAK
)

// rawInput is told by the keyboards themselves, whichever window has the
// focus. A process has one such ear only: the last to open it gets the keys.
type rawInput struct {
	*user32
	window uintptr
	opened bool
}

// rawDevice is RAWINPUTDEVICE.
type rawDevice struct {
	page, usage uint16
	flags       uint32
	window      uintptr
}

// rawHeader is RAWINPUTHEADER.
type rawHeader struct {
	kind, size     uint32
	device, wParam uintptr
}

// rawKey is RAWINPUT as it is for a keyboard, and room for what a mouse sends.
type rawKey struct {
	rawHeader
	scan, flags, _, key uint16
	message, extra      uint32
	_                   [2]uint32
}

func (*rawInput) name() string { return "windows-rawinput" }

func (r *rawInput) open() error {
	// A class of the system's own needs no procedure of ours. Its messages
	// are taken from the queue before any procedure would see them.
	class, err := windows.UTF16PtrFromString("STATIC")
	if err != nil {
		return fmt.Errorf("class: %w", err)
	}
	r.window, _, err = r.createWindow.Call(0,
		uintptr(unsafe.Pointer(class)), //nolint:gosec // G103: the name ends in a zero
		0, 0, 0, 0, 0, 0, onlyMessages, 0, 0, 0)
	if r.window == 0 {
		return fmt.Errorf("CreateWindowEx: %w", err)
	}
	if err := r.register(rawDevice{desktopPage, keyboards, inBackground, r.window}); err != nil {
		return err
	}
	r.opened = true
	return nil
}

func (r *rawInput) register(d rawDevice) error {
	ok, _, err := r.registerRawInput.Call(uintptr(unsafe.Pointer(&d)), 1, unsafe.Sizeof(d)) //nolint:gosec // G103: Windows reads one and keeps none
	if ok == 0 {
		return fmt.Errorf("RegisterRawInputDevices: %w", err)
	}
	return nil
}

// hears reads the key and has the system free what it kept for us.
func (r *rawInput) hears(m *message) bool {
	if m.kind != messageInput {
		return false
	}
	var k rawKey
	size := uint32(unsafe.Sizeof(k))
	n, _, _ := r.getRawInput.Call(m.lParam, ridInput,
		uintptr(unsafe.Pointer(&k)), uintptr(unsafe.Pointer(&size)), //nolint:gosec // G103: size is the room in k
		unsafe.Sizeof(rawHeader{}))
	_, _, _ = r.defWindow.Call(m.window, uintptr(m.kind), m.wParam, m.lParam)
	if int32(n) <= 0 || k.kind != fromKeyboard || k.flags&goesUp != 0 {
		return false
	}
	return isF11(uint32(k.key), uint32(k.scan))
}

func (*rawInput) tick() error { return nil }

func (r *rawInput) close() error {
	var first error
	if r.opened {
		first = r.register(rawDevice{desktopPage, keyboards, remove, 0})
		r.opened = false
	}
	if r.window != 0 {
		if ok, _, err := r.destroyWindow.Call(r.window); ok == 0 && first == nil {
			first = fmt.Errorf("DestroyWindow: %w", err)
		}
		r.window = 0
	}
	return first
}
