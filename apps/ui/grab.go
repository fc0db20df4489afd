package ui

import (
	"time"

	"fyne.io/fyne/v2"

	"lotse/capture/input"
)

// Grabber takes the keys that this computer's system would act on itself:
// Alt+Tab, the Windows key, Ctrl+Esc.
type Grabber interface {
	// Take begins to take them; it returns false where the system does not let
	// that happen at this moment.
	Take() bool
	// Give leaves them to the system again.
	Give()
}

// grabEvery is how soon a grab that failed is tried again: a window manager
// has the keyboard to itself while it changes windows.
const grabEvery = 100 * time.Millisecond

// grabTries is how often: for five seconds. Later the person has seen that it
// did not work and can click into the picture once more.
const grabTries = 50

// grab takes the system's keys while they should go to the other side. Fyne's
// goroutine uses it.
type grab struct {
	by      Grabber // nil takes none
	later   func(time.Duration, func())
	changed func()

	wanted bool
	held   bool
	turn   int // counts what was wanted, so that an attempt knows it is too late
}

func (g *grab) set(wanted bool) {
	if wanted = wanted && g.by != nil; wanted == g.wanted {
		return
	}
	g.wanted = wanted
	g.turn++
	if wanted {
		g.try(g.turn, grabTries)
		return
	}
	if g.held {
		g.by.Give()
		g.held = false
		g.changed()
	}
}

func (g *grab) try(turn, tries int) {
	switch {
	case turn != g.turn || tries == 0:
	case g.by.Take():
		g.held = true
		g.changed()
	default:
		g.later(grabEvery, func() { g.try(turn, tries-1) })
	}
}

// SetGrab takes the system's keys from now on whenever keys go to the other
// side, or with nil no longer.
func (v *ScreenView) SetGrab(by Grabber) {
	v.grab.set(false)
	v.grab.by = by
	v.attend()
}

// Grabs reports whether the system's keys go to the other side at this moment.
func (v *ScreenView) Grabs() bool { return v.grab.held }

func (v *ScreenView) grabbed() {
	if v.OnGrab != nil {
		v.OnGrab()
	}
}

// CanGrab reports whether NewGrabber's can take anything here. That is not
// certain before the first Take.
func CanGrab() bool { return canGrab }

// NewGrabber returns what takes the system's keys for a window and hands them
// to its view. run is fyne.Do.
func NewGrabber(w fyne.Window, v *ScreenView, run func(func())) Grabber {
	return newGrabber(w, v, run)
}

// chord is a key that the system would have acted on.
type chord struct {
	usage input.Usage
	// letter is what is printed on it, 0 for nothing or when it goes up.
	letter rune
	down   bool
	// with are the modifiers that were held when it went down.
	with []input.Usage
}

// caught sends a key that did not reach the window.
func (v *ScreenView) caught(c chord) {
	if !v.control || !v.focused || !v.grab.held {
		return
	}
	v.pointer.flush()
	v.keyboard.caught(c)
}
