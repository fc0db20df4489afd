package keygrab

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"unicode"
	"unsafe"

	"golang.org/x/sys/windows"

	"lotse/capture/internal/winthread"
)

// Values of the functions below (Microsoft, winuser.h).
const (
	keyboardLowLevel = 13     // WH_KEYBOARD_LL
	keyDown          = 0x0100 // WM_KEYDOWN
	systemKeyDown    = 0x0104 // WM_SYSKEYDOWN: with Alt
	extended         = 0x01   // LLKHF_EXTENDED
	toScanCode       = 4      // MAPVK_VK_TO_VSC_EX
	toLetter         = 2      // MAPVK_VK_TO_CHAR
	isDown           = 0x8000
	prefix           = 0x100 // how Key marks E0
)

// errOpen says that there is a Grab already.
var errOpen = errors.New("keygrab: keys are kept already")

// winHook is a hook that is told of every key before any program, and may keep
// it (Microsoft, "LowLevelKeyboardProc"). Its thread does nothing else: while
// one of its calls lasts no key arrives anywhere.
type winHook struct {
	api    *user32
	thread *winthread.Thread
	hear   func(Key)
	// the thread owns the fields below
	sieve  *sieve
	handle uintptr
}

func open(hear func(Key)) (hook, error) {
	api, err := loadUser32()
	if err != nil {
		return nil, err
	}
	h := &winHook{api: api, hear: hear, sieve: newSieve()}
	if !inPlace.CompareAndSwap(nil, h) {
		return nil, errOpen
	}
	h.thread, err = winthread.Start(h.open, func(*winthread.Message) {}, h.shut)
	if err != nil {
		return nil, fmt.Errorf("keygrab: %w", err)
	}
	return h, nil
}

func (h *winHook) open() error {
	for vk := range h.sieve.modifiers {
		if state, _, _ := h.api.keyState.Call(uintptr(vk)); state&isDown != 0 {
			h.sieve.held = append(h.sieve.held, vk)
		}
	}
	handle, _, err := h.api.setHook.Call(keyboardLowLevel, entry(), 0, 0)
	if handle == 0 {
		return fmt.Errorf("SetWindowsHookEx: %w", err)
	}
	h.handle = handle
	return nil
}

// shut takes the hook out on its thread.
func (h *winHook) shut() error {
	inPlace.Store(nil)
	if h.handle == 0 {
		return nil
	}
	if ok, _, err := h.api.unhook.Call(h.handle); ok == 0 {
		return fmt.Errorf("UnhookWindowsHookEx: %w", err)
	}
	return nil
}

func (h *winHook) close() error {
	if err := h.thread.Close(); err != nil {
		return fmt.Errorf("keygrab: %w", err)
	}
	return nil
}

// inPlace is the hook that entry's calls are for: Windows gives them nothing
// of ours.
//
//nolint:gochecknoglobals // see above
var inPlace atomic.Pointer[winHook]

// entry returns the address that Windows calls for each key.
//
//nolint:gochecknoglobals // set once; Go never gives an address for callbacks back, and has 2000 of them
var entry = sync.OnceValue(func() uintptr { return windows.NewCallback(key) })

// keyInfo is KBDLLHOOKSTRUCT.
type keyInfo struct {
	vk, scan, flags, time uint32
	extra                 uintptr
}

// key is LowLevelKeyboardProc; 1 keeps a key.
func key(code int32, kind uintptr, info *keyInfo) uintptr {
	h := inPlace.Load()
	if h == nil {
		return 0
	}
	if code >= 0 && h.take(*info, kind == keyDown || kind == systemKeyDown) {
		return 1
	}
	next, _, _ := h.api.nextHook.Call(0, uintptr(code), kind, uintptr(unsafe.Pointer(info))) //nolint:gosec // G103: what Windows gave us goes back to it
	return next
}

// take hands a key on and reports whether it is kept.
func (h *winHook) take(info keyInfo, down bool) bool {
	p := press{vk: info.vk, scan: h.scan(info), down: down}
	with, kept := h.sieve.keep(p)
	if kept {
		h.hear(Key{Scan: p.scan, Letter: h.letter(info.vk), Down: down, With: with})
	}
	return kept
}

// scan returns a key's scan code. A program that presses keys may leave it
// out.
func (h *winHook) scan(info keyInfo) int {
	const e0 = 0xE0
	if info.scan == 0 {
		code, _, _ := h.api.mapKey.Call(uintptr(info.vk), toScanCode)
		if code>>8 == e0 {
			return int(code&0xFF) | prefix
		}
		return int(code & 0xFF)
	}
	if info.flags&extended != 0 {
		return int(info.scan&0xFF) | prefix
	}
	return int(info.scan & 0xFF)
}

// letter returns what is printed on a key; a dead key's has the highest bit.
func (h *winHook) letter(vk uint32) rune {
	code, _, _ := h.api.mapKey.Call(uintptr(vk), toLetter)
	r := unicode.ToLower(rune(code & 0xFFFF))
	if !unicode.IsPrint(r) || r == ' ' {
		return 0
	}
	return r
}

type user32 struct {
	setHook, unhook, nextHook, keyState, mapKey *windows.LazyProc
}

func loadUser32() (*user32, error) {
	dll := windows.NewLazySystemDLL("user32.dll")
	u := &user32{
		setHook: dll.NewProc("SetWindowsHookExW"), unhook: dll.NewProc("UnhookWindowsHookEx"),
		nextHook: dll.NewProc("CallNextHookEx"), keyState: dll.NewProc("GetAsyncKeyState"), mapKey: dll.NewProc("MapVirtualKeyW"),
	}
	for _, p := range []*windows.LazyProc{u.setHook, u.unhook, u.nextHook, u.keyState, u.mapKey} {
		if err := p.Find(); err != nil {
			return nil, fmt.Errorf("keygrab: %w", err)
		}
	}
	return u, nil
}
