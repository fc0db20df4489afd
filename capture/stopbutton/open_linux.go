package stopbutton

import (
	"errors"
	"fmt"
	"image"
	"runtime"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"lotse/capture/internal/x11"
)

// x11Button is a window that no window manager touches. The server paints it
// by itself from a pixmap, so that it is whole even while this program is not
// asked.
type x11Button struct {
	conn   *x11.Conn
	press  Press
	window xproto.Window
	stop   chan struct{}
	done   chan struct{}
}

// patience is how long Close waits for the thread. One that hangs in the
// system must not keep a session from ending.
const patience = time.Second

func open(o Options, press Press) (window, error) {
	conn, err := x11.Dial("")
	if err != nil {
		return nil, err
	}
	b := &x11Button{conn: conn, press: press, stop: make(chan struct{}), done: make(chan struct{})}
	if err := b.begin(o); err != nil {
		conn.Close()
		return nil, err
	}
	go b.run()
	return b, nil
}

func (b *x11Button) begin(o Options) error {
	area := o.Area
	if area.Empty() {
		area = image.Rect(0, 0, int(b.conn.Screen.WidthInPixels), int(b.conn.Screen.HeightInPixels))
	}
	at := place(area)
	if at.Min.X < -1<<15 || at.Min.Y < -1<<15 || at.Max.X >= 1<<15 || at.Max.Y >= 1<<15 {
		return errors.New("the area is outside any screen")
	}
	img, err := picture(at.Size(), o.Text, o.Key)
	if err != nil {
		return err
	}
	ground, err := b.pixmap(img)
	if err != nil {
		return err
	}
	if b.window, err = xproto.NewWindowId(b.conn.Conn); err != nil {
		return fmt.Errorf("window: %w", err)
	}
	err = xproto.CreateWindowChecked(b.conn.Conn, xproto.WindowClassCopyFromParent, b.window, b.conn.Screen.Root,
		int16(at.Min.X), int16(at.Min.Y), uint16(at.Dx()), uint16(at.Dy()), 0,
		xproto.WindowClassInputOutput, xproto.WindowClassCopyFromParent,
		xproto.CwBackPixmap|xproto.CwOverrideRedirect|xproto.CwEventMask,
		[]uint32{uint32(ground), 1, xproto.EventMaskButtonPress | xproto.EventMaskVisibilityChange}).Check()
	if err != nil {
		return fmt.Errorf("window: %w", err)
	}
	return b.show(o)
}

// show names the window, for those who look at windows, and puts it on top.
func (b *x11Button) show(o Options) error {
	title := o.Text + " " + o.Key
	err := xproto.ChangePropertyChecked(b.conn.Conn, xproto.PropModeReplace, b.window, xproto.AtomWmName, xproto.AtomString,
		8, uint32(len(title)), []byte(title)).Check()
	if err != nil {
		return fmt.Errorf("title: %w", err)
	}
	if err := xproto.MapWindowChecked(b.conn.Conn, b.window).Check(); err != nil {
		return fmt.Errorf("map: %w", err)
	}
	return b.raise()
}

// trueColour is the depth at which a pixel is four bytes, blue first.
const trueColour = 24

// pixmap puts the picture into the server: as it is where pixels are what
// everybody has, and just red elsewhere.
func (b *x11Button) pixmap(img *image.RGBA) (xproto.Pixmap, error) {
	size, depth := img.Rect.Size(), b.conn.Screen.RootDepth
	id, err := xproto.NewPixmapId(b.conn.Conn)
	if err != nil {
		return 0, fmt.Errorf("pixmap: %w", err)
	}
	root := xproto.Drawable(b.conn.Screen.Root)
	if err := xproto.CreatePixmapChecked(b.conn.Conn, depth, id, root, uint16(size.X), uint16(size.Y)).Check(); err != nil {
		return 0, fmt.Errorf("pixmap: %w", err)
	}
	gc, err := xproto.NewGcontextId(b.conn.Conn)
	if err != nil {
		return 0, fmt.Errorf("graphics: %w", err)
	}
	if err := b.paint(gc, id, size); err != nil {
		return 0, err
	}
	if depth != trueColour || b.conn.Setup.ImageByteOrder != xproto.ImageOrderLSBFirst {
		return id, nil
	}
	pix := bgra(img)
	const request = 1 << 17 // bytes; every server takes a quarter of a million at once
	for rows := max(1, request/img.Stride); len(pix) > 0; {
		n := min(rows, len(pix)/img.Stride)
		y := size.Y - len(pix)/img.Stride
		err := xproto.PutImageChecked(b.conn.Conn, xproto.ImageFormatZPixmap, xproto.Drawable(id), gc,
			uint16(size.X), uint16(n), 0, int16(y), 0, depth, pix[:n*img.Stride]).Check()
		if err != nil {
			return 0, fmt.Errorf("picture: %w", err)
		}
		pix = pix[n*img.Stride:]
	}
	return id, nil
}

// paint makes the pixmap red, in whatever way this screen has that colour.
func (b *x11Button) paint(gc xproto.Gcontext, to xproto.Pixmap, size image.Point) error {
	const wide = 0x101 // a channel of 8 bits as one of 16
	c := red()
	reply, err := xproto.AllocColor(b.conn.Conn, b.conn.Screen.DefaultColormap, uint16(c.R)*wide, uint16(c.G)*wide, uint16(c.B)*wide).Reply()
	if err != nil {
		return fmt.Errorf("colour: %w", err)
	}
	if err := xproto.CreateGCChecked(b.conn.Conn, gc, xproto.Drawable(to), xproto.GcForeground, []uint32{reply.Pixel}).Check(); err != nil {
		return fmt.Errorf("graphics: %w", err)
	}
	all := xproto.Rectangle{Width: uint16(size.X), Height: uint16(size.Y)}
	if err := xproto.PolyFillRectangleChecked(b.conn.Conn, xproto.Drawable(to), gc, []xproto.Rectangle{all}).Check(); err != nil {
		return fmt.Errorf("ground: %w", err)
	}
	return nil
}

func (b *x11Button) raise() error {
	err := xproto.ConfigureWindowChecked(b.conn.Conn, b.window, xproto.ConfigWindowStackMode, []uint32{xproto.StackModeAbove}).Check()
	if err != nil {
		return fmt.Errorf("raise: %w", err)
	}
	return nil
}

// run keeps the button on top until it is closed.
func (b *x11Button) run() {
	defer close(b.done)
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		b.hear()
	}()
	defer func() { b.conn.Close(); <-heard }()
	tick := time.NewTicker(raiseEvery)
	defer tick.Stop()
	for {
		select {
		case <-b.stop:
			return
		case <-heard:
			return
		case <-tick.C:
			if b.raise() != nil {
				return
			}
		}
	}
}

// hear takes events until the connection ends. It never gives its thread back,
// so that nobody else's work is in a click's way.
func (b *x11Button) hear() {
	runtime.LockOSThread()
	for {
		event, failure := b.conn.WaitForEvent()
		if event == nil && failure == nil {
			return
		}
		b.handle(event)
	}
}

// lastButton is the last of the buttons that are no wheel.
const lastButton = 3

func (b *x11Button) handle(event xgb.Event) {
	if e, ok := event.(xproto.ButtonPressEvent); ok && e.Detail <= lastButton {
		b.press(time.Now())
	}
}

func (*x11Button) name() string { return "x11" }

func (b *x11Button) close() error {
	close(b.stop)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-b.done:
		return nil
	case <-timer.C:
		return fmt.Errorf("stopbutton: still there after %v", patience)
	}
}
