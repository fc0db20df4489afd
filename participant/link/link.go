// Package link seals typed messages into frames and opens them again: one
// Pair for what two members say to each other, one Group for what the room
// sees. It knows keys, counters and pieces; what a message may do is decided
// elsewhere.
package link

import (
	"context"
	"errors"

	"lotse/capture"
	"lotse/crypto/epoch"
	"lotse/participant/message"
	"lotse/relay/wire"
)

// PieceSize is the longest sealed piece of a message in bytes, so that input
// never waits behind more than one of them (protocol.md §4): with its seal and
// its frame it fits into one TLS record of 16 KiB.
const PieceSize = 16<<10 - 256

// maxMessage is the longest message that is put together from pieces: the
// largest update and its header.
const maxMessage = 8<<20 + 64

// maxPointer is the longest pointer with its shape in bytes.
const maxPointer = 4*capture.MaxCursor*capture.MaxCursor + 64

// maxSingle is the longest message that is never cut into pieces: what the
// relay takes on the control lane, less the seal.
const maxSingle = 60 << 10

// ErrForged says that a record was altered, replayed, reordered or not made
// by the member that it names.
var ErrForged = errors.New("link: record refused")

// ErrNotYet says that a record belongs to an epoch that has not arrived yet.
var ErrNotYet = errors.New("link: record of a later epoch")

// Transport carries frames. relay/dial's Client is one.
type Transport interface {
	// Send queues a frame on its lane.
	Send(ctx context.Context, f wire.Frame) error
	// Receive waits for the next frame.
	Receive(ctx context.Context) (wire.Frame, error)
}

// Received is a message and who sealed it.
type Received struct {
	// Conn is the connection that it came over, as the relay says.
	Conn uint32
	// Member is who sealed it, as the keys prove; 0 on a pair, which has one
	// other end only.
	Member uint8
	// Stream is what it travelled on.
	Stream epoch.Stream
	// Message is what was said.
	Message message.Message
}

// lane says which lane a stream travels on. The pointer's is control: it is
// paced with the pictures and must not be dropped with them.
func lane(s epoch.Stream) wire.Lane {
	if s == epoch.Screen {
		return wire.LanePicture
	}
	if s == epoch.PairInput {
		return wire.LaneInput
	}
	if s == epoch.Clipboard {
		return wire.LaneBulk
	}
	return wire.LaneControl
}
