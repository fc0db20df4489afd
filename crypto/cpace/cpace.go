// Package cpace agrees on a key from a weak secret that both sides know:
// CPACE-X25519-SHA512 of draft-irtf-cfrg-cpace-21, initiator and responder.
// Whoever listens or sits in the middle can try one secret for each run and
// none afterwards.
//
// It has no key confirmation and no messages of its own; crypto/handshake adds
// both. It cannot tell a wrong secret from a right one: the keys just differ.
package cpace

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"filippo.io/edwards25519/field"

	"lotse/crypto/secret"
)

// PointSize is the length of a share in bytes: one X25519 u-coordinate.
const PointSize = 32

// KeySize is the length of the agreed key in bytes: one SHA-512 output.
const KeySize = sha512.Size

// dsi is the draft's domain separation of CPACE-X25519 (section 7.1).
const dsi = "CPace255"

// hashBlock is the block size of SHA-512 in bytes (s_in_bytes in the draft):
// zeros fill the generator string up to it, so that the secret is alone in the
// first block.
const hashBlock = sha512.BlockSize

var (
	// ErrAbort says that the other share is of low order, so that the result
	// would not depend on the secret, or not in its one spelling.
	ErrAbort = errors.New("cpace: the other share is not usable")
	// ErrReflected says that the other side sent our own share back.
	ErrReflected = errors.New("cpace: the other share is our own")
	// ErrDone says that a State was used a second time.
	ErrDone = errors.New("cpace: this run is over")
)

// Role is who spoke first. The zero Role is refused.
type Role uint8

// The roles.
const (
	Initiator Role = iota + 1 // sends Ya
	Responder                 // sends Yb
)

// State is one side of one run. It holds the private scalar and is good for
// one Finish.
type State struct {
	scalar *ecdh.PrivateKey
	share  [PointSize]byte
	sid    []byte
}

// Start begins a run over the secret prs, the channel identifier ci and the
// session identifier sid. It returns the state and the share to send. A nil
// random means crypto/rand.
func Start(random io.Reader, prs secret.Bytes, ci, sid []byte) (*State, [PointSize]byte, error) {
	if random == nil {
		random = rand.Reader
	}
	var seed [PointSize]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return nil, [PointSize]byte{}, fmt.Errorf("cpace: draw a scalar: %w", err)
	}
	scalar, err := ecdh.X25519().NewPrivateKey(seed[:])
	if err != nil {
		return nil, [PointSize]byte{}, fmt.Errorf("cpace: scalar: %w", err)
	}
	g := generator(prs.Reveal(), ci, sid)
	y, err := scalarMult(scalar, g[:])
	if err != nil {
		return nil, [PointSize]byte{}, err
	}
	s := &State{scalar: scalar, share: [PointSize]byte(y), sid: bytes.Clone(sid)}
	return s, s.share, nil
}

// Finish ends the run in the role given, with the other side's share and the
// associated data of both. It returns the intermediate session key (ISK_IR of
// the draft), 64 bytes.
func (s *State) Finish(role Role, other [PointSize]byte, adOurs, adOther []byte) (secret.Bytes, error) {
	if s.scalar == nil {
		return nil, ErrDone
	}
	scalar := s.scalar
	s.scalar = nil
	if other == s.share {
		return nil, ErrReflected
	}
	if !canonical(other) {
		return nil, ErrAbort
	}
	k, err := scalarMult(scalar, other[:])
	if err != nil {
		return nil, err
	}
	switch role {
	case Initiator:
		return isk(s.sid, k, transcript(s.share[:], adOurs, other[:], adOther)), nil
	case Responder:
		return isk(s.sid, k, transcript(other[:], adOther, s.share[:], adOurs)), nil
	default:
		return nil, fmt.Errorf("cpace: role %d", role)
	}
}

// SIDOutput returns the draft's session identifier for a run that had none to
// begin with (section 9.6): both sides can compute it, it is no secret.
func SIDOutput(ya, ada, yb, adb []byte) [sha512.Size]byte {
	return sha512.Sum512(append([]byte("CPaceSidOutput"), transcript(ya, ada, yb, adb)...))
}

// scalarMult is scalar_mult_vfy of the draft: X25519 that aborts when the
// result is the neutral element (RFC 7748 section 6.1; crypto/ecdh refuses
// it).
func scalarMult(scalar *ecdh.PrivateKey, point []byte) ([]byte, error) {
	p, err := ecdh.X25519().NewPublicKey(point)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAbort, err)
	}
	k, err := scalar.ECDH(p)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAbort, err)
	}
	return k, nil
}

// canonical reports whether p is the one spelling of its field element: top
// bit clear and below the prime. RFC 7748 would accept more; every share that
// this package sends is canonical, so another spelling is somebody's doing.
func canonical(p [PointSize]byte) bool {
	x, err := new(field.Element).SetBytes(p[:])
	return err == nil && bytes.Equal(x.Bytes(), p[:])
}

func isk(sid, k, transcript []byte) secret.Bytes {
	sum := sha512.Sum512(append(lvCat([]byte(dsi+"_ISK"), sid, k), transcript...))
	return sum[:]
}

// transcript is transcript_ir of the draft.
func transcript(ya, ada, yb, adb []byte) []byte {
	return append(lvCat(ya, ada), lvCat(yb, adb)...)
}

// generator is calculate_generator of the draft: a point that nobody knows the
// logarithm of, one for each secret.
func generator(prs, ci, sid []byte) [PointSize]byte {
	sum := sha512.Sum512(generatorString(prs, ci, sid))
	return elligator2([PointSize]byte(sum[:PointSize]))
}

// generatorString is generator_string of the draft.
func generatorString(prs, ci, sid []byte) []byte {
	pad := max(0, hashBlock-len(lvCat(prs))-len(lvCat([]byte(dsi)))-1)
	return lvCat([]byte(dsi), prs, make([]byte, pad), ci, sid)
}

// lvCat is lv_cat of the draft: each argument behind its length in LEB128.
func lvCat(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = binary.AppendUvarint(out, uint64(len(p)))
		out = append(out, p...)
	}
	return out
}
