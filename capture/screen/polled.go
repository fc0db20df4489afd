package screen

import (
	"context"
	"fmt"
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
	// state says whether looking makes sense now.
	state() capture.State
	// grab fills dst with the pixels of r on the desktop, BGRA, rows of
	// stride bytes. On error dst may hold anything.
	grab(dst []byte, stride int, r image.Rectangle) error
	// cursor returns the pointer with its hot spot on the desktop. The shape
	// stays the same pointer while it looks the same.
	cursor() capture.Cursor
	// name says which way of looking this is.
	name() string
	close() error
}

// follower is a grabber of one window, which is asked before each look where
// that is. It gets rectangles on the desktop as any grabber does.
type follower interface {
	grabber
	// place returns where the window's content lies, or ErrWindowClosed.
	place() (image.Rectangle, error)
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
	target  Target

	layout   []capture.Display
	view     view
	asked    time.Time // when layout was last read
	due      time.Time // when the next look may begin
	now      []byte
	seen     []byte
	frame    capture.Frame
	begun    bool // a frame was handed out
	complete bool // seen holds a whole picture of view
}

// newPolled returns a source of t. It owns g, also after an error.
func newPolled(g grabber, t Target) (*polled, error) {
	p := &polled{grabber: g, target: t}
	v, layout, err := p.where()
	if err != nil {
		return nil, err
	}
	p.layout, p.asked = layout, time.Now()
	p.show(v)
	return p, nil
}

// where returns what there is to look at.
func (p *polled) where() (view, []capture.Display, error) {
	if f, ok := p.grabber.(follower); ok {
		r, err := f.place()
		if err == nil && !fits(r) {
			err = fmt.Errorf("%w: %v", ErrTooLarge, r.Size())
		}
		return view{bounds: r, parts: []image.Rectangle{r}}, nil, err
	}
	layout, err := p.grabber.displays()
	if err != nil {
		return view{}, nil, err
	}
	v, err := p.target.view(usable(layout))
	return v, layout, err
}

// Name says which way of looking this is.
func (p *polled) Name() string { return p.grabber.name() }

// Close gives everything back to the system.
func (p *polled) Close() error { return p.grabber.close() }

// Next waits for a change.
func (p *polled) Next(ctx context.Context) (*capture.Frame, error) {
	for {
		if err := p.pause(ctx); err != nil {
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

// pause waits until the next look may begin.
func (p *polled) pause(ctx context.Context) error { return pause(ctx, time.Until(p.due), nil) }

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
// leaves the last picture standing while what it shows is there.
func (p *polled) look(at time.Time) (*capture.Frame, error) {
	_, follows := p.grabber.(follower)
	if follows || at.Sub(p.asked) >= layoutEvery {
		if err := p.refresh(at); err != nil {
			return nil, err
		}
	}
	if state := p.grabber.state(); state != capture.Live {
		return p.stand(state), nil
	}
	if err := p.view.read(p.frame.Bounds(), p.grab); err != nil {
		return nil, p.refresh(at)
	}
	dirty := []image.Rectangle{p.frame.Bounds()}
	if p.complete {
		dirty = compare(p.seen, p.now, p.frame.Stride, p.frame.W, p.frame.H)
	}
	cursor := within(p.grabber.cursor(), p.view.bounds)
	if len(dirty) == 0 && p.same(cursor, capture.Live) {
		return nil, nil //nolint:nilnil // no frame: nothing has changed
	}
	p.now, p.seen, p.complete = p.seen, p.now, true
	return p.deliver(dirty, cursor, capture.Live), nil
}

// grab takes a part of the picture.
func (p *polled) grab(part image.Rectangle) error {
	from := part.Min.Y*p.frame.Stride + 4*part.Min.X
	return p.grabber.grab(p.now[from:], p.frame.Stride, part.Add(p.view.origin()))
}

// same reports whether the last frame said all this.
func (p *polled) same(c capture.Cursor, s capture.State) bool {
	return p.begun && c == p.frame.Cursor && p.frame.Origin == p.view.origin() && p.frame.State == s
}

// deliver returns a frame that stays as it is when the layout changes.
func (p *polled) deliver(dirty []image.Rectangle, c capture.Cursor, s capture.State) *capture.Frame {
	p.begun = true
	p.frame.Pix, p.frame.Dirty, p.frame.Cursor = p.seen, dirty, c
	p.frame.Origin, p.frame.State = p.view.origin(), s
	frame := p.frame
	return &frame
}

// stand leaves the last picture standing; before the first look it is black.
func (p *polled) stand(s capture.State) *capture.Frame {
	c := p.frame.Cursor
	c.Visible = false
	if p.complete && p.same(c, s) {
		return nil
	}
	dirty := []image.Rectangle{}
	if !p.complete {
		dirty = append(dirty, p.frame.Bounds())
	}
	p.complete = true // black counts as a picture to compare with
	return p.deliver(dirty, c, s)
}

// refresh finds out where things are now and follows them.
func (p *polled) refresh(at time.Time) error {
	v, layout, err := p.where()
	if err != nil && p.target.Kind == Window {
		return err
	}
	if err != nil {
		return lost(err)
	}
	p.asked = at
	moved := p.target.Kind == Window && v.bounds.Size() == p.view.bounds.Size()
	if moved || p.target.Kind != Window && slices.Equal(layout, p.layout) {
		p.view = v
		return nil
	}
	p.layout = layout
	p.frame.Epoch++
	p.show(v)
	return nil
}

// show starts over with a picture of v, black where no monitor is.
func (p *polled) show(v view) {
	w, h := v.bounds.Dx(), v.bounds.Dy()
	p.view, p.complete = v, false
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
