package input

import (
	"errors"
	"fmt"

	"github.com/jezek/xgb/xproto"

	"lotse/capture/internal/x11"
)

func readLocks() (LockState, error) { return locksAt("") }

// locksAt reads the lock keys of a display; "" is the one in the environment.
func locksAt(display string) (LockState, error) {
	conn, err := x11.Dial(display, x11.Keyboard)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	defer conn.Close()
	return (&xserver{conn: conn}).Locks()
}

// lockModifiers returns the modifier of each lock key, 0 for none. On X11 a
// lock key is a modifier that stays; Scroll Lock is none on most layouts.
func (x *xserver) lockModifiers() (map[LockState]uint8, error) {
	out := make(map[LockState]uint8)
	for lock, sym := range map[LockState]xproto.Keysym{CapsLock: keysymCapsLock, NumLock: keysymNumLock, ScrollLock: keysymScrollLock} {
		mod, err := x.conn.ModifierOf(sym)
		if err != nil {
			return nil, fmt.Errorf("input: %w", err)
		}
		out[lock] = mod
	}
	return out, nil
}

// Locks returns which lock keys are on.
func (x *xserver) Locks() (LockState, error) {
	mods, err := x.lockModifiers()
	if err != nil {
		return 0, err
	}
	locked, err := x.conn.Locked()
	if err != nil {
		return 0, lockError(err)
	}
	var now LockState
	for lock, mod := range mods {
		if locked&mod != 0 {
			now |= lock
		}
	}
	return now, nil
}

// SetLocks locks the modifiers. No key is pressed for it.
func (x *xserver) SetLocks(want LockState) error {
	mods, err := x.lockModifiers()
	if err != nil {
		return err
	}
	var which, on uint8
	for lock, mod := range mods {
		which |= mod
		if want&lock != 0 {
			on |= mod
		}
	}
	return lockError(x.conn.Lock(which, on))
}

func lockError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, x11.ErrNoKeyboard):
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return fmt.Errorf("input: lock keys: %w", err)
}
