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

// recorder is a keyboard and pointer that only writes down.
type recorder struct {
	events []string
	locks  input.LockState
}

func (r *recorder) add(format string, args ...any) error {
	r.events = append(r.events, fmt.Sprintf(format, args...))
	return nil
}

func (r *recorder) Key(u input.Usage, down bool) error { return r.add("key %#x %t", u, down) }

// Place says that Z is where an English keyboard has Y.
func (*recorder) Place(r rune) (input.Usage, bool) { return 0x1C, r == 'z' }

func (r *recorder) Text(s string) error                    { return r.add("text %q", s) }
func (r *recorder) Move(p image.Point) error               { return r.add("move %v", p) }
func (r *recorder) Button(b input.Button, down bool) error { return r.add("button %d %t", b, down) }
func (r *recorder) Wheel(dx, dy int) error                 { return r.add("wheel %d %d", dx, dy) }
func (r *recorder) Locks() (input.LockState, error)        { return r.locks, nil }
func (*recorder) Name() string                             { return "recorder" }
func (*recorder) Close() error                             { return nil }

// SetLocks turns the lock keys.
func (r *recorder) SetLocks(want input.LockState) error {
	r.locks = want
	return r.add("locks %03b", want)
}

// leave allows a fixed set.
type leave session.Grants

func (l leave) Allows(g session.Grants) bool { return session.Grants(l).Has(g) }

func newGate(l leave) (*gate.Gate, *recorder) {
	r := &recorder{}
	area := gate.Area{Bounds: image.Rect(100, 50, 740, 530), Epoch: 7}
	return gate.New(l, input.NewGuard(r), func() gate.Area { return area }), r
}

// inputs is one message of each kind that presses something.
func inputs() []message.Message {
	return []message.Message{
		message.Key{Usage: 0x04, Down: true},
		message.Letter{Usage: 0x1D, Letter: 'z'},
		message.Text{Text: "Grüße"},
		message.Move{Epoch: 7, At: image.Pt(3, 4)},
		message.Button{Button: input.Left, Down: true},
		message.Wheel{DY: 120},
		message.Locks{On: input.CapsLock},
	}
}

func TestNothingIsPressedWithoutControl(t *testing.T) {
	for grants := leave(0); grants <= leave(session.All); grants++ {
		if session.Grants(grants).Has(session.Control) {
			continue
		}
		g, r := newGate(grants)
		for _, m := range inputs() {
			if err := g.Handle(m, time.Now()); !errors.Is(err, gate.ErrDenied) {
				t.Fatalf("%v with %v: got %v, want ErrDenied", m, session.Grants(grants), err)
			}
		}
		if len(r.events) != 0 {
			t.Fatalf("with %v: got %q, want nothing", session.Grants(grants), r.events)
		}
	}
}

func TestEachInputArrivesWithControl(t *testing.T) {
	g, r := newGate(leave(session.Control))
	for _, m := range inputs() {
		if err := g.Handle(m, time.Now()); err != nil {
			t.Fatalf("%v: %v", m, err)
		}
	}
	want := []string{`key 0x4 true`, `key 0x1c true`, `text "Grüße"`, `move (103,54)`, `button 1 true`, `wheel 0 120`, `locks 001`}
	if !slices.Equal(flat(r.events), want) {
		t.Fatalf("got %q, want %q", flat(r.events), want)
	}
}

// flat joins texts that the guard handed on in parts.
func flat(events []string) []string {
	var out []string
	for _, e := range events {
		var part string
		if n, err := fmt.Sscanf(e, "text %q", &part); n == 1 && err == nil && len(out) > 0 {
			var before string
			if n, err := fmt.Sscanf(out[len(out)-1], "text %q", &before); n == 1 && err == nil {
				out[len(out)-1] = fmt.Sprintf("text %q", before+part)
				continue
			}
		}
		out = append(out, e)
	}
	return out
}

func TestPointerStaysInsideWhatIsShown(t *testing.T) {
	for _, c := range []struct{ at, want image.Point }{
		{image.Pt(-50, -50), image.Pt(100, 50)},
		{image.Pt(639, 479), image.Pt(739, 529)},
		{image.Pt(5000, 10), image.Pt(739, 60)},
	} {
		g, r := newGate(leave(session.Control))
		if err := g.Handle(message.Move{Epoch: 7, At: c.at}, time.Now()); err != nil {
			t.Fatal(err)
		}
		if want := []string{fmt.Sprintf("move %v", c.want)}; !slices.Equal(r.events, want) {
			t.Errorf("%v: got %q, want %q", c.at, r.events, want)
		}
	}
}

func TestPointerOfAnOlderLayoutIsDropped(t *testing.T) {
	g, r := newGate(leave(session.Control))
	if err := g.Handle(message.Move{Epoch: 6}, time.Now()); !errors.Is(err, gate.ErrStale) {
		t.Fatalf("got %v, want ErrStale", err)
	}
	if len(r.events) != 0 {
		t.Fatalf("got %q, want nothing", r.events)
	}
}

func TestOtherMessagesPressNothing(t *testing.T) {
	g, r := newGate(leave(session.All))
	for _, m := range []message.Message{message.Ask{ID: 1, Grants: session.See}, message.Bye{}, message.Update{}, message.Ping{}} {
		if err := g.Handle(m, time.Now()); !errors.Is(err, gate.ErrNotInput) {
			t.Errorf("%T: got %v, want ErrNotInput", m, err)
		}
	}
	if len(r.events) != 0 {
		t.Fatalf("got %q, want nothing", r.events)
	}
}

func TestReleaseIsAlwaysAllowed(t *testing.T) {
	g, r := newGate(leave(session.Control))
	if err := g.Handle(message.Key{Usage: 0xe0, Down: true}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := g.Handle(message.Release{}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"key 0xe0 true", "key 0xe0 false"}; !slices.Equal(r.events, want) {
		t.Fatalf("got %q, want %q", r.events, want)
	}
}

func TestLockKeysAreGivenBackWithEverything(t *testing.T) {
	g, r := newGate(leave(session.Control))
	for _, m := range []message.Message{message.Locks{On: input.NumLock | input.CapsLock}, message.Release{}} {
		if err := g.Handle(m, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"locks 011", "locks 000"}; !slices.Equal(r.events, want) {
		t.Fatalf("got %q, want %q", r.events, want)
	}
}

func TestStopKeyCannotBePressedFromAfar(t *testing.T) {
	g, r := newGate(leave(session.All))
	const f11 = 0x44
	if err := g.Handle(message.Key{Usage: f11, Down: true}, time.Now()); err == nil {
		t.Fatal("got no error for F11")
	}
	if len(r.events) != 0 {
		t.Fatalf("got %q, want nothing", r.events)
	}
}
