package message

import (
	"encoding/binary"
	"fmt"
	"image"
	"strings"
	"unicode"
	"unicode/utf8"

	"lotse/capture/input"
)

// MaxText is the longest text in one message, in bytes.
const MaxText = 1024

// Key presses or releases a physical key.
//
// Body: u16 USB HID usage of page 7 · u8 down.
type Key struct {
	Usage input.Usage
	Down  bool
}

// Kind returns KindKey.
func (Key) Kind() Kind { return KindKey }

func (m Key) appendBody(dst []byte) []byte {
	return append(binary.BigEndian.AppendUint16(dst, uint16(m.Usage)), bit(m.Down))
}

func parseKey(body []byte) (Message, error) {
	if err := sized(body, 3); err != nil {
		return nil, err
	}
	down, err := flag(body[2])
	return Key{Usage: input.Usage(binary.BigEndian.Uint16(body)), Down: down}, err
}

// Text enters composed characters. Of the control characters it may hold line
// feed and tab; all others are keys and travel as Key.
//
// Body: UTF-8, 1 to 1024 bytes.
type Text struct{ Text string }

// Kind returns KindText.
func (Text) Kind() Kind { return KindText }

func (m Text) appendBody(dst []byte) []byte { return append(dst, m.Text...) }

func parseText(body []byte) (Message, error) {
	if len(body) == 0 || len(body) > MaxText || !utf8.Valid(body) {
		return nil, fmt.Errorf("%w: text of %d bytes", ErrMalformed, len(body))
	}
	text := string(body)
	if strings.ContainsFunc(text, isKey) {
		return nil, fmt.Errorf("%w: text with control characters", ErrMalformed)
	}
	return Text{Text: text}, nil
}

// isKey reports whether r is no character but a key.
func isKey(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }

// Move puts the pointer at a pixel of the shared screen.
//
// Body: u32 layout epoch · i32 x · i32 y.
type Move struct {
	Epoch uint32
	At    image.Point
}

// Kind returns KindMove.
func (Move) Kind() Kind { return KindMove }

func (m Move) appendBody(dst []byte) []byte {
	return appendPoint(binary.BigEndian.AppendUint32(dst, m.Epoch), m.At)
}

func parseMove(body []byte) (Message, error) {
	if err := sized(body, 12); err != nil {
		return nil, err
	}
	return Move{Epoch: binary.BigEndian.Uint32(body), At: point(body[4:])}, nil
}

// Button presses or releases a mouse button where the pointer is.
//
// Body: u8 button · u8 down.
type Button struct {
	Button input.Button
	Down   bool
}

// Kind returns KindButton.
func (Button) Kind() Kind { return KindButton }

func (m Button) appendBody(dst []byte) []byte { return append(dst, byte(m.Button), bit(m.Down)) }

func parseButton(body []byte) (Message, error) {
	if err := sized(body, 2); err != nil {
		return nil, err
	}
	b := input.Button(body[0])
	if b < input.Left || b > input.Forward {
		return nil, fmt.Errorf("%w: button %d", ErrMalformed, b)
	}
	down, err := flag(body[1])
	return Button{Button: b, Down: down}, err
}

// Wheel turns the wheel.
//
// Body: i16 right · i16 up, in 1/120 notch.
type Wheel struct{ DX, DY int16 }

// Kind returns KindWheel.
func (Wheel) Kind() Kind { return KindWheel }

func (m Wheel) appendBody(dst []byte) []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(dst, uint16(m.DX)), uint16(m.DY))
}

func parseWheel(body []byte) (Message, error) {
	if err := sized(body, 4); err != nil {
		return nil, err
	}
	return Wheel{DX: int16(binary.BigEndian.Uint16(body)), DY: int16(binary.BigEndian.Uint16(body[2:]))}, nil
}

// Release lets go of everything that is held.
//
// Body: empty.
type Release struct{}

// Kind returns KindRelease.
func (Release) Kind() Kind { return KindRelease }

func (Release) appendBody(dst []byte) []byte { return dst }

func parseRelease(body []byte) (Message, error) { return Release{}, sized(body, 0) }

// Ping asks the other end to send the number back at once.
//
// Body: u64 number.
type Ping struct{ Number uint64 }

// Kind returns KindPing.
func (Ping) Kind() Kind { return KindPing }

func (m Ping) appendBody(dst []byte) []byte { return binary.BigEndian.AppendUint64(dst, m.Number) }

func parsePing(body []byte) (Message, error) {
	if err := sized(body, 8); err != nil {
		return nil, err
	}
	return Ping{Number: binary.BigEndian.Uint64(body)}, nil
}

// Pong answers a Ping.
//
// Body: u64 number.
type Pong struct{ Number uint64 }

// Kind returns KindPong.
func (Pong) Kind() Kind { return KindPong }

func (m Pong) appendBody(dst []byte) []byte { return binary.BigEndian.AppendUint64(dst, m.Number) }

func parsePong(body []byte) (Message, error) {
	if err := sized(body, 8); err != nil {
		return nil, err
	}
	return Pong{Number: binary.BigEndian.Uint64(body)}, nil
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// flag reads a byte that can be 0 or 1 only.
func flag(b byte) (bool, error) {
	if b > 1 {
		return false, fmt.Errorf("%w: flag %d", ErrMalformed, b)
	}
	return b == 1, nil
}
