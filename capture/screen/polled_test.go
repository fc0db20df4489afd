package screen

import (
	"context"
	"errors"
	"image"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lotse/capture"
)

// paper is a desktop that is drawn by the test.
type paper struct {
	layout []capture.Display
	gone   error // why nothing can be listed
	dark   error // why nothing can be seen
	sight  capture.State
	colour byte
	spot   image.Point // one pixel of another colour, on the desktop
	at     capture.Cursor
	cost   time.Duration // of a look
	looks  int
	closed bool
}

func (p *paper) displays() ([]capture.Display, error) { return p.layout, p.gone }
func (p *paper) cursor() capture.Cursor               { return p.at }
func (*paper) name() string                           { return "paper" }
func (p *paper) close() error                         { p.closed = true; return nil }

func (p *paper) state() capture.State { return p.sight }

func (p *paper) grab(dst []byte, stride int, r image.Rectangle) error {
	p.looks++
	if p.cost > 0 {
		<-time.After(p.cost)
	}
	for y := range r.Dy() {
		for i := range 4 * r.Dx() {
			dst[y*stride+i] = p.colour
		}
	}
	if p.spot.In(r) {
		at := p.spot.Sub(r.Min)
		dst[at.Y*stride+4*at.X] = ^p.colour
	}
	return p.dark
}

func newPaper() *paper {
	return &paper{layout: []capture.Display{
		{ID: 1, Name: "one", Bounds: image.Rect(0, 0, 200, 100), Primary: true},
		{ID: 2, Name: "two", Bounds: image.Rect(200, 0, 520, 200)},
	}, spot: image.Pt(-1, -1)}
}

// within runs f in a bubble of false time.
func bubble(t *testing.T, f func(t *testing.T, p *paper, s *polled)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newPaper()
		s, err := newPolled(p, Target{ID: 2})
		if err != nil {
			t.Fatal(err)
		}
		f(t, p, s)
	})
}

func next(t *testing.T, s Source) capture.Frame {
	t.Helper()
	f, err := s.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return *f
}

func TestPolledBeginsWithEverything(t *testing.T) {
	bubble(t, func(t *testing.T, p *paper, s *polled) {
		t.Helper()
		p.colour, p.spot = 7, image.Pt(201, 2)
		p.at = capture.Cursor{Visible: true, At: image.Pt(210, 20)}
		pix := make([]byte, 4*320*200)
		for i := range pix {
			pix[i] = 7
		}
		pix[4*(2*320+1)] = 0xf8
		want := capture.Frame{
			Pix: pix, Stride: 1280, W: 320, H: 200, Dirty: []image.Rectangle{image.Rect(0, 0, 320, 200)},
			Cursor: capture.Cursor{Visible: true, At: image.Pt(10, 20)}, Origin: image.Pt(200, 0),
		}
		if got := next(t, s); !reflect.DeepEqual(got, want) {
			t.Errorf("got %v of %d×%d, cursor %v, want %v", got.Dirty, got.W, got.H, got.Cursor, want.Dirty)
		}
	})
}

func TestPolledReportsOnlyWhatChanged(t *testing.T) {
	bubble(t, func(t *testing.T, p *paper, s *polled) {
		t.Helper()
		next(t, s)
		p.spot = image.Pt(200+70, 5)
		first := next(t, s)
		if want := []image.Rectangle{image.Rect(64, 0, 128, 64)}; !reflect.DeepEqual(first.Dirty, want) {
			t.Errorf("got %v, want %v", first.Dirty, want)
		}
		p.at = capture.Cursor{Visible: true, At: image.Pt(100, 20)} // on the other monitor
		second := next(t, s)
		if len(second.Dirty) != 0 || second.Cursor != (capture.Cursor{At: image.Pt(-100, 20)}) {
			t.Errorf("got %v and %v, want nothing dirty and a hidden pointer", second.Dirty, second.Cursor)
		}
		if second.Pix[4*(5*320+70)] != 0xff {
			t.Error("the picture lost what was drawn before")
		}
	})
}

func TestPolledWaitsForAChange(t *testing.T) {
	bubble(t, func(t *testing.T, p *paper, s *polled) {
		t.Helper()
		next(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		p.looks = 0
		if f, err := s.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v, %v, want the deadline", f, err)
		}
		if p.looks < 29 || p.looks > 30 {
			t.Errorf("got %d looks in a second, want 30", p.looks)
		}
	})
}

func TestPolledRestsAfterCostlyLooks(t *testing.T) {
	for _, c := range []struct{ cost, want time.Duration }{
		{0, frameTime},
		{time.Millisecond, frameTime},
		{20 * time.Millisecond, 80 * time.Millisecond},
		{200 * time.Millisecond, slowest},
		{time.Second, time.Second},
	} {
		bubble(t, func(t *testing.T, p *paper, s *polled) {
			t.Helper()
			next(t, s)
			p.cost, p.colour = c.cost, 1
			next(t, s)
			began := time.Now()
			p.colour = 2
			next(t, s)
			if got := time.Since(began); got != c.want {
				t.Errorf("looks of %v: got one every %v, want %v", c.cost, got, c.want)
			}
		})
	}
}

func TestPolledFollowsTheLayout(t *testing.T) {
	bubble(t, func(t *testing.T, p *paper, s *polled) {
		t.Helper()
		before := next(t, s)
		p.layout = []capture.Display{{ID: 2, Name: "two", Bounds: image.Rect(-64, 0, 0, 48)}}
		after := next(t, s)
		got := []any{after.W, after.H, after.Stride, len(after.Pix), after.Epoch - before.Epoch, after.Dirty}
		want := []any{64, 48, 256, 256 * 48, uint32(1), []image.Rectangle{image.Rect(0, 0, 64, 48)}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestPolledEndsWithItsMonitor(t *testing.T) {
	for name, lose := range map[string]func(*paper){
		"unplugged":  func(p *paper) { p.layout = p.layout[:1] },
		"no system":  func(p *paper) { p.gone = ErrNoDisplay },
		"too large":  func(p *paper) { p.layout = []capture.Display{{ID: 2, Bounds: image.Rect(0, 0, 16384, 16384)}} },
		"dark, gone": func(p *paper) { p.dark, p.layout = errors.New("locked"), p.layout[:1] },
	} {
		bubble(t, func(t *testing.T, p *paper, s *polled) {
			t.Helper()
			next(t, s)
			lose(p)
			if f, err := s.Next(t.Context()); !errors.Is(err, ErrDisplayLost) {
				t.Errorf("%s: got %v, %v, want ErrDisplayLost", name, f, err)
			}
		})
	}
}

func TestPolledGoesOnAfterALockScreen(t *testing.T) {
	bubble(t, func(t *testing.T, p *paper, s *polled) {
		t.Helper()
		next(t, s)
		p.dark, p.colour = errors.New("locked"), 9
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if f, err := s.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("locked: got %v, %v, want no frame", f, err)
		}
		p.dark = nil
		if f := next(t, s); f.Pix[0] != 9 {
			t.Errorf("unlocked: got %d, want 9", f.Pix[0])
		}
	})
}

func TestEndedContextLeavesTheLastFrame(t *testing.T) {
	bubble(t, func(t *testing.T, p *paper, s *polled) {
		t.Helper()
		p.colour = 5
		last, err := s.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := *last
		want.Pix = slices.Clone(last.Pix)
		p.dark, p.layout = errors.New("locked"), []capture.Display{{ID: 2, Bounds: image.Rect(0, 0, 64, 48)}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/10)
		defer cancel()
		if f, err := s.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v, %v, want the deadline", f, err)
		}
		if !reflect.DeepEqual(*last, want) {
			t.Errorf("got a frame of %d×%d, epoch %d, want the one of before", last.W, last.H, last.Epoch)
		}
	})
}

func TestPolledRefusesAnUnknownDisplay(t *testing.T) {
	if s, err := newPolled(newPaper(), Target{ID: 3}); !errors.Is(err, ErrNoDisplay) {
		t.Errorf("got %v, %v, want ErrNoDisplay", s, err)
	}
}

func TestCursorOfTwoMasks(t *testing.T) {
	// keep, invert, white, black: each pixel of the masks is black or white.
	and := []byte{255, 255, 255, 0, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	xor := []byte{0, 0, 0, 0, 255, 255, 255, 0, 255, 255, 255, 0, 0, 0, 0, 0}
	want := []byte{0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 0, 0, 0, 255}
	if got := monochrome(append(and, xor...), image.Pt(4, 1)); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestCursorGetsItsAlphaFromTheMask(t *testing.T) {
	mask := []byte{255, 255, 255, 0, 0, 0, 0, 0}
	for _, c := range []struct {
		name      string
		pix, want []byte
		shows     bool
	}{
		{"no alpha", []byte{1, 2, 3, 0, 4, 5, 6, 0}, []byte{1, 2, 3, 0, 4, 5, 6, 255}, true},
		{"own alpha", []byte{1, 2, 3, 9, 4, 5, 6, 0}, []byte{1, 2, 3, 9, 4, 5, 6, 0}, true},
	} {
		if shows := blend(c.pix, mask); shows != c.shows || !reflect.DeepEqual(c.pix, c.want) {
			t.Errorf("%s: got %v %t, want %v %t", c.name, c.pix, shows, c.want, c.shows)
		}
	}
}

func TestPolledDesktopIsBlackBetweenMonitors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPaper()
		p.colour = 7
		s, err := newPolled(p, Target{Kind: Desktop})
		if err != nil {
			t.Fatal(err)
		}
		f := next(t, s)
		want := make([]byte, 4*520*200)
		for i := range want {
			if x, y := i/4%520, i/4/520; x >= 200 || y < 100 {
				want[i] = 7
			}
		}
		if f.W != 520 || f.H != 200 || !slices.Equal(f.Pix, want) {
			t.Errorf("got %d×%d or other pixels, want 520×200, black below the first monitor", f.W, f.H)
		}
		p.spot = image.Pt(190, 10)
		f = next(t, s)
		if want := []image.Rectangle{image.Rect(128, 0, 192, 64)}; !reflect.DeepEqual(f.Dirty, want) {
			t.Errorf("got %v, want %v", f.Dirty, want)
		}
	})
}

func TestPolledRegionLooksNowhereElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPaper()
		s, err := newPolled(p, Target{Kind: Region, Rect: image.Rect(150, 50, 250, 250)})
		if err != nil {
			t.Fatal(err)
		}
		f := next(t, s)
		p.spot = image.Pt(10, 10) // beside it
		p.at = capture.Cursor{Visible: true, At: image.Pt(160, 60)}
		g := next(t, s)
		got := []any{f.W, f.H, f.Origin, len(g.Dirty), g.Cursor}
		want := []any{100, 150, image.Pt(150, 50), 0, capture.Cursor{Visible: true, At: image.Pt(10, 10)}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestPolledStandsWhileLocked(t *testing.T) {
	bubble(t, func(t *testing.T, p *paper, s *polled) {
		t.Helper()
		p.colour, p.at = 3, capture.Cursor{Visible: true, At: image.Pt(210, 20)}
		next(t, s)
		p.sight, p.colour, p.looks = capture.Locked, 4, 0
		f := next(t, s)
		if f.State != capture.Locked || len(f.Dirty) != 0 || f.Pix[0] != 3 || f.Cursor.Visible {
			t.Errorf("got state %d, dirty %v, colour %d, pointer %v, want the last picture", f.State, f.Dirty, f.Pix[0], f.Cursor)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if f, err := s.Next(ctx); !errors.Is(err, context.DeadlineExceeded) || p.looks != 0 {
			t.Errorf("got %v, %v after %d looks, want none", f, err, p.looks)
		}
		p.sight = capture.Live
		if f = next(t, s); f.State != capture.Live || f.Pix[0] != 4 || len(f.Dirty) == 0 {
			t.Errorf("got state %d, colour %d, want a live picture", f.State, f.Pix[0])
		}
	})
}

func TestPolledMayBeginLocked(t *testing.T) {
	bubble(t, func(t *testing.T, p *paper, s *polled) {
		t.Helper()
		p.sight, p.colour = capture.Locked, 9
		f := next(t, s)
		if want := []image.Rectangle{f.Bounds()}; f.State != capture.Locked || !reflect.DeepEqual(f.Dirty, want) || f.Pix[0] != 0 {
			t.Errorf("got state %d, dirty %v, colour %d, want black", f.State, f.Dirty, f.Pix[0])
		}
		p.sight = capture.Live
		if f = next(t, s); f.Pix[0] != 9 {
			t.Errorf("got %d, want 9", f.Pix[0])
		}
	})
}

// leaf is a window on a paper.
type leaf struct {
	*paper
	at   image.Rectangle
	lost error
}

func (l *leaf) place() (image.Rectangle, error) { return l.at, l.lost }

func TestPolledFollowsAWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &leaf{paper: newPaper(), at: image.Rect(10, 20, 110, 80)}
		s, err := newPolled(l, Target{Kind: Window, ID: 1})
		if err != nil {
			t.Fatal(err)
		}
		first := next(t, s)
		l.at = l.at.Add(image.Pt(5, 5))
		moved := next(t, s)
		l.at.Max.X += 10
		grown := next(t, s)
		got := []any{first.W, first.Origin, moved.W, moved.Origin, moved.Epoch, len(moved.Dirty), grown.W, grown.Epoch, grown.Dirty}
		want := []any{
			100, image.Pt(10, 20), 100, image.Pt(15, 25), first.Epoch, 0, 110, first.Epoch + 1,
			[]image.Rectangle{image.Rect(0, 0, 110, 60)},
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		l.lost = ErrWindowClosed
		if f, err := s.Next(t.Context()); !errors.Is(err, ErrWindowClosed) {
			t.Errorf("got %v, %v, want ErrWindowClosed", f, err)
		}
	})
}

func TestTargetsNameThemselves(t *testing.T) {
	for want, target := range map[string]Target{
		"display 3": {ID: 3}, "desktop": {Kind: Desktop}, "window 9": {Kind: Window, ID: 9},
		"region (1,2)-(3,4)": {Kind: Region, Rect: image.Rect(1, 2, 3, 4)}, "target of kind 8": {Kind: 8},
	} {
		if got := target.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTitlesArePlainLines(t *testing.T) {
	long := strings.Repeat("ü", capture.MaxTitle)
	for in, want := range map[string]string{
		"Rechnung.xlsx": "Rechnung.xlsx", " a\nb\u202e\u2028c ": "a b  c", "\xff": "\ufffd", "": "",
		long: long[:capture.MaxTitle],
	} {
		if got := plain([]byte(in)); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestTooLargeADesktopIsRefused(t *testing.T) {
	layout := []capture.Display{{ID: 1, Bounds: image.Rect(0, 0, 8192, 4320)}, {ID: 2, Bounds: image.Rect(8192, 0, 8200, 10)}}
	if v, err := (Target{Kind: Desktop}).view(layout); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v, %v, want ErrTooLarge", v, err)
	}
}
