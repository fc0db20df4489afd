package screen

import (
	"bytes"
	"image"
)

// maxDirty is how many dirty rectangles a frame names at the most. Beyond it
// the bookkeeping costs more than looking at the pixels between them.
const maxDirty = 64

// tile is the side in pixels of the squares that compare looks at: 16 kB of
// each picture, so that both stay in a core's first cache.
const tile = 64

// merge returns at most maxDirty rectangles that cover every pixel of rects.
// It first joins those whose bounding box holds hardly anything else, then
// the cheapest neighbours until they are few enough. The result may share
// memory with rects.
func merge(rects []image.Rectangle) []image.Rectangle {
	out := rects[:0]
	for _, r := range rects {
		if !r.Empty() {
			out = absorb(out, r)
		}
	}
	for len(out) > maxDirty {
		out = squeeze(out)
	}
	return out
}

// absorb adds r to rects. As long as joining it with one of them wastes
// nothing, they become one.
func absorb(rects []image.Rectangle, r image.Rectangle) []image.Rectangle {
	for i := 0; i < len(rects); i++ {
		if waste(rects[i], r) > 0 {
			continue
		}
		r = r.Union(rects[i])
		rects[i] = rects[len(rects)-1]
		rects = rects[:len(rects)-1]
		i = -1
	}
	return append(rects, r)
}

// squeeze joins each rectangle in the first half of rects with the one that
// wastes least, so that about half remain.
func squeeze(rects []image.Rectangle) []image.Rectangle {
	var out []image.Rectangle
	for len(rects) > 1 {
		last := rects[len(rects)-1]
		rects = rects[:len(rects)-1]
		best := 0
		for i := range rects {
			if waste(rects[i], last) < waste(rects[best], last) {
				best = i
			}
		}
		out = absorb(out, last.Union(rects[best]))
		rects[best] = rects[len(rects)-1]
		rects = rects[:len(rects)-1]
	}
	for _, r := range rects {
		out = absorb(out, r)
	}
	return out
}

// waste is how many pixels more the bounding box of a and b has than the two.
// Overlapping ones can make it negative.
func waste(a, b image.Rectangle) int { return area(a.Union(b)) - area(a) - area(b) }

func area(r image.Rectangle) int { return r.Dx() * r.Dy() }

// compare returns where two pictures of w × h pixels and rows of stride bytes
// differ, in whole tiles joined to rectangles.
func compare(before, now []byte, stride, w, h int) []image.Rectangle {
	var found []image.Rectangle
	for y := 0; y < h; y += tile {
		for x := 0; x < w; x += tile {
			r := image.Rect(x, y, min(x+tile, w), min(y+tile, h))
			if differs(before, now, stride, r) {
				found = append(found, r)
			}
		}
	}
	return merge(joinRows(found))
}

func differs(before, now []byte, stride int, r image.Rectangle) bool {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		from, to := y*stride+4*r.Min.X, y*stride+4*r.Max.X
		if !bytes.Equal(before[from:to], now[from:to]) {
			return true
		}
	}
	return false
}

// joinRows joins tiles that stand side by side; they come in reading order.
func joinRows(tiles []image.Rectangle) []image.Rectangle {
	var out []image.Rectangle
	for _, r := range tiles {
		if n := len(out); n > 0 && out[n-1].Max.X == r.Min.X && out[n-1].Min.Y == r.Min.Y {
			out[n-1].Max.X = r.Max.X
			continue
		}
		out = append(out, r)
	}
	return out
}
