package overlay

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"

	"lotse/capture/internal/x11"
	"lotse/capture/internal/x11/x11test"
)

// desk is a desktop with a window manager and one program, whose window tells
// of clicks and keys.
type desk struct {
	*x11.Conn
	t      *testing.T
	server *x11test.Server
	window xproto.Window
	origin image.Point // of the window
	clicks chan image.Point
	keys   chan xproto.Keycode
}

const deskW, deskH = 800, 600

func newDesk(t *testing.T) *desk {
	t.Helper()
	x11test.Need(t, "openbox")
	x11test.Need(t, "xdotool")
	d := &desk{t: t, clicks: make(chan image.Point, 16), keys: make(chan xproto.Keycode, 16)}
	d.server = x11test.Start(t, "800x600x24")
	var err error
	if d.Conn, err = x11.Dial(""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	d.start("openbox")
	eventually(t, "a window manager runs", func() bool {
		atom, err := xproto.InternAtom(d.Conn.Conn, false, 24, "_NET_SUPPORTING_WM_CHECK").Reply()
		d.check(err)
		p, err := xproto.GetProperty(d.Conn.Conn, false, d.Screen.Root, atom.Atom, xproto.GetPropertyTypeAny, 0, 1).Reply()
		d.check(err)
		return p.ValueLen > 0
	})
	go d.pump()
	d.window = d.open(image.Rect(40, 40, 740, 540), false)
	d.run("xdotool", "windowfocus", "--sync", strconv.Itoa(int(d.window)))
	at, err := xproto.TranslateCoordinates(d.Conn.Conn, d.window, d.Screen.Root, 0, 0).Reply()
	d.check(err)
	d.origin = image.Pt(int(at.DstX), int(at.DstY))
	return d
}

func (d *desk) check(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) run(name string, args ...string) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 10*time.Second)
	defer cancel()
	if out, err := exec.CommandContext(ctx, name, args...).CombinedOutput(); err != nil {
		d.t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
}

// start runs a program until the test or the returned function ends it.
func (d *desk) start(name string) (stop func()) {
	d.t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(d.t.Context()), name)
	d.check(cmd.Start())
	ended := false
	stop = func() {
		if !ended {
			ended = true
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	d.t.Cleanup(stop)
	return stop
}

func (d *desk) pump() {
	for {
		event, failure := d.WaitForEvent()
		switch e := event.(type) {
		case xproto.ButtonPressEvent:
			d.clicks <- image.Pt(int(e.EventX), int(e.EventY))
		case xproto.KeyPressEvent:
			d.keys <- e.Detail
		}
		if event == nil && failure == nil {
			return
		}
	}
}

// open opens a window whose pattern the server paints by itself.
func (d *desk) open(r image.Rectangle, unmanaged bool) xproto.Window {
	d.t.Helper()
	conn := d.Conn.Conn
	var ids [3]uint32
	for i := range ids {
		id, err := d.NewId()
		d.check(err)
		ids[i] = id
	}
	pattern, gc, window := xproto.Pixmap(ids[0]), xproto.Gcontext(ids[1]), xproto.Window(ids[2])
	const side = 64
	d.check(xproto.CreatePixmapChecked(conn, d.Screen.RootDepth, pattern, xproto.Drawable(d.Screen.Root), side, side).Check())
	d.check(xproto.CreateGCChecked(conn, gc, xproto.Drawable(pattern), 0, nil).Check())
	for i := range uint32(16) {
		xproto.ChangeGC(conn, gc, xproto.GcForeground, []uint32{0xe0e0e0 - i*0x080402})
		x, y := int16(i%4*16), int16(i/4*16)
		d.check(xproto.PolyFillRectangleChecked(conn, xproto.Drawable(pattern), gc, []xproto.Rectangle{{X: x, Y: y, Width: 16, Height: 16}}).Check())
	}
	redirect := uint32(0)
	if unmanaged {
		redirect = 1
	}
	d.check(xproto.CreateWindowChecked(conn, 0, window, d.Screen.Root, int16(r.Min.X), int16(r.Min.Y), uint16(r.Dx()), uint16(r.Dy()), 0,
		xproto.WindowClassInputOutput, d.Screen.RootVisual, xproto.CwBackPixmap|xproto.CwOverrideRedirect|xproto.CwEventMask,
		[]uint32{uint32(pattern), redirect, xproto.EventMaskButtonPress | xproto.EventMaskKeyPress}).Check())
	// A window manager that is still starting takes such a request and forgets
	// it, so it is asked again.
	eventually(d.t, "a window is to be seen", func() bool {
		d.check(xproto.MapWindowChecked(conn, window).Check())
		a, err := xproto.GetWindowAttributes(conn, window).Reply()
		d.check(err)
		return a.MapState == xproto.MapStateViewable
	})
	return window
}

// shot is what is on the screen.
func (d *desk) shot() []byte {
	d.t.Helper()
	const planes = 0xffffff
	reply, err := xproto.GetImage(d.Conn.Conn, xproto.ImageFormatZPixmap, xproto.Drawable(d.Screen.Root), 0, 0, deskW, deskH, planes).Reply()
	d.check(err)
	for i := 3; i < len(reply.Data); i += 4 {
		reply.Data[i] = 0
	}
	return reply.Data
}

// part cuts a rectangle out of a shot.
func part(shot []byte, r image.Rectangle) (out []byte) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		out = append(out, shot[4*(y*deskW+r.Min.X):4*(y*deskW+r.Max.X)]...)
	}
	return out
}

func (d *desk) pixel(p image.Point) color.NRGBA {
	d.t.Helper()
	px := d.shot()[4*(p.Y*deskW+p.X):]
	return color.NRGBA{px[2], px[1], px[0], 0xff}
}

// still waits until the screen no longer changes.
func (d *desk) still() []byte {
	d.t.Helper()
	last := d.shot()
	for same := 0; same < 4; same++ {
		eventually(d.t, "a moment passes", once())
		now := d.shot()
		if !bytes.Equal(last, now) {
			same = 0
		}
		last = now
	}
	return last
}

func once() func() bool {
	n := 0
	return func() bool { n++; return n > 2 }
}

func (d *desk) opened() Overlay {
	d.t.Helper()
	o, err := Open(image.Rect(0, 0, deskW, deskH), Options{})
	d.check(err)
	d.t.Cleanup(func() {
		if err := o.Close(); err != nil && !errors.Is(err, ErrClosed) {
			d.t.Errorf("Close: %v", err)
		}
	})
	return o
}

// marks are over the window: a box, and a note.
func (d *desk) marks() []Mark {
	at := func(x, y int) image.Point { return d.origin.Add(image.Pt(x, y)) }
	return []Mark{
		lasting(Mark{Kind: Box, Points: []image.Point{at(60, 60), at(200, 120)}, Colour: blue, Name: "Ada"}),
		lasting(Mark{Kind: Note, Points: []image.Point{at(60, 200)}, Text: "Hier klicken", Colour: orange, Name: "Jörg Müller"}),
		lasting(Mark{Kind: Stroke, Points: []image.Point{at(300, 60), at(360, 160), at(420, 60)}, Colour: color.NRGBA{0xfa, 0xcc, 0x15, 0xff}}),
		lasting(Mark{Kind: Arrow, Points: []image.Point{at(500, 300), at(400, 250)}, Colour: orange, Name: "Jörg Müller"}),
		lasting(Mark{Kind: Pointer, Points: []image.Point{at(300, 350)}, Colour: blue, Name: "Ada"}),
	}
}

func (d *desk) show(o Overlay) {
	d.t.Helper()
	d.check(o.Show(d.marks()))
	eventually(d.t, "the marks are on the screen", func() bool { return d.pixel(d.origin.Add(image.Pt(130, 60))) == blue })
}

// eachWay runs a test without a compositor and with one.
func eachWay(t *testing.T, f func(d *desk)) {
	t.Helper()
	t.Run("x11-shape", func(t *testing.T) { f(newDesk(t)) })
	t.Run("x11-argb", func(t *testing.T) {
		x11test.Need(t, "xcompmgr")
		d := newDesk(t)
		d.compositor()
		f(d)
	})
}

// compositor starts one and waits until it paints.
func (d *desk) compositor() (stop func()) {
	d.t.Helper()
	stop = d.start("xcompmgr")
	atom, err := xproto.InternAtom(d.Conn.Conn, false, 13, "_NET_WM_CM_S0").Reply()
	d.check(err)
	eventually(d.t, "a compositor runs", func() bool {
		owner, err := xproto.GetSelectionOwner(d.Conn.Conn, atom.Atom).Reply()
		d.check(err)
		return owner.Owner != xproto.WindowNone
	})
	return stop
}

// click clicks at a place of the window, which has to be told of it.
func (d *desk) click(p image.Point) {
	d.t.Helper()
	to := d.origin.Add(p)
	d.run("xdotool", "mousemove", strconv.Itoa(to.X), strconv.Itoa(to.Y), "click", "1")
	select {
	case got := <-d.clicks:
		if got != p {
			d.t.Errorf("got a click at %v, want %v", got, p)
		}
	case <-time.After(10 * time.Second):
		d.t.Errorf("the click at %v was lost", p)
	}
}

func TestMarksAreSeenAndClicksAndKeysGoThrough(t *testing.T) {
	eachWay(t, func(d *desk) {
		t := d.t
		before := d.still()
		focus, err := xproto.GetInputFocus(d.Conn.Conn).Reply()
		d.check(err)
		o := d.opened()
		if want := t.Name()[len("TestMarksAreSeenAndClicksAndKeysGoThrough/"):]; o.Name() != want {
			t.Errorf("drawn with %s, want %s", o.Name(), want)
		}
		d.show(o)
		inside := image.Rect(75, 75, 185, 105).Add(d.origin) // of the box
		for _, r := range []image.Rectangle{inside, image.Rect(0, 0, deskW, 40), image.Rect(0, 550, deskW, deskH)} {
			if !bytes.Equal(part(d.shot(), r), part(before, r)) {
				t.Errorf("got other pixels in %v, where no mark is", r)
			}
		}
		// On the edge of the box, on the note, beside all marks, on the stroke.
		for _, p := range []image.Point{{130, 60}, {100, 230}, {600, 400}, {330, 110}} {
			d.click(p)
		}
		d.run("xdotool", "key", "q", "Return")
		const q, enter = 24, 36 // evdev's numbers of them
		for _, want := range []xproto.Keycode{q, enter} {
			select {
			case got := <-d.keys:
				if got != want {
					t.Errorf("got key %d, want %d", got, want)
				}
			case <-time.After(10 * time.Second):
				t.Errorf("key %d was lost", want)
			}
		}
		after, err := xproto.GetInputFocus(d.Conn.Conn).Reply()
		d.check(err)
		if after.Focus != focus.Focus {
			t.Errorf("got the focus at %d, want it to stay at %d", after.Focus, focus.Focus)
		}
		d.check(o.Close())
		eventually(t, "not one pixel differs from before", func() bool { return bytes.Equal(d.shot(), before) })
	})
}

func TestNothingShownIsNothingToBeSeen(t *testing.T) {
	eachWay(t, func(d *desk) {
		before := d.still()
		o := d.opened()
		if !bytes.Equal(d.still(), before) {
			d.t.Error("got other pixels after Open")
		}
		d.show(o)
		soon := d.marks()
		for i := range soon {
			soon[i].For = 800 * time.Millisecond
		}
		d.check(o.Show(soon))
		eventually(d.t, "they wiped themselves", func() bool { return bytes.Equal(d.shot(), before) })
		d.show(o)
		d.check(o.Show(nil))
		eventually(d.t, "not one pixel differs from before", func() bool { return bytes.Equal(d.shot(), before) })
	})
}

func TestMarksStayOnTop(t *testing.T) {
	eachWay(t, func(d *desk) {
		o := d.opened()
		d.show(o)
		edge := d.origin.Add(image.Pt(130, 60))
		for _, unmanaged := range []bool{false, true} {
			d.open(image.Rect(0, 0, deskW, deskH), unmanaged)
			eventually(d.t, "the marks are above a new window", func() bool { return d.pixel(edge) == blue && d.top(o) })
		}
	})
}

// top reports whether the overlay is the uppermost window.
func (d *desk) top(o Overlay) bool {
	d.t.Helper()
	tree, err := xproto.QueryTree(d.Conn.Conn, d.Screen.Root).Reply()
	d.check(err)
	return uint32(tree.Children[len(tree.Children)-1]) == surfaceOf(d.t, o).own.Load()
}

func surfaceOf(t *testing.T, o Overlay) *x11Surface {
	t.Helper()
	b, ok := o.(*board)
	if !ok {
		t.Fatalf("got a %T", o)
	}
	s, ok := b.surface.(*x11Surface)
	if !ok {
		t.Fatalf("got a %T", b.surface)
	}
	return s
}

func TestMarksAreOnEveryWorkspace(t *testing.T) {
	eachWay(t, func(d *desk) {
		d.show(d.opened())
		empty := d.origin.Add(image.Pt(620, 420))
		here := d.pixel(empty)
		d.run("xdotool", "set_desktop", "1")
		eventually(d.t, "the program's window is gone", func() bool { return d.pixel(empty) != here })
		if got := d.pixel(d.origin.Add(image.Pt(130, 60))); got != blue {
			d.t.Errorf("got %v where the box was, want %v", got, blue)
		}
	})
}

func TestACompositorMayComeAndGo(t *testing.T) {
	x11test.Need(t, "xcompmgr")
	d := newDesk(t)
	o := d.opened()
	d.show(o)
	stop := d.compositor()
	edge := d.origin.Add(image.Pt(130, 60))
	eventually(t, "drawn with alpha", func() bool { return o.Name() == "x11-argb" && d.pixel(edge) == blue })
	d.click(image.Pt(130, 60))
	stop()
	eventually(t, "drawn with a shape", func() bool { return o.Name() == "x11-shape" && d.pixel(edge) == blue })
	d.click(image.Pt(130, 60))
}

func TestNothingStaysOfAProgramThatIsKilled(t *testing.T) {
	eachWay(t, func(d *desk) {
		before := d.still()
		kill := another(d.t)
		defer kill()
		eventually(d.t, "the marks are on the screen", func() bool { return d.pixel(image.Pt(200, 100)) == blue })
		kill()
		eventually(d.t, "not one pixel differs from before", func() bool { return bytes.Equal(d.shot(), before) })
	})
}

// Where a click at a place would land is asked of the server elsewhere, before
// input is carried out; the overlay must not be the answer.
func TestTheServerFindsTheWindowBelow(t *testing.T) {
	eachWay(t, func(d *desk) {
		o := d.opened()
		d.show(o)
		p := d.origin.Add(image.Pt(130, 60))
		at, err := xproto.TranslateCoordinates(d.Conn.Conn, d.Screen.Root, d.Screen.Root, int16(p.X), int16(p.Y)).Reply()
		d.check(err)
		if own := surfaceOf(d.t, o).own.Load(); at.Child == 0 || uint32(at.Child) == own {
			d.t.Errorf("got window %#x at %v, want the program's, not %#x", at.Child, p, own)
		}
	})
}

func TestTheEndOfTheServerIsTold(t *testing.T) {
	d := newDesk(t)
	o := d.opened()
	d.show(o)
	d.server.Kill()
	eventually(t, "Show tells it", func() bool { return errors.Is(o.Show(nil), ErrClosed) })
}

func TestAServerThatHangsIsWaitedForByNobody(t *testing.T) {
	d := newDesk(t)
	before := d.still()
	o := d.opened()
	d.show(o)
	server, err := os.FindProcess(d.server.PID())
	d.check(err)
	d.check(server.Signal(syscall.SIGSTOP))
	marks := d.marks()
	for i := range 100 {
		next := slices.Clone(marks) // what was shown is the overlay's
		next[0].ID = uint32(i)
		d.check(o.Show(next))
	}
	closed := make(chan error)
	go func() { closed <- o.Close() }()
	select {
	case err := <-closed:
		t.Errorf("Close: got %v while nobody answers", err)
	case <-time.After(100 * time.Millisecond):
	}
	if err := o.Show(marks); !errors.Is(err, ErrClosed) {
		t.Errorf("Show: got %v, want ErrClosed", err)
	}
	d.check(server.Signal(syscall.SIGCONT))
	d.check(<-closed)
	eventually(t, "not one pixel differs from before", func() bool { return bytes.Equal(d.shot(), before) })
}

// Each of two monitors has its own overlay, and both are given all marks.
func TestAMarkGoesFromOneAreaToTheNext(t *testing.T) {
	eachWay(t, func(d *desk) {
		before := d.still()
		areas := []image.Rectangle{image.Rect(0, 0, 400, deskH), image.Rect(400, 0, deskW, deskH)}
		mark := lasting(Mark{Kind: Stroke, Points: []image.Point{{300, 300}, {500, 300}}, Colour: blue})
		var both []Overlay
		for _, a := range areas {
			o, err := Open(a, Options{})
			d.check(err)
			defer func() { d.check(o.Close()) }()
			d.check(o.Show([]Mark{mark}))
			both = append(both, o)
		}
		eventually(d.t, "the stroke is drawn from end to end", func() bool {
			shot := d.shot()
			for x := 300; x <= 500; x++ {
				if px := shot[4*(300*deskW+x):]; px[0] != blue.B || px[1] != blue.G || px[2] != blue.R {
					return false
				}
			}
			return true
		})
		d.click(image.Pt(395, 300).Sub(d.origin))
		d.click(image.Pt(405, 300).Sub(d.origin))
		for _, o := range both {
			d.check(o.Show(nil))
		}
		eventually(d.t, "not one pixel differs from before", func() bool { return bytes.Equal(d.shot(), before) })
	})
}

// Each putting itself above the other would never end.
func TestOverlaysSideBySideDoNotFight(t *testing.T) {
	s := &x11Surface{area: image.Rect(400, 0, 800, 600)}
	const own, other = 1, 2
	s.own.Store(own)
	var got []bool
	for _, e := range []xproto.ConfigureNotifyEvent{
		{Window: other, X: 0, Width: 400, Height: 600},
		{Window: other, X: 0, Width: 401, Height: 600},
		{Window: other, X: 0, Width: 398, Height: 600, BorderWidth: 2},
		{Window: own, X: 400, Width: 400, Height: 600},
	} {
		got = append(got, s.stirs(e))
	}
	if want := []bool{false, true, true, false}; !slices.Equal(got, want) {
		t.Errorf("got stirred %t, want %t", got, want)
	}
}

// Which pixels there are changes under an open overlay: it goes on where it
// can, and another one serves what is new.
func TestTheScreenMayChangeItsSize(t *testing.T) {
	x11test.Need(t, "xrandr")
	eachWay(t, func(d *desk) {
		o := d.opened()
		d.show(o)
		d.run("xrandr", "--newmode", "small", "25", "640", "640", "640", "640", "480", "480", "480", "480")
		d.run("xrandr", "--addmode", "screen", "small")
		d.run("xrandr", "--output", "screen", "--mode", "small")
		edge := d.origin.Add(image.Pt(130, 60))
		seen := func(what string, p image.Point) {
			d.t.Helper()
			eventually(d.t, what, func() bool {
				px, err := xproto.GetImage(d.Conn.Conn, xproto.ImageFormatZPixmap, xproto.Drawable(d.Screen.Root), int16(p.X), int16(p.Y), 1, 1, 0xffffff).Reply()
				d.check(err)
				return color.NRGBA{px.Data[2], px.Data[1], px.Data[0], 0xff} == blue
			})
		}
		seen("marks stay on a smaller screen", edge)
		d.check(o.Show([]Mark{lasting(Mark{Kind: Box, Points: []image.Point{{500, 300}, {600, 400}}, Colour: blue})}))
		seen("more are drawn on a smaller screen", image.Pt(550, 300))
		d.check(o.Close())
		smaller, err := Open(image.Rect(0, 0, 640, 480), Options{})
		d.check(err)
		d.check(smaller.Show(d.marks()))
		seen("another overlay draws", edge)
		d.run("xrandr", "--output", "screen", "--mode", "800x600")
		seen("marks stay on a larger screen", edge)
		d.check(smaller.Close())
	})
}

func TestWithoutAServerOpenSaysSo(t *testing.T) {
	t.Setenv("DISPLAY", "")
	if o, err := Open(image.Rect(0, 0, 10, 10), Options{}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("got %v, %v, want ErrUnsupported", o, err)
	}
}
