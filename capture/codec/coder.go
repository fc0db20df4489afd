package codec

import "fmt"

// prob is how likely a decision is yes, in 1/65536, as the mean of a learner
// that adapts within about 16 decisions and one that needs about 64.
type prob struct{ fast, slow uint16 }

const (
	fastShift = 4
	slowShift = 6
)

// even is the probability of a decision that nothing is known about.
func even() prob { return prob{1 << 15, 1 << 15} }

// coder is a binary arithmetic coder over 64 bit intervals without carries
// (M. Mahoney, "Adaptive Weighing of Context Models for Lossless Data
// Compression", Florida Tech CS-2005-16, §4). One type codes both ways, so
// that a model written over it once cannot disagree with itself.
type coder struct {
	low, high uint64
	decoding  bool
	// out is what was coded; encoding only.
	out []byte
	// in is what is decoded, next the place behind what code holds; past the
	// end there are zeros.
	in   []byte
	next int
	code uint64
	// broken says that no encoder writes what was decoded.
	broken bool
}

// tail is how many bytes code holds ahead of the interval.
const tail = 8

// encode makes c ready to append to out.
func (c *coder) encode(out []byte) { *c = coder{high: ^uint64(0), out: out} }

// decode makes c ready to read from in.
func (c *coder) decode(in []byte) {
	*c = coder{high: ^uint64(0), decoding: true, in: in}
	for range tail {
		c.pull()
	}
}

func (c *coder) pull() {
	c.code <<= 8
	if c.next < len(c.in) {
		c.code |= uint64(c.in[c.next])
	}
	c.next++
}

// bit codes yes with probability p, or returns what was coded. The value of
// yes means nothing while decoding.
func (c *coder) bit(p *prob, yes bool) bool {
	mid := c.low + (c.high-c.low)>>16*((uint64(p.fast)+uint64(p.slow))>>1)
	if c.decoding {
		yes = c.code <= mid
	}
	if yes {
		c.high = mid
		p.fast += (^p.fast) >> fastShift
		p.slow += (^p.slow) >> slowShift
	} else {
		c.low = mid + 1
		p.fast -= p.fast >> fastShift
		p.slow -= p.slow >> slowShift
	}
	if (c.low^c.high)>>56 == 0 {
		c.shift()
	} else if c.high-c.low < narrow {
		c.widen()
	}
	return yes
}

// narrow is the width below which an interval that spans a boundary is cut
// there, or it could get too narrow to tell decisions apart (the idea is that
// of D. Subbotin's carryless range coder, 1999).
const narrow = 1 << 32

// widen gives the part above the boundary away. No encoder names a value
// there afterwards.
func (c *coder) widen() {
	c.high = c.low | (narrow - 1)
	c.broken = c.broken || c.decoding && c.code > c.high
	c.shift()
}

// shift moves the bytes out that are certain.
func (c *coder) shift() {
	for (c.low^c.high)>>56 == 0 {
		if c.decoding {
			c.pull()
		} else {
			c.out = append(c.out, byte(c.high>>56))
		}
		c.low <<= 8
		c.high = c.high<<8 | 0xff
	}
}

// tree codes an 8 bit value from its highest bit down; nodes has 256 of them.
func (c *coder) tree(nodes *[256]prob, v uint32) uint32 {
	n := uint32(1)
	for i := 7; i >= 0; i-- {
		n <<= 1
		if c.bit(&nodes[n>>1], v>>i&1 == 1) {
			n |= 1
		}
	}
	return n & 0xff
}

// ending returns the fewest bytes that name a value inside the interval when
// zeros follow them.
func (c *coder) ending() []byte {
	if c.low == 0 {
		return nil
	}
	for k := 1; k < tail; k++ {
		mask := ^uint64(0) >> (8 * k)
		v := (c.low + mask) &^ mask
		if v >= c.low && v <= c.high {
			return bigEndian(v, k)
		}
	}
	return bigEndian(c.low, tail)
}

func bigEndian(v uint64, n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(v >> (56 - 8*i))
	}
	return out
}

// finish appends what the decoder needs to end with the same interval.
func (c *coder) finish() { c.out = append(c.out, c.ending()...) }

// spent is how many bytes were coded so far, give or take those in the
// interval.
func (c *coder) spent() int { return len(c.out) }

// starved says that more was decoded than there is, or nothing that makes
// sense.
func (c *coder) starved() bool { return c.broken || c.next-tail > len(c.in) }

// close checks that in holds what finish wrote for this interval and not a
// byte else.
func (c *coder) close() error {
	used := c.next - tail
	if c.starved() || string(c.in[used:]) != string(c.ending()) {
		return fmt.Errorf("%w: coded pixels end at the wrong place", ErrFormat)
	}
	return nil
}
