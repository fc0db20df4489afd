// Package keygrab keeps the keys that Windows would act on itself, such as
// Alt+Tab and the Windows key, from it and says which they were: a moderator
// presses them for another computer. It listens only between Open and Close.
//
// All other keys pass, F11 always: where it stops remote control it must be
// heard. Windows itself keeps Ctrl+Alt+Del and Windows key+L.
package keygrab

import "errors"

// ErrUnsupported says that there is nothing to keep keys from here.
var ErrUnsupported = errors.New("keygrab: only on Windows")

// Key is a key that was kept from the system.
type Key struct {
	// Scan is its scan code of set 1; 0x100 marks one with the prefix E0.
	Scan int
	// Letter is what is printed on it, 0 for nothing.
	Letter rune
	Down   bool
	// With are the scan codes of the modifiers that were held.
	With []int
}

// Grab keeps keys until it is closed.
type Grab struct {
	hook hook
}

// hook is what a system needs for it.
type hook interface {
	close() error
}

// Open begins. hear is called on a thread of its own for each key and has to
// return at once: every key of this computer waits for it. There can be one
// Grab at a time.
func Open(hear func(Key)) (*Grab, error) {
	h, err := open(hear)
	if err != nil {
		return nil, err
	}
	return &Grab{h}, nil
}

// Close ends it.
func (g *Grab) Close() error { return g.hook.close() }
