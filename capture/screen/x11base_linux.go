package screen

import (
	"context"
	"fmt"
	"image"
	"sync/atomic"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/damage"
	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/screensaver"
	"github.com/jezek/xgb/xfixes"
	"github.com/jezek/xgb/xproto"

	"lotse/capture"
	"lotse/capture/internal/x11"
)

// x11Base is what looking at the screen and at a window have in common: the
// server's word that something changed, the pixels and the pointer. Its one
// goroutine takes the server's events until Close.
type x11Base struct {
	conn *x11.Conn
	wake chan struct{} // something below was set
	gone chan struct{} // closed when the connection ended

	// pump sets these, Next takes them back.
	damaged  atomic.Bool
	reshaped atomic.Bool // the pointer looks different
	moved    atomic.Bool // the monitors or the window did
	closed   atomic.Bool // the window was destroyed; for good
	dark     atomic.Bool // the screen saver is on

	damage  damage.Damage
	region  xfixes.Region
	scratch pixels
	last    time.Time // when the last frame was returned
	whole   bool      // the next frame is dirty everywhere
	frame   capture.Frame
}

func newX11Base(conn *x11.Conn) x11Base {
	return x11Base{conn: conn, wake: make(chan struct{}, 1), gone: make(chan struct{})}
}

// watch asks for the events of what is drawn in window and of the pointer.
func (b *x11Base) watch(window xproto.Window) error {
	var err error
	if b.damage, err = damage.NewDamageId(b.conn.Conn); err != nil {
		return fmt.Errorf("damage: %w", err)
	}
	if b.region, err = xfixes.NewRegionId(b.conn.Conn); err != nil {
		return fmt.Errorf("region: %w", err)
	}
	// One event when there is damage at all; where is asked once a frame.
	if err := damage.CreateChecked(b.conn.Conn, b.damage, xproto.Drawable(window), damage.ReportLevelNonEmpty).Check(); err != nil {
		return fmt.Errorf("damage: %w", err)
	}
	if err := xfixes.CreateRegionChecked(b.conn.Conn, b.region, nil).Check(); err != nil {
		return fmt.Errorf("region: %w", err)
	}
	root := b.conn.Screen.Root
	if err := xfixes.SelectCursorInputChecked(b.conn.Conn, root, xfixes.CursorNotifyMaskDisplayCursor).Check(); err != nil {
		return fmt.Errorf("pointer: %w", err)
	}
	// Monitors that a person made with xrandr come and go with this word only.
	if err := xproto.ChangeWindowAttributesChecked(b.conn.Conn, window, xproto.CwEventMask, []uint32{xproto.EventMaskStructureNotify}).Check(); err != nil {
		return fmt.Errorf("window: %w", err)
	}
	b.reshaped.Store(true)
	return b.watchSaver(root)
}

// watchSaver asks to be told when the screen goes dark, where the server can.
func (b *x11Base) watchSaver(root xproto.Window) error {
	if !b.conn.Has("MIT-SCREEN-SAVER") {
		return nil
	}
	const on = 1 // screensaver.StateOn
	if err := screensaver.SelectInputChecked(b.conn.Conn, xproto.Drawable(root), screensaver.EventNotifyMask).Check(); err != nil {
		return fmt.Errorf("screen saver: %w", err)
	}
	info, err := screensaver.QueryInfo(b.conn.Conn, xproto.Drawable(root)).Reply()
	if err != nil {
		return fmt.Errorf("screen saver: %w", err)
	}
	b.dark.Store(info.State == on)
	return nil
}

// forget drops the damage that a new one begins with, which is everything,
// and the events up to now. The first frame holds all of it anyway. What is
// told before the server answers a request stands in the queue by then.
func (b *x11Base) forget() error {
	damage.Subtract(b.conn.Conn, b.damage, xfixes.RegionNone, xfixes.RegionNone)
	if _, err := xproto.GetInputFocus(b.conn.Conn).Reply(); err != nil {
		return fmt.Errorf("damage: %w", err)
	}
	for {
		if event, failure := b.conn.PollForEvent(); event == nil && failure == nil {
			return nil
		}
	}
}

// pump takes events until the connection ends and wakes Next for those that
// note finds of interest. It must not ask the server.
func (b *x11Base) pump(note func(xgb.Event) bool) {
	defer close(b.gone)
	for {
		event, failure := b.conn.WaitForEvent()
		switch {
		case event != nil:
			if note(event) {
				b.poke()
			}
		case failure == nil:
			return
		}
	}
}

func (b *x11Base) poke() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// note remembers an event and reports whether it was of interest.
func (b *x11Base) note(event xgb.Event) bool {
	switch event.(type) {
	case xproto.DestroyNotifyEvent:
		b.closed.Store(true)
		return true
	case xproto.ConfigureNotifyEvent, xproto.MapNotifyEvent, xproto.UnmapNotifyEvent, xproto.ReparentNotifyEvent:
		b.moved.Store(true)
		return true
	}
	if n, ok := b.conn.Of("DAMAGE", event); ok && n == damage.Notify {
		b.damaged.Store(true)
	} else if n, ok := b.conn.Of("XFIXES", event); ok && n == xfixes.CursorNotify {
		b.reshaped.Store(true)
	} else if n, ok := b.conn.Of("RANDR", event); ok && n <= randr.Notify {
		b.moved.Store(true)
	} else if n, ok := b.conn.Of("MIT-SCREEN-SAVER", event); ok && n == screensaver.Notify {
		b.dark.Store(event.Bytes()[1] != screensaver.StateOff)
	} else {
		return false
	}
	return true
}

// Name says how pixels come here.
func (b *x11Base) Name() string { return b.scratch.name() }

// Close gives everything back to the server and waits for our goroutine.
func (b *x11Base) Close() error {
	err := b.scratch.close()
	b.conn.Close()
	<-b.gone
	return err
}

// next waits for the server's word that something changed. Of the pointer's
// way it says nothing, so that is asked for 30 times a second.
func (b *x11Base) next(ctx context.Context, look func() (*capture.Frame, error)) (*capture.Frame, error) {
	for {
		if err := b.wait(ctx); err != nil {
			return nil, err
		}
		frame, err := look()
		if err != nil {
			return nil, b.explain(err)
		}
		if frame != nil {
			b.last = time.Now()
			return frame, nil
		}
	}
}

// wait returns frameTime after the last frame at the earliest, and then with
// the first event or after another frameTime.
func (b *x11Base) wait(ctx context.Context) error {
	if b.last.IsZero() {
		return ctx.Err()
	}
	if err := pause(ctx, time.Until(b.last.Add(frameTime)), nil); err != nil {
		return err
	}
	return pause(ctx, frameTime, b.wake)
}

// explain turns the end of the connection into ErrDisplayLost.
func (b *x11Base) explain(err error) error {
	select {
	case <-b.gone:
		return lost(err)
	default:
	}
	return err
}

// take takes the damage over from the server and returns where it is.
func (b *x11Base) take() ([]xproto.Rectangle, error) {
	if !b.damaged.Swap(false) {
		return nil, nil
	}
	damage.Subtract(b.conn.Conn, b.damage, xfixes.RegionNone, b.region)
	reply, err := xfixes.FetchRegion(b.conn.Conn, b.region).Reply()
	if err != nil {
		return nil, fmt.Errorf("screen: damage: %w", err)
	}
	return reply.Rectangles, nil
}

// resize makes room for a picture of that size.
func (b *x11Base) resize(w, h int) {
	b.frame.Pix = make([]byte, 4*w*h)
	b.frame.W, b.frame.H, b.frame.Stride = w, h, 4*w
}

// copyFrom reads r of the frame from where it begins on drawable.
func (b *x11Base) copyFrom(drawable xproto.Drawable, r image.Rectangle, at image.Point) error {
	from, err := b.scratch.read(b.conn, drawable, r.Add(at))
	if err != nil {
		return fmt.Errorf("screen: read %v: %w", r, err)
	}
	row := 4 * r.Dx()
	for y := range r.Dy() {
		to := (r.Min.Y+y)*b.frame.Stride + 4*r.Min.X
		copy(b.frame.Pix[to:to+row], from[y*row:(y+1)*row])
	}
	return nil
}

// deliver returns a frame that stays as it is when the layout changes.
func (b *x11Base) deliver(dirty []image.Rectangle, cursor capture.Cursor, origin image.Point, state capture.State) *capture.Frame {
	b.frame.Dirty, b.frame.Cursor, b.frame.Origin, b.frame.State = dirty, cursor, origin, state
	frame := b.frame
	return &frame
}

// stand leaves the last picture standing in a state in which it must not or
// can't be read. It returns no frame when that is no news. Afterwards
// everything is read anew.
func (b *x11Base) stand(state capture.State, origin image.Point) *capture.Frame {
	first := b.last.IsZero()
	if !first && b.frame.State == state && b.frame.Origin == origin {
		return nil
	}
	dirty := []image.Rectangle{}
	if first {
		dirty = append(dirty, b.frame.Bounds())
	}
	b.whole = true
	cursor := b.frame.Cursor
	cursor.Visible = false
	return b.deliver(dirty, cursor, origin, state)
}
