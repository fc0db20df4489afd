package codec

import (
	"encoding/binary"
	"image"
	"slices"
)

// The sizes of the tables that remember which colour stood in which
// neighbourhood, as powers of two. Together they take 0.7 MB, about what a
// core's own cache holds.
const (
	longBits  = 16
	shortBits = 14
	cacheBits = 8
)

// maxTrust is where counting how often a memory was right ends.
const maxTrust = 15

// memory is the colour that followed a wide neighbourhood last time. tag has
// the colour in its low 24 bits and eight bits of the neighbourhood's hash
// above; trust counts how often it was right in a row.
type memory struct{ tag, trust uint32 }

// pair is the last two colours that followed a narrow neighbourhood.
type pair struct{ first, second, trust uint32 }

// The candidates that are tried after the tables, in this order.
const (
	tryFirst = iota
	trySecond
	tryWest
	tryNorth
	tryNorthEast
	tryNorthWest
	tryOld
	tries
)

// model predicts colours from the four neighbours that are known and from
// what followed the same neighbours before; it keeps what it learned over
// rectangles and updates, so a glyph seen once costs little. Encoder and
// decoder hold one each and feed them the same pixels.
type model struct {
	long  [1 << longBits]memory
	short [1 << shortBits]pair
	cache [1 << cacheBits]uint32

	hit    [(maxTrust + 1) * 4 * 2 * 2 * 4]prob
	try    [tries][4 * 2 * 2 * 4]prob
	cached [4 * 4]prob
	slot   [256]prob
	delta  [3][4][256]prob

	// misses is how many of the last pixels in a row, at most three, were
	// found nowhere: we are inside a photograph.
	misses uint32
}

// reset forgets everything.
func (m *model) reset() {
	clear(m.long[:])
	clear(m.short[:])
	clear(m.cache[:])
	m.misses = 0
	for i := range m.hit {
		m.hit[i] = even()
	}
	for i := range m.try {
		for j := range m.try[i] {
			m.try[i][j] = even()
		}
	}
	for i := range m.cached {
		m.cached[i] = even()
	}
	for i := range m.slot {
		m.slot[i] = even()
	}
	for i := range m.delta {
		for j := range m.delta[i] {
			for k := range m.delta[i][j] {
				m.delta[i][j][k] = even()
			}
		}
	}
}

// rect codes the pixels of r. pix holds rows of BGRA with stride bytes: the
// source while encoding, the place to paint while decoding. It stops early
// when a decoder has nothing left to read.
func (m *model) rect(c *coder, p *plane, pix []byte, stride int, r image.Rectangle) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		if c.decoding && c.starved() {
			return
		}
		m.row(c, p, pix[y*stride+4*r.Min.X:y*stride+4*r.Max.X], r.Min.X, y)
	}
}

func (m *model) row(c *coder, p *plane, pix []byte, x, y int) {
	n := len(pix) / 4
	at := p.index(x, y) - margin
	row := p.px[at : at+n+margin]
	up := p.px[at-p.stride : at-p.stride+n+2*margin]
	top := p.px[at-2*p.stride : at-2*p.stride+n+2*margin]
	near := around{w: row[1], ww: row[0], n: up[2], nw: up[1]}
	for i := range n {
		near.ne, near.nn, near.old = up[i+3], top[i+2], row[i+2]
		var v uint32
		if !c.decoding {
			v = binary.LittleEndian.Uint32(pix[4*i:]) & 0xffffff
		}
		v = m.pixel(c, v, &near)
		if c.decoding {
			binary.LittleEndian.PutUint32(pix[4*i:], v|0xff<<24)
		}
		row[i+2] = v
		near.ww, near.w, near.nw, near.n = near.w, v, near.n, near.ne
	}
}

// around is what is known near a pixel: the colours west, north and so on,
// two west, two north, and what stood at its own place before.
type around struct{ w, ww, n, nw, ne, nn, old uint32 }

func bool2(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// wide and narrow are hashes (multiplication by odd constants; the upper bits
// are the good ones).
func (a *around) wide() uint64 {
	h := uint64(a.w)*0x9e3779b97f4a7c15 + uint64(a.n)*0xc2b2ae3d27d4eb4f + uint64(a.nw)*0x165667b19e3779f9 +
		uint64(a.ne)*0xd6e8feb86659fd93 + uint64(a.ww)*0xa0761d6478bd642f + uint64(a.nn)*0xe7037ed1a0b428db
	return (h ^ h>>29) * 0x8ebc6af09c88c6e3
}

func (a *around) narrow() uint64 {
	h := uint64(a.w)*0x9e3779b97f4a7c15 + uint64(a.n)*0xc2b2ae3d27d4eb4f
	return (h ^ h>>29) * 0x8ebc6af09c88c6e3
}

// pixel codes one colour and learns it.
func (m *model) pixel(c *coder, v uint32, a *around) uint32 {
	h := a.wide()
	long := &m.long[h>>(64-longBits)]
	check := uint32(h>>(56-longBits)) << 24
	short := &m.short[a.narrow()>>(64-shortBits)]
	flat := bool2(a.w == a.n && a.n == a.nw && a.n == a.ne)
	if long.tag&(0xff<<24) == check && long.trust > 0 {
		guess := long.tag & 0xffffff
		i := ((long.trust*4+min(short.trust, 3))*2+bool2(guess == short.first))*2 + flat
		if c.bit(&m.hit[i*4+m.misses], v == guess) {
			if long.trust < maxTrust {
				long.trust++
			}
			short.learn(guess)
			m.misses = 0
			return guess
		}
		v = m.seek(c, v, guess, short, a)
		m.correct(long, check, v)
		return v
	}
	v = m.seek(c, v, unknown, short, a)
	m.correct(long, check, v)
	return v
}

// correct replaces a memory that was wrong, unless it was right often. A
// photograph does not wash out what is known about text.
func (m *model) correct(long *memory, check, v uint32) {
	switch {
	case long.tag&(0xff<<24) == check && long.trust > 4:
		long.trust >>= 2
	case m.misses < 3:
		*long = memory{check | v, 1}
	}
}

func (s *pair) learn(v uint32) {
	switch v {
	case s.first:
		if s.trust < maxTrust {
			s.trust++
		}
	default:
		s.first, s.second, s.trust = v, s.first, 0
	}
}

// seek codes a colour that is not wrong, the long memory's guess.
func (m *model) seek(c *coder, v, wrong uint32, short *pair, a *around) uint32 {
	guesses := [tries]uint32{short.first, short.second, a.w, a.n, a.ne, a.nw, a.old}
	n := tries
	if m.misses == 3 {
		n = 1
	}
	ctx := ((min(short.trust, 3)*2+bool2(wrong == unknown))*2+bool2(a.w == a.n))*4 + m.misses
	for i, guess := range guesses[:n] {
		if guess == wrong || guess == unknown || slices.Contains(guesses[:i], guess) {
			continue
		}
		if c.bit(&m.try[i][ctx], v == guess) {
			short.learn(guess)
			m.misses = 0
			return guess
		}
	}
	v = m.literal(c, v, a)
	if m.misses < 3 {
		short.learn(v)
		m.misses++
	}
	return v
}

// literal codes a colour from the recent ones, or by its distance from a
// prediction.
func (m *model) literal(c *coder, v uint32, a *around) uint32 {
	slot := v * 0x9e3779b1 >> (32 - cacheBits)
	if c.bit(&m.cached[m.misses], m.cache[slot] == v) {
		return m.cache[c.tree(&m.slot, slot)]
	}
	v = m.distance(c, v, a)
	m.cache[v*0x9e3779b1>>(32-cacheBits)] = v
	return v
}

// distance codes green, then blue and red by how far they are from a
// prediction that follows green's error.
func (m *model) distance(c *coder, v uint32, a *around) uint32 {
	class := activity(a)
	pg := gradient(a, 8)
	dg := c.tree(&m.delta[0][class], (v>>8-pg)&0xff)
	g := (pg + dg) & 0xff
	class = size(dg)
	pb := gradient(a, 0) + dg
	b := (pb + c.tree(&m.delta[1][class], (v-pb)&0xff)) & 0xff
	pr := gradient(a, 16) + dg
	r := (pr + c.tree(&m.delta[2][class], (v>>16-pr)&0xff)) & 0xff
	return r<<16 | g<<8 | b
}

// gradient predicts the channel at shift as west + north − north-west, kept
// between west and north (the median of ITU-T T.87 §A.4.2).
func gradient(a *around, shift uint) uint32 {
	w, n, nw := a.w>>shift&0xff, a.n>>shift&0xff, a.nw>>shift&0xff
	lo, hi := min(w, n), max(w, n)
	switch {
	case nw >= hi:
		return lo
	case nw <= lo:
		return hi
	}
	return w + n - nw
}

// activity is how much green changes around the pixel, in four classes.
func activity(a *around) uint32 {
	w, n, nw := int(a.w>>8&0xff), int(a.n>>8&0xff), int(a.nw>>8&0xff)
	d := max(w-nw, nw-w) + max(n-nw, nw-n)
	switch {
	case d < 4:
		return 0
	case d < 16:
		return 1
	case d < 48:
		return 2
	}
	return 3
}

// size is how large an error modulo 256 is, in four classes.
func size(d uint32) uint32 {
	if d > 128 {
		d = 256 - d
	}
	switch {
	case d == 0:
		return 0
	case d < 3:
		return 1
	case d < 10:
		return 2
	}
	return 3
}
