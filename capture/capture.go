// Package capture holds what a screen looks like between the packages that
// take, code and draw it: values only, no system call.
package capture

import "image"

// Frame is one state of a shared screen. The source owns Pix; it is valid
// until the source is asked for the next frame.
type Frame struct {
	// Pix holds BGRA, four bytes a pixel, alpha undefined.
	Pix []byte
	// Stride is the length of a row in bytes, at least 4*W.
	Stride int
	// W and H are the size in pixels.
	W, H int
	// Dirty lists where the picture may differ from the frame before. An
	// empty list means nothing changed; a nil source hint is the whole frame.
	Dirty []image.Rectangle
	// Moves are what the system reports as moved; a hint, never trusted.
	Moves []Move
	// Cursor is where the pointer is; it is not part of Pix.
	Cursor Cursor
	// Origin is where pixel 0,0 lies on the desktop. A window that is moved
	// takes it along without a new Epoch: positions in the picture mean the
	// same as before.
	Origin image.Point
	// State says whether this is the screen of now. While it is not Live the
	// last picture stands.
	State State
	// Epoch changes when the size of the picture or the layout of the
	// monitors in it does. Input that names an older epoch is not carried
	// out.
	Epoch uint32
}

// State says whether a picture follows the screen.
type State uint8

// The states of a picture.
const (
	// Live is a picture that follows the screen.
	Live State = iota
	// Locked means that the screen is dark, locked or asks for a password
	// that no program may see.
	Locked
	// Hidden means that the window is minimised or on another workspace.
	Hidden
)

// Bounds returns the frame's rectangle, its corner at 0,0.
func (f *Frame) Bounds() image.Rectangle { return image.Rect(0, 0, f.W, f.H) }

// Move says that the pixels now in To stood at From before.
type Move struct {
	From image.Point
	To   image.Rectangle
}

// Cursor is the pointer: where its hot spot is and what it looks like.
type Cursor struct {
	// Visible is false while the system hides the pointer.
	Visible bool
	// At is the hot spot in frame pixels.
	At image.Point
	// Shape is what it looks like; a source sends the same pointer again as
	// long as the shape stays.
	Shape *CursorShape
}

// CursorShape is the pointer's picture, at most MaxCursor pixels a side.
type CursorShape struct {
	// W and H are the size in pixels.
	W, H int
	// Hot is the hot spot inside the shape.
	Hot image.Point
	// Pix holds BGRA with straight alpha, 4*W*H bytes.
	Pix []byte
}

// MaxCursor is the longest side of a pointer's picture in pixels.
const MaxCursor = 256

// Display is one monitor.
type Display struct {
	// ID is stable while the layout is.
	ID uint32
	// Name is what the system calls it.
	Name string
	// Bounds is where it lies on the desktop, in pixels.
	Bounds image.Rectangle
	// Primary marks the monitor with the task bar.
	Primary bool
}

// Window is a window of another program that may be shared.
type Window struct {
	// ID is what the system calls it, while it is open.
	ID uint32
	// Title is what stands at its top, at most MaxTitle bytes of UTF-8. Its
	// program chose it.
	Title string
	// App is the program it belongs to, where the system knows.
	App string
	// Bounds is where its content lies on the desktop, in pixels.
	Bounds image.Rectangle
}

// MaxTitle is the longest title of a window in bytes; what is longer is cut.
const MaxTitle = 256

// MaxSide is the longest side of a screen in pixels that is shared or shown.
const MaxSide = 16384

// MaxPixels is the largest area of a screen that is shared or shown:
// 8192 × 4320 pixels.
const MaxPixels = 8192 * 4320
