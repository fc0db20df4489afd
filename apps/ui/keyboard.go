package ui

import (
	"slices"

	"lotse/capture/input"
)

// Steering is where keys and pointer go.
type Steering interface {
	Pointing
	// Key presses or releases a physical key.
	Key(u input.Usage, down bool)
	// Letter presses the key that makes a letter over there, or u where none
	// does; Key with u lets go of it.
	Letter(u input.Usage, letter rune)
	// Text enters characters.
	Text(s string)
	// Locks says which lock keys are on here.
	Locks(on input.LockState)
	// Release lets go of everything that is held.
	Release()
}

// Usages of HID page 7 that are treated apart (HID Usage Tables 1.5, §10).
const (
	keyCapsLock   input.Usage = 0x39
	keyF11        input.Usage = 0x44
	keyScrollLock input.Usage = 0x47
	keyNumLock    input.Usage = 0x53
	keyLeftCtrl   input.Usage = 0xE0
	keyLeftAlt    input.Usage = 0xE2
	keyLeftSuper  input.Usage = 0xE3
	keyRightCtrl  input.Usage = 0xE4
	keyRightAlt   input.Usage = 0xE6
	keyRightSuper input.Usage = 0xE7
)

// keyboard decides what goes as text and what as keys (screen.md §5). With
// Ctrl, Alt or Super held it is the key of the letter, so that a shortcut is
// what its letter means on either layout; a key that prints nothing is the
// key; otherwise it is the character that came of it. So umlauts, AltGr and
// dead keys arrive as they were meant, whatever layout the other computer has,
// and nothing is sent twice.
//
// A modifier is held back until a key needs it. Then Shift and AltGr, which
// only made a character, never reach the other side, nor does the Ctrl that
// Windows invents before AltGr.
type keyboard struct {
	out     Steering
	pressed []input.Usage // modifiers that are down here
	waiting []input.Usage // of those, the ones not sent yet
	held    []input.Usage // keys that were sent down
	fresh   input.Usage   // the key whose first TypedKey is no repetition
	last    input.Usage   // the key that went down last
	moves   bool          // the keypad moves: Num Lock is off here
	lent    []input.Usage // modifiers that came with a caught key only
	leave   func()        // the right Ctrl was pressed alone
}

// down is a key pressed; letter is what is printed on it, 0 when that is
// unknown.
func (k *keyboard) down(u input.Usage, letter rune) {
	k.fresh, k.last = u, u
	k.lent = without(k.lent, u)
	switch {
	case u == 0 || local(u) || slices.Contains(k.pressed, u):
	case modifier(u):
		k.pressed = with(k.pressed, u)
		k.waiting = with(k.waiting, u)
	case k.prints(u) && !k.shortcut():
	case lettered(u) && letter > ' ':
		k.flush()
		k.held = with(k.held, u)
		k.out.Letter(u, letter)
	default:
		k.flush()
		k.send(u)
	}
}

func (k *keyboard) up(u input.Usage) {
	k.fresh = 0
	k.pressed = without(k.pressed, u)
	if slices.Contains(k.waiting, u) {
		k.waiting = without(k.waiting, u)
		if opens(u) { // alone it opens a menu
			k.out.Key(u, true)
			k.out.Key(u, false)
		}
		if u == keyRightCtrl && u == k.last && k.leave != nil {
			k.leave()
		}
		return
	}
	if slices.Contains(k.held, u) {
		k.held = without(k.held, u)
		k.out.Key(u, false)
	}
}

// caught is a key that the system would have acted on. It comes another way
// than the others and may overtake a modifier.
func (k *keyboard) caught(c chord) {
	switch {
	case !c.down:
		k.up(c.usage)
		for _, u := range slices.Clone(k.lent) {
			k.up(u)
		}
		k.lent = nil
	case slices.Contains(k.held, c.usage) && !modifier(c.usage):
		k.out.Key(c.usage, true) // it repeats
	default:
		var lent []input.Usage
		for _, u := range c.with {
			if !slices.Contains(k.pressed, u) {
				k.down(u, 0)
				lent = append(lent, u)
			}
		}
		k.down(c.usage, c.letter)
		k.lent = append(k.lent, lent...)
	}
}

// typed is Fyne's TypedKey: once for each press and again for each repetition.
func (k *keyboard) typed(u input.Usage) {
	if u == k.fresh {
		k.fresh = 0
		return
	}
	if slices.Contains(k.held, u) && !modifier(u) {
		k.out.Key(u, true)
	}
}

// char is a character that the keyboard here made.
func (k *keyboard) char(r rune) {
	const del = 0x7f
	if r < ' ' || r == del || k.shortcut() {
		return
	}
	for _, u := range slices.Clone(k.held) {
		if modifier(u) { // it belongs to the character now
			k.held = without(k.held, u)
			k.waiting = with(k.waiting, u)
			k.out.Key(u, false)
		}
	}
	k.out.Text(string(r))
}

// flush sends the modifiers that were held back, before a key or a click.
func (k *keyboard) flush() {
	for _, u := range k.waiting {
		k.send(u)
	}
	k.waiting = nil
}

// release forgets and lets go of everything.
func (k *keyboard) release() {
	k.pressed, k.waiting, k.held, k.lent, k.fresh, k.last = nil, nil, nil, nil, 0, 0
	k.out.Release()
}

func (k *keyboard) send(u input.Usage) {
	k.held = with(k.held, u)
	k.out.Key(u, true)
}

// shortcut reports whether keys go as keys now. The right Alt is AltGr.
func (k *keyboard) shortcut() bool {
	if slices.Contains(k.pressed, keyRightAlt) {
		return false
	}
	return slices.ContainsFunc(k.pressed, func(u input.Usage) bool {
		return u == keyLeftCtrl || u == keyRightCtrl || u == keyLeftAlt || u == keyLeftSuper || u == keyRightSuper
	})
}

// local keys never leave: F11 is the other person's stop key, and the
// locks have a message of their own.
func local(u input.Usage) bool {
	return u == keyF11 || u == keyCapsLock || u == keyNumLock || u == keyScrollLock
}

func modifier(u input.Usage) bool { return u >= keyLeftCtrl && u <= keyRightSuper }

func opens(u input.Usage) bool {
	return u == keyLeftAlt || u == keyLeftSuper || u == keyRightSuper
}

// lettered reports whether a key's letter is part of shortcuts. The keypad has
// the digits twice, and means its own.
func lettered(u input.Usage) bool {
	return u >= 0x04 && u <= 0x27 || u >= 0x2D && u <= 0x38 || u == 0x64
}

// prints reports whether a key makes characters now.
func (k *keyboard) prints(u input.Usage) bool {
	return prints(u) && (!k.moves || !pad(u))
}

// pad reports whether a key of the keypad is another one without Num Lock.
func pad(u input.Usage) bool { return u >= 0x59 && u <= 0x63 }

// prints reports whether a key makes characters on some layout.
func prints(u input.Usage) bool {
	switch {
	case u >= 0x04 && u <= 0x27, // letters and digits
		u >= 0x2C && u <= 0x38,          // space and punctuation
		u >= 0x54 && u <= 0x57,          // keypad / * - +
		u >= 0x59 && u <= 0x64,          // keypad digits, and the key beside the left Shift
		u == 0x67, u == 0x87, u == 0x89: // keypad =, Japanese keys
		return true
	}
	return false
}

func with(s []input.Usage, u input.Usage) []input.Usage {
	if slices.Contains(s, u) {
		return s
	}
	return append(s, u)
}

func without(s []input.Usage, u input.Usage) []input.Usage {
	return slices.DeleteFunc(s, func(x input.Usage) bool { return x == u })
}
