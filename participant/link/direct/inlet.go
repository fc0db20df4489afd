package direct

import (
	"fmt"

	"lotse/relay/wire"
)

// inlet makes records of the packets of one lane. Input comes unordered, so
// that what was lost holds nobody up in SCTP; the others come in order.
type inlet struct {
	lane  wire.Lane
	due   uint32 // the number of the next record
	flags wire.Flags
	data  []byte // of the record under way
	open  bool
	early map[uint32]wire.Frame
}

func newInlet(lane wire.Lane) *inlet { return &inlet{lane: lane, early: make(map[uint32]wire.Frame)} }

// limit is the longest record of the lane in bytes.
func (in *inlet) limit() int {
	if in.lane == wire.LaneControl || in.lane == wire.LaneInput {
		return wire.MaxControl
	}
	return wire.MaxRecord
}

// put takes a packet and returns the records that are whole and in order now.
func (in *inlet) put(b []byte) ([]wire.Frame, error) {
	p, err := parsePiece(b)
	if err != nil {
		return nil, err
	}
	if in.lane == wire.LaneInput {
		return in.unordered(p)
	}
	first, last := p.bits&pieceFirst != 0, p.bits&pieceLast != 0
	switch {
	case first == in.open, p.number != in.due:
		return nil, fmt.Errorf("%w: piece %#x of %d, due is %d", errRubbish, p.bits, p.number, in.due)
	case !first && p.flags != in.flags:
		return nil, fmt.Errorf("%w: flags that change within a record", errRubbish)
	case len(in.data)+len(p.data) > in.limit():
		return nil, fmt.Errorf("%w: record of more than %d bytes", errRubbish, in.limit())
	}
	in.open, in.flags, in.data = true, p.flags, append(in.data, p.data...)
	if !last {
		return nil, nil
	}
	f, err := in.frame(in.flags, in.data)
	in.open, in.data = false, nil
	in.due++
	if err != nil {
		return nil, err
	}
	return []wire.Frame{f}, nil
}

// unordered takes a record of the input lane; each is one packet.
func (in *inlet) unordered(p piece) ([]wire.Frame, error) {
	if p.bits != pieceFirst|pieceLast {
		return nil, fmt.Errorf("%w: input in pieces", errRubbish)
	}
	if ahead := int32(p.number - in.due); ahead < 0 {
		return nil, nil // twice
	} else if ahead > quickDepth {
		return nil, fmt.Errorf("%w: input %d, due is %d", errRubbish, p.number, in.due)
	}
	f, err := in.frame(p.flags, append([]byte(nil), p.data...))
	if err != nil {
		return nil, err
	}
	in.early[p.number] = f
	var out []wire.Frame
	for {
		f, ok := in.early[in.due]
		if !ok {
			return out, nil
		}
		delete(in.early, in.due)
		in.due++
		out = append(out, f)
	}
}

// frame makes a record, should it be one of this lane.
func (in *inlet) frame(flags wire.Flags, data []byte) (wire.Frame, error) {
	f := wire.Frame{Type: wire.Record, Flags: flags, Payload: data}
	if flags.Lane() != in.lane {
		return wire.Frame{}, fmt.Errorf("%w: a record of lane %v on %v", errRubbish, flags.Lane(), in.lane)
	}
	if err := f.Check(); err != nil {
		return wire.Frame{}, fmt.Errorf("%w: %w", errRubbish, err)
	}
	return f, nil
}
