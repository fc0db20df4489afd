package input

import (
	"image"
	"time"
)

// noMacKey stands for a key that macOS doesn't have; 0 is its A.
const noMacKey = 0xFFFF

// macCodes returns the key code of macOS for each usage (Apple, HIToolbox,
// Events.h; HID Usage Tables 1.5, section 10). Print, Scroll Lock and Pause of
// a PC keyboard are F13 to F15 there, Insert is Help and Num Lock is Clear.
func macCodes() [lastUsage + 1]uint16 {
	t := [lastUsage + 1]uint16{
		0x04: 0x00, 0x0B, 0x08, 0x02, 0x0E, 0x03, 0x05, 0x04, 0x22, 0x26, 0x28, 0x25, 0x2E, // A … M
		0x11: 0x2D, 0x1F, 0x23, 0x0C, 0x0F, 0x01, 0x11, 0x20, 0x09, 0x0D, 0x07, 0x10, 0x06, // N … Z
		0x1E: 0x12, 0x13, 0x14, 0x15, 0x17, 0x16, 0x1A, 0x1C, 0x19, 0x1D, // 1 … 0
		0x28: 0x24, 0x35, 0x33, 0x30, 0x31, 0x1B, 0x18, 0x21, 0x1E, 0x2A, 0x2A, // Enter … #
		0x33: 0x29, 0x27, 0x32, 0x2B, 0x2F, 0x2C, 0x39, // ; … Caps Lock
		0x3A: 0x7A, 0x78, 0x63, 0x76, 0x60, 0x61, 0x62, 0x64, 0x65, 0x6D, // F1 … F10
		0x45: 0x6F, 0x69, 0x6B, 0x71, // F12, Print, Scroll Lock, Pause
		0x49: 0x72, 0x73, 0x74, 0x75, 0x77, 0x79, 0x7C, 0x7B, 0x7D, 0x7E, // Insert … Up
		0x53: 0x47, 0x4B, 0x43, 0x4E, 0x45, 0x4C, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5B, 0x5C, 0x52, 0x41, // keypad
		0x64: 0x0A, 0x6E, // beside the left Shift, Menu
		0x67: 0x51, 0x69, 0x6B, 0x71, 0x6A, 0x40, 0x4F, 0x50, 0x5A, // keypad =, F13 … F20
		0x7F: 0x4A, 0x48, 0x49, // mute, louder, quieter
		0x85: 0x5F,       // keypad comma
		0x87: 0x5E,       // Ro
		0x89: 0x5D,       // Yen
		0x90: 0x68, 0x66, // Kana, Eisu
		0xE0: 0x3B, 0x38, 0x3A, 0x37, 0x3E, 0x3C, 0x3D, 0x36, // modifiers
	}
	for u := range t {
		if t[u] == 0 && u != 0x04 {
			t[u] = noMacKey
		}
	}
	return t
}

// macFlag returns what a held modifier adds to the flags of events, and 0 for
// every other key (Apple, IOKit, IOLLEvent.h: the modifier, and which of the
// two keys).
func macFlag(u Usage) uint64 {
	const shift, control, option, command = 1 << 17, 1 << 18, 1 << 19, 1 << 20
	if u < firstModifier || u > lastUsage {
		return 0
	}
	return [...]uint64{
		control | 0x1, shift | 0x2, option | 0x20, command | 0x8,
		control | 0x2000, shift | 0x4, option | 0x40, command | 0x10,
	}[u-firstModifier]
}

// macFlags returns the flags of events while keys are held.
func macFlags(held map[Usage]bool) uint64 {
	var flags uint64
	for u, down := range held {
		if down {
			flags |= macFlag(u)
		}
	}
	return flags
}

// The times and places in which clicks count as one: what macOS has until a
// person changes it, and the width of a trembling hand.
const (
	doubleClick = 500 * time.Millisecond
	tremble     = 4 // pixels
)

// clicks counts presses of a button: macOS leaves it to whoever posts an event
// to say that it is the second of a double click.
type clicks struct {
	button Button
	at     image.Point
	when   time.Time
	n      int64
}

// press returns which press in a row this is, from 1.
func (c *clicks) press(b Button, at image.Point, now time.Time) int64 {
	away := at.Sub(c.at)
	again := c.n > 0 && c.button == b && now.Sub(c.when) <= doubleClick && abs(away.X) <= tremble && abs(away.Y) <= tremble
	if !again {
		c.n = 0
	}
	c.button, c.at, c.when = b, at, now
	c.n++
	return c.n
}
