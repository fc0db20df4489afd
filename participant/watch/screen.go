// Package watch turns the updates of another member's screen back into a
// picture. It only shows; it has no way to press anything.
package watch

import (
	"image"
	"sync"
	"time"

	"lotse/capture"
	"lotse/capture/codec"
	"lotse/capture/video"
)

// Screen is a picture that arrives and a window that draws it, with a place
// for just the newest state in between: a window that is slow misses states,
// never the last one.
type Screen struct {
	notify func()

	// mu guards the fields below.
	mu      sync.Mutex
	decoder *codec.Decoder
	dirty   []image.Rectangle
	cursor  capture.Cursor
	told    bool
	meter   meter
}

// maxDirty is how many changed rectangles are remembered apart; more are
// joined into one.
const maxDirty = 64

// NewScreen returns an empty screen. notify is called, from any goroutine and
// without locks, once when there is something new to Take.
func NewScreen(notify func()) *Screen {
	return &Screen{notify: notify, decoder: newDecoder(image.Pt(1, 1))}
}

// newDecoder returns a decoder of pictures as large as size at the most.
func newDecoder(size image.Point) *codec.Decoder {
	d := codec.NewDecoder(limits(size))
	d.UseVideo(video.Best())
	return d
}

func limits(size image.Point) codec.Limits {
	return codec.Limits{Side: max(size.X, size.Y, 1), Pixels: max(size.X*size.Y, 1)}
}

// Announce says how large the picture will be; no other size is accepted, so
// that nobody fills our memory with a picture that was not announced.
func (s *Screen) Announce(size image.Point) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.decoder.Limit(limits(size))
}

// Update applies one update. After an error the picture is as before, and
// only an update that needs no other one can follow.
func (s *Screen) Update(update []byte) error {
	s.mu.Lock()
	dirty, err := s.decoder.Decode(update)
	s.meter.count(len(update), time.Now())
	if err == nil {
		s.addLocked(dirty)
	}
	tell := s.tellLocked(len(dirty) > 0)
	s.mu.Unlock()
	if tell {
		s.notify()
	}
	return err
}

// Point shows the pointer of the other side.
func (s *Screen) Point(c capture.Cursor) {
	s.mu.Lock()
	s.cursor = c
	tell := s.tellLocked(true)
	s.mu.Unlock()
	if tell {
		s.notify()
	}
}

// Reset forgets the picture, for a sharer that begins anew.
func (s *Screen) Reset() {
	s.mu.Lock()
	s.decoder.Close()
	s.decoder = newDecoder(image.Pt(1, 1))
	s.dirty, s.cursor = nil, capture.Cursor{}
	s.mu.Unlock()
}

// Close gives back what decoding holds. The screen shows nothing after.
func (s *Screen) Close() { s.Reset() }

// Stats returns what came in the last second.
func (s *Screen) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.meter.last(time.Now())
}

// View is a look at the picture. Pix is BGRA and belongs to the screen: it is
// valid inside Take only.
type View struct {
	Pix    []byte
	Stride int
	Size   image.Point
	// Dirty is what changed since the last Take.
	Dirty  []image.Rectangle
	Cursor capture.Cursor
}

// Take lets look see the newest state; nothing changes while it looks.
func (s *Screen) Take(look func(View)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pix, stride, size := s.decoder.Picture()
	look(View{Pix: pix, Stride: stride, Size: size, Dirty: s.dirty, Cursor: s.cursor})
	s.dirty, s.told = s.dirty[:0], false
}

func (s *Screen) addLocked(dirty []image.Rectangle) {
	s.dirty = append(s.dirty, dirty...)
	if len(s.dirty) <= maxDirty {
		return
	}
	all := image.Rectangle{}
	for _, r := range s.dirty {
		all = all.Union(r)
	}
	s.dirty = append(s.dirty[:0], all)
}

func (s *Screen) tellLocked(news bool) bool {
	if !news || s.told {
		return false
	}
	s.told = true
	return true
}
