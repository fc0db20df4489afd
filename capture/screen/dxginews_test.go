package screen

import (
	"encoding/binary"
	"image"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"lotse/capture"
)

// words writes numbers as Windows does.
func words(numbers ...int32) []byte {
	var out []byte
	for _, n := range numbers {
		out = binary.LittleEndian.AppendUint32(out, uint32(n))
	}
	return out
}

func TestNewsBecomeRectanglesOnTheDesktop(t *testing.T) {
	monitor := image.Pt(-1920, 100)
	area := image.Rect(-1900, 110, -1000, 900)
	for _, c := range []struct {
		name         string
		moves, dirty []byte
		want         []image.Rectangle
		moved        []capture.Move
	}{
		{name: "nothing"},
		{name: "drawn", dirty: words(100, 200, 164, 216), want: []image.Rectangle{image.Rect(-1820, 300, -1756, 316)}},
		{
			name: "drawn at the edge of what is shared", dirty: words(0, 0, 30, 20),
			want: []image.Rectangle{image.Rect(-1900, 110, -1890, 120)},
		},
		{name: "drawn elsewhere", dirty: words(1000, 0, 1100, 90)},
		{
			name: "scrolled, and the last lines drawn", moves: words(100, 132, 100, 100, 500, 400), dirty: words(100, 400, 500, 432),
			want:  []image.Rectangle{image.Rect(-1820, 200, -1420, 532)},
			moved: []capture.Move{{From: image.Pt(-1820, 232), To: image.Rect(-1820, 200, -1420, 500)}},
		},
		{
			name: "moved in from outside", moves: words(0, 100, 50, 100, 150, 120),
			want:  []image.Rectangle{image.Rect(-1870, 200, -1770, 220)},
			moved: []capture.Move{{From: image.Pt(-1900, 200), To: image.Rect(-1850, 200, -1770, 220)}},
		},
		{name: "moved from outside only", moves: words(0, 0, 50, 100, 60, 105), want: []image.Rectangle{image.Rect(-1870, 200, -1860, 205)}},
		{name: "upside down", moves: words(0, 0, 300, 300, 200, 400), dirty: words(10, 50, 5, 60)},
		{
			name: "far away", moves: words(math.MinInt32, math.MinInt32, math.MaxInt32-9, 0, math.MaxInt32, 9),
			dirty: words(math.MinInt32, math.MinInt32, math.MaxInt32, math.MaxInt32), want: []image.Rectangle{area},
		},
		{
			name: "half a rectangle at the end", moves: words(1, 2, 3, 4, 5), dirty: append(words(100, 200, 164, 216), 1, 2, 3),
			want: []image.Rectangle{image.Rect(-1820, 300, -1756, 316)},
		},
	} {
		got, moved := told(c.moves, c.dirty, monitor, area)
		if len(got) == 0 {
			got = nil
		}
		if !slices.Equal(got, c.want) || !reflect.DeepEqual(moved, c.moved) {
			t.Errorf("%s: got %v, %v, want %v, %v", c.name, got, moved, c.want, c.moved)
		}
	}
}

// TestManyRectanglesBecomeFewThatCoverThem takes as many as are ever read.
func TestManyRectanglesBecomeFewThatCoverThem(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	area := image.Rect(0, 0, 1920, 1080)
	var moves, dirty []byte
	var all []image.Rectangle
	for range maxMetadata / 2 / rectBytes {
		x, y := r.Int32N(1900), r.Int32N(1060)
		dirty = append(dirty, words(x, y, x+8, y+8)...)
		all = append(all, image.Rect(int(x), int(y), int(x)+8, int(y)+8))
	}
	for range maxMetadata / 2 / moveBytes {
		x, y := r.Int32N(1900), r.Int32N(1060)
		moves = append(moves, words(y, y, x, y, x+20, y+20)...)
		all = append(all, image.Rect(int(x), int(y), int(x)+20, int(y)+20))
	}
	got, moved := told(moves, dirty, image.Point{}, area)
	if len(got) > maxDirty || len(got) == 0 || len(moved) != maxDirty {
		t.Errorf("got %d rectangles and %d moves, want at most %d", len(got), len(moved), maxDirty)
	}
	for _, r := range all {
		if r = r.Intersect(area); !covered(r, got) {
			t.Fatalf("%v is not in %v", r, got)
		}
	}
}

// covered reports whether each pixel of r is in one of rects.
func covered(r image.Rectangle, rects []image.Rectangle) bool {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if !slices.ContainsFunc(rects, func(in image.Rectangle) bool { return image.Pt(x, y).In(in) }) {
				return false
			}
		}
	}
	return true
}

func TestRowsAreCopiedToTheirPlace(t *testing.T) {
	// A picture of 3 × 2 at 10,20 in rows of 16 bytes, into one at 8,19 in
	// rows of 20.
	src := []byte("aaaabbbbcccc....ddddeeeeffff")
	dst := []byte("--------------------" + "--------------------" + "--------------------")
	copyRows(dst, 20, image.Pt(8, 19), src, 16, image.Pt(10, 20), image.Rect(11, 20, 13, 22))
	if got, want := string(dst), "--------------------"+"------------bbbbcccc"+"------------eeeeffff"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzNewsStayWithinWhatIsShared(f *testing.F) {
	f.Add(words(100, 132, 100, 100, 500, 400), words(100, 400, 500, 432))
	f.Add(words(-1, -1, 0, 0, 9, 9, 1), words(1<<30, 0, math.MaxInt32, 7))
	f.Fuzz(func(t *testing.T, moves, dirty []byte) {
		area := image.Rect(-100, 20, 900, 700)
		moves, dirty = moves[:min(len(moves), maxMetadata)], dirty[:min(len(dirty), maxMetadata)]
		got, moved := told(moves, dirty, image.Pt(-120, 0), area)
		if len(got) > maxDirty || len(moved) > maxDirty {
			t.Fatalf("%d rectangles, %d moves", len(got), len(moved))
		}
		for _, r := range got {
			if r.Empty() || !r.In(area) {
				t.Fatalf("%v is not in %v", r, area)
			}
		}
		for _, m := range moved {
			from := image.Rectangle{Min: m.From, Max: m.From.Add(m.To.Size())}
			if m.To.Empty() || !m.To.In(area) || !from.In(area) {
				t.Fatalf("%v leaves %v", m, area)
			}
		}
	})
}
