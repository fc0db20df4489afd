package codec

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
)

// JPEG markers (ITU-T T.81 table B.1).
const (
	markSOI  = 0xd8
	markEOI  = 0xd9
	markSOF0 = 0xc0
	markSOS  = 0xda
)

// maxTables is the longest JPEG beginning that is kept, in bytes; the
// standard tables need 623.
const maxTables = 1024

// tables is a JPEG up to its first scan. Every photo of one quality begins
// the same but for the size, so it travels once.
type tables struct {
	head []byte
	// size is where height and width stand in head.
	size int
}

// parseTables walks over the segments of b up to the start of the scan
// (T.81 §B.1.1.4) and returns how long that is.
func parseTables(b []byte) (t tables, n int, err error) {
	at := 2
	if len(b) < at || b[0] != 0xff || b[1] != markSOI {
		return t, 0, fmt.Errorf("%w: tables", ErrFormat)
	}
	for at+4 <= len(b) && b[at] == 0xff {
		mark, length := b[at+1], int(binary.BigEndian.Uint16(b[at+2:]))
		if length < 2 || at+2+length > len(b) {
			break
		}
		if mark == markSOF0 && length >= 8 && t.size == 0 {
			t.size = at + 5
		}
		at += 2 + length
		if mark == markSOS && t.size != 0 && at <= maxTables {
			t.head = b[:at:at]
			return t, at, nil
		}
	}
	return tables{}, 0, fmt.Errorf("%w: tables", ErrFormat)
}

// join makes a whole JPEG of w × h pixels.
func (t tables) join(scan []byte, w, h int) []byte {
	out := make([]byte, 0, len(t.head)+len(scan)+2)
	out = append(out, t.head...)
	binary.BigEndian.PutUint16(out[t.size:], uint16(h))
	binary.BigEndian.PutUint16(out[t.size+2:], uint16(w))
	return append(append(out, scan...), 0xff, markEOI)
}

// cut takes a whole JPEG apart into tables without a size and its scan.
func cut(whole []byte) (tables, []byte, error) {
	t, n, err := parseTables(whole)
	if err != nil {
		return tables{}, nil, err
	}
	clear(t.head[t.size : t.size+4])
	scan, ok := bytes.CutSuffix(whole[n:], []byte{0xff, markEOI})
	if !ok {
		return tables{}, nil, fmt.Errorf("%w: scan", ErrFormat)
	}
	return t, scan, nil
}

// decodePhoto decodes a JPEG that must have the size of r. Its size is
// checked before its pixels are allocated.
func (t tables) decodePhoto(scan []byte, r image.Rectangle) (*image.YCbCr, error) {
	if t.head == nil {
		return nil, fmt.Errorf("%w: photo without tables", ErrFormat)
	}
	whole := t.join(scan, r.Dx(), r.Dy())
	config, err := jpeg.DecodeConfig(bytes.NewReader(whole))
	if err != nil || config.Width != r.Dx() || config.Height != r.Dy() || config.ColorModel != color.YCbCrModel {
		return nil, fmt.Errorf("%w: photo", ErrFormat)
	}
	img, err := jpeg.Decode(bytes.NewReader(whole))
	if err != nil {
		return nil, fmt.Errorf("%w: photo: %w", ErrFormat, err)
	}
	photo, ok := img.(*image.YCbCr)
	if !ok || photo.Rect.Size() != r.Size() {
		return nil, fmt.Errorf("%w: photo", ErrFormat)
	}
	return photo, nil
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

// jpegWriter makes JPEGs of rectangles.
type jpegWriter struct {
	rgba image.RGBA
	out  bytes.Buffer
}

// encode returns the JPEG of the rectangle r of pix, valid until the next.
func (j *jpegWriter) encode(pix []byte, stride int, r image.Rectangle, quality int) ([]byte, error) {
	n := 4 * r.Dx() * r.Dy()
	if cap(j.rgba.Pix) < n {
		j.rgba.Pix = make([]byte, n)
	}
	j.rgba = image.RGBA{Pix: j.rgba.Pix[:n], Stride: 4 * r.Dx(), Rect: image.Rectangle{Max: r.Size()}}
	for y := range r.Dy() {
		from := pix[(r.Min.Y+y)*stride+4*r.Min.X : (r.Min.Y+y)*stride+4*r.Max.X]
		to := j.rgba.Pix[y*j.rgba.Stride : (y+1)*j.rgba.Stride]
		for i := 0; i+4 <= len(from) && i+4 <= len(to); i += 4 {
			v := binary.LittleEndian.Uint32(from[i:])
			binary.LittleEndian.PutUint32(to[i:], v>>16&0xff|v&0xff00|v<<16&0xff0000|0xff<<24)
		}
	}
	j.out.Reset()
	if err := jpeg.Encode(&j.out, &j.rgba, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("codec: photo: %w", err)
	}
	return j.out.Bytes(), nil
}
