package link

import (
	"fmt"

	"lotse/crypto/epoch"
	"lotse/relay/wire"
)

// cut seals plain in pieces of at most PieceSize. Each is a record of its own;
// first and last are marked in the frame, which the seal covers.
func cut(f wire.Frame, plain []byte, seal func(aad, piece []byte) ([]byte, error)) ([]wire.Frame, error) {
	out := make([]wire.Frame, 0, len(plain)/PieceSize+1)
	for first := true; first || len(plain) > 0; first = false {
		n := min(len(plain), PieceSize)
		piece := f
		if first {
			piece.Flags |= wire.First
		}
		if n == len(plain) {
			piece.Flags |= wire.Last
		}
		sealed, err := seal(wire.AAD(piece), plain[:n])
		if err != nil {
			return nil, fmt.Errorf("link: %w", err)
		}
		piece.Payload = sealed
		out = append(out, piece)
		plain = plain[n:]
	}
	return out, nil
}

// whole reports whether a frame is a message in one piece.
func whole(flags wire.Flags) bool {
	return flags&wire.First != 0 && flags&wire.Last != 0
}

// limit is the longest message of a stream in bytes.
func limit(s epoch.Stream) int {
	if s == epoch.Screen {
		return maxMessage
	}
	if s == epoch.Cursor {
		return maxPointer
	}
	return maxSingle
}

// assembly puts the pieces of one message together.
type assembly struct {
	next uint64
	data []byte
}

// join adds a piece and returns the whole message once the last one is there.
// Pieces that do not follow each other drop the message: the relay may leave
// out whole updates, never a part.
func (n *generation) join(kid epoch.KID, flags wire.Flags, counter uint64, piece []byte) (data []byte, done bool) {
	if whole(flags) {
		delete(n.parts, kid)
		return piece, len(piece) <= limit(kid.Stream)
	}
	a := n.parts[kid]
	switch {
	case flags&wire.First != 0:
		a = &assembly{next: counter}
		n.parts[kid] = a
	case a == nil || counter != a.next:
		delete(n.parts, kid)
		return nil, false
	}
	if len(a.data)+len(piece) > limit(kid.Stream) {
		delete(n.parts, kid)
		return nil, false
	}
	a.data, a.next = append(a.data, piece...), counter+1
	if flags&wire.Last == 0 {
		return nil, false
	}
	delete(n.parts, kid)
	return a.data, true
}
