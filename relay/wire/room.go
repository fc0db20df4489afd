package wire

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// A session number has this many digits.
const (
	MinDigits = 5
	MaxDigits = 9
)

// Owner is the token with which a master comes back to its room. It prints as
// "[redacted]": whoever has it and the licence's key may take the room over.
type Owner [16]byte

// Format writes "[redacted]" for every verb.
func (Owner) Format(f fmt.State, _ rune) {
	_, err := io.WriteString(f, "[redacted]")
	_ = err // the writer's trouble is the writer's caller's to see
}

// LogValue returns "[redacted]".
func (Owner) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// Open asks for a room.
type Open struct {
	// Number is the wanted session number; empty leaves it to the relay.
	Number string `cbor:"1,keyasint"`
	// Digits is how long a number of the relay's choice is.
	Digits uint8 `cbor:"2,keyasint"`
	// Owner is the token of the room that is to be opened again; zero is none.
	Owner Owner `cbor:"3,keyasint"`
	// ProfileHash and PolicyHash say what holds in the room.
	ProfileHash [32]byte `cbor:"4,keyasint"`
	PolicyHash  [32]byte `cbor:"5,keyasint"`
	// AutoLock lets nobody in after the first one.
	AutoLock bool `cbor:"6,keyasint"`
	// WebAllowed lets browsers in.
	WebAllowed bool `cbor:"7,keyasint"`
	// MaxMembers is how many members are wanted, the master included; 0 is as
	// many as the licence allows.
	MaxMembers uint16 `cbor:"8,keyasint"`
	// Links are the verifiers of the personal links that are open, as in a
	// Links: whoever holds one may be at the door first.
	Links [][32]byte `cbor:"9,keyasint,omitempty"`
	// Standby keeps the room in readiness for when another relay, where it is
	// open, ends: nobody finds it, and only those come in who name its handle.
	Standby bool `cbor:"10,keyasint,omitempty"`
}

// Kind returns KindOpen.
func (Open) Kind() Kind { return KindOpen }

func (o Open) check() error {
	if o.Digits < MinDigits || o.Digits > MaxDigits {
		return fmt.Errorf("%d digits", o.Digits)
	}
	if len(o.Links) > MaxLinks {
		return fmt.Errorf("%d links", len(o.Links))
	}
	if o.Number == "" {
		if o.Owner != (Owner{}) || o.Standby {
			return errors.New("owner or standby of no number")
		}
		return nil
	}
	return checkNumber(o.Number)
}

// Opened is the relay's answer to Open.
type Opened struct {
	// Session is the session number.
	Session string `cbor:"1,keyasint"`
	// Handle identifies the room in the key agreement.
	Handle [16]byte `cbor:"2,keyasint"`
	// Owner is the token to come back with.
	Owner Owner `cbor:"3,keyasint"`
	// MaxMembers is how many members may be in the room, the master included.
	MaxMembers uint16 `cbor:"4,keyasint"`
}

// Kind returns KindOpened.
func (Opened) Kind() Kind { return KindOpened }

func (o Opened) check() error { return checkNumber(o.Session) }

// Join asks to be let in at the door of a room.
type Join struct {
	// Session is the session number.
	Session string `cbor:"1,keyasint"`
	// Nonce is the participant's half of the run's identifier.
	Nonce [16]byte `cbor:"2,keyasint"`
	// Resume says that the participant was in this room before.
	Resume bool `cbor:"3,keyasint"`
	// LinkMAC proves a personal link; empty is none.
	LinkMAC []byte `cbor:"4,keyasint,omitempty"`
	// Door is the handle of a room that is kept in readiness, which its master
	// tells members under seal: only they may stand by there. Empty is none.
	Door []byte `cbor:"5,keyasint,omitempty"`
}

// Kind returns KindJoin.
func (Join) Kind() Kind { return KindJoin }

func (j Join) check() error {
	if len(j.LinkMAC) != 0 && len(j.LinkMAC) != 32 {
		return fmt.Errorf("link MAC of %d bytes", len(j.LinkMAC))
	}
	if len(j.Door) != 0 && (len(j.Door) != len(Opened{}.Handle) || !j.Resume) {
		return fmt.Errorf("door of %d bytes, resume %t", len(j.Door), j.Resume)
	}
	return checkNumber(j.Session)
}

// Ticket says that the participant stands at the door: the master was told.
type Ticket struct {
	// Handle identifies the room in the key agreement.
	Handle [16]byte `cbor:"1,keyasint"`
	// SID is the relay's half of the run's identifier.
	SID [16]byte `cbor:"2,keyasint"`
	// Conn is the participant's own connection id.
	Conn uint32 `cbor:"3,keyasint"`
}

// Kind returns KindTicket.
func (Ticket) Kind() Kind { return KindTicket }

func (t Ticket) check() error {
	if t.Conn <= MasterConn {
		return fmt.Errorf("connection %d", t.Conn)
	}
	return nil
}
