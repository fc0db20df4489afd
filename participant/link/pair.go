package link

import (
	"fmt"
	"slices"
	"sync"

	"lotse/crypto/epoch"
	"lotse/crypto/secret"
	"lotse/participant/message"
	"lotse/relay/wire"
)

// Pair is the sealed channel between two members, one of them the master. It
// carries what nobody else in the room may say or see: welcomes, questions,
// answers, input and what was copied.
type Pair struct {
	// mu guards the fields below: counters go up in the order of sending.
	mu   sync.Mutex
	conn uint32
	out  map[epoch.Stream]*epoch.Sealer
	in   map[epoch.Stream]*epoch.Opener
}

// NewPair returns the channel to the member on connection conn. out and in
// are the keys of the two directions.
func NewPair(conn uint32, out, in secret.Bytes) (*Pair, error) {
	p := &Pair{
		conn: conn,
		out:  make(map[epoch.Stream]*epoch.Sealer),
		in:   make(map[epoch.Stream]*epoch.Opener),
	}
	outKeys, err := epoch.Pair(out, 0)
	if err != nil {
		return nil, fmt.Errorf("link: %w", err)
	}
	inKeys, err := epoch.Pair(in, 0)
	if err != nil {
		return nil, fmt.Errorf("link: %w", err)
	}
	for _, s := range pairStreams() {
		if p.out[s], err = outKeys.Sealer(s, pairMember); err != nil {
			return nil, fmt.Errorf("link: %w", err)
		}
		if p.in[s], err = inKeys.Opener(s, pairMember, epoch.Ordered); err != nil {
			return nil, fmt.Errorf("link: %w", err)
		}
	}
	return p, nil
}

// pairStreams are what two members say to each other alone.
func pairStreams() []epoch.Stream {
	return []epoch.Stream{epoch.PairControl, epoch.PairInput, epoch.Clipboard}
}

// OfPair reports whether a stream is that of a pair. Nothing on it is taken
// from the room.
func OfPair(s epoch.Stream) bool { return slices.Contains(pairStreams(), s) }

// ControlFlags are the flags of a pair's control messages, for records that
// travel without their frame.
const ControlFlags = wire.Flags(wire.LaneControl) | wire.First | wire.Last

// pairMember stands for the sender in a pair's keys: each direction has a base
// of its own, so there is one sender only.
const pairMember = 1

// Conn returns the connection that the other end is on.
func (p *Pair) Conn() uint32 { return p.conn }

// Seal returns the frame that carries m. It must be sent before any that a
// later Seal of the same stream returns.
func (p *Pair) Seal(s epoch.Stream, m message.Message) (wire.Frame, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	sealer, ok := p.out[s]
	if !ok {
		return wire.Frame{}, fmt.Errorf("link: stream %d is none of a pair", s)
	}
	f := wire.Frame{Type: wire.Record, Flags: wire.Flags(lane(s)) | wire.First | wire.Last, Channel: p.conn}
	plain := message.Append(nil, m)
	if len(plain) > maxSingle {
		return wire.Frame{}, fmt.Errorf("link: message of %d bytes, at most %d", len(plain), maxSingle)
	}
	sealed, err := sealer.Seal(nil, wire.AAD(f), plain)
	if err != nil {
		return wire.Frame{}, fmt.Errorf("link: %w", err)
	}
	f.Payload = sealed
	return f, nil
}

// Open returns the message in a record that came from the other end.
func (p *Pair) Open(f wire.Frame) (Received, error) {
	kid, err := epoch.PeekKID(f.Payload)
	if err != nil {
		return Received{}, fmt.Errorf("%w: %w", ErrForged, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	opener, ok := p.in[kid.Stream]
	if !ok {
		return Received{}, fmt.Errorf("%w: stream %d on a pair", ErrForged, kid.Stream)
	}
	if !whole(f.Flags) {
		return Received{}, fmt.Errorf("%w: a pair's message in pieces", ErrForged)
	}
	plain, err := opener.Open(nil, wire.AAD(f), f.Payload)
	if err != nil {
		return Received{}, fmt.Errorf("%w: %w", ErrForged, err)
	}
	m, err := message.Parse(plain)
	if err != nil {
		return Received{}, fmt.Errorf("link: %w", err)
	}
	if !m.Kind().Travels(kid.Stream) {
		return Received{}, fmt.Errorf("%w: kind %d on stream %d", ErrForged, m.Kind(), kid.Stream)
	}
	return Received{Conn: f.Channel, Stream: kid.Stream, Message: m}, nil
}
