package screen

import (
	"context"
	"errors"
	"image"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"

	"lotse/capture"
	"lotse/capture/internal/x11"
)

// open makes a window of one colour, in front of the others, and returns when
// it is on the screen. parent 0 is the root.
func (d *desk) open(parent xproto.Window, r image.Rectangle, colour uint32) xproto.Window {
	d.tb.Helper()
	if parent == 0 {
		parent = d.Screen.Root
	}
	id, err := xproto.NewWindowId(d.Conn.Conn)
	d.check(err)
	d.check(xproto.CreateWindowChecked(d.Conn.Conn, xproto.WindowClassCopyFromParent, id, parent,
		int16(r.Min.X), int16(r.Min.Y), uint16(r.Dx()), uint16(r.Dy()), 0, xproto.WindowClassInputOutput,
		d.Screen.RootVisual, xproto.CwBackPixel, []uint32{colour}).Check())
	d.check(xproto.MapWindowChecked(d.Conn.Conn, id).Check())
	return id
}

// paint fills a part of a window.
func (d *desk) paint(w xproto.Window, r image.Rectangle, colour uint32) {
	d.tb.Helper()
	xproto.ChangeGC(d.Conn.Conn, d.gc, xproto.GcForeground, []uint32{colour})
	rect := xproto.Rectangle{X: int16(r.Min.X), Y: int16(r.Min.Y), Width: uint16(r.Dx()), Height: uint16(r.Dy())}
	d.check(xproto.PolyFillRectangleChecked(d.Conn.Conn, xproto.Drawable(w), d.gc, []xproto.Rectangle{rect}).Check())
}

func (d *desk) configure(w xproto.Window, mask uint16, values ...uint32) {
	d.tb.Helper()
	d.check(xproto.ConfigureWindowChecked(d.Conn.Conn, w, mask, values).Check())
}

// until returns the first frame that is as wanted.
func until(t *testing.T, s Source, what string, wanted func(capture.Frame) bool) capture.Frame {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		f, err := s.Next(ctx)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if wanted(*f) {
			return *f
		}
	}
}

func windowOf(t *testing.T, w xproto.Window) *x11Window {
	t.Helper()
	s, ok := openedTarget(t, Target{Kind: Window, ID: uint32(w)}, Options{}).(*x11Window)
	if !ok {
		t.Fatalf("got %T, want *x11Window", s)
	}
	return s
}

func TestWindowNeverShowsWhatCoversIt(t *testing.T) {
	d, _ := newDesk(t, "320x240x24")
	w := d.open(0, image.Rect(40, 30, 140, 90), 0x0000ff)
	s := windowOf(t, w)
	first := next(t, s)
	if want := painted(100, 60, 0x0000ff, image.Rectangle{}, 0); !reflect.DeepEqual(colours(first), want) || first.Origin != image.Pt(40, 30) {
		t.Errorf("first: got origin %v or other pixels, want (40,30)", first.Origin)
	}
	cover := d.open(0, image.Rect(0, 0, 100, 240), 0xff0000)
	d.paint(w, image.Rect(10, 10, 70, 20), 0x00ff00) // most of it below the cover
	second := next(t, s)
	if want := []image.Rectangle{image.Rect(10, 10, 70, 20)}; !reflect.DeepEqual(second.Dirty, want) {
		t.Errorf("dirty: got %v, want %v", second.Dirty, want)
	}
	if !reflect.DeepEqual(colours(second), painted(100, 60, 0x0000ff, image.Rect(10, 10, 70, 20), 0x00ff00)) {
		t.Error("the picture is not the window's own")
	}
	d.paint(cover, image.Rect(0, 0, 100, 240), 0xffffff)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if f, err := s.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("drawing in the cover: got %v, %v, want no frame", f, err)
	}
}

func TestWindowIsWholeBeyondTheScreen(t *testing.T) {
	d, _ := newDesk(t, "320x240x24")
	w := d.open(0, image.Rect(300, 200, 400, 260), 0x123456)
	s := windowOf(t, w)
	f := next(t, s)
	if !reflect.DeepEqual(colours(f), painted(100, 60, 0x123456, image.Rectangle{}, 0)) {
		t.Error("the part beyond the screen is missing")
	}
}

func TestMovedWindowKeepsItsEpoch(t *testing.T) {
	d, _ := newDesk(t, "320x240x24")
	w := d.open(0, image.Rect(10, 10, 60, 50), 0x00ff00)
	s := windowOf(t, w)
	before := next(t, s)
	d.configure(w, xproto.ConfigWindowX|xproto.ConfigWindowY, 100, 120)
	after := until(t, s, "moved", func(f capture.Frame) bool { return f.Origin != before.Origin })
	got := []any{after.Origin, after.Epoch, after.W, after.H}
	if want := []any{image.Pt(100, 120), before.Epoch, 50, 40}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestWindowInAFrameIsFollowed(t *testing.T) {
	d, _ := newDesk(t, "320x240x24")
	frame := d.open(0, image.Rect(10, 10, 110, 110), 0x111111)
	w := d.open(frame, image.Rect(5, 20, 95, 95), 0x00ff00)
	s := windowOf(t, w)
	if f := next(t, s); f.Origin != image.Pt(15, 30) || f.W != 90 || f.H != 75 {
		t.Errorf("got %d×%d at %v, want 90×75 at (15,30)", f.W, f.H, f.Origin)
	}
	d.configure(frame, xproto.ConfigWindowX, 50)
	until(t, s, "frame moved", func(f capture.Frame) bool { return f.Origin == image.Pt(55, 30) })
}

func TestResizedWindowIsANewEpoch(t *testing.T) {
	d, _ := newDesk(t, "320x240x24")
	w := d.open(0, image.Rect(10, 10, 60, 50), 0x00ff00)
	s := windowOf(t, w)
	before := next(t, s)
	d.configure(w, xproto.ConfigWindowWidth|xproto.ConfigWindowHeight, 200, 150)
	after := until(t, s, "resized", func(f capture.Frame) bool { return f.W == 200 })
	got := []any{after.W, after.H, after.Stride, len(after.Pix), after.Epoch, after.Dirty}
	want := []any{200, 150, 800, 800 * 150, before.Epoch + 1, []image.Rectangle{image.Rect(0, 0, 200, 150)}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	d.paint(w, image.Rect(150, 100, 160, 110), 0xabcdef)
	last := until(t, s, "painted", func(f capture.Frame) bool {
		return colours(f)[105*200+155] == 0xabcdef
	})
	if !reflect.DeepEqual(colours(last), painted(200, 150, 0x00ff00, image.Rect(150, 100, 160, 110), 0xabcdef)) {
		t.Error("the picture is not the window's")
	}
}

func TestMinimisedWindowStands(t *testing.T) {
	d, _ := newDesk(t, "320x240x24")
	w := d.open(0, image.Rect(10, 10, 60, 50), 0x00ff00)
	s := windowOf(t, w)
	before := next(t, s)
	want := colours(before)
	d.check(xproto.UnmapWindowChecked(d.Conn.Conn, w).Check())
	hidden := until(t, s, "unmapped", func(f capture.Frame) bool { return f.State == capture.Hidden })
	if len(hidden.Dirty) != 0 || !reflect.DeepEqual(colours(hidden), want) || hidden.Cursor.Visible {
		t.Errorf("got dirty %v or another picture, want the last one", hidden.Dirty)
	}
	d.check(xproto.ChangeWindowAttributesChecked(d.Conn.Conn, w, xproto.CwBackPixel, []uint32{0xff00ff}).Check())
	d.check(xproto.MapWindowChecked(d.Conn.Conn, w).Check())
	back := until(t, s, "mapped", func(f capture.Frame) bool {
		return f.State == capture.Live && colours(f)[0] == 0xff00ff
	})
	if back.Epoch != before.Epoch {
		t.Errorf("got epoch %d, want %d", back.Epoch, before.Epoch)
	}
}

func TestWindowMayBeginMinimised(t *testing.T) {
	d, _ := newDesk(t, "320x240x24")
	w := d.open(0, image.Rect(10, 10, 60, 50), 0x00ff00)
	d.check(xproto.UnmapWindowChecked(d.Conn.Conn, w).Check())
	s := windowOf(t, w)
	f := next(t, s)
	if f.State != capture.Hidden || !reflect.DeepEqual(colours(f), painted(50, 40, 0, image.Rectangle{}, 0)) {
		t.Errorf("got state %d or a picture, want a black one", f.State)
	}
	d.check(xproto.MapWindowChecked(d.Conn.Conn, w).Check())
	until(t, s, "mapped", func(f capture.Frame) bool { return f.State == capture.Live && colours(f)[0] == 0x00ff00 })
}

func TestClosedWindowEndsItsSource(t *testing.T) {
	d, _ := newDesk(t, "320x240x24")
	w := d.open(0, image.Rect(10, 10, 60, 50), 0x00ff00)
	s := windowOf(t, w)
	next(t, s)
	d.check(xproto.DestroyWindowChecked(d.Conn.Conn, w).Check())
	if f, err := s.Next(t.Context()); !errors.Is(err, ErrWindowClosed) {
		t.Errorf("got %v, %v, want ErrWindowClosed", f, err)
	}
	if s, err := Open(Target{Kind: Window, ID: uint32(w)}, Options{}); !errors.Is(err, ErrWindowClosed) {
		t.Errorf("open: got %v, %v, want ErrWindowClosed", s, err)
	}
}

func TestTheDesktopIsNoWindow(t *testing.T) {
	d, _ := newDesk(t, "320x240x24")
	if s, err := Open(Target{Kind: Window, ID: uint32(d.Screen.Root)}, Options{}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("got %v, %v, want ErrUnsupported", s, err)
	}
}

func TestPointerOfAWindow(t *testing.T) {
	d, _ := newDesk(t, "320x240x24")
	w := d.open(0, image.Rect(40, 30, 140, 90), 0x0000ff)
	d.point(image.Pt(50, 45))
	s := windowOf(t, w)
	f := next(t, s)
	if !f.Cursor.Visible || f.Cursor.At != image.Pt(10, 15) {
		t.Errorf("got %v, want one at (10,15)", f.Cursor)
	}
	d.point(image.Pt(10, 10))
	until(t, s, "outside", func(f capture.Frame) bool { return !f.Cursor.Visible })
	d.open(0, image.Rect(100, 30, 140, 90), 0xff0000)
	d.point(image.Pt(60, 45))
	until(t, s, "inside", func(f capture.Frame) bool { return f.Cursor.Visible })
	d.point(image.Pt(110, 45))
	until(t, s, "above the cover", func(f capture.Frame) bool { return !f.Cursor.Visible })
}

func TestReachIsTheWindowOnTop(t *testing.T) {
	d, _ := newDesk(t, "320x240x24")
	frame := d.open(0, image.Rect(20, 10, 180, 130), 0x111111)
	w := d.open(frame, image.Rect(20, 20, 120, 80), 0x0000ff) // 40,30 to 140,90
	d.open(w, image.Rect(10, 10, 30, 30), 0x00ff00)           // a button inside
	s := windowOf(t, w)
	d.open(0, image.Rect(100, 0, 200, 200), 0xff0000)
	got := map[image.Point]bool{}
	want := map[image.Point]bool{
		{40, 30}: true, {99, 89}: true, {55, 45}: true, // also in the button
		{100, 45}: false, // covered
		{30, 20}:  false, // the frame, where the window is closed and moved
		{10, 10}:  false, {-5, -5}: false, {319, 239}: false,
	}
	for p := range want {
		got[p] = s.At(p)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for p, inside := range want {
		if !p.In(image.Rect(0, 0, 320, 240)) {
			continue
		}
		d.point(p)
		if got := s.Pointer(); got != inside {
			t.Errorf("pointer at %v: got %t, want %t", p, got, inside)
		}
	}
}

func TestKeysGoToTheWindowWithTheFocus(t *testing.T) {
	d, _ := newDesk(t, "320x240x24")
	w := d.open(0, image.Rect(40, 30, 140, 90), 0x0000ff)
	inner := d.open(w, image.Rect(10, 10, 30, 30), 0x00ff00)
	other := d.open(0, image.Rect(200, 30, 300, 90), 0xff0000)
	focus := func(w xproto.Window) {
		d.check(xproto.SetInputFocusChecked(d.Conn.Conn, xproto.InputFocusPointerRoot, w, xproto.TimeCurrentTime).Check())
	}
	focus(inner)
	s := windowOf(t, w)
	if !s.Keys() {
		t.Error("to look took the focus away")
	}
	for _, c := range []struct {
		to   xproto.Window
		want bool
	}{{other, false}, {w, true}, {d.Screen.Root, false}, {inner, true}, {xproto.WindowNone, false}} {
		focus(c.to)
		if got := s.Keys(); got != c.want {
			t.Errorf("focus on %d: got %t, want %t", c.to, got, c.want)
		}
	}
	focus(w)
	d.open(0, image.Rect(0, 0, 320, 240), 0) // a lock screen: all keys are its own
	if s.Keys() {
		t.Error("a window below a lock screen takes keys")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if s.At(image.Pt(50, 50)) || s.Pointer() || s.Keys() {
		t.Error("a closed source reaches something")
	}
}

func TestClosingASourceLeavesTheFocus(t *testing.T) {
	d, _ := newDesk(t, "320x240x24")
	w := d.open(0, image.Rect(40, 30, 140, 90), 0x0000ff)
	d.check(xproto.SetInputFocusChecked(d.Conn.Conn, xproto.InputFocusPointerRoot, w, xproto.TimeCurrentTime).Check())
	s := windowOf(t, w)
	next(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	focus, err := xproto.GetInputFocus(d.Conn.Conn).Reply()
	d.check(err)
	if focus.Focus != w {
		t.Errorf("got focus on %d, want %d", focus.Focus, w)
	}
}

// set gives a window a property; an empty kind is text.
func (d *desk) set(w xproto.Window, name, kind string, format byte, value []byte) {
	d.tb.Helper()
	number := func(name string) xproto.Atom {
		reply, err := xproto.InternAtom(d.Conn.Conn, false, uint16(len(name)), name).Reply()
		d.check(err)
		return reply.Atom
	}
	d.check(xproto.ChangePropertyChecked(d.Conn.Conn, xproto.PropModeReplace, w, number(name), number(kind), format,
		uint32(len(value)*8/int(format)), value).Check())
}

func number32(n uint32) []byte { return []byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)} }

func TestWindowsAreListedFromFrontToBack(t *testing.T) {
	d, _ := newDesk(t, "320x240x24")
	back := d.open(0, image.Rect(10, 10, 60, 50), 0)
	d.set(back, "_NET_WM_NAME", "UTF8_STRING", 8, []byte("Überweisung\u202e\n"))
	d.set(back, "WM_CLASS", "STRING", 8, []byte("firefox\x00Firefox\x00"))
	front := d.open(0, image.Rect(100, 20, 200, 90), 0)
	d.set(front, "WM_NAME", "STRING", 8, []byte("Gr\xfc\xdfe"))
	mine := d.open(0, image.Rect(100, 20, 200, 90), 0)
	d.set(mine, "_NET_WM_PID", "CARDINAL", 32, number32(uint32(os.Getpid())))
	hidden := d.open(0, image.Rect(100, 20, 200, 90), 0)
	d.check(xproto.UnmapWindowChecked(d.Conn.Conn, hidden).Check())
	menu := d.open(0, image.Rect(0, 0, 30, 30), 0)
	d.check(xproto.ChangeWindowAttributesChecked(d.Conn.Conn, menu, xproto.CwOverrideRedirect, []uint32{1}).Check())
	panel := d.open(0, image.Rect(0, 220, 320, 240), 0)
	reply, err := xproto.InternAtom(d.Conn.Conn, false, uint16(len("_NET_WM_WINDOW_TYPE_DOCK")), "_NET_WM_WINDOW_TYPE_DOCK").Reply()
	d.check(err)
	d.set(panel, "_NET_WM_WINDOW_TYPE", "ATOM", 32, number32(uint32(reply.Atom)))
	got, err := Windows()
	d.check(err)
	want := []capture.Window{
		{ID: uint32(front), Title: "Grüße", Bounds: image.Rect(100, 20, 200, 90)},
		{ID: uint32(back), Title: "Überweisung", App: "Firefox", Bounds: image.Rect(10, 10, 60, 50)},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	d.set(d.Screen.Root, "_NET_CLIENT_LIST_STACKING", "WINDOW", 32, append(number32(uint32(front)), number32(uint32(back))...))
	if got, err = Windows(); err != nil || !reflect.DeepEqual(got, []capture.Window{want[1], want[0]}) {
		t.Errorf("got %v, %v, want what the window manager says", got, err)
	}
}

func TestDarkScreenStands(t *testing.T) {
	d, server := newDesk(t, "320x240x24")
	saver, err := x11.Dial(server.Display, "MIT-SCREEN-SAVER")
	d.check(err)
	t.Cleanup(saver.Close)
	if !saver.Has("MIT-SCREEN-SAVER") {
		t.Skip("the server has no screen saver")
	}
	w := d.open(0, image.Rect(10, 10, 60, 50), 0x00ff00)
	for name, s := range map[string]Source{"screen": opened(t, Options{}), "window": windowOf(t, w)} {
		next(t, s)
		d.check(xproto.ForceScreenSaverChecked(d.Conn.Conn, xproto.ScreenSaverActive).Check())
		dark := until(t, s, name, func(f capture.Frame) bool { return f.State == capture.Locked })
		if len(dark.Dirty) != 0 || dark.Cursor.Visible {
			t.Errorf("%s: got dirty %v, want nothing", name, dark.Dirty)
		}
		d.check(xproto.ForceScreenSaverChecked(d.Conn.Conn, xproto.ScreenSaverReset).Check())
		light := until(t, s, name, func(f capture.Frame) bool { return f.State == capture.Live })
		if want := []image.Rectangle{light.Bounds()}; !reflect.DeepEqual(light.Dirty, want) {
			t.Errorf("%s: got dirty %v, want %v", name, light.Dirty, want)
		}
	}
}

func TestDesktopIsBlackBetweenMonitors(t *testing.T) {
	d, _ := newDesk(t, "320x240x24")
	xrandr(t, "--setmonitor", "left", "100/50x240/60+20+0", "screen")
	xrandr(t, "--setmonitor", "right", "120/30x100/60+200+100", "none")
	d.fill(image.Rect(0, 0, 320, 240), 0x336699)
	s := openedTarget(t, Target{Kind: Desktop}, Options{})
	f := next(t, s)
	want := make([]uint32, 300*240)
	for i := range want {
		at := image.Pt(i%300+20, i/300)
		if at.In(image.Rect(20, 0, 120, 240)) || at.In(image.Rect(200, 100, 320, 200)) {
			want[i] = 0x336699
		}
	}
	if f.W != 300 || f.H != 240 || f.Origin != image.Pt(20, 0) || !reflect.DeepEqual(colours(f), want) {
		t.Fatalf("got %d×%d at %v, want 300×240 at (20,0), black between the monitors", f.W, f.H, f.Origin)
	}
	d.fill(image.Rect(110, 150, 210, 160), 0xffffff)
	f = next(t, s)
	dirty := []image.Rectangle{image.Rect(90, 150, 100, 160), image.Rect(180, 150, 190, 160)}
	if !reflect.DeepEqual(f.Dirty, dirty) || colours(f)[155*300+120] != 0 {
		t.Errorf("got %v, want %v and black between", f.Dirty, dirty)
	}
	xrandr(t, "--delmonitor", "right")
	f = until(t, s, "unplugged", func(f capture.Frame) bool { return f.Epoch > 0 })
	if f.W != 100 || f.H != 240 || f.Origin != image.Pt(20, 0) {
		t.Errorf("got %d×%d at %v, want 100×240 at (20,0)", f.W, f.H, f.Origin)
	}
}

func TestRegionIsOnlyThat(t *testing.T) {
	each(t, func(t *testing.T, o Options) {
		t.Helper()
		d, _ := newDesk(t, "320x240x24")
		d.fill(image.Rect(0, 0, 320, 240), 0x101010)
		d.fill(image.Rect(50, 60, 60, 70), 0xff8000)
		s := openedTarget(t, Target{Kind: Region, Rect: image.Rect(40, 50, 400, 90)}, o)
		f := next(t, s)
		if f.W != 280 || f.H != 40 || f.Origin != image.Pt(40, 50) || !reflect.DeepEqual(colours(f), painted(280, 40, 0x101010, image.Rect(10, 10, 20, 20), 0xff8000)) {
			t.Errorf("got %d×%d at %v, want 280×40 at (40,50)", f.W, f.H, f.Origin)
		}
		d.fill(image.Rect(0, 0, 320, 50), 0xffffff) // beside it
		d.fill(image.Rect(0, 80, 41, 240), 0xffffff)
		got := next(t, s)
		if !reflect.DeepEqual(colours(got)[0:280*30], painted(280, 30, 0x101010, image.Rect(10, 10, 20, 20), 0xff8000)) {
			t.Error("something beside the region got in")
		}
	})
}

func TestRegionBesideEveryMonitorIsRefused(t *testing.T) {
	newDesk(t, "320x240x24")
	for _, r := range []image.Rectangle{{}, image.Rect(320, 0, 400, 100), image.Rect(-50, -50, 0, 0)} {
		if s, err := Open(Target{Kind: Region, Rect: r}, Options{}); !errors.Is(err, ErrNoDisplay) {
			t.Errorf("%v: got %v, %v, want ErrNoDisplay", r, s, err)
		}
	}
}

func TestSmallerScreenCutsTheRegion(t *testing.T) {
	newDesk(t, "640x480x24")
	s := openedTarget(t, Target{Kind: Region, Rect: image.Rect(200, 100, 600, 400)}, Options{})
	before := next(t, s)
	smaller(t)
	f := until(t, s, "smaller", func(f capture.Frame) bool { return f.Epoch > before.Epoch })
	if f.W != 120 || f.H != 140 || f.Origin != image.Pt(200, 100) {
		t.Errorf("got %d×%d at %v, want 120×140 at (200,100)", f.W, f.H, f.Origin)
	}
}

func TestDesktopFollowsTheResolution(t *testing.T) {
	newDesk(t, "640x480x24")
	s := openedTarget(t, Target{Kind: Desktop}, Options{})
	next(t, s)
	smaller(t)
	until(t, s, "smaller", func(f capture.Frame) bool { return f.W == 320 && f.H == 240 && f.Epoch > 0 })
}

// smaller makes a screen of 320 × 240.
func smaller(t *testing.T) {
	t.Helper()
	xrandr(t, "--newmode", "small", "12.6", "320", "320", "320", "320", "240", "240", "240", "240")
	xrandr(t, "--addmode", "screen", "small")
	xrandr(t, "--output", "screen", "--mode", "small", "--fb", "320x240")
}
