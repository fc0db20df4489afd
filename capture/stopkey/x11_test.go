//go:build linux

package stopkey

import (
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"

	"lotse/capture/internal/x11"
	"lotse/capture/internal/x11/x11test"
)

// board is a keyboard on a connection of its own.
type board struct {
	tb   testing.TB
	conn *x11.Conn
}

// mine is set while DISPLAY is a server of the test's own, so that no test
// ever types into the screen of a person.
const mine = "LOTSE_TEST_X11"

// newBoard starts a server when the test has none yet.
func newBoard(t *testing.T) *board {
	t.Helper()
	if os.Getenv(mine) == "" {
		x11test.Start(t, "640x480x24")
		t.Setenv(mine, "1")
	}
	conn, err := x11.Dial("", "XTEST")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return &board{t, conn}
}

func systemWays(*testing.T) []opener {
	return []opener{
		{grabName, func(h func(time.Time)) (interface{ close() error }, error) { return newGrab(h) }},
		{pollName, func(h func(time.Time)) (interface{ close() error }, error) { return newPoll(h) }},
	}
}

// evdev codes and X's 8, as Xvfb's keyboard has them.
func (k button) code() xproto.Keycode {
	return [...]xproto.Keycode{f11: 95, ctrl: 37, alt: 64, shift: 50, super: 133, letter: 25}[k]
}

func (b *board) set(k button, down bool) { b.send(k.code(), down) }

func (b *board) send(code xproto.Keycode, down bool) {
	kind := byte(xproto.KeyRelease)
	if down {
		kind = xproto.KeyPress
	}
	if err := xtest.FakeInputChecked(b.conn.Conn, kind, byte(code), 0, b.conn.Screen.Root, 0, 0, 0).Check(); err != nil {
		b.tb.Errorf("fake key %d: %v", code, err)
	}
}

// others taps every key but F11.
func (b *board) others() {
	for c := int(b.conn.Setup.MinKeycode); c <= int(b.conn.Setup.MaxKeycode); c++ {
		if c != usualF11 {
			b.send(xproto.Keycode(c), true)
			b.send(xproto.Keycode(c), false)
		}
	}
}

func TestHearsF11WhileAnotherProgramHasTheKeyboard(t *testing.T) {
	b := newBoard(t)
	reply, err := xproto.GrabKeyboard(b.conn.Conn, false, b.conn.Screen.Root, xproto.TimeCurrentTime, xproto.GrabModeAsync, xproto.GrabModeAsync).Reply()
	if err != nil || reply.Status != xproto.GrabStatusSuccess {
		t.Fatalf("grab the keyboard: %v, %v", reply, err)
	}
	all := openers(t)
	for _, o := range all[1:] { // the grab alone can't
		t.Run(o.name, func(t *testing.T) {
			t.Logf("heard after %v", strike(t, b, listen(t, o)))
		})
	}
}

// steal grabs F11 as another program would.
func (b *board) steal(mask uint16) {
	if err := ask(b.conn, b.conn.Screen.Root, usualF11, mask).Check(); err != nil {
		b.tb.Fatal(err)
	}
}

func TestAnotherProgramsF11IsStillHeard(t *testing.T) {
	for _, c := range []struct {
		name string
		mask uint16
		want []string
	}{
		{"with ctrl", xproto.ModMaskControl, []string{partlyName, pollName}},
		{"with anything", xproto.ModMaskAny, []string{pollName}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBoard(t)
			b.steal(c.mask)
			told := make(chan time.Time, 8)
			k, err := Arm(func(at time.Time) { told <- at })
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := k.Close(); err != nil {
					t.Error(err)
				}
			}()
			if got := k.Mechanisms(); !slices.Equal(got, c.want) {
				t.Errorf("listens with %v, want %v", got, c.want)
			}
			b.set(ctrl, true)
			defer b.set(ctrl, false)
			strike(t, b, told)
		})
	}
}

func TestFollowsF11ToAnotherKey(t *testing.T) {
	for _, o := range openers(t) {
		t.Run(o.name, func(t *testing.T) {
			b := newBoard(t)
			told := listen(t, o)
			const spare = 200
			if err := xproto.ChangeKeyboardMappingChecked(b.conn.Conn, 1, spare, 1, []xproto.Keysym{keysymF11}).Check(); err != nil {
				t.Fatal(err)
			}
			deadline := time.After(tooLate)
			for heard := false; !heard; {
				b.send(spare, true)
				select {
				case <-told:
					heard = true
				case <-time.After(2 * pollEvery):
				case <-deadline:
					t.Fatal("not heard on its new key")
				}
				b.send(spare, false)
			}
			strike(t, b, told)
		})
	}
}

// TestAGrabThatIsLostComesBack lets go of the key on the grab's own connection,
// as nobody else can.
func TestAGrabThatIsLostComesBack(t *testing.T) {
	b := newBoard(t)
	told := make(chan time.Time, 8)
	g, err := newGrab(func(at time.Time) { told <- at })
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := g.close(); err != nil {
			t.Error(err)
		}
	}()
	letGo(t, g)
	deadline := time.After(tooLate)
	for heard := false; !heard; {
		b.set(f11, true)
		b.set(f11, false)
		select {
		case <-told:
			heard = true
		case <-time.After(50 * time.Millisecond):
		case <-deadline:
			t.Fatal("not heard again")
		}
	}
	if err := g.healthy(); err != nil {
		t.Error(err)
	}
}

// TestAGrabThatAnotherHasNowIsUnhealthy has another program take the key in the
// moment in which we do not have it.
func TestAGrabThatAnotherHasNowIsUnhealthy(t *testing.T) {
	b := newBoard(t)
	k, err := Arm(func(time.Time) {})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	}()
	g, ok := k.ways[0].(*grab)
	if !ok {
		t.Fatalf("got %T, want the grab", k.ways[0])
	}
	letGo(t, g)
	b.steal(xproto.ModMaskAny)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(tooLate); !errors.Is(k.Healthy(), errTaken); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("got %v, want %v", k.Healthy(), errTaken)
		}
	}
}

// letGo takes the grab's keys away from it.
func letGo(t *testing.T, g *grab) {
	t.Helper()
	for _, code := range g.keys() {
		if err := xproto.UngrabKeyChecked(g.conn.Conn, code, g.conn.Screen.Root, xproto.ModMaskAny).Check(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestASickServerMakesItUnhealthy(t *testing.T) {
	server := x11test.Start(t, "640x480x24")
	k, err := Arm(func(time.Time) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Healthy(); err != nil {
		t.Fatalf("Healthy() = %v, want nil", err)
	}
	server.Kill()
	for _, w := range k.ways {
		switch w := w.(type) {
		case *grab:
			<-w.done
		case *poll:
			<-w.done
		}
		if err := w.healthy(); err == nil {
			t.Errorf("%s is healthy without a server", w.name())
		}
	}
	if err := k.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
}

func TestWithoutAServerThereIsNoStopKey(t *testing.T) {
	t.Setenv("DISPLAY", "")
	k, err := Arm(func(time.Time) {})
	if k != nil || !errors.Is(err, ErrUnsupported) || !errors.Is(err, x11.ErrNoServer) {
		t.Errorf("Arm = %v, %v, want %v and %v", k, err, ErrUnsupported, x11.ErrNoServer)
	}
}
