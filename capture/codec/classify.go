package codec

import (
	"encoding/binary"
	"image"
	"math/bits"

	"lotse/capture"
)

// A place counts as a photograph when, in every second of its rows, more than
// photoColours of 1024 hash values occur and fewer than one pixel in photoFlat
// has the colour of its western neighbour. In a small place, of at least
// photoLeast pixels, all rows count and photoOwn sixteenths of the pixels must
// have a value of their own (of 128 random ones 120 have; of a sliver of
// letters with smooth edges two thirds were seen to). Text, however smooth
// its edges, repeats its background; a photograph repeats nothing.
const (
	photoColours = 40
	photoFlat    = 4
	photoSmall   = tileSide * tileSide / 2
	photoLeast   = 40
	photoOwn     = 13
)

// minChanged says how much of a rectangle must differ, in eighths, for it to
// be sent as JPEG: the rest would lose what the decoder has exactly.
const minChanged = 5

// classify tells the tiles that differ apart, by the parts that do.
func (t *tiles) classify(f *capture.Frame, seen []byte, lossless bool) {
	t.photos = 0
	for i, c := range t.class {
		if c != text {
			continue
		}
		box, n := difference(f, seen, t.whole(i))
		t.box[i] = box
		if colour, ok := oneColour(f, t.whole(i)); ok {
			t.class[i], t.colour[i], t.box[i] = solid, colour, t.whole(i)
		} else if !lossless && n*8 >= box.Dx()*box.Dy()*minChanged && photographic(f, box) {
			t.class[i] = photo
			t.photos++
		}
	}
}

// difference returns the smallest rectangle around the pixels of area that
// differ from seen, and how many those are.
func difference(f *capture.Frame, seen []byte, area image.Rectangle) (box image.Rectangle, n int) {
	left, right, top, bottom := area.Max.X, area.Min.X, area.Max.Y, area.Min.Y
	for y := area.Min.Y; y < area.Max.Y; y++ {
		is, was := rowsOf(f, seen, area, y)
		first, last := -1, 0
		for i := 0; i+4 <= len(is) && i+4 <= len(was); i += 4 {
			if (binary.LittleEndian.Uint32(is[i:])^binary.LittleEndian.Uint32(was[i:]))&0xffffff != 0 {
				if first < 0 {
					first = i / 4
				}
				last = i/4 + 1
				n++
			}
		}
		if first >= 0 {
			left, right = min(left, area.Min.X+first), max(right, area.Min.X+last)
			top, bottom = min(top, y), y+1
		}
	}
	return image.Rect(left, top, right, bottom), n
}

// oneColour returns the colour of area if it has only one.
func oneColour(f *capture.Frame, area image.Rectangle) (uint32, bool) {
	colour := pixel(f, area.Min.X, area.Min.Y)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		row := f.Pix[y*f.Stride+4*area.Min.X : y*f.Stride+4*area.Max.X]
		for i := 0; i+4 <= len(row); i += 4 {
			if binary.LittleEndian.Uint32(row[i:])&0xffffff != colour {
				return 0, false
			}
		}
	}
	return colour, true
}

func pixel(f *capture.Frame, x, y int) uint32 {
	return binary.LittleEndian.Uint32(f.Pix[y*f.Stride+4*x:]) & 0xffffff
}

// photographic looks at how many colours area has and how often they repeat.
func photographic(f *capture.Frame, area image.Rectangle) bool {
	step, n := 2, area.Dx()*area.Dy()
	if n < photoSmall {
		step = 1
	}
	colours, flat, looked := variety(f, area, step)
	if flat*photoFlat >= looked {
		return false
	}
	if n < photoSmall {
		return n >= photoLeast && colours*16 >= n*photoOwn
	}
	return colours > photoColours
}

// variety counts, in every step-th row of area, the hash values of colours,
// the pixels like their western neighbour, and all pixels.
func variety(f *capture.Frame, area image.Rectangle, step int) (colours, flat, n int) {
	var set [16]uint64
	for y := area.Min.Y; y < area.Max.Y; y += step {
		row := f.Pix[y*f.Stride+4*area.Min.X : y*f.Stride+4*area.Max.X]
		west := uint32(unknown)
		for i := 0; i+4 <= len(row); i += 4 {
			v := binary.LittleEndian.Uint32(row[i:]) & 0xffffff
			if v == west {
				flat++
			}
			west = v
			h := v * 0x9e3779b1 >> 22
			set[h>>6] |= 1 << (h & 63)
			n++
		}
	}
	for _, s := range set {
		colours += bits.OnesCount64(s)
	}
	return colours, flat, n
}
