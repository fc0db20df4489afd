package gate

import "lotse/capture/input"

// Keys of HID page 7 (HID Usage Tables 1.5, section 10) that a system acts on
// itself, whatever window has the focus.
const (
	escape      input.Usage = 0x29
	tab         input.Usage = 0x2B
	space       input.Usage = 0x2C
	firstF      input.Usage = 0x3A
	f4          input.Usage = 0x3D
	lastF       input.Usage = 0x45
	printScreen input.Usage = 0x46
	power       input.Usage = 0x66
	leftControl input.Usage = 0xE0
	lastKey     input.Usage = 0xE7
)

// modifiers are those that are held, a bit for each from left Ctrl on.
type modifiers uint8

// The modifiers of both sides.
const (
	control modifiers = 1<<0 | 1<<4
	alt     modifiers = 1<<2 | 1<<6
	system  modifiers = 1<<3 | 1<<7 // the Windows or command key
)

// after returns what is held after a key went down or up.
func (m modifiers) after(u input.Usage, down bool) modifiers {
	bit := bitOf(u)
	if down {
		return m | bit
	}
	return m &^ bit
}

// bitOf returns the bit of a modifier, 0 for every other key.
func bitOf(u input.Usage) modifiers {
	if u < leftControl || u > lastKey {
		return 0
	}
	return 1 << (u - leftControl)
}

// leave reports whether a key that goes down while m is held is one that the
// system acts on: it opens a menu, changes to another window or starts a
// program. Whoever may steer one window must not press these.
func (m modifiers) leave(u input.Usage) bool {
	switch {
	case bitOf(u)&system != 0, m&system != 0, u == printScreen, u == power:
		return true
	case m&alt != 0 && m&control != 0:
		return bitOf(u) == 0
	case m&alt != 0:
		return u == tab || u == escape || u == space || u >= firstF && u <= lastF && u != f4
	case m&control != 0:
		return u == escape
	}
	return false
}
