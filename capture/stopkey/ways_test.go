//go:build linux || windows

package stopkey

import (
	"testing"
	"time"
)

// tooLate is when a test gives up. The promise is 50 ms; the tests print what
// they measured, because a machine that compiles beside them proves nothing.
const tooLate = 10 * time.Second

// button is a key of a test's keyboard.
type button int

const (
	f11 button = iota
	ctrl
	alt
	shift
	super
	letter
)

// opener starts one way of listening, or all of them.
type opener struct {
	name string
	open func(heard func(time.Time)) (interface{ close() error }, error)
}

func (k *Key) close() error { return k.Close() }

// openers are all ways that this system has, each alone, and Arm.
func openers(t *testing.T) []opener {
	t.Helper()
	return append(systemWays(t), opener{"all", func(heard func(time.Time)) (interface{ close() error }, error) {
		return Arm(heard)
	}})
}

// listen starts o and returns where it tells.
func listen(t *testing.T, o opener) <-chan time.Time {
	t.Helper()
	told := make(chan time.Time, 1024)
	w, err := o.open(func(at time.Time) { told <- at })
	if err != nil {
		t.Fatalf("%s: %v", o.name, err)
	}
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Errorf("close %s: %v", o.name, err)
		}
	})
	return told
}

// await returns how long after since the key was told.
func await(t *testing.T, told <-chan time.Time, since time.Time) time.Duration {
	t.Helper()
	timer := time.NewTimer(tooLate)
	defer timer.Stop()
	select {
	case at := <-told:
		return at.Sub(since)
	case <-timer.C:
		t.Fatalf("F11 was not heard within %v", tooLate)
		return 0
	}
}

// strike presses F11 until it is told.
func strike(t *testing.T, b *board, told <-chan time.Time) time.Duration {
	t.Helper()
	began := time.Now()
	b.set(f11, true)
	defer b.set(f11, false)
	return await(t, told, began)
}

func TestHearsF11WhateverElseIsHeld(t *testing.T) {
	b := newBoard(t)
	held := map[string][]button{
		"nothing": nil, "ctrl": {ctrl}, "alt": {alt}, "shift": {shift}, "super": {super}, "a letter": {letter},
		"all of them": {ctrl, alt, shift, super, letter},
	}
	for _, o := range openers(t) {
		for name, keys := range held {
			t.Run(o.name+" with "+name, func(t *testing.T) {
				told := listen(t, o)
				for _, k := range keys {
					b.set(k, true)
					defer b.set(k, false)
				}
				t.Logf("heard after %v", strike(t, b, told))
			})
		}
	}
}

// floods is how many presses are measured among injected keys.
const floods = 20

func TestHearsF11InAFloodOfKeys(t *testing.T) {
	b, flood := newBoard(t), newBoard(t)
	for _, o := range openers(t) {
		t.Run(o.name, func(t *testing.T) {
			told := listen(t, o)
			stop, stopped := make(chan struct{}), make(chan int)
			go func() {
				n := 0
				defer func() { stopped <- n }()
				for {
					select {
					case <-stop:
						return
					default:
					}
					flood.set(letter, true)
					flood.set(letter, false)
					n += 2
				}
			}()
			began, worst := time.Now(), time.Duration(0)
			for range floods {
				worst = max(worst, strike(t, b, told))
				<-time.After(burst) // or it is the same press
				drain(told)
			}
			spent := time.Since(began)
			close(stop)
			t.Logf("%.0f events a second; worst of %d: %v", float64(<-stopped)/spent.Seconds(), floods, worst)
		})
	}
}

func drain(told <-chan time.Time) {
	for {
		select {
		case <-told:
		default:
			return
		}
	}
}

func TestHearsNothingButF11(t *testing.T) {
	b := newBoard(t)
	for _, o := range openers(t) {
		t.Run(o.name, func(t *testing.T) {
			told := listen(t, o)
			others := time.Now()
			b.others()
			pressed := time.Now()
			strike := strike(t, b, told)
			if at := pressed.Add(strike); at.Before(pressed) {
				t.Errorf("told %v after other keys, before F11", at.Sub(others))
			}
		})
	}
}

func TestIsSilentAfterClose(t *testing.T) {
	b := newBoard(t)
	told := make(chan time.Time, 1)
	k, err := Arm(func(at time.Time) { told <- at })
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Healthy(); err != nil {
		t.Errorf("Healthy() = %v, want nil", err)
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	if err := k.Healthy(); err == nil {
		t.Error("healthy after Close")
	}
	witness := listen(t, openers(t)[0])
	strike(t, b, witness)
	select {
	case <-told:
		t.Error("told after Close")
	default:
	}
	if err := k.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}
