package direct

import (
	"encoding/binary"
	"errors"
	"fmt"

	"lotse/relay/wire"
)

// errRubbish says that the other end breaks the rules of the path. It costs the
// path and nothing else: the session goes on over the relay.
var errRubbish = errors.New("direct: not what a path carries")

const (
	// channels is how many there are: one a lane, and one for the path itself.
	channels = int(wire.Lanes) + 1
	// inputChannel is unordered: SCTP sends from it first.
	inputChannel = int(wire.LaneInput)
	// stateChannel carries states, which may be lost.
	stateChannel = int(wire.Lanes)

	// maxPacket is the longest packet in bytes: input waits behind one at most.
	maxPacket = 16 << 10
	// pieceHead is what stands before each piece of a record:
	// u8 bits, 1 first · 2 last · u32 number of the record in its lane · u16 flags.
	pieceHead = 1 + 4 + 2
	maxPiece  = maxPacket - pieceHead

	pieceFirst = 1
	pieceLast  = 2

	// stateSize is the size of a state.
	stateSize = 4 + 4 + 4*int(wire.Lanes)
)

// piece is a record, or a part of one, on a lane's channel.
type piece struct {
	bits   byte
	number uint32
	flags  wire.Flags
	data   []byte
}

func (p piece) append(dst []byte) []byte {
	dst = append(dst, p.bits)
	dst = binary.BigEndian.AppendUint32(dst, p.number)
	dst = binary.BigEndian.AppendUint16(dst, uint16(p.flags))
	return append(dst, p.data...)
}

// parsePiece reads one; its data shares b's memory.
func parsePiece(b []byte) (piece, error) {
	if len(b) < pieceHead || len(b) > maxPacket || b[0]&^(pieceFirst|pieceLast) != 0 {
		return piece{}, fmt.Errorf("%w: piece of %d bytes", errRubbish, len(b))
	}
	return piece{
		bits: b[0], number: binary.BigEndian.Uint32(b[1:]), flags: wire.Flags(binary.BigEndian.Uint16(b[5:])), data: b[pieceHead:],
	}, nil
}

// pieces calls f with each packet of a record, one after the other in buf.
func pieces(number uint32, f wire.Frame, buf []byte, write func([]byte) error) error {
	data := f.Payload
	for first := true; first || len(data) > 0; first = false {
		n := min(len(data), maxPiece)
		p := piece{number: number, flags: f.Flags, data: data[:n]}
		if first {
			p.bits |= pieceFirst
		}
		if n == len(data) {
			p.bits |= pieceLast
		}
		if err := write(p.append(buf[:0])); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// state is what an end says of the path: how it hears the other one. Each
// holds all that the ones before did, so losing some does no harm.
//
// u32 number · u32 the newest number heard · u32 for each lane the number of the
// record that is due.
type state struct {
	number, heard uint32
	due           [wire.Lanes]uint32
}

func (s state) bytes() []byte {
	b := binary.BigEndian.AppendUint32(make([]byte, 0, stateSize), s.number)
	b = binary.BigEndian.AppendUint32(b, s.heard)
	for _, n := range s.due {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

func parseState(b []byte) (state, error) {
	if len(b) != stateSize {
		return state{}, fmt.Errorf("%w: state of %d bytes", errRubbish, len(b))
	}
	s := state{number: binary.BigEndian.Uint32(b), heard: binary.BigEndian.Uint32(b[4:])}
	for i := range s.due {
		s.due[i] = binary.BigEndian.Uint32(b[8+4*i:])
	}
	return s, nil
}
