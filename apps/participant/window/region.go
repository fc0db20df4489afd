package window

import (
	"context"
	"image"
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"lotse/apps/ui"
	"lotse/capture/screen"
)

// leastRegion is the side in pixels of the smallest part that can be shown.
const leastRegion = 64

// pictureTime is how long the picture to draw in may take.
const pictureTime = 5 * time.Second

// drawRegion shows a small picture of the computer in which the person draws
// the part to be shown.
func (w *Window) drawRegion() {
	errand := func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, pictureTime)
		defer cancel()
		img, at, err := w.presenter.Picture(ctx)
		if err != nil {
			return // the state says why nothing can be shown
		}
		w.run(func() { w.openRegion(img, at) })
	}
	select {
	case w.errands <- errand:
	default: // one is on its way
	}
}

// openRegion opens the window to draw in; at is where img lies on the desktop.
func (w *Window) openRegion(img *image.RGBA, at image.Point) {
	t := w.presenter.Region()
	win := w.app.NewWindow(t.Title)
	win.SetIcon(ui.IconOf(w.app))
	win.SetOnClosed(func() {
		w.region = nil
		w.private()
	})
	size := widget.NewLabel(t.How)
	var drawn image.Rectangle
	var show *ui.Button
	pick := newPicker(img, func(r image.Rectangle) {
		drawn = r
		size.SetText(w.presenter.RegionSize(r.Size()))
		show.SetEnabled(r.Dx() >= leastRegion && r.Dy() >= leastRegion)
	})
	send := w.act(func() {
		if drawn.Dx() >= leastRegion && drawn.Dy() >= leastRegion {
			win.Close()
			w.presenter.Show(screen.Target{Kind: screen.Region, Rect: drawn.Add(at)})
		}
	})
	show = ui.NewButton(t.Show, ui.FillPrimary, send)
	show.SetEnabled(false)
	buttons := container.NewHBox(size, layout.NewSpacer(), ui.NewButton(t.Cancel, ui.FillPlain, win.Close), show)
	win.SetContent(container.NewPadded(container.NewBorder(nil, container.NewPadded(buttons), nil, nil, pick)))
	win.Canvas().SetOnTypedKey(func(k *fyne.KeyEvent) {
		//exhaustive:ignore
		switch k.Name {
		case fyne.KeyEscape:
			win.Close()
		case fyne.KeyReturn, fyne.KeyEnter:
			send()
		}
	})
	win.Resize(pick.fitted(ui.Room(w.win)).AddWidthHeight(0, 80))
	win.Show()
	w.region = win
	w.private()
	ui.PlaceInside(win)
	win.RequestFocus()
}

// picker is a picture in which a rectangle can be drawn.
type picker struct {
	widget.BaseWidget

	img   *image.RGBA
	drawn func(image.Rectangle)
	from  fyne.Position
	frame *canvas.Rectangle
	area  image.Rectangle
}

func newPicker(img *image.RGBA, drawn func(image.Rectangle)) *picker {
	frame := canvas.NewRectangle(color.NRGBA{R: 0x0b, G: 0x5c, B: 0xad, A: 0x40})
	frame.StrokeColor, frame.StrokeWidth = color.NRGBA{R: 0x0b, G: 0x5c, B: 0xad, A: 0xff}, 2
	frame.Hide()
	p := &picker{img: img, drawn: drawn, frame: frame}
	p.ExtendBaseWidget(p)
	return p
}

// fitted is the size in which the picture takes up to half of room: the bar
// stays above everything, and there should be place beside it.
func (p *picker) fitted(room fyne.Size) fyne.Size {
	if room.IsZero() {
		room = fyne.NewSize(1200, 800)
	}
	size := fyne.NewSize(float32(p.img.Rect.Dx()), float32(p.img.Rect.Dy()))
	f := min(1, room.Width/2/size.Width, room.Height/2/size.Height)
	return fyne.NewSize(size.Width*f, size.Height*f)
}

// shown is where the picture lies in the widget, and how much smaller.
func (p *picker) shown() (origin fyne.Position, scale float32) {
	w, h := float32(p.img.Rect.Dx()), float32(p.img.Rect.Dy())
	size := p.Size()
	scale = min(size.Width/w, size.Height/h)
	return fyne.NewPos((size.Width-w*scale)/2, (size.Height-h*scale)/2), scale
}

// MouseDown begins a rectangle.
func (p *picker) MouseDown(e *desktop.MouseEvent) { p.from = e.Position }

// MouseUp ends it.
func (p *picker) MouseUp(*desktop.MouseEvent) {}

// Dragged draws it.
func (p *picker) Dragged(e *fyne.DragEvent) {
	origin, scale := p.shown()
	if scale <= 0 {
		return
	}
	pixel := func(at fyne.Position) image.Point {
		x, y := int((at.X-origin.X)/scale+0.5), int((at.Y-origin.Y)/scale+0.5)
		return image.Pt(min(max(x, 0), p.img.Rect.Dx()), min(max(y, 0), p.img.Rect.Dy()))
	}
	a, b := pixel(p.from), pixel(e.Position)
	p.area = image.Rect(a.X, a.Y, b.X, b.Y)
	p.frame.Move(origin.AddXY(float32(p.area.Min.X)*scale, float32(p.area.Min.Y)*scale))
	p.frame.Resize(fyne.NewSize(float32(p.area.Dx())*scale, float32(p.area.Dy())*scale))
	p.frame.Show()
	p.frame.Refresh()
	p.drawn(p.area)
}

// DragEnd leaves it as it is.
func (p *picker) DragEnd() {}

// Cursor is a cross.
func (p *picker) Cursor() desktop.Cursor { return desktop.CrosshairCursor }

// CreateRenderer draws the picture and the rectangle above it.
func (p *picker) CreateRenderer() fyne.WidgetRenderer {
	img := canvas.NewImageFromImage(p.img)
	img.FillMode, img.ScaleMode = canvas.ImageFillContain, canvas.ImageScaleSmooth
	return &pickerRenderer{p: p, img: img}
}

type pickerRenderer struct {
	p   *picker
	img *canvas.Image
}

func (r *pickerRenderer) Layout(size fyne.Size)        { r.img.Resize(size) }
func (r *pickerRenderer) MinSize() fyne.Size           { return fyne.NewSize(320, 200) }
func (r *pickerRenderer) Refresh()                     { r.img.Refresh() }
func (r *pickerRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.img, r.p.frame} }
func (r *pickerRenderer) Destroy()                     {}
