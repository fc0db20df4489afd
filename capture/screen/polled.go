package screen

import (
	"context"
	"image"
	"slices"
	"time"

	"lotse/capture"
)

// grabber is a way of looking that can't tell by itself when something
// changed.
type grabber interface {
	// displays lists the monitors.
	displays() ([]capture.Display, error)
	// grab fills dst with the pixels of r on the desktop, BGRA, rows of
	// 4*r.Dx() bytes. On error dst may hold anything.
	grab(dst []byte, r image.Rectangle) error
	// cursor returns the pointer with its hot spot on the desktop. The shape
	// stays the same pointer while it looks the same.
	cursor() capture.Cursor
	// name says which way of looking this is.
	name() string
	close() error
}

// layoutEvery is how often a source that isn't told asks whether the monitors
// are still the same.
const layoutEvery = time.Second

// busy is how many times as long as a look took the source rests before the
// next one, so that watching costs a quarter of one core at the most.
const busy = 3

// slowest is the longest rest between two looks.
const slowest = 250 * time.Millisecond

// polled makes a Source of a grabber: it looks, compares and reports what
// differs.
type polled struct {
	grabber grabber
	id      uint32

	layout   []capture.Display
	display  capture.Display
	asked    time.Time // when layout was last read
	due      time.Time // when the next look may begin
	now      []byte
	seen     []byte
	frame    capture.Frame
	complete bool // seen holds a whole picture of display
}

// newPolled returns a source of the display with that ID. It owns g.
func newPolled(g grabber, id uint32) (*polled, error) {
	p := &polled{grabber: g, id: id}
	layout, err := g.displays()
	if err != nil {
		return nil, err
	}
	display, ok := find(usable(layout), id)
	if !ok {
		return nil, ErrNoDisplay
	}
	p.layout, p.asked = layout, time.Now()
	p.show(display)
	return p, nil
}

// Name says which way of looking this is.
func (p *polled) Name() string { return p.grabber.name() }

// Close gives everything back to the system.
func (p *polled) Close() error { return p.grabber.close() }

// Next waits for a change.
func (p *polled) Next(ctx context.Context) (*capture.Frame, error) {
	for {
		if err := pause(ctx, time.Until(p.due), nil); err != nil {
			return nil, err
		}
		began := time.Now()
		frame, err := p.look(began)
		p.due = began.Add(rest(time.Since(began)))
		if frame != nil || err != nil {
			return frame, err
		}
	}
}

// rest is the time from the beginning of a look that took cost to the next.
func rest(cost time.Duration) time.Duration {
	return min(max(frameTime, (1+busy)*cost), max(slowest, cost))
}

// pause waits until d has passed or wake delivers, or returns why ctx ended.
func pause(ctx context.Context, d time.Duration, wake <-chan struct{}) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wake:
	case <-timer.C:
	}
	return nil
}

// look takes a picture and returns a frame when it differs from the last. A
// system that doesn't let us look for a moment, as during a lock screen,
// leaves the last picture standing while its monitor is there.
func (p *polled) look(at time.Time) (*capture.Frame, error) {
	if at.Sub(p.asked) >= layoutEvery {
		if err := p.refresh(at); err != nil {
			return nil, err
		}
	}
	if err := p.grabber.grab(p.now, p.display.Bounds); err != nil {
		return nil, p.refresh(at)
	}
	dirty := []image.Rectangle{p.frame.Bounds()}
	if p.complete {
		dirty = compare(p.seen, p.now, p.frame.Stride, p.frame.W, p.frame.H)
	}
	cursor := within(p.grabber.cursor(), p.display.Bounds)
	if len(dirty) == 0 && cursor == p.frame.Cursor {
		return nil, nil //nolint:nilnil // no frame: nothing has changed
	}
	p.now, p.seen, p.complete = p.seen, p.now, true
	p.frame.Pix, p.frame.Dirty, p.frame.Cursor = p.seen, dirty, cursor
	frame := p.frame // what was handed out stays as it is when the layout changes
	return &frame, nil
}

// refresh reads the layout and follows it.
func (p *polled) refresh(at time.Time) error {
	layout, err := p.grabber.displays()
	if err != nil {
		return lost(err)
	}
	p.asked = at
	if slices.Equal(layout, p.layout) {
		return nil
	}
	display, ok := find(usable(layout), p.id)
	if !ok {
		return ErrDisplayLost
	}
	p.layout = layout
	p.frame.Epoch++
	p.show(display)
	return nil
}

// show starts over with a picture of display.
func (p *polled) show(display capture.Display) {
	w, h := display.Bounds.Dx(), display.Bounds.Dy()
	p.display, p.complete = display, false
	p.now, p.seen = make([]byte, 4*w*h), make([]byte, 4*w*h)
	p.frame.W, p.frame.H, p.frame.Stride = w, h, 4*w
}

// within moves a pointer from the desktop into a frame of r; outside it is not
// to be seen.
func within(c capture.Cursor, r image.Rectangle) capture.Cursor {
	c.Visible = c.Visible && c.At.In(r)
	c.At = c.At.Sub(r.Min)
	return c
}
