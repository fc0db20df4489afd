package screen

import (
	"context"
	"fmt"
	"image"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/damage"
	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/xfixes"
	"github.com/jezek/xgb/xproto"

	"lotse/capture"
	"lotse/capture/internal/x11"
)

// x11Source looks through MIT-SHM where the server says that something was
// drawn (XDamage). Its one goroutine takes the server's events until Close.
type x11Source struct {
	conn *x11.Conn
	id   uint32
	wake chan struct{} // something below was set
	gone chan struct{} // closed when the connection ended

	// pump sets these, Next takes them back.
	damaged  atomic.Bool
	reshaped atomic.Bool // the pointer looks different
	moved    atomic.Bool // the monitors did

	damage  damage.Damage
	region  xfixes.Region
	scratch pixels
	layout  []capture.Display
	display capture.Display
	last    time.Time // when the last frame was returned
	whole   bool      // the next frame is dirty everywhere
	frame   capture.Frame
}

func openX11(id uint32) (Source, error) {
	conn, err := dial()
	if err != nil {
		return nil, err
	}
	s := &x11Source{conn: conn, id: id, wake: make(chan struct{}, 1), gone: make(chan struct{})}
	if err := s.begin(); err != nil {
		conn.Close()
		return nil, err
	}
	go s.pump()
	return s, nil
}

// begin asks for the events before it reads the layout, so that no change
// falls between the two.
func (s *x11Source) begin() error {
	root := s.conn.Screen.Root
	if err := s.subscribe(root); err != nil {
		return err
	}
	if err := s.forget(); err != nil {
		return err
	}
	layout, err := monitors(s.conn)
	if err != nil {
		return err
	}
	display, ok := find(layout, s.id)
	if !ok {
		return ErrNoDisplay
	}
	s.layout = layout
	s.reshaped.Store(true)
	s.show(display)
	return nil
}

// forget drops the damage that a new one begins with, which is everything,
// and the events up to now. The first frame holds all of it anyway. What is
// told before the server answers a request stands in the queue by then.
func (s *x11Source) forget() error {
	damage.Subtract(s.conn.Conn, s.damage, xfixes.RegionNone, xfixes.RegionNone)
	if _, err := xproto.GetInputFocus(s.conn.Conn).Reply(); err != nil {
		return fmt.Errorf("damage: %w", err)
	}
	for {
		if event, failure := s.conn.PollForEvent(); event == nil && failure == nil {
			return nil
		}
	}
}

func (s *x11Source) subscribe(root xproto.Window) error {
	var err error
	if s.damage, err = damage.NewDamageId(s.conn.Conn); err != nil {
		return fmt.Errorf("damage: %w", err)
	}
	if s.region, err = xfixes.NewRegionId(s.conn.Conn); err != nil {
		return fmt.Errorf("region: %w", err)
	}
	// One event when there is damage at all; where is asked once a frame.
	if err := damage.CreateChecked(s.conn.Conn, s.damage, xproto.Drawable(root), damage.ReportLevelNonEmpty).Check(); err != nil {
		return fmt.Errorf("damage: %w", err)
	}
	if err := xfixes.CreateRegionChecked(s.conn.Conn, s.region, nil).Check(); err != nil {
		return fmt.Errorf("region: %w", err)
	}
	if err := xfixes.SelectCursorInputChecked(s.conn.Conn, root, xfixes.CursorNotifyMaskDisplayCursor).Check(); err != nil {
		return fmt.Errorf("pointer: %w", err)
	}
	// Monitors that a person made with xrandr come and go with this word only.
	if err := xproto.ChangeWindowAttributesChecked(s.conn.Conn, root, xproto.CwEventMask, []uint32{xproto.EventMaskStructureNotify}).Check(); err != nil {
		return fmt.Errorf("root: %w", err)
	}
	if !s.conn.Has("RANDR") {
		return nil
	}
	const changes = randr.NotifyMaskScreenChange | randr.NotifyMaskCrtcChange | randr.NotifyMaskOutputChange
	if err := randr.SelectInputChecked(s.conn.Conn, root, changes).Check(); err != nil {
		return fmt.Errorf("monitors: %w", err)
	}
	return nil
}

// pump takes events until the connection ends. It must not ask the server.
func (s *x11Source) pump() {
	defer close(s.gone)
	for {
		event, failure := s.conn.WaitForEvent()
		switch {
		case event != nil:
			s.note(event)
		case failure == nil:
			return
		}
	}
}

func (s *x11Source) note(event xgb.Event) {
	if n, ok := s.conn.Of("DAMAGE", event); ok && n == damage.Notify {
		s.damaged.Store(true)
	} else if n, ok := s.conn.Of("XFIXES", event); ok && n == xfixes.CursorNotify {
		s.reshaped.Store(true)
	} else if n, ok := s.conn.Of("RANDR", event); ok && n <= randr.Notify {
		s.moved.Store(true)
	} else if _, ok := event.(xproto.ConfigureNotifyEvent); ok {
		s.moved.Store(true)
	} else {
		return
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Name says how pixels come here.
func (s *x11Source) Name() string { return s.scratch.name() }

// Close gives everything back to the server and waits for our goroutine.
func (s *x11Source) Close() error {
	err := s.scratch.close()
	s.conn.Close()
	<-s.gone
	return err
}

// Next waits for the server's word that something changed. Of the pointer's
// way it says nothing, so that is asked for 30 times a second.
func (s *x11Source) Next(ctx context.Context) (*capture.Frame, error) {
	for {
		if err := s.wait(ctx); err != nil {
			return nil, err
		}
		frame, err := s.look()
		if err != nil {
			return nil, s.explain(err)
		}
		if frame != nil {
			s.last = time.Now()
			return frame, nil
		}
	}
}

// wait returns frameTime after the last frame at the earliest, and then with
// the first event or after another frameTime.
func (s *x11Source) wait(ctx context.Context) error {
	if s.last.IsZero() {
		return ctx.Err()
	}
	if err := pause(ctx, time.Until(s.last.Add(frameTime)), nil); err != nil {
		return err
	}
	return pause(ctx, frameTime, s.wake)
}

// explain turns the end of the connection into ErrDisplayLost.
func (s *x11Source) explain(err error) error {
	select {
	case <-s.gone:
		return lost(err)
	default:
	}
	return err
}

// look asks for everything that may be new in one round trip.
func (s *x11Source) look() (*capture.Frame, error) {
	if s.moved.Swap(false) {
		if err := s.follow(); err != nil {
			return nil, err
		}
	}
	pointer := xproto.QueryPointer(s.conn.Conn, s.conn.Screen.Root)
	dirty, err := s.dirty()
	if err != nil {
		return nil, err
	}
	cursor, err := s.cursor(pointer)
	if err != nil {
		return nil, err
	}
	if len(dirty) == 0 && cursor == s.frame.Cursor {
		return nil, nil //nolint:nilnil // no frame: nothing has changed
	}
	if err := s.read(dirty); err != nil {
		// The monitors may have changed under our hands, and whatever was to
		// be read now still is.
		s.whole = true
		s.reshaped.Store(true)
		return nil, s.retry(err)
	}
	s.whole = false
	s.frame.Dirty, s.frame.Cursor = dirty, cursor
	frame := s.frame // what was handed out stays as it is when the layout changes
	return &frame, nil
}

// retry forgives a failed read when the layout turns out to be a new one.
func (s *x11Source) retry(err error) error {
	epoch := s.frame.Epoch
	if lost := s.follow(); lost != nil {
		return lost
	}
	if s.frame.Epoch != epoch {
		return nil
	}
	return err
}

// dirty takes the damage over from the server and returns where in the frame
// it is.
func (s *x11Source) dirty() ([]image.Rectangle, error) {
	if s.damaged.Swap(false) {
		damage.Subtract(s.conn.Conn, s.damage, xfixes.RegionNone, s.region)
		reply, err := xfixes.FetchRegion(s.conn.Conn, s.region).Reply()
		if err != nil {
			return nil, fmt.Errorf("screen: damage: %w", err)
		}
		if !s.whole {
			return inside(reply.Rectangles, s.display.Bounds), nil
		}
	}
	if s.whole {
		return []image.Rectangle{s.frame.Bounds()}, nil
	}
	return nil, nil
}

// inside moves rectangles of the screen into a frame of bounds.
func inside(rects []xproto.Rectangle, bounds image.Rectangle) []image.Rectangle {
	out := make([]image.Rectangle, 0, len(rects))
	for _, r := range rects {
		on := image.Rect(0, 0, int(r.Width), int(r.Height)).Add(image.Pt(int(r.X), int(r.Y)))
		if on = on.Intersect(bounds); !on.Empty() {
			out = append(out, on.Sub(bounds.Min))
		}
	}
	return merge(out)
}

// read copies the rectangles from the screen into the frame.
func (s *x11Source) read(dirty []image.Rectangle) error {
	for _, r := range dirty {
		from, err := s.scratch.read(s.conn, r.Add(s.display.Bounds.Min))
		if err != nil {
			return fmt.Errorf("screen: read %v: %w", r, err)
		}
		row := 4 * r.Dx()
		for y := range r.Dy() {
			to := (r.Min.Y+y)*s.frame.Stride + 4*r.Min.X
			copy(s.frame.Pix[to:to+row], from[y*row:(y+1)*row])
		}
	}
	return nil
}

// follow reads the layout and starts over when it is a new one.
func (s *x11Source) follow() error {
	layout, err := monitors(s.conn)
	if err != nil {
		return fmt.Errorf("screen: %w", err)
	}
	if slices.Equal(layout, s.layout) {
		return nil
	}
	display, ok := find(layout, s.id)
	if !ok {
		return ErrDisplayLost
	}
	s.layout = layout
	s.frame.Epoch++
	s.show(display)
	return nil
}

// show makes room for a picture of display.
func (s *x11Source) show(display capture.Display) {
	w, h := display.Bounds.Dx(), display.Bounds.Dy()
	if w != s.frame.W || h != s.frame.H {
		s.scratch.resize(s.conn, display.Bounds)
		s.frame.Pix = make([]byte, 4*w*h)
	}
	s.display, s.whole = display, true
	s.frame.W, s.frame.H, s.frame.Stride = w, h, 4*w
}
