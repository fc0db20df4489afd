package gate_test

import (
	"errors"
	"fmt"
	"image"
	"slices"
	"testing"
	"time"

	"lotse/capture/input"
	"lotse/participant/gate"
	"lotse/participant/message"
	"lotse/participant/session"
)

// window is a window of which only a part is on top.
type window struct {
	top           image.Rectangle
	pointer, keys bool
}

func (w *window) At(p image.Point) bool { return p.In(w.top) }
func (w *window) Pointer() bool         { return w.pointer }
func (w *window) Keys() bool            { return w.keys }

func newWindowGate(w *window) (*gate.Gate, *recorder) {
	r := &recorder{}
	area := gate.Area{Bounds: image.Rect(100, 50, 740, 530), Epoch: 7, Reach: w}
	return gate.New(leave(session.Control), input.NewGuard(r), func() gate.Area { return area }), r
}

func TestNothingLandsBesideTheWindow(t *testing.T) {
	g, r := newWindowGate(&window{})
	for _, m := range inputs() {
		if err := g.Handle(m, time.Now()); !errors.Is(err, gate.ErrElsewhere) {
			t.Errorf("%T: got %v, want ErrElsewhere", m, err)
		}
	}
	if len(r.events) != 0 || !g.Last().IsZero() {
		t.Errorf("got %q at %v, want nothing", r.events, g.Last())
	}
}

func TestEachInputLandsInAWindowOnTop(t *testing.T) {
	g, r := newWindowGate(&window{top: image.Rect(0, 0, 2000, 2000), pointer: true, keys: true})
	for _, m := range inputs() {
		if err := g.Handle(m, time.Now()); err != nil {
			t.Errorf("%T: %v", m, err)
		}
	}
	want := []string{`key 0x4 true`, `key 0x1c true`, `text "Grüße"`, `move (103,54)`, `button 1 true`, `wheel 0 120`, `locks 001`}
	if got := flat(r.events); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPointerStaysOffACoveredPart(t *testing.T) {
	g, r := newWindowGate(&window{top: image.Rect(100, 50, 200, 530)})
	for _, c := range []struct {
		at   image.Point
		want error
	}{
		{image.Pt(99, 10), nil},
		{image.Pt(100, 10), gate.ErrElsewhere},
		{image.Pt(-5, 10), nil}, // moved to the edge, which is on top
		{image.Pt(5000, 10), gate.ErrElsewhere},
	} {
		if err := g.Handle(message.Move{Epoch: 7, At: c.at}, time.Now()); !errors.Is(err, c.want) {
			t.Errorf("%v: got %v, want %v", c.at, err, c.want)
		}
	}
	if want := []string{"move (199,60)", "move (100,60)"}; !slices.Equal(r.events, want) {
		t.Errorf("got %q, want %q", r.events, want)
	}
}

// TestWhatIsHeldCanBeLetGoAnywhere presses while the window is on top and lets
// go when it no longer is.
func TestWhatIsHeldCanBeLetGoAnywhere(t *testing.T) {
	w := &window{pointer: true, keys: true}
	g, r := newWindowGate(w)
	for _, down := range []bool{true, false} {
		for _, m := range []message.Message{message.Key{Usage: 4, Down: down}, message.Button{Button: input.Left, Down: down}} {
			if err := g.Handle(m, time.Now()); err != nil {
				t.Errorf("%v: %v", m, err)
			}
		}
		w.pointer, w.keys = false, false
	}
	want := []string{"key 0x4 true", "button 1 true", "key 0x4 false", "button 1 false"}
	if !slices.Equal(r.events, want) {
		t.Errorf("got %q, want %q", r.events, want)
	}
}

func TestKeysOfTheSystemStayWithThePerson(t *testing.T) {
	const ctrl, shift, leftAlt, win, altGr = 0xE0, 0xE1, 0xE2, 0xE3, 0xE6
	for _, c := range []struct {
		keys []input.Usage // all but the last are held
		want error
	}{
		{[]input.Usage{0x04}, nil},
		{[]input.Usage{ctrl, 0x06}, nil},        // copy
		{[]input.Usage{ctrl, 0x2B}, nil},        // the next tab inside the window
		{[]input.Usage{leftAlt, 0x09}, nil},     // a menu of the window
		{[]input.Usage{altGr, 0x14}, nil},       // @ on a German keyboard
		{[]input.Usage{shift, 0x2B}, nil},       //
		{[]input.Usage{leftAlt, 0x3D}, nil},     // closes the window itself
		{[]input.Usage{win}, gate.ErrElsewhere}, // the start menu
		{[]input.Usage{0xE7}, gate.ErrElsewhere},
		{[]input.Usage{0x46}, gate.ErrElsewhere},          // print screen
		{[]input.Usage{leftAlt, 0x2B}, gate.ErrElsewhere}, // another window
		{[]input.Usage{leftAlt, shift, 0x2B}, gate.ErrElsewhere},
		{[]input.Usage{leftAlt, 0x3B}, gate.ErrElsewhere}, // "run a program"
		{[]input.Usage{leftAlt, 0x2C}, gate.ErrElsewhere},
		{[]input.Usage{ctrl, 0x29}, gate.ErrElsewhere},
		{[]input.Usage{ctrl, leftAlt, 0x17}, gate.ErrElsewhere}, // a terminal
	} {
		g, _ := newWindowGate(&window{keys: true})
		for i, u := range c.keys {
			err := g.Handle(message.Key{Usage: u, Down: true}, time.Now())
			if last := i == len(c.keys)-1; last && !errors.Is(err, c.want) || !last && err != nil {
				t.Errorf("%#x: got %v, want %v", c.keys, err, c.want)
			}
		}
	}
}

func TestLettersLeaveAWindowAsLittleAsKeys(t *testing.T) {
	const leftAlt = 0xE2
	for _, c := range []struct {
		held   []input.Usage
		letter message.Letter
		want   error
	}{
		{[]input.Usage{0xE0}, message.Letter{Usage: 0x1D, Letter: 'z'}, nil},
		{[]input.Usage{leftAlt}, message.Letter{Usage: 0x2B, Letter: 'я'}, gate.ErrElsewhere}, // Tab, where nothing has the letter
		{[]input.Usage{0xE0, leftAlt}, message.Letter{Usage: 0x17, Letter: 't'}, gate.ErrElsewhere},
		{nil, message.Letter{Usage: 0xE3, Letter: 'я'}, gate.ErrElsewhere},
		{nil, message.Letter{Usage: input.StopKey, Letter: 'я'}, input.ErrStopKey},
	} {
		g, _ := newWindowGate(&window{keys: true})
		for _, u := range c.held {
			if err := g.Handle(message.Key{Usage: u, Down: true}, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		if err := g.Handle(c.letter, time.Now()); !errors.Is(err, c.want) {
			t.Errorf("%#x, %+v: got %v, want %v", c.held, c.letter, err, c.want)
		}
	}
}

func TestLettingGoOfAModifierEndsItsShortcuts(t *testing.T) {
	for name, release := range map[string]message.Message{
		"key": message.Key{Usage: 0xE2}, "all": message.Release{},
	} {
		g, r := newWindowGate(&window{keys: true})
		for _, m := range []message.Message{message.Key{Usage: 0xE2, Down: true}, release, message.Key{Usage: 0x2B, Down: true}} {
			if err := g.Handle(m, time.Now()); err != nil {
				t.Errorf("%s: %v: %v", name, m, err)
			}
		}
		if want := []string{"key 0xe2 true", "key 0xe2 false", "key 0x2b true"}; !slices.Equal(r.events, want) {
			t.Errorf("%s: got %q, want %q", name, r.events, want)
		}
	}
}

func TestWholeScreensTakeEveryShortcut(t *testing.T) {
	g, r := newGate(leave(session.Control))
	var want []string
	for _, u := range []input.Usage{0xE3, 0xE2, 0x2B, 0x46} {
		want = append(want, fmt.Sprintf("key %#x true", u))
		if err := g.Handle(message.Key{Usage: u, Down: true}, time.Now()); err != nil {
			t.Errorf("%#x: %v", u, err)
		}
	}
	if !slices.Equal(r.events, want) {
		t.Errorf("got %q, want %q", r.events, want)
	}
}

func TestNowhereTakesNothing(t *testing.T) {
	r := &recorder{}
	g := gate.New(leave(session.All), input.NewGuard(r), func() gate.Area {
		return gate.Area{Bounds: image.Rect(0, 0, 640, 480), Epoch: 7, Reach: gate.Nowhere{}}
	})
	for _, m := range inputs() {
		if err := g.Handle(m, time.Now()); !errors.Is(err, gate.ErrElsewhere) {
			t.Errorf("%T: got %v, want ErrElsewhere", m, err)
		}
	}
	if len(r.events) != 0 {
		t.Errorf("got %q, want nothing", r.events)
	}
}
