package message

import (
	"fmt"

	"lotse/crypto/canon"
)

// Standby names the relay where the session goes on should this one end, and
// the room that is kept in readiness there. Whether it may be dialled, and where
// it is, the receiver's own list says. On the connection to that relay it says
// that the receiver stands by.
//
// CBOR map: 1 SHA-256 of the relay's SubjectPublicKeyInfo (32) · 2 handle (16).
type Standby struct {
	Relay  []byte `cbor:"1,keyasint"`
	Handle []byte `cbor:"2,keyasint"`
}

// Kind returns KindStandby.
func (Standby) Kind() Kind { return KindStandby }

func (m Standby) appendBody(dst []byte) []byte { return append(dst, canon.Marshal(m)...) }

// The sizes in a Standby in bytes.
const (
	pinSize    = 32
	handleSize = 16
)

func (m Standby) check() error {
	if len(m.Relay) != pinSize || len(m.Handle) != handleSize {
		return fmt.Errorf("%w: relay of %d, handle of %d bytes", ErrMalformed, len(m.Relay), len(m.Handle))
	}
	return nil
}
