package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Digits is a number to be read aloud across a desk: large, with digits of one
// width.
type Digits struct {
	widget.BaseWidget

	text string
}

// NewDigits returns the number as it is grouped in text.
func NewDigits(text string) *Digits {
	d := &Digits{text: text}
	d.ExtendBaseWidget(d)
	return d
}

// CreateRenderer draws the number.
func (d *Digits) CreateRenderer() fyne.WidgetRenderer {
	label := canvas.NewText(d.text, nil)
	label.TextStyle = fyne.TextStyle{Bold: true, Monospace: true}
	r := &digitsRenderer{digits: d, label: label}
	r.Refresh()
	return r
}

type digitsRenderer struct {
	digits *Digits
	label  *canvas.Text
}

// digitsPad lines the number up with the labels around it.
const digitsPad = 9

func (r *digitsRenderer) Layout(size fyne.Size) {
	r.label.Move(fyne.NewPos(digitsPad, 0))
	r.label.Resize(size.SubtractWidthHeight(digitsPad, 0))
}

func (r *digitsRenderer) MinSize() fyne.Size {
	return r.label.MinSize().AddWidthHeight(2*digitsPad, 0)
}

func (r *digitsRenderer) Refresh() {
	th := r.digits.Theme()
	r.label.Text = r.digits.text
	r.label.TextSize = th.Size(SizeDigits)
	r.label.Color = th.Color(theme.ColorNameForeground, fyne.CurrentApp().Settings().ThemeVariant())
	canvas.Refresh(r.digits)
}

func (r *digitsRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.label} }

func (r *digitsRenderer) Destroy() {}
