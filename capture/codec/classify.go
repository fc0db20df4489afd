package codec

import (
	"encoding/binary"
	"image"
	"math/bits"

	"lotse/capture"
)

// A tile counts as a photograph when, in every second of its rows, more than
// photoColours of 256 hash values occur and fewer than one pixel in
// photoFlat has the colour of its western neighbour. Text, however smooth its
// edges, repeats its background; a photograph repeats nothing.
const (
	photoColours = 40
	photoFlat    = 4
)

// classify tells the tiles that differ apart.
func (t *tiles) classify(f *capture.Frame, lossless bool) {
	t.photos = 0
	for i, c := range t.class {
		if c != text {
			continue
		}
		p := image.Pt(i%t.grid.X, i/t.grid.X)
		area := t.pixels(image.Rectangle{p, p.Add(image.Pt(1, 1))})
		if colour, ok := oneColour(f, area); ok {
			t.class[i], t.colour[i] = solid, colour
		} else if !lossless && photographic(f, area) {
			t.class[i] = photo
			t.photos++
		}
	}
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
	var colours [4]uint64
	flat, n := 0, 0
	for y := area.Min.Y; y < area.Max.Y; y += 2 {
		row := f.Pix[y*f.Stride+4*area.Min.X : y*f.Stride+4*area.Max.X]
		west := uint32(unknown)
		for i := 0; i+4 <= len(row); i += 4 {
			v := binary.LittleEndian.Uint32(row[i:]) & 0xffffff
			if v == west {
				flat++
			}
			west = v
			h := v * 0x9e3779b1 >> 24
			colours[h>>6] |= 1 << (h & 63)
			n++
		}
	}
	count := 0
	for _, c := range colours {
		count += bits.OnesCount64(c)
	}
	return count > photoColours && flat*photoFlat < n
}
