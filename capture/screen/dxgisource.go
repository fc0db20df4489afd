package screen

import (
	"context"
	"fmt"
	"image"
	"time"

	"lotse/capture"
)

// mirror follows one monitor, or the part of it that may be read, and is told
// by the system what changes. Everything is in pixels on the desktop.
type mirror interface {
	// await waits at most d for news. After an error nothing but close works.
	await(d time.Duration) (sight, error)
	// read copies rects, which await told of, into a picture with its corner
	// at origin and rows of stride bytes.
	read(dst []byte, stride int, origin image.Point, rects []image.Rectangle) error
	close()
}

// sight is the news of a mirror; the zero value is none.
type sight struct {
	// dirty is where the picture has changed; the first time all of it.
	dirty []image.Rectangle
	// moves are hints.
	moves []capture.Move
	// pointer is nil as long as the pointer stays as it is.
	pointer *pointerSight
}

// pointerSight is the pointer as a monitor sees it.
type pointerSight struct {
	when    int64 // the later one of two monitors is right
	visible bool
	corner  image.Point          // upper left of the shape
	shape   *capture.CursorShape // nil as long as it stays the same
}

// watched is a mirror and what it told that no frame has said yet.
type watched struct {
	mirror
	live  bool // there was a picture
	owed  []image.Rectangle
	moves []capture.Move
}

// awaitStep is how long one monitor is waited for at a stretch: so long does
// an ended context or a lock screen go unnoticed.
const awaitStep = 100 * time.Millisecond

// After a failure a new mirror is tried at once if the old one has worked for
// settled; else the waits double, from retryFirst to retryLast. Making one
// costs some 100 ms.
const (
	settled    = 5 * time.Second
	retryFirst = time.Second
	retryLast  = 16 * time.Second
)

// mirrored is a Source that is told what changes. The polled one beneath
// knows the layout and the lock screen, and covers for the mirrors whenever
// they fail or have no picture yet.
type mirrored struct {
	*polled
	open    func(view, []capture.Display) ([]mirror, error)
	mirrors []*watched
	pointer pointerSight
	sees    *watched // who told of pointer last; nil: nobody
	shape   *capture.CursorShape
	epoch   uint32    // that of the layout the mirrors follow
	since   time.Time // when they were opened
	again   time.Time // when new ones may be
	wait    time.Duration
}

// newMirrored returns a source that owns p, or an error, and then p is as
// good as before.
func newMirrored(p *polled, open func(view, []capture.Display) ([]mirror, error)) (*mirrored, error) {
	m := &mirrored{polled: p, open: open}
	if err := m.connect(time.Now()); err != nil {
		return nil, err
	}
	return m, nil
}

// Name says which way of looking works now.
func (m *mirrored) Name() string {
	if m.mirrors == nil {
		return m.polled.Name()
	}
	return "dxgi"
}

// Close gives everything back to the system.
func (m *mirrored) Close() error {
	m.drop()
	return m.polled.Close()
}

// Next waits for a change.
func (m *mirrored) Next(ctx context.Context) (*capture.Frame, error) {
	for {
		if err := m.pause(ctx); err != nil {
			return nil, err
		}
		frame, err := m.look(time.Now())
		if frame != nil || err != nil {
			return frame, err
		}
	}
}

// look waits for the mirrors, or looks without them.
func (m *mirrored) look(at time.Time) (*capture.Frame, error) {
	m.frame.Moves = nil
	if at.Sub(m.asked) >= layoutEvery {
		if err := m.refresh(at); err != nil {
			return nil, err
		}
	}
	if m.epoch != m.frame.Epoch {
		m.drop()
		m.again, m.wait = at, 0
	}
	if m.grabber.state() != capture.Live {
		m.drop()
		m.again = at
		return m.cover(at)
	}
	if m.mirrors == nil && !at.Before(m.again) {
		if err := m.connect(at); err != nil {
			m.fail(at)
		}
	}
	ready, err := m.listen()
	if err != nil {
		m.fail(at)
	}
	if err != nil || !ready {
		return m.cover(at)
	}
	frame, err := m.picture()
	if err != nil {
		m.complete = false // part of it may be copied
		m.fail(at)
		return m.cover(at)
	}
	return frame, nil
}

// cover looks as if there were no mirrors.
func (m *mirrored) cover(at time.Time) (*capture.Frame, error) {
	began := time.Now()
	frame, err := m.polled.look(at)
	m.due = began.Add(rest(time.Since(began)))
	return frame, err
}

// connect opens a mirror for each part of the view.
func (m *mirrored) connect(at time.Time) error {
	all, err := m.open(m.view, m.layout)
	if err != nil {
		return fmt.Errorf("mirror: %w", err)
	}
	for _, one := range all {
		m.mirrors = append(m.mirrors, &watched{mirror: one})
	}
	m.since, m.epoch = at, m.frame.Epoch
	return nil
}

// drop closes the mirrors.
func (m *mirrored) drop() {
	for _, w := range m.mirrors {
		w.close()
	}
	m.mirrors, m.sees = nil, nil
}

// fail closes the mirrors and says when to try again.
func (m *mirrored) fail(at time.Time) {
	if m.mirrors != nil && at.Sub(m.since) >= settled {
		m.wait = 0
	}
	m.drop()
	m.again = at.Add(m.wait)
	m.wait = min(max(2*m.wait, retryFirst), retryLast)
}

// listen hears every mirror and reports whether all of them have a picture.
// The first that has news ends the waiting, and the next look has time.
func (m *mirrored) listen() (bool, error) {
	step, news, ready := awaitStep, false, m.mirrors != nil
	if len(m.mirrors) > 1 {
		step = frameTime / time.Duration(len(m.mirrors))
	}
	for _, w := range m.mirrors {
		s, err := w.await(step)
		if err != nil {
			return false, fmt.Errorf("mirror: %w", err)
		}
		if len(s.dirty) > 0 || s.pointer != nil {
			step, news = 0, true
		}
		m.hear(w, s)
		ready = ready && w.live
	}
	m.due = time.Now()
	if news {
		m.due = m.due.Add(frameTime)
	}
	return ready, nil
}

// hear remembers news until a frame says them. Moves count only if nothing
// came between.
func (m *mirrored) hear(w *watched, s sight) {
	if len(s.dirty) > 0 {
		w.moves = nil
		if w.live && len(w.owed) == 0 {
			w.moves = s.moves
		}
		w.live = true
		w.owed = merge(append(w.owed, s.dirty...))
	}
	if s.pointer != nil {
		m.point(w, *s.pointer)
	}
}

// point believes whoever sees the pointer; that it is gone is believed of the
// monitor on which it was. So does Microsoft's sample of Desktop Duplication.
func (m *mirrored) point(w *watched, p pointerSight) {
	if p.shape != nil {
		m.shape = p.shape
	}
	if m.sees == nil || m.sees == w || p.visible && (!m.pointer.visible || p.when >= m.pointer.when) {
		m.pointer, m.sees = p, w
	}
}

// picture copies what the mirrors told of and returns a frame when there is
// anything new.
func (m *mirrored) picture() (*capture.Frame, error) {
	origin := m.view.origin()
	var dirty []image.Rectangle
	for _, w := range m.mirrors {
		if len(w.owed) == 0 {
			continue
		}
		if err := w.read(m.seen, m.frame.Stride, origin, w.owed); err != nil {
			return nil, fmt.Errorf("mirror: %w", err)
		}
		for _, r := range w.owed {
			dirty = append(dirty, r.Sub(origin))
		}
		for _, v := range w.moves {
			m.frame.Moves = append(m.frame.Moves, capture.Move{From: v.From.Sub(origin), To: v.To.Sub(origin)})
		}
		w.owed, w.moves = nil, nil
	}
	dirty = merge(dirty)
	if !m.complete {
		dirty, m.frame.Moves = []image.Rectangle{m.frame.Bounds()}, nil
	}
	cursor := within(m.cursor(), m.view.bounds)
	if len(dirty) == 0 && m.same(cursor, capture.Live) {
		return nil, nil //nolint:nilnil // no frame: nothing has changed
	}
	m.complete = true
	return m.deliver(dirty, cursor, capture.Live), nil
}

// cursor returns the pointer; while no mirror told of it, it is that of the
// source beneath.
func (m *mirrored) cursor() capture.Cursor {
	if m.sees == nil {
		return m.grabber.cursor()
	}
	c := capture.Cursor{Visible: m.pointer.visible && m.shape != nil, At: m.pointer.corner, Shape: m.shape}
	if m.shape != nil {
		c.At = c.At.Add(m.shape.Hot)
	}
	return c
}
