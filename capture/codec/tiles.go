package codec

import (
	"bytes"
	"encoding/binary"
	"image"
	"iter"

	"lotse/capture"
)

// tileSide is the side of the squares in pixels by which changes are found
// and text is told from photographs: what a photograph with halved colours is
// made of, and about a letter.
const tileSide = 16

// maxTiles is how many tiles one rectangle has at the most; it bounds by how
// much an update can overrun its budget.
const maxTiles = 256

// smallTiles is the same for updates with a budget, so that they keep it
// within a few kilobytes.
const smallTiles = 32

// class says what is to be done with a tile.
type class uint8

const (
	same    class = iota // as it was sent
	text                 // differs: coded bit exactly
	solid                // differs: one colour
	photo                // differs: approximately
	done                 // was in this update
	waiting              // differs, did not fit
)

// level says how exactly the decoder has a tile.
type level uint8

const (
	exact level = iota
	fine
	coarse
)

// liveliness says how a tile changed in an update.
type liveliness uint8

const (
	calm   liveliness = 0
	busy   liveliness = 1 // all over
	filmic liveliness = 2 | busy
)

// tiles is what the encoder knows about each tile of the picture, row by row.
type tiles struct {
	size   image.Point // of the picture in pixels
	grid   image.Point // of the picture in tiles
	class  []class
	lossy  []level
	colour []uint32
	look   []bool
	lively []liveliness
	// dense is the part of a lively tile that changed all over.
	dense []image.Rectangle
	// rim marks photographs around which something else differs in the tile.
	rim []bool
	// film marks tiles that a film touches.
	film []bool
	// room is how many tiles a rectangle may have in this update.
	room int
	// box is the part of a tile that differs, in pixels of the picture.
	box []image.Rectangle
	// lossyCount and owedCount say how many tiles are lossy or waiting,
	// photos how many of this frame were classified so, cursor where
	// refinement goes on.
	lossyCount, owedCount, photos, cursor int
}

func newTiles(size image.Point) tiles {
	grid := image.Pt((size.X+tileSide-1)/tileSide, (size.Y+tileSide-1)/tileSide)
	n := grid.X * grid.Y
	return tiles{
		size: size, grid: grid,
		class: make([]class, n), lossy: make([]level, n), colour: make([]uint32, n), look: make([]bool, n),
		lively: make([]liveliness, n), dense: make([]image.Rectangle, n), film: make([]bool, n), rim: make([]bool, n),
		box: make([]image.Rectangle, n),
	}
}

func (t *tiles) reset() {
	clear(t.class)
	clear(t.lossy)
	t.lossyCount, t.owedCount, t.cursor = 0, 0, 0
}

func (t *tiles) pending() bool { return t.lossyCount > 0 || t.owedCount > 0 }

func (t *tiles) at(p image.Point) int { return p.Y*t.grid.X + p.X }

// pixels returns the part of the picture under the tiles r.
func (t *tiles) pixels(r image.Rectangle) image.Rectangle {
	return image.Rectangle{r.Min.Mul(tileSide), r.Max.Mul(tileSide)}.Intersect(image.Rectangle{Max: t.size})
}

// over returns the tiles that the pixels r touch.
func (t *tiles) over(r image.Rectangle) image.Rectangle {
	return image.Rect(r.Min.X/tileSide, r.Min.Y/tileSide, (r.Max.X+tileSide-1)/tileSide, (r.Max.Y+tileSide-1)/tileSide)
}

// each yields the index of every tile in r.
func (t *tiles) each(r image.Rectangle) iter.Seq[int] {
	return func(yield func(int) bool) {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				if !yield(y*t.grid.X + x) {
					return
				}
			}
		}
	}
}

// compare finds the tiles of f that differ from seen. It looks at the dirty
// rectangles and at what is owed, or everywhere.
func (t *tiles) compare(f *capture.Frame, seen []byte, everywhere bool) {
	all := everywhere || f.Dirty == nil
	for i, c := range t.class {
		t.look[i] = all || c == waiting
	}
	for _, r := range f.Dirty {
		if r = r.Intersect(f.Bounds()); !all && !r.Empty() {
			for i := range t.each(t.over(r)) {
				t.look[i] = true
			}
		}
	}
	clear(t.class)
	t.owedCount = 0
	for y := range t.grid.Y {
		for x := 0; x < t.grid.X; x++ {
			from := x
			for x < t.grid.X && t.look[y*t.grid.X+x] {
				x++
			}
			if x > from {
				t.compareRun(f, seen, image.Rect(from, y, x, y+1))
			}
		}
	}
}

// compareRun compares tiles side by side: whole rows first, because most of
// what is reported dirty is not.
func (t *tiles) compareRun(f *capture.Frame, seen []byte, run image.Rectangle) {
	area := t.pixels(run)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		is, was := rowsOf(f, seen, area, y)
		if bytes.Equal(is, was) {
			continue
		}
		first := t.at(run.Min)
		for i := range run.Dx() {
			lo, hi := 4*tileSide*i, min(4*tileSide*(i+1), len(is))
			if t.class[first+i] == same && differ(is[lo:hi], was[lo:hi]) {
				t.class[first+i] = text
			}
		}
	}
}

// rowsOf returns the bytes of area's row y in the frame and as it was sent.
func rowsOf(f *capture.Frame, seen []byte, area image.Rectangle, y int) (is, was []byte) {
	n, w := 4*area.Dx(), f.W
	at, to := y*f.Stride+4*area.Min.X, 4*(y*w+area.Min.X)
	return f.Pix[at : at+n], seen[to : to+n]
}

// differ says whether two rows have different colours; alpha does not count.
func differ(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return false
	}
	for i := 0; i+4 <= len(a); i += 4 {
		if (binary.LittleEndian.Uint32(a[i:])^binary.LittleEndian.Uint32(b[i:]))&0xffffff != 0 {
			return true
		}
	}
	return false
}

// recheck compares the tiles under area again.
func (t *tiles) recheck(f *capture.Frame, seen []byte, area image.Rectangle) {
	r := t.over(area)
	for i := range t.each(r) {
		t.class[i] = same
	}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		t.compareRun(f, seen, image.Rect(r.Min.X, y, r.Max.X, y+1))
	}
}

// areas yields rectangles of tiles of class c that together hold all of them.
// Solid areas have one colour; those not worth an operation become text.
func (t *tiles) areas(c class) iter.Seq[image.Rectangle] {
	return func(yield func(image.Rectangle) bool) {
		for i := range t.class {
			if t.class[i] != c {
				continue
			}
			r := t.grow(image.Pt(i%t.grid.X, i/t.grid.X), c)
			if c == solid && r.Dx()*r.Dy() < minSolid {
				t.class[i] = text
				continue
			}
			if !yield(r) {
				return
			}
		}
	}
}

// minSolid is how many tiles of one colour are worth naming it: below, coding
// them costs less than the ten bytes of an operation.
const minSolid = 16

// grow returns the largest rectangle of like tiles from p to the right, then
// down.
func (t *tiles) grow(p image.Point, c class) image.Rectangle {
	room := t.room
	if c == solid {
		room = len(t.class)
	}
	r := image.Rectangle{p, p.Add(image.Pt(1, 1))}
	for r.Max.X < t.grid.X && r.Dx() < room && t.joins(t.at(p)+r.Dx()-1, t.at(p)+r.Dx(), c) {
		r.Max.X++
	}
	for r.Max.Y < t.grid.Y && r.Dx()*(r.Dy()+1) <= room && t.rowJoins(r, c) {
		r.Max.Y++
	}
	return r
}

// joins says whether the tile i of class c and its eastern neighbour j can be
// in one rectangle. Photographs must fill it: what did not change beside them
// may be text that must stay exact.
func (t *tiles) joins(i, j int, c class) bool {
	switch a, b := t.box[i], t.box[j]; {
	case t.class[j] != c:
		return false
	case c == solid:
		return t.colour[i] == t.colour[j]
	case c == photo:
		return a.Max.X == b.Min.X && a.Min.Y == b.Min.Y && a.Max.Y == b.Max.Y
	}
	return true
}

// rowJoins says whether the row of tiles below r can be in one rectangle with
// it.
func (t *tiles) rowJoins(r image.Rectangle, c class) bool {
	first := t.at(image.Pt(r.Min.X, r.Max.Y))
	for j := first; j < first+r.Dx(); j++ {
		i := j - t.grid.X
		a, b := t.box[i], t.box[j]
		switch {
		case t.class[j] != c || j > first && !t.joins(j-1, j, c):
			return false
		case c == solid && t.colour[i] != t.colour[j]:
			return false
		case c == photo && (a.Max.Y != b.Min.Y || a.Min.X != b.Min.X || a.Max.X != b.Max.X):
			return false
		}
	}
	return true
}

// differs returns the smallest rectangle around what differs in the tiles r.
func (t *tiles) differs(r image.Rectangle) image.Rectangle {
	var out image.Rectangle
	for i := range t.each(r) {
		out = out.Union(t.box[i])
	}
	return out
}

// owe leaves the tiles r for the next update.
func (t *tiles) owe(r image.Rectangle) {
	for i := range t.each(r) {
		t.class[i] = waiting
		t.owedCount++
	}
}

// oweRims leaves what is beside photographs in the tiles r for the next update.
func (t *tiles) oweRims(r image.Rectangle) {
	for i := range t.each(r) {
		if t.rim[i] {
			t.rim[i], t.class[i] = false, waiting
			t.owedCount++
		}
	}
}

// sent notes that area, in the tiles r, was sent. A tile of which only a part
// is lossy is never coarse: sending it better as a photograph would spoil the rest.
func (t *tiles) sent(r, area image.Rectangle, l level) {
	for i := range t.each(r) {
		t.class[i] = done
		if t.whole(i).In(area) {
			t.setLossy(i, l)
		} else {
			t.setLossy(i, min(max(l, t.lossy[i]), fine))
		}
	}
}

// shot notes that a film painted area.
func (t *tiles) shot(area image.Rectangle) {
	for i := range t.each(t.over(area)) {
		t.setLossy(i, fine)
	}
}

// whole returns the pixels of tile i.
func (t *tiles) whole(i int) image.Rectangle {
	p := image.Pt(i%t.grid.X, i/t.grid.X)
	return t.pixels(image.Rectangle{p, p.Add(image.Pt(1, 1))})
}

func (t *tiles) setLossy(i int, l level) {
	if t.lossy[i] != exact {
		t.lossyCount--
	}
	if l != exact {
		t.lossyCount++
	}
	t.lossy[i] = l
}

// movedLossy returns how exact each tile touched by moves will be: as exact
// as the worst that comes together in it.
func (t *tiles) movedLossy(moves []move) map[int]level {
	out := map[int]level{}
	if t.lossyCount == 0 {
		return out
	}
	for _, m := range moves {
		by := m.from.Sub(m.to.Min)
		for i := range t.each(t.over(m.to)) {
			whole := t.whole(i)
			part := whole.Intersect(m.to)
			worst := out[i]
			if part != whole {
				worst = max(worst, t.lossy[i])
			}
			for j := range t.each(t.over(part.Add(by))) {
				worst = max(worst, t.lossy[j])
			}
			out[i] = min(worst, fine)
		}
	}
	return out
}

// settle carries out what movedLossy found.
func (t *tiles) settle(lossy map[int]level) {
	for i, l := range lossy {
		t.setLossy(i, l)
	}
}

// nextLossy returns up to run tiles side by side of level l that did not
// change in this update, going around the picture.
func (t *tiles) nextLossy(l level, run int) (image.Rectangle, bool) {
	fits := func(i int) bool { return t.lossy[i] == l && t.class[i] == same && !t.film[i] }
	if t.lossyCount == 0 {
		return image.Rectangle{}, false
	}
	for range t.class {
		i := t.cursor % len(t.class)
		t.cursor = (i + 1) % len(t.class)
		if !fits(i) {
			continue
		}
		p := image.Pt(i%t.grid.X, i/t.grid.X)
		r := image.Rectangle{p, p.Add(image.Pt(1, 1))}
		for r.Dx() < run && r.Max.X < t.grid.X && fits(p.Y*t.grid.X+r.Max.X) {
			r.Max.X++
		}
		return r, true
	}
	return image.Rectangle{}, false
}
