// Package gate is the only way from a message to this computer's keyboard and
// pointer. It asks the session for every single message and does nothing that
// the person does not allow at that moment.
package gate

import (
	"errors"
	"fmt"
	"image"
	"time"

	"lotse/capture/input"
	"lotse/participant/message"
	"lotse/participant/session"
)

// ErrDenied says that the person does not allow what a message wants.
var ErrDenied = errors.New("gate: not allowed")

// ErrStale says that a pointer position belongs to a layout of the monitors
// that is no longer there.
var ErrStale = errors.New("gate: position of an older layout")

// ErrElsewhere says that input would land outside the one window that the
// person shows.
var ErrElsewhere = errors.New("gate: outside the shared window")

// ErrNotInput says that a message is none of those that reach this computer.
var ErrNotInput = errors.New("gate: no input message")

// Permission says what may be done at this moment; session.Shared is one.
type Permission interface {
	Allows(g session.Grants) bool
}

// Area is what the person shows: the only part of the desktop that a pointer
// from afar can reach.
type Area struct {
	// Bounds is where it lies on the desktop, in pixels.
	Bounds image.Rectangle
	// Epoch is the layout it belongs to.
	Epoch uint32
	// Reach tells where input lands when one window is shown; nil means that
	// everything inside Bounds may be reached.
	Reach Reach
}

// Reach tells where input would land at this moment; a screen.Source of a
// window is one.
type Reach interface {
	// At reports whether a click at p, on the desktop, lands in the window.
	At(p image.Point) bool
	// Pointer reports whether a click lands in it where the pointer is.
	Pointer() bool
	// Keys reports whether what is typed goes to it.
	Keys() bool
}

// Gate lets input through, or not. Its methods may be called from one
// goroutine at a time; Guard below it may be stopped from any.
type Gate struct {
	allowed Permission
	guard   *input.Guard
	area    func() Area
	last    time.Time
	held    modifiers
}

// New returns a gate in front of guard. area returns what is shown now; it is
// asked for every position.
func New(allowed Permission, guard *input.Guard, area func() Area) *Gate {
	return &Gate{allowed: allowed, guard: guard, area: area}
}

// Handle carries out one input message that arrived at the time now, or says
// why not. Letting go of keys is always allowed.
func (g *Gate) Handle(m message.Message, now time.Time) error {
	if _, ok := m.(message.Release); ok {
		g.held = 0
		return wrap(g.guard.Release())
	}
	if !g.allowed.Allows(session.Control) {
		return fmt.Errorf("%w: message %d", ErrDenied, m.Kind())
	}
	if err := g.press(m); err != nil {
		return err
	}
	g.last = now
	return nil
}

// Last returns when input was last carried out; zero for never.
func (g *Gate) Last() time.Time { return g.last }

func (g *Gate) press(m message.Message) error {
	area := g.area()
	switch m := m.(type) {
	case message.Key:
		return g.key(m, area)
	case message.Letter:
		return g.letter(m, area)
	case message.Text:
		if err := area.typed(); err != nil {
			return err
		}
		return wrap(g.guard.Text(m.Text))
	case message.Button:
		if err := area.clicked(); m.Down && err != nil {
			return err
		}
		return wrap(g.guard.Button(m.Button, m.Down))
	case message.Wheel:
		if err := area.clicked(); err != nil {
			return err
		}
		return wrap(g.guard.Wheel(int(m.DX), int(m.DY)))
	case message.Locks:
		if err := area.typed(); err != nil {
			return err
		}
		return wrap(g.guard.SetLocks(m.On))
	case message.Move:
		return g.move(m, area)
	default:
		return fmt.Errorf("%w: %d", ErrNotInput, m.Kind())
	}
}

// letter presses the key of a letter. It is none of those that the system acts
// on; where it has no key, its usage is, and may be one.
func (g *Gate) letter(m message.Letter, area Area) error {
	if err := g.pressed(m.Usage, area); err != nil {
		return err
	}
	if err := g.guard.Letter(m.Usage, m.Letter, true); err != nil {
		return wrap(err)
	}
	g.held = g.held.after(m.Usage, true)
	return nil
}

// pressed returns why a key may not be pressed now.
func (g *Gate) pressed(u input.Usage, area Area) error {
	if err := area.typed(); err != nil {
		return err
	}
	if area.Reach != nil && g.held.leave(u) {
		return fmt.Errorf("%w: a key of the system", ErrElsewhere)
	}
	return nil
}

// key lets go of a key wherever it was pressed.
func (g *Gate) key(m message.Key, area Area) error {
	if m.Down {
		if err := g.pressed(m.Usage, area); err != nil {
			return err
		}
	}
	if err := g.guard.Key(m.Usage, m.Down); err != nil {
		return wrap(err)
	}
	g.held = g.held.after(m.Usage, m.Down)
	return nil
}

// move puts the pointer inside what is shown, wherever the message wants it.
func (g *Gate) move(m message.Move, area Area) error {
	if m.Epoch != area.Epoch || area.Bounds.Empty() {
		return ErrStale
	}
	at := image.Pt(
		min(max(m.At.X, 0), area.Bounds.Dx()-1),
		min(max(m.At.Y, 0), area.Bounds.Dy()-1),
	).Add(area.Bounds.Min)
	if area.Reach != nil && !area.Reach.At(at) {
		return ErrElsewhere
	}
	return wrap(g.guard.Move(at))
}

// typed returns why nothing may be typed now.
func (a Area) typed() error {
	if a.Reach != nil && !a.Reach.Keys() {
		return ErrElsewhere
	}
	return nil
}

// clicked returns why nothing may be clicked now.
func (a Area) clicked() error {
	if a.Reach != nil && !a.Reach.Pointer() {
		return ErrElsewhere
	}
	return nil
}

// Nowhere is a Reach that nothing reaches: the window that the person shows
// is closed, or not open yet.
type Nowhere struct{}

// At returns false.
func (Nowhere) At(image.Point) bool { return false }

// Pointer returns false.
func (Nowhere) Pointer() bool { return false }

// Keys returns false.
func (Nowhere) Keys() bool { return false }

func wrap(err error) error {
	if err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	return nil
}
