package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// The measures of a Toggle in device independent pixels.
const (
	toggleHeight = 32
	toggleSides  = 10
	toggleGap    = 8
	trackWidth   = 32
	trackHeight  = 18
	knobInset    = 3
)

// Toggle is a chip with a small switch: a right that can be given and taken
// at any time. It shows what it is told; pressing it only asks.
type Toggle struct {
	widget.BaseWidget

	text    string
	on      bool
	changed func(on bool)
	focused bool
}

// NewToggle returns a toggle that shows on. A nil changed makes it a sign that
// can't be pressed.
func NewToggle(text string, on bool, changed func(on bool)) *Toggle {
	t := &Toggle{text: text, on: on, changed: changed}
	t.ExtendBaseWidget(t)
	return t
}

// Tapped asks for the other state.
func (t *Toggle) Tapped(*fyne.PointEvent) {
	if t.changed != nil {
		t.changed(!t.on)
	}
}

// FocusGained shows the ring.
func (t *Toggle) FocusGained() { t.focused = true; t.Refresh() }

// FocusLost hides the ring.
func (t *Toggle) FocusLost() { t.focused = false; t.Refresh() }

// TypedRune ignores text.
func (t *Toggle) TypedRune(rune) {}

// Text returns what stands on the toggle.
func (t *Toggle) Text() string { return t.text }

// TypedKey presses the toggle with Space or Enter.
func (t *Toggle) TypedKey(e *fyne.KeyEvent) {
	if presses(e) {
		t.Tapped(nil)
	}
}

// Cursor is a hand where it can be pressed.
func (t *Toggle) Cursor() desktop.Cursor {
	if t.changed == nil {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// CreateRenderer draws the toggle.
func (t *Toggle) CreateRenderer() fyne.WidgetRenderer {
	r := &toggleRenderer{
		toggle: t,
		body:   canvas.NewRectangle(nil),
		track:  canvas.NewRectangle(nil),
		knob:   canvas.NewCircle(onFill),
		label:  canvas.NewText(t.text, nil),
	}
	r.Refresh()
	return r
}

type toggleRenderer struct {
	toggle      *Toggle
	body, track *canvas.Rectangle
	knob        *canvas.Circle
	label       *canvas.Text
}

func (r *toggleRenderer) Layout(size fyne.Size) {
	r.body.Resize(size)
	r.track.Move(fyne.NewPos(toggleSides, (size.Height-trackHeight)/2))
	r.track.Resize(fyne.NewSize(trackWidth, trackHeight))
	const side = trackHeight - 2*knobInset
	x := float32(toggleSides + knobInset)
	if r.toggle.on {
		x = toggleSides + trackWidth - knobInset - side
	}
	r.knob.Move(fyne.NewPos(x, (size.Height-side)/2))
	r.knob.Resize(fyne.NewSquareSize(side))
	r.label.Move(fyne.NewPos(toggleSides+trackWidth+toggleGap, 0))
	r.label.Resize(fyne.NewSize(size.Width-2*toggleSides-trackWidth-toggleGap, size.Height))
}

func (r *toggleRenderer) MinSize() fyne.Size {
	return fyne.NewSize(r.label.MinSize().Width+2*toggleSides+trackWidth+toggleGap, toggleHeight)
}

func (r *toggleRenderer) Refresh() {
	th := r.toggle.Theme()
	variant := fyne.CurrentApp().Settings().ThemeVariant()
	r.label.Text = r.toggle.text
	r.label.TextSize = th.Size(theme.SizeNameText)
	r.label.Color = th.Color(theme.ColorNameForeground, variant)
	r.body.FillColor = th.Color(ColorCard, variant)
	r.body.CornerRadius = toggleHeight / 2
	r.body.StrokeWidth = 1
	r.body.StrokeColor = th.Color(theme.ColorNameSeparator, variant)
	if r.toggle.focused {
		r.body.StrokeWidth = 2
		r.body.StrokeColor = th.Color(theme.ColorNameForeground, variant)
	}
	r.track.CornerRadius = trackHeight / 2
	r.track.FillColor = FillDeny
	if r.toggle.on {
		r.track.FillColor = FillAllow
	}
	r.knob.FillColor = onFill
	if r.toggle.changed == nil {
		r.label.Color = th.Color(theme.ColorNameDisabled, variant)
		r.body.FillColor = th.Color(theme.ColorNameBackground, variant)
		if !r.toggle.on {
			r.track.FillColor = th.Color(theme.ColorNameSeparator, variant)
			r.knob.FillColor = r.body.FillColor
		}
	}
	r.Layout(r.toggle.Size())
	canvas.Refresh(r.toggle)
}

func (r *toggleRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.body, r.track, r.knob, r.label}
}

func (r *toggleRenderer) Destroy() {}
