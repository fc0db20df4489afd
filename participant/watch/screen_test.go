package watch

import (
	"bytes"
	"errors"
	"image"
	"testing"
	"testing/synctest"
	"time"

	"lotse/capture"
	"lotse/capture/capturetest"
	"lotse/capture/codec"
)

// sent is a sharer and a screen that counts how often it is told.
type sent struct {
	t      *testing.T
	enc    *codec.Encoder
	screen *Screen
	told   int
}

func newSent(t *testing.T) *sent {
	t.Helper()
	enc, err := codec.NewEncoder(codec.Config{LosslessOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	s := &sent{t: t, enc: enc}
	s.screen = NewScreen(func() { s.told++ })
	t.Cleanup(s.screen.Close)
	return s
}

func (s *sent) encode(f *capture.Frame) []byte {
	s.t.Helper()
	u, err := s.enc.Encode(nil, f, codec.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	return u
}

func (s *sent) update(f *capture.Frame) {
	s.t.Helper()
	if err := s.screen.Update(s.encode(f)); err != nil {
		s.t.Fatal(err)
	}
}

// shows returns a copy of what a window would draw.
func (s *sent) shows() (v View) {
	s.screen.Take(func(w View) {
		v = w
		v.Pix, v.Dirty = bytes.Clone(w.Pix), append([]image.Rectangle(nil), w.Dirty...)
	})
	return v
}

func TestPictureThatWasNotAnnouncedIsRefused(t *testing.T) {
	s := newSent(t)
	f := capturetest.Pattern(64, 48, 1)
	u := s.encode(f)
	if err := s.screen.Update(u); !errors.Is(err, codec.ErrFormat) {
		t.Fatalf("got %v before anything was announced, want a refusal", err)
	}
	if got := s.shows(); len(got.Pix) != 0 {
		t.Errorf("got a picture of %v", got.Size)
	}
	s.screen.Announce(image.Pt(64, 48))
	if err := s.screen.Update(u); err != nil {
		t.Fatal(err)
	}
	if got := s.shows(); !bytes.Equal(got.Pix, f.Pix) {
		t.Error("the picture is another one")
	}
}

func TestWindowIsToldOnceUntilItLooks(t *testing.T) {
	s := newSent(t)
	s.screen.Announce(image.Pt(64, 48))
	for i := range 3 {
		s.update(capturetest.Pattern(64, 48, uint32(i)))
	}
	if s.told != 1 {
		t.Errorf("told %d times, want once", s.told)
	}
	s.shows()
	s.screen.Point(capture.Cursor{At: image.Pt(3, 4), Visible: true})
	if s.told != 2 {
		t.Errorf("told %d times after it looked and the pointer moved, want twice", s.told)
	}
	if got := s.shows(); got.Cursor.At != image.Pt(3, 4) || len(got.Dirty) != 0 {
		t.Errorf("got the pointer at %v and %v dirty, want (3,4) and nothing", got.Cursor.At, got.Dirty)
	}
}

func TestManyChangesBecomeOne(t *testing.T) {
	s := newSent(t)
	size := image.Pt(320, 320)
	s.screen.Announce(size)
	f := capturetest.Pattern(size.X, size.Y, 1)
	s.update(f)
	s.shows()
	all := image.Rectangle{}
	for i := range maxDirty + 1 {
		at := image.Pt(32*(i%10), 32*(i/10))
		r := image.Rectangle{at, at.Add(image.Pt(2, 2))}
		f.Pix[at.Y*f.Stride+4*at.X] ^= 0xff
		f.Dirty = []image.Rectangle{r}
		s.update(f)
		all = all.Union(r)
	}
	got := s.shows()
	if len(got.Dirty) > maxDirty {
		t.Errorf("got %d rectangles, want at most %d", len(got.Dirty), maxDirty)
	}
	whole := image.Rectangle{}
	for _, r := range got.Dirty {
		whole = whole.Union(r)
	}
	for i := range maxDirty + 1 {
		if at := image.Pt(32*(i%10), 32*(i/10)); !at.In(whole) {
			t.Errorf("%v changed and is not in %v", at, whole)
		}
	}
}

func TestDamagedUpdateLeavesThePicture(t *testing.T) {
	s := newSent(t)
	s.screen.Announce(image.Pt(64, 48))
	first := capturetest.Pattern(64, 48, 1)
	s.update(first)
	s.shows()
	u := s.encode(capturetest.Pattern(64, 48, 2))
	if err := s.screen.Update(u[:len(u)-1]); err == nil {
		t.Fatal("half an update was taken")
	}
	if got := s.shows(); !bytes.Equal(got.Pix, first.Pix) || len(got.Dirty) != 0 {
		t.Error("the picture changed")
	}
	s.screen.Reset()
	if got := s.shows(); len(got.Pix) != 0 {
		t.Errorf("got %v after a reset, want nothing", got.Size)
	}
}

func TestStatsAreThoseOfTheLastSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSent(t)
		s.screen.Announce(image.Pt(64, 48))
		u := s.encode(capturetest.Pattern(64, 48, 1))
		if err := s.screen.Update(u); err != nil {
			t.Fatal(err)
		}
		<-time.After(500 * time.Millisecond)
		if got, want := s.screen.Stats(), (Stats{Bits: 8 * len(u), Updates: 1}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		<-time.After(time.Second)
		if got := s.screen.Stats(); got != (Stats{}) {
			t.Errorf("got %+v a second later, want nothing", got)
		}
		<-time.After(time.Hour)
		if got := s.screen.Stats(); got != (Stats{}) {
			t.Errorf("got %+v an hour later, want nothing", got)
		}
	})
}
