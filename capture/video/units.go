package video

import (
	"bytes"
	"fmt"
	"image"
)

// gate lets through what our own encoder writes and nothing else: a sequence
// parameter set, a picture parameter set and one whole intra picture first,
// one whole predicted picture each time from then on (ITU-T H.264 §7.3 and
// Annex B). A decoder never sees parameters change, nor any of the kinds of
// units in which its errors were found.
type gate struct {
	size   image.Point
	begun  bool
	broken bool
}

// The kinds of units that pass (H.264 table 7-1).
const (
	unitPicture   = 1
	unitIntra     = 5
	unitSequence  = 7
	unitPicturePS = 8
)

// pass returns ErrStream for a unit that is not let through, and for all that
// follow it.
func (g *gate) pass(unit []byte) error {
	if g.broken {
		return fmt.Errorf("%w: after a broken one", ErrStream)
	}
	g.broken = true
	if len(unit) > maxUnit {
		return fmt.Errorf("%w: %d bytes", ErrStream, len(unit))
	}
	want := []byte{unitPicture}
	if !g.begun {
		want = []byte{unitSequence, unitPicturePS, unitIntra}
	}
	parts, ok := split(unit, len(want))
	if !ok || len(parts) != len(want) {
		return fmt.Errorf("%w: %d parts, want %d", ErrStream, len(parts), len(want))
	}
	for i, part := range parts {
		if !g.part(part, want[i]) {
			return fmt.Errorf("%w: part %d", ErrStream, i)
		}
	}
	g.begun, g.broken = true, false
	return nil
}

// split takes a unit apart at its start codes, into at most limit parts.
func split(unit []byte, limit int) (parts [][]byte, ok bool) {
	code := []byte{0, 0, 0, 1}
	rest, ok := bytes.CutPrefix(unit, code)
	for ok && len(parts) < limit {
		part, next, more := bytes.Cut(rest, code)
		if len(part) < 2 || bytes.Contains(part, code[1:]) || bytes.Contains(part, code[:3]) {
			return parts, false
		}
		parts = append(parts, part)
		if !more {
			return parts, true
		}
		rest = next
	}
	return parts, false
}

// part checks one unit of the stream against the kind it has to be.
func (g *gate) part(b []byte, want byte) bool {
	const forbidden, priority = 0x80, 0x60
	if b[0]&forbidden != 0 || b[0]&priority == 0 || b[0]&0x1f != want {
		return false
	}
	r := &bitReader{b: unescape(b[1:], maxHead)}
	switch want {
	case unitSequence:
		return len(b) <= maxHead && g.sequence(r) && r.end()
	case unitPicturePS:
		return len(b) <= maxHead && picture(r) && r.end()
	}
	return slice(r, want == unitIntra)
}

// maxHead is how long parameters may be, and how much of a picture is looked
// at, in bytes.
const maxHead = 64

// unescape takes the bytes out that keep start codes from appearing (§7.4.1),
// from the first limit bytes.
func unescape(b []byte, limit int) []byte {
	b = b[:min(len(b), limit)]
	out := make([]byte, 0, len(b))
	zeros := 0
	for _, v := range b {
		if zeros >= 2 && v == 3 {
			zeros = 0
			continue
		}
		if v == 0 {
			zeros++
		} else {
			zeros = 0
		}
		out = append(out, v)
	}
	return out
}

// baseline is the profile, and the flags that say that nothing of more is
// used (§A.2.1).
const (
	baseline    = 66
	constrained = 0xc0
	maxLevel    = 52
)

// sequence checks a sequence parameter set (§7.3.2.1.1).
func (g *gate) sequence(r *bitReader) bool {
	if r.bits(8) != baseline || r.bits(8) != constrained || r.bits(8) > maxLevel {
		return false
	}
	const maxLog = 12
	if r.number(0) != 0 || r.number(maxLog) < 0 { // its number; the frame counter's size
		return false
	}
	switch r.number(2) { // how pictures are ordered
	case 0:
		r.number(maxLog)
	case 2:
	default:
		return false
	}
	if r.number(1) != 1 || r.bits(1) != 0 { // one reference, no gaps
		return false
	}
	const maxBlocks = maxSide / 16
	wide, high := 16*(r.number(maxBlocks)+1), 16*(r.number(maxBlocks)+1)
	if r.bits(1) != 1 { // whole frames
		return false
	}
	r.bits(1)
	if r.bits(1) == 1 { // cropping, in two pixels
		const most = 7
		wide -= 2 * (r.number(most) + r.number(most))
		high -= 2 * (r.number(most) + r.number(most))
	}
	return image.Pt(wide, high) == g.size && usability(r)
}

// usability checks the part of a sequence parameter set that may only say how
// far the stream reaches (§E.1.1).
func usability(r *bitReader) bool {
	if r.bits(1) == 0 {
		return true
	}
	const told = 8 // shape, overscan, signal, place of colour, timing, two buffers, structure
	if r.bits(told) != 0 {
		return false
	}
	if r.bits(1) == 0 {
		return true
	}
	const most = 16
	r.bits(1)
	for range 4 {
		r.number(most)
	}
	return r.number(0) == 0 && r.number(1) >= 0
}

// picture checks a picture parameter set (§7.3.2.2).
func picture(r *bitReader) bool {
	if !r.nothing(2) || r.bits(2) != 0 { // the numbers; no arithmetic coder, no fields
		return false
	}
	if !r.nothing(3) { // one group of slices, one reference each
		return false
	}
	if r.bits(3) != 0 { // no weights
		return false
	}
	const most = 104
	for range 3 {
		r.number(most)
	}
	r.bits(1) // how edges are smoothed
	return r.bits(2) == 0
}

// slice checks how a picture begins (§7.3.3): at its first block, all of one
// kind.
func slice(r *bitReader, intra bool) bool {
	const predicted, whole, all = 0, 2, 5
	if r.number(0) != 0 {
		return false
	}
	kind := r.number(9) % all
	if r.number(0) != 0 || r.bad {
		return false
	}
	return kind == whole || kind == predicted && !intra
}

// bitReader reads bits and Exp-Golomb numbers (§9.1); after the first failure
// it is bad.
type bitReader struct {
	b   []byte
	at  int
	bad bool
}

func (r *bitReader) bits(n int) int {
	out := 0
	for range n {
		if r.at >= 8*len(r.b) {
			r.bad = true
			return -1
		}
		out = out<<1 | int(r.b[r.at/8]>>(7-r.at%8)&1)
		r.at++
	}
	return out
}

// number reads a number of at most limit and returns -1 for any other.
func (r *bitReader) number(limit int) int {
	zeros := 0
	for r.bits(1) == 0 {
		zeros++
	}
	const most = 16
	if r.bad || zeros > most {
		r.bad = true
		return -1
	}
	v := 1<<zeros - 1 + r.bits(zeros)
	if r.bad || v > limit {
		r.bad = true
		return -1
	}
	return v
}

// nothing reads n numbers and reports whether all are zero.
func (r *bitReader) nothing(n int) bool {
	for range n {
		r.number(0)
	}
	return !r.bad
}

// end reports whether nothing but the closing bit is left.
func (r *bitReader) end() bool {
	if r.bad || r.bits(1) != 1 {
		return false
	}
	for r.at%8 != 0 {
		if r.bits(1) != 0 {
			return false
		}
	}
	return r.at == 8*len(r.b)
}
