package participant

import (
	"context"
	"errors"
	"image"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"lotse/capture"
	"lotse/capture/screen"
	"lotse/participant/gate"
	"lotse/participant/session"
)

// studio is a computer with two monitors and a window, and all that was
// opened on it.
type studio struct {
	layout []capture.Display
	opened []*canvas
	area   gate.Area
	told   int
	fail   error
}

// canvas is a source that shows frames when the test says so.
type canvas struct {
	target screen.Target
	frames chan *capture.Frame
	lost   chan error
	closed bool
	during func() // called while a frame is on its way
}

func (c *canvas) Next(ctx context.Context) (*capture.Frame, error) {
	select {
	case f := <-c.frames:
		if c.during != nil {
			c.during()
		}
		return f, nil
	case err := <-c.lost:
		return nil, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
func (*canvas) Name() string   { return "canvas" }
func (c *canvas) Close() error { c.closed = true; return nil }

// windowCanvas also says where input lands.
type windowCanvas struct {
	*canvas
	gate.Nowhere
}

func newStudio() (*studio, *scene) {
	s := &studio{layout: []capture.Display{
		{ID: 4, Name: "left", Bounds: image.Rect(0, 0, 100, 50)},
		{ID: 5, Name: "right", Bounds: image.Rect(100, 0, 300, 150), Primary: true},
	}}
	edge := Edge{
		Displays: func() ([]capture.Display, error) { return s.layout, nil },
		Windows:  func() ([]capture.Window, error) { return []capture.Window{{ID: 9, Title: "Rechnung"}}, nil },
		Screen:   s.open,
	}
	return s, newScene(edge, newVeil(&Member{}, &session.Shared{}), func(a gate.Area) { s.area = a }, func(context.Context) { s.told++ })
}

// open shows one frame at once, as sources do.
func (s *studio) open(t screen.Target) (screen.Source, error) {
	if s.fail != nil {
		return nil, s.fail
	}
	c := &canvas{target: t, frames: make(chan *capture.Frame, 4), lost: make(chan error, 1)}
	c.frames <- picture(0)
	s.opened = append(s.opened, c)
	if t.Kind == screen.Window {
		return windowCanvas{canvas: c}, nil
	}
	return c, nil
}

func picture(epoch uint32) *capture.Frame {
	return &capture.Frame{W: 20, H: 10, Stride: 80, Pix: make([]byte, 800), Origin: image.Pt(7, 8), Epoch: epoch}
}

func (s *studio) last() *canvas { return s.opened[len(s.opened)-1] }

func nextOf(t *testing.T, s *scene) *capture.Frame {
	t.Helper()
	f, err := s.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestWholeComputerBeginsWithThePrimaryMonitor(t *testing.T) {
	st, s := newStudio()
	nextOf(t, s)
	choice, now := s.shown()
	got := []any{choice, now, st.last().target}
	right := screen.Target{ID: 5}
	want := []any{screen.Target{Kind: screen.Desktop}, showing{target: right, name: "right", on: true}, right}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestViewerChoosesAMonitorOfAWholeComputer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, s := newStudio()
		var got, epochs []any
		nextOf(t, s)
		for _, id := range []uint32{4, 0, 77} { // the last one does not exist
			before := st.last()
			s.lookAt(id)
			f := nextOf(t, s)
			got, epochs = append(got, st.last().target), append(epochs, f.Epoch)
			if !before.closed {
				t.Errorf("%d: what was shown before is still open", id)
			}
		}
		want := []any{screen.Target{ID: 4}, screen.Target{Kind: screen.Desktop}, screen.Target{ID: 5}}
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(epochs, []any{uint32(1), uint32(2), uint32(3)}) {
			t.Errorf("got %v with epochs %v, want %v with 1, 2, 3", got, epochs, want)
		}
	})
}

func TestViewerChoosesNothingOfANarrowerChoice(t *testing.T) {
	for _, choice := range []screen.Target{
		{ID: 4},
		{Kind: screen.Region, Rect: image.Rect(1, 2, 3, 4)},
		{Kind: screen.Window, ID: 9},
	} {
		st, s := newStudio()
		s.choose(choice)
		nextOf(t, s)
		open := st.area
		s.lookAt(5)
		s.lookAt(0)
		if st.area != open || open.Bounds.Empty() {
			t.Errorf("%v: a viewer's wish took %v from the gate, want %v", choice, st.area, open)
		}
		st.last().frames <- picture(0)
		nextOf(t, s)
		if len(st.opened) != 1 || st.last().target != choice {
			t.Errorf("got %v, want %v only", st.last().target, choice)
		}
	}
}

func TestChoiceInterruptsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, s := newStudio()
		nextOf(t, s)
		done := make(chan *capture.Frame)
		go func() {
			f, _ := s.Next(t.Context())
			done <- f
		}()
		synctest.Wait()
		s.choose(screen.Target{Kind: screen.Window, ID: 9})
		if f := <-done; f == nil || f.Epoch != 1 {
			t.Errorf("got %v, want a frame of epoch 1", f)
		}
		if _, now := s.shown(); now.name != "Rechnung" {
			t.Errorf("got name %q, want that of the window", now.name)
		}
	})
}

func TestGateFollowsWhatIsShown(t *testing.T) {
	st, s := newStudio()
	nextOf(t, s)
	screenArea := gate.Area{Bounds: image.Rect(7, 8, 27, 18)}
	if st.area != screenArea {
		t.Errorf("got %v, want %v", st.area, screenArea)
	}
	moved := picture(0)
	moved.Origin = image.Pt(50, 60)
	st.last().frames <- moved
	nextOf(t, s)
	if want := (gate.Area{Bounds: image.Rect(50, 60, 70, 70)}); st.area != want {
		t.Errorf("moved: got %v, want %v", st.area, want)
	}
	s.choose(screen.Target{Kind: screen.Window, ID: 9})
	if want := (gate.Area{Reach: gate.Nowhere{}}); st.area != want {
		t.Errorf("chosen, not shown yet: got %v, want %v", st.area, want)
	}
	nextOf(t, s)
	if st.area.Reach != st.reach() || st.area.Bounds != screenArea.Bounds || st.area.Epoch != 1 {
		t.Errorf("window: got %v, want the reach of its source", st.area)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if want := (gate.Area{Reach: gate.Nowhere{}}); st.area != want {
		t.Errorf("closed: got %v, want %v", st.area, want)
	}
}

func (s *studio) reach() gate.Reach { return windowCanvas{canvas: s.last()} }

// TestLatePictureOpensNothing lets the person choose while a picture of before
// is on its way.
func TestLatePictureOpensNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, s := newStudio()
		nextOf(t, s)
		first := st.last()
		first.frames <- picture(0)
		first.during = func() { s.choose(screen.Target{Kind: screen.Window, ID: 9}) }
		f := nextOf(t, s)
		if f.Epoch != 1 || !first.closed || st.area.Reach != st.reach() {
			t.Errorf("got epoch %d and %v, want the first picture of the window", f.Epoch, st.area)
		}
	})
}

func TestUnpluggedMonitorIsReplacedByAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, s := newStudio()
		nextOf(t, s)
		st.layout = st.layout[:1]
		st.last().lost <- screen.ErrDisplayLost
		f := nextOf(t, s)
		if st.last().target != (screen.Target{ID: 4}) || f.Epoch != 1 || !st.opened[0].closed {
			t.Errorf("got %v, epoch %d, want display 4, epoch 1", st.last().target, f.Epoch)
		}
		st.last().lost <- screen.ErrDisplayLost // and yet it is listed
		if f, err := s.Next(t.Context()); !errors.Is(err, screen.ErrDisplayLost) {
			t.Errorf("got %v, %v, want ErrDisplayLost", f, err)
		}
	})
}

func TestChosenMonitorIsNotReplaced(t *testing.T) {
	st, s := newStudio()
	s.choose(screen.Target{ID: 4})
	nextOf(t, s)
	st.layout = st.layout[1:]
	st.last().lost <- screen.ErrDisplayLost
	if f, err := s.Next(t.Context()); !errors.Is(err, screen.ErrDisplayLost) || len(st.opened) != 1 {
		t.Errorf("got %v, %v, want ErrDisplayLost", f, err)
	}
}

func TestClosedWindowEndsTheScene(t *testing.T) {
	st, s := newStudio()
	s.choose(screen.Target{Kind: screen.Window, ID: 9})
	nextOf(t, s)
	st.last().lost <- screen.ErrWindowClosed
	if f, err := s.Next(t.Context()); !errors.Is(err, screen.ErrWindowClosed) {
		t.Errorf("got %v, %v, want ErrWindowClosed", f, err)
	}
}

func TestStateIsToldWhenItChanges(t *testing.T) {
	st, s := newStudio()
	nextOf(t, s)
	for _, state := range []capture.State{capture.Live, capture.Locked, capture.Locked, capture.Live} {
		f := picture(0)
		f.State = state
		st.last().frames <- f
		nextOf(t, s)
	}
	if st.told != 3 { // the first picture, locked, live again
		t.Errorf("told %d times, want 3", st.told)
	}
}

func TestManyLooksOpenFewSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, s := newStudio()
		nextOf(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := uint32(4); ctx.Err() == nil; i = 9 - i {
				s.lookAt(i)
				<-time.After(10 * time.Millisecond)
			}
		}()
		for ctx.Err() == nil {
			_, _ = s.Next(ctx)
		}
		<-done
		if most := int(2*time.Second/changeEvery) + 1; len(st.opened) > most || len(st.opened) < 3 {
			t.Errorf("got %d sources in two seconds, want at most %d", len(st.opened), most)
		}
	})
}

func TestNamesAreCutBetweenCharacters(t *testing.T) {
	for _, c := range []struct {
		in, want string
		n        int
	}{{"Grüße", "Gr", 3}, {"Grüße", "Grü", 4}, {"Grüße", "Grüße", 7}, {"", "", 0}, {"a", "", 0}} {
		if got := shorten(c.in, c.n); got != c.want {
			t.Errorf("%q to %d: got %q, want %q", c.in, c.n, got, c.want)
		}
	}
}
