package message

import (
	"encoding/binary"
	"fmt"
	"image"

	"lotse/capture"
	"lotse/crypto/canon"
)

// Wish is how a viewer wants a screen to be sent. Until one came a viewer is
// taken to understand no video, and to want all there is.
//
// Body: u8 member who shares · u8 flags (1 understands H.264, 2 grey will do) ·
// u8 pictures a second at the most, 0 for as many as there are.
type Wish struct {
	Member uint8
	H264   bool
	Grey   bool
	Rate   uint8
}

// The flags of a Wish.
const (
	wishH264 = 1
	wishGrey = 2
)

// wishSize is the size of a Wish's body in bytes.
const wishSize = 3

// Kind returns KindWish.
func (Wish) Kind() Kind { return KindWish }

func (m Wish) appendBody(dst []byte) []byte {
	var flags byte
	if m.H264 {
		flags |= wishH264
	}
	if m.Grey {
		flags |= wishGrey
	}
	return append(dst, m.Member, flags, m.Rate)
}

func parseWish(body []byte) (Message, error) {
	if err := sized(body, wishSize); err != nil {
		return nil, err
	}
	if body[1]&^(wishH264|wishGrey) != 0 {
		return nil, fmt.Errorf("%w: wish %#x", ErrMalformed, body[1])
	}
	return Wish{Member: body[0], H264: body[1]&wishH264 != 0, Grey: body[1]&wishGrey != 0, Rate: body[2]}, nil
}

// Look is a viewer's wish for one of the monitors in Screens. It counts only
// while the person shows the whole computer.
//
// Body: u8 member who shares · u32 number of the monitor, 0 for all of them
// side by side.
type Look struct {
	Member  uint8
	Display uint32
}

// lookSize is the size of a Look's body in bytes.
const lookSize = 5

// Kind returns KindLook.
func (Look) Kind() Kind { return KindLook }

func (m Look) appendBody(dst []byte) []byte {
	return binary.BigEndian.AppendUint32(append(dst, m.Member), m.Display)
}

func parseLook(body []byte) (Message, error) {
	if err := sized(body, lookSize); err != nil {
		return nil, err
	}
	return Look{Member: body[0], Display: binary.BigEndian.Uint32(body[1:])}, nil
}

// Pace tells how well a screen can be sent, once in a while.
//
// Body: u8 step, 0 for the best quality · u16 round trip to the slowest viewer
// in milliseconds.
type Pace struct {
	Step uint8
	Trip uint16
}

// paceSize is the size of a Pace's body in bytes, MaxStep the worst quality.
const (
	paceSize = 3
	MaxStep  = 7
)

// Kind returns KindPace.
func (Pace) Kind() Kind { return KindPace }

func (m Pace) appendBody(dst []byte) []byte {
	return binary.BigEndian.AppendUint16(append(dst, m.Step), m.Trip)
}

func parsePace(body []byte) (Message, error) {
	if err := sized(body, paceSize); err != nil {
		return nil, err
	}
	if body[0] > MaxStep {
		return nil, fmt.Errorf("%w: step %d", ErrMalformed, body[0])
	}
	return Pace{Step: body[0], Trip: binary.BigEndian.Uint16(body[1:])}, nil
}

// Target is what of a computer is shown.
type Target uint8

// The targets. The numbers travel.
const (
	TargetDisplay Target = 0 // one monitor
	TargetAll     Target = 1 // all monitors side by side
	TargetRegion  Target = 2 // a part that the person drew
	TargetWindow  Target = 3 // one window
)

// Screens says what of its sender's computer is shown, and which monitors a
// viewer may ask for; none when the person shows something narrower.
//
// CBOR map: 1 target · 2 number of the monitor that is shown, or 0 · 3 list of
// monitors: arrays of number, name, x, y, width, height, primary.
type Screens struct {
	Target   Target    `cbor:"1,keyasint"`
	Shown    uint32    `cbor:"2,keyasint"`
	Displays []Monitor `cbor:"3,keyasint"`
}

// Monitor is one monitor in Screens, in pixels of the desktop.
type Monitor struct {
	_       struct{} `cbor:",toarray"`
	ID      uint32
	Name    string
	X, Y    int
	Width   int
	Height  int
	Primary bool
}

// MaxMonitors is how many monitors are told of.
const MaxMonitors = 16

// farthest is how far from the origin of a desktop a monitor may lie.
const farthest = 1 << 17

// Bounds returns where the monitor lies on the desktop.
func (m Monitor) Bounds() image.Rectangle { return image.Rect(m.X, m.Y, m.X+m.Width, m.Y+m.Height) }

// Kind returns KindScreens.
func (Screens) Kind() Kind { return KindScreens }

func (m Screens) appendBody(dst []byte) []byte {
	if m.Displays == nil {
		m.Displays = []Monitor{}
	}
	return append(dst, canon.Marshal(m)...)
}

func (m Screens) check() error {
	if m.Target > TargetWindow || len(m.Displays) > MaxMonitors {
		return fmt.Errorf("%w: target %d of %d monitors", ErrMalformed, m.Target, len(m.Displays))
	}
	for _, d := range m.Displays {
		if max(d.X, -d.X, d.Y, -d.Y) > farthest || d.Width < 1 || d.Height < 1 || d.Width > capture.MaxSide || d.Height > capture.MaxSide {
			return fmt.Errorf("%w: monitor of %d × %d at %d, %d", ErrMalformed, d.Width, d.Height, d.X, d.Y)
		}
		if err := plainText(d.Name, maxDisplayName); err != nil {
			return err
		}
	}
	return nil
}
