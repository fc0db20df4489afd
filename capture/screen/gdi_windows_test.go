package screen

import (
	"context"
	"errors"
	"image"
	"slices"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"lotse/capture"
)

// brush paints on a window.
type brush struct {
	tb     testing.TB
	window uintptr // its device context
	graph  *windows.LazyDLL
	user   *windows.LazyDLL
}

// newBrush paints on the desktop itself.
func newBrush(t *testing.T) *brush {
	t.Helper()
	return newBrushOn(t, 0)
}

func newBrushOn(t *testing.T, window uintptr) *brush {
	t.Helper()
	b := &brush{tb: t, graph: windows.NewLazySystemDLL("gdi32.dll"), user: windows.NewLazySystemDLL("user32.dll")}
	b.window, _, _ = b.user.NewProc("GetDC").Call(window)
	if b.window == 0 {
		t.Fatal("the window can't be painted on")
	}
	t.Cleanup(func() { _, _, _ = b.user.NewProc("ReleaseDC").Call(window, b.window) })
	return b
}

// fill paints r in a colour, 0xRRGGBB.
func (b *brush) fill(r image.Rectangle, colour uint32) {
	b.tb.Helper()
	handle, _, _ := b.graph.NewProc("CreateSolidBrush").Call(uintptr(colour>>16 | colour&0xff00 | colour&0xff<<16))
	rect := [4]int32{int32(r.Min.X), int32(r.Min.Y), int32(r.Max.X), int32(r.Max.Y)}
	if ok, _, err := b.user.NewProc("FillRect").Call(b.window, uintptr(unsafe.Pointer(&rect)), handle); ok == 0 {
		b.tb.Fatalf("FillRect: %v", err)
	}
	_, _, _ = b.graph.NewProc("GdiFlush").Call()
	_, _, _ = b.graph.NewProc("DeleteObject").Call(handle)
}

// soon is next for what may never come.
func soon(t *testing.T, s Source) capture.Frame {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	f, err := s.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return *f
}

// eachWay runs a test with both ways of looking at the primary display.
func eachWay(t *testing.T, f func(t *testing.T, s Source, size image.Point)) {
	t.Helper()
	all, err := Displays()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(d capture.Display) bool { return d.Primary })
	if i < 0 {
		t.Fatalf("no primary display in %v", all)
	}
	for name, open := range map[string]func(Target) (Source, error){"gdi": openGDI, "portable": openPortable} {
		t.Run(name, func(t *testing.T) {
			s, err := open(Target{ID: all[i].ID})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
			if s.Name() != name {
				t.Errorf("looks with %q, want %q", s.Name(), name)
			}
			f(t, s, all[i].Bounds.Size())
		})
	}
}

func TestGDISeesWhatIsPainted(t *testing.T) {
	b := newBrush(t)
	r := image.Rect(130, 70, 150, 99)
	eachWay(t, func(t *testing.T, s Source, size image.Point) {
		t.Helper()
		b.fill(image.Rect(100, 50, 260, 180), 0x102030)
		first := next(t, s)
		if got := image.Pt(first.W, first.H); got != size || !slices.Equal(first.Dirty, []image.Rectangle{first.Bounds()}) {
			t.Errorf("first frame %v, dirty %v, want all of %v", got, first.Dirty, size)
		}
		b.fill(r, 0xff8000)
		for !slices.ContainsFunc(soon(t, s).Dirty, r.In) {
			continue // something else moved
		}
		source, ok := s.(*polled)
		if !ok {
			t.Fatalf("got a %T", s)
		}
		f := source.frame
		at := func(x, y int) [3]byte {
			p := f.Pix[y*f.Stride+4*x:]
			return [3]byte{p[2], p[1], p[0]}
		}
		got := [][3]byte{at(130, 70), at(149, 98), at(129, 70), at(150, 98), at(140, 99)}
		in, out := [3]byte{0xff, 0x80, 0}, [3]byte{0x10, 0x20, 0x30}
		if want := [][3]byte{in, in, out, out, out}; !slices.Equal(got, want) {
			t.Errorf("pixels: got %x, want %x", got, want)
		}
	})
}

func TestGDIShowsThePointer(t *testing.T) {
	b := newBrush(t)
	all, err := Displays()
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(Target{ID: all[0].ID}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	move := b.user.NewProc("SetCursorPos")
	for _, at := range []image.Point{{40, 50}, {41, 52}} {
		if ok, _, err := move.Call(uintptr(at.X), uintptr(at.Y)); ok == 0 {
			t.Fatalf("SetCursorPos: %v", err)
		}
		f := soon(t, s)
		for f.Cursor.At != at {
			f = soon(t, s)
		}
		if c := f.Cursor; c.Visible && (c.Shape == nil || len(c.Shape.Pix) != 4*c.Shape.W*c.Shape.H) {
			t.Errorf("a visible pointer with shape %v", c.Shape)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestGDIRefusesAnUnknownDisplay(t *testing.T) {
	if s, err := Open(Target{ID: 4711}, Options{}); s != nil || !errors.Is(err, ErrNoDisplay) {
		t.Errorf("got %v, %v, want %v", s, err, ErrNoDisplay)
	}
}
