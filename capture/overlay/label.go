package overlay

import (
	"fmt"
	"image"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// typeface draws text in one size. Its letters are Go's own typeface, which
// has Latin, Greek and Cyrillic; what it lacks is a box.
type typeface struct {
	face   font.Face
	ascent int
	height int // of a line
}

func newTypeface(size float32) (*typeface, error) {
	parsed, err := opentype.Parse(gomedium.TTF)
	if err != nil {
		return nil, fmt.Errorf("overlay: typeface: %w", err)
	}
	const pixels = 72 // dots an inch at which a point is a pixel
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: float64(size), DPI: pixels, Hinting: font.HintingFull})
	if err != nil {
		return nil, fmt.Errorf("overlay: typeface: %w", err)
	}
	m := face.Metrics()
	return &typeface{face, m.Ascent.Ceil(), m.Height.Ceil()}, nil
}

func (t *typeface) width(text string) int { return font.MeasureString(t.face, text).Ceil() }

// wrap breaks text at spaces into lines of that width, and inside words that
// are wider.
func (t *typeface) wrap(text string, width int) []string {
	var lines []string
	line, space := []rune{}, -1
	for _, r := range text {
		if r == ' ' && len(line) > 0 {
			space = len(line)
		}
		if r == ' ' && len(line) == 0 {
			continue
		}
		line = append(line, r)
		if len(line) < 2 || t.width(string(line)) <= width {
			continue
		}
		end, rest := len(line)-1, len(line)-1
		if space > 0 {
			end, rest = space, space+1
		}
		lines = append(lines, string(line[:end]))
		line, space = append([]rune{}, line[min(rest, len(line)):]...), -1
	}
	if len(line) > 0 {
		lines = append(lines, string(line))
	}
	return lines
}

// set draws lines with their upper left corner at a place.
func (t *typeface) set(lines []string, place image.Point) *image.Alpha {
	size := image.Pt(1, t.height*len(lines))
	for _, l := range lines {
		size.X = max(size.X, t.width(l)+1)
	}
	out := image.NewAlpha(image.Rectangle{Max: size}.Add(place))
	for i, l := range lines {
		pen := font.Drawer{
			Dst: out, Src: image.Opaque, Face: t.face,
			Dot: fixed.P(place.X, place.Y+t.ascent+i*t.height),
		}
		pen.DrawString(l)
	}
	return out
}

// ground is what notes stand on: almost black, a little of the screen below.
const groundAlpha = 0.93

func ground() tint {
	return tint{0.09 * groundAlpha, 0.1 * groundAlpha, 0.12 * groundAlpha, groundAlpha}
}

// nameLayers is a name on its own colour, at a or as near as it is whole.
func (s *studio) nameLayers(name string, a anchor, fill tint) []layer {
	if name == "" {
		return nil
	}
	const narrow, width = 0.6, 1.5 // of the padding; of the edge
	pad := int(padding * narrow * s.scale)
	size := image.Pt(s.name.width(name)+2*pad+2, s.name.height+pad)
	p := a.sub(point{a.of.x * float32(size.X), a.of.y * float32(size.Y)})
	box := s.inside(image.Rectangle{Max: size}.Add(image.Pt(floor(p.x), floor(p.y))))
	frame := layer{
		box: [2]point{at(box.Min), at(box.Max)}, corner: float32(size.Y) / 3,
		ink: ink{fill: fill, edge: fill.against(), width: width * s.scale, shadow: shadowWidth * s.scale},
	}
	frame.measure()
	text := s.name.set([]string{name}, box.Min.Add(image.Pt(pad+1, pad/2)))
	return []layer{frame, {bounds: text.Rect, text: text, ink: ink{fill: fill.against()}}}
}

// noteLayers is a text on a dark ground that begins beside p, under the name of
// who wrote it.
func (s *studio) noteLayers(m *Mark, p point, fill tint) []layer {
	pad := int(padding * s.scale)
	widest := max(1, min(int(noteWidth*s.scale), s.area.Dx()-4*pad))
	lines := s.note.wrap(clean(m.Text), widest)
	text := s.note.set(lines, image.Point{})
	var name *image.Alpha
	size := text.Rect.Size()
	if n := clean(m.Name); n != "" {
		name = s.name.set([]string{n}, image.Point{})
		size = image.Pt(max(size.X, name.Rect.Dx()), size.Y+name.Rect.Dy())
	}
	size = size.Add(image.Pt(2*pad, 2*pad))
	box := s.inside(image.Rectangle{Max: size}.Add(image.Pt(floor(p.x), floor(p.y))))
	frame := layer{
		box: [2]point{at(box.Min), at(box.Max)}, corner: padding * s.scale,
		ink: ink{fill: ground(), edge: tint{1, 1, 1, 1}, width: edgeWidth * s.scale, shadow: shadowWidth * s.scale},
	}
	frame.measure()
	out, place := []layer{frame}, box.Min.Add(image.Pt(pad, pad))
	if name != nil {
		name.Rect = name.Rect.Add(place)
		out = append(out, layer{bounds: name.Rect, text: name, ink: ink{fill: fill.brighter()}})
		place.Y = name.Rect.Max.Y
	}
	text.Rect = text.Rect.Add(place)
	return append(out, layer{bounds: text.Rect, text: text, ink: ink{fill: tint{1, 1, 1, 1}}})
}

// inside moves r so that all of it, edge included, lies on the area.
func (s *studio) inside(r image.Rectangle) image.Rectangle {
	margin := int((edgeWidth + shadowWidth) * s.scale)
	room := image.Rectangle{Max: s.area.Size()}.Inset(margin)
	r = r.Add(image.Pt(min(0, room.Max.X-r.Max.X), min(0, room.Max.Y-r.Max.Y)))
	return r.Add(image.Pt(max(0, room.Min.X-r.Min.X), max(0, room.Min.Y-r.Min.Y)))
}
