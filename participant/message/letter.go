package message

import (
	"encoding/binary"
	"fmt"
	"unicode"

	"lotse/capture/input"
)

// Letter presses the key of a letter, for a shortcut: Ctrl+Z is the key that
// makes z at the receiver, wherever its layout has that. Usage is where the
// sender's keyboard has it, and is pressed when nothing there makes the
// letter. A Key of the same usage lets go of it.
//
// Body: u16 USB HID usage of page 7 · u32 character, printable and no space.
type Letter struct {
	Usage  input.Usage
	Letter rune
}

// Kind returns KindLetter.
func (Letter) Kind() Kind { return KindLetter }

func (m Letter) appendBody(dst []byte) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(dst, uint16(m.Usage)), uint32(m.Letter))
}

func parseLetter(body []byte) (Message, error) {
	if err := sized(body, 6); err != nil {
		return nil, err
	}
	r := rune(binary.BigEndian.Uint32(body[2:]))
	if r <= ' ' || !unicode.IsPrint(r) {
		return nil, fmt.Errorf("%w: letter %#x", ErrMalformed, uint32(r))
	}
	return Letter{Usage: input.Usage(binary.BigEndian.Uint16(body)), Letter: r}, nil
}
