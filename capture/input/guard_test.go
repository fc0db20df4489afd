package input_test

import (
	"errors"
	"fmt"
	"image"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lotse/capture/input"
)

// board is a keyboard and pointer that writes down, and knows what is held.
// It has no lock of its own: the race detector sees it when Guard's is missing.
type board struct {
	events []string
	held   map[string]bool
	fail   error // of the next event
	busy   int   // texts that are put off
	closed atomic.Bool
	late   atomic.Int64 // events other than a release after closed
}

func newBoard() *board { return &board{held: make(map[string]bool)} }

func (b *board) note(down bool, key, event string) error {
	if b.closed.Load() && down {
		b.late.Add(1)
	}
	if err := b.fail; err != nil {
		b.fail = nil
		return err
	}
	if key != "" {
		b.held[key] = down
	}
	b.events = append(b.events, event)
	return nil
}

func (b *board) Key(u input.Usage, down bool) error {
	return b.note(down, fmt.Sprintf("key %#x", u), fmt.Sprintf("key %#x %t", u, down))
}

func (b *board) Button(n input.Button, down bool) error {
	return b.note(down, fmt.Sprintf("button %d", n), fmt.Sprintf("button %d %t", n, down))
}

func (b *board) Text(s string) error {
	if b.busy > 0 {
		b.busy--
		return input.BusyError{For: time.Second}
	}
	return b.note(true, "", "text "+s)
}

func (b *board) Move(p image.Point) error { return b.note(true, "", fmt.Sprintf("move %v", p)) }
func (b *board) Wheel(dx, dy int) error   { return b.note(true, "", fmt.Sprintf("wheel %d %d", dx, dy)) }
func (*board) Name() string               { return "board" }
func (*board) Close() error               { return nil }

func (b *board) want(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(b.events, want) {
		t.Fatalf("got %q, want %q", b.events, want)
	}
}

// every calls each way in once.
func every(g *input.Guard) map[string]error {
	return map[string]error{
		"press":   g.Key(0x04, true),
		"release": g.Key(0x05, false),
		"text":    g.Text("ß"),
		"move":    g.Move(image.Pt(1, 2)),
		"button":  g.Button(input.Left, true),
		"let go":  g.Button(input.Right, false),
		"wheel":   g.Wheel(0, 120),
	}
}

func TestNothingPassesAfterStop(t *testing.T) {
	b := newBoard()
	g := input.NewGuard(b)
	g.Stop()
	for what, err := range every(g) {
		if !errors.Is(err, input.ErrStopped) {
			t.Errorf("%s: got %v, want ErrStopped", what, err)
		}
	}
	b.want(t)
	if !g.Stopped() || !g.LastEvent().IsZero() {
		t.Fatalf("got stopped %t, last event %v, want true and none", g.Stopped(), g.LastEvent())
	}
}

func TestStartOpensTheGuardAgain(t *testing.T) {
	g := input.NewGuard(newBoard())
	g.Stop()
	g.Start()
	for what, err := range every(g) {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if g.Stopped() || g.LastEvent().IsZero() {
		t.Fatalf("got stopped %t, last event %v, want false and now", g.Stopped(), g.LastEvent())
	}
}

func TestStopLetsGoInReverseOrder(t *testing.T) {
	b := newBoard()
	g := input.NewGuard(b)
	for _, err := range []error{g.Key(0xE0, true), g.Key(0x04, true), g.Key(0x04, true), g.Button(input.Left, true)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	g.Stop()
	g.Stop()
	b.want(t, "key 0xe0 true", "key 0x4 true", "key 0x4 true", "button 1 true",
		"button 1 false", "key 0x4 false", "key 0xe0 false")
}

func TestReleaseOfWhatIsNotHeldIsSwallowed(t *testing.T) {
	b := newBoard()
	g := input.NewGuard(b)
	if err := errors.Join(g.Key(0xE1, false), g.Button(input.Left, false), g.Release()); err != nil {
		t.Fatal(err)
	}
	b.want(t)
}

func TestKeyThatCouldNotBeLetGoIsTriedAgain(t *testing.T) {
	b := newBoard()
	g := input.NewGuard(b)
	if err := g.Key(0xE0, true); err != nil {
		t.Fatal(err)
	}
	b.fail = input.ErrRefused
	g.Stop()
	b.want(t, "key 0xe0 true")
	if err := g.Release(); err != nil {
		t.Fatal(err)
	}
	b.want(t, "key 0xe0 true", "key 0xe0 false")
}

func TestKeyThatTheSystemLacksIsNotHeld(t *testing.T) {
	b := newBoard()
	b.fail = input.ErrNoKey
	g := input.NewGuard(b)
	if err := g.Key(0x70, true); !errors.Is(err, input.ErrNoKey) {
		t.Fatalf("got %v, want ErrNoKey", err)
	}
	g.Stop()
	b.want(t)
}

func TestStopKeyIsRefused(t *testing.T) {
	b := newBoard()
	g := input.NewGuard(b)
	for _, down := range []bool{true, false} {
		if err := g.Key(input.StopKey, down); !errors.Is(err, input.ErrStopKey) {
			t.Errorf("%t: got %v, want ErrStopKey", down, err)
		}
	}
	b.want(t)
}

func TestEventsOutOfRangeAreRefused(t *testing.T) {
	b := newBoard()
	g := input.NewGuard(b)
	for what, err := range map[string]error{
		"usage 0":        g.Key(0, true),
		"usage 3":        g.Key(3, true),
		"usage 0xE8":     g.Key(0xE8, true),
		"usage 0x144":    g.Key(0x144, true),
		"button 0":       g.Button(0, true),
		"button 6":       g.Button(6, true),
		"long text":      g.Text(strings.Repeat("ä", input.MaxText+1)),
		"escape":         g.Text("a\x1b[A"),
		"carriage":       g.Text("a\r"),
		"C1 control":     g.Text("\u009b"),
		"broken UTF-8":   g.Text("a\xff"),
		"far right":      g.Move(image.Pt(1<<15, 0)),
		"far up":         g.Move(image.Pt(0, -1<<15)),
		"too many turns": g.Wheel(0, 12001),
	} {
		if !errors.Is(err, input.ErrRange) {
			t.Errorf("%s: got %v, want ErrRange", what, err)
		}
	}
	b.want(t)
}

func TestTextGoesCharacterByCharacter(t *testing.T) {
	b := newBoard()
	if err := input.NewGuard(b).Text("ü😀\n"); err != nil {
		t.Fatal(err)
	}
	b.want(t, "text ü", "text 😀", "text \n")
}

func TestModifiersAreLiftedWhileTextIsEntered(t *testing.T) {
	b := newBoard()
	g := input.NewGuard(b)
	err := errors.Join(g.Key(0xE0, true), g.Key(0x04, true), g.Key(0xE1, true), g.Text("ü"), g.Release())
	if err != nil {
		t.Fatal(err)
	}
	b.want(t, "key 0xe0 true", "key 0x4 true", "key 0xe1 true",
		"key 0xe0 false", "key 0xe1 false", "text ü", "key 0xe0 true", "key 0xe1 true",
		"key 0xe1 false", "key 0xe0 false", "key 0x4 false")
}

func TestStopDuringTextKeepsModifiersLifted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard()
		b.busy = 1000
		g := input.NewGuard(b)
		if err := g.Key(0xE0, true); err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() { done <- g.Text("ü") }()
		synctest.Wait()
		g.Stop()
		if err := <-done; !errors.Is(err, input.ErrStopped) {
			t.Errorf("got %v, want ErrStopped", err)
		}
		b.want(t, "key 0xe0 true", "key 0xe0 false")
	})
}

func TestBusyTextWaitsAndThenArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard()
		b.busy = 2
		begin := time.Now()
		if err := input.NewGuard(b).Text("中"); err != nil {
			t.Fatal(err)
		}
		b.want(t, "text 中")
		if took := time.Since(begin); took != 2*time.Second {
			t.Fatalf("got %v, want 2s", took)
		}
	})
}

func TestStopEndsTheWaitOfABusyText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard()
		b.busy = 1000
		g := input.NewGuard(b)
		done := make(chan error)
		go func() { done <- g.Text("中") }()
		synctest.Wait()
		begin := time.Now()
		g.Stop()
		if took := time.Since(begin); took != 0 {
			t.Errorf("Stop took %v, want none", took)
		}
		if err := <-done; !errors.Is(err, input.ErrStopped) {
			t.Errorf("got %v, want ErrStopped", err)
		}
		b.want(t)
	})
}

// TestNoEventComesAfterStopReturned lets many goroutines press while one
// stops: after Stop has returned nothing is pressed and nothing is held.
func TestNoEventComesAfterStopReturned(t *testing.T) {
	for range 200 {
		b := newBoard()
		g := input.NewGuard(b)
		var begun, all sync.WaitGroup
		for i := range 8 {
			begun.Add(1)
			all.Go(func() {
				begun.Done()
				for n := 0; ; n++ {
					u := input.Usage(0x04 + (i+n)%0x20)
					err := errors.Join(
						g.Key(u, true), g.Text("äö"), g.Button(input.Left, n%2 == 0),
						g.Move(image.Pt(n%100, i)), g.Key(u, false),
					)
					if errors.Is(err, input.ErrStopped) || b.late.Load() > 0 {
						return
					}
				}
			})
		}
		begun.Wait()
		g.Stop()
		b.closed.Store(true)
		all.Wait()
		if late := b.late.Load(); late != 0 {
			t.Fatalf("got %d events after Stop, want none", late)
		}
		for key, down := range b.held {
			if down {
				t.Fatalf("%s is still held", key)
			}
		}
	}
}
