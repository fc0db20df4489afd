package screen

import (
	"bytes"
	"image"

	"lotse/capture"
)

// straighten turns premultiplied BGRA, which macOS draws, into straight alpha.
func straighten(pix []byte) {
	for i := 0; i+3 < len(pix); i += 4 {
		a := int(pix[i+3])
		if a == 0 || a == 255 {
			continue
		}
		for c := i; c < i+3; c++ {
			pix[c] = byte(min(255, (int(pix[c])*255+a/2)/a))
		}
	}
}

// same reports whether two shapes look the same.
func same(a, b *capture.CursorShape) bool {
	return a == b || a != nil && b != nil && a.W == b.W && a.H == b.H && a.Hot == b.Hot && bytes.Equal(a.Pix, b.Pix)
}

// arrow returns a plain pointer: black with a white edge. It stands for the
// real one until that was read.
func arrow() *capture.CursorShape {
	rows := []string{
		"o",
		"oo",
		"o#o",
		"o##o",
		"o###o",
		"o####o",
		"o#####o",
		"o######o",
		"o#######o",
		"o########o",
		"o#####ooooo",
		"o##o##o",
		"o#o o##o",
		"oo  o##o",
		"o    o##o",
		"     o##o",
		"      oo",
	}
	s := &capture.CursorShape{W: 11, H: len(rows), Hot: image.Pt(0, 0)}
	s.Pix = make([]byte, 4*s.W*s.H)
	for y, row := range rows {
		for x, c := range []byte(row) {
			at := s.Pix[4*(y*s.W+x):]
			switch c {
			case 'o':
				at[0], at[1], at[2], at[3] = 255, 255, 255, 255
			case '#':
				at[3] = 255
			}
		}
	}
	return s
}
