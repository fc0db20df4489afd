package ui

import (
	"image"
	"testing"
	"time"

	"lotse/capture/input"
)

// clock is time that stands until a test moves it on, and what is due then.
type clock struct {
	at  time.Time
	due []due
}

type due struct {
	at time.Time
	f  func()
}

func (c *clock) now() time.Time { return c.at }

func (c *clock) later(d time.Duration, f func()) { c.due = append(c.due, due{c.at.Add(d), f}) }

// pass lets time go by and does what is due.
func (c *clock) pass(d time.Duration) {
	c.at = c.at.Add(d)
	waiting := c.due
	c.due = nil
	for _, w := range waiting {
		if w.at.After(c.at) {
			c.due = append(c.due, w)
			continue
		}
		w.f()
	}
}

func newTestPointer(r *recorder) (*pointer, *clock) {
	c := &clock{at: time.Unix(1, 0)}
	return &pointer{out: r, now: c.now, later: c.later}, c
}

func TestPointerSendsTheNewestMoveSixtyTimesASecond(t *testing.T) {
	r := &recorder{}
	p, c := newTestPointer(r)
	for x := range 10 {
		p.move(image.Pt(x, 0))
	}
	expect(t, r.take(), "move 0,0")
	c.pass(moveEvery - time.Nanosecond)
	expect(t, r.take())
	c.pass(time.Nanosecond)
	expect(t, r.take(), "move 9,0")
	c.pass(time.Second)
	expect(t, r.take())
	p.move(image.Pt(9, 0))
	expect(t, r.take())
}

func TestPointerMovesBeforeItPresses(t *testing.T) {
	r := &recorder{}
	p, c := newTestPointer(r)
	p.move(image.Pt(1, 1))
	p.move(image.Pt(5, 5))
	p.press(input.Left, image.Pt(6, 6))
	p.press(input.Left, image.Pt(6, 6))
	p.move(image.Pt(7, 7))
	p.lift(input.Left)
	p.lift(input.Left)
	expect(t, r.take(), "move 1,1", "move 6,6", "button 1 true", "move 7,7", "button 1 false")
	c.pass(time.Second)
	expect(t, r.take())
}

func TestPointerTurnsTheWheelInParts(t *testing.T) {
	r := &recorder{}
	p, _ := newTestPointer(r)
	p.wheel(0, fyneNotch)
	p.wheel(fyneNotch/2.0, -fyneNotch)
	p.wheel(0, 1e9)
	p.wheel(0, 0)
	expect(t, r.sent, "wheel 0,120", "wheel 60,-120", "wheel 0,1200")
}

func TestPointerDropsWhatItHolds(t *testing.T) {
	r := &recorder{}
	p, _ := newTestPointer(r)
	p.press(input.Left, image.Pt(1, 1))
	p.press(input.Right, image.Pt(1, 1))
	p.drop()
	p.drop()
	expect(t, r.sent, "move 1,1", "button 1 true", "button 3 true", "button 1 false", "button 3 false")
}
