package message

import (
	"encoding/binary"
	"fmt"
)

const (
	// MaxClipPicture is the longest picture of a clipboard in bytes of PNG.
	MaxClipPicture = 16 << 20
	// MaxClipSide is the longest side of such a picture in pixels. Decoded,
	// the largest takes 256 MiB.
	MaxClipSide = 8192
	// MaxClipPiece is the longest piece of such a picture in bytes: sealed and
	// framed it fits into one TLS record, so input waits behind no more.
	MaxClipPiece = 15 << 10
)

// ClipPicture announces a picture that somebody copied. Its pieces follow once
// the other side has said ClipTaken; what was announced before is abandoned.
//
// Body: u32 number, not 0 · u32 bytes of PNG, 1 to 16777216 · u16 width · u16
// height, 1 to 8192 pixels each.
type ClipPicture struct {
	ID            uint32
	Bytes         int
	Width, Height int
}

// clipPictureSize is the length of a ClipPicture's body in bytes.
const clipPictureSize = 4 + 4 + 2 + 2

// Kind returns KindClipPicture.
func (ClipPicture) Kind() Kind { return KindClipPicture }

func (m ClipPicture) appendBody(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, m.ID)
	dst = binary.BigEndian.AppendUint32(dst, uint32(m.Bytes))
	dst = binary.BigEndian.AppendUint16(dst, uint16(m.Width))
	return binary.BigEndian.AppendUint16(dst, uint16(m.Height))
}

func parseClipPicture(body []byte) (Message, error) {
	if err := sized(body, clipPictureSize); err != nil {
		return nil, err
	}
	m := ClipPicture{
		ID: binary.BigEndian.Uint32(body), Bytes: int(binary.BigEndian.Uint32(body[4:])),
		Width: int(binary.BigEndian.Uint16(body[8:])), Height: int(binary.BigEndian.Uint16(body[10:])),
	}
	if m.ID == 0 || m.Bytes < 1 || m.Bytes > MaxClipPicture ||
		m.Width < 1 || m.Width > MaxClipSide || m.Height < 1 || m.Height > MaxClipSide {
		return nil, fmt.Errorf("%w: picture %d of %d bytes, %d×%d", ErrMalformed, m.ID, m.Bytes, m.Width, m.Height)
	}
	return m, nil
}

// ClipPiece is the next part of a picture that was announced.
//
// Body: u32 number of the picture, not 0 · 1 to 15360 bytes of PNG.
type ClipPiece struct {
	ID   uint32
	Data []byte
}

// Kind returns KindClipPiece.
func (ClipPiece) Kind() Kind { return KindClipPiece }

func (m ClipPiece) appendBody(dst []byte) []byte {
	return append(binary.BigEndian.AppendUint32(dst, m.ID), m.Data...)
}

func parseClipPiece(body []byte) (Message, error) {
	const head = 4
	if len(body) <= head || len(body) > head+MaxClipPiece {
		return nil, fmt.Errorf("%w: piece of %d bytes", ErrMalformed, len(body))
	}
	m := ClipPiece{ID: binary.BigEndian.Uint32(body), Data: body[head:]}
	if m.ID == 0 {
		return nil, fmt.Errorf("%w: piece of picture 0", ErrMalformed)
	}
	return m, nil
}

// ClipTaken says how much of a picture has arrived: with 0 that it is wanted,
// later that more may be sent.
//
// Body: u32 number of the picture, not 0 · u32 bytes so far, up to 16777216.
type ClipTaken struct {
	ID    uint32
	Bytes int
}

// Kind returns KindClipTaken.
func (ClipTaken) Kind() Kind { return KindClipTaken }

func (m ClipTaken) appendBody(dst []byte) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(dst, m.ID), uint32(m.Bytes))
}

func parseClipTaken(body []byte) (Message, error) {
	const size = 4 + 4
	if err := sized(body, size); err != nil {
		return nil, err
	}
	m := ClipTaken{ID: binary.BigEndian.Uint32(body), Bytes: int(binary.BigEndian.Uint32(body[4:]))}
	if m.ID == 0 || m.Bytes < 0 || m.Bytes > MaxClipPicture {
		return nil, fmt.Errorf("%w: picture %d taken to byte %d", ErrMalformed, m.ID, m.Bytes)
	}
	return m, nil
}

// ClipDrop abandons a picture, from either end.
//
// Body: u32 number of the picture, not 0 · u8 0 when the sender of the picture
// says so, 1 when the receiver does.
type ClipDrop struct {
	ID uint32
	// Unwanted says that the receiver gives the picture up.
	Unwanted bool
}

// Kind returns KindClipDrop.
func (ClipDrop) Kind() Kind { return KindClipDrop }

func (m ClipDrop) appendBody(dst []byte) []byte {
	return append(binary.BigEndian.AppendUint32(dst, m.ID), bit(m.Unwanted))
}

func parseClipDrop(body []byte) (Message, error) {
	const size = 4 + 1
	if err := sized(body, size); err != nil {
		return nil, err
	}
	unwanted, err := flag(body[4])
	m := ClipDrop{ID: binary.BigEndian.Uint32(body), Unwanted: unwanted}
	if err == nil && m.ID == 0 {
		err = fmt.Errorf("%w: end of picture 0", ErrMalformed)
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}
