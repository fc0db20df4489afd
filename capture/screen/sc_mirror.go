package screen

import (
	"errors"
	"image"
	"time"
)

// errNoPicture says that there is nothing to read yet.
var errNoPicture = errors.New("no picture")

// reelMirror follows one part of the desktop by the pictures on a reel.
type reelMirror struct {
	*reel
	part image.Rectangle
	// plain says that the pixels of the display are those of the picture, so
	// that the dirty rectangles mean what they say. What those of a scaled
	// picture or of a part of a display count Apple does not tell: any of
	// them only says that something changed, and we compare.
	plain bool
	// heed is told why the reel ended.
	heed    func(error) error
	stop    func() // ends what fills the reel
	current held   // what await told of last
}

// await waits no longer than until the pointer is due, of which a reel does
// not tell.
func (m *reelMirror) await(d time.Duration) (sight, error) {
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
		return sight{}, m.heed(err)
	}
	if t.picture == nil {
		return sight{}, nil
	}
	before := m.current
	m.current = t.picture
	dirty, err := m.differs(before, t)
	if before != nil {
		before.release()
	}
	return sight{dirty: dirty}, err
}

// differs returns where on the desktop a picture differs from the one before.
func (m *reelMirror) differs(before held, t take) ([]image.Rectangle, error) {
	dirty, err := t.dirty, error(nil)
	switch {
	case before == nil:
		dirty = []image.Rectangle{{Max: m.part.Size()}}
	case t.sure && (m.plain || len(t.dirty) == 0):
	default:
		dirty, err = m.compare(before, t.picture)
	}
	out := make([]image.Rectangle, 0, len(dirty))
	for _, r := range dirty {
		out = append(out, r.Add(m.part.Min))
	}
	return out, err
}

// compare looks at both pictures. One that can't be read any more differs
// everywhere.
func (m *reelMirror) compare(before, now held) ([]image.Rectangle, error) {
	size := m.part.Size()
	dirty := []image.Rectangle{{Max: size}}
	err := now.look(size, func(b lent) {
		_ = before.look(size, func(a lent) {
			if a.stride == b.stride {
				dirty = compare(a.data, b.data, a.stride, size.X, size.Y)
			}
		})
	})
	return dirty, err
}

// read copies from the picture that await told of last.
func (m *reelMirror) read(dst []byte, stride int, origin image.Point, rects []image.Rectangle) error {
	if m.current == nil {
		return errNoPicture
	}
	return m.current.look(m.part.Size(), func(p lent) {
		for _, r := range rects {
			copyRows(dst, stride, origin, p.data, p.stride, m.part.Min, r.Intersect(m.part))
		}
	})
}

// close stops what fills the reel and gives back the last picture.
func (m *reelMirror) close() {
	m.stop()
	if m.current != nil {
		m.current.release()
	}
	m.current = nil
}
