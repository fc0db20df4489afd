package overlay

import (
	"bytes"
	"image"
	"image/color"
	"slices"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"lotse/capture/internal/winthread"
)

// paper is a white window without a frame that tells of clicks and keys.
type paper struct {
	t      *testing.T
	thread *winthread.Thread
	handle uintptr
	place  image.Rectangle
	clicks chan image.Point
	keys   chan rune
}

func user(name string, args ...uintptr) uintptr {
	r, _, _ := windows.NewLazySystemDLL("user32.dll").NewProc(name).Call(args...)
	return r
}

func graphics(name string, args ...uintptr) uintptr {
	r, _, _ := windows.NewLazySystemDLL("gdi32.dll").NewProc(name).Call(args...)
	return r
}

func newPaper(t *testing.T, place image.Rectangle, above bool) *paper {
	t.Helper()
	p := &paper{t: t, place: place, clicks: make(chan image.Point, 16), keys: make(chan rune, 16)}
	const visible, notify, white, topWindow = 0x10000000, 0x100, 6, 8 // WS_VISIBLE, SS_NOTIFY, SS_WHITERECT, WS_EX_TOPMOST
	extra := uintptr(0)
	if above {
		extra = topWindow
	}
	var err error
	p.thread, err = winthread.Start(func() error {
		class, err := windows.UTF16PtrFromString("STATIC")
		if err != nil {
			return err
		}
		p.handle = user("CreateWindowExW", extra, uintptr(unsafe.Pointer(class)), 0, popup|visible|notify|white,
			uintptr(place.Min.X), uintptr(place.Min.Y), uintptr(place.Dx()), uintptr(place.Dy()), 0, 0, 0, 0)
		user("SetForegroundWindow", p.handle)
		user("SetFocus", p.handle)
		user("UpdateWindow", p.handle)
		return nil
	}, p.hear, func() error { user("DestroyWindow", p.handle); return nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.thread.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	if p.handle == 0 {
		t.Fatal("no window")
	}
	eventually(t, "the paper is white", func() bool { return p.all(white24) })
	return p
}

func (p *paper) hear(m *winthread.Message) {
	const keyDown, leftDown, leftTwice = 0x100, 0x201, 0x203 // WM_KEYDOWN, WM_LBUTTONDOWN, LBUTTONDBLCLK
	switch {
	case m.Window != p.handle:
	case m.Kind == leftDown || m.Kind == leftTwice:
		p.clicks <- image.Pt(int(int16(m.L)), int(int16(m.L>>16)))
	case m.Kind == keyDown:
		p.keys <- rune(m.W)
	}
}

const white24 = 0xffffff

// shot is what is to be seen of the desktop, layered windows too.
func shot(t *testing.T, r image.Rectangle) []byte {
	t.Helper()
	const copyWithLayers = 0x00cc0020 | 0x40000000 // SRCCOPY | CAPTUREBLT
	screen := user("GetDC", 0)
	memory := graphics("CreateCompatibleDC", screen)
	info := topDown(r.Size())
	var bits unsafe.Pointer
	bitmap := graphics("CreateDIBSection", memory, uintptr(unsafe.Pointer(&info)), 0, uintptr(unsafe.Pointer(&bits)), 0, 0)
	before := graphics("SelectObject", memory, bitmap)
	ok := graphics("BitBlt", memory, 0, 0, uintptr(r.Dx()), uintptr(r.Dy()), screen, uintptr(r.Min.X), uintptr(r.Min.Y), copyWithLayers)
	graphics("GdiFlush")
	if bits == nil || ok == 0 {
		t.Fatal("no picture of the desktop")
	}
	out := bytes.Clone(unsafe.Slice((*byte)(bits), 4*r.Dx()*r.Dy()))
	for i := 3; i < len(out); i += 4 {
		out[i] = 0
	}
	graphics("SelectObject", memory, before)
	graphics("DeleteObject", bitmap)
	graphics("DeleteDC", memory)
	user("ReleaseDC", 0, screen)
	return out
}

func pixel(t *testing.T, p image.Point) color.NRGBA {
	t.Helper()
	px := shot(t, image.Rectangle{Min: p, Max: p.Add(image.Pt(1, 1))})
	return color.NRGBA{px[2], px[1], px[0], 0xff}
}

// all reports whether the whole paper has one colour.
func (p *paper) all(tone uint32) bool {
	p.t.Helper()
	px := shot(p.t, p.place)
	return bytes.Equal(px, bytes.Repeat([]byte{byte(tone), byte(tone >> 8), byte(tone >> 16), 0}, len(px)/4))
}

// click clicks at a place of the desktop, which the paper has to be told of.
func (p *paper) click(at image.Point) {
	p.t.Helper()
	const there, down, up, whole = 0x8001, 2, 4, 1 << 16 // MOUSEEVENTF_ABSOLUTE | MOVE, LEFTDOWN, LEFTUP
	w, h := int(user("GetSystemMetrics", 0)), int(user("GetSystemMetrics", 1))
	x, y := uintptr((at.X*whole+w-1)/w), uintptr((at.Y*whole+h-1)/h)
	user("mouse_event", there|down, x, y, 0, 0)
	user("mouse_event", there|up, x, y, 0, 0)
	select {
	case got := <-p.clicks:
		if want := at.Sub(p.place.Min); got != want {
			p.t.Errorf("got a click at %v, want %v", got, want)
		}
	case <-time.After(10 * time.Second):
		p.t.Errorf("the click at %v was lost", at)
	}
}

var desk = image.Rect(0, 0, 640, 480)

func opened(t *testing.T, area image.Rectangle) (Overlay, *winSurface) {
	t.Helper()
	o, err := Open(area, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	b, ok := o.(*board)
	if !ok {
		t.Fatalf("got a %T", o)
	}
	s, ok := b.surface.(*winSurface)
	if !ok {
		t.Fatalf("got a %T", b.surface)
	}
	return o, s
}

func showBox(t *testing.T, o Overlay, life time.Duration) {
	t.Helper()
	marks := []Mark{
		{Kind: Box, Points: []image.Point{{120, 120}, {300, 220}}, Colour: blue, For: life},
		{Kind: Note, Points: []image.Point{{120, 280}}, Text: "Hier klicken", Name: "Jörg", Colour: orange, For: life},
	}
	if err := o.Show(marks); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the box is on the screen", func() bool { return pixel(t, image.Pt(200, 120)) == blue })
}

func TestMarksAreSeenAndClicksAndKeysGoThrough(t *testing.T) {
	p := newPaper(t, image.Rect(40, 40, 600, 440), false)
	o, s := opened(t, desk)
	front := user("GetForegroundWindow")
	showBox(t, o, MaxLife)
	if front != p.handle || user("GetForegroundWindow") != front {
		t.Errorf("got window %#x in front, before it %#x, want %#x", user("GetForegroundWindow"), front, p.handle)
	}
	const styles = ^uintptr(19) // GWL_EXSTYLE, -20
	if got := user("GetWindowLongPtrW", s.window, styles); got&glassStyle != glassStyle {
		t.Errorf("got styles %#x, want all of %#x", got, uintptr(glassStyle))
	}
	// Beside the box and inside it.
	for _, at := range []image.Point{{80, 80}, {200, 170}} {
		if got, want := pixel(t, at), (color.NRGBA{0xff, 0xff, 0xff, 0xff}); got != want {
			t.Errorf("got %v at %v, want %v", got, at, want)
		}
	}
	for _, at := range []image.Point{{200, 120}, {160, 300}, {200, 170}, {500, 400}} {
		p.click(at)
		const packed = 32
		if got := user("WindowFromPoint", uintptr(at.X)|uintptr(at.Y)<<packed); got != p.handle {
			t.Errorf("got window %#x at %v, want %#x", got, at, p.handle)
		}
	}
	const keyUp = 2 // KEYEVENTF_KEYUP
	user("keybd_event", 'Q', 0, 0, 0)
	user("keybd_event", 'Q', 0, keyUp, 0)
	select {
	case got := <-p.keys:
		if got != 'Q' {
			t.Errorf("got key %q, want 'Q'", got)
		}
	case <-time.After(10 * time.Second):
		t.Error("the key was lost")
	}
	window := s.window
	if err := o.Close(); err != nil {
		t.Error(err)
	}
	if user("IsWindow", window) != 0 {
		t.Error("the window is still there after Close")
	}
	eventually(t, "the paper is white again", func() bool { return p.all(white24) })
}

func TestMarksWipeThemselvesFromTheScreen(t *testing.T) {
	p := newPaper(t, image.Rect(40, 40, 600, 440), false)
	o, s := opened(t, desk)
	if !p.all(white24) || user("IsWindowVisible", s.window) != 0 {
		t.Error("got something to be seen after Open")
	}
	showBox(t, o, 1500*time.Millisecond)
	eventually(t, "the paper is white again", func() bool { return p.all(white24) && user("IsWindowVisible", s.window) == 0 })
}

func TestMarksComeBackAboveWhatIsPutOnTop(t *testing.T) {
	newPaper(t, image.Rect(40, 40, 600, 440), false)
	o, s := opened(t, desk)
	showBox(t, o, MaxLife)
	cover := newPaper(t, image.Rect(400, 40, 600, 440), true)
	user("SetWindowPos", cover.handle, topmost, 100, 100, 200, 200, 0x10) // SWP_NOACTIVATE
	eventually(t, "the marks are above a window put on top", func() bool {
		const next = 2 // GW_HWNDNEXT
		below := user("GetWindow", s.window, next)
		for below != 0 && below != cover.handle {
			below = user("GetWindow", below, next)
		}
		return below == cover.handle && pixel(t, image.Pt(200, 120)) == blue
	})
}

// A monitor left of the first one has negative places.
func TestAreasMayBeginLeftOfTheDesktop(t *testing.T) {
	p := newPaper(t, image.Rect(40, 40, 600, 440), false)
	for _, area := range []image.Rectangle{image.Rect(-500, -300, 640, 480), image.Rect(110, 110, 320, 240)} {
		o, s := opened(t, area)
		if err := o.Show([]Mark{{Kind: Stroke, Points: []image.Point{{-50, 150}, {300, 150}}, Colour: blue, For: MaxLife}}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the stroke is drawn", func() bool { return pixel(t, image.Pt(200, 150)) == blue })
		var rect [4]int32
		user("GetWindowRect", s.window, uintptr(unsafe.Pointer(&rect)))
		reach := strokeRadius + edgeWidth + shadowWidth
		got := []int{int(rect[0]), int(rect[1]), int(rect[2]), int(rect[3])}
		want := image.Rect(-50-reach-2, 150-reach-2, 300+reach+3, 150+reach+3).Intersect(area)
		if r := image.Rect(got[0], got[1], got[2], got[3]); !r.In(want) || r.Dx() < want.Dx()-6 || r.Dy() < want.Dy()-6 {
			t.Errorf("area %v: got a window at %v, want about %v", area, r, want)
		}
		p.click(image.Pt(200, 150))
		if err := o.Close(); err != nil {
			t.Error(err)
		}
		eventually(t, "the paper is white again", func() bool { return p.all(white24) })
	}
}

func TestNothingStaysOfAProgramThatIsKilled(t *testing.T) {
	p := newPaper(t, image.Rect(40, 40, 600, 440), false)
	kill := another(t)
	defer kill()
	eventually(t, "the marks are on the screen", func() bool { return pixel(t, image.Pt(200, 100)) == blue })
	kill()
	eventually(t, "the paper is white again", func() bool { return p.all(white24) })
}

// Where a mark is half to be seen, it and what lies below are mixed as its alpha
// says.
func TestMarksAreMixedWithWhatLiesBelow(t *testing.T) {
	newPaper(t, image.Rect(40, 40, 600, 440), false)
	o, _ := opened(t, desk)
	showBox(t, o, MaxLife)
	// From the paper through shadow and edge into the line, row by row.
	var got []color.NRGBA
	for y := 108; y <= 120; y++ {
		got = append(got, pixel(t, image.Pt(200, y)))
	}
	fill := solid(blue)
	k := ink{fill: fill, edge: fill.against(), width: edgeWidth, shadow: shadowWidth}
	var mixed, bare []color.NRGBA
	for y := 108; y <= 120; y++ {
		px := []byte{0, 0, 0, 0}
		if d := float32(120-y) - strokeRadius; d < edgeWidth+shadowWidth {
			blend(px, k.at(d))
		}
		rest := 0xff - px[3]
		mixed = append(mixed, color.NRGBA{px[2] + rest, px[1] + rest, px[0] + rest, 0xff})
		if px[3] == 0 {
			px = []byte{0xff, 0xff, 0xff, 0}
		}
		bare = append(bare, color.NRGBA{px[2], px[1], px[0], 0xff})
	}
	// Wine leaves mixing to X, where nobody does it without a compositor.
	wine := windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
	if !slices.EqualFunc(got, mixed, nearly) && (!wine || !slices.EqualFunc(got, bare, nearly)) {
		t.Errorf("got  %v\nwant %v", got, mixed)
	}
}

// nearly allows what two ways of rounding differ in.
func nearly(a, b color.NRGBA) bool {
	far := func(x, y byte) bool { return max(x, y)-min(x, y) > 2 }
	return !far(a.R, b.R) && !far(a.G, b.G) && !far(a.B, b.B)
}
