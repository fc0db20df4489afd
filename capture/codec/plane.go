package codec

import "image"

// unknown stands in a plane where a photograph or a film was painted: what is
// only about right never helps to predict. No colour has this value.
const unknown = 1 << 24

// margin is how far the model looks beyond a pixel: left, right and up. The
// plane has that many columns and rows of zeros around the picture.
const margin = 2

// plane holds the colours that encoder and decoder agree on to the bit, a
// uint32 (0x00RRGGBB or unknown) for each pixel.
type plane struct {
	w, h, stride int
	px           []uint32
}

func newPlane(w, h int) *plane {
	stride := w + 2*margin
	return &plane{w: w, h: h, stride: stride, px: make([]uint32, stride*(h+margin))}
}

func (p *plane) reset() { clear(p.px) }

// index is where the pixel x, y stands.
func (p *plane) index(x, y int) int { return (y+margin)*p.stride + x + margin }

// row returns the pixels of r in row y.
func (p *plane) row(r image.Rectangle, y int) []uint32 {
	return p.px[p.index(r.Min.X, y):p.index(r.Max.X, y)]
}

func (p *plane) fill(r image.Rectangle, colour uint32) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := p.row(r, y)
		for i := range row {
			row[i] = colour
		}
	}
}

// move is a copy inside a picture: the pixels of From, which has the size of
// to, come to stand in to.
type move struct {
	to   image.Rectangle
	from image.Point
}

func (m move) source() image.Rectangle { return image.Rectangle{m.from, m.from.Add(m.to.Size())} }

// apply carries out moves as if all at once: each reads what stood there
// before the first.
func apply[T any](px []T, index func(x, y int) int, unit int, moves []move) {
	saved := make([][]T, len(moves))
	for j := range moves {
		if overwritten(moves, j) {
			saved[j] = lift(px, index, unit, moves[j].source())
		}
	}
	for j, m := range moves {
		if saved[j] != nil {
			drop(px, index, unit, m.to, saved[j])
		} else {
			shiftRect(px, index, unit, m)
		}
	}
}

// overwritten says whether an earlier move paints over the source of move j.
func overwritten(moves []move, j int) bool {
	source := moves[j].source()
	for _, earlier := range moves[:j] {
		if earlier.to.Overlaps(source) {
			return true
		}
	}
	return false
}

func lift[T any](px []T, index func(x, y int) int, unit int, r image.Rectangle) []T {
	out := make([]T, 0, r.Dx()*r.Dy()*unit)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		at := index(r.Min.X, y)
		out = append(out, px[at:at+r.Dx()*unit]...)
	}
	return out
}

func drop[T any](px []T, index func(x, y int) int, unit int, r image.Rectangle, from []T) {
	n := r.Dx() * unit
	for y := r.Min.Y; y < r.Max.Y; y++ {
		at := index(r.Min.X, y)
		copy(px[at:at+n], from)
		from = from[n:]
	}
}

// shiftRect moves one rectangle, which may overlap its source.
func shiftRect[T any](px []T, index func(x, y int) int, unit int, m move) {
	n, rows := m.to.Dx()*unit, m.to.Dy()
	for i := range rows {
		if m.to.Min.Y > m.from.Y {
			i = rows - 1 - i
		}
		to, from := index(m.to.Min.X, m.to.Min.Y+i), index(m.from.X, m.from.Y+i)
		copy(px[to:to+n], px[from:from+n])
	}
}

func (p *plane) apply(moves []move) { apply(p.px, p.index, 1, moves) }
