package message

import (
	"encoding/binary"
	"fmt"
	"image"

	"lotse/capture"
	"lotse/capture/codec"
	"lotse/crypto/canon"
)

// maxDisplayName is the longest name of a shared screen in bytes.
const maxDisplayName = 128

// Sharing says what its sender shows: nothing, or a screen of a size in
// pixels.
//
// CBOR map: 1 on · 2 width · 3 height · 4 layout epoch · 5 name.
type Sharing struct {
	On     bool   `cbor:"1,keyasint"`
	Width  int    `cbor:"2,keyasint"`
	Height int    `cbor:"3,keyasint"`
	Epoch  uint32 `cbor:"4,keyasint"`
	Name   string `cbor:"5,keyasint"`
}

// Kind returns KindSharing.
func (Sharing) Kind() Kind { return KindSharing }

func (m Sharing) appendBody(dst []byte) []byte { return append(dst, canon.Marshal(m)...) }

func (m Sharing) check() error {
	if m.Width < 0 || m.Height < 0 || m.Width > capture.MaxSide || m.Height > capture.MaxSide {
		return fmt.Errorf("%w: screen of %d × %d", ErrMalformed, m.Width, m.Height)
	}
	if area := m.Width * m.Height; area > capture.MaxPixels || m.On && area == 0 {
		return fmt.Errorf("%w: screen of %d × %d", ErrMalformed, m.Width, m.Height)
	}
	return plainText(m.Name, maxDisplayName)
}

// Refresh asks a sharer for an update that needs no earlier one.
//
// Body: u8 member who shares.
type Refresh struct{ Member uint8 }

// Kind returns KindRefresh.
func (Refresh) Kind() Kind { return KindRefresh }

func (m Refresh) appendBody(dst []byte) []byte { return append(dst, m.Member) }

func parseRefresh(body []byte) (Message, error) {
	if err := sized(body, 1); err != nil {
		return nil, err
	}
	return Refresh{Member: body[0]}, nil
}

// Ack tells a sharer that an update was drawn.
//
// Body: u8 member who shares · u32 number of the update.
type Ack struct {
	Member uint8
	Number uint32
}

// Kind returns KindAck.
func (Ack) Kind() Kind { return KindAck }

func (m Ack) appendBody(dst []byte) []byte {
	return binary.BigEndian.AppendUint32(append(dst, m.Member), m.Number)
}

func parseAck(body []byte) (Message, error) {
	if err := sized(body, 5); err != nil {
		return nil, err
	}
	return Ack{Member: body[0], Number: binary.BigEndian.Uint32(body[1:])}, nil
}

// Update is one step of a shared screen.
//
// Body: u32 number, counted up by the sharer · the update (capture/codec).
type Update struct {
	Number uint32
	Data   []byte
}

// updateFixed is the size of an update's number in bytes.
const updateFixed = 4

// Kind returns KindUpdate.
func (Update) Kind() Kind { return KindUpdate }

func (m Update) appendBody(dst []byte) []byte {
	return append(binary.BigEndian.AppendUint32(dst, m.Number), m.Data...)
}

func parseUpdate(body []byte) (Message, error) {
	if len(body) <= updateFixed || len(body)-updateFixed > codec.MaxUpdate {
		return nil, fmt.Errorf("%w: update of %d bytes", ErrMalformed, len(body))
	}
	return Update{Number: binary.BigEndian.Uint32(body), Data: body[updateFixed:]}, nil
}

// Cursor is where the pointer of a shared screen is. The shape is sent when
// it changes, and again after a Refresh.
//
// Body: u8 flags (1 visible, 2 a shape follows) · i32 x · i32 y, and for a
// shape: u16 width · u16 height · u16 hot x · u16 hot y · BGRA.
type Cursor struct{ capture.Cursor }

// cursor flags.
const (
	cursorVisible = 1
	cursorShape   = 2
)

// the sizes of a cursor's parts in bytes.
const (
	cursorFixed = 9
	shapeFixed  = 8
)

// Kind returns KindCursor.
func (Cursor) Kind() Kind { return KindCursor }

func (m Cursor) appendBody(dst []byte) []byte {
	var flags byte
	if m.Visible {
		flags |= cursorVisible
	}
	if m.Shape != nil {
		flags |= cursorShape
	}
	dst = appendPoint(append(dst, flags), m.At)
	if m.Shape == nil {
		return dst
	}
	for _, v := range []int{m.Shape.W, m.Shape.H, m.Shape.Hot.X, m.Shape.Hot.Y} {
		dst = binary.BigEndian.AppendUint16(dst, uint16(v))
	}
	return append(dst, m.Shape.Pix...)
}

func parseCursor(body []byte) (Message, error) {
	if len(body) < cursorFixed || body[0]&^(cursorVisible|cursorShape) != 0 {
		return nil, fmt.Errorf("%w: pointer of %d bytes", ErrMalformed, len(body))
	}
	m := Cursor{capture.Cursor{Visible: body[0]&cursorVisible != 0, At: point(body[1:])}}
	if body[0]&cursorShape == 0 {
		return m, sized(body, cursorFixed)
	}
	shape, err := parseShape(body[cursorFixed:])
	m.Shape = shape
	return m, err
}

func parseShape(b []byte) (*capture.CursorShape, error) {
	if len(b) < shapeFixed {
		return nil, fmt.Errorf("%w: pointer shape of %d bytes", ErrMalformed, len(b))
	}
	v := func(i int) int { return int(binary.BigEndian.Uint16(b[2*i:])) }
	s := &capture.CursorShape{W: v(0), H: v(1), Hot: image.Pt(v(2), v(3)), Pix: b[shapeFixed:]}
	if s.W == 0 || s.H == 0 || s.W > capture.MaxCursor || s.H > capture.MaxCursor || !s.Hot.In(image.Rect(0, 0, s.W, s.H)) {
		return nil, fmt.Errorf("%w: pointer shape of %d × %d", ErrMalformed, s.W, s.H)
	}
	return s, sized(s.Pix, 4*s.W*s.H)
}

func appendPoint(dst []byte, p image.Point) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(int32(p.X)))
	return binary.BigEndian.AppendUint32(dst, uint32(int32(p.Y)))
}

func point(b []byte) image.Point {
	return image.Pt(int(int32(binary.BigEndian.Uint32(b))), int(int32(binary.BigEndian.Uint32(b[4:]))))
}
