package share

import (
	"bytes"
	"context"
	"errors"
	"image"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lotse/capture"
	"lotse/capture/capturetest"
	"lotse/participant/message"
	"lotse/participant/session"
	"lotse/participant/watch"
)

// always allows to be seen.
type always struct{}

func (always) Allows(session.Grants) bool { return true }

// line carries updates to a viewer and acknowledgements back: so many bits a
// second, so long a way, and no end of patience in its queue.
type line struct {
	rate  float64
	delay time.Duration
	id    uint8
	to    *watch.Screen
	back  *Sharer

	mu     sync.Mutex
	free   time.Time // when the line has sent all there is
	delays []time.Duration
	sizes  []int
	steps  []uint8
	stop   bool // acknowledges nothing any more
	drawn  time.Time
}

func (l *line) send(u message.Update) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.free.Before(now) {
		l.free = now
	}
	l.free = l.free.Add(time.Duration(float64(len(u.Data)*8) / l.rate * float64(time.Second)))
	l.sizes = append(l.sizes, len(u.Data))
	data := bytes.Clone(u.Data)
	arrives := l.free.Add(l.delay)
	l.delays = append(l.delays, arrives.Sub(now))
	if l.stop {
		return
	}
	time.AfterFunc(arrives.Sub(now), func() {
		if err := l.to.Update(data); err != nil {
			l.back.Refresh()
			return
		}
		l.mu.Lock()
		l.drawn = time.Now()
		l.mu.Unlock()
		time.AfterFunc(l.delay, func() { l.back.Acked(l.id, u.Number, time.Now()) })
	})
}

// room is a Sender over the lines to all viewers.
type room struct{ lines []*line }

func (r *room) Update(_ context.Context, u message.Update, _ bool) error {
	for _, l := range r.lines {
		l.send(u)
	}
	return nil
}

func (r *room) Cursor(context.Context, message.Cursor) error { return nil }

func (r *room) Pace(_ context.Context, p message.Pace) error {
	for _, l := range r.lines {
		l.mu.Lock()
		l.steps = append(l.steps, p.Step)
		l.mu.Unlock()
	}
	return nil
}

func (r *room) Sharing(_ context.Context, s message.Sharing) error {
	for _, l := range r.lines {
		l.to.Announce(image.Pt(s.Width, s.Height))
	}
	return nil
}

// show shares p over lines for a time, inside of a synctest bubble.
func show(t *testing.T, p *capturetest.Player, length time.Duration, lines ...*line) *Sharer {
	t.Helper()
	r := &room{lines: lines}
	s, err := New(p, "test", always{}, r)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range lines {
		l.id, l.back = uint8(i+1), s
		l.to = watch.NewScreen(func() {})
	}
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	if err := s.Run(ctx); !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	synctest.Wait()
	return s
}

// wrongText returns how many pixels of text a viewer shows wrong.
func wrongText(v *watch.Screen, f *capture.Frame) (n int) {
	text := capturetest.TextOf(f)
	v.Take(func(w watch.View) {
		n = text.Pixels()
		if w.Size == image.Pt(f.W, f.H) {
			n = text.Wrong(w.Pix, w.Stride)
		}
	})
	return n
}

// differing returns how many pixels a viewer shows wrong.
func differing(v *watch.Screen, f *capture.Frame) (n int) {
	v.Take(func(w watch.View) {
		if w.Size != image.Pt(f.W, f.H) {
			n = f.W * f.H
			return
		}
		for y := range f.H {
			a, b := w.Pix[y*w.Stride:], f.Pix[y*f.Stride:]
			for i := 0; i < 4*f.W; i += 4 {
				if a[i] != b[i] || a[i+1] != b[i+1] || a[i+2] != b[i+2] {
					n++
				}
			}
		}
	})
	return n
}

func percentile(all []time.Duration, p float64) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(int(p*float64(len(sorted))), len(sorted)-1)]
}

func TestScrollingOverAMegabitComesInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{rate: 1_000_000, delay: 20 * time.Millisecond}
		p := capturetest.Play("scroll", 1280, 720, 100)
		show(t, p, 7*time.Second, l)
		p95, worst := percentile(l.delays, 0.95), slices.Max(l.delays)
		t.Logf("%d updates: p95 %v, worst %v", len(l.delays), p95, worst)
		if p95 > 120*time.Millisecond || worst > 400*time.Millisecond {
			t.Errorf("got p95 %v and %v at worst, want 120 ms and 400 ms", p95, worst)
		}
		if n := wrongText(l.to, p.Last()); n > 0 {
			t.Errorf("%d pixels of text are wrong at the end", n)
		}
	})
}

func TestTextIsExactSoonAfterTheLastChange(t *testing.T) {
	for _, name := range []string{"typing", "scroll"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &line{rate: 2_000_000, delay: 20 * time.Millisecond}
				p := capturetest.Play(name, 1280, 720, 60)
				r := &room{lines: []*line{l}}
				s, err := New(p, "test", always{}, r)
				if err != nil {
					t.Fatal(err)
				}
				l.id, l.back, l.to = 1, s, watch.NewScreen(func() {})
				defer l.to.Close()
				ctx, cancel := context.WithCancel(t.Context())
				over := make(chan error, 1)
				go func() { over <- s.Run(ctx) }()
				const after = 300 * time.Millisecond
				<-time.After(60*time.Second/capturetest.Rate - time.Second/capturetest.Rate + after)
				if n := wrongText(l.to, p.Last()); n > 0 {
					t.Errorf("%d pixels of text differ %v after the last change", n, after)
				}
				cancel()
				<-over
			})
		})
	}
}

func TestSlowViewerHoldsNobodyForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good := &line{rate: 20_000_000, delay: 10 * time.Millisecond}
		dead := &line{rate: 20_000_000, delay: 10 * time.Millisecond}
		p := capturetest.Play("scroll", 640, 480, 200)
		time.AfterFunc(3*time.Second, func() {
			dead.mu.Lock()
			dead.stop = true
			dead.mu.Unlock()
		})
		show(t, p, 11*time.Second, good, dead)
		if n := wrongText(good.to, p.Last()); n > 0 {
			t.Errorf("%d pixels of text are wrong at the good viewer's", n)
		}
		if n := len(good.sizes); n < 100 {
			t.Errorf("the good viewer got %d updates, want more than 100 in 10 s", n)
		}
	})
}

func TestQualityFollowsTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		step := func(rate float64) uint8 {
			l := &line{rate: rate, delay: 20 * time.Millisecond}
			s := show(t, capturetest.Play("film", 640, 480, 200), 12*time.Second, l)
			return uint8(s.climber.step)
		}
		slow, fast := step(400_000), step(50_000_000)
		t.Logf("400 kbit/s: step %d, 50 Mbit/s: step %d", slow, fast)
		if fast > 1 || slow < 3 {
			t.Errorf("got steps %d and %d, want at most 1 on a fast line and at least 3 on a slow one", fast, slow)
		}
	})
}

func TestSlowLineIsNeverFlooded(t *testing.T) {
	for _, rate := range []float64{150_000, 500_000, 2_000_000} {
		synctest.Test(t, func(t *testing.T) {
			l := &line{rate: rate, delay: 30 * time.Millisecond}
			show(t, capturetest.Play("film", 640, 480, 200), 12*time.Second, l)
			settled := l.delays[len(l.delays)/4:]
			p95 := percentile(settled, 0.95)
			t.Logf("%.0f kbit/s: %d updates, p95 %v, worst %v", rate/1000, len(l.delays), p95, slices.Max(settled))
			if p95 > 450*time.Millisecond {
				t.Errorf("%.0f kbit/s: p95 of %v, want at most 450 ms", rate/1000, p95)
			}
		})
	}
}

func TestWishesAreWhatEverybodyCanDoWith(t *testing.T) {
	now := time.Unix(1000, 0)
	p := newPace()
	if got, want := p.wish(now), (message.Wish{}); got != want {
		t.Errorf("nobody: got %+v, want %+v", got, want)
	}
	p.viewer(1, now).wish = message.Wish{H264: true, Grey: true, Rate: 5}
	if got, want := p.wish(now), (message.Wish{H264: true, Grey: true, Rate: 5}); got != want {
		t.Errorf("one: got %+v, want %+v", got, want)
	}
	p.viewer(2, now).wish = message.Wish{Grey: true, Rate: 9}
	if got, want := p.wish(now), (message.Wish{Grey: true, Rate: 9}); got != want {
		t.Errorf("two: got %+v, want %+v", got, want)
	}
	p.viewer(3, now).wish = message.Wish{H264: true}
	if got, want := p.wish(now), (message.Wish{}); got != want {
		t.Errorf("three: got %+v, want %+v", got, want)
	}
	late := now.Add(present)
	p.viewer(1, late)
	if got, want := p.wish(late), (message.Wish{H264: true, Grey: true, Rate: 5}); got != want {
		t.Errorf("one is left: got %+v, want %+v", got, want)
	}
}

func TestGreyScreenKeepsItsText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{rate: 10_000_000, delay: time.Millisecond}
		p := capturetest.Play("typing", 640, 480, 20)
		r := &room{lines: []*line{l}}
		s, err := New(p, "test", always{}, r)
		if err != nil {
			t.Fatal(err)
		}
		l.id, l.back, l.to = 1, s, watch.NewScreen(func() {})
		defer l.to.Close()
		s.Wish(1, message.Wish{Grey: true}, time.Now())
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if err := s.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		var g grey
		want := g.turn(*p.Last(), true)
		if n := differing(l.to, &want); n > 0 {
			t.Errorf("%d pixels are not the grey of the source", n)
		}
	})
}

func TestFewerPicturesAreSentWhenAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{rate: 50_000_000, delay: time.Millisecond}
		p := capturetest.Play("scroll", 640, 480, 100)
		r := &room{lines: []*line{l}}
		s, err := New(p, "test", always{}, r)
		if err != nil {
			t.Fatal(err)
		}
		l.id, l.back, l.to = 1, s, watch.NewScreen(func() {})
		defer l.to.Close()
		s.Wish(1, message.Wish{Rate: 4}, time.Now())
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		if err := s.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		if n := len(l.sizes); n < 8 || n > 18 {
			t.Errorf("got %d pictures in 4 s, want about 16", n)
		}
	})
}

func TestRefreshBeforeTheFirstPictureEndsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{rate: 10_000_000, delay: time.Millisecond}
		p := &late{Player: capturetest.Play("typing", 320, 240, 3), wait: time.Second}
		s, err := New(p, "test", always{}, &room{lines: []*line{l}})
		if err != nil {
			t.Fatal(err)
		}
		l.id, l.back, l.to = 1, s, watch.NewScreen(func() {})
		defer l.to.Close()
		time.AfterFunc(time.Second/2, s.Refresh)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if err := s.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v, want sharing to the end", err)
		}
		if n := differing(l.to, p.Last()); n > 0 {
			t.Errorf("%d pixels are wrong", n)
		}
	})
}

// late is a player whose first picture takes a while.
type late struct {
	*capturetest.Player
	wait time.Duration
}

func (l *late) Next(ctx context.Context) (*capture.Frame, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(l.wait):
	}
	l.wait = 0
	return l.Player.Next(ctx)
}
