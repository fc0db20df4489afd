package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
)

// Flow lays objects out in rows and begins a new row at the right edge.
func Flow(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&flow{width: flowWidth}, objects...)
}

// flowWidth is the width, in device independent pixels, that a Flow expects
// before it was laid out for the first time.
const flowWidth = 560

// flow remembers its width, because Fyne asks for a height before it says how
// wide something will be.
type flow struct{ width float32 }

func (f *flow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	f.width = size.Width
	f.walk(objects, func(o fyne.CanvasObject, at fyne.Position) {
		o.Move(at)
		o.Resize(o.MinSize())
	})
}

func (f *flow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(0, f.walk(objects, func(fyne.CanvasObject, fyne.Position) {}))
	for _, o := range objects {
		size.Width = max(size.Width, o.MinSize().Width)
	}
	return size
}

// walk calls each with every object and its place, in the middle of its row,
// and returns how high all rows are.
func (f *flow) walk(objects []fyne.CanvasObject, each func(fyne.CanvasObject, fyne.Position)) (height float32) {
	gap := theme.Padding()
	for rest := objects; len(rest) > 0; {
		n, high := f.row(rest, gap)
		x := float32(0)
		for _, o := range rest[:n] {
			if !o.Visible() {
				continue
			}
			size := o.MinSize()
			each(o, fyne.NewPos(x, height+(high-size.Height)/2))
			x += size.Width + gap
		}
		height += high + gap
		rest = rest[n:]
	}
	return max(height-gap, 0)
}

// row returns how many objects fit in the next row, at least one, and how
// high it is.
func (f *flow) row(objects []fyne.CanvasObject, gap float32) (n int, high float32) {
	x := float32(0)
	for _, o := range objects {
		size := o.MinSize()
		if o.Visible() {
			if x > 0 && x+size.Width > f.width {
				return n, high
			}
			x, high = x+size.Width+gap, max(high, size.Height)
		}
		n++
	}
	return n, high
}

// Column stacks objects with a margin around them.
func Column(objects ...fyne.CanvasObject) *fyne.Container {
	return Margin(container.NewVBox(objects...))
}

// Margin leaves room around an object, more at its sides.
func Margin(o fyne.CanvasObject) *fyne.Container {
	const margin = 12
	return container.New(layout.NewCustomPaddedLayout(margin, margin, 2*margin, 2*margin), o)
}

// Gap is empty height.
func Gap(height float32) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(height, 0, 0, 0))
}

// settleRounds is how often Settle lays out; three nested wraps need as many.
const settleRounds = 4

// Settle returns the size that content wants when it has at least least. A
// wrapped text knows its height only once it has its width, so it is laid out
// until nothing moves.
func Settle(content fyne.CanvasObject, least fyne.Size) fyne.Size {
	size := least
	for range settleRounds {
		content.Resize(size)
		next := fyne.NewSize(max(least.Width, content.MinSize().Width), max(least.Height, content.MinSize().Height))
		if next == size {
			break
		}
		size = next
	}
	return size
}
