package share

import (
	"encoding/binary"
	"image"

	"lotse/capture"
)

// grey turns frames grey for viewers who want less. It keeps a picture of its
// own, of which only what changed is turned again.
type grey struct {
	pix  []byte
	size image.Point
}

// turn returns f in grey. whole says that everything may differ from the frame
// before.
func (g *grey) turn(f capture.Frame, whole bool) capture.Frame {
	size := image.Pt(f.W, f.H)
	if size != g.size {
		g.size, g.pix, whole = size, make([]byte, 4*f.W*f.H), true
	}
	areas := f.Dirty
	if whole || areas == nil {
		areas = []image.Rectangle{f.Bounds()}
	}
	for _, r := range areas {
		r = r.Intersect(f.Bounds())
		for y := r.Min.Y; y < r.Max.Y; y++ {
			greyRow(g.pix[4*(y*f.W+r.Min.X):4*(y*f.W+r.Max.X)], f.Pix[y*f.Stride+4*r.Min.X:])
		}
	}
	f.Pix, f.Stride = g.pix, 4*f.W
	return f
}

// greyRow writes the luma of JFIF (ITU-T T.871 §7) three times.
func greyRow(to, from []byte) {
	for i := 0; i+4 <= len(to) && i+4 <= len(from); i += 4 {
		v := binary.LittleEndian.Uint32(from[i:])
		l := (7471*(v&0xff) + 38470*(v>>8&0xff) + 19595*(v>>16&0xff) + 1<<15) >> 16
		binary.LittleEndian.PutUint32(to[i:], l|l<<8|l<<16|0xff<<24)
	}
}
