package ui

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"lotse/capture"
)

// cursor draws the other side's pointer.
type cursor struct {
	now   capture.Cursor
	shape *capture.CursorShape // the one that img shows
	img   *canvas.Image
}

// image returns what is drawn; it is hidden until there is a shape.
func (c *cursor) image() *canvas.Image {
	if c.img == nil {
		c.img = canvas.NewImageFromImage(image.NewRGBA(image.Rect(0, 0, 1, 1)))
		c.img.ScaleMode = canvas.ImageScaleFastest
		c.img.Hidden = true
	}
	return c.img
}

// set takes a new state. A shape that is not what it says is not drawn.
func (c *cursor) set(now capture.Cursor) {
	if s := now.Shape; s != nil && (s.W <= 0 || s.H <= 0 || s.W > capture.MaxCursor || s.H > capture.MaxCursor || len(s.Pix) < 4*s.W*s.H) {
		now.Shape = nil
	}
	c.now = now
}

// draw brings a new shape into the image and reports whether there was one.
func (c *cursor) draw() bool {
	s := c.now.Shape
	if s == c.shape || s == nil {
		return false
	}
	c.shape = s
	c.image().Image = cursorImage(s)
	return true
}

// cursorImage turns BGRA with straight alpha into what a texture takes.
func cursorImage(s *capture.CursorShape) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, s.W, s.H))
	for i := 0; i < 4*s.W*s.H; i += 4 {
		a := uint32(s.Pix[i+3])
		img.Pix[i] = byte(uint32(s.Pix[i+2]) * a / 0xff)
		img.Pix[i+1] = byte(uint32(s.Pix[i+1]) * a / 0xff)
		img.Pix[i+2] = byte(uint32(s.Pix[i]) * a / 0xff)
		img.Pix[i+3] = byte(a)
	}
	return img
}

// placeCursor moves the pointer to where it is now. It keeps its own size in
// a fitted picture: a pointer that shrinks can't be found.
func (v *ScreenView) placeCursor() {
	c, m := &v.cursor, &v.mosaic
	img := c.image()
	fresh := c.draw()
	hidden := !c.now.Visible || c.shape == nil || m.dst == (image.Point{})
	if hidden {
		if !img.Hidden {
			img.Hide()
		}
		return
	}
	times := v.zoom.times()
	x := float32(times*(c.now.At.X*m.dst.X/m.src.X-c.shape.Hot.X)) / v.scale
	y := float32(times*(c.now.At.Y*m.dst.Y/m.src.Y-c.shape.Hot.Y)) / v.scale
	at := v.origin.AddXY(x, y)
	size := fyne.NewSize(float32(times*c.shape.W)/v.scale, float32(times*c.shape.H)/v.scale)
	if img.Hidden {
		img.Show()
	}
	if img.Position() != at {
		img.Move(at)
	}
	if img.Size() != size {
		img.Resize(size)
	}
	if fresh {
		canvas.Refresh(img)
	}
}
