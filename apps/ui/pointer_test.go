package ui

import (
	"image"
	"testing"
	"testing/synctest"
	"time"

	"lotse/capture/input"
)

func newTestPointer(r *recorder) *pointer {
	return &pointer{out: r, now: time.Now, later: func(d time.Duration, f func()) { time.AfterFunc(d, f) }}
}

func TestPointerSendsTheNewestMoveSixtyTimesASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		p := newTestPointer(r)
		for x := range 10 {
			p.move(image.Pt(x, 0))
		}
		expect(t, r.take(), "move 0,0")
		<-time.After(moveEvery)
		synctest.Wait()
		expect(t, r.take(), "move 9,0")
		<-time.After(time.Second)
		expect(t, r.take())
		p.move(image.Pt(9, 0))
		expect(t, r.take())
	})
}

func TestPointerMovesBeforeItPresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		p := newTestPointer(r)
		p.move(image.Pt(1, 1))
		p.move(image.Pt(5, 5))
		p.press(input.Left, image.Pt(6, 6))
		p.press(input.Left, image.Pt(6, 6))
		p.move(image.Pt(7, 7))
		p.lift(input.Left)
		p.lift(input.Left)
		expect(t, r.take(), "move 1,1", "move 6,6", "button 1 true", "move 7,7", "button 1 false")
		<-time.After(time.Second)
		synctest.Wait()
		expect(t, r.take())
	})
}

func TestPointerTurnsTheWheelInParts(t *testing.T) {
	r := &recorder{}
	p := newTestPointer(r)
	p.wheel(0, fyneNotch)
	p.wheel(fyneNotch/2.0, -fyneNotch)
	p.wheel(0, 1e9)
	p.wheel(0, 0)
	expect(t, r.sent, "wheel 0,120", "wheel 60,-120", "wheel 0,1200")
}

func TestPointerDropsWhatItHolds(t *testing.T) {
	r := &recorder{}
	p := newTestPointer(r)
	p.press(input.Left, image.Pt(1, 1))
	p.press(input.Right, image.Pt(1, 1))
	p.drop()
	p.drop()
	expect(t, r.sent, "move 1,1", "button 1 true", "button 3 true", "button 1 false", "button 3 false")
}
