package screen

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
)

// glass is a mirror of a part of a paper. The test says what it is told.
type glass struct {
	*paper
	part   image.Rectangle
	news   chan sight
	fail   error // of await
	tear   error // of read
	closed bool
}

func (p *glass) close() { p.closed = true }

func (p *glass) await(d time.Duration) (sight, error) {
	if p.fail != nil {
		return sight{}, p.fail
	}
	if d == 0 {
		select {
		case s := <-p.news:
			return s, nil
		default:
			return sight{}, nil
		}
	}
	select {
	case s := <-p.news:
		return s, nil
	case <-time.After(d):
		return sight{}, nil
	}
}

func (p *glass) read(dst []byte, stride int, origin image.Point, rects []image.Rectangle) error {
	for _, r := range rects {
		at := r.Min.Sub(origin)
		if err := p.grab(dst[at.Y*stride+4*at.X:], stride, r); err != nil {
			return err
		}
	}
	return p.tear
}

// wall is where glasses are opened.
type wall struct {
	*paper
	refuse error
	opened []*glass
	when   []time.Duration // since the beginning
	begin  time.Time
}

func (w *wall) open(v view, _ []capture.Display) ([]mirror, error) {
	w.when = append(w.when, time.Since(w.begin))
	if w.refuse != nil {
		return nil, w.refuse
	}
	var out []mirror
	for _, part := range v.parts {
		p := &glass{paper: w.paper, part: part, news: make(chan sight, 8)}
		w.opened = append(w.opened, p)
		out = append(out, p)
	}
	return out, nil
}

// last returns the n-th glass from the end, the last is 1.
func (w *wall) last(n int) *glass { return w.opened[len(w.opened)-n] }

// show tells each open glass of its first picture.
func (w *wall) show(n int) {
	for i := range n {
		p := w.last(i + 1)
		p.news <- sight{dirty: []image.Rectangle{p.part}}
	}
}

// hung runs f in a bubble of false time with a source of target that has
// glasses, and sees to it that all of them are closed with it.
func hung(t *testing.T, target Target, f func(t *testing.T, w *wall, m *mirrored)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &wall{paper: newPaper(), begin: time.Now()}
		p, err := newPolled(w.paper, target)
		if err != nil {
			t.Fatal(err)
		}
		m, err := newMirrored(p, w.open)
		if err != nil {
			t.Fatal(err)
		}
		f(t, w, m)
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		for i, p := range w.opened {
			if !p.closed {
				t.Errorf("mirror %d of %d is still open", i+1, len(w.opened))
			}
		}
	})
}

// quiet sees to it that nothing new comes for d.
func quiet(t *testing.T, s Source, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if f, err := s.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, %v, want the deadline", f, err)
	}
}

func TestMirroredSaysWhatItIsTold(t *testing.T) {
	hung(t, Target{ID: 2}, func(t *testing.T, w *wall, m *mirrored) {
		t.Helper()
		w.colour = 7
		w.show(1)
		first := next(t, m)
		if all := []image.Rectangle{first.Bounds()}; !slices.Equal(first.Dirty, all) || first.Moves != nil || first.Pix[0] != 7 {
			t.Errorf("first frame: got %v, moves %v, want %v", first.Dirty, first.Moves, all)
		}
		w.colour, w.looks = 9, 0
		w.last(1).news <- sight{
			dirty: []image.Rectangle{image.Rect(210, 20, 250, 24)},
			moves: []capture.Move{{From: image.Pt(210, 30), To: image.Rect(210, 20, 250, 22)}},
		}
		pix := slices.Clone(first.Pix)
		for y := 20; y < 24; y++ {
			for i := 4 * 10; i < 4*50; i++ {
				pix[y*first.Stride+i] = 9
			}
		}
		want := capture.Frame{
			Pix: pix, Stride: 1280, W: 320, H: 200, Origin: image.Pt(200, 0),
			Dirty:  []image.Rectangle{image.Rect(10, 20, 50, 24)},
			Moves:  []capture.Move{{From: image.Pt(10, 30), To: image.Rect(10, 20, 50, 22)}},
			Cursor: first.Cursor,
		}
		if got := next(t, m); !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, moves %v, want %v, %v, or the pixels differ", got.Dirty, got.Moves, want.Dirty, want.Moves)
		}
		if w.looks != 1 {
			t.Errorf("read %d times, want only what was named", w.looks)
		}
		// What nobody tells of is not looked for, and no move is said twice.
		w.colour = 11
		quiet(t, m, 3*time.Second)
		if w.looks != 1 || m.Name() != "dxgi" {
			t.Errorf("read %d times with %q, want once with dxgi", w.looks, m.Name())
		}
		w.last(1).news <- sight{dirty: []image.Rectangle{image.Rect(200, 0, 201, 1)}}
		if f := next(t, m); f.Moves != nil || !slices.Equal(f.Dirty, []image.Rectangle{image.Rect(0, 0, 1, 1)}) {
			t.Errorf("got %v, moves %v, want one pixel and no move", f.Dirty, f.Moves)
		}
	})
}

func TestMirroredIsPaced(t *testing.T) {
	hung(t, Target{ID: 2}, func(t *testing.T, w *wall, m *mirrored) {
		t.Helper()
		w.show(1)
		next(t, m)
		quiet(t, m, time.Second)
		var got []time.Duration
		began := time.Now()
		for range 3 {
			w.last(1).news <- sight{dirty: []image.Rectangle{image.Rect(201, 0, 202, 1)}}
			next(t, m)
			got = append(got, time.Since(began))
		}
		if want := []time.Duration{0, frameTime, 2 * frameTime}; !slices.Equal(got, want) {
			t.Errorf("frames at %v, want %v", got, want)
		}
		// Moves of the pointer that nobody sees are no reason to hurry.
		for range 8 {
			w.last(1).news <- sight{pointer: &pointerSight{when: 1}}
		}
		began = time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		if _, err := m.Next(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if d := time.Since(began); d > awaitStep || len(w.last(1).news) < 6 {
			t.Errorf("ended after %v with %d news left", d, len(w.last(1).news))
		}
	})
}

func TestMirroredIsCoveredUntilThereIsAPicture(t *testing.T) {
	hung(t, Target{ID: 2}, func(t *testing.T, w *wall, m *mirrored) {
		t.Helper()
		w.colour = 3
		if f := next(t, m); f.Pix[0] != 3 {
			t.Errorf("covered: got %d, want 3", f.Pix[0])
		}
		w.spot = image.Pt(200+70, 5)
		if f := next(t, m); !slices.Equal(f.Dirty, []image.Rectangle{image.Rect(64, 0, 128, 64)}) {
			t.Errorf("covered: got %v", f.Dirty)
		}
		w.colour = 4
		w.show(1)
		if f := next(t, m); !slices.Equal(f.Dirty, []image.Rectangle{f.Bounds()}) || f.Pix[0] != 4 {
			t.Errorf("the first picture: got %v, colour %d", f.Dirty, f.Pix[0])
		}
		w.colour = 5 // and from now on only what it is told
		quiet(t, m, time.Second)
	})
}

func TestMirroredWaitsForEveryMonitor(t *testing.T) {
	hung(t, Target{Kind: Desktop}, func(t *testing.T, w *wall, m *mirrored) {
		t.Helper()
		w.colour = 1
		one, two := w.opened[0], w.opened[1]
		one.news <- sight{dirty: []image.Rectangle{one.part}}
		next(t, m)
		w.colour = 2
		if f := next(t, m); f.Pix[0] != 2 {
			t.Error("not covered while a monitor has no picture")
		}
		two.news <- sight{dirty: []image.Rectangle{two.part}}
		next(t, m)
		one.news <- sight{dirty: []image.Rectangle{image.Rect(1, 2, 3, 4)}}
		two.news <- sight{dirty: []image.Rectangle{image.Rect(300, 150, 310, 160)}}
		if f, want := next(t, m), []image.Rectangle{image.Rect(1, 2, 3, 4), image.Rect(300, 150, 310, 160)}; !slices.Equal(f.Dirty, want) {
			t.Errorf("got %v, want %v", f.Dirty, want)
		}
	})
}

// errTorn is what a mirror breaks with.
var errTorn = errors.New("torn")

func TestMirroredIsCoveredWhileItFails(t *testing.T) {
	hung(t, Target{ID: 2}, func(t *testing.T, w *wall, m *mirrored) {
		t.Helper()
		w.show(1)
		next(t, m)
		quiet(t, m, settled)
		torn := w.last(1)
		torn.fail, w.refuse, w.colour = errTorn, errTorn, 6
		if f := next(t, m); f.Pix[0] != 6 || m.Name() != "paper" || !torn.closed {
			t.Errorf("got colour %d with %q, closed %v", f.Pix[0], m.Name(), torn.closed)
		}
		lost := time.Since(w.begin)
		w.when = nil
		quiet(t, m, 50*time.Second)
		var got []time.Duration
		for _, d := range w.when {
			got = append(got, (d - lost).Round(time.Second))
		}
		want := []time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second, 15 * time.Second, 31 * time.Second, 47 * time.Second}
		if !slices.Equal(got, want) {
			t.Errorf("tried after %v, want %v", got, want)
		}
		w.refuse, w.colour = nil, 8
		next(t, m)
		quiet(t, m, 20*time.Second)
		w.colour = 9
		w.show(1)
		if f := next(t, m); !slices.Equal(f.Dirty, []image.Rectangle{f.Bounds()}) || f.Pix[0] != 9 || m.Name() != "dxgi" {
			t.Errorf("back again: got %v, colour %d, with %q", f.Dirty, f.Pix[0], m.Name())
		}
	})
}

func TestMirroredThatFailsAtOnceIsNotTriedAtOnce(t *testing.T) {
	hung(t, Target{ID: 2}, func(t *testing.T, w *wall, m *mirrored) {
		t.Helper()
		// The first failure is forgiven; the new mirror breaks as soon.
		for range 2 {
			w.last(1).fail = errTorn
			w.colour++
			next(t, m)
			w.colour++
			next(t, m)
		}
		if len(w.opened) != 2 {
			t.Errorf("opened %d times at once, want 2", len(w.opened))
		}
	})
}

func TestMirroredHalfReadIsReadAgain(t *testing.T) {
	hung(t, Target{ID: 2}, func(t *testing.T, w *wall, m *mirrored) {
		t.Helper()
		w.show(1)
		next(t, m)
		p := w.last(1)
		p.tear, w.colour = errTorn, 5
		// A whole tile: who compares now finds nothing new in it.
		p.news <- sight{dirty: []image.Rectangle{image.Rect(200, 0, 200+tile, tile)}}
		if f := next(t, m); !slices.Equal(f.Dirty, []image.Rectangle{f.Bounds()}) || f.Pix[0] != 5 || !p.closed {
			t.Errorf("got %v, colour %d, closed %v", f.Dirty, f.Pix[0], p.closed)
		}
	})
}

func TestMirroredStandsWhileTheScreenIsLocked(t *testing.T) {
	hung(t, Target{ID: 2}, func(t *testing.T, w *wall, m *mirrored) {
		t.Helper()
		w.colour = 1
		w.show(1)
		next(t, m)
		w.colour, w.sight = 2, capture.Locked
		f := next(t, m)
		if f.State != capture.Locked || len(f.Dirty) != 0 || f.Pix[0] != 1 || !w.last(1).closed {
			t.Errorf("got state %d, dirty %v, colour %d", f.State, f.Dirty, f.Pix[0])
		}
		quiet(t, m, 10*time.Second)
		if len(w.opened) != 1 {
			t.Errorf("opened %d times while locked", len(w.opened)-1)
		}
		w.sight = capture.Live
		f = next(t, m)
		if f.State != capture.Live || f.Pix[0] != 2 || len(w.opened) != 2 {
			t.Errorf("unlocked: got state %d, colour %d, opened %d times, want 2", f.State, f.Pix[0], len(w.opened))
		}
		w.show(1)
		next(t, m)
		if m.Name() != "dxgi" {
			t.Errorf("looks with %q", m.Name())
		}
	})
}

func TestMirroredFollowsTheLayout(t *testing.T) {
	hung(t, Target{Kind: Desktop}, func(t *testing.T, w *wall, m *mirrored) {
		t.Helper()
		w.show(2)
		before := next(t, m)
		w.layout = []capture.Display{{ID: 2, Name: "two", Bounds: image.Rect(-64, 0, 0, 48)}}
		w.colour = 4
		after := next(t, m)
		got := []any{after.W, after.H, after.Stride, after.Epoch - before.Epoch, after.Dirty, after.Origin, after.Pix[0], len(w.opened)}
		want := []any{64, 48, 256, uint32(1), []image.Rectangle{image.Rect(0, 0, 64, 48)}, image.Pt(-64, 0), byte(4), 3}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if p := w.last(1); p.part != image.Rect(-64, 0, 0, 48) || !w.opened[0].closed || !w.opened[1].closed {
			t.Errorf("looks at %v; the old mirrors are closed: %v, %v", p.part, w.opened[0].closed, w.opened[1].closed)
		}
		w.layout = nil
		if f, err := m.Next(t.Context()); !errors.Is(err, ErrDisplayLost) {
			t.Errorf("got %v, %v, want %v", f, err, ErrDisplayLost)
		}
	})
}

func TestMirroredShowsThePointerOfTheRightMonitor(t *testing.T) {
	hung(t, Target{Kind: Desktop}, func(t *testing.T, w *wall, m *mirrored) {
		t.Helper()
		arrow := &capture.CursorShape{W: 8, H: 8, Hot: image.Pt(1, 2), Pix: make([]byte, 256)}
		w.at = capture.Cursor{Visible: true, At: image.Pt(5, 6), Shape: arrow}
		w.show(2)
		if got := next(t, m).Cursor; got != w.at {
			t.Errorf("told nothing: got %v, want %v", got, w.at)
		}
		one, two := w.opened[0], w.opened[1]
		hand := &capture.CursorShape{W: 4, H: 4, Hot: image.Pt(3, 0), Pix: make([]byte, 64)}
		for _, step := range []struct {
			on   *glass
			say  pointerSight
			want capture.Cursor
		}{
			{one, pointerSight{when: 1, visible: true, corner: image.Pt(50, 60), shape: hand}, capture.Cursor{Visible: true, At: image.Pt(53, 60), Shape: hand}},
			{two, pointerSight{when: 2, corner: image.Pt(200, 0)}, capture.Cursor{Visible: true, At: image.Pt(53, 60), Shape: hand}},
			{two, pointerSight{when: 4, visible: true, corner: image.Pt(300, 70)}, capture.Cursor{Visible: true, At: image.Pt(303, 70), Shape: hand}},
			{two, pointerSight{when: 5, visible: true, corner: image.Pt(301, 70), shape: arrow}, capture.Cursor{Visible: true, At: image.Pt(302, 72), Shape: arrow}},
			{one, pointerSight{when: 3, visible: true, corner: image.Pt(50, 60)}, capture.Cursor{Visible: true, At: image.Pt(302, 72), Shape: arrow}}, // late
			{two, pointerSight{when: 6, corner: image.Pt(301, 70)}, capture.Cursor{At: image.Pt(302, 72), Shape: arrow}},
			{one, pointerSight{when: 5, visible: true, corner: image.Pt(50, 60)}, capture.Cursor{Visible: true, At: image.Pt(51, 62), Shape: arrow}},
		} {
			step.on.news <- sight{pointer: &step.say}
			// Something drawn, so that there is a frame in any case.
			step.on.news <- sight{dirty: []image.Rectangle{step.on.part}}
			f := next(t, m)
			for len(f.Dirty) == 0 {
				f = next(t, m)
			}
			if f.Cursor != step.want {
				t.Errorf("at %d: got %+v, want %+v", step.say.when, f.Cursor, step.want)
			}
		}
	})
}

func TestMirroredEndsSoonAfterItsContext(t *testing.T) {
	hung(t, Target{ID: 2}, func(t *testing.T, w *wall, m *mirrored) {
		t.Helper()
		w.show(1)
		next(t, m)
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		time.AfterFunc(250*time.Millisecond, cancel)
		if f, err := m.Next(ctx); !errors.Is(err, context.Canceled) || time.Since(began) > 250*time.Millisecond+awaitStep {
			t.Errorf("got %v, %v after %v", f, err, time.Since(began))
		}
	})
}

func TestMirroredThatCantBeOpenedLeavesThePolledSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wall{paper: newPaper(), begin: time.Now(), refuse: errTorn}
		p, err := newPolled(w.paper, Target{ID: 2})
		if err != nil {
			t.Fatal(err)
		}
		if m, err := newMirrored(p, w.open); m != nil || !errors.Is(err, errTorn) {
			t.Errorf("got %v, %v, want %v", m, err, errTorn)
		}
		w.colour = 5
		if f := next(t, p); f.Pix[0] != 5 || w.closed {
			t.Errorf("the source beneath shows %d, closed %v", f.Pix[0], w.closed)
		}
	})
}
