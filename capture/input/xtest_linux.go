package input

import (
	"errors"
	"fmt"
	"image"
	"slices"

	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"

	"lotse/capture/internal/x11"
)

// extension is what takes events from programs.
const extension = "XTEST"

// evdevShift is what X11 adds to the kernel's key codes.
const evdevShift = 8

// notch is one notch of a wheel in the units of Injector.Wheel.
const notch = 120

// The buttons with which X11 says that a wheel turned.
const (
	wheelUp    = 4
	wheelDown  = 5
	wheelLeft  = 6
	wheelRight = 7
)

// xserver is the X server's XTEST extension (X Consortium, XTEST Extension
// Protocol 2.2), spoken without C. Every event is a round trip, so that an
// error belongs to the event that made it.
type xserver struct {
	conn   *x11.Conn
	root   xproto.Window
	codes  [lastUsage + 1]uint8
	down   [lastUsage + 1]bool
	keymap *keymap
	// dx and dy are the parts of a notch that are still missing.
	dx, dy int
}

func open() (Injector, error) { return dial("") }

// dial connects to a display; "" is the one in the environment.
func dial(display string) (Injector, error) {
	conn, err := x11.Dial(display, extension, x11.Keyboard)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	x, err := newXserver(conn)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return x, nil
}

func newXserver(conn *x11.Conn) (*xserver, error) {
	if !conn.Has(extension) {
		return nil, fmt.Errorf("%w: the X server has no %s", ErrUnsupported, extension)
	}
	// A program that keeps the server to itself must not keep us from letting
	// go of what is held.
	if err := xtest.GrabControlChecked(conn.Conn, true).Check(); err != nil {
		return nil, fmt.Errorf("input: xtest: %w", err)
	}
	codes := evdevCodes()
	layout, err := newKeymap(conn.Conn, codes)
	if err != nil {
		return nil, err
	}
	return &xserver{conn: conn, root: conn.Screen.Root, codes: codes, keymap: layout}, nil
}

// Key presses or releases a physical key.
func (x *xserver) Key(u Usage, down bool) error {
	if u > lastUsage || x.codes[u] == 0 {
		return fmt.Errorf("%w: usage %#x", ErrNoKey, uint16(u))
	}
	x.keymap.drain()
	code := xproto.Keycode(x.codes[u] + evdevShift)
	if down && x.down[u] {
		if u >= firstModifier {
			return nil
		}
		// X11 repeats a key by letting go and pressing again. So does this,
		// and starts the server's own clock for repetitions anew.
		if err := x.press(code, false); err != nil {
			return err
		}
	}
	if err := x.press(code, down); err != nil {
		return err
	}
	x.down[u] = down
	return nil
}

// Place returns the key that makes r.
func (x *xserver) Place(r rune) (Usage, bool) {
	state, err := x.state()
	if err != nil {
		return 0, false
	}
	x.keymap.drain()
	code, err := x.keymap.place(keysym(r), state)
	if err != nil || code < evdevShift {
		return 0, false
	}
	at := slices.Index(x.codes[:], uint8(code-evdevShift))
	return Usage(max(at, 0)), at > 0
}

// Text enters one character or more; see keymap for the way.
func (x *xserver) Text(s string) error {
	state, err := x.state()
	if err != nil {
		return err
	}
	x.keymap.drain()
	strokes, err := x.keymap.strokes(s, state)
	if err != nil {
		return err
	}
	for _, st := range strokes {
		if err := x.tap(st); err != nil {
			return err
		}
	}
	return nil
}

// Move puts the pointer at p, in pixels of the root window.
func (x *xserver) Move(p image.Point) error {
	x.keymap.drain()
	return x.fake(xproto.MotionNotify, 0, p)
}

// Button presses or releases a mouse button.
func (x *xserver) Button(b Button, down bool) error {
	x.keymap.drain()
	detail := [...]byte{Left: 1, Middle: 2, Right: 3, Back: 8, Forward: 9}
	if b < Left || int(b) >= len(detail) {
		return fmt.Errorf("%w: button %d", ErrNoKey, b)
	}
	if down {
		return x.fake(xproto.ButtonPress, detail[b], image.Point{})
	}
	return x.fake(xproto.ButtonRelease, detail[b], image.Point{})
}

// Wheel clicks once for each whole notch and keeps the rest for the next turn.
func (x *xserver) Wheel(dx, dy int) error {
	x.keymap.drain()
	x.dx, x.dy = x.dx+dx, x.dy+dy
	right, up := x.dx/notch, x.dy/notch
	x.dx, x.dy = x.dx%notch, x.dy%notch
	return errors.Join(x.turn(up, wheelUp, wheelDown), x.turn(right, wheelRight, wheelLeft))
}

// Name returns "xtest".
func (*xserver) Name() string { return "xtest" }

// Close gives the borrowed keys back and hangs up.
func (x *xserver) Close() error {
	x.keymap.drain()
	err := x.keymap.restore()
	x.conn.Close()
	return err
}

func (x *xserver) turn(n int, more, less byte) error {
	button := more
	if n < 0 {
		n, button = -n, less
	}
	for range n {
		err := errors.Join(
			x.fake(xproto.ButtonPress, button, image.Point{}),
			x.fake(xproto.ButtonRelease, button, image.Point{}),
		)
		if err != nil {
			return err
		}
	}
	return nil
}

// tap presses and releases the keys of a stroke, the modifiers around it.
func (x *xserver) tap(st stroke) error {
	var errs []error
	if st.lock != 0 {
		errs = append(errs, x.press(st.lock, true), x.press(st.lock, false))
	}
	if st.shift != 0 {
		errs = append(errs, x.press(st.shift, true))
	}
	errs = append(errs, x.press(st.key, true), x.press(st.key, false))
	if st.shift != 0 {
		errs = append(errs, x.press(st.shift, false))
	}
	if st.lock != 0 {
		errs = append(errs, x.press(st.lock, true), x.press(st.lock, false))
	}
	return errors.Join(errs...)
}

func (x *xserver) press(k xproto.Keycode, down bool) error {
	if down {
		return x.fake(xproto.KeyPress, byte(k), image.Point{})
	}
	return x.fake(xproto.KeyRelease, byte(k), image.Point{})
}

func (x *xserver) fake(kind, detail byte, p image.Point) error {
	err := xtest.FakeInputChecked(x.conn.Conn, kind, detail, 0, x.root, int16(p.X), int16(p.Y), 0).Check()
	if err != nil {
		return fmt.Errorf("input: xtest: %w", err)
	}
	return nil
}

// state returns the modifiers that are down and the group of the layout.
func (x *xserver) state() (uint16, error) {
	p, err := xproto.QueryPointer(x.conn.Conn, x.root).Reply()
	if err != nil {
		return 0, fmt.Errorf("input: xtest: %w", err)
	}
	return p.Mask, nil
}
