package ui

import (
	"image"
	"image/color"
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"lotse/capture/input"
	"lotse/participant/watch"
)

// Source is a picture that changes; *watch.Screen is one.
type Source interface {
	Take(look func(watch.View))
}

// ScreenView shows another screen and, as long as it may, sends keys and
// pointer there. Whoever owns it says with SetControl whether it may; the
// other side checks all the same.
type ScreenView struct {
	widget.BaseWidget

	source  Source
	zoom    Zoom
	control bool
	focused bool

	mosaic   mosaic
	stale    bool // everything has to be painted
	origin   fyne.Position
	scale    float32
	images   []*canvas.Image // one a tile
	cursor   cursor
	pointer  pointer
	keyboard keyboard
	scan     scanTable

	drawing Drawing
	drawn   bool // the button is held while it draws
	grab    grab
	locks   input.LockState // ours, as they were told to the other side

	// OnPan is called with a wheel turn that is not sent, to pan.
	OnPan func(*fyne.ScrollEvent)
	// OnPointer is called with the place of the pointer in the view.
	OnPointer func(fyne.Position)
	// OnFocus is called when keys begin to go here, and when they no longer do.
	OnFocus func(on bool)
	// OnFullScreen is called for Ctrl+Alt+Enter, which is not sent.
	OnFullScreen func()
	// OnLeave is called when the keyboard should go elsewhere in this window:
	// for the right Ctrl alone, and for Ctrl+Alt+Home, which is not sent.
	OnLeave func()
	// OnGrab is called when the system's keys begin to go to the other side,
	// and when they no longer do.
	OnGrab func()
	// OwnLocks returns which lock keys are on here; nil is for nobody knows.
	OwnLocks func() (input.LockState, error)
}

// Zoom is how large the picture is shown.
type Zoom uint8

// The zooms. One pixel of the picture is one of this screen at Zoom100, and
// two by two at Zoom200, whatever the toolkit's scale is.
const (
	ZoomFit Zoom = iota // all of it, never enlarged
	Zoom100
	Zoom200
)

// times is by how much shown pixels are enlarged.
func (z Zoom) times() int { return max(int(z), 1) }

// NewScreenView returns a view without a picture. steer is where keys and
// pointer go; run is fyne.Do.
func NewScreenView(steer Steering, run func(func())) *ScreenView {
	v := &ScreenView{scan: systemScanCodes(), keyboard: keyboard{out: steer}, scale: 1}
	later := func(d time.Duration, f func()) { time.AfterFunc(d, func() { run(f) }) }
	v.pointer = pointer{out: steer, now: time.Now, later: later}
	v.grab = grab{later: later, changed: v.grabbed}
	v.keyboard.leave = v.left
	v.ExtendBaseWidget(v)
	return v
}

// SetSource shows another picture from now on; nil shows none.
func (v *ScreenView) SetSource(s Source) {
	if s == v.source {
		return
	}
	v.source, v.stale = s, true
	v.Picture()
}

// mode is how the toolkit enlarges a tile: doubled pixels stay sharp.
func (z Zoom) mode() canvas.ImageScale {
	if z.times() > 1 {
		return canvas.ImageScalePixels
	}
	return canvas.ImageScaleFastest
}

// SetZoom changes how large the picture is shown.
func (v *ScreenView) SetZoom(z Zoom) {
	if v.zoom == z {
		return
	}
	v.zoom = z
	v.Refresh()
}

// Zoom returns how large the picture is shown.
func (v *ScreenView) Zoom() Zoom { return v.zoom }

// SetControl says whether keys and pointer may be sent. When it ends,
// everything that is held is let go.
func (v *ScreenView) SetControl(on bool) {
	if v.control == on {
		return
	}
	v.control = on
	if !on {
		v.letGo()
	}
	v.attend()
}

// Drawing is where the mouse goes instead of the other side's pointer, in
// pixels of the picture.
type Drawing interface {
	Begin(at image.Point)
	Drag(at image.Point)
	End(at image.Point)
}

// SetDrawing lets the left button draw from now on, or with nil no longer.
func (v *ScreenView) SetDrawing(d Drawing) {
	v.drawing, v.drawn = d, false
	if d != nil {
		v.pointer.drop()
	}
}

// Picture takes the newest state of the source and draws what changed.
func (v *ScreenView) Picture() {
	if v.source == nil {
		v.mosaic = mosaic{}
		v.Refresh()
		return
	}
	var changed []int
	var reshaped bool
	v.source.Take(func(w watch.View) {
		reshaped = v.mosaic.shape(w.Size, v.room(w.Size))
		changed = v.mosaic.paint(w, reshaped || v.stale)
		v.cursor.set(w.Cursor)
	})
	v.stale = false
	if reshaped {
		v.Refresh()
		return
	}
	for _, i := range changed {
		if i < len(v.images) { // not before it is on a canvas
			canvas.Refresh(v.images[i])
		}
	}
	v.placeCursor()
}

// room returns how many pixels the picture gets: its own size, or the largest
// of its shape that fits.
func (v *ScreenView) room(src image.Point) image.Point {
	if v.zoom != ZoomFit || src.X <= 0 || src.Y <= 0 {
		return src
	}
	size := v.Size()
	w, h := int(size.Width*v.scale), int(size.Height*v.scale)
	if w <= 0 || h <= 0 {
		return image.Point{}
	}
	f := math.Min(1, math.Min(float64(w)/float64(src.X), float64(h)/float64(src.Y)))
	return image.Pt(max(int(float64(src.X)*f), 1), max(int(float64(src.Y)*f), 1))
}

// pixel returns the source pixel under a position; ok is false beside the
// picture.
func (v *ScreenView) pixel(at fyne.Position) (p image.Point, ok bool) {
	dst := v.mosaic.dst
	if dst.X == 0 || dst.Y == 0 {
		return image.Point{}, false
	}
	times := float64(v.zoom.times())
	x := int(math.Floor(float64((at.X-v.origin.X)*v.scale) / times))
	y := int(math.Floor(float64((at.Y-v.origin.Y)*v.scale) / times))
	ok = x >= 0 && y >= 0 && x < dst.X && y < dst.Y
	x, y = min(max(x, 0), dst.X-1), min(max(y, 0), dst.Y-1)
	src := v.mosaic.src
	// the middle of the shown pixel
	return image.Pt((2*x+1)*src.X/(2*dst.X), (2*y+1)*src.Y/(2*dst.Y)), ok
}

func (v *ScreenView) letGo() {
	v.pointer.forget()
	v.keyboard.release()
}

// CreateRenderer draws the tiles and the other side's pointer above them.
func (v *ScreenView) CreateRenderer() fyne.WidgetRenderer {
	r := &screenRenderer{view: v, ground: canvas.NewRectangle(color.Black)}
	r.Refresh()
	return r
}

type screenRenderer struct {
	view    *ScreenView
	ground  *canvas.Rectangle
	objects []fyne.CanvasObject
}

// MinSize is the picture's size where it is not fitted, so that a scroll
// container knows how far it goes; fitted it is small.
func (r *screenRenderer) MinSize() fyne.Size {
	v := r.view
	if v.zoom == ZoomFit || v.mosaic.src == (image.Point{}) {
		return fyne.NewSize(320, 200)
	}
	shown := v.mosaic.src.Mul(v.zoom.times())
	return fyne.NewSize(float32(shown.X)/v.scale, float32(shown.Y)/v.scale)
}

func (r *screenRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	v := r.view
	if c := fyne.CurrentApp().Driver().CanvasForObject(v); c != nil && c.Scale() > 0 {
		v.scale = c.Scale()
	}
	if v.source != nil && v.mosaic.dst != v.room(v.mosaic.src) {
		v.source.Take(func(w watch.View) {
			v.mosaic.shape(w.Size, v.room(w.Size))
			v.mosaic.paint(w, true)
		})
		r.rebuild()
	}
	r.place(size)
}

// place puts the tiles on whole pixels, the picture in the middle.
func (r *screenRenderer) place(size fyne.Size) {
	v := r.view
	whole := func(f float32) float32 { return float32(math.Floor(float64(f*v.scale))) / v.scale }
	times := v.zoom.times()
	dst := v.mosaic.dst.Mul(times)
	v.origin = fyne.NewPos(
		max(whole((size.Width-float32(dst.X)/v.scale)/2), 0),
		max(whole((size.Height-float32(dst.Y)/v.scale)/2), 0),
	)
	for i, t := range v.mosaic.tiles {
		if i >= len(v.images) {
			break
		}
		img := v.images[i]
		at, size := t.at.Min.Mul(times), t.at.Size().Mul(times)
		img.Move(v.origin.AddXY(float32(at.X)/v.scale, float32(at.Y)/v.scale))
		img.Resize(fyne.NewSize(float32(size.X)/v.scale, float32(size.Y)/v.scale))
	}
	v.placeCursor()
}

// rebuild makes an image for each tile.
func (r *screenRenderer) rebuild() {
	v := r.view
	v.images = nil
	r.objects = []fyne.CanvasObject{r.ground}
	for _, t := range v.mosaic.tiles {
		img := canvas.NewImageFromImage(t.img)
		img.ScaleMode = v.zoom.mode()
		img.FillMode = canvas.ImageFillStretch
		v.images = append(v.images, img)
		r.objects = append(r.objects, img)
	}
	r.objects = append(r.objects, v.cursor.image())
}

func (r *screenRenderer) Refresh() {
	r.rebuild()
	r.Layout(r.view.Size())
	canvas.Refresh(r.view)
}

func (r *screenRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *screenRenderer) Destroy() {}
