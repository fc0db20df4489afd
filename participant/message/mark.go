package message

import (
	"encoding/binary"
	"fmt"
	"image"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MarkKind is what a Mark looks like. The numbers travel; append only.
type MarkKind uint8

// The kinds of marks.
const (
	MarkPointer MarkKind = 1 // an arrow like the system's, its tip at one point
	MarkArrow   MarkKind = 2 // from the first of two points to the second
	MarkStroke  MarkKind = 3 // a line through points, as a marker draws it
	MarkNote    MarkKind = 4 // a text beside one point
	MarkBox     MarkKind = 5 // corners at two points
)

// The bounds of a mark: points in one message, and a note's text.
const (
	MaxMarkPoints = 256
	MaxNoteRunes  = 200
)

// Mark is something that a helper points at or draws on a shared screen. One
// with the number of an earlier one replaces it.
//
// Body: u32 layout epoch · u16 number · u8 kind · u8 flags (1 adds its points to
// the stroke of that number) · u16 count · count × (i32 x · i32 y), in pixels of
// the shared screen · UTF-8 to the end, of a note only.
type Mark struct {
	Epoch  uint32
	ID     uint16
	Look   MarkKind
	Adds   bool
	Points []image.Point
	Text   string
}

// markAdds is the flag of points that go on.
const markAdds = 1

// markHead is the size of what stands before the points in bytes, pointSize
// that of a point.
const (
	markHead  = 4 + 2 + 1 + 1 + 2
	pointSize = 8
)

// Kind returns KindMark.
func (Mark) Kind() Kind { return KindMark }

func (m Mark) appendBody(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint32(dst, m.Epoch), m.ID)
	dst = append(dst, byte(m.Look), bit(m.Adds))
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(m.Points)))
	for _, p := range m.Points {
		dst = appendPoint(dst, p)
	}
	return append(dst, m.Text...)
}

func parseMark(body []byte) (Message, error) {
	if len(body) < markHead {
		return nil, fmt.Errorf("%w: mark of %d bytes", ErrMalformed, len(body))
	}
	m := Mark{
		Epoch: binary.BigEndian.Uint32(body), ID: binary.BigEndian.Uint16(body[4:]),
		Look: MarkKind(body[6]), Adds: body[7] == markAdds,
	}
	n := int(binary.BigEndian.Uint16(body[8:]))
	rest := body[markHead:]
	if body[7] > markAdds || n > MaxMarkPoints || len(rest) < n*pointSize {
		return nil, fmt.Errorf("%w: mark of %d points", ErrMalformed, n)
	}
	m.Points = make([]image.Point, n)
	for i := range m.Points {
		m.Points[i] = point(rest[i*pointSize:])
	}
	m.Text = string(rest[n*pointSize:])
	if err := m.check(); err != nil {
		return nil, err
	}
	return m, nil
}

// check refuses what its kind does not have.
func (m Mark) check() error {
	least, most := 2, 2
	switch m.Look {
	case MarkPointer, MarkNote:
		least, most = 1, 1
	case MarkArrow, MarkBox:
	case MarkStroke:
		least, most = 1, MaxMarkPoints
	default:
		return fmt.Errorf("%w: mark of kind %d", ErrMalformed, m.Look)
	}
	switch note := m.Look == MarkNote; {
	case len(m.Points) < least || len(m.Points) > most:
		return fmt.Errorf("%w: mark of kind %d with %d points", ErrMalformed, m.Look, len(m.Points))
	case m.Adds && m.Look != MarkStroke, note == (m.Text == ""):
		return fmt.Errorf("%w: mark of kind %d with what it has not", ErrMalformed, m.Look)
	case !utf8.ValidString(m.Text), utf8.RuneCountInString(m.Text) > MaxNoteRunes, strings.ContainsFunc(m.Text, unicode.IsControl):
		return fmt.Errorf("%w: note of %d bytes", ErrMalformed, len(m.Text))
	}
	return nil
}

// Wipe takes a mark away.
//
// Body: u16 number, 0 for all of them.
type Wipe struct{ ID uint16 }

// Kind returns KindWipe.
func (Wipe) Kind() Kind { return KindWipe }

func (m Wipe) appendBody(dst []byte) []byte { return binary.BigEndian.AppendUint16(dst, m.ID) }

func parseWipe(body []byte) (Message, error) {
	if err := sized(body, 2); err != nil {
		return nil, err
	}
	return Wipe{ID: binary.BigEndian.Uint16(body)}, nil
}
