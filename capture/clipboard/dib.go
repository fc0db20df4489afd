package clipboard

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"
	"math/bits"
)

// What Windows calls a device independent bitmap (Microsoft, BITMAPINFOHEADER
// and BITMAPV5HEADER): a header, masks or a table of colours, rows that are
// multiples of four bytes, as a rule the last row first.
const (
	dibHeader      = 40  // BITMAPINFOHEADER
	dibHeaderMasks = 52  // BITMAPV2INFOHEADER: red, green and blue inside
	dibHeaderAlpha = 56  // BITMAPV3INFOHEADER: alpha as well
	dibHeaderV5    = 124 // BITMAPV5HEADER

	dibPlain      = 0 // BI_RGB
	dibMasks      = 3 // BI_BITFIELDS
	dibAlphaMasks = 6 // BI_ALPHABITFIELDS

	maxTable = 256 // colours in a table
)

// dib is a bitmap whose header was read.
type dib struct {
	w, h   int
	upward bool // the last row comes first
	depth  int
	stride int
	masks  [4]uint32 // red, green, blue, alpha
	table  []byte    // BGR and a byte that means nothing, or nil
	pixels []byte
}

// parseDIB decodes a bitmap of 1, 4, 8, 16, 24 or 32 bits a pixel that is not
// compressed. Errors are ErrTooLarge and ErrInvalid. What follows the last row
// is ignored.
func parseDIB(data []byte) (image.Image, error) {
	d, err := readDIB(data)
	if err != nil {
		return nil, err
	}
	out := image.NewNRGBA(image.Rect(0, 0, d.w, d.h))
	for y := range d.h {
		from := y
		if d.upward {
			from = d.h - 1 - y
		}
		d.row(out.Pix[y*out.Stride:][:4*d.w], d.pixels[from*d.stride:][:d.stride])
	}
	if d.masks[3] == 0 || blank(out.Pix) {
		opaque(out.Pix)
	}
	return out, nil
}

// readDIB reads everything before the pixels and checks that they are there.
func readDIB(data []byte) (dib, error) {
	if len(data) < dibHeader {
		return dib{}, fmt.Errorf("%w: bitmap of %d bytes", ErrInvalid, len(data))
	}
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(data[at:]) }
	header := u32(0)
	if header < dibHeader || header > dibHeaderV5 || int(header) > len(data) {
		return dib{}, fmt.Errorf("%w: bitmap header of %d bytes", ErrInvalid, header)
	}
	w, h := int(int32(u32(4))), int(int32(u32(8)))
	d := dib{w: w, h: max(h, -h), upward: h > 0, depth: int(binary.LittleEndian.Uint16(data[14:]))}
	if err := fits(d.w, d.h, 4); err != nil {
		return dib{}, err
	}
	d.stride = (d.w*d.depth + 31) / 32 * 4
	rest, err := d.readMasks(data, int(header), u32(16))
	if err != nil {
		return dib{}, err
	}
	if rest, err = d.readTable(rest, u32(32)); err != nil {
		return dib{}, err
	}
	if len(rest) < d.stride*d.h {
		return dib{}, fmt.Errorf("%w: bitmap with %d of %d bytes", ErrInvalid, len(rest), d.stride*d.h)
	}
	d.pixels = rest[:d.stride*d.h]
	return d, nil
}

// readMasks says which bits are which colour and returns what follows.
func (d *dib) readMasks(data []byte, header int, compression uint32) ([]byte, error) {
	rest := data[header:]
	switch {
	case compression == dibPlain:
		return rest, d.usualMasks()
	case compression != dibMasks && compression != dibAlphaMasks || d.depth != 16 && d.depth != 32:
		return nil, fmt.Errorf("%w: bitmap with compression %d, %d bits", ErrInvalid, compression, d.depth)
	}
	n := 3
	if compression == dibAlphaMasks || header >= dibHeaderAlpha {
		n = 4
	}
	from, inside := rest, header >= dibHeaderMasks
	if inside {
		n, from = min(n, (header-dibHeader)/4), data[dibHeader:header]
	}
	if len(from) < 4*n {
		return nil, fmt.Errorf("%w: bitmap without masks", ErrInvalid)
	}
	for i := range n {
		d.masks[i] = binary.LittleEndian.Uint32(from[4*i:])
	}
	if !inside {
		return rest[4*n:], d.checkMasks()
	}
	// Windows repeats the masks behind the header when it makes a newer bitmap
	// from an older one; other programs do not.
	const again = 12
	if len(rest) >= d.stride*d.h+again && string(rest[:again]) == string(from[:again]) {
		rest = rest[again:]
	}
	return rest, d.checkMasks()
}

func (d *dib) usualMasks() error {
	switch d.depth {
	case 16:
		d.masks = [4]uint32{0x7c00, 0x03e0, 0x001f}
	case 24, 32:
		d.masks = [4]uint32{0xff0000, 0x00ff00, 0x0000ff}
	case 1, 4, 8:
	default:
		return fmt.Errorf("%w: bitmap of %d bits a pixel", ErrInvalid, d.depth)
	}
	return nil
}

// checkMasks wants each mask in one piece; only alpha may be missing.
func (d *dib) checkMasks() error {
	for i, m := range d.masks {
		if m == 0 && i < 3 || bits.Len32(m)-bits.TrailingZeros32(m) != bits.OnesCount32(m) && m != 0 {
			return fmt.Errorf("%w: bitmap with mask %#x", ErrInvalid, m)
		}
	}
	return nil
}

// readTable takes the table of colours, or skips the one that pictures in
// true colour may have for old screens.
func (d *dib) readTable(rest []byte, used uint32) ([]byte, error) {
	if d.depth <= 8 && used == 0 {
		used = 1 << d.depth
	}
	if used > maxTable || len(rest) < 4*int(used) {
		return nil, fmt.Errorf("%w: bitmap with %d colours", ErrInvalid, used)
	}
	if d.depth <= 8 {
		d.table = rest[:4*used]
	}
	return rest[4*used:], nil
}

// row decodes one row into straight RGBA.
func (d *dib) row(to, from []byte) {
	for x := range d.w {
		px := to[4*x : 4*x+4]
		if d.table != nil {
			d.colour(px, from, x)
			continue
		}
		var v uint32
		switch d.depth {
		case 16:
			v = uint32(binary.LittleEndian.Uint16(from[2*x:]))
		case 24:
			v = uint32(from[3*x]) | uint32(from[3*x+1])<<8 | uint32(from[3*x+2])<<16
		case 32:
			v = binary.LittleEndian.Uint32(from[4*x:])
		}
		for i, m := range d.masks {
			px[i] = channel(v, m)
		}
	}
}

// colour looks up a pixel; a colour that is not in the table is black.
func (d *dib) colour(px, from []byte, x int) {
	bit := x * d.depth
	i := int(from[bit/8]>>(8-d.depth-bit%8)) & (1<<d.depth - 1)
	if 4*i < len(d.table) {
		px[0], px[1], px[2] = d.table[4*i+2], d.table[4*i+1], d.table[4*i]
	}
}

// channel returns the bits of v under mask, stretched to a byte.
func channel(v, mask uint32) byte {
	if mask == 0 {
		return 0
	}
	shift := bits.TrailingZeros32(mask)
	most := uint64(mask >> shift)
	return byte((uint64(v&mask>>shift)*255 + most/2) / most)
}

// blank reports whether no pixel has any alpha: the program did not know that
// there is such a thing.
func blank(pix []byte) bool {
	for i := 3; i < len(pix); i += 4 {
		if pix[i] != 0 {
			return false
		}
	}
	return true
}

func opaque(pix []byte) {
	for i := 3; i < len(pix); i += 4 {
		pix[i] = 0xff
	}
}

// encodeDIB writes a picture as Windows' newest bitmap: 32 bits with straight
// alpha, sRGB. Windows makes the older ones from it.
func encodeDIB(picture image.Image) []byte {
	const (
		sRGB   = 0x73524742 // LCS_sRGB
		images = 4          // LCS_GM_IMAGES
	)
	size := picture.Bounds().Size()
	var header [dibHeaderV5]byte
	put := func(at int, v uint32) { binary.LittleEndian.PutUint32(header[at:], v) }
	put(0, dibHeaderV5)
	put(4, uint32(size.X))
	put(8, uint32(size.Y))
	put(12, 1|32<<16) // one plane, 32 bits
	put(16, dibMasks)
	put(20, uint32(4*size.X*size.Y))
	for i, mask := range []uint32{0x00ff0000, 0x0000ff00, 0x000000ff, 0xff000000} {
		put(dibHeader+4*i, mask)
	}
	put(56, sRGB)
	put(108, images)
	out := make([]byte, 0, dibHeaderV5+4*size.X*size.Y)
	out = append(out, header[:]...)
	row := image.NewNRGBA(image.Rect(0, 0, size.X, 1))
	for y := size.Y - 1; y >= 0; y-- {
		draw.Draw(row, row.Rect, picture, picture.Bounds().Min.Add(image.Pt(0, y)), draw.Src)
		for x := range size.X {
			p := row.Pix[4*x:]
			out = append(out, p[2], p[1], p[0], p[3])
		}
	}
	return out
}
