package screen

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"os/exec"
	"reflect"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"

	"lotse/capture"
	"lotse/capture/internal/x11"
	"lotse/capture/internal/x11/x11test"
)

// desk draws on a real screen.
type desk struct {
	*x11.Conn
	tb testing.TB
	gc xproto.Gcontext
}

func newDesk(tb testing.TB, screen string) (*desk, *x11test.Server) {
	tb.Helper()
	server := x11test.Start(tb, screen)
	conn, err := x11.Dial(server.Display)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(conn.Close)
	gc, err := xproto.NewGcontextId(conn.Conn)
	if err != nil {
		tb.Fatal(err)
	}
	d := &desk{Conn: conn, tb: tb, gc: gc}
	d.check(xproto.CreateGCChecked(conn.Conn, gc, xproto.Drawable(conn.Screen.Root), xproto.GcSubwindowMode, []uint32{xproto.SubwindowModeIncludeInferiors}).Check())
	return d, server
}

func (d *desk) check(err error) {
	d.tb.Helper()
	if err != nil {
		d.tb.Fatal(err)
	}
}

// fill paints r in a colour, 0xRRGGBB, and returns when it is to be seen.
func (d *desk) fill(r image.Rectangle, colour uint32) {
	d.tb.Helper()
	xproto.ChangeGC(d.Conn.Conn, d.gc, xproto.GcForeground, []uint32{colour})
	rect := xproto.Rectangle{X: int16(r.Min.X), Y: int16(r.Min.Y), Width: uint16(r.Dx()), Height: uint16(r.Dy())}
	d.check(xproto.PolyFillRectangleChecked(d.Conn.Conn, xproto.Drawable(d.Screen.Root), d.gc, []xproto.Rectangle{rect}).Check())
}

func (d *desk) point(p image.Point) {
	d.tb.Helper()
	d.check(xproto.WarpPointerChecked(d.Conn.Conn, 0, d.Screen.Root, 0, 0, 0, 0, int16(p.X), int16(p.Y)).Check())
}

// opened returns a source of the only display.
func opened(tb testing.TB, o Options) Source {
	tb.Helper()
	all, err := Displays()
	if err != nil {
		tb.Fatal(err)
	}
	id := all[0].ID
	if o.Portable {
		id = 1
	}
	return openedID(tb, id, o)
}

func openedID(tb testing.TB, id uint32, o Options) Source {
	tb.Helper()
	return openedTarget(tb, Target{ID: id}, o)
}

func openedTarget(tb testing.TB, t Target, o Options) Source {
	tb.Helper()
	s, err := Open(t, o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

// colours returns the frame's pixels as 0xRRGGBB.
func colours(f capture.Frame) []uint32 {
	var out []uint32
	for y := range f.H {
		for x := range f.W {
			out = append(out, binary.LittleEndian.Uint32(f.Pix[y*f.Stride+4*x:])&0xffffff)
		}
	}
	return out
}

// painted is what a screen of one colour with a rectangle in another holds.
func painted(w, h int, ground uint32, r image.Rectangle, colour uint32) []uint32 {
	out := make([]uint32, w*h)
	for i := range out {
		if out[i] = ground; image.Pt(i%w, i/w).In(r) {
			out[i] = colour
		}
	}
	return out
}

// each runs a test with both ways of looking.
func each(t *testing.T, f func(t *testing.T, o Options)) {
	t.Helper()
	for name, o := range map[string]Options{"fast": {}, "portable": {Portable: true}} {
		t.Run(name, func(t *testing.T) { f(t, o) })
	}
}

func TestDisplaysListsTheScreen(t *testing.T) {
	newDesk(t, "320x240x24")
	got, err := Displays()
	if err != nil {
		t.Fatal(err)
	}
	want := []capture.Display{{ID: got[0].ID, Name: "screen", Bounds: image.Rect(0, 0, 320, 240), Primary: true}}
	if !reflect.DeepEqual(got, want) || got[0].ID == 0 {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestFirstFrameIsTheWholeScreen(t *testing.T) {
	each(t, func(t *testing.T, o Options) {
		t.Helper()
		d, _ := newDesk(t, "320x240x24")
		mark := image.Rect(300, 7, 320, 240)
		d.fill(image.Rect(0, 0, 320, 240), 0x123456)
		d.fill(mark, 0xfedcba)
		got := next(t, opened(t, o))
		if want := []image.Rectangle{image.Rect(0, 0, 320, 240)}; !reflect.DeepEqual(got.Dirty, want) {
			t.Errorf("dirty: got %v, want %v", got.Dirty, want)
		}
		if !reflect.DeepEqual(colours(got), painted(320, 240, 0x123456, mark, 0xfedcba)) {
			t.Error("the picture is not what was drawn")
		}
	})
}

func TestNextNamesWhatWasDrawn(t *testing.T) {
	each(t, func(t *testing.T, o Options) {
		t.Helper()
		d, _ := newDesk(t, "320x240x24")
		d.fill(image.Rect(0, 0, 320, 240), 0x101010)
		s := opened(t, o)
		next(t, s)
		mark := image.Rect(130, 66, 150, 99)
		d.fill(mark, 0xff8000)
		got := next(t, s)
		want := []image.Rectangle{mark}
		if o.Portable {
			want = []image.Rectangle{image.Rect(128, 64, 192, 128)} // it compares tiles
		}
		if !reflect.DeepEqual(got.Dirty, want) {
			t.Errorf("dirty: got %v, want %v", got.Dirty, want)
		}
		if !reflect.DeepEqual(colours(got), painted(320, 240, 0x101010, mark, 0xff8000)) {
			t.Error("the picture is not what was drawn")
		}
	})
}

func TestNextWaitsForADrawing(t *testing.T) {
	each(t, func(t *testing.T, o Options) {
		t.Helper()
		newDesk(t, "320x240x24")
		s := opened(t, o)
		next(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if f, err := s.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, %v, want the deadline", f, err)
		}
	})
}

func TestNextKeepsToThirtyASecond(t *testing.T) {
	d, _ := newDesk(t, "320x240x24")
	s := opened(t, Options{})
	next(t, s)
	began := time.Now()
	for i := range 6 {
		d.fill(image.Rect(0, 0, 10, 10), uint32(i+1))
		next(t, s)
	}
	if got := time.Since(began); got < 6*frameTime {
		t.Errorf("got 6 frames in %v, want at least %v", got, 6*frameTime)
	}
}

func TestManyDrawingsAreFewRectangles(t *testing.T) {
	d, _ := newDesk(t, "640x480x24")
	s := opened(t, Options{})
	next(t, s)
	for i := range 400 {
		at := image.Pt(i*37%600, i*61%440)
		d.fill(image.Rectangle{at, at.Add(image.Pt(3, 3))}, uint32(i+1))
	}
	want := next(t, opened(t, Options{}))
	got := next(t, s)
	if len(got.Dirty) == 0 || len(got.Dirty) > maxDirty {
		t.Errorf("got %d rectangles, want 1 to %d", len(got.Dirty), maxDirty)
	}
	if !reflect.DeepEqual(colours(got), colours(want)) {
		t.Error("the rectangles do not cover what was drawn")
	}
}

func TestPointerIsBesideThePicture(t *testing.T) {
	d, _ := newDesk(t, "320x240x24")
	d.fill(image.Rect(0, 0, 320, 240), 0x404040)
	d.point(image.Pt(50, 60))
	s := opened(t, Options{})
	first := next(t, s)
	shape := first.Cursor.Shape
	if shape == nil || len(shape.Pix) != 4*shape.W*shape.H {
		t.Fatalf("got shape %v, want one with pixels", shape)
	}
	if want := (capture.Cursor{Visible: true, At: image.Pt(50, 60), Shape: shape}); first.Cursor != want {
		t.Errorf("got %v, want %v", first.Cursor, want)
	}
	d.point(image.Pt(51, 61))
	second := next(t, s)
	if want := (capture.Cursor{Visible: true, At: image.Pt(51, 61), Shape: shape}); second.Cursor != want || len(second.Dirty) != 0 {
		t.Errorf("got %v, dirty %v, want %v, nothing dirty", second.Cursor, second.Dirty, want)
	}
	if !reflect.DeepEqual(colours(second), painted(320, 240, 0x404040, image.Rectangle{}, 0)) {
		t.Error("the pointer is in the picture")
	}
	d.crosshair()
	if third := next(t, s); third.Cursor.Shape == shape || third.Cursor.Shape == nil || reflect.DeepEqual(third.Cursor.Shape, shape) {
		t.Errorf("got shape %v, want another than %v", third.Cursor.Shape, shape)
	}
}

// crosshair gives the root window the cross of the cursor font.
func (d *desk) crosshair() {
	d.tb.Helper()
	const cross = 34 // XC_crosshair
	font, err := xproto.NewFontId(d.Conn.Conn)
	d.check(err)
	cursor, err := xproto.NewCursorId(d.Conn.Conn)
	d.check(err)
	d.check(xproto.OpenFontChecked(d.Conn.Conn, font, uint16(len("cursor")), "cursor").Check())
	d.check(xproto.CreateGlyphCursorChecked(d.Conn.Conn, cursor, font, font, cross, cross+1, 0, 0, 0, 0xffff, 0xffff, 0xffff).Check())
	d.check(xproto.ChangeWindowAttributesChecked(d.Conn.Conn, d.Screen.Root, xproto.CwCursor, []uint32{uint32(cursor)}).Check())
}

func xrandr(t *testing.T, args ...string) {
	t.Helper()
	x11test.Need(t, "xrandr")
	if out, err := exec.CommandContext(t.Context(), "xrandr", args...).CombinedOutput(); err != nil {
		t.Fatalf("xrandr %v: %v: %s", args, err, out)
	}
}

func TestOneMonitorOfTwo(t *testing.T) {
	d, _ := newDesk(t, "320x240x24")
	xrandr(t, "--setmonitor", "left", "200/50x240/60+0+0", "screen")
	xrandr(t, "--setmonitor", "right", "120/30x240/60+200+0", "none")
	all, err := Displays()
	if err != nil {
		t.Fatal(err)
	}
	bounds := map[string]image.Rectangle{}
	for _, a := range all {
		bounds[a.Name] = a.Bounds
	}
	want := map[string]image.Rectangle{"left": image.Rect(0, 0, 200, 240), "right": image.Rect(200, 0, 320, 240)}
	if !reflect.DeepEqual(bounds, want) {
		t.Fatalf("got %v, want %v", bounds, want)
	}
	s := openedID(t, named(all, "right").ID, Options{})
	next(t, s)
	d.fill(image.Rect(190, 10, 210, 20), 0xabcdef)
	got := next(t, s)
	if want := []image.Rectangle{image.Rect(0, 10, 10, 20)}; !reflect.DeepEqual(got.Dirty, want) || got.W != 120 {
		t.Errorf("got %v of width %d, want %v of 120", got.Dirty, got.W, want)
	}
	if !reflect.DeepEqual(colours(got), painted(120, 240, 0, image.Rect(0, 10, 10, 20), 0xabcdef)) {
		t.Error("the picture is not that of the right monitor")
	}
	xrandr(t, "--delmonitor", "right")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if f, err := s.Next(ctx); !errors.Is(err, ErrDisplayLost) {
		t.Errorf("got %v, %v, want ErrDisplayLost", f, err)
	}
}

func named(all []capture.Display, name string) capture.Display {
	for _, d := range all {
		if d.Name == name {
			return d
		}
	}
	return capture.Display{}
}

func TestResizeIsANewEpoch(t *testing.T) {
	newDesk(t, "640x480x24")
	s := opened(t, Options{})
	before := next(t, s)
	smaller(t)
	after := next(t, s)
	got := []any{after.W, after.H, after.Stride, len(after.Pix), after.Epoch > before.Epoch, after.Dirty}
	want := []any{320, 240, 1280, 1280 * 240, true, []image.Rectangle{image.Rect(0, 0, 320, 240)}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTheEndOfTheServerIsTheEndOfTheDisplay(t *testing.T) {
	each(t, func(t *testing.T, o Options) {
		t.Helper()
		_, server := newDesk(t, "320x240x24")
		s := opened(t, o)
		next(t, s)
		server.Kill()
		if f, err := s.Next(t.Context()); !errors.Is(err, ErrDisplayLost) {
			t.Errorf("got %v, %v, want ErrDisplayLost", f, err)
		}
	})
}

func TestMemoryAndSocketShowTheSame(t *testing.T) {
	d, _ := newDesk(t, "320x240x24")
	d.fill(image.Rect(0, 0, 320, 240), 0x0f1e2d)
	d.fill(image.Rect(10, 20, 30, 40), 0x998877)
	s, ok := opened(t, Options{}).(*x11Source)
	if !ok || s.Name() != "x11-shm" {
		t.Fatalf("got %T %s, want x11-shm", s, s.Name())
	}
	r := image.Rect(5, 6, 300, 200)
	shared, err := s.scratch.read(s.conn, xproto.Drawable(s.conn.Screen.Root), r)
	if err != nil {
		t.Fatal(err)
	}
	got, err := new(pixels).read(s.conn, xproto.Drawable(s.conn.Screen.Root), r)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, shared) {
		t.Error("the socket shows other pixels than the memory")
	}
}

func TestServerThatDoesNotWriteIsFoundOut(t *testing.T) {
	d, _ := newDesk(t, "320x240x24")
	d.fill(image.Rect(0, 0, 320, 240), 0x3cc3a5)
	s, ok := opened(t, Options{}).(*x11Source)
	if !ok || !s.scratch.honest(s.conn, xproto.Drawable(s.conn.Screen.Root), image.Pt(0, 0)) {
		t.Fatal("a server that writes was not believed")
	}
	// Memory that the server never sees, as with one in another container.
	s.scratch.shared = make([]byte, len(s.scratch.shared))
	if s.scratch.honest(s.conn, xproto.Drawable(s.conn.Screen.Root), image.Pt(0, 0)) {
		t.Error("a server that does not write was believed")
	}
	s.scratch.shared = nil // not ours to give back
}

func TestOtherDepthsAreRefused(t *testing.T) {
	x11test.Start(t, "320x240x16")
	if all, err := Displays(); !errors.Is(err, ErrUnsupported) || !errors.Is(err, errFormat) {
		t.Errorf("got %v, %v, want ErrUnsupported for the format", all, err)
	}
}

func TestNoServerIsNoDisplay(t *testing.T) {
	for _, display := range []string{"", ":65533", "nonsense"} {
		t.Setenv("DISPLAY", display)
		if all, err := Displays(); !errors.Is(err, ErrNoDisplay) {
			t.Errorf("%q: got %v, %v, want ErrNoDisplay", display, all, err)
		}
		if s, err := Open(Target{ID: 1}, Options{}); !errors.Is(err, ErrNoDisplay) {
			t.Errorf("%q: got %v, %v, want ErrNoDisplay", display, s, err)
		}
	}
}

func TestUnknownDisplayIsNoDisplay(t *testing.T) {
	newDesk(t, "320x240x24")
	if s, err := Open(Target{ID: 4_000_000}, Options{}); !errors.Is(err, ErrNoDisplay) {
		t.Errorf("got %v, %v, want ErrNoDisplay", s, err)
	}
}

func TestCloseMayBeCalledTwice(t *testing.T) {
	newDesk(t, "320x240x24")
	s := opened(t, Options{})
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
