package capturetest

import (
	"encoding/binary"
	"image"
	"image/draw"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// canvas is a screen that is drawn on, BGRA.
type canvas struct {
	w, h  int
	pix   []byte
	fonts map[fontKey]*letters
}

type fontKey struct {
	mono bool
	size int
}

func newCanvas(w, h int) *canvas {
	c := &canvas{w: w, h: h, pix: make([]byte, 4*w*h), fonts: map[fontKey]*letters{}}
	c.fill(c.bounds(), 0)
	return c
}

func (c *canvas) bounds() image.Rectangle { return image.Rect(0, 0, c.w, c.h) }

func (c *canvas) set(x, y int, colour uint32) {
	binary.LittleEndian.PutUint32(c.pix[4*(y*c.w+x):], colour|0xff<<24)
}

func (c *canvas) at(x, y int) uint32 {
	return binary.LittleEndian.Uint32(c.pix[4*(y*c.w+x):]) & 0xffffff
}

// fill paints r in one colour, 0xRRGGBB.
func (c *canvas) fill(r image.Rectangle, colour uint32) {
	c.paint(r, func(int, int) uint32 { return colour })
}

// paint gives every pixel of r the colour that f says.
func (c *canvas) paint(r image.Rectangle, f func(x, y int) uint32) {
	r = r.Intersect(c.bounds())
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c.set(x, y, f(x, y))
		}
	}
}

// letters are the glyphs of a font as coverage, each drawn once.
type letters struct {
	face  font.Face
	glyph map[rune]glyph
}

type glyph struct {
	mask    *image.Alpha
	advance int
}

// font returns the Go font of size pixels, with smooth edges. The font is
// part of x/image, so that it can't be missing.
func (c *canvas) font(mono bool, size int) *letters {
	key := fontKey{mono, size}
	if l, ok := c.fonts[key]; ok {
		return l
	}
	data := goregular.TTF
	if mono {
		data = gomono.TTF
	}
	parsed, err := opentype.Parse(data)
	if err != nil {
		panic(err) // the font is compiled in
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: float64(size), DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		panic(err) // the options are constant
	}
	l := &letters{face: face, glyph: map[rune]glyph{}}
	c.fonts[key] = l
	return l
}

func (l *letters) get(r rune) glyph {
	if g, ok := l.glyph[r]; ok {
		return g
	}
	var g glyph
	bounds, mask, at, advance, ok := l.face.Glyph(fixed.Point26_6{}, r)
	if ok {
		g = glyph{image.NewAlpha(bounds), advance.Round()}
		draw.Draw(g.mask, bounds, mask, at, draw.Src)
	}
	l.glyph[r] = g
	return g
}

// text writes s with its base line at y and returns where it ends.
func (c *canvas) text(l *letters, x, y int, s string, ink uint32, clip image.Rectangle) int {
	clip = clip.Intersect(c.bounds())
	for _, r := range s {
		g := l.get(r)
		if g.mask != nil {
			c.blend(g.mask, image.Pt(x, y), ink, clip)
		}
		x += g.advance
	}
	return x
}

func (c *canvas) blend(mask *image.Alpha, by image.Point, ink uint32, clip image.Rectangle) {
	r := mask.Rect.Add(by).Intersect(clip)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if a := uint32(mask.AlphaAt(x-by.X, y-by.Y).A); a != 0 {
				c.set(x, y, between(c.at(x, y), ink, a))
			}
		}
	}
}

// between mixes two colours, a of 255 parts of the second.
func between(from, to, a uint32) uint32 {
	mixed := func(shift uint) uint32 {
		return ((from>>shift&0xff)*(255-a) + (to>>shift&0xff)*a + 127) / 255 << shift
	}
	return mixed(16) | mixed(8) | mixed(0)
}

// picture is a surface of pixels that is drawn once and shown in parts.
func (c *canvas) picture(from *canvas, at image.Point, r image.Rectangle) {
	r = r.Intersect(c.bounds()).Intersect(from.bounds().Add(r.Min.Sub(at)))
	for y := r.Min.Y; y < r.Max.Y; y++ {
		to, src := 4*(y*c.w+r.Min.X), 4*((y-r.Min.Y+at.Y)*from.w+at.X)
		copy(c.pix[to:to+4*r.Dx()], from.pix[src:])
	}
}

// photograph returns a picture like a photograph: soft shapes in many
// colours, and grain.
func photograph(w, h int, seed uint32) *canvas {
	c := newCanvas(w, h)
	c.paint(c.bounds(), func(x, y int) uint32 {
		grain := int(mix(uint32(x), uint32(y), seed)>>28) - 8
		channel := func(n uint32) uint32 {
			v := cloud(x, y, 7, seed+n)*5 + cloud(x, y, 5, seed+n)*2 + cloud(x, y, 3, seed)
			return uint32(min(max(v/8+grain, 0), 255))
		}
		return channel(1)<<16 | channel(2)<<8 | channel(3)
	})
	return c
}

// cloud is value noise in cells of 1<<bits pixels, 0 to 255.
func cloud(x, y, bits int, seed uint32) int {
	mask := 1<<bits - 1
	fx, fy := x&mask, y&mask
	corner := func(dx, dy int) int {
		return int(mix(uint32(x>>bits+dx), uint32(y>>bits+dy), seed+uint32(bits)*977) & 0xff)
	}
	top := corner(0, 0)*(mask+1-fx) + corner(1, 0)*fx
	bottom := corner(0, 1)*(mask+1-fx) + corner(1, 1)*fx
	return (top*(mask+1-fy) + bottom*fy) >> (2 * bits)
}
