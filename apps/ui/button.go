package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// The measures of a Button in device independent pixels: high enough to hit
// with a shaking hand (WCAG 2.5.5 asks for 44).
const (
	buttonHeight  = 44
	compactHeight = 32
	buttonSides   = 20
	compactSides  = 12
	buttonRadius  = 10
	ringWidth     = 3
)

// Button is a big button of one solid colour, the same whether hovered or
// not. A ring shows the keyboard focus; Space and Enter press it.
type Button struct {
	widget.BaseWidget

	text     string
	fill     Fill
	compact  bool
	tapped   func()
	disabled bool
	focused  bool
	hovered  bool

	// OnHover is called when the pointer comes and when it goes.
	OnHover func(on bool)
}

// NewButton returns a button that calls tapped.
func NewButton(text string, fill Fill, tapped func()) *Button {
	b := &Button{text: text, fill: fill, tapped: tapped}
	b.ExtendBaseWidget(b)
	return b
}

// NewCompactButton returns a lower button, for rows and bars.
func NewCompactButton(text string, fill Fill, tapped func()) *Button {
	b := &Button{text: text, fill: fill, tapped: tapped, compact: true}
	b.ExtendBaseWidget(b)
	return b
}

// SetEnabled makes the button pressable or not.
func (b *Button) SetEnabled(on bool) {
	if b.disabled == !on {
		return
	}
	b.disabled = !on
	b.Refresh()
}

// Text returns what stands on the button.
func (b *Button) Text() string { return b.text }

// Tapped presses the button.
func (b *Button) Tapped(*fyne.PointEvent) {
	if !b.disabled && b.tapped != nil {
		b.tapped()
	}
}

// FocusGained shows the ring.
func (b *Button) FocusGained() { b.focused = true; b.Refresh() }

// FocusLost hides the ring.
func (b *Button) FocusLost() { b.focused = false; b.Refresh() }

// TypedRune ignores text.
func (b *Button) TypedRune(rune) {}

// TypedKey presses the button with Space or Enter.
func (b *Button) TypedKey(e *fyne.KeyEvent) {
	if presses(e) {
		b.Tapped(nil)
	}
}

// presses reports whether a key presses what has the focus.
func presses(e *fyne.KeyEvent) bool {
	return e.Name == fyne.KeySpace || e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter
}

// MouseIn shows that the button can be pressed.
func (b *Button) MouseIn(*desktop.MouseEvent) { b.hover(true) }

func (b *Button) hover(on bool) {
	b.hovered = on
	b.Refresh()
	if b.OnHover != nil {
		b.OnHover(on)
	}
}

// MouseMoved changes nothing.
func (b *Button) MouseMoved(*desktop.MouseEvent) {}

// MouseOut takes back what MouseIn showed.
func (b *Button) MouseOut() { b.hover(false) }

// Cursor is a hand.
func (b *Button) Cursor() desktop.Cursor { return desktop.PointerCursor }

// CreateRenderer draws the button.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	r := &buttonRenderer{
		button: b,
		ring:   canvas.NewRectangle(nil),
		body:   canvas.NewRectangle(b.fill),
		label:  canvas.NewText(b.text, onFill),
	}
	r.label.Alignment = fyne.TextAlignCenter
	r.label.TextStyle.Bold = true
	r.Refresh()
	return r
}

type buttonRenderer struct {
	button     *Button
	ring, body *canvas.Rectangle
	label      *canvas.Text
}

func (r *buttonRenderer) Layout(size fyne.Size) {
	r.ring.Resize(size)
	r.body.Move(fyne.NewSquareOffsetPos(ringWidth))
	r.body.Resize(size.SubtractWidthHeight(2*ringWidth, 2*ringWidth))
	r.label.Resize(size)
}

func (r *buttonRenderer) MinSize() fyne.Size {
	h, sides := float32(buttonHeight), float32(buttonSides)
	if r.button.compact {
		h, sides = compactHeight, compactSides
	}
	text := r.label.MinSize()
	return fyne.NewSize(text.Width+2*sides, max(h, text.Height+2*ringWidth))
}

func (r *buttonRenderer) Refresh() {
	th := r.button.Theme()
	variant := fyne.CurrentApp().Settings().ThemeVariant()
	r.label.Text = r.button.text
	r.label.TextSize = th.Size(theme.SizeNameText)
	if !r.button.compact {
		r.label.TextSize++
	}
	r.body.FillColor = r.button.fill
	if r.button.fill == FillPrimary { // the one that an organisation may choose
		r.body.FillColor = th.Color(ColorAction, variant)
	}
	r.body.CornerRadius = buttonRadius
	r.label.Color = onFill
	if r.button.disabled {
		r.body.FillColor = th.Color(theme.ColorNameSeparator, variant)
		r.label.Color = th.Color(theme.ColorNameDisabled, variant)
	}
	r.ring.FillColor = th.Color(ColorCard, variant)
	r.ring.CornerRadius = buttonRadius + ringWidth
	r.ring.StrokeWidth = 2
	r.ring.StrokeColor = th.Color(theme.ColorNameForeground, variant)
	if r.button.hovered && !r.button.focused {
		r.ring.StrokeColor = th.Color(theme.ColorNameInputBorder, variant)
	}
	r.ring.Hidden = !r.button.focused && (!r.button.hovered || r.button.disabled)
	canvas.Refresh(r.button)
}

func (r *buttonRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ring, r.body, r.label}
}

func (r *buttonRenderer) Destroy() {}
