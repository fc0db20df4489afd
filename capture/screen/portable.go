package screen

import (
	"errors"
	"fmt"
	"image"

	"github.com/kbinani/screenshot"

	"lotse/capture"
)

// portable looks through kbinani/screenshot. That makes a new connection for
// each picture and knows no pointer.
type portable struct{}

// openPortable knows no windows; their view is ErrUnsupported.
func openPortable(t Target) (Source, error) {
	p, err := newPolled(portable{}, t)
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (portable) name() string           { return "portable" }
func (portable) state() capture.State   { return capture.Live }
func (portable) close() error           { return nil }
func (portable) cursor() capture.Cursor { return capture.Cursor{} }

func (portable) displays() ([]capture.Display, error) {
	n := screenshot.NumActiveDisplays()
	if n <= 0 {
		return nil, ErrNoDisplay
	}
	out := make([]capture.Display, 0, n)
	for i := range n {
		out = append(out, capture.Display{
			ID: uint32(i + 1), Name: fmt.Sprintf("Display %d", i+1),
			Bounds: screenshot.GetDisplayBounds(i), Primary: i == 0,
		})
	}
	return out, nil
}

func (portable) grab(dst []byte, stride int, r image.Rectangle) error {
	shot, err := screenshot.CaptureRect(r)
	if errors.Is(err, screenshot.ErrUnsupported) {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	if err != nil {
		return fmt.Errorf("capture: %w", err)
	}
	if shot.Rect.Dx() != r.Dx() || shot.Rect.Dy() != r.Dy() {
		return fmt.Errorf("capture: got %v, want %v", shot.Rect.Size(), r.Size())
	}
	for y := range r.Dy() {
		toBGRA(dst[stride*y:stride*y+4*r.Dx()], shot.Pix[y*shot.Stride:])
	}
	return nil
}

// toBGRA turns RGBA into BGRA, as many pixels as dst has.
func toBGRA(dst, src []byte) {
	src = src[:len(dst)]
	for i := 0; i+3 < len(dst); i += 4 {
		dst[i], dst[i+1], dst[i+2], dst[i+3] = src[i+2], src[i+1], src[i], src[i+3]
	}
}

// lost says that the display went away, and why.
func lost(err error) error { return fmt.Errorf("%w: %w", ErrDisplayLost, err) }
