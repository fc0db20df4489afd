package overlay

import (
	"image"
	"time"
)

// item is a mark as it is drawn.
type item struct {
	key    key
	born   time.Time
	life   time.Duration
	layers []layer
	bounds image.Rectangle // of all layers
}

// studio turns marks into shapes. The board's goroutine owns it.
type studio struct {
	area       image.Rectangle
	scale      float32
	name, note *typeface
}

func newStudio(area image.Rectangle, scale float32) (*studio, error) {
	name, err := newTypeface(nameSize * scale)
	if err != nil {
		return nil, err
	}
	note, err := newTypeface(noteSize * scale)
	if err != nil {
		return nil, err
	}
	return &studio{area, scale, name, note}, nil
}

// item builds the layers of a mark that was checked.
func (s *studio) item(m *Mark) item {
	points := make([]point, len(m.Points))
	for i, p := range m.Points {
		points[i] = at(near(p, s.area.Min))
	}
	fill := solid(m.Colour)
	shape := layer{ink: ink{fill: fill, edge: fill.against(), width: edgeWidth * s.scale, shadow: shadowWidth * s.scale}}
	shape.radius = strokeRadius * s.scale
	var label anchor
	switch m.Kind {
	case Pointer:
		shape.polygon, label = s.pointer(points[0])
	case Arrow:
		s.arrow(&shape, points[0], points[1])
		label = s.behind(points[0], points[1])
	case Box:
		shape.lines = rectangle(points[0], points[1])
		label.point = point{min(points[0].x, points[1].x), max(points[0].y, points[1].y) + gap*s.scale}
	case Stroke:
		shape.lines = through(points)
		label.point = points[len(points)-1].add(point{gap * s.scale, gap * s.scale})
	case Note:
		return s.finish(s.noteLayers(m, points[0], fill))
	}
	shape.measure()
	return s.finish(append([]layer{shape}, s.nameLayers(clean(m.Name), label, fill)...))
}

func (s *studio) finish(layers []layer) item {
	i := item{layers: layers}
	for _, l := range layers {
		i.bounds = i.bounds.Union(l.bounds)
	}
	i.bounds = i.bounds.Intersect(image.Rectangle{Max: s.area.Size()})
	return i
}

// gap is between a mark and the name beside it.
const gap = 12

// anchor is where a name goes: which point of its box, as parts of its size,
// lies where.
type anchor struct {
	point
	of point
}

// behind returns a place at the tail of an arrow in which it does not lie.
func (s *studio) behind(from, to point) anchor {
	if to.y >= from.y {
		return anchor{from.sub(point{0, gap * s.scale}), point{0.5, 1}}
	}
	return anchor{from.add(point{0, gap * s.scale}), point{0.5, 0}}
}

// pointer returns an arrow like the system's with its tip at p, and where the
// name goes.
func (s *studio) pointer(p point) ([]point, anchor) {
	outline := [...]point{{0, 0}, {0, 27}, {6.5, 21.5}, {11, 31.5}, {16, 29.3}, {11.6, 19.6}, {19.5, 19}}
	out := make([]point, len(outline))
	for i, o := range outline {
		out[i] = p.add(o.times(s.scale))
	}
	return out, anchor{point: p.add(point{18 * s.scale, 34 * s.scale})}
}

// arrow adds a shaft and a head that ends at to.
func (s *studio) arrow(l *layer, from, to point) {
	along := to.sub(from)
	length := along.length()
	if length < 1 {
		along, length = point{0, 1}, 1
	}
	along = along.times(1 / length)
	across := point{-along.y, along.x}
	neck := to.sub(along.times(headLength * s.scale))
	l.polygon = []point{to, neck.add(across.times(headRadius * s.scale)), neck.sub(across.times(headRadius * s.scale))}
	if length > headLength*s.scale {
		l.lines = [][2]point{{from, neck}}
	}
}

func rectangle(a, b point) [][2]point {
	c, d := point{b.x, a.y}, point{a.x, b.y}
	return [][2]point{{a, c}, {c, b}, {b, d}, {d, a}}
}

func through(points []point) [][2]point {
	if len(points) == 1 {
		return [][2]point{{points[0], points[0]}}
	}
	out := make([][2]point, 0, len(points)-1)
	for i := range points[1:] {
		out = append(out, [2]point{points[i], points[i+1]})
	}
	return out
}
