package overlay

import (
	"image"
	"image/color"
)

// Sizes in pixels at 100 %. Edge and shadow are what tells a mark from the
// ground: a light edge with a dark shadow around it is to be seen on white, on
// black and on its own colour.
const (
	strokeRadius = 3
	edgeWidth    = 2
	shadowWidth  = 4
	shadowAlpha  = 0.45
	headLength   = 22 // of an arrow
	headRadius   = 11 // half its width
	nameSize     = 15 // of a font, in pixels
	noteSize     = 20
	noteWidth    = 420 // before a note goes on in the next line
	padding      = 9   // between a text and its edge
)

// layer is one shape of a mark, or one text of it.
type layer struct {
	bounds  image.Rectangle // with edge and shadow, in pixels of the area
	lines   [][2]point
	radius  float32 // of the lines
	polygon []point
	box     [2]point // empty when both are the same
	corner  float32  // its radius
	ink     ink
	text    *image.Alpha // instead of all the above; its bounds are its place
}

// ink is how a layer is coloured.
type ink struct {
	fill, edge tint
	width      float32 // of the edge
	shadow     float32 // its width
}

// solid returns a colour without transparency.
func solid(c color.NRGBA) tint {
	const most = 255
	return tint{float32(c.R) / most, float32(c.G) / most, float32(c.B) / most, 1}
}

// light is how bright a colour is, 0 to 1 (Rec. 709 weights).
func (u tint) light() float32 { return 0.2126*u.r + 0.7152*u.g + 0.0722*u.b }

// against returns black or white, whichever is better read on a colour.
func (u tint) against() tint {
	if u.light() > 0.6 {
		return tint{0.1, 0.1, 0.1, 1}
	}
	return tint{1, 1, 1, 1}
}

// brighter returns a colour that is read on a dark ground.
func (u tint) brighter() tint {
	for u.light() < 0.6 {
		u = tint{u.r + (1-u.r)/4, u.g + (1-u.g)/4, u.b + (1-u.b)/4, 1}
	}
	return u
}

// reach is how far outside its shape an ink goes.
func (k ink) reach() float32 { return k.width + k.shadow + 1 }

// at returns the colour at a distance from the shape: shadow, edge over it,
// fill over that.
func (k ink) at(d float32) tint {
	var t tint
	if outside := d - k.width; outside < k.shadow {
		s := 1 - max(0, outside)/k.shadow
		t.a = shadowAlpha * s * s
	}
	t = t.over(k.edge, unit(0.5-(d-k.width)))
	return t.over(k.fill, unit(0.5-d))
}

// measure sets the bounds of a layer.
func (l *layer) measure() {
	var low, high point
	first := true
	add := func(p point, r float32) {
		if first {
			low, high, first = p, p, false
		}
		low = point{min(low.x, p.x-r), min(low.y, p.y-r)}
		high = point{max(high.x, p.x+r), max(high.y, p.y+r)}
	}
	for _, line := range l.lines {
		add(line[0], l.radius)
		add(line[1], l.radius)
	}
	for _, p := range l.polygon {
		add(p, 0)
	}
	if l.box[0] != l.box[1] {
		add(l.box[0], 0)
		add(l.box[1], 0)
	}
	r := l.ink.reach()
	l.bounds = image.Rect(floor(low.x-r), floor(low.y-r), ceil(high.x+r)+1, ceil(high.y+r)+1)
}

// draw draws the part of a layer inside clip.
func (l *layer) draw(c *canvas, f *field, clip image.Rectangle, alpha float32) {
	clip = clip.Intersect(l.bounds).Intersect(c.bounds())
	if clip.Empty() {
		return
	}
	if l.text != nil {
		l.drawText(c, clip, alpha)
		return
	}
	f.reset(clip, l.ink.reach())
	for _, line := range l.lines {
		f.line(line[0], line[1], l.radius)
	}
	if l.polygon != nil {
		f.polygon(l.polygon)
	}
	if l.box[0] != l.box[1] {
		f.box(l.box[0], l.box[1], l.corner)
	}
	most := l.ink.width + l.ink.shadow
	for y := clip.Min.Y; y < clip.Max.Y; y++ {
		row := c.row(y, clip)
		for i, d := range f.row(y, clip.Min.X, clip.Max.X) {
			if d >= most {
				continue
			}
			blend(row[4*i:4*i+4], tint{}.over(l.ink.at(d), alpha))
		}
	}
}

func (l *layer) drawText(c *canvas, clip image.Rectangle, alpha float32) {
	for y := clip.Min.Y; y < clip.Max.Y; y++ {
		row := c.row(y, clip)
		cover := l.text.Pix[l.text.PixOffset(clip.Min.X, y):]
		for i := range clip.Dx() {
			if a := cover[i]; a != 0 {
				blend(row[4*i:4*i+4], tint{}.over(l.ink.fill, alpha*float32(a)/255))
			}
		}
	}
}
