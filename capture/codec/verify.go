package codec

import (
	"bytes"
	"image"

	"lotse/capture"
)

// blocks is a grid of blockSide squares over a part of the picture.
type blocks struct {
	area image.Rectangle // in pixels, a multiple of blockSide from 0,0
	grid image.Point
}

func (b blocks) pixels(r image.Rectangle) image.Rectangle {
	return image.Rectangle{r.Min.Mul(blockSide), r.Max.Mul(blockSide)}.Add(b.area.Min).Intersect(b.area)
}

// verify adds the moves by the distance v that hold, pixel by pixel.
func (fi *finder) verify(f *capture.Frame, seen []byte, t *tiles, area image.Rectangle, v image.Point) {
	// Only what comes from inside the picture can have moved.
	inside := area.Intersect(f.Bounds().Add(v))
	if inside.Empty() {
		return
	}
	inside.Min = image.Pt(inside.Min.X&^(blockSide-1), inside.Min.Y&^(blockSide-1))
	b := blocks{inside, image.Pt((inside.Dx()+blockSide-1)/blockSide, (inside.Dy()+blockSide-1)/blockSide)}
	fi.match = append(fi.match[:0], make([]bool, b.grid.X*b.grid.Y)...)
	for i := range fi.match {
		p := image.Pt(i%b.grid.X, i/b.grid.X)
		fi.match[i] = holds(f, seen, b.pixels(image.Rectangle{p, p.Add(image.Pt(1, 1))}), v)
	}
	for _, m := range fi.ended {
		fi.cross(b, m.to)
	}
	first := len(fi.ended)
	for i := range fi.match {
		if !fi.match[i] || len(fi.ended) >= maxCopies {
			continue
		}
		r := fi.widen(b, image.Pt(i%b.grid.X, i/b.grid.X))
		if r.Dx()*r.Dy() < minBlocks || !t.anyDiffers(b.pixels(r)) {
			continue
		}
		to := b.pixels(r)
		fi.ended = append(fi.ended, move{to: to, from: to.Min.Sub(v)})
	}
	for i := first; i < len(fi.ended); i++ {
		fi.grow(f, seen, i, v)
	}
}

// cross takes the blocks that an earlier move paints.
func (fi *finder) cross(b blocks, to image.Rectangle) {
	to = to.Intersect(b.area)
	if to.Empty() {
		return
	}
	to = to.Sub(b.area.Min)
	for y := to.Min.Y / blockSide; y*blockSide < to.Max.Y; y++ {
		clear(fi.match[y*b.grid.X+to.Min.X/blockSide : y*b.grid.X+(to.Max.X+blockSide-1)/blockSide])
	}
}

// holds says whether area in f is what seen has at the distance v.
func holds(f *capture.Frame, seen []byte, area image.Rectangle, v image.Point) bool {
	if !area.Sub(v).In(f.Bounds()) {
		return false
	}
	n := 4 * area.Dx()
	for y := area.Min.Y; y < area.Max.Y; y++ {
		at, from := y*f.Stride+4*area.Min.X, 4*((y-v.Y)*f.W+area.Min.X-v.X)
		if is, was := f.Pix[at:at+n], seen[from:from+n]; !bytes.Equal(is, was) && differ(is, was) {
			return false
		}
	}
	return true
}

// widen returns the largest rectangle of matching blocks from p to the right,
// then down, and takes it.
func (fi *finder) widen(b blocks, p image.Point) image.Rectangle {
	at := func(x, y int) int { return y*b.grid.X + x }
	r := image.Rectangle{p, p.Add(image.Pt(1, 1))}
	for r.Max.X < b.grid.X && fi.match[at(r.Max.X, p.Y)] {
		r.Max.X++
	}
	for whole := true; whole && r.Max.Y < b.grid.Y; {
		for x := r.Min.X; x < r.Max.X; x++ {
			whole = whole && fi.match[at(x, r.Max.Y)]
		}
		if whole {
			r.Max.Y++
		}
	}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		clear(fi.match[at(r.Min.X, y):at(r.Max.X, y)])
	}
	return r
}

// anyDiffers says whether a tile under r has changed.
func (t *tiles) anyDiffers(r image.Rectangle) bool {
	for i := range t.each(t.over(r)) {
		if t.class[i] != same {
			return true
		}
	}
	return false
}

// grow adds to move i the pixels beyond the grid of blocks that moved as well,
// unless another move paints there.
func (fi *finder) grow(f *capture.Frame, seen []byte, i int, v image.Point) {
	r := fi.ended[i].to
	for _, d := range []image.Point{{0, -1}, {0, 1}, {-1, 0}, {1, 0}} {
		for range blockSide - 1 {
			wider := extend(r, d)
			line := beyond(r, wider, d)
			if !line.In(f.Bounds()) || !holds(f, seen, line, v) || fi.taken(line) {
				break
			}
			r = wider
		}
	}
	fi.ended[i] = move{to: r, from: r.Min.Sub(v)}
}

// extend returns r and the line of pixels beside it in the direction d.
func extend(r image.Rectangle, d image.Point) image.Rectangle { return r.Union(r.Add(d)) }

// beyond returns the line that extend added.
func beyond(r, wider image.Rectangle, d image.Point) image.Rectangle {
	switch {
	case d.Y < 0:
		wider.Max.Y = r.Min.Y
	case d.Y > 0:
		wider.Min.Y = r.Max.Y
	case d.X < 0:
		wider.Max.X = r.Min.X
	default:
		wider.Min.X = r.Max.X
	}
	return wider
}

func (fi *finder) taken(r image.Rectangle) bool {
	for _, m := range fi.ended {
		if m.to.Overlaps(r) {
			return true
		}
	}
	return false
}
