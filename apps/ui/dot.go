package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
)

// dotSide is a light's diameter in device independent pixels.
const dotSide = 14

// NewDot is a light. It always stands beside words that say the same.
func NewDot(fill color.Color) fyne.CanvasObject {
	dot := canvas.NewCircle(fill)
	dot.StrokeColor, dot.StrokeWidth = onFill, 1
	return container.NewCenter(container.NewGridWrap(fyne.NewSquareSize(dotSide), dot))
}
