package handshake

import (
	"fmt"
)

// kindRefusal is the first byte of a Refusal.
const kindRefusal byte = 0xee

// maxRefusalReason is the longest reason of a Refusal in bytes.
const maxRefusalReason = 32

// Refusal is a master's word that a run is over. Nothing authenticates it:
// the two sides share no key. A relay that forges one only ends a run that it
// could have dropped as well.
//
// CBOR map: 1 reason · 2 attempts left.
type Refusal struct {
	// Reason is a short word of small letters and underscores.
	Reason string `cbor:"1,keyasint"`
	// Left is how many attempts the PIN has left.
	Left uint8 `cbor:"2,keyasint"`
}

// Encode returns the refusal as it travels.
func (r Refusal) Encode() []byte { return encode(kindRefusal, r) }

// ParseRefusal reads a refusal. It reports false for any other handshake
// message.
func ParseRefusal(msg []byte) (Refusal, bool, error) {
	if len(msg) == 0 || msg[0] != kindRefusal {
		return Refusal{}, false, nil
	}
	var r Refusal
	if err := decode(kindRefusal, msg, &r); err != nil {
		return Refusal{}, true, err
	}
	if len(r.Reason) > maxRefusalReason {
		return Refusal{}, true, fmt.Errorf("%w: reason of %d bytes", ErrMalformed, len(r.Reason))
	}
	for _, c := range []byte(r.Reason) {
		if c != '_' && (c < 'a' || c > 'z') {
			return Refusal{}, true, fmt.Errorf("%w: reason %q", ErrMalformed, r.Reason)
		}
	}
	return r, true, nil
}

// kindSealed is the first byte of a sealed message that travels as handshake:
// what master and participant say to each other before admission.
const kindSealed byte = 0xed

// WrapSealed makes a handshake message of a sealed record, for the time before
// the relay lets records pass.
func WrapSealed(record []byte) []byte { return append([]byte{kindSealed}, record...) }

// UnwrapSealed returns the record in a handshake message, or false for any
// other one.
func UnwrapSealed(msg []byte) ([]byte, bool) {
	if len(msg) < 2 || msg[0] != kindSealed {
		return nil, false
	}
	return msg[1:], true
}

// IsResume reports whether a handshake message begins a resume (R1).
func IsResume(msg []byte) bool { return len(msg) > 0 && msg[0] == kindR1 }

// IsFirst reports whether a handshake message begins a run (E1).
func IsFirst(msg []byte) bool { return len(msg) > 0 && msg[0] == kindE1 }
