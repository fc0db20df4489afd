package message

import (
	"fmt"

	"lotse/crypto/canon"
	"lotse/crypto/secret"
)

// limits of what a Welcome carries, in bytes.
const (
	epochSecretSize = 64
	signatureSize   = 64
	maxRoster       = 32 << 10 // 255 members with names of 64 bytes and keys
	maxPolicy       = 8 << 10
)

// Welcome makes its receiver a member of an epoch. The master sends one over
// the pair channel at each new epoch (E5, protocol.md §3).
//
// CBOR map: 1 member · 2 epoch secret (64) · 3 roster · 4 signature of the
// roster (64) · 5 policy.
type Welcome struct {
	Member    uint8       `cbor:"1,keyasint"`
	Secret    EpochSecret `cbor:"2,keyasint"`
	Roster    []byte      `cbor:"3,keyasint"`
	Signature []byte      `cbor:"4,keyasint"`
	Policy    []byte      `cbor:"5,keyasint"`
}

// EpochSecret is the secret of an epoch. It prints as "[redacted]" and
// travels as a CBOR byte string, inside the seal only.
//
//nolint:recvcheck // a value is written where it stands, reading needs its address
type EpochSecret struct{ secret.Bytes }

// MarshalCBOR writes the content: this type exists to travel.
func (s EpochSecret) MarshalCBOR() ([]byte, error) { return canon.Marshal(s.Reveal()), nil }

// UnmarshalCBOR reads the content.
func (s *EpochSecret) UnmarshalCBOR(data []byte) error {
	var b []byte
	if err := canon.Unmarshal(data, &b); err != nil {
		return err
	}
	s.Bytes = b
	return nil
}

// Kind returns KindWelcome.
func (Welcome) Kind() Kind { return KindWelcome }

func (m Welcome) appendBody(dst []byte) []byte {
	if m.Policy == nil {
		m.Policy = []byte{} // no policy has one spelling: the empty string
	}
	return append(dst, canon.Marshal(m)...)
}

func (m Welcome) check() error {
	switch {
	case m.Member < 2:
		return fmt.Errorf("%w: member %d", ErrMalformed, m.Member)
	case len(m.Secret.Bytes) != epochSecretSize:
		return fmt.Errorf("%w: epoch secret of %d bytes", ErrMalformed, len(m.Secret.Bytes))
	case len(m.Signature) != signatureSize:
		return fmt.Errorf("%w: signature of %d bytes", ErrMalformed, len(m.Signature))
	case len(m.Roster) == 0 || len(m.Roster) > maxRoster || len(m.Policy) > maxPolicy:
		return fmt.Errorf("%w: roster of %d, policy of %d bytes", ErrMalformed, len(m.Roster), len(m.Policy))
	}
	return nil
}

// Ready is a member's word that it uses an epoch: its signature over the
// roster's hash (E6). A member that sees another roster than the others shows
// itself here.
//
// CBOR map: 1 epoch · 2 signature (64) · 3 how many messages of input have
// arrived in this session, left out for 0, so that none is lost with a connection.
type Ready struct {
	Epoch     uint64 `cbor:"1,keyasint"`
	Signature []byte `cbor:"2,keyasint"`
	Inputs    uint64 `cbor:"3,keyasint,omitempty"`
}

// Kind returns KindReady.
func (Ready) Kind() Kind { return KindReady }

func (m Ready) appendBody(dst []byte) []byte { return append(dst, canon.Marshal(m)...) }

func (m Ready) check() error {
	if len(m.Signature) != signatureSize {
		return fmt.Errorf("%w: signature of %d bytes", ErrMalformed, len(m.Signature))
	}
	return nil
}
