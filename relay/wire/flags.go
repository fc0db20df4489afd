package wire

import "fmt"

// Flags are the lane (bits 0–2) and the marks of a record. All other bits are
// zero; a frame with one set is refused.
type Flags uint16

// The marks of a record.
const (
	// First marks the first piece of an update.
	First Flags = 1 << 3
	// Last marks the last piece of an update.
	Last Flags = 1 << 4
	// Refresh marks every piece of an update that needs no earlier one.
	Refresh Flags = 1 << 5

	laneBits Flags = 7
	allFlags       = laneBits | First | Last | Refresh
)

// Lane returns the lane that a record travels on.
func (f Flags) Lane() Lane { return Lane(f & laneBits) }

// check refuses what no frame of the type may carry.
func (f Flags) check(t Type) error {
	switch {
	case f&^allFlags != 0, f.Lane() >= Lanes, t != Record && f != 0:
		return fmt.Errorf("%w: flags %#x on type %d", ErrHeader, uint16(f), t)
	default:
		return nil
	}
}

// Lane is one of the queues between two ends; a lower one overtakes the
// higher ones.
type Lane uint8

// The lanes, in the order of their precedence.
const (
	// LaneControl is never dropped; an overflow ends the connection.
	LaneControl Lane = iota
	// LaneInput carries keys and pointer; an overflow ends the connection.
	LaneInput
	// LanePicture loses whole updates to a slow reader, who is told.
	LanePicture
	// LaneSound loses its oldest records to a slow reader.
	LaneSound
	// LaneBulk is limited by credit (Credit).
	LaneBulk

	// Lanes is how many there are.
	Lanes = 5
)

// String names a lane for metrics.
func (l Lane) String() string {
	switch l {
	case LaneControl:
		return "control"
	case LaneInput:
		return "input"
	case LanePicture:
		return "picture"
	case LaneSound:
		return "sound"
	case LaneBulk:
		return "bulk"
	default:
		return "unknown"
	}
}
