package screen

import (
	"context"
	"image"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"

	"lotse/capture"
	"lotse/capture/internal/x11/x11test"
)

// run starts a program that ends with the test.
func run(t *testing.T, name string, args ...string) {
	t.Helper()
	x11test.Need(t, name)
	c := exec.CommandContext(context.WithoutCancel(t.Context()), name, args...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
}

// xdotool does something to a window as its window manager would.
func xdotool(t *testing.T, args ...string) {
	t.Helper()
	x11test.Need(t, "xdotool")
	if out, err := exec.CommandContext(t.Context(), "xdotool", args...).CombinedOutput(); err != nil {
		t.Fatalf("xdotool %v: %v: %s", args, err, out)
	}
}

// appears waits for a window with that title.
func appears(t *testing.T, title string) capture.Window {
	t.Helper()
	var found capture.Window
	soonTrue(t, title, func() bool {
		all, err := Windows()
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(all, func(w capture.Window) bool { return w.Title == title })
		if i >= 0 {
			found = all[i]
		}
		return i >= 0
	})
	return found
}

// soonTrue waits for what other programs do in their own time.
func soonTrue(t *testing.T, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for !is() {
		if err := pause(ctx, frameTime, nil); err != nil {
			t.Fatalf("never: %s", what)
		}
	}
}

// TestWindowUnderAWindowManager looks at a real program in a frame of a real
// window manager, which moves, covers, minimises and brings it back.
func TestWindowUnderAWindowManager(t *testing.T) {
	x11test.Need(t, "xdotool")
	d, _ := newDesk(t, "800x600x24")
	run(t, "openbox", "--sm-disable")
	soonTrue(t, "a window manager", func() bool {
		l := lister{conn: d.Conn, atoms: map[string]xproto.Atom{}}
		return len(l.numbers(d.Screen.Root, "_NET_SUPPORTING_WM_CHECK")) > 0
	})
	run(t, "xterm", "-T", "papier", "-bg", "#204060", "-fg", "#204060", "-geometry", "40x10+50+60", "-e", "sleep", "60")
	id := strconv.Itoa(int(appears(t, "papier").ID))
	xdotool(t, "windowactivate", "--sync", id)
	w := appears(t, "papier") // in its frame now
	if w.App != "XTerm" {
		t.Errorf("got %q, want XTerm", w.App)
	}
	source, ok := openedTarget(t, Target{Kind: Window, ID: w.ID}, Options{}).(*x11Window)
	if !ok {
		t.Fatal("not a window's source")
	}
	calm := func(f capture.Frame) bool {
		return f.State == capture.Live && colours(f)[f.W*f.H/2+f.W/2] == 0x204060
	}
	f := until(t, source, "its own colour", calm)
	if f.Bounds().Add(f.Origin) != w.Bounds {
		t.Errorf("got %v, want %v", f.Bounds().Add(f.Origin), w.Bounds)
	}
	middle := func(f capture.Frame) image.Point { return f.Origin.Add(image.Pt(f.W/2, f.H/2)) }
	soonTrue(t, "the focus", source.Keys)
	if got := []bool{source.At(middle(f)), source.At(f.Origin.Sub(image.Pt(0, 5)))}; !slices.Equal(got, []bool{true, false}) {
		t.Errorf("content and title bar: got %t, want true, false", got)
	}
	xdotool(t, "windowmove", id, "300", "250")
	moved := until(t, source, "moved", func(g capture.Frame) bool { return g.Origin.X >= 300 })
	if moved.Epoch != f.Epoch {
		t.Errorf("got epoch %d, want %d", moved.Epoch, f.Epoch)
	}

	run(t, "xterm", "-T", "deckel", "-bg", "#ff0000", "-fg", "#ff0000", "-geometry", "120x40+0+0", "-e", "sleep", "60")
	cover := appears(t, "deckel")
	xdotool(t, "windowactivate", "--sync", strconv.Itoa(int(cover.ID)))
	if all, err := Windows(); err != nil || len(all) != 2 || all[0].ID != cover.ID {
		t.Errorf("got %v, %v, want the cover first", all, err)
	}
	soonTrue(t, "another focus", func() bool { return !source.Keys() })
	if source.At(middle(moved)) {
		t.Error("the window below is reached")
	}
	xdotool(t, "windowminimize", "--sync", id)
	until(t, source, "minimised", func(f capture.Frame) bool { return f.State == capture.Hidden })
	if all, err := Windows(); err != nil || slices.ContainsFunc(all, func(v capture.Window) bool { return v.ID == w.ID }) {
		t.Errorf("got %v, %v, want no minimised window", all, err)
	}
	xdotool(t, "windowactivate", id)
	f = until(t, source, "brought back", calm)
	if slices.Contains(colours(f), 0xff0000) {
		t.Error("the cover is in the picture")
	}
}
