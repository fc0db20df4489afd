package plain

import (
	"image"
	"math"
	"testing"
)

// monospace measures as if every letter were 8 × 16 pixels.
func monospace(_ Kind, text string, width int) image.Point {
	n := len([]rune(text)) * 8
	lines := (n + max(width, 8) - 1) / max(width, 8)
	return image.Pt(min(n, width), 16*max(lines, 1))
}

func TestCellsShareTheRow(t *testing.T) {
	f := Form{Width: 400, Rows: []Row{
		{{Kind: Bold, Text: "who"}, {Kind: Badge, Text: "ok", Own: true}},
		{{Kind: Button, ID: 100, Text: "no"}, {Kind: Button, ID: 101, Text: "yes"}},
	}}
	cells, band, size := arrange(f, 96, monospace)
	if !band.Empty() {
		t.Errorf("band: got %v, want none", band)
	}
	want := []image.Rectangle{
		image.Rect(20, 12, 338, 28), image.Rect(348, 8, 380, 32),
		image.Rect(20, 40, 195, 78), image.Rect(205, 40, 380, 78),
	}
	for i, c := range cells {
		if c.at != want[i] {
			t.Errorf("cell %d: got %v, want %v", i, c.at, want[i])
		}
	}
	if want := image.Pt(400, 94); size != want {
		t.Errorf("size: got %v, want %v", size, want)
	}
}

func TestEverythingGrowsWithTheScreen(t *testing.T) {
	f := Form{Width: 400, Band: "Lotse", Rows: []Row{{{Kind: Button, ID: 100, Text: "yes"}}}}
	double := func(k Kind, text string, width int) image.Point { return monospace(k, text, width/2).Mul(2) }
	_, band, size := arrange(f, 96, monospace)
	_, band2, size2 := arrange(f, 192, double)
	if size2 != size.Mul(2) || band2.Max != band.Max.Mul(2) {
		t.Errorf("got %v and %v, want twice %v and %v", size2, band2, size, band)
	}
}

func TestLongTextTakesLines(t *testing.T) {
	f := Form{Width: 200, Rows: []Row{{{Kind: Line, Text: "a text of more than twenty letters"}}}}
	cells, _, _ := arrange(f, 96, monospace)
	if got := cells[0].at.Dy(); got != 32 {
		t.Errorf("got %d pixels, want two lines of 16", got)
	}
}

func TestNothingLeavesTheWindow(t *testing.T) {
	long := "a word that is so long that no window in the world is wide enough for it and all of its friends"
	f := Form{Width: 300, Rows: []Row{{{Kind: Badge, Text: long, Own: true}, {Kind: Bold, Text: "x"}, {Kind: Button, ID: 100, Text: long, Own: true}}}}
	cells, _, size := arrange(f, 96, monospace)
	for i, c := range cells {
		if !c.at.In(image.Rectangle{Max: size}) {
			t.Errorf("cell %d at %v is outside of %v", i, c.at, size)
		}
	}
}

func TestShapeIsSameWhileOnlyTextChanges(t *testing.T) {
	a := Form{Width: 300, Rows: []Row{{{Kind: Line, Text: "9 s left"}}}}
	b := Form{Width: 300, Rows: []Row{{{Kind: Line, Text: "8 s left"}}}}
	if !a.shape(b) {
		t.Error("a changed text is another shape")
	}
	b.Rows[0][0].Kind = Bold
	if a.shape(b) {
		t.Error("another kind is the same shape")
	}
	c := a
	c.Page = 1
	if a.shape(c) {
		t.Error("another page is the same shape")
	}
}

func TestTallFormsGetSmallerLetters(t *testing.T) {
	f := Form{Width: 400}
	for range 10 {
		f.Rows = append(f.Rows, Row{{Kind: Button, ID: 100, Text: "yes"}})
	}
	for _, c := range []struct{ dpi, room, used, high int }{
		{96, 1000, 96, 476},
		{96, 476, 96, 476},
		{96, 475, 90, 434},
		{192, 720, 141, 682},
		{192, 100, leastDPI, 352}, // readable first
	} {
		used := 0
		_, _, size := fit(f, c.dpi, c.room, func(dpi int) { used = dpi }, monospace)
		if used != c.used || size.Y != c.high {
			t.Errorf("%d dpi in %d pixels: got %d dpi and %d pixels, want %d and %d", c.dpi, c.room, used, size.Y, c.used, c.high)
		}
	}
}

func TestWindowStaysWhereItWasMoved(t *testing.T) {
	area := image.Rect(0, 30, 1280, 800)
	for _, c := range []struct {
		name   string
		before image.Rectangle
		size   image.Point
		top    bool
		want   image.Point
	}{
		{"the bar", image.Rectangle{}, image.Pt(640, 200), true, image.Pt(320, 30)},
		{"a page", image.Rectangle{}, image.Pt(500, 470), false, image.Pt(390, 130)},
		{"a bar that was moved", image.Rect(600, 500, 1240, 700), image.Pt(640, 150), true, image.Pt(600, 500)},
		{"a bar that grows over the edge", image.Rect(600, 500, 1240, 700), image.Pt(640, 400), true, image.Pt(600, 400)},
		{"a page that gets wider", image.Rect(10, 100, 510, 400), image.Pt(640, 400), false, image.Pt(0, 100)},
		{"a page larger than the screen", image.Rectangle{}, image.Pt(1400, 900), false, image.Pt(0, 30)},
	} {
		if got := placeIn(area, c.before, c.size, c.top); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestHighContrastKeepsThePersonsColours(t *testing.T) {
	own := map[Colour]bool{1: true, 2: true, 3: true, 4: true, 5: true}
	l := look{ground: 1, ink: 2, muted: 2, onFill: 3, off: 1, onOff: 4, track: 1, contrast: true, link: 5, highlight: 5}
	for kind := range Gap + 1 {
		for _, off := range []bool{false, true} {
			body, words := l.body(Stop, off)
			for _, c := range []Colour{l.text(Cell{Kind: kind, Fill: Stop}), l.meter(Amber), body, words} {
				if !own[c] {
					t.Errorf("kind %d: got %06x, want a colour that the person chose", kind, c)
				}
			}
			if body == words {
				t.Errorf("kind %d: words of the colour of what they stand on", kind)
			}
		}
	}
}

// luminance is how bright a colour is (WCAG 2.2, relative luminance).
func luminance(c Colour) float64 {
	linear := func(v Colour) float64 {
		s := float64(v&0xff) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c>>16) + 0.7152*linear(c>>8) + 0.0722*linear(c)
}

func TestWordsCanBeRead(t *testing.T) {
	for _, b := range []Brand{{}, {Primary: 0x0E5A4F, Banner: 0x123B5D}, {Primary: 0x767676, Banner: 0x767676}, {Primary: 1, Banner: 1}} {
		wordsCanBeRead(t, b)
	}
	if l := house(Brand{Primary: 0x767676, Banner: 0x102030}); l.fill(Primary) != 0x767676 || l.band != 0x102030 || l.fill(Allow) != Allow || l.fill(Stop) != Stop {
		t.Errorf("got %+v, want the organisation's colours for the button that leads on and the band alone", l)
	}
}

// wordsCanBeRead looks at every colour of words and what is behind them.
// 767676 is the lightest grey that a profile may have.
func wordsCanBeRead(t *testing.T, b Brand) {
	t.Helper()
	const least = 4.5 // WCAG 2.2, 1.4.3
	l := house(b)
	pairs := [][2]Colour{{l.ground, l.ink}, {l.ground, l.muted}, {l.band, l.onBand}}
	for _, fill := range []Colour{Primary, Allow, Deny, Quiet, Stop, Amber} {
		body, words := l.body(fill, false)
		pairs = append(pairs, [2]Colour{body, words}, [2]Colour{l.ground, l.text(Cell{Kind: Bold, Fill: fill})})
	}
	for _, p := range pairs {
		a, b := luminance(p[0]), luminance(p[1])
		if got := (max(a, b) + 0.05) / (min(a, b) + 0.05); got < least {
			t.Errorf("%06x and %06x: got a contrast of %.2f, want at least %v", p[0], p[1], got, least)
		}
	}
}
