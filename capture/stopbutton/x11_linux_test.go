package stopbutton

import (
	"errors"
	"image"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"

	"lotse/capture/internal/x11"
	"lotse/capture/internal/x11/x11test"
)

// desk is a screen with a hand on its mouse.
type desk struct {
	t      *testing.T
	conn   *x11.Conn
	server *x11test.Server
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	server := x11test.Start(t, "640x480x24")
	conn, err := x11.Dial(server.Display, "XTEST")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return &desk{t, conn, server}
}

func (d *desk) event(kind byte, detail byte, at image.Point) {
	d.t.Helper()
	err := xtest.FakeInputChecked(d.conn.Conn, kind, detail, 0, d.conn.Screen.Root, int16(at.X), int16(at.Y), 0).Check()
	if err != nil {
		d.t.Fatal(err)
	}
}

// click presses a button of the mouse and returns when.
func (d *desk) click(at image.Point, button byte) time.Time {
	d.t.Helper()
	d.event(xproto.MotionNotify, 0, at)
	began := time.Now()
	d.event(xproto.ButtonPress, button, image.Point{})
	d.event(xproto.ButtonRelease, button, image.Point{})
	return began
}

func (d *desk) pixel(at image.Point) uint32 {
	d.t.Helper()
	r, err := xproto.GetImage(d.conn.Conn, xproto.ImageFormatZPixmap, xproto.Drawable(d.conn.Screen.Root),
		int16(at.X), int16(at.Y), 1, 1, 0xffffffff).Reply()
	if err != nil {
		d.t.Fatal(err)
	}
	return uint32(r.Data[2])<<16 | uint32(r.Data[1])<<8 | uint32(r.Data[0])
}

// until waits for what must come.
func (d *desk) until(what string, is func() bool) {
	d.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(tooLate)
	for !is() {
		select {
		case <-tick.C:
		case <-deadline:
			d.t.Fatalf("not seen: %s", what)
		}
	}
}

const redPixel = 0xC8102E

func TestAClickOnItIsToldAtOnce(t *testing.T) {
	d := newDesk(t)
	b, clicks := opened(t, Options{Text: "STOPP"})
	at := place(image.Rect(0, 0, 640, 480))
	d.until("the button", func() bool { return d.pixel(at.Min.Add(image.Pt(2, 2))) == redPixel })
	for _, button := range []byte{1, 3} {
		clicked(t, clicks, func() time.Time { return d.click(at.Min.Add(at.Size().Div(2)), button) })
	}
	d.click(at.Min.Add(at.Size().Div(2)), 5) // the wheel
	d.click(image.Pt(20, 20), 1)             // beside it
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if len(clicks) != 0 {
		t.Error("told of what was no click on it")
	}
	d.until("the button gone", func() bool { return d.pixel(at.Min.Add(image.Pt(2, 2))) != redPixel })
}

func TestTakesNoFocus(t *testing.T) {
	d := newDesk(t)
	before, err := xproto.GetInputFocus(d.conn.Conn).Reply()
	if err != nil {
		t.Fatal(err)
	}
	_, clicks := opened(t, Options{})
	clicked(t, clicks, func() time.Time { return d.click(image.Pt(500, 60), 1) })
	after, err := xproto.GetInputFocus(d.conn.Conn).Reply()
	if err != nil {
		t.Fatal(err)
	}
	if after.Focus != before.Focus {
		t.Errorf("got the focus at %d, want it at %d", after.Focus, before.Focus)
	}
}

func TestComesBackOnTop(t *testing.T) {
	d := newDesk(t)
	_, clicks := opened(t, Options{})
	id, err := xproto.NewWindowId(d.conn.Conn)
	if err != nil {
		t.Fatal(err)
	}
	const blue = 0x0000ff
	err = xproto.CreateWindowChecked(d.conn.Conn, 0, id, d.conn.Screen.Root, 0, 0, 640, 480, 0, xproto.WindowClassInputOutput, 0,
		xproto.CwBackPixel|xproto.CwOverrideRedirect, []uint32{blue, 1}).Check()
	if err != nil {
		t.Fatal(err)
	}
	if err := xproto.MapWindowChecked(d.conn.Conn, id).Check(); err != nil {
		t.Fatal(err)
	}
	at := place(image.Rect(0, 0, 640, 480))
	d.until("the window of another program", func() bool { return d.pixel(image.Pt(5, 300)) == blue })
	d.until("the button above it", func() bool { return d.pixel(at.Min.Add(image.Pt(2, 2))) == redPixel })
	clicked(t, clicks, func() time.Time { return d.click(image.Pt(500, 60), 1) })
}

func TestAServerThatEndsIsNoReasonToHang(t *testing.T) {
	d := newDesk(t)
	b, _ := opened(t, Options{})
	d.server.Kill()
	if err := b.Close(); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

func TestWithoutAServerThereIsNoButton(t *testing.T) {
	t.Setenv("DISPLAY", "")
	if b, err := Open(Options{}, func(time.Time) {}); b != nil || !errors.Is(err, ErrUnsupported) || !errors.Is(err, x11.ErrNoServer) {
		t.Errorf("got %v, %v, want %v and %v", b, err, ErrUnsupported, x11.ErrNoServer)
	}
}
