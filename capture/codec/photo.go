package codec

import (
	"encoding/binary"
	"image"
	"math"
)

// photoSide is the side of the squares in pixels that a photograph is coded
// in: four blocks of light, one of each colour difference.
const photoSide = 2 * blockLen

// photos codes rectangles of photographs: the colours of JFIF, the transform
// and the steps of JPEG, and the adaptive arithmetic code of everything else,
// with neighbours as context. Photographs take about a quarter less than as
// JPEG, and what was learned holds for the next. Encoder and decoder hold one
// each.
type photos struct {
	kind    [2]blockModel
	steps   quantiser
	picture image.YCbCr
	// above has the blocks over the row that is coded, for light and the two
	// colour differences; left the one before.
	above [3][]traces
	left  [3]traces
}

// traces is what is remembered of a neighbouring block.
type traces struct {
	// size is how large each coefficient is, in zigzag order, at most 255.
	size [blockLen * blockLen]uint8
	dc   int32
	// count is the number of coefficients but the first that are not zero.
	count int32
	known bool
}

// The numbers of classes that neighbours are sorted into.
const (
	countClasses = 8
	sizeClasses  = 5
	levelClasses = 10
	unaryLength  = 14
)

// blockModel is what is known about the blocks of light, or of colour.
type blockModel struct {
	last  [countClasses][blockLen * blockLen]prob
	zero  [blockLen * blockLen][sizeClasses]prob
	level [levelClasses][sizeClasses][unaryLength + 1]prob
	sign  [blockLen * blockLen]prob
	dc    [sizeClasses][unaryLength + 1]prob
	dcNeg [3]prob
	high  [2][16]prob
}

func (m *blockModel) reset() {
	for i := range m.last {
		evenAll(m.last[i][:])
	}
	for i := range m.zero {
		evenAll(m.zero[i][:])
	}
	for i := range m.level {
		for j := range m.level[i] {
			evenAll(m.level[i][j][:])
		}
	}
	for i := range m.dc {
		evenAll(m.dc[i][:])
	}
	for i := range m.high {
		evenAll(m.high[i][:])
	}
	evenAll(m.sign[:])
	evenAll(m.dcNeg[:])
}

func evenAll(p []prob) {
	for i := range p {
		p[i] = even()
	}
}

func (p *photos) reset() {
	p.kind[0].reset()
	p.kind[1].reset()
}

// rect codes the rectangle r of pix, BGRA in rows of stride bytes: the source
// while encoding, the place to paint while decoding. It stops early when a
// decoder has nothing left to read.
func (p *photos) rect(c *coder, pix []byte, stride int, r image.Rectangle, quality int) {
	p.steps.set(quality)
	if c.decoding {
		shapeYCbCr(&p.picture, padded(r.Size(), photoSide))
	} else {
		toYCbCr(&p.picture, pix, stride, r, photoSide)
	}
	p.open(p.picture.Rect.Dx() / photoSide)
	for y := 0; y < p.picture.Rect.Dy(); y += photoSide {
		if c.decoding && c.starved() {
			break
		}
		p.row(c, y)
	}
	if c.decoding {
		paintPhoto(pix, stride, r, &p.picture)
	}
}

// open forgets the neighbours of the last rectangle; this one is n squares
// wide.
func (p *photos) open(n int) {
	for i, wide := range [3]int{2 * n, n, n} {
		if cap(p.above[i]) < wide {
			p.above[i] = make([]traces, wide)
		}
		p.above[i] = p.above[i][:wide]
		clear(p.above[i])
	}
}

// row codes the squares whose upper edge is y.
func (p *photos) row(c *coder, y int) {
	img := &p.picture
	for half := range 2 {
		p.left[0] = traces{}
		for x := range img.Rect.Dx() / blockLen {
			p.block(c, 0, x, img.Y[(y+half*blockLen)*img.YStride+x*blockLen:], img.YStride)
		}
	}
	p.left[1], p.left[2] = traces{}, traces{}
	for x := range img.Rect.Dx() / photoSide {
		at := y/2*img.CStride + x*blockLen
		p.block(c, 1, x, img.Cb[at:], img.CStride)
		p.block(c, 2, x, img.Cr[at:], img.CStride)
	}
}

// block codes one block of component i, the x-th of its row.
func (p *photos) block(c *coder, i, x int, at []byte, stride int) {
	kind := min(i, 1)
	var b block
	var last int
	if !c.decoding {
		last = p.steps.quantise(&b, kind, at, stride)
	}
	above, left := &p.above[i][x], &p.left[i]
	last = p.kind[kind].code(c, &b, last, above, left)
	*left = *above // code has left the block's own traces there
	if c.decoding {
		step := &p.steps.step[kind]
		for k := range last + 1 {
			z := zigzag[k&63]
			b[z] *= step[z]
		}
		backward(&b, last)
		paintBlock(at, stride, &b)
	}
}

// less is how much less than a half a coefficient may round up from: small
// ones cost more bits than they are worth.
const less = 0.1

// quantise transforms a block and returns the zigzag index of the last
// coefficient that is not zero.
func (q *quantiser) quantise(b *block, kind int, at []byte, stride int) (last int) {
	var f [blockLen * blockLen]float32
	for y := range blockLen {
		row := at[y*stride:][:blockLen]
		for x, v := range row {
			f[y*blockLen+x] = float32(int(v) - 128)
		}
	}
	forward(&f)
	inverse := &q.inverse[kind]
	b[0] = int32(math.Floor(float64(f[0]*inverse[0]) + 0.5))
	for k := 1; k < len(zigzag); k++ {
		z := zigzag[k&63] & 63
		v := f[z] * inverse[z]
		switch {
		case v >= 0.5+less:
			b[z], last = int32(v+0.5-less), k
		case v <= -0.5-less:
			b[z], last = -int32(-v+0.5-less), k
		}
	}
	return last
}

// paintBlock writes samples kept in 0 to 255.
func paintBlock(at []byte, stride int, b *block) {
	for y := range blockLen {
		row := at[y*stride:][:blockLen]
		for x := range row {
			row[x] = byte(min(max(b[y*blockLen+x]+128, 0), 255))
		}
	}
}

// code codes the quantised block b and leaves its traces in above. last is
// the zigzag index of its last coefficient that is not zero; what was coded
// is returned.
func (m *blockModel) code(c *coder, b *block, last int, above, left *traces) int {
	m.codeDC(c, b, above, left)
	last = m.codeLast(c, last, above, left)
	count := int32(0)
	for k := 1; k <= last; k++ {
		z := zigzag[k&63] & 63
		near := sizeClass(uint32(left.size[k]) + uint32(above.size[k]))
		if k < last && !c.bit(&m.zero[k][near], b[z] != 0) {
			above.size[k] = 0
			continue
		}
		v := m.codeLevel(c, b[z], k, near)
		b[z] = v
		above.size[k] = uint8(min(max(v, -v), 255))
		count++
	}
	clear(above.size[last+1:])
	above.dc, above.count, above.known = b[0], count, true
	return last
}

// farApart is how different unknown neighbours are taken to be.
const farApart = 6

// codeDC codes the mean of a block by its distance from its neighbours'.
func (m *blockModel) codeDC(c *coder, b *block, above, left *traces) {
	guess, spread := int32(0), uint32(farApart)
	switch {
	case above.known && left.known:
		guess = (above.dc + left.dc + 1) >> 1
		spread = uint32(max(above.dc-left.dc, left.dc-above.dc)) / 4
	case above.known:
		guess, spread = above.dc, farApart
	case left.known:
		guess, spread = left.dc, farApart
	}
	near := sizeClass(spread)
	v := m.codeSize(c, m.dc[near][:], uint32(max(b[0]-guess, guess-b[0])), 0)
	if v == 0 {
		b[0] = guess
		return
	}
	if c.bit(&m.dcNeg[min(near, 2)], b[0] < guess) {
		v = -v
	}
	b[0] = guess + v
}

// codeLast codes where the last coefficient is that is not zero.
func (m *blockModel) codeLast(c *coder, last int, above, left *traces) int {
	n := above.count + left.count
	if above.known != left.known {
		n *= 2
	}
	i := 0
	for n > 0 && i < countClasses-1 {
		n >>= 1
		i++
	}
	nodes, v := &m.last[i], 1
	for bit := 5; bit >= 0; bit-- {
		v <<= 1
		if c.bit(&nodes[v>>1], last>>bit&1 == 1) {
			v |= 1
		}
	}
	return v & 63
}

// codeLevel codes a coefficient that is not zero.
func (m *blockModel) codeLevel(c *coder, v int32, k int, near uint32) int32 {
	band := min((k+1)/2, levelClasses-1)
	size := m.codeSize(c, m.level[band][near][:], uint32(max(v, -v)-1), 1) + 1
	if c.bit(&m.sign[k], v < 0) {
		return -size
	}
	return size
}

// codeSize codes a number that is not negative: one decision for each step up
// to unaryLength, then how many bits the rest has, and those.
func (m *blockModel) codeSize(c *coder, unary []prob, v uint32, high int) int32 {
	for i := range uint32(unaryLength) {
		if !c.bit(&unary[i], v > i) {
			return int32(i)
		}
	}
	rest := v - unaryLength + 1
	n := 0
	for n < 15 && c.bit(&m.high[high][n], rest>>(n+1) != 0) {
		n++
	}
	out := uint32(1)
	for bit := n - 1; bit >= 0; bit-- {
		half := even()
		out <<= 1
		if c.bit(&half, rest>>bit&1 == 1) {
			out |= 1
		}
	}
	return int32(out + unaryLength - 1)
}

// sizeClass sorts a size into one of sizeClasses.
func sizeClass(v uint32) uint32 {
	switch {
	case v < 3:
		return v
	case v < 6:
		return 3
	}
	return 4
}

// paintPhoto writes photo as BGRA into the rectangle r of pix.
func paintPhoto(pix []byte, stride int, r image.Rectangle, photo *image.YCbCr) {
	at := photo.Rect.Min
	for y := range r.Dy() {
		row := pix[(r.Min.Y+y)*stride+4*r.Min.X:][:4*r.Dx()]
		light := photo.Y[photo.YOffset(at.X, at.Y+y):][:r.Dx()]
		for x, l := range light {
			c := photo.COffset(at.X+x, at.Y+y)
			binary.LittleEndian.PutUint32(row[4*x:], bgra(int32(l), int32(photo.Cb[c])-128, int32(photo.Cr[c])-128))
		}
	}
}

// bgra converts a colour of JFIF (ITU-T T.871 §7), in 1/65536.
func bgra(y, cb, cr int32) uint32 {
	y = y<<16 + 1<<15
	red, green, blue := y+91881*cr, y-22554*cb-46802*cr, y+116130*cb
	return clamp(blue) | clamp(green)<<8 | clamp(red)<<16 | 0xff<<24
}

// clamp returns the whole part of v, kept in 0 to 255.
func clamp(v int32) uint32 {
	switch {
	case uint32(v)>>24 == 0:
		return uint32(v) >> 16
	case v < 0:
		return 0
	}
	return 255
}
