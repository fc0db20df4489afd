package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// surfaceRadius rounds the corners of cards, in device independent pixels.
const surfaceRadius = 12

// Surface is a coloured ground under something. A name follows the theme from
// light to dark; a Fill stays.
type Surface struct {
	widget.BaseWidget

	content fyne.CanvasObject
	name    fyne.ThemeColorName
	fill    color.Color
	radius  float32
	stroke  bool
}

// NewCard puts content on a raised, rounded ground.
func NewCard(content fyne.CanvasObject) *Surface {
	s := &Surface{content: container.NewPadded(content), name: ColorCard, radius: surfaceRadius, stroke: true}
	s.ExtendBaseWidget(s)
	return s
}

// NewGround puts content on the ground of a name, edge to edge.
func NewGround(name fyne.ThemeColorName, content fyne.CanvasObject) *Surface {
	s := &Surface{content: content, name: name}
	s.ExtendBaseWidget(s)
	return s
}

// NewBadge is a short word on a Fill.
func NewBadge(text string, fill Fill) *Surface {
	label := canvas.NewText(text, onFill)
	label.TextSize = 13
	label.TextStyle.Bold = true
	pad := container.New(badgePad{}, label)
	s := &Surface{content: pad, fill: fill, radius: surfaceRadius}
	s.ExtendBaseWidget(s)
	return s
}

// NewBand puts light text lines on the dark band of a window's top.
func NewBand(left, right fyne.CanvasObject) *Surface {
	return NewGround(ColorBanner, container.NewPadded(container.NewBorder(nil, nil, nil, right, left)))
}

// BandText is text on a band.
func BandText(text string, size float32, bold bool) *canvas.Text {
	t := canvas.NewText(text, onFill)
	t.TextSize = size
	t.TextStyle.Bold = bold
	return t
}

// CreateRenderer draws the ground and what is on it.
func (s *Surface) CreateRenderer() fyne.WidgetRenderer {
	r := &surfaceRenderer{surface: s, ground: canvas.NewRectangle(nil)}
	r.Refresh()
	return r
}

type surfaceRenderer struct {
	surface *Surface
	ground  *canvas.Rectangle
}

func (r *surfaceRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	r.surface.content.Resize(size)
}

func (r *surfaceRenderer) MinSize() fyne.Size { return r.surface.content.MinSize() }

func (r *surfaceRenderer) Refresh() {
	th := r.surface.Theme()
	variant := fyne.CurrentApp().Settings().ThemeVariant()
	r.ground.CornerRadius = r.surface.radius
	r.ground.FillColor = r.surface.fill
	if r.surface.fill == nil {
		r.ground.FillColor = th.Color(r.surface.name, variant)
	}
	if r.surface.stroke {
		r.ground.StrokeColor = th.Color(theme.ColorNameSeparator, variant)
		r.ground.StrokeWidth = 1
	}
	canvas.Refresh(r.surface)
}

func (r *surfaceRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.surface.content}
}

func (r *surfaceRenderer) Destroy() {}

// badgePad leaves room around a badge's word.
type badgePad struct{}

func (badgePad) MinSize(o []fyne.CanvasObject) fyne.Size {
	return o[0].MinSize().AddWidthHeight(16, 6)
}

func (badgePad) Layout(o []fyne.CanvasObject, size fyne.Size) {
	o[0].Move(fyne.NewPos(8, 3))
	o[0].Resize(size.SubtractWidthHeight(16, 6))
}
