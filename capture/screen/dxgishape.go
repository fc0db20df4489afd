package screen

import (
	"image"

	"lotse/capture"
)

// maxShape is how many bytes of a pointer's picture are read: those of the
// largest one in colour.
const maxShape = 4 * capture.MaxCursor * capture.MaxCursor

// pointerShape reads a pointer's picture as Desktop Duplication gives it.
// What makes no sense or is larger than capture.MaxCursor is nil.
func pointerShape(info dxgiShapeInfo, b []byte) *capture.CursorShape {
	size, row := image.Pt(int(info.width), int(info.height)), 4*int(info.width)
	if info.kind == shapeMonochrome { // two masks, one above the other
		size.Y, row = int(info.height/2), (int(info.width)+7)/8
	}
	rows := size.Y
	if info.kind == shapeMonochrome {
		rows *= 2
	}
	if size.X <= 0 || size.Y <= 0 || size.X > capture.MaxCursor || size.Y > capture.MaxCursor {
		return nil
	}
	if int(info.pitch) < row || len(b) < int(info.pitch)*(rows-1)+row {
		return nil
	}
	out := &capture.CursorShape{W: size.X, H: size.Y, Hot: image.Pt(
		min(max(int(info.hotX), 0), size.X-1), min(max(int(info.hotY), 0), size.Y-1))}
	switch info.kind {
	case shapeMonochrome:
		out.Pix = monochrome(spread(b, int(info.pitch), image.Pt(size.X, rows)), size)
	case shapeColour:
		out.Pix = packed(b, int(info.pitch), size)
	case shapeMasked:
		out.Pix = masked(packed(b, int(info.pitch), size))
	default:
		return nil
	}
	return out
}

// spread makes black and white BGRA of a picture of one bit a pixel, the
// highest bit of a byte first.
func spread(b []byte, pitch int, size image.Point) []byte {
	out := make([]byte, 0, 4*size.X*size.Y)
	for y := range size.Y {
		for x := range size.X {
			v := byte(0)
			if b[y*pitch+x/8]&(0x80>>(x%8)) != 0 {
				v = 255
			}
			out = append(out, v, v, v, 255)
		}
	}
	return out
}

// packed copies BGRA out of rows of pitch bytes.
func packed(b []byte, pitch int, size image.Point) []byte {
	out := make([]byte, 0, 4*size.X*size.Y)
	for y := range size.Y {
		out = append(out, b[y*pitch:y*pitch+4*size.X]...)
	}
	return out
}

// masked gives BGRA whose alpha is a mask a real one, in place. Under a mask
// of 0 the colour replaces the screen; else it is combined with it by
// exclusive or: black keeps the screen, and what would be inverted is drawn
// black as in monochrome.
func masked(pix []byte) []byte {
	for i := 0; i+3 < len(pix); i += 4 {
		switch keeps := pix[i] == 0 && pix[i+1] == 0 && pix[i+2] == 0; {
		case pix[i+3] == 0:
			pix[i+3] = 255
		case keeps:
			pix[i+3] = 0
		default:
			pix[i], pix[i+1], pix[i+2], pix[i+3] = 0, 0, 0, 255
		}
	}
	return pix
}
