package stopkey

import (
	"errors"
	"fmt"
)

// combinations is how many ways there are to hold Alt, Ctrl, Shift and the
// Windows key. A hot key is heard with exactly its own modifiers only, so
// that one without any is deaf while somebody holds Ctrl.
const combinations = 1 << 4

// noRepeat is MOD_NOREPEAT: told once for a key that stays down.
const noRepeat = 0x4000

// hotKeys is F11 with every combination of modifiers (Microsoft,
// "RegisterHotKey").
type hotKeys struct {
	*user32
	held []uintptr
}

func (h *hotKeys) name() string {
	if n := len(h.held); n > 0 && n < combinations {
		return "windows-hotkeys-partly"
	}
	return "windows-hotkeys"
}

// open takes what it can; the other ways hear the rest.
func (h *hotKeys) open() error {
	var errs []error
	for mask := range uintptr(combinations) {
		if err := h.register(mask); err != nil {
			errs = append(errs, err)
			continue
		}
		h.held = append(h.held, mask)
	}
	if len(h.held) == 0 {
		return errors.Join(errs...)
	}
	return nil
}

// register takes F11 with one combination, which is also the key's number.
func (h *hotKeys) register(mask uintptr) error {
	if ok, _, err := h.registerHotKey.Call(0, mask, mask|noRepeat, keyF11); ok == 0 {
		return fmt.Errorf("RegisterHotKey with %#x: %w", mask, err)
	}
	return nil
}

func (*hotKeys) hears(m *message) bool { return m.kind == messageHotKey }

func (*hotKeys) tick() error { return nil }

func (h *hotKeys) close() error {
	var errs []error
	for _, mask := range h.held {
		if ok, _, err := h.unregisterHotKey.Call(0, mask); ok == 0 {
			errs = append(errs, fmt.Errorf("UnregisterHotKey with %#x: %w", mask, err))
		}
	}
	h.held = nil
	return errors.Join(errs...)
}
