package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// countdownHeight is the bar's height in device independent pixels.
const countdownHeight = 10

// Countdown is a bar that gets shorter. It keeps no time: it shows what it is
// told.
type Countdown struct {
	widget.BaseWidget

	left float64
}

// NewCountdown returns a full bar.
func NewCountdown() *Countdown {
	c := &Countdown{left: 1}
	c.ExtendBaseWidget(c)
	return c
}

// SetLeft shows what is left, 1 for all and 0 for nothing.
func (c *Countdown) SetLeft(left float64) {
	left = min(max(left, 0), 1)
	if left == c.left {
		return
	}
	c.left = left
	c.Refresh()
}

// CreateRenderer draws the bar.
func (c *Countdown) CreateRenderer() fyne.WidgetRenderer {
	r := &countdownRenderer{bar: c, track: canvas.NewRectangle(nil), fill: canvas.NewRectangle(nil)}
	r.Refresh()
	return r
}

type countdownRenderer struct {
	bar         *Countdown
	track, fill *canvas.Rectangle
}

func (r *countdownRenderer) Layout(size fyne.Size) {
	r.track.Resize(size)
	r.fill.Resize(fyne.NewSize(size.Width*float32(r.bar.left), size.Height))
}

func (r *countdownRenderer) MinSize() fyne.Size { return fyne.NewSize(120, countdownHeight) }

func (r *countdownRenderer) Refresh() {
	th := r.bar.Theme()
	variant := fyne.CurrentApp().Settings().ThemeVariant()
	r.track.CornerRadius, r.fill.CornerRadius = countdownHeight/2, countdownHeight/2
	r.track.FillColor = th.Color(theme.ColorNameSeparator, variant)
	r.fill.FillColor = th.Color(theme.ColorNameWarning, variant)
	r.Layout(r.bar.Size())
	canvas.Refresh(r.bar)
}

func (r *countdownRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.track, r.fill}
}

func (r *countdownRenderer) Destroy() {}

// NewSpinner returns a bar as high as a Countdown that says that something is
// under way.
func NewSpinner() fyne.CanvasObject {
	return container.New(barHeight{}, widget.NewProgressBarInfinite())
}

// barHeight gives its object the height of a Countdown.
type barHeight struct{}

// MinSize is the least size of a Countdown.
func (barHeight) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(120, countdownHeight) }

// Layout fills the space.
func (barHeight) Layout(o []fyne.CanvasObject, size fyne.Size) { o[0].Resize(size) }
