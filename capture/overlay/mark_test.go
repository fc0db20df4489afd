package overlay

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// everyMark has one of each kind, on an area of 400 × 300 at 100,50.
func everyMark() []Mark {
	return []Mark{
		{Kind: Box, Points: []image.Point{{120, 80}, {260, 140}}, Colour: color.NRGBA{0xdc, 0x26, 0x26, 0xff}, Name: "Ada"},
		{Kind: Arrow, Points: []image.Point{{440, 90}, {330, 130}}, Colour: orange, Name: "Jörg Müller"},
		{Kind: Stroke, Points: wave(), Colour: color.NRGBA{0xfa, 0xcc, 0x15, 0xff}},
		{Kind: Note, Points: []image.Point{{290, 220}}, Text: "Hier klicken, dann „Übernehmen“ wählen.", Colour: blue, Name: "Jörg Müller"},
		{Kind: Pointer, Points: []image.Point{{330, 160}}, Colour: blue, Name: "Ada Lovelace"},
	}
}

func wave() []image.Point {
	var out []image.Point
	for x := range 150 {
		out = append(out, image.Pt(120+x, 200+int(25*math.Sin(float64(x)/15))))
	}
	return out
}

// painted draws marks on a canvas of its own.
func painted(t *testing.T, area image.Rectangle, scale float32, marks []Mark) *canvas {
	t.Helper()
	s, err := newStudio(area, scale)
	if err != nil {
		t.Fatal(err)
	}
	c, f := newCanvas(area.Size()), field{}
	for i := range marks {
		each := s.item(&marks[i])
		for j := range each.layers {
			each.layers[j].draw(c, &f, each.bounds, 1)
		}
	}
	return c
}

func TestMarksLookAsTheyAlwaysDid(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("other processors round other bits: they add and multiply in one step")
	}
	marks := everyMark()
	for _, row := range []struct {
		name  string
		marks []Mark
		scale float32
		want  string
	}{
		{"box", marks[:1], 1, "0dd497d95683df6f"},
		{"arrow", marks[1:2], 1, "0c7a030ec21f25ad"},
		{"stroke", marks[2:3], 1, "b644c03895b3ddc8"},
		{"note", marks[3:4], 1, "fc8dc368a9edf01f"},
		{"pointer", marks[4:], 1, "a805058093978283"},
		{"all, larger", marks, 1.5, "8a3486d03861ed8b"},
	} {
		sum := sha256.Sum256(painted(t, image.Rect(100, 50, 500, 350), row.scale, row.marks).pix)
		if got := hex.EncodeToString(sum[:8]); got != row.want {
			t.Errorf("%s: got %s, want %s; look at it with LOTSE_LOOK=file.png", row.name, got, row.want)
		}
	}
}

// Set LOTSE_LOOK to have a picture of every mark on light and dark ground.
func TestMarksAreSeenOnEveryGround(t *testing.T) {
	area := image.Rect(100, 50, 500, 350)
	c := painted(t, area, 1, everyMark())
	sheet := image.NewRGBA(image.Rect(0, 0, 1200, 300))
	for i, ground := range []color.Color{color.White, color.Black, color.NRGBA{0xf9, 0x73, 0x16, 0xff}} {
		r := image.Rect(400*i, 0, 400*i+400, 300)
		draw.Draw(sheet, r, image.NewUniform(ground), image.Point{}, draw.Src)
		draw.Draw(sheet, r, c.image(), image.Point{}, draw.Over)
		// The arrow's shaft is orange, also on orange: its edge tells it apart.
		if got := contrast(sheet, image.Rect(400*i+250, 50, 400*i+300, 80)); got < 60 {
			t.Errorf("on %v: the arrow differs by %d, want 60 or more", ground, got)
		}
	}
	name := os.Getenv("LOTSE_LOOK")
	if name == "" {
		return
	}
	var out bytes.Buffer
	if err := png.Encode(&out, sheet); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (c *canvas) image() image.Image {
	m := image.NewRGBA(c.bounds())
	for i := 0; i < len(c.pix); i += 4 {
		m.Pix[i], m.Pix[i+1], m.Pix[i+2], m.Pix[i+3] = c.pix[i+2], c.pix[i+1], c.pix[i], c.pix[i+3]
	}
	return m
}

// contrast is the difference of the lightest and the darkest pixel.
func contrast(m image.Image, r image.Rectangle) int {
	low, high := 255, 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			g, ok := color.GrayModel.Convert(m.At(x, y)).(color.Gray)
			if ok {
				low, high = min(low, int(g.Y)), max(high, int(g.Y))
			}
		}
	}
	return high - low
}

func TestColoursStayMultipliedWithAlpha(t *testing.T) {
	c := painted(t, image.Rect(100, 50, 500, 350), 1, everyMark())
	for i := 0; i < len(c.pix); i += 4 {
		if px := c.pix[i : i+4]; max(px[0], px[1], px[2]) > px[3] {
			t.Fatalf("pixel %d: got %v, want no colour above alpha", i/4, px)
		}
	}
}

func TestALineIsAsWideAsItSays(t *testing.T) {
	f := field{}
	f.reset(image.Rect(0, 0, 40, 40), 3)
	f.line(point{10, 20}, point{30, 20}, 4)
	for _, row := range []struct {
		at   image.Point
		want float32
	}{{image.Pt(20, 20), -4}, {image.Pt(20, 24), 0}, {image.Pt(20, 26), 2}, {image.Pt(5, 20), 1}, {image.Pt(33, 24), 1}, {image.Pt(20, 35), beyond}} {
		if got := f.row(row.at.Y, row.at.X, row.at.X+1)[0]; absolute(got-row.want) > 1e-4 {
			t.Errorf("%v: got %v, want %v", row.at, got, row.want)
		}
	}
}

// The part of a row that is looked at must hold everything that is near.
func TestSpansMissNothing(t *testing.T) {
	clip := image.Rect(0, 0, 64, 64)
	for _, l := range [][2]point{{{3, 60}, {61, 2}}, {{5, 5}, {60, 9}}, {{9, 60}, {5, 5}}, {{30, 30}, {30, 30}}, {{-500, -300}, {900, 700}}, {{20, 40}, {50, 40}}} {
		const radius, reach = 3, 7
		f := field{}
		f.reset(clip, reach)
		f.line(l[0], l[1], radius)
		for y := range 64 {
			for x := range 64 {
				p := point{float32(x), float32(y)}
				want := distance([]point{l[0], l[1]}, p) - radius
				got := f.row(y, x, x+1)[0]
				if absolute(got-want) > 1e-3 && (want < reach || got != beyond) {
					t.Fatalf("%v at %v: got %v, want %v", l, p, got, want)
				}
			}
		}
	}
}

func TestTextsAreShownAndNotUnderstood(t *testing.T) {
	for text, want := range map[string]string{
		"a\nb\tc":                 "a b c",
		"  a  ":                   "a ",
		"\x1b[31mred\x00":         "[31mred",
		"abc\u202edcba":           "abcdcba",
		"zero\u200bwidth\ufeff":   "zerowidth",
		"Zalgo\u0336\u0337":       "Zalgo",
		"u\u0308ber":              "über",
		"<b>https://example.com/": "<b>https://example.com/",
		"\xff\xfe":                "",
		"👋":                       "👋",
	} {
		if got := clean(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestLongNotesGoOnInTheNextLine(t *testing.T) {
	face, err := newTypeface(noteSize)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"one two three":         "one two|three",
		"a":                     "a",
		"":                      "",
		"Donaudampfschifffahrt": "Donauda|mpfschiff|fahrt",
	} {
		if got := strings.Join(face.wrap(text, 90), "|"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{strings.Repeat("W", MaxNote), strings.Repeat("x ", MaxNote/2)} {
		for _, line := range face.wrap(text, 300) {
			if got := face.width(line); got > 300 {
				t.Errorf("got a line of %d pixels, want 300 or less", got)
			}
		}
	}
}

func TestMarksThatAreTooMuchAreRefused(t *testing.T) {
	b, err := newBoard(image.Rect(0, 0, 100, 100), 1)
	if err != nil {
		t.Fatal(err)
	}
	one := Mark{Kind: Pointer, Points: []image.Point{{1, 1}}}
	zigzag := Mark{Kind: Stroke}
	for i := range MaxPoints {
		zigzag.Points = append(zigzag.Points, image.Pt(4000*(i%2), i))
	}
	most := make([]Mark, MaxMarks)
	for i := range most {
		most[i] = Mark{Kind: Stroke, Points: make([]image.Point, MaxPoints), Name: strings.Repeat("ü", MaxName), Text: strings.Repeat("ü", MaxNote)}
	}
	for name, row := range map[string]struct {
		marks []Mark
		want  error
	}{
		"none":              {nil, nil},
		"most":              {most, nil},
		"too many":          {make([]Mark, MaxMarks+1), ErrInvalid},
		"no kind":           {[]Mark{{Points: one.Points}}, ErrInvalid},
		"unknown kind":      {[]Mark{{Kind: Box + 1, Points: one.Points}}, ErrInvalid},
		"no points":         {[]Mark{{Kind: Pointer}}, ErrInvalid},
		"two tips":          {[]Mark{{Kind: Pointer, Points: make([]image.Point, 2)}}, ErrInvalid},
		"half an arrow":     {[]Mark{{Kind: Arrow, Points: one.Points}}, ErrInvalid},
		"a long stroke":     {[]Mark{{Kind: Stroke, Points: make([]image.Point, MaxPoints+1)}}, ErrInvalid},
		"a long note":       {[]Mark{{Kind: Note, Points: one.Points, Text: strings.Repeat("ü", MaxNote+1)}}, ErrInvalid},
		"a long name":       {[]Mark{{Kind: Note, Points: one.Points, Name: strings.Repeat("ü", MaxName+1)}}, ErrInvalid},
		"from the past":     {[]Mark{{Kind: Pointer, Points: one.Points, For: -time.Second}}, ErrInvalid},
		"a screen of ink":   {[]Mark{zigzag}, ErrInvalid},
		"farther than far":  {[]Mark{{Kind: Arrow, Points: []image.Point{{math.MinInt, math.MinInt}, {math.MaxInt, math.MaxInt}}}}, nil},
		"nothing but space": {[]Mark{{Kind: Note, Points: one.Points, Text: " \n"}}, nil},
	} {
		if err := b.Show(row.marks); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", name, err, row.want)
		}
		if row.want == nil {
			painted(t, b.area, 1, row.marks)
		}
	}
}

func TestOpenRefusesAreasThatAreNone(t *testing.T) {
	for _, area := range []image.Rectangle{{}, image.Rect(0, 0, 1<<15, 10), image.Rect(0, 0, 16384, 16384)} {
		if o, err := Open(area, Options{}); !errors.Is(err, ErrInvalid) {
			t.Errorf("%v: got %v, %v, want ErrInvalid", area, o, err)
		}
	}
	if o, err := Open(image.Rect(0, 0, 9, 9), Options{Scale: 401}); !errors.Is(err, ErrInvalid) {
		t.Errorf("got %v, %v, want ErrInvalid", o, err)
	}
}

func FuzzMarks(f *testing.F) {
	f.Add(uint8(Note), 10, 10, 50, 50, "Hier klicken", "Ada")
	f.Add(uint8(Arrow), math.MinInt, 5, math.MaxInt, 5, "", "")
	f.Fuzz(func(t *testing.T, kind uint8, x0, y0, x1, y1 int, text, name string) {
		m := Mark{Kind: Kind(kind), Points: []image.Point{{x0, y0}, {x1, y1}}, Text: text, Name: name}
		_, most := m.Kind.points()
		m.Points = m.Points[:max(0, min(2, most))]
		if check([]Mark{m}, 1) != nil {
			return
		}
		painted(t, image.Rect(0, 0, 64, 48), 1, []Mark{m})
	})
}
