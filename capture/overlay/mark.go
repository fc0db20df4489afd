package overlay

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"image"
	"image/color"
	"math"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Kind is what a mark looks like.
type Kind uint8

// The kinds of marks, and how many points each has.
const (
	// Pointer is an arrow like the system's, its tip at one point.
	Pointer Kind = iota + 1
	// Arrow goes from the first of two points to the second.
	Arrow
	// Stroke is a line through up to MaxPoints points, as a marker draws it.
	Stroke
	// Note is a text beside one point.
	Note
	// Box has its corners at two points.
	Box
)

// What one Show takes at the most.
const (
	MaxMarks  = 64
	MaxPoints = 4096 // of one stroke: a minute of drawing
	MaxNote   = 200  // runes
	MaxName   = 40   // runes
)

// MaxLife is the longest time for which a mark is shown without being renewed.
const MaxLife = time.Minute

// Mark is something that a helper drew.
type Mark struct {
	// Kind is what it looks like.
	Kind Kind
	// ID tells marks apart that are otherwise the same; who draws the same
	// again gives it another.
	ID uint32
	// Points is where it is, in pixels of the desktop.
	Points []image.Point
	// Text is what a note says; of other marks it is not shown.
	Text string
	// Name is who drew it, as the session knows him. Empty shows none.
	Name string
	// Colour is that of whoever drew it; it is shown without transparency.
	Colour color.NRGBA
	// For is how long it is shown; 0 means 3 s for a pointer and 10 s for
	// everything else, and more than MaxLife is MaxLife.
	For time.Duration
}

const (
	pointerLife = 3 * time.Second
	markLife    = 10 * time.Second
)

// life is how long a mark is to be seen, fading included.
func (m *Mark) life() time.Duration {
	switch {
	case m.For > 0:
		return min(m.For, MaxLife)
	case m.Kind == Pointer:
		return pointerLife
	}
	return markLife
}

// points says how many points a kind has at least and at most.
func (k Kind) points() (least, most int) {
	switch k {
	case Pointer, Note:
		return 1, 1
	case Arrow, Box:
		return 2, 2
	case Stroke:
		return 1, MaxPoints
	}
	return 1, 0
}

// maxInk is how many pixels all lines together may touch, about twenty
// screens: a hand never comes near, and drawing them takes a third of a second.
const maxInk = 32 << 20

// farthest is how far from the area a point counts, in pixels; beyond, it is
// drawn as if it were there.
const farthest = 1 << 15

// check refuses marks that are too many or wrong, before anything is done.
func check(marks []Mark, scale float32) error {
	if len(marks) > MaxMarks {
		return fmt.Errorf("%w: %d of them", ErrInvalid, len(marks))
	}
	ink := 0.0
	for i := range marks {
		m := &marks[i]
		least, most := m.Kind.points()
		switch {
		case len(m.Points) < least || len(m.Points) > most:
			return fmt.Errorf("%w: kind %d with %d points", ErrInvalid, m.Kind, len(m.Points))
		case utf8.RuneCountInString(m.Text) > MaxNote || utf8.RuneCountInString(m.Name) > MaxName:
			return fmt.Errorf("%w: a text of %d bytes, a name of %d", ErrInvalid, len(m.Text), len(m.Name))
		case m.For < 0:
			return fmt.Errorf("%w: for %v", ErrInvalid, m.For)
		}
		for j := range m.Points[1:] {
			a, b := near(m.Points[j], image.Point{}), near(m.Points[j+1], image.Point{})
			ink += (math.Hypot(float64(b.X-a.X), float64(b.Y-a.Y)) + 1) * float64(2*scale*(strokeRadius+edgeWidth+shadowWidth))
		}
	}
	if ink > maxInk {
		return fmt.Errorf("%w: %.0f pixels of ink", ErrInvalid, ink)
	}
	return nil
}

// near returns p relative to origin, not farther than that makes sense.
func near(p, origin image.Point) image.Point {
	clamp := func(v, from int) int {
		v = max(min(v, math.MaxInt32), math.MinInt32) - from
		return max(min(v, farthest), -farthest)
	}
	return image.Pt(clamp(p.X, origin.X), clamp(p.Y, origin.Y))
}

// key tells a mark from others, also from itself with another point.
type key uint64

func (m *Mark) key(seed maphash.Seed) key {
	var h maphash.Hash
	h.SetSeed(seed)
	put := func(v uint64) { _, _ = h.Write(binary.LittleEndian.AppendUint64(nil, v)) }
	put(uint64(m.Kind) | uint64(m.ID)<<8)
	put(uint64(m.Colour.R) | uint64(m.Colour.G)<<8 | uint64(m.Colour.B)<<16)
	put(uint64(m.For))
	for _, s := range []string{m.Text, m.Name} {
		put(uint64(len(s)))
		_, _ = h.WriteString(s)
	}
	for _, p := range m.Points {
		put(uint64(uint32(p.X)) | uint64(uint32(p.Y))<<32)
	}
	return key(h.Sum64())
}

// clean returns text as it is shown: one line, without what has no shape and
// only turns or hides what stands beside it.
func clean(text string) string {
	out := make([]rune, 0, len(text))
	for _, r := range norm.NFC.String(text) {
		switch {
		case unicode.IsSpace(r):
			r = ' '
			if len(out) == 0 || out[len(out)-1] == ' ' {
				continue
			}
		case r == utf8.RuneError, !unicode.IsGraphic(r), unicode.Is(unicode.Mn, r), unicode.Is(unicode.Me, r):
			continue
		}
		out = append(out, r)
	}
	return string(out)
}
