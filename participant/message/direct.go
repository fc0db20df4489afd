package message

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"lotse/crypto/canon"
)

// The limits of ICE's credentials in bytes (RFC 8445 §5.3, RFC 8839 §5.4).
const (
	minUser, minPassword = 4, 22
	maxCredential        = 64
)

// Direct offers a way past the relay, or answers such an offer: what ICE and
// DTLS need to know of the sender. Candidate says where it may be reached.
//
// CBOR map: 1 round · 2 answers · 3 ICE user · 4 ICE password · 5 SHA-256 of the
// DTLS certificate (32).
type Direct struct {
	Round       uint32 `cbor:"1,keyasint"`
	Answers     bool   `cbor:"2,keyasint"`
	User        string `cbor:"3,keyasint"`
	Password    string `cbor:"4,keyasint"`
	Fingerprint []byte `cbor:"5,keyasint"`
}

// FingerprintSize is the size of a certificate's hash in bytes.
const FingerprintSize = 32

// Kind returns KindDirect.
func (Direct) Kind() Kind { return KindDirect }

func (m Direct) appendBody(dst []byte) []byte { return append(dst, canon.Marshal(m)...) }

func (m Direct) check() error {
	switch {
	case m.Round == 0:
		return fmt.Errorf("%w: way of round 0", ErrMalformed)
	case len(m.User) < minUser || len(m.User) > maxCredential || len(m.Password) < minPassword || len(m.Password) > maxCredential:
		return fmt.Errorf("%w: user of %d bytes, password of %d", ErrMalformed, len(m.User), len(m.Password))
	case !iceText(m.User) || !iceText(m.Password):
		return fmt.Errorf("%w: user or password with other characters", ErrMalformed)
	case len(m.Fingerprint) != FingerprintSize:
		return fmt.Errorf("%w: fingerprint of %d bytes", ErrMalformed, len(m.Fingerprint))
	}
	return nil
}

// Format writes the round alone: the rest lets somebody pose as the sender
// towards the receiver's ICE.
func (m Direct) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "{Direct %d [redacted]}", m.Round) }

// iceText reports whether s holds nothing but what ICE writes with
// (RFC 8839 §5.1, ice-char).
func iceText(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '+' && c != '/' {
			return false
		}
	}
	return true
}

// Candidate is an address at which the sender may be reached past the relay.
// What may be done with it is decided where it is taken.
//
// Body: u32 round, not 0 · u8 bits, 1 as a relay sees it · 2 IPv6 · u16 port,
// not 0 · 4 or 16 bytes address.
type Candidate struct {
	Round   uint32
	Seen    bool // the address is that which a relay has seen, not the computer's own
	Address netip.AddrPort
}

// The bits of a Candidate, and the length of its body before the address.
const (
	candidateSeen = 1
	candidateV6   = 2
	candidateHead = 4 + 1 + 2
)

// Kind returns KindCandidate.
func (Candidate) Kind() Kind { return KindCandidate }

func (m Candidate) appendBody(dst []byte) []byte {
	addr := m.Address.Addr()
	var bits byte
	if m.Seen {
		bits |= candidateSeen
	}
	if addr.Is6() {
		bits |= candidateV6
	}
	dst = append(binary.BigEndian.AppendUint32(dst, m.Round), bits)
	dst = binary.BigEndian.AppendUint16(dst, m.Address.Port())
	return append(dst, addr.AsSlice()...)
}

func parseCandidate(body []byte) (Message, error) {
	if len(body) < candidateHead {
		return nil, fmt.Errorf("%w: body of %d bytes", ErrMalformed, len(body))
	}
	round, bits, port := binary.BigEndian.Uint32(body), body[4], binary.BigEndian.Uint16(body[5:])
	size := 4
	if bits&candidateV6 != 0 {
		size = 16
	}
	if err := sized(body, candidateHead+size); err != nil {
		return nil, err
	}
	addr, _ := netip.AddrFromSlice(body[candidateHead:])
	if round == 0 || bits > candidateSeen|candidateV6 || port == 0 || addr.Is4In6() {
		return nil, fmt.Errorf("%w: candidate of round %d, bits %#x, port %d", ErrMalformed, round, bits, port)
	}
	return Candidate{Round: round, Seen: bits&candidateSeen != 0, Address: netip.AddrPortFrom(addr, port)}, nil
}
