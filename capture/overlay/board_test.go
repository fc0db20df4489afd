package overlay

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"reflect"
	"testing"
	"testing/synctest"
	"time"
)

var (
	orange = color.NRGBA{0xf9, 0x73, 0x16, 0xff}
	blue   = color.NRGBA{0x25, 0x63, 0xeb, 0xff}
)

// shown is what a surface was given.
type shown struct {
	pix     []byte
	changed []image.Rectangle
	lit     image.Rectangle
	after   time.Duration // since the test began
}

// memory is a surface that remembers.
type memory struct {
	begun  time.Time
	puts   []shown
	tidies int
	stir   chan struct{}
	anew   bool
	fails  error
	hang   chan struct{} // unless nil, put waits for it
	closed int
}

func (*memory) name() string { return "memory" }

func (m *memory) put(c *canvas, changed []image.Rectangle, lit image.Rectangle) error {
	m.puts = append(m.puts, shown{bytes.Clone(c.pix), changed, lit, time.Since(m.begun)})
	if m.hang != nil {
		<-m.hang
	}
	return m.fails
}

func (m *memory) stirred() <-chan struct{} { return m.stir }

func (m *memory) tidy() (bool, error) {
	m.tidies++
	anew := m.anew
	m.anew = false
	return anew, nil
}

func (m *memory) close() error { m.closed++; return nil }

// inBubble runs a test with a board and a clock of its own.
func inBubble(t *testing.T, f func(b *board, m *memory)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b, err := newBoard(image.Rect(100, 50, 500, 350), 1)
		if err != nil {
			t.Fatal(err)
		}
		m := &memory{begun: time.Now(), stir: make(chan struct{}, 1)}
		b.surface = m
		go b.run()
		f(b, m)
		if err := b.Close(); err != nil && m.fails == nil {
			t.Errorf("Close: %v", err)
		}
		if m.closed != 1 {
			t.Errorf("closed %d times, want once", m.closed)
		}
	})
}

func show(t *testing.T, b *board, marks ...Mark) {
	t.Helper()
	if err := b.Show(marks); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func arrow(x, y int) Mark {
	return Mark{Kind: Arrow, Points: []image.Point{{x, y}, {x + 80, y + 40}}, Colour: orange}
}

// alphaAt returns how much of a mark there is at a place of the desktop.
func alphaAt(s shown, p image.Point) byte {
	p = p.Sub(image.Pt(100, 50))
	return s.pix[4*(p.Y*400+p.X)+3]
}

func TestMarksFadeAndWipeThemselves(t *testing.T) {
	inBubble(t, func(b *board, m *memory) {
		show(t, b, arrow(200, 100))
		pass(11 * time.Second)
		tip := image.Pt(275, 137)
		var got []byte
		var times []time.Duration
		for _, s := range m.puts {
			got = append(got, alphaAt(s, tip))
			times = append(times, s.after)
		}
		if want := []byte{255, 213, 170, 128, 85, 43, 0}; !reflect.DeepEqual(got, want) {
			t.Errorf("alphas: got %v, want %v", got, want)
		}
		ms := time.Millisecond
		want := []time.Duration{0, 9500 * ms, 9600 * ms, 9700 * ms, 9800 * ms, 9900 * ms, 10000 * ms}
		if !reflect.DeepEqual(times, want) {
			t.Errorf("times: got %v, want %v", times, want)
		}
		last := m.puts[len(m.puts)-1]
		if !last.lit.Empty() || !bytes.Equal(last.pix, make([]byte, len(last.pix))) {
			t.Errorf("got %v lit at the end, want nothing", last.lit)
		}
	})
}

func TestMarksLiveAsLongAsTheySay(t *testing.T) {
	for want, m := range map[time.Duration]Mark{
		3 * time.Second:  {Kind: Pointer, Points: []image.Point{{200, 100}}},
		10 * time.Second: {Kind: Stroke, Points: []image.Point{{200, 100}}},
		time.Second:      {Kind: Pointer, Points: []image.Point{{200, 100}}, For: time.Second},
		time.Minute:      {Kind: Pointer, Points: []image.Point{{200, 100}}, For: time.Hour},
	} {
		inBubble(t, func(b *board, mem *memory) {
			show(t, b, m)
			pass(2 * time.Minute)
			if got := mem.puts[len(mem.puts)-1].after; got != want {
				t.Errorf("%+v: gone after %v, want %v", m, got, want)
			}
		})
	}
}

// The moderator's side sends all marks again with each new one.
func TestWhatStaysKeepsItsAge(t *testing.T) {
	inBubble(t, func(b *board, m *memory) {
		show(t, b, arrow(200, 100))
		pass(6 * time.Second)
		show(t, b, arrow(200, 100), arrow(300, 250))
		pass(6 * time.Second)
		last := m.puts[len(m.puts)-1]
		got := []byte{alphaAt(last, image.Pt(275, 137)), alphaAt(last, image.Pt(375, 287))}
		if want := []byte{0, 255}; !reflect.DeepEqual(got, want) {
			t.Errorf("got alphas %v, want %v", got, want)
		}
	})
}

func TestOnlyWhatChangedIsDrawn(t *testing.T) {
	inBubble(t, func(b *board, m *memory) {
		pointer := func(x int) Mark { return Mark{Kind: Pointer, Points: []image.Point{{x, 60}}, Colour: blue} }
		show(t, b, arrow(200, 200), pointer(110))
		pass(time.Second)
		show(t, b, arrow(200, 200), pointer(410))
		pass(time.Second)
		last := m.puts[len(m.puts)-1]
		for _, r := range last.changed {
			if r.Dx() > 60 || r.Dy() > 60 {
				t.Errorf("got %v drawn, want the pointer's places only", r)
			}
		}
		if len(last.changed) != 2 {
			t.Errorf("got %v, want two places", last.changed)
		}
		pass(time.Second)
		n := len(m.puts)
		show(t, b, arrow(200, 200), pointer(410))
		if len(m.puts) != n {
			t.Errorf("got %d more drawings, want none", len(m.puts)-n)
		}
	})
}

// What is drawn piece by piece must be what is drawn at once.
func TestPiecesAreTheWhole(t *testing.T) {
	marks := everyMark()
	for i := range marks {
		marks[i].For = MaxLife
	}
	var pieces, whole shown
	inBubble(t, func(b *board, m *memory) {
		for _, order := range [][]int{{0}, {1, 2}, {3, 4, 0}, {4, 3}, {4, 3, 2, 1, 0}, {0, 1, 2, 3, 4}} {
			var some []Mark
			for _, i := range order {
				some = append(some, marks[i])
			}
			show(t, b, some...)
			pass(100 * time.Millisecond)
		}
		pieces = m.puts[len(m.puts)-1]
	})
	inBubble(t, func(b *board, m *memory) {
		show(t, b, marks...)
		whole = m.puts[0]
	})
	if !bytes.Equal(pieces.pix, whole.pix) {
		t.Error("got other pixels when drawn in pieces")
	}
}

func TestTheNewestOfManyWins(t *testing.T) {
	inBubble(t, func(b *board, m *memory) {
		for x := range 200 {
			if err := b.Show([]Mark{arrow(110+x, 100)}); err != nil {
				t.Fatal(err)
			}
		}
		pass(time.Second)
		last := m.puts[len(m.puts)-1]
		if len(m.puts) > 3 || alphaAt(last, image.Pt(309+75, 137)) != 255 {
			t.Errorf("got %d drawings, the last with %d at the end", len(m.puts), alphaAt(last, image.Pt(384, 137)))
		}
	})
}

func TestNothingIsDrawnWhereItIsSpared(t *testing.T) {
	inBubble(t, func(b *board, m *memory) {
		spare := image.Rect(240, 110, 300, 160)
		where := []image.Point{{275, 137}, {220, 110}}
		check := func(what string, want ...byte) {
			t.Helper()
			last := m.puts[len(m.puts)-1]
			got := []byte{alphaAt(last, where[0]), alphaAt(last, where[1])}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got alphas %v, want %v", what, got, want)
			}
		}
		show(t, b, arrow(200, 100))
		check("before", 255, 255)
		if err := b.Spare([]image.Rectangle{spare}); err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		check("spared", 0, 255)
		show(t, b, arrow(200, 100), arrow(201, 100))
		pass(time.Second)
		check("with another mark", 0, 255)
		if err := b.Spare(make([]image.Rectangle, maxSpare+1)); err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		check("too many", 0, 0)
		if err := b.Spare(nil); err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		check("no longer", 255, 255)
	})
}

func TestTheWindowIsPutOnTopAgainWithoutAFight(t *testing.T) {
	inBubble(t, func(b *board, m *memory) {
		pass(10 * time.Second)
		if m.tidies != 0 || len(m.puts) != 0 {
			t.Errorf("got %d, %d drawings while nothing is shown, want none", m.tidies, len(m.puts))
		}
		show(t, b, Mark{Kind: Note, Text: "a", Points: []image.Point{{200, 100}}, For: MaxLife})
		pass(10 * time.Second)
		if got := m.tidies; got < 10 || got > 12 {
			t.Errorf("got %d times in 10 s, want one a second", got)
		}
		before := m.tidies
		for range 200 {
			select {
			case m.stir <- struct{}{}:
			default:
			}
			pass(10 * time.Millisecond)
		}
		if got := m.tidies - before; got < 15 || got > 22 {
			t.Errorf("got %d times in 2 s of fighting, want about 20", got)
		}
	})
}

func TestANewWindowGetsEverything(t *testing.T) {
	inBubble(t, func(b *board, m *memory) {
		show(t, b, arrow(200, 100))
		pass(time.Second)
		m.anew = true
		m.stir <- struct{}{}
		pass(time.Second)
		if got, want := m.puts[len(m.puts)-1].changed, []image.Rectangle{image.Rect(0, 0, 400, 300)}; !reflect.DeepEqual(got, want) {
			t.Errorf("got %v drawn, want %v", got, want)
		}
	})
}

func TestAFailureIsToldByTheNextCall(t *testing.T) {
	inBubble(t, func(b *board, m *memory) {
		m.fails = errors.New("wrong")
		show(t, b, arrow(200, 100))
		if err := b.Show(nil); !errors.Is(err, m.fails) {
			t.Errorf("got %v, want %v", err, m.fails)
		}
		if err := b.Close(); !errors.Is(err, m.fails) {
			t.Errorf("Close: got %v, want %v", err, m.fails)
		}
	})
}

func TestAfterCloseNothingIsShown(t *testing.T) {
	inBubble(t, func(b *board, m *memory) {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if err := b.Show(nil); !errors.Is(err, ErrClosed) {
			t.Errorf("Show: got %v, want ErrClosed", err)
		}
		if err := b.Spare(nil); !errors.Is(err, ErrClosed) {
			t.Errorf("Spare: got %v, want ErrClosed", err)
		}
		if len(m.puts) != 0 {
			t.Errorf("got %d drawings, want none", len(m.puts))
		}
	})
}

func TestNobodyWaitsForADesktopThatHangs(t *testing.T) {
	inBubble(t, func(b *board, m *memory) {
		m.hang = make(chan struct{})
		show(t, b, arrow(200, 100))
		begun := time.Now()
		show(t, b, arrow(300, 100))
		if err := b.Spare(nil); err != nil {
			t.Error(err)
		}
		if got := time.Since(begun); got != 0 {
			t.Errorf("Show and Spare took %v, want no time", got)
		}
		if err := b.Close(); !errors.Is(err, ErrStuck) {
			t.Errorf("Close: got %v, want ErrStuck", err)
		}
		if got := time.Since(begun); got != patience {
			t.Errorf("Close took %v, want %v", got, patience)
		}
		if err := b.Show(nil); !errors.Is(err, ErrClosed) {
			t.Errorf("Show: got %v, want ErrClosed", err)
		}
		close(m.hang)
		synctest.Wait()
		if m.closed != 1 {
			t.Errorf("closed %d times when it answered again, want once", m.closed)
		}
	})
}

func TestOpenDoesNotWaitForADesktopThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, hang, begun := &memory{}, make(chan struct{}), time.Now()
		s, err := soon(func() (surface, error) { <-hang; return m, nil })
		if s != nil || !errors.Is(err, ErrStuck) || time.Since(begun) != patience {
			t.Errorf("got %v, %v after %v, want ErrStuck after %v", s, err, time.Since(begun), patience)
		}
		close(hang)
		synctest.Wait()
		if m.closed != 1 {
			t.Errorf("what came late was closed %d times, want once", m.closed)
		}
		wrong := errors.New("wrong")
		if s, err := soon(func() (surface, error) { return nil, wrong }); s != nil || !errors.Is(err, wrong) {
			t.Errorf("got %v, %v, want %v", s, err, wrong)
		}
		if s, err := soon(func() (surface, error) { return m, nil }); s != m || err != nil {
			t.Errorf("got %v, %v, want what was opened", s, err)
		}
	})
}
