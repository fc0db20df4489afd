package overlay

import (
	"image"
	"math"
)

// point is a place in pixels; pixel x,y is sampled at x,y.
type point struct{ x, y float32 }

func at(p image.Point) point { return point{float32(p.X), float32(p.Y)} }

func (p point) add(q point) point         { return point{p.x + q.x, p.y + q.y} }
func (p point) sub(q point) point         { return point{p.x - q.x, p.y - q.y} }
func (p point) times(f float32) point     { return point{p.x * f, p.y * f} }
func (p point) dot(q point) float32       { return p.x*q.x + p.y*q.y }
func (p point) length() float32           { return sqrt(p.dot(p)) }
func sqrt(v float32) float32              { return float32(math.Sqrt(float64(v))) }
func absolute(v float32) float32          { return float32(math.Abs(float64(v))) }
func unit(v float32) float32              { return max(0, min(1, v)) }
func floor(v float32) int                 { return int(math.Floor(float64(v))) }
func ceil(v float32) int                  { return int(math.Ceil(float64(v))) }
func within(low, high float32) (int, int) { return floor(low), ceil(high) + 1 }

// beyond is a distance at which nothing is drawn any more.
const beyond = 1e9

// field holds how far each pixel of a rectangle is from a shape, negative
// inside. Shapes that are added are one shape; edges and shadows follow from
// the distance (J. C. Hart, "Sphere tracing", 1996, has the idea; I. Quilez,
// "2D distance functions", the formulas of a line and of a rounded box).
type field struct {
	clip  image.Rectangle
	reach float32 // how far outside the shape distances are needed
	d     []float32
}

// reset makes the field empty.
func (f *field) reset(clip image.Rectangle, reach float32) {
	f.clip, f.reach = clip, reach
	n := clip.Dx() * clip.Dy()
	if cap(f.d) < n {
		f.d = make([]float32, n)
	}
	f.d = f.d[:n]
	for i := range f.d {
		f.d[i] = beyond
	}
}

// row returns the distances of row y from x0 to before x1, both inside clip.
func (f *field) row(y, x0, x1 int) []float32 {
	at := (y-f.clip.Min.Y)*f.clip.Dx() - f.clip.Min.X
	return f.d[at+x0 : at+x1]
}

// rows calls each for the part of every row between y0 and y1 in which
// something may be drawn.
func (f *field) rows(y0, y1 int, span func(y float32) (x0, x1 float32), each func(d []float32, x, y int)) {
	for y := max(y0, f.clip.Min.Y); y < min(y1, f.clip.Max.Y); y++ {
		x0, x1 := within(span(float32(y)))
		x0, x1 = max(x0, f.clip.Min.X), min(x1, f.clip.Max.X)
		if x0 < x1 {
			each(f.row(y, x0, x1), x0, y)
		}
	}
}

// line adds a line from a to b with round ends of that radius.
func (f *field) line(a, b point, radius float32) {
	r := radius + f.reach
	along := b.sub(a)
	inverse := float32(0)
	if n := along.dot(along); n > 0 {
		inverse = 1 / n
	}
	y0, y1 := within(min(a.y, b.y)-r, max(a.y, b.y)+r)
	span := func(y float32) (float32, float32) { return spanOf(a, b, y, r) }
	f.rows(y0, y1, span, func(d []float32, x, y int) {
		for i := range d {
			p := point{float32(x+i) - a.x, float32(y) - a.y}
			t := unit(p.dot(along) * inverse)
			d[i] = min(d[i], p.sub(along.times(t)).length()-radius)
		}
	})
}

// spanOf returns which part of row y can be within r of the line: the part of
// the line between y-r and y+r, and r to both sides.
func spanOf(a, b point, y, r float32) (float32, float32) {
	if a.y > b.y {
		a, b = b, a
	}
	t0, t1 := float32(0), float32(1)
	if h := b.y - a.y; h > 0 {
		t0, t1 = unit((y-r-a.y)/h), unit((y+r-a.y)/h)
	}
	x0, x1 := a.x+(b.x-a.x)*t0, a.x+(b.x-a.x)*t1
	return min(x0, x1) - r, max(x0, x1) + r
}

// polygon adds a filled polygon.
func (f *field) polygon(corners []point) {
	low, high := corners[0], corners[0]
	for _, c := range corners {
		low, high = point{min(low.x, c.x), min(low.y, c.y)}, point{max(high.x, c.x), max(high.y, c.y)}
	}
	y0, y1 := within(low.y-f.reach, high.y+f.reach)
	span := func(float32) (float32, float32) { return low.x - f.reach, high.x + f.reach }
	f.rows(y0, y1, span, func(d []float32, x, y int) {
		for i := range d {
			d[i] = min(d[i], distance(corners, point{float32(x + i), float32(y)}))
		}
	})
}

// distance is how far p is from the polygon's edge, negative inside (even-odd
// rule).
func distance(corners []point, p point) float32 {
	least, inside := float32(beyond), false
	last := corners[len(corners)-1]
	for _, c := range corners {
		along, to := c.sub(last), p.sub(last)
		t := float32(0)
		if n := along.dot(along); n > 0 {
			t = unit(to.dot(along) / n)
		}
		least = min(least, to.sub(along.times(t)).length())
		if (c.y > p.y) != (last.y > p.y) && p.x < (last.x-c.x)*(p.y-c.y)/(last.y-c.y)+c.x {
			inside = !inside
		}
		last = c
	}
	if inside {
		return -least
	}
	return least
}

// box adds a filled box with rounded corners.
func (f *field) box(low, high point, radius float32) {
	middle, half := low.add(high).times(0.5), high.sub(low).times(0.5)
	y0, y1 := within(low.y-f.reach, high.y+f.reach)
	span := func(float32) (float32, float32) { return low.x - f.reach, high.x + f.reach }
	f.rows(y0, y1, span, func(d []float32, x, y int) {
		for i := range d {
			qx := absolute(float32(x+i)-middle.x) - half.x + radius
			qy := absolute(float32(y)-middle.y) - half.y + radius
			outside := point{max(qx, 0), max(qy, 0)}.length()
			d[i] = min(d[i], outside+min(max(qx, qy), 0)-radius)
		}
	})
}
