package codec

// The discrete cosine transform of 8 × 8 samples (ITU-T T.81 §A.3.3). Forward
// it is done with fractions; backward, where both sides must agree, with whole
// numbers.

// blockLen is the side of a transformed block in samples.
const blockLen = 8

// block is a block row by row: samples less 128, or coefficients.
type block [blockLen * blockLen]int32

// cosines of k·π/16.
const (
	cos1 = 0.98078528040323044913
	cos2 = 0.92387953251128675613
	cos3 = 0.83146961230254523708
	cos4 = 0.70710678118654752440
	cos5 = 0.55557023301960222474
	cos6 = 0.38268343236508977173
	cos7 = 0.19509032201612826785
)

// forward transforms b without the constant factor of each coefficient, which
// quantisation has.
func forward(b *[blockLen * blockLen]float32) {
	for y := 0; y < len(b); y += blockLen {
		r := b[y : y+8 : y+8]
		r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7] = forward8(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7])
	}
	for x := range blockLen {
		c := b[x:]
		c = c[:57]
		c[0], c[8], c[16], c[24], c[32], c[40], c[48], c[56] = forward8(c[0], c[8], c[16], c[24], c[32], c[40], c[48], c[56])
	}
}

// forward8 is the transform in one dimension, without the factors of forward.
func forward8(a, b, c, d, e, f, g, h float32) (x0, x1, x2, x3, x4, x5, x6, x7 float32) {
	s0, d0, s1, d1 := a+h, a-h, b+g, b-g
	s2, d2, s3, d3 := c+f, c-f, d+e, d-e
	t0, t3, t1, t2 := s0+s3, s0-s3, s1+s2, s1-s2
	return t0 + t1,
		d0*cos1 + d1*cos3 + d2*cos5 + d3*cos7,
		t3*cos2 + t2*cos6,
		d0*cos3 - d1*cos7 - d2*cos1 - d3*cos5,
		t0 - t1,
		d0*cos5 - d1*cos1 + d2*cos7 + d3*cos3,
		t3*cos6 - t2*cos2,
		d0*cos7 - d1*cos5 + d2*cos3 - d3*cos1
}

// factor is what forward8 leaves to be multiplied, in one dimension.
func factor(i int) float32 {
	if i%4 == 0 {
		return cos4 / 2 // x0 for its mean, x4 for the cosine left out
	}
	return 0.5
}

// fraction is the precision of the whole-number cosines in bits, carry how
// many of them the first pass keeps.
const (
	fraction = 12
	carry    = 3
)

// cosine n, in 1/4096: fix(cos1) and so on.
const (
	fix1 = 4017
	fix2 = 3784
	fix3 = 3406
	fix4 = 2896
	fix5 = 2276
	fix6 = 1567
	fix7 = 799
)

// backward transforms the coefficients b into samples less 128, not yet kept
// in range. last is the zigzag index of the last coefficient that is not zero.
func backward(b *block, last int) {
	if last == 0 {
		v := (b[0]*fix4>>(fraction-carry)*fix4 + 1<<(fraction+carry+1)) >> (fraction + carry + 2)
		for i := range b {
			b[i] = v
		}
		return
	}
	for x := range blockLen {
		c := b[x:]
		c = c[:57]
		if c[8]|c[16]|c[24]|c[32]|c[40]|c[48]|c[56] == 0 {
			v := c[0] * fix4 >> (fraction - carry)
			c[0], c[8], c[16], c[24], c[32], c[40], c[48], c[56] = v, v, v, v, v, v, v, v
			continue
		}
		p := [8]int32{c[0], c[8], c[16], c[24], c[32], c[40], c[48], c[56]}
		backward8(&p, 0, fraction-carry)
		c[0], c[8], c[16], c[24], c[32], c[40], c[48], c[56] = p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]
	}
	for y := 0; y < len(b); y += blockLen {
		backward8((*[8]int32)(b[y:y+8]), 1<<(fraction+carry+1), fraction+carry+2)
	}
}

// backward8 is the transform in one dimension; round is added before the
// result is shifted right.
func backward8(p *[8]int32, round int32, shift uint) {
	a0, a1 := (p[0]+p[4])*fix4+round, (p[0]-p[4])*fix4+round
	a2, a3 := p[2]*fix2+p[6]*fix6, p[2]*fix6-p[6]*fix2
	e0, e1, e2, e3 := a0+a2, a1+a3, a1-a3, a0-a2
	o0 := p[1]*fix1 + p[3]*fix3 + p[5]*fix5 + p[7]*fix7
	o1 := p[1]*fix3 - p[3]*fix7 - p[5]*fix1 - p[7]*fix5
	o2 := p[1]*fix5 - p[3]*fix1 + p[5]*fix7 + p[7]*fix3
	o3 := p[1]*fix7 - p[3]*fix5 + p[5]*fix3 - p[7]*fix1
	p[0], p[7] = (e0+o0)>>shift, (e0-o0)>>shift
	p[1], p[6] = (e1+o1)>>shift, (e1-o1)>>shift
	p[2], p[5] = (e2+o2)>>shift, (e2-o2)>>shift
	p[3], p[4] = (e3+o3)>>shift, (e3-o3)>>shift
}

// zigzag is the order in which coefficients are coded, from coarse to fine
// (T.81 figure A.6).
const zigzag = "" +
	"\x00\x01\x08\x10\x09\x02\x03\x0a\x11\x18\x20\x19\x12\x0b\x04\x05" +
	"\x0c\x13\x1a\x21\x28\x30\x29\x22\x1b\x14\x0d\x06\x07\x0e\x15\x1c" +
	"\x23\x2a\x31\x38\x39\x32\x2b\x24\x1d\x16\x0f\x17\x1e\x25\x2c\x33" +
	"\x3a\x3b\x34\x2d\x26\x1f\x27\x2e\x35\x3c\x3d\x36\x2f\x37\x3e\x3f"

// coarseLight and coarseColour are how coarse the coefficients are at quality
// 50, row by row (T.81 tables K.1 and K.2).
const (
	coarseLight = "" +
		"\x10\x0b\x0a\x10\x18\x28\x33\x3d\x0c\x0c\x0e\x13\x1a\x3a\x3c\x37" +
		"\x0e\x0d\x10\x18\x28\x39\x45\x38\x0e\x11\x16\x1d\x33\x57\x50\x3e" +
		"\x12\x16\x25\x38\x44\x6d\x67\x4d\x18\x23\x37\x40\x51\x68\x71\x5c" +
		"\x31\x40\x4e\x57\x67\x79\x78\x65\x48\x5c\x5f\x62\x70\x64\x67\x63"
	coarseColour = "" +
		"\x11\x12\x18\x2f\x63\x63\x63\x63\x12\x15\x1a\x42\x63\x63\x63\x63" +
		"\x18\x1a\x38\x63\x63\x63\x63\x63\x2f\x42\x63\x63\x63\x63\x63\x63" +
		"\x63\x63\x63\x63\x63\x63\x63\x63\x63\x63\x63\x63\x63\x63\x63\x63" +
		"\x63\x63\x63\x63\x63\x63\x63\x63\x63\x63\x63\x63\x63\x63\x63\x63"
)

// quantiser holds the steps of one quality.
type quantiser struct {
	quality int
	// step is by which a coded number is multiplied, and what a coefficient
	// of forward is multiplied by to become one.
	step    [2]block
	inverse [2][blockLen * blockLen]float32
}

// set prepares q for a quality of 1 to 100, as libjpeg scales its tables.
func (q *quantiser) set(quality int) {
	if q.quality == quality {
		return
	}
	q.quality = quality
	scale := int32(200 - 2*quality)
	if quality < 50 {
		scale = int32(5000 / quality)
	}
	for c, table := range []string{coarseLight, coarseColour} {
		for i := range q.step[c] {
			q.step[c][i] = min(max((int32(table[i])*scale+50)/100, 1), 255)
			q.inverse[c][i] = factor(i%blockLen) * factor(i/blockLen) / float32(q.step[c][i])
		}
	}
}
