package overlay

import "image"

// canvas is what the window shows: BGRA, colours multiplied with alpha, as
// both X11 and Windows want it.
type canvas struct {
	pix  []byte
	w, h int
}

func newCanvas(size image.Point) *canvas {
	return &canvas{pix: make([]byte, 4*size.X*size.Y), w: size.X, h: size.Y}
}

func (c *canvas) bounds() image.Rectangle { return image.Rect(0, 0, c.w, c.h) }

// row returns the pixels of r in row y.
func (c *canvas) row(y int, r image.Rectangle) []byte {
	at := 4 * (y*c.w + r.Min.X)
	return c.pix[at : at+4*r.Dx()]
}

func (c *canvas) wipe(r image.Rectangle) {
	r = r.Intersect(c.bounds())
	for y := r.Min.Y; y < r.Max.Y; y++ {
		clear(c.row(y, r))
	}
}

// tint is a colour between 0 and 1, multiplied with its alpha.
type tint struct{ r, g, b, a float32 }

// over lays t over what it is called on.
func (u tint) over(t tint, cover float32) tint {
	rest := 1 - t.a*cover
	return tint{t.r*cover + u.r*rest, t.g*cover + u.g*rest, t.b*cover + u.b*rest, t.a*cover + u.a*rest}
}

// blend lays t over a pixel.
func blend(px []byte, t tint) {
	rest := 1 - t.a
	px[0] = to8(t.b*255 + float32(px[0])*rest)
	px[1] = to8(t.g*255 + float32(px[1])*rest)
	px[2] = to8(t.r*255 + float32(px[2])*rest)
	px[3] = to8(t.a*255 + float32(px[3])*rest)
}

func to8(v float32) byte { return byte(max(0, min(255, v+0.5))) }
