package x11

import (
	"errors"
	"fmt"
	"slices"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Keyboard is the name of the extension that Locked and Lock need.
const Keyboard = "XKEYBOARD"

// ErrNoKeyboard says that the server has no keyboard extension.
var ErrNoKeyboard = errors.New("x11: no keyboard extension")

// The requests of the keyboard extension that are used here (The X Keyboard
// Extension: Protocol Specification 1.0, appendix D).
const (
	xkbUseExtension   = 0
	xkbGetState       = 4
	xkbLatchLockState = 5

	// coreKeyboard is the device that all keyboards of a person make up.
	coreKeyboard = 0x100

	lockedAt  = 11 // where the locked modifiers stand in a state
	stateSize = 32
)

// Locked returns which modifiers are locked, as a set of xproto.ModMask bits.
func (c *Conn) Locked() (uint8, error) {
	if err := c.useKeyboard(); err != nil {
		return 0, err
	}
	body := xgb.Get32([]byte{coreKeyboard & 0xFF, coreKeyboard >> 8, 0, 0})
	reply, err := c.keyboard(xkbGetState, true, body)
	if err != nil {
		return 0, err
	}
	if len(reply) < stateSize {
		return 0, fmt.Errorf("x11: keyboard state of %d bytes", len(reply))
	}
	return reply[lockedAt], nil
}

// Lock locks the modifiers of which that are in on, and unlocks the others of
// which. No key is pressed for that, and no program sees one.
func (c *Conn) Lock(which, on uint8) error {
	if err := c.useKeyboard(); err != nil {
		return err
	}
	body := xgb.Get32([]byte{coreKeyboard & 0xFF, coreKeyboard >> 8, which, on & which})
	_, err := c.keyboard(xkbLatchLockState, false, body, 0, 0)
	return err
}

// useKeyboard says once which version we speak; without it every other
// request is refused.
func (c *Conn) useKeyboard() error {
	if c.usesKeyboard {
		return nil
	}
	if !c.Has(Keyboard) {
		return ErrNoKeyboard
	}
	const version = 1 // 1.0: major, then minor
	reply, err := c.keyboard(xkbUseExtension, true, version)
	if err != nil {
		return err
	}
	if len(reply) < 2 || reply[1] == 0 {
		return ErrNoKeyboard
	}
	c.usesKeyboard = true
	return nil
}

// keyboard sends a request of the extension and waits until it is carried out.
func (c *Conn) keyboard(minor byte, replies bool, body ...uint32) ([]byte, error) {
	c.ExtLock.RLock()
	major := c.Extensions[Keyboard]
	c.ExtLock.RUnlock()
	const header = 4
	b := make([]byte, header+4*len(body))
	b[0], b[1] = major, minor
	xgb.Put16(b[2:], uint16(len(body)+1))
	for i, word := range body {
		xgb.Put32(b[header+4*i:], word)
	}
	cookie := c.NewCookie(true, replies)
	c.NewRequest(b, cookie)
	if !replies {
		if err := cookie.Check(); err != nil {
			return nil, fmt.Errorf("x11: keyboard request %d: %w", minor, err)
		}
		return nil, nil
	}
	reply, err := cookie.Reply()
	if err != nil {
		return nil, fmt.Errorf("x11: keyboard request %d: %w", minor, err)
	}
	return reply, nil
}

// ModifierOf returns the modifier that a key with keysym sym sets, as a bit
// of xproto.ModMask, or 0 when no such key does.
func (c *Conn) ModifierOf(sym xproto.Keysym) (uint8, error) {
	first, count := c.Setup.MinKeycode, byte(c.Setup.MaxKeycode-c.Setup.MinKeycode+1)
	keys, err := xproto.GetKeyboardMapping(c.Conn, first, count).Reply()
	if err != nil {
		return 0, fmt.Errorf("x11: read the layout: %w", err)
	}
	mods, err := xproto.GetModifierMapping(c.Conn).Reply()
	if err != nil {
		return 0, fmt.Errorf("x11: read the modifiers: %w", err)
	}
	per, each := int(keys.KeysymsPerKeycode), int(mods.KeycodesPerModifier)
	for i, code := range mods.Keycodes {
		at := int(code) - int(first)
		if code == 0 || at < 0 || (at+1)*per > len(keys.Keysyms) {
			continue
		}
		if slices.Contains(keys.Keysyms[at*per:(at+1)*per], sym) {
			return 1 << (i / each), nil
		}
	}
	return 0, nil
}
