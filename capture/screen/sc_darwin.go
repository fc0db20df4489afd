package screen

import (
	"context"
	"errors"
	"fmt"
	"image"
	"time"

	"github.com/ebitengine/purego/objc"

	"lotse/capture"
)

// sckGrabber knows the monitors, the pointer and the lock screen of macOS. It
// looks through kbinani/screenshot, which covers for the streams until they
// have a picture and on a macOS that has none.
type sckGrabber struct {
	portable
	*quartz
	pointer *sckPointer
	stopped error // why a person ended the sharing
}

// sckSource says how ScreenCaptureKit differs from other mirrors.
type sckSource struct {
	*mirrored
	grabber *sckGrabber
}

// openSCK returns a source that is told by ScreenCaptureKit what changes, or
// the portable one where that is missing. It was type-checked and not yet run
// on a Mac.
func openSCK(t Target) (Source, error) {
	q, err := loadQuartz()
	if err != nil {
		return nil, err
	}
	if err := q.permit(); err != nil {
		return nil, err
	}
	k, err := loadKit(q)
	if err != nil {
		portable, none := openPortable(t)
		return portable, errors.Join(none, err)
	}
	g := &sckGrabber{quartz: q, pointer: newSCKPointer(k)}
	p, err := newPolled(g, t)
	if err != nil {
		return nil, errors.Join(err, g.close())
	}
	m, err := newMirrored(p, func(v view, _ []capture.Display) ([]mirror, error) { return g.mirrors(k, v) })
	if err != nil && (g.stopped != nil || !g.covers()) {
		return nil, errors.Join(err, g.close())
	}
	if err != nil {
		return p, nil //nolint:nilerr // kbinani/screenshot shows the same
	}
	return &sckSource{mirrored: m, grabber: g}, nil
}

// Name says which way of looking works now.
func (s *sckSource) Name() string {
	if s.mirrors == nil {
		return s.grabber.name()
	}
	return "screencapturekit"
}

// Next waits for a change. What a person has ended stays ended.
func (s *sckSource) Next(ctx context.Context) (*capture.Frame, error) {
	frame, err := s.mirrored.Next(ctx)
	if err != nil && s.grabber.stopped != nil {
		return nil, s.grabber.stopped
	}
	return frame, err
}

func (g *sckGrabber) displays() ([]capture.Display, error) {
	if g.stopped != nil {
		return nil, g.stopped
	}
	all, err := g.monitors()
	if err != nil {
		return nil, err
	}
	return numbered(all), nil
}

func (g *sckGrabber) state() capture.State { return g.quartz.state() }

func (g *sckGrabber) grab(dst []byte, stride int, r image.Rectangle) error {
	if g.stopped != nil {
		return g.stopped
	}
	return g.portable.grab(dst, stride, r)
}

// covers reports whether kbinani/screenshot works: it needs cgo here.
func (g *sckGrabber) covers() bool {
	_, err := g.portable.displays()
	return err == nil
}

func (g *sckGrabber) cursor() capture.Cursor {
	at, ok := g.where()
	return capture.Cursor{Visible: ok, At: cgRect{X: at.X, Y: at.Y, W: 1, H: 1}.cover().Min, Shape: g.pointer.now(time.Now())}
}

func (g *sckGrabber) close() error {
	g.pointer.close()
	return nil
}

// mirrors starts a stream for each part of v.
func (g *sckGrabber) mirrors(k *kit, v view) ([]mirror, error) {
	if g.stopped != nil {
		return nil, g.stopped
	}
	defer pool()()
	all, err := g.monitors()
	if err != nil {
		return nil, err
	}
	content, err := k.content()
	if err != nil {
		return nil, g.heed(err)
	}
	defer drop(content)
	var out []mirror
	for _, part := range v.parts {
		m, err := g.mirror(k, content, all, part)
		if err != nil {
			for _, m := range out {
				m.close()
			}
			return nil, g.heed(err)
		}
		out = append(out, m)
	}
	return out, nil
}

// mirror starts a stream of part, which lies on one of all.
func (g *sckGrabber) mirror(k *kit, content objc.ID, all []monitor, part image.Rectangle) (*sckMirror, error) {
	on, ok := holding(all, part)
	if !ok {
		return nil, ErrNoDisplay
	}
	display := find(content, "displays", "displayID", on.id)
	if display == 0 {
		return nil, fmt.Errorf("%w: %d is not shareable", ErrNoDisplay, on.id)
	}
	filter := class("SCContentFilter").Send(objc.RegisterName("alloc")).Send(
		objc.RegisterName("initWithDisplay:excludingWindows:"), display, class("NSArray").Send(objc.RegisterName("array")))
	defer drop(filter)
	whole := part == on.bounds
	var source cgRect
	if !whole {
		source = rectOf(part, on.bounds.Min)
	}
	s, err := k.start(filter, part.Size(), source)
	if err != nil {
		return nil, err
	}
	return &sckMirror{stream: s, grabber: g, part: part, plain: whole && !on.fine}, nil
}

// heed remembers an error by which a person has said no.
func (g *sckGrabber) heed(err error) error {
	var e sckError
	if errors.As(err, &e) && e.final() {
		g.stopped = err
	}
	return err
}

// sckMirror follows what a stream brings of one part of the desktop.
type sckMirror struct {
	*stream
	grabber *sckGrabber
	part    image.Rectangle
	// plain says that the pixels of the display are those of the picture, so
	// that the dirty rectangles mean what they say. For scaled pictures and
	// parts Apple's papers don't tell what they count, and we compare.
	plain   bool
	current held
}

// await waits no longer than until the pointer is due, of which no stream
// tells.
func (m *sckMirror) await(d time.Duration) (sight, error) {
	if d > 0 {
		timer := time.NewTimer(min(d, frameTime))
		defer timer.Stop()
		select {
		case <-m.news:
		case <-timer.C:
		}
	}
	t, err := m.take()
	if err != nil {
		return sight{}, m.grabber.heed(err)
	}
	if t.picture == nil {
		return sight{}, nil
	}
	before := m.current
	m.current = t.picture
	if before != nil {
		defer before.release()
	}
	dirty, err := m.differs(before, t)
	return sight{dirty: dirty}, err
}

// differs returns where on the desktop a picture differs from the one before.
func (m *sckMirror) differs(before held, t take) ([]image.Rectangle, error) {
	all := image.Rectangle{Max: m.size}
	dirty := []image.Rectangle{all}
	now, _ := t.picture.(buffer)
	var err error
	switch old, ok := before.(buffer); {
	case !ok:
		err = now.look(m.size, func(lent) {})
	case t.sure && m.plain || t.sure && len(t.dirty) == 0:
		dirty = t.dirty
	default:
		err = now.look(m.size, func(b lent) {
			err := old.look(m.size, func(a lent) {
				if a.stride == b.stride {
					dirty = compare(a.data, b.data, a.stride, m.size.X, m.size.Y)
				}
			})
			if err != nil {
				dirty = []image.Rectangle{all} // nothing to compare with
			}
		})
	}
	out := make([]image.Rectangle, 0, len(dirty))
	for _, r := range dirty {
		out = append(out, r.Add(m.part.Min))
	}
	return out, err
}

// read copies from the picture that await told of last.
func (m *sckMirror) read(dst []byte, stride int, origin image.Point, rects []image.Rectangle) error {
	b, ok := m.current.(buffer)
	if !ok {
		return errSilent
	}
	return b.look(m.size, func(p lent) {
		for _, r := range rects {
			copyRows(dst, stride, origin, p.data, p.stride, m.part.Min, r.Intersect(m.part))
		}
	})
}

// close stops the stream.
func (m *sckMirror) close() {
	m.stream.close()
	if m.current != nil {
		m.current.release()
	}
	m.current = nil
}
