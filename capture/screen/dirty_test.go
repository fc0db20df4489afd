package screen

import (
	"image"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestMergeJoinsWhatWastesNothing(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []image.Rectangle
		want []image.Rectangle
	}{
		{"nothing", nil, nil},
		{"empty", []image.Rectangle{image.Rect(5, 5, 5, 9)}, nil},
		{"one", []image.Rectangle{image.Rect(1, 2, 3, 4)}, []image.Rectangle{image.Rect(1, 2, 3, 4)}},
		{"side by side", []image.Rectangle{image.Rect(0, 0, 8, 8), image.Rect(8, 0, 16, 8)}, []image.Rectangle{image.Rect(0, 0, 16, 8)}},
		{"inside", []image.Rectangle{image.Rect(0, 0, 9, 9), image.Rect(2, 2, 4, 4)}, []image.Rectangle{image.Rect(0, 0, 9, 9)}},
		{"corner to corner", []image.Rectangle{image.Rect(0, 0, 8, 8), image.Rect(8, 8, 16, 16)}, []image.Rectangle{image.Rect(0, 0, 8, 8), image.Rect(8, 8, 16, 16)}},
		{"a chain", []image.Rectangle{image.Rect(0, 0, 8, 8), image.Rect(16, 0, 24, 8), image.Rect(8, 0, 16, 8)}, []image.Rectangle{image.Rect(0, 0, 24, 8)}},
	} {
		if got := merge(slices.Clone(c.in)); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestMergeCoversAllWithFew(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		in := make([]image.Rectangle, random.IntN(600))
		for i := range in {
			at := image.Pt(random.IntN(1900), random.IntN(1000))
			in[i] = image.Rectangle{at, at.Add(image.Pt(1+random.IntN(40), 1+random.IntN(40)))}
		}
		out := merge(slices.Clone(in))
		if len(out) > maxDirty {
			t.Fatalf("got %d rectangles of %d, want at most %d", len(out), len(in), maxDirty)
		}
		for _, r := range in {
			if !slices.ContainsFunc(out, func(o image.Rectangle) bool { return r.In(o) }) {
				t.Fatalf("%v is in none of %v", r, out)
			}
		}
	}
}

func TestCompareFindsEveryPixel(t *testing.T) {
	const w, h = 200, 130 // no multiple of a tile
	for _, at := range []image.Point{{0, 0}, {63, 63}, {64, 63}, {199, 0}, {0, 129}, {199, 129}, {100, 70}} {
		before, now := make([]byte, 4*w*h), make([]byte, 4*w*h)
		now[4*(at.Y*w+at.X)+2] = 1
		corner := image.Pt(at.X/tile*tile, at.Y/tile*tile)
		want := []image.Rectangle{image.Rectangle{corner, corner.Add(image.Pt(tile, tile))}.Intersect(image.Rect(0, 0, w, h))}
		if got := compare(before, now, 4*w, w, h); !slices.Equal(got, want) {
			t.Errorf("pixel at %v: got %v, want %v", at, got, want)
		}
	}
}

func TestCompareJoinsTilesAndSaysNothingOfEqualPictures(t *testing.T) {
	const w, h = 256, 192
	before, now := make([]byte, 4*w*h), make([]byte, 4*w*h)
	if got := compare(before, now, 4*w, w, h); len(got) != 0 {
		t.Fatalf("equal pictures: got %v, want nothing", got)
	}
	for i := range now {
		now[i] = 1
	}
	if got, want := compare(before, now, 4*w, w, h), []image.Rectangle{image.Rect(0, 0, w, h)}; !slices.Equal(got, want) {
		t.Fatalf("other pictures: got %v, want %v", got, want)
	}
}
