// Package icon draws the programs' picture: the signal flag H of the
// International Code of Signals, white at the mast and red at the fly, which
// a ship shows when it has "a pilot on board". It is drawn, not loaded, so
// that every size is sharp; it reads no file.
package icon

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
)

// MaxSide is the longest side in pixels that is drawn; macOS asks for 1024.
const MaxSide = 1024

// part is what the air around the flag and the line along its edge take of
// the side: a 16th, in whole pixels, so that the line is sharp at every size
// and white shows on white.
const part = 16

// corner is the radius of the rounded corners as a part of the side.
const corner = 3.0 / 16

// samples is how many points a pixel's side is asked at; 4 × 4 give 17 steps
// of smoothing, enough for a straight edge and a round corner.
const samples = 4

// Sizes returns the sides in pixels that Windows and the desktops ask for.
func Sizes() []int { return []int{16, 20, 24, 32, 40, 48, 64, 128, 256} }

// Draw returns the flag on a transparent square of size pixels a side. A size
// below 1 or above MaxSide is drawn as the nearest that is allowed.
func Draw(size int) *image.NRGBA {
	size = min(max(size, 1), MaxSide)
	f := measure(size)
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			img.SetNRGBA(x, y, f.pixel(x, y))
		}
	}
	return img
}

// PNG returns Draw's picture as a PNG file.
func PNG(size int) ([]byte, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, Draw(size)); err != nil {
		return nil, fmt.Errorf("icon: encode %d px: %w", size, err)
	}
	return b.Bytes(), nil
}

// flag holds the measures at one size, in pixels.
type flag struct {
	side, line, radius float64
}

func measure(size int) flag {
	line := max(math.Round(float64(size)/part), 1)
	return flag{side: float64(size), line: line, radius: float64(size) * corner}
}

// pixel mixes the colours at the sample points inside one pixel; alpha is how
// much of the pixel the flag covers.
func (f flag) pixel(x, y int) color.NRGBA {
	var r, g, b, hit int
	for i := range samples * samples {
		u := float64(x) + (float64(i%samples)+0.5)/samples
		v := float64(y) + (float64(i/samples)+0.5)/samples
		c, ok := f.at(u, v)
		if !ok {
			continue
		}
		r, g, b, hit = r+int(c.R), g+int(c.G), b+int(c.B), hit+1
	}
	if hit == 0 {
		return color.NRGBA{}
	}
	return color.NRGBA{
		R: uint8(r / hit), G: uint8(g / hit), B: uint8(b / hit),
		A: uint8(hit * 255 / (samples * samples)),
	}
}

// at returns the flag's colour at u, v, or false beside the flag.
func (f flag) at(u, v float64) (color.NRGBA, bool) {
	depth := f.inside(u, v)
	switch {
	case depth < 0:
		return color.NRGBA{}, false
	case depth < f.line:
		return color.NRGBA{R: 0x0b, G: 0x25, B: 0x45, A: 0xff}, true // deep blue
	case u < f.side/2:
		return color.NRGBA{R: 0xff, G: 0xff, B: 0xff, A: 0xff}, true
	default:
		return color.NRGBA{R: 0xc8, G: 0x10, B: 0x2e, A: 0xff}, true // signal red
	}
}

// inside returns how deep a point lies in the rounded square; below zero is
// outside.
func (f flag) inside(u, v float64) float64 {
	straight := f.side/2 - f.line - f.radius
	dx := math.Max(math.Abs(u-f.side/2)-straight, 0)
	dy := math.Max(math.Abs(v-f.side/2)-straight, 0)
	return f.radius - math.Hypot(dx, dy)
}
