package input

import (
	"errors"
	"fmt"
	"image"
	"os/exec"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

const (
	patience = 30 * time.Second // how long a program may take to show itself

	messageGetText = 0x0D
	messageSetText = 0x0C
)

// call calls a function of user32.
func call(t *testing.T, name string, args ...uintptr) uintptr {
	t.Helper()
	p := windows.NewLazySystemDLL("user32.dll").NewProc(name)
	if err := p.Find(); err != nil {
		t.Fatal(err)
	}
	r, _, _ := p.Call(args...)
	return r
}

func wide(t *testing.T, s string) uintptr {
	t.Helper()
	p, err := windows.UTF16PtrFromString(s)
	if err != nil {
		t.Fatal(err)
	}
	return uintptr(unsafe.Pointer(p))
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%s did not come within %v", what, patience)
		}
	}
}

func newGuard(t *testing.T) *Guard {
	t.Helper()
	inj, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	g := NewGuard(inj)
	t.Cleanup(func() {
		g.Stop()
		if err := inj.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

// notepad starts the editor, gives it the keyboard and returns its text field.
func notepad(t *testing.T) uintptr {
	t.Helper()
	path, err := exec.LookPath("notepad.exe")
	if err != nil {
		t.Skipf("notepad is not installed: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), path)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		_ = cmd.Wait()         // killed, so always an error
	})
	var win, edit uintptr
	await(t, "notepad's text field", func() bool {
		win = call(t, "FindWindowW", wide(t, "Notepad"), 0)
		if win == 0 || call(t, "IsWindowVisible", win) == 0 {
			return false
		}
		edit = call(t, "FindWindowExW", win, 0, wide(t, "Edit"), 0)
		return edit != 0
	})
	await(t, "the keyboard", func() bool {
		call(t, "SetForegroundWindow", win)
		return call(t, "GetForegroundWindow") == win
	})
	return edit
}

func fieldText(t *testing.T, field uintptr) string {
	t.Helper()
	buf := make([]uint16, 4096)
	call(t, "SendMessageW", field, messageGetText, uintptr(len(buf)), uintptr(unsafe.Pointer(&buf[0])))
	return windows.UTF16ToString(buf)
}

// reads waits until the field holds want, and fails with what it holds.
func reads(t *testing.T, field uintptr, want string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for {
		got := fieldText(t, field)
		if got == want {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("got  %q\nwant %q", got, want)
		}
	}
}

func TestTextAndKeysArriveInNotepad(t *testing.T) {
	field := notepad(t)
	g := newGuard(t)
	ready(t, g, field)
	const text = "Grüße! ÄÖÜ äöü ß € @ 😀 {[]}\\ ~| ^´` ñ ž Ж 中 İı\t\"x\" <z>\nyz YZ"
	const shown = "Grüße! ÄÖÜ äöü ß € @ 😀 {[]}\\ ~| ^´` ñ ž Ж 中 İı\t\"x\" <z>\r\nyz YZ"
	begin := time.Now()
	err := errors.Join(g.Key(0xE0, true), g.Key(0x04, true), g.Key(0x04, false), g.Key(0xE0, false), g.Text(text)) // Ctrl+A
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d characters in %v", len([]rune(text)), time.Since(begin))
	reads(t, field, shown)
	// Keys by their place: Home, Delete, Shift+End and a letter over it.
	for _, u := range []Usage{0x4A, 0x4C} {
		if err := errors.Join(g.Key(u, true), g.Key(u, false)); err != nil {
			t.Fatal(err)
		}
	}
	const cut = "Grüße! ÄÖÜ äöü ß € @ 😀 {[]}\\ ~| ^´` ñ ž Ж 中 İı\t\"x\" <z>\r\n"
	reads(t, field, cut+"z YZ")
	err = errors.Join(g.Key(0xE1, true), g.Key(0x4D, true), g.Key(0x4D, false), g.Key(0xE1, false), g.Key(0x1E, true), g.Key(0x1E, false))
	if err != nil {
		t.Fatal(err)
	}
	reads(t, field, cut+"1")
	empty(t, field)
}

// ready types until a mark is in the field: it is there before it takes keys.
func ready(t *testing.T, g *Guard, field uintptr) {
	t.Helper()
	await(t, "the editor", func() bool {
		if err := g.Text("#"); err != nil {
			t.Fatal(err)
		}
		return fieldText(t, field) != ""
	})
}

// empty clears the field, so that nobody asks whether to save.
func empty(t *testing.T, field uintptr) {
	t.Helper()
	call(t, "SendMessageW", field, messageSetText, 0, wide(t, ""))
}

func TestPointerGoesWhereItIsTold(t *testing.T) {
	g := newGuard(t)
	w, h := int(call(t, "GetSystemMetrics", 0)), int(call(t, "GetSystemMetrics", 1))
	for _, p := range []image.Point{{0, 0}, {w - 1, h - 1}, {w / 3, h / 7}, {1, h - 2}, {w - 2, 1}} {
		if err := g.Move(p); err != nil {
			t.Fatal(err)
		}
		var at struct{ X, Y int32 }
		call(t, "GetCursorPos", uintptr(unsafe.Pointer(&at)))
		if got := image.Pt(int(at.X), int(at.Y)); got != p {
			t.Errorf("on %dx%d: got %v, want %v", w, h, got, p)
		}
	}
}

func TestMiddleOfEveryPixelIsInsideIt(t *testing.T) {
	for _, size := range []int{1, 640, 1366, 1920, 3840, 5760, 16384, 32767} {
		for at := range size {
			if got := middle(at, size) * size / desk; got != at {
				t.Fatalf("pixel %d of %d: got %d", at, size, got)
			}
		}
	}
	if got, want := [2]int{middle(-5, 100), middle(500, 100)}, [2]int{middle(0, 100), middle(99, 100)}; got != want {
		t.Fatalf("outside: got %v, want %v", got, want)
	}
}

func TestStopLetsGoOfKeysAndButtons(t *testing.T) {
	g := newGuard(t)
	// Virtual keys: left and right Ctrl, left Shift, F13 and the X button.
	virtual := []uintptr{0xA2, 0xA3, 0xA0, 0x7C, 0x05}
	err := errors.Join(g.Key(0xE0, true), g.Key(0xE4, true), g.Key(0xE1, true), g.Key(0x68, true), g.Button(Back, true))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := held16(t, virtual), "[true true true true true]"; got != want {
		t.Fatalf("pressed: got %s, want %s", got, want)
	}
	begin := time.Now()
	g.Stop()
	t.Logf("Stop with five held took %v", time.Since(begin))
	if got, want := held16(t, virtual), "[false false false false false]"; got != want {
		t.Fatalf("stopped: got %s, want %s", got, want)
	}
}

// held16 says for each virtual key whether it is down.
func held16(t *testing.T, keys []uintptr) string {
	t.Helper()
	out := make([]bool, 0, len(keys))
	for _, k := range keys {
		out = append(out, call(t, "GetAsyncKeyState", k)&0x8000 != 0)
	}
	return fmt.Sprint(out)
}
