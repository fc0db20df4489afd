package ui

import (
	"image"
	"slices"
	"time"

	"lotse/capture/input"
)

// Pointing is where the pointer's doings go.
type Pointing interface {
	// Move puts the pointer at a pixel of the shared screen.
	Move(at image.Point)
	// Button presses or releases a mouse button.
	Button(b input.Button, down bool)
	// Wheel turns the wheel, in 1/120 notch; positive is right and up.
	Wheel(dx, dy int)
}

// moveEvery is how far moves are apart: 60 a second, as often as a screen
// shows one. The newest position replaces the ones before.
const moveEvery = time.Second / 60

// pointer thins out moves. Fyne's goroutine uses it.
type pointer struct {
	out   Pointing
	now   func() time.Time
	later func(time.Duration, func()) // runs on Fyne's goroutine

	last    time.Time
	next    image.Point
	pending bool
	at      image.Point // the last one sent
	sent    bool
	held    []input.Button
}

func (p *pointer) move(to image.Point) {
	p.next = to
	if p.pending || p.sent && to == p.at {
		return
	}
	wait := moveEvery - p.now().Sub(p.last)
	if wait <= 0 {
		p.pending = true
		p.flush()
		return
	}
	p.pending = true
	p.later(wait, p.flush)
}

// flush sends the position that waits, also before a button or the wheel.
func (p *pointer) flush() {
	if !p.pending {
		return
	}
	p.pending, p.sent = false, true
	p.at, p.last = p.next, p.now()
	p.out.Move(p.next)
}

func (p *pointer) press(b input.Button, to image.Point) {
	p.next, p.pending = to, p.pending || !p.sent || to != p.at
	p.flush()
	if !slices.Contains(p.held, b) {
		p.held = append(p.held, b)
		p.out.Button(b, true)
	}
}

func (p *pointer) lift(b input.Button) {
	p.flush()
	if i := slices.Index(p.held, b); i >= 0 {
		p.held = slices.Delete(p.held, i, i+1)
		p.out.Button(b, false)
	}
}

// drop lets go of every button, when the pointer leaves or control ends.
func (p *pointer) drop() {
	for _, b := range slices.Clone(p.held) {
		p.lift(b)
	}
}

// forget drops what waits and is held without sending anything.
func (p *pointer) forget() { p.pending, p.sent, p.held = false, false, nil }

// The wheel in Fyne's units: GLFW's notch times its scroll speed.
const (
	fyneNotch = 25
	wireNotch = 120
	// maxNotches bounds one event; Fyne multiplies fast ones by 125.
	maxNotches = 10
)

func (p *pointer) wheel(dx, dy float32) {
	p.flush()
	notch := func(d float32) int {
		const most = maxNotches * wireNotch
		return int(min(max(d/fyneNotch*wireNotch, -most), most))
	}
	if x, y := notch(dx), notch(dy); x != 0 || y != 0 {
		p.out.Wheel(x, y)
	}
}
