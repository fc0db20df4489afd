package cpace

import "filippo.io/edwards25519/field"

// montgomeryA is the coefficient of Curve25519: y² = x³ + A·x² + x.
const montgomeryA = 486662

// elligator2 maps 32 uniform bytes to the u-coordinate of a point on
// Curve25519 in constant time (draft section 7.1, after Bernstein, Hamburg,
// Krasnova, Lange 2013, with the non-square 2):
//
//	v = -A / (1 + 2·r²)
//	x = v       if v³ + A·v² + v is a square
//	    -v - A  otherwise
//
// The top bit is ignored, as decodeUCoordinate does.
func elligator2(in [PointSize]byte) [PointSize]byte {
	one := new(field.Element).One()
	a := new(field.Element).Mult32(one, montgomeryA)

	r, err := new(field.Element).SetBytes(in[:])
	if err != nil {
		panic("cpace: a field element has 32 bytes") // the argument has
	}
	d := new(field.Element).Square(r)
	d.Add(d, d)
	d.Add(d, one) // 1 + 2r² is never zero: -1/2 is not a square
	d.Invert(d)

	v := new(field.Element).Multiply(a, d)
	v.Negate(v)

	e := new(field.Element).Add(v, a) // ((v + A)·v + 1)·v
	e.Multiply(e, v)
	e.Add(e, one)
	e.Multiply(e, v)
	_, square := new(field.Element).SqrtRatio(e, one)

	other := new(field.Element).Add(v, a)
	other.Negate(other)
	x := new(field.Element).Select(v, other, square)
	return [PointSize]byte(x.Bytes())
}
