// Package wire is the outer language of Lotse: the frames that travel between
// a program and a relay, the messages of stage 1 and the relay's notices
// (protocol.md §2, §4). Everything a relay parses is here; what is inside a
// handshake or a record is opaque to it.
//
// The package reads bytes of strangers. Each length is checked before it is
// believed, and nothing is allocated for a length that is too big.
package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	// Version is the version of the outer frame.
	Version = 1
	// HeaderSize is the size of a frame's header in bytes:
	// u8 version · u8 type · u16 flags · u32 length · u32 channel, big endian.
	HeaderSize = 12
)

// The channels with a meaning of their own. Towards the relay a channel names
// the connection that a frame goes to, from the relay the one it came from.
const (
	// Everybody is all other admitted members.
	Everybody uint32 = 0
	// MasterConn is the master's connection; joiners count on from 2.
	MasterConn uint32 = 1
)

// Type says what a frame carries.
type Type uint8

// The types of frames; numbers are append only.
const (
	// Stage1 is a message of stage 1 between a program and the relay.
	Stage1 Type = 1
	// Notice is a message about the room between a program and the relay.
	Notice Type = 2
	// Handshake is a message between the master and one joiner, opaque here.
	Handshake Type = 3
	// Record is a sealed record between members.
	Record Type = 4
	// Ping asks for a Pong with the same 8 bytes.
	Ping Type = 5
	// Pong answers a Ping.
	Pong Type = 6
)

// The longest payloads in bytes (protocol.md §4).
const (
	// MaxRecord is the longest record on the picture, sound and bulk lanes.
	MaxRecord = 1 << 20
	// MaxControl is the longest record on the control and input lanes, and
	// the longest message to or from the relay.
	MaxControl = 64 << 10
	// MaxHandshake is the longest handshake message.
	MaxHandshake = 8 << 10
	// PingSize is the size of a ping and of a pong.
	PingSize = 8
)

// Frame is one unit of what travels.
type Frame struct {
	// Type says what Payload is.
	Type Type
	// Flags hold the lane and the marks of a record; zero for other types.
	Flags Flags
	// Channel is the destination towards the relay, the source from it.
	Channel uint32
	// Payload is what the header announces.
	Payload []byte
}

// Errors of frames.
var (
	// ErrHeader says that a header is none of this version.
	ErrHeader = errors.New("wire: bad frame header")
	// ErrTooLong says that a header announces more than its type may carry.
	ErrTooLong = errors.New("wire: frame too long")
	// ErrTruncated says that data ended within a frame.
	ErrTruncated = errors.New("wire: truncated frame")
)

// header is the parsed form of the first bytes of a frame.
type header struct {
	typ     Type
	flags   Flags
	length  uint32
	channel uint32
}

// parseHeader reads and checks a header; b holds at least HeaderSize bytes.
func parseHeader(b []byte) (header, error) {
	h := header{
		typ: Type(b[1]), flags: Flags(binary.BigEndian.Uint16(b[2:])),
		length: binary.BigEndian.Uint32(b[4:]), channel: binary.BigEndian.Uint32(b[8:]),
	}
	if b[0] != Version {
		return header{}, fmt.Errorf("%w: version %d", ErrHeader, b[0])
	}
	limit := h.typ.limit(h.flags)
	if limit == 0 {
		return header{}, fmt.Errorf("%w: type %d", ErrHeader, h.typ)
	}
	if err := h.flags.check(h.typ); err != nil {
		return header{}, err
	}
	if h.length > limit {
		return header{}, fmt.Errorf("%w: type %d of %d bytes, at most %d", ErrTooLong, h.typ, h.length, limit)
	}
	if (h.typ == Ping || h.typ == Pong) && h.length != PingSize {
		return header{}, fmt.Errorf("%w: ping of %d bytes", ErrHeader, h.length)
	}
	return h, nil
}

// limit is the longest payload of a type, 0 for a type that there is not.
func (t Type) limit(f Flags) uint32 {
	switch t {
	case Stage1, Notice:
		return MaxControl
	case Handshake:
		return MaxHandshake
	case Record:
		if l := f.Lane(); l == LaneControl || l == LaneInput {
			return MaxControl
		}
		return MaxRecord
	case Ping, Pong:
		return PingSize
	default:
		return 0
	}
}

// Check reports why a frame may not travel, or nil.
func (f Frame) Check() error {
	var head [HeaderSize]byte
	if uint64(len(f.Payload)) > MaxRecord {
		return fmt.Errorf("%w: %d bytes", ErrTooLong, len(f.Payload))
	}
	putHeader(head[:], f)
	_, err := parseHeader(head[:])
	return err
}

// AppendFrame appends the bytes of f to dst. The caller has checked f.
func AppendFrame(dst []byte, f Frame) []byte {
	var head [HeaderSize]byte
	putHeader(head[:], f)
	return append(append(dst, head[:]...), f.Payload...)
}

func putHeader(b []byte, f Frame) {
	b[0], b[1] = Version, byte(f.Type)
	binary.BigEndian.PutUint16(b[2:], uint16(f.Flags))
	binary.BigEndian.PutUint32(b[4:], uint32(len(f.Payload)))
	binary.BigEndian.PutUint32(b[8:], f.Channel)
}

// SetChannel changes the channel in the bytes of a frame, as a relay does when
// it passes one on.
func SetChannel(raw []byte, channel uint32) { binary.BigEndian.PutUint32(raw[8:HeaderSize], channel) }

// Parse reads the one frame that fills raw. The payload shares its memory.
func Parse(raw []byte) (Frame, error) {
	if len(raw) < HeaderSize {
		return Frame{}, ErrTruncated
	}
	h, err := parseHeader(raw)
	if err != nil {
		return Frame{}, err
	}
	switch rest := uint64(len(raw) - HeaderSize); {
	case rest < uint64(h.length):
		return Frame{}, ErrTruncated
	case rest > uint64(h.length):
		return Frame{}, fmt.Errorf("%w: %d bytes behind the payload", ErrHeader, rest-uint64(h.length))
	}
	return Frame{Type: h.typ, Flags: h.flags, Channel: h.channel, Payload: raw[HeaderSize:]}, nil
}

// AAD returns what a seal covers of a frame's header: version, type and flags.
// The channel changes in the relay, and the length is the seal's own.
func AAD(f Frame) []byte {
	return binary.BigEndian.AppendUint16([]byte{Version, byte(f.Type)}, uint16(f.Flags))
}
