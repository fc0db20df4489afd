package screen

import (
	"fmt"
	"image"

	"github.com/jezek/xgb/xfixes"
	"github.com/jezek/xgb/xproto"

	"lotse/capture"
)

// cursor returns the pointer in pixels of a picture of bounds.
func (b *x11Base) cursor(pointer *xproto.QueryPointerReply, bounds image.Rectangle) (capture.Cursor, error) {
	shape := b.frame.Cursor.Shape
	if b.reshaped.Swap(false) {
		reply, err := xfixes.GetCursorImage(b.conn.Conn).Reply()
		if err != nil {
			return capture.Cursor{}, fmt.Errorf("screen: pointer: %w", err)
		}
		shape = newShape(reply)
	}
	// X programs hide the pointer by giving it a shape without a pixel.
	at := image.Pt(int(pointer.RootX), int(pointer.RootY))
	c := capture.Cursor{Visible: pointer.SameScreen && shape != nil, At: at, Shape: shape}
	return within(c, bounds), nil
}

// newShape returns the pointer's picture, at most MaxCursor a side, or nil
// when it has no pixel that shows.
func newShape(reply *xfixes.GetCursorImageReply) *capture.CursorShape {
	stride := int(reply.Width)
	shape := &capture.CursorShape{
		W: min(int(reply.Width), capture.MaxCursor), H: min(int(reply.Height), capture.MaxCursor),
		Hot: image.Pt(int(reply.Xhot), int(reply.Yhot)),
	}
	shape.Hot.X, shape.Hot.Y = min(shape.Hot.X, max(shape.W-1, 0)), min(shape.Hot.Y, max(shape.H-1, 0))
	shape.Pix = make([]byte, 0, 4*shape.W*shape.H)
	shows := false
	for y := range shape.H {
		for x := range shape.W {
			pixel := straight(reply.CursorImage[y*stride+x])
			shows = shows || pixel[3] != 0
			shape.Pix = append(shape.Pix, pixel[:]...)
		}
	}
	if !shows {
		return nil
	}
	return shape
}

// straight turns 0xAARRGGBB with colours multiplied by alpha into BGRA with
// colours as they are.
func straight(argb uint32) [4]byte {
	alpha := argb >> 24
	if alpha == 0 {
		return [4]byte{}
	}
	channel := func(shift uint) byte {
		return byte(min(((argb>>shift&0xff)*255+alpha/2)/alpha, 255))
	}
	return [4]byte{channel(0), channel(8), channel(16), byte(alpha)}
}
