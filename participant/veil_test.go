package participant

import (
	"context"
	"errors"
	"image"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"lotse/capture"
	"lotse/capture/screen"
	"lotse/packaging/profile"
	"lotse/participant/session"
)

// shelf are windows that lie where the test says.
type shelf struct {
	at        map[uint32]image.Rectangle
	fail      error
	concealed map[uint32]bool
}

func (s *shelf) Place(id uint32) (image.Rectangle, error) { return s.at[id], s.fail }
func (s *shelf) Conceal(id uint32, on bool)               { s.concealed[id] = on }
func (s *shelf) Close() error                             { return nil }

// veiled is a session in which window 7 asks, whose picture is 20 pixels wide.
type veiled struct {
	t       *testing.T
	veil    *veil
	shelf   *shelf
	allowed session.Shared
	shot    *capture.Frame
}

func newVeiled(t *testing.T) *veiled {
	t.Helper()
	v := &veiled{t: t, shelf: &shelf{at: map[uint32]image.Rectangle{7: image.Rect(12, 14, 16, 17)}, concealed: map[uint32]bool{}}}
	m, err := New(Config{Profile: &profile.Profile{}, Edge: Edge{Places: func() (screen.Places, error) { return v.shelf, nil }}})
	if err != nil {
		t.Fatal(err)
	}
	m.own.Store(&Own{Main: 7, Known: true, Private: []uint32{9}})
	v.veil = newVeil(m, &v.allowed)
	v.shot = &capture.Frame{Pix: make([]byte, 4*20*20), Stride: 80, W: 20, H: 20, Origin: image.Pt(10, 10), Dirty: []image.Rectangle{}}
	for i := range v.shot.Pix {
		v.shot.Pix[i] = byte(i%7) + 1
	}
	for _, e := range []session.Event{
		session.Dialled{}, session.Reached{}, session.Proven{}, session.Admitted{}, session.Changed{Grants: session.See},
	} {
		v.apply(e)
	}
	return v
}

func (v *veiled) apply(e session.Event) {
	v.t.Helper()
	if err := v.allowed.Apply(e); err != nil {
		v.t.Fatal(err)
	}
}

func (v *veiled) ask(id uint32) {
	v.t.Helper()
	v.apply(session.Asked{At: time.Now(), ID: id, Grants: session.Control, Countdown: time.Minute})
}

// hides asserts that a picture is flat in these areas and the screen's own
// everywhere else.
func (v *veiled) hides(want ...image.Rectangle) *capture.Frame {
	v.t.Helper()
	before := slices.Clone(v.shot.Pix)
	got := v.veil.paint(v.shot)
	for y := range 20 {
		for x := range 20 {
			flat := slices.ContainsFunc(want, image.Pt(x, y).In)
			at := y*80 + 4*x
			expect := v.shot.Pix[at : at+4]
			if flat {
				expect = []byte{veilShade, veilShade, veilShade, veilShade}
			}
			if !slices.Equal(got.Pix[at:at+4], expect) {
				v.t.Fatalf("at %d,%d: got %v, want %v", x, y, got.Pix[at:at+4], expect)
			}
		}
	}
	if !slices.Equal(before, v.shot.Pix) {
		v.t.Fatal("the source's own pixels were changed")
	}
	return got
}

func TestQuestionIsFlatInThePictureAsLongAsItIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVeiled(t)
		v.hides()
		v.ask(1)
		question := image.Rect(2, 4, 6, 7)
		got := v.hides(question)
		if want := []image.Rectangle{question}; !reflect.DeepEqual(got.Dirty, want) {
			t.Errorf("got %v dirty, want %v", got.Dirty, want)
		}
		v.apply(session.Answered{At: time.Now(), ID: 1})
		v.hides(question) // the window still shows it
		<-time.After(veilAfter)
		if got, want := v.hides().Dirty, []image.Rectangle{question}; !reflect.DeepEqual(got, want) {
			t.Errorf("got %v dirty, want %v", got, want)
		}
		if got := v.veil.paint(v.shot); got != v.shot {
			t.Error("got another frame, want the source's own")
		}
	})
}

func TestQuestionThatIsMovedIsFlatWhereItWasAndIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVeiled(t)
		v.ask(1)
		v.hides(image.Rect(2, 4, 6, 7))
		v.shelf.at[7] = image.Rect(18, 20, 22, 23)
		v.hides(image.Rect(0, 0, 20, 20)) // and what lies between and around
		<-time.After(trailTime + 1)
		v.hides(image.Rect(8, 10, 12, 13))
		v.shelf.at[7] = image.Rect(0, 0, 12, 300) // beyond the picture
		<-time.After(trailTime + 1)
		v.hides(image.Rect(0, 0, 2, 20))
	})
}

func TestWhatCanNotBeFoundIsFlatEverywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVeiled(t)
		all := image.Rect(0, 0, 20, 20)
		v.shelf.fail = errors.New("no answer")
		v.hides(all) // the private window
		v.shelf.fail = nil
		v.hides()
		v.ask(1)
		v.veil.m.own.Store(&Own{Known: true})
		v.hides(all)
		v.veil.close()
		v.veil.m.own.Store(&Own{Main: 7, Known: true})
		v.hides(all)
	})
}

func TestPrivateWindowIsAlwaysFlat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVeiled(t)
		v.shelf.at[9] = image.Rect(10, 10, 13, 13)
		v.hides(image.Rect(0, 0, 3, 3))
		v.ask(1)
		v.hides(image.Rect(0, 0, 3, 3), image.Rect(2, 4, 6, 7))
	})
}

func TestNewPixelsUnderAVeilComeThroughOnlyAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVeiled(t)
		v.ask(1)
		question := image.Rect(2, 4, 6, 7)
		v.hides(question)
		for i := range v.shot.Pix {
			v.shot.Pix[i] ^= 0x55
		}
		v.shot.Dirty = []image.Rectangle{v.shot.Bounds()}
		v.hides(question)
		v.shot.Dirty = []image.Rectangle{}
		v.apply(session.Withdrawn{At: time.Now(), ID: 1})
		<-time.After(veilAfter)
		v.hides()
	})
}

// TestVeilIsLiftedWithoutNewsFromTheScreen: nothing moves on the screen when a
// question is settled, and the picture is painted anew all the same.
func TestVeilIsLiftedWithoutNewsFromTheScreen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVeiled(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		redone := 0
		go v.veil.run(ctx, func() { redone++ })
		v.ask(1)
		v.veil.kick()
		synctest.Wait()
		if got, want := v.shelf.concealed, map[uint32]bool{7: true, 9: true}; !reflect.DeepEqual(got, want) {
			t.Errorf("got %v concealed, want %v", got, want)
		}
		before := redone
		v.apply(session.Answered{At: time.Now(), ID: 1})
		<-time.After(veilAfter + 2*placeEvery)
		synctest.Wait()
		if redone <= before || !v.veil.stale.Load() {
			t.Errorf("got %d after %d, want the picture painted anew", redone, before)
		}
		if got, want := v.shelf.concealed, map[uint32]bool{7: false, 9: true}; !reflect.DeepEqual(got, want) {
			t.Errorf("got %v concealed, want %v", got, want)
		}
	})
}
