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
// one that looks through kbinani/screenshot where that is missing. It was
// type-checked and not yet run on a Mac.
func openSCK(t Target) (Source, error) {
	q, err := loadQuartz()
	if err != nil {
		return nil, err
	}
	if err := q.permit(); err != nil {
		return nil, err
	}
	k, missing := loadKit(q)
	g := &sckGrabber{quartz: q, pointer: newSCKPointer(q, k)}
	if missing != nil && !g.covers() {
		return nil, errors.Join(missing, g.close())
	}
	p, err := newPolled(g, t)
	if err != nil {
		return nil, errors.Join(err, g.close())
	}
	if missing != nil {
		return p, nil //nolint:nilerr // kbinani/screenshot shows the same
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
func (g *sckGrabber) mirror(k *kit, content objc.ID, all []monitor, part image.Rectangle) (mirror, error) {
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
	return &reelMirror{reel: s.reel, part: part, plain: whole && !on.fine, heed: g.heed, stop: s.close}, nil
}

// heed remembers an error by which a person has said no.
func (g *sckGrabber) heed(err error) error {
	var e sckError
	if errors.As(err, &e) && e.final() {
		g.stopped = err
	}
	return err
}
