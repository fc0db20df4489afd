package input

import (
	"errors"
	"fmt"
	"image"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"
)

// ErrStopped says that the person at this computer stopped remote control.
var ErrStopped = errors.New("input: stopped")

// ErrStopKey says that a peer wants to press the key that stops remote
// control. Only the person at this computer presses it.
var ErrStopKey = errors.New("input: the stop key is not pressed from afar")

// ErrRange says that an event names a key, button, position or amount that
// does not exist, or a text that is too long or holds control characters.
var ErrRange = errors.New("input: no such event")

// StopKey is F11, the usage that Guard never lets through.
const StopKey Usage = 0x44

const (
	// firstUsage and lastUsage span the keys of HID page 7: 0 to 3 are
	// error codes and 0xE7 is the last modifier (HID Usage Tables 1.5,
	// section 10).
	firstUsage    Usage = 0x04
	firstModifier Usage = 0xE0
	lastUsage     Usage = 0xE7

	// MaxText is the longest text at once in characters. The longest message
	// holds 1024 bytes, so that one that arrived whole is never refused here.
	MaxText = 1024

	// maxTurn bounds one turn of the wheel to 100 notches.
	maxTurn = 100 * 120

	// maxCoordinate is the farthest pixel that X11 can name.
	maxCoordinate = 1<<15 - 1
)

// Guard is the only door to an Injector. It asks before every single event
// whether it was stopped, never presses the stop key, and knows what is held.
// Its methods may be called from any goroutine. A new Guard lets events
// through.
type Guard struct {
	stopped atomic.Bool
	last    atomic.Int64  // Unix nanoseconds of the last event, 0 for none
	halt    chan struct{} // holds a token while a wait should end

	// mu guards the fields below and every call of inj.
	mu      sync.Mutex
	inj     Injector
	keys    []Usage // held, in the order of pressing
	buttons []Button
	locks   lockMemory
	moved   map[Usage]Usage // keys pressed elsewhere, by what they are called
}

// NewGuard returns a guard in front of inj. From then on nobody else may use
// inj, except to close it.
func NewGuard(inj Injector) *Guard {
	return &Guard{inj: inj, halt: make(chan struct{}, 1), moved: make(map[Usage]Usage)}
}

// Key presses or releases a physical key. To release a key that is not held
// does nothing, so that no peer lets go of what the person holds.
func (g *Guard) Key(u Usage, down bool) error { return g.press(u, 0, down) }

// press is Key, or Letter when r is not 0.
func (g *Guard) press(u Usage, r rune, down bool) error {
	if u == StopKey {
		return ErrStopKey
	}
	if u < firstUsage || u > lastUsage {
		return fmt.Errorf("%w: usage %#x", ErrRange, uint16(u))
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	at := g.placeLocked(u, r, down)
	if at == StopKey {
		return ErrStopKey
	}
	if !down && !slices.Contains(g.keys, at) {
		return g.openLocked()
	}
	return g.keyLocked(at, down)
}

// Button presses or releases a mouse button where the pointer is.
func (g *Guard) Button(b Button, down bool) error {
	if b < Left || b > Forward {
		return fmt.Errorf("%w: button %d", ErrRange, b)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !down && !slices.Contains(g.buttons, b) {
		return g.openLocked()
	}
	err := g.eventLocked(func() error { return g.inj.Button(b, down) })
	g.buttons = held(g.buttons, b, down, err)
	return err
}

// Text enters at most MaxText characters, one event after the other. Of the
// control characters it takes line feed and tab. Modifiers that are held are
// lifted meanwhile: the text already holds what they did. A Stop in between
// cuts the text off and the error is ErrStopped.
func (g *Guard) Text(s string) error {
	if err := checkText(s); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	lifted, err := g.liftLocked()
	if err == nil {
		err = g.textLocked(s)
	}
	for _, u := range lifted {
		err = errors.Join(err, g.keyLocked(u, true))
	}
	return err
}

// Move puts the pointer at p, in desktop pixels.
func (g *Guard) Move(p image.Point) error {
	if abs(p.X) > maxCoordinate || abs(p.Y) > maxCoordinate {
		return fmt.Errorf("%w: position %v", ErrRange, p)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.eventLocked(func() error { return g.inj.Move(p) })
}

// Wheel turns the wheel; units are 1/120 notch, positive is right and up, at
// most 100 notches at once.
func (g *Guard) Wheel(dx, dy int) error {
	if abs(dx) > maxTurn || abs(dy) > maxTurn {
		return fmt.Errorf("%w: turn of %d, %d", ErrRange, dx, dy)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.eventLocked(func() error { return g.inj.Wheel(dx, dy) })
}

// Release lets go of every key and button that is held, stopped or not, and
// gives the person's lock keys back.
func (g *Guard) Release() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.releaseLocked()
}

// Stop refuses every event from now on and lets go of what is held. It waits
// for at most the one event that is under way; when it returns, none is. What
// could not be let go is tried again by Release and by the next Stop.
func (g *Guard) Stop() {
	g.Bar()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stopped.Store(true) // a Start may have come in between
	_ = g.releaseLocked() // still held in g, and Stop must not fail
}

// Bar refuses every event from now on and waits for nothing. A Stop has to
// follow: what is held stays so, and one event may be under way.
func (g *Guard) Bar() {
	g.stopped.Store(true)
	select {
	case g.halt <- struct{}{}:
	default:
	}
}

// Start lets events through again.
func (g *Guard) Start() {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-g.halt:
	default:
	}
	g.stopped.Store(false)
}

// Stopped reports whether events are refused.
func (g *Guard) Stopped() bool { return g.stopped.Load() }

// LastEvent returns when the system last took an event; zero for never.
// Letting go does not count.
func (g *Guard) LastEvent() time.Time {
	if at := g.last.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}

func (g *Guard) openLocked() error {
	if g.stopped.Load() {
		return ErrStopped
	}
	return nil
}

// eventLocked is the one place where an event other than a release reaches
// the injector.
func (g *Guard) eventLocked(send func() error) error {
	if err := g.openLocked(); err != nil {
		return err
	}
	if err := send(); err != nil {
		return err
	}
	g.last.Store(time.Now().UnixNano())
	return nil
}

func (g *Guard) keyLocked(u Usage, down bool) error {
	err := g.eventLocked(func() error { return g.inj.Key(u, down) })
	g.keys = held(g.keys, u, down, err)
	return err
}

func (g *Guard) textLocked(s string) error {
	for _, r := range s {
		if err := g.runeLocked(string(r)); err != nil {
			return err
		}
	}
	return nil
}

// liftLocked lets go of the modifiers and returns which.
func (g *Guard) liftLocked() ([]Usage, error) {
	var lifted []Usage
	for _, u := range slices.Clone(g.keys) {
		if u < firstModifier {
			continue
		}
		if err := g.keyLocked(u, false); err != nil {
			return lifted, err
		}
		lifted = append(lifted, u)
	}
	return lifted, nil
}

// runeLocked enters one character, waiting for as long as the injector wants.
func (g *Guard) runeLocked(s string) error {
	for {
		err := g.eventLocked(func() error { return g.inj.Text(s) })
		busy, ok := errors.AsType[BusyError](err)
		if !ok {
			return err
		}
		g.waitLocked(busy.For)
	}
}

// waitLocked returns after d, or at once when the guard is stopped.
func (g *Guard) waitLocked(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-g.halt:
	}
}

// releaseLocked lets go in the reverse order of pressing.
func (g *Guard) releaseLocked() error {
	clear(g.moved)
	var errs []error
	for _, b := range slices.Backward(slices.Clone(g.buttons)) {
		err := g.inj.Button(b, false)
		g.buttons = held(g.buttons, b, false, err)
		errs = append(errs, err)
	}
	for _, u := range slices.Backward(slices.Clone(g.keys)) {
		err := g.inj.Key(u, false)
		g.keys = held(g.keys, u, false, err)
		errs = append(errs, err)
	}
	return errors.Join(append(errs, g.unturnLocked())...)
}

// held returns what is held after an event that ended with err. In doubt it
// is held: to let go once more does no harm.
func held[T comparable](now []T, one T, down bool, err error) []T {
	switch {
	case errors.Is(err, ErrStopped), errors.Is(err, ErrNoKey):
		return now
	case down && !slices.Contains(now, one):
		return append(now, one)
	case !down && err == nil:
		return slices.DeleteFunc(now, func(x T) bool { return x == one })
	}
	return now
}

func checkText(s string) error {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > MaxText {
		return fmt.Errorf("%w: text of %d bytes", ErrRange, len(s))
	}
	for _, r := range s {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return fmt.Errorf("%w: text with control characters", ErrRange)
		}
	}
	return nil
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
