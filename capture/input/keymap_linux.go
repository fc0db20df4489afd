package input

import (
	"fmt"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// rest is how long a borrowed key keeps its character after it was last
// pressed. A program looks the character up when it gets to the key press;
// a key that changed its meaning before that would type something else. On a
// machine with six times the work it can do, 150 ms were too short.
const rest = 400 * time.Millisecond

// unicodeKeysym is what X11 adds to a code point outside Latin-1 (X Window
// System Protocol, appendix A, "Unicode KEYSYMs").
const unicodeKeysym = 0x01000000

// The keysyms of keys that text needs beside characters.
const (
	keysymTab        xproto.Keysym = 0xff09
	keysymReturn     xproto.Keysym = 0xff0d
	keysymCapsLock   xproto.Keysym = 0xffe5
	keysymNumLock    xproto.Keysym = 0xff7f
	keysymScrollLock xproto.Keysym = 0xff14
	keysymShift      xproto.Keysym = 0xffe1
)

// groupShift is where the XKB group stands in a core state (The X Keyboard
// Extension, section 11.1.1).
const groupShift = 13

// keymap finds a key for a character. A character that the person's layout
// has without dead keys or third levels takes its own key. Any other one
// borrows a key code that no key has, and several characters borrow several:
// a key is given another character only after a rest.
type keymap struct {
	conn        *xgb.Conn
	first, last xproto.Keycode
	real        [256]bool // by key code: a keyboard has it, and we may press it
	per         int       // keysyms a key code
	syms        []xproto.Keysym
	spares      []spare
}

// spare is a key code that no key has.
type spare struct {
	code xproto.Keycode
	sym  xproto.Keysym // 0 while it stands for nothing
	used time.Time
}

// stopCode is the stop key's code: never pressed, whatever a layout puts there.
const stopCode = xproto.Keycode(evdevShift + 87)

// newKeymap reads the layout of the server at the other end of conn.
func newKeymap(conn *xgb.Conn, codes [lastUsage + 1]uint8) (*keymap, error) {
	setup := xproto.Setup(conn)
	k := &keymap{conn: conn, first: setup.MinKeycode, last: setup.MaxKeycode}
	for _, c := range codes {
		if c != 0 {
			k.real[c+evdevShift] = true
		}
	}
	return k, k.load()
}

// stroke is a key press and what has to be done around it: hold shift, and
// tap lock to switch it off and on again. 0 means not needed.
type stroke struct{ key, shift, lock xproto.Keycode }

// drain throws away what the server sent on its own. That the layout changed is
// no news: it is read again before each use, since a connection that turned a
// lock key by the XKB extension is told of nothing any more.
func (k *keymap) drain() {
	for {
		if e, err := k.conn.PollForEvent(); e == nil && err == nil {
			return
		}
	}
}

// load reads the layout and finds out which key codes are spare. A borrowed
// one that somebody else has changed is no longer ours.
func (k *keymap) load() error {
	count := byte(k.last - k.first + 1)
	r, err := xproto.GetKeyboardMapping(k.conn, k.first, count).Reply()
	if err != nil {
		return fmt.Errorf("input: read the layout: %w", err)
	}
	per := int(r.KeysymsPerKeycode)
	if per == 0 || len(r.Keysyms) < per*int(count) {
		return fmt.Errorf("input: a layout of %d keysyms", len(r.Keysyms))
	}
	k.per, k.syms = per, r.Keysyms
	ours := make(map[xproto.Keycode]spare)
	for _, s := range k.spares {
		ours[s.code] = s
	}
	k.spares = k.spares[:0]
	for i := range int(count) {
		code := k.first + xproto.Keycode(i)
		s, known := ours[code]
		switch {
		case known && s.sym != 0 && k.at(code, 0) == s.sym:
			k.spares = append(k.spares, s)
		case k.empty(code) && !k.real[code] && code != stopCode:
			k.spares = append(k.spares, spare{code: code})
		}
	}
	return nil
}

// strokes returns the keys to press for s in the given state of modifiers.
func (k *keymap) strokes(s string, state uint16) ([]stroke, error) {
	if err := k.load(); err != nil {
		return nil, err
	}
	var out []stroke
	for _, r := range s {
		st, err := k.stroke(keysym(r), state)
		if err != nil {
			return nil, err
		}
		out = append(out, st)
	}
	return out, nil
}

func (k *keymap) stroke(sym xproto.Keysym, state uint16) (stroke, error) {
	var st stroke
	if state&xproto.ModMaskLock != 0 {
		st.lock = k.find(keysymCapsLock, 0)
	}
	column := 2 * int(state>>groupShift&3)
	plain := state&(xproto.ModMaskShift|xproto.ModMask5) == 0 && column <= 2
	if plain {
		if st.key = k.find(sym, column); st.key != 0 {
			return st, nil
		}
		st.key, st.shift = k.find(sym, column+1), k.find(keysymShift, 0)
		if st.key != 0 && st.shift != 0 {
			return st, nil
		}
		st.shift = 0
	}
	var err error
	st.key, err = k.borrow(sym)
	return st, err
}

// place returns the key that makes sym in a group of the layout, alone or
// else with Shift, 0 for none.
func (k *keymap) place(sym xproto.Keysym, state uint16) (xproto.Keycode, error) {
	if err := k.load(); err != nil {
		return 0, err
	}
	column := 2 * int(state>>groupShift&3)
	if code := k.find(sym, column); code != 0 {
		return code, nil
	}
	return k.find(sym, column+1), nil
}

// borrow returns a key code that stands for sym from now on.
func (k *keymap) borrow(sym xproto.Keysym) (xproto.Keycode, error) {
	now := time.Now()
	if len(k.spares) == 0 {
		return 0, fmt.Errorf("%w: all key codes are taken", ErrNoKey)
	}
	oldest := &k.spares[0]
	for i := range k.spares {
		s := &k.spares[i]
		if s.sym == sym {
			s.used = now
			return s.code, nil
		}
		if s.used.Before(oldest.used) {
			oldest = s
		}
	}
	if left := rest - now.Sub(oldest.used); left > 0 {
		return 0, BusyError{For: left}
	}
	if err := k.change(oldest.code, sym); err != nil {
		return 0, err
	}
	oldest.sym, oldest.used = sym, now
	return oldest.code, nil
}

// change gives a key code a character, the same with and without Shift, and
// waits until the server has told every program.
func (k *keymap) change(code xproto.Keycode, sym xproto.Keysym) error {
	err := xproto.ChangeKeyboardMappingChecked(k.conn, 1, code, 2, []xproto.Keysym{sym, sym}).Check()
	if err != nil {
		return fmt.Errorf("input: borrow key code %d: %w", code, err)
	}
	return nil
}

// restore gives every borrowed key code back.
func (k *keymap) restore() error {
	if err := k.load(); err != nil {
		return err
	}
	for i, s := range k.spares {
		if s.sym == 0 {
			continue
		}
		if err := k.change(s.code, 0); err != nil {
			return err
		}
		k.spares[i].sym = 0
	}
	return nil
}

// find returns the first key that has sym in a column, 0 for none. Borrowed
// keys do not count, they have to be asked by borrow.
func (k *keymap) find(sym xproto.Keysym, column int) xproto.Keycode {
	for i := range len(k.syms) / k.per {
		code := k.first + xproto.Keycode(i)
		if k.at(code, column) == sym && k.real[code] {
			return code
		}
	}
	return 0
}

func (k *keymap) at(code xproto.Keycode, column int) xproto.Keysym {
	if column >= k.per {
		return 0
	}
	return k.syms[int(code-k.first)*k.per+column]
}

func (k *keymap) empty(code xproto.Keycode) bool {
	for c := range k.per {
		if k.at(code, c) != 0 {
			return false
		}
	}
	return true
}

func keysym(r rune) xproto.Keysym {
	switch {
	case r == '\n':
		return keysymReturn
	case r == '\t':
		return keysymTab
	case r >= 0x20 && r <= 0x7e, r >= 0xa0 && r <= 0xff:
		return xproto.Keysym(r)
	}
	return unicodeKeysym | xproto.Keysym(r)
}
