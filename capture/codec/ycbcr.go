package codec

import (
	"encoding/binary"
	"image"
)

// toYCbCr fills dst with the area r of pix, BGRA in rows of stride bytes. Both
// sides become multiples of side, which is even, by repeating the last column
// and row. It converts as JFIF says (ITU-T T.871 §7), and
// gives four pixels the mean of their colours.
func toYCbCr(dst *image.YCbCr, pix []byte, stride int, r image.Rectangle, side int) {
	size := padded(r.Size(), side)
	shapeYCbCr(dst, size)
	for y := 0; y < size.Y; y += 2 {
		upper := rowOf(pix, stride, r, min(y, r.Dy()-1))
		lower := rowOf(pix, stride, r, min(y+1, r.Dy()-1))
		light := dst.Y[y*dst.YStride:][:2*dst.YStride]
		convertRows(upper, lower, light[:size.X], light[dst.YStride:][:size.X],
			dst.Cb[y/2*dst.CStride:][:size.X/2], dst.Cr[y/2*dst.CStride:][:size.X/2])
	}
}

func shapeYCbCr(dst *image.YCbCr, size image.Point) {
	if dst.Rect.Size() == size {
		return
	}
	n := size.X * size.Y
	buf := make([]byte, n+n/2)
	*dst = image.YCbCr{
		Y: buf[:n:n], Cb: buf[n : n+n/4 : n+n/4], Cr: buf[n+n/4:],
		YStride: size.X, CStride: size.X / 2,
		SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: image.Rectangle{Max: size},
	}
}

// padded returns size with both sides made multiples of side.
func padded(size image.Point, side int) image.Point {
	return image.Pt((size.X+side-1)/side*side, (size.Y+side-1)/side*side)
}

func rowOf(pix []byte, stride int, r image.Rectangle, y int) []byte {
	at := (r.Min.Y+y)*stride + 4*r.Min.X
	return pix[at : at+4*r.Dx()]
}

// convertRows converts two rows of BGRA; the last pixel is repeated.
func convertRows(a, b, ya, yb, cb, cr []byte) {
	for i := range cb {
		at := min(8*i, len(a)-4)
		next := min(8*i+4, len(a)-4)
		p, q := binary.LittleEndian.Uint32(a[at:]), binary.LittleEndian.Uint32(a[next:])
		s, t := binary.LittleEndian.Uint32(b[at:]), binary.LittleEndian.Uint32(b[next:])
		ya[2*i], ya[2*i+1] = light(p), light(q)
		yb[2*i], yb[2*i+1] = light(s), light(t)
		blue := int32(p&0xff + q&0xff + s&0xff + t&0xff)
		green := int32(p>>8&0xff + q>>8&0xff + s>>8&0xff + t>>8&0xff)
		red := int32(p>>16&0xff + q>>16&0xff + s>>16&0xff + t>>16&0xff)
		// in 1/65536, of sums of four
		const half = 128<<18 + 1<<17 - 1
		cb[i] = byte((32768*blue - 11059*red - 21709*green + half) >> 18)
		cr[i] = byte((32768*red - 27439*green - 5329*blue + half) >> 18)
	}
}

// light is the luma of a pixel.
func light(v uint32) byte {
	return byte((7471*(v&0xff) + 38470*(v>>8&0xff) + 19595*(v>>16&0xff) + 1<<15) >> 16)
}
