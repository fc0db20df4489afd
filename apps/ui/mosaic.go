package ui

import (
	"image"
	"sync"

	"lotse/participant/watch"
)

// tileSide is the side of a tile in pixels. A refresh uploads a whole texture,
// so a change should touch little more than itself.
const tileSide = 256

// mosaic is a screen as tiles in the size in which they are shown. Only what
// changed is converted and scaled; it never enlarges.
type mosaic struct {
	src, dst image.Point
	x, y     axis
	tiles    []*tile
	rows     [painters][]uint32 // a scaled row, three sums a source pixel
}

// painters is how many goroutines paint at once what is large; more than one
// share a change of painterArea shown pixels.
const (
	painters    = 4
	painterArea = 2 * tileSide * tileSide
)

// tile is one texture. at is where it lies in the shown picture.
type tile struct {
	at  image.Rectangle
	img *image.RGBA
}

// shape makes the tiles for a picture of src pixels shown with dst pixels. It
// reports whether anything had to change.
func (m *mosaic) shape(src, dst image.Point) bool {
	dst = image.Pt(min(dst.X, src.X), min(dst.Y, src.Y))
	if src == m.src && dst == m.dst {
		return false
	}
	*m = mosaic{src: src, dst: dst}
	if src.X <= 0 || src.Y <= 0 || dst.X <= 0 || dst.Y <= 0 {
		m.src, m.dst = src, image.Point{}
		return true
	}
	m.x, m.y = newAxis(src.X, dst.X), newAxis(src.Y, dst.Y)
	for i := range m.rows {
		m.rows[i] = make([]uint32, 3*src.X)
	}
	whole := image.Rectangle{Max: dst}
	for y := 0; y < dst.Y; y += tileSide {
		for x := 0; x < dst.X; x += tileSide {
			at := image.Rect(x, y, x+tileSide, y+tileSide).Intersect(whole)
			m.tiles = append(m.tiles, &tile{at: at, img: image.NewRGBA(image.Rectangle{Max: at.Size()})})
		}
	}
	return true
}

// paint brings the parts of the view that changed into the tiles and returns
// the tiles that are new. all paints everything.
func (m *mosaic) paint(v watch.View, all bool) (changed []int) {
	if m.dst == (image.Point{}) || len(v.Pix) < (v.Size.Y-1)*v.Stride+4*v.Size.X {
		return nil
	}
	var parts []image.Rectangle
	area := 0
	for i, t := range m.tiles {
		part := image.Rectangle{}
		if all {
			part = t.at
		} else {
			for _, d := range v.Dirty {
				part = part.Union(m.shown(d).Intersect(t.at))
			}
		}
		if !part.Empty() {
			changed, parts = append(changed, i), append(parts, part)
			area += part.Dx() * part.Dy()
		}
	}
	n := 1
	if area > painterArea {
		n = painters
	}
	var others sync.WaitGroup
	work := func(who int) {
		for i := who; i < len(changed); i += n {
			m.paintTile(m.tiles[changed[i]], parts[i], v, m.rows[who])
		}
	}
	for who := 1; who < n; who++ {
		others.Go(func() { work(who) })
	}
	work(0)
	others.Wait()
	return changed
}

func (m *mosaic) paintTile(t *tile, part image.Rectangle, v watch.View, row []uint32) {
	if m.src == m.dst {
		copyTile(t, part, v)
	} else {
		m.scaleTile(t, part, v, row)
	}
}

// shown returns which shown pixels a source rectangle has a part in.
func (m *mosaic) shown(r image.Rectangle) image.Rectangle {
	r = r.Intersect(image.Rectangle{Max: m.src})
	if r.Empty() {
		return image.Rectangle{}
	}
	up := func(n, to, from int) int { return (n*to + from - 1) / from }
	return image.Rect(
		r.Min.X*m.dst.X/m.src.X, r.Min.Y*m.dst.Y/m.src.Y,
		up(r.Max.X, m.dst.X, m.src.X), up(r.Max.Y, m.dst.Y, m.src.Y),
	)
}

// copyTile turns BGRA into RGBA at the same size.
func copyTile(t *tile, part image.Rectangle, v watch.View) {
	for y := part.Min.Y; y < part.Max.Y; y++ {
		from := v.Pix[y*v.Stride+4*part.Min.X : y*v.Stride+4*part.Max.X]
		to := t.img.Pix[t.img.PixOffset(part.Min.X-t.at.Min.X, y-t.at.Min.Y):]
		to = to[:len(from)]
		for i := 0; i+3 < len(from); i += 4 {
			to[i], to[i+1], to[i+2], to[i+3] = from[i+2], from[i+1], from[i], 0xff
		}
	}
}

// scaleTile shrinks with an area filter: every source pixel counts with the
// part of it that lies under the shown pixel, so thin strokes stay.
func (m *mosaic) scaleTile(t *tile, part image.Rectangle, v watch.View, buf []uint32) {
	left, right := m.x.from(part.Min.X), m.x.to(part.Max.X-1)
	for y := part.Min.Y; y < part.Max.Y; y++ {
		sums := buf[:3*(right-left)]
		clear(sums)
		for k, weight := range m.y.weights(y) {
			row := v.Pix[(m.y.from(y)+k)*v.Stride+4*left:]
			row = row[:4*(right-left)]
			for i, j := 0, 0; i+3 < len(row); i, j = i+4, j+3 {
				sums[j] += weight * uint32(row[i+2])
				sums[j+1] += weight * uint32(row[i+1])
				sums[j+2] += weight * uint32(row[i])
			}
		}
		to := t.img.Pix[t.img.PixOffset(part.Min.X-t.at.Min.X, y-t.at.Min.Y):]
		for x := part.Min.X; x < part.Max.X; x++ {
			m.across(to[4*(x-part.Min.X):], sums[3*(m.x.from(x)-left):], x)
		}
	}
}

// across adds up the sums of one row under the shown pixel x.
func (m *mosaic) across(to []byte, sums []uint32, x int) {
	const half = 1 << (2*weightBits - 1)
	r, g, b := uint32(half), uint32(half), uint32(half)
	for k, weight := range m.x.weights(x) {
		r += weight * sums[3*k]
		g += weight * sums[3*k+1]
		b += weight * sums[3*k+2]
	}
	to[0], to[1], to[2], to[3] = byte(r>>(2*weightBits)), byte(g>>(2*weightBits)), byte(b>>(2*weightBits)), 0xff
}

// weightBits is the precision of a weight: 255 · 2^12 · 2^12 and one half
// more still fit 32 bits.
const weightBits = 12

// axis says for each shown pixel which source pixels lie under it and with
// which weight. The weights of one add up to 1 << weightBits.
type axis struct {
	first []int
	w     [][]uint32
}

func newAxis(src, dst int) axis {
	a := axis{first: make([]int, dst), w: make([][]uint32, dst)}
	for i := range dst {
		// in units of 1/dst source pixels
		begin, end := i*src, (i+1)*src
		a.first[i] = begin / dst
		sum := 0 // rounded as a whole, so that the weights add up
		for at := begin; at < end; {
			at = min((at/dst+1)*dst, end)
			next := (at - begin) << weightBits / src
			a.w[i] = append(a.w[i], uint32(next-sum))
			sum = next
		}
	}
	return a
}

func (a axis) from(i int) int         { return a.first[i] }
func (a axis) to(i int) int           { return a.first[i] + len(a.w[i]) }
func (a axis) weights(i int) []uint32 { return a.w[i] }
