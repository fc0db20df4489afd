package screen

import (
	"bytes"
	"errors"
	"image"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// slip is a picture that counts how often it was given back.
type slip struct {
	size   image.Point
	stride int
	data   []byte
	back   int
}

func (s *slip) release() { s.back++ }

var errOtherSize = errors.New("another size")

func (s *slip) look(size image.Point, f func(lent)) error {
	if s.back > 0 || size != s.size {
		return errOtherSize
	}
	f(lent{s.data, s.stride})
	return nil
}

// slide returns a picture of one colour whose rows have room at their end.
func slide(size image.Point, colour byte) *slip {
	s := &slip{size: size, stride: 4*size.X + 64}
	s.data = bytes.Repeat([]byte{colour}, s.stride*size.Y)
	return s
}

func TestAReelHandsOverTheNewestPictureOnly(t *testing.T) {
	r, old, now := newReel(), &slip{}, &slip{}
	a, b := image.Rect(0, 0, 4, 4), image.Rect(50, 50, 60, 60)
	r.put(old, []image.Rectangle{a}, true)
	r.put(now, []image.Rectangle{b}, true)
	select {
	case <-r.news:
	default:
		t.Error("nobody was woken")
	}
	got, err := r.take()
	if want := (take{now, []image.Rectangle{a, b}, true}); !reflect.DeepEqual(got, want) || err != nil {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if old.back != 1 || now.back != 0 {
		t.Errorf("given back: old %d times, new %d times, want 1 and 0", old.back, now.back)
	}
	if got, err := r.take(); !reflect.DeepEqual(got, take{}) || err != nil {
		t.Errorf("got %v, %v, want nothing new", got, err)
	}
}

func TestOneUnknownPictureMakesTheWholeTakeUnsure(t *testing.T) {
	r := newReel()
	r.put(&slip{}, []image.Rectangle{image.Rect(0, 0, 1, 1)}, true)
	r.put(&slip{}, nil, false)
	r.put(&slip{}, []image.Rectangle{image.Rect(9, 9, 10, 10)}, true)
	if got, _ := r.take(); got.sure {
		t.Errorf("got %v, want it unsure", got)
	}
	r.put(&slip{}, nil, true)
	if got, _ := r.take(); !got.sure {
		t.Errorf("got %v, want the next one sure again", got)
	}
}

func TestAClosedReelGivesEverythingBack(t *testing.T) {
	r, before, after := newReel(), &slip{}, &slip{}
	r.put(before, nil, true)
	r.close()
	r.close()
	r.put(after, nil, true)
	if before.back != 1 || after.back != 1 {
		t.Errorf("given back: %d and %d times, want once each", before.back, after.back)
	}
}

func TestAReelThatEndedSaysItsFirstReason(t *testing.T) {
	r, last, first := newReel(), &slip{}, errors.New("first")
	r.put(last, nil, true)
	r.end(first)
	r.end(errors.New("second"))
	if got, err := r.take(); got.picture != nil || !errors.Is(err, first) || last.back != 1 {
		t.Errorf("got %v, %v, given back %d times, want no picture, the first reason and once", got, err, last.back)
	}
}

// followed is a mirror of a part whose corner is not that of the desktop.
func followed(plain bool) (*reelMirror, *int) {
	stopped := 0
	m := &reelMirror{
		reel: newReel(), part: image.Rect(1000, 500, 1200, 600), plain: plain,
		heed: func(err error) error { return err }, stop: func() { stopped++ },
	}
	return m, &stopped
}

func TestAMirrorTellsOfTheWholeFirstPicture(t *testing.T) {
	m, _ := followed(true)
	m.put(slide(m.part.Size(), 1), nil, true)
	got, err := m.await(0)
	if want := (sight{dirty: []image.Rectangle{m.part}}); !reflect.DeepEqual(got, want) || err != nil {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestOnlyAPlainPictureBelievesItsDirtyRectangles(t *testing.T) {
	named := []image.Rectangle{image.Rect(0, 0, 10, 10)}
	changed := image.Pt(150, 90) // far from what is named
	for _, c := range []struct {
		name        string
		plain, sure bool
		named, want []image.Rectangle
	}{
		{"plain", true, true, named, []image.Rectangle{image.Rect(1000, 500, 1010, 510)}},
		{"scaled", false, true, named, []image.Rectangle{image.Rect(1128, 564, 1192, 600)}},
		{"unknown", true, false, named, []image.Rectangle{image.Rect(1128, 564, 1192, 600)}},
		{"scaled, nothing named", false, true, nil, []image.Rectangle{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, _ := followed(c.plain)
			first, second := slide(m.part.Size(), 1), slide(m.part.Size(), 1)
			second.data[changed.Y*second.stride+4*changed.X] = 9
			m.put(first, nil, true)
			if _, err := m.await(0); err != nil {
				t.Fatal(err)
			}
			m.put(second, c.named, c.sure)
			got, err := m.await(0)
			if want := (sight{dirty: c.want}); !reflect.DeepEqual(got, want) || err != nil {
				t.Errorf("got %v, %v, want %v", got, err, want)
			}
			if first.back != 1 || second.back != 0 {
				t.Errorf("given back: first %d times, second %d times, want 1 and 0", first.back, second.back)
			}
		})
	}
}

func TestAMirrorCopiesWhatItToldOf(t *testing.T) {
	m, _ := followed(true)
	if err := m.read(nil, 0, image.Point{}, nil); !errors.Is(err, errNoPicture) {
		t.Errorf("got %v, want %v", err, errNoPicture)
	}
	told := slide(m.part.Size(), 7)
	m.put(told, nil, true)
	if _, err := m.await(0); err != nil {
		t.Fatal(err)
	}
	m.put(slide(m.part.Size(), 8), nil, true) // not told of yet
	origin, stride := image.Pt(990, 500), 4*300
	got, want := make([]byte, stride*100), make([]byte, stride*100)
	// The part begins 10 pixels to the right; the rectangle reaches beyond it.
	if err := m.read(got, stride, origin, []image.Rectangle{image.Rect(900, 502, 1002, 503)}); err != nil {
		t.Fatal(err)
	}
	copy(want[2*stride+40:], slices.Repeat([]byte{7}, 8))
	if !bytes.Equal(got, want) {
		t.Errorf("got other bytes than two pixels at 10, 2")
	}
}

func TestAMirrorLetsThePointerBeSeenInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := followed(true)
		began := time.Now()
		got, err := m.await(time.Hour)
		if !reflect.DeepEqual(got, sight{}) || err != nil || time.Since(began) != frameTime {
			t.Errorf("got %v, %v after %v, want nothing after %v", got, err, time.Since(began), frameTime)
		}
		m.put(slide(m.part.Size(), 1), nil, true)
		began = time.Now()
		if got, err := m.await(time.Hour); len(got.dirty) != 1 || err != nil || time.Since(began) != 0 {
			t.Errorf("got %v, %v after %v, want a picture at once", got, err, time.Since(began))
		}
	})
}

func TestAMirrorSaysWhyItsReelEnded(t *testing.T) {
	m, _ := followed(true)
	reason, heard := errors.New("reason"), error(nil)
	m.heed = func(err error) error { heard = err; return err }
	m.end(reason)
	if _, err := m.await(time.Hour); !errors.Is(err, reason) || !errors.Is(heard, reason) {
		t.Errorf("got %v, heard %v, want %v twice", err, heard, reason)
	}
}

func TestAClosedMirrorHoldsNoPicture(t *testing.T) {
	m, stopped := followed(true)
	only := slide(m.part.Size(), 1)
	m.put(only, nil, true)
	if _, err := m.await(0); err != nil {
		t.Fatal(err)
	}
	m.close()
	if only.back != 1 || *stopped != 1 || m.current != nil {
		t.Errorf("given back %d times, stopped %d times, holds %v, want 1, 1, nothing", only.back, *stopped, m.current)
	}
}

func TestAPictureOfAnotherSizeIsNotCompared(t *testing.T) {
	m, _ := followed(false)
	m.put(slide(m.part.Size(), 1), nil, false)
	if _, err := m.await(0); err != nil {
		t.Fatal(err)
	}
	m.put(slide(image.Pt(3, 3), 1), nil, false)
	if got, err := m.await(0); !errors.Is(err, errOtherSize) {
		t.Errorf("got %v, %v, want %v", got, err, errOtherSize)
	}
}
