package handshake

import (
	"crypto/ed25519"
	"crypto/mlkem"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"

	"lotse/crypto/canon"
	"lotse/crypto/cpace"
	"lotse/crypto/epoch"
)

// limits of the variable fields, in bytes, so that a message stays below
// MaxMessage.
const (
	maxLinkID      = 32
	maxCertificate = 2 << 10
	maxNote        = 3 << 10
	maxSuites      = 8
)

// shares is E1 and E2: a CPace share and its associated data, which is CBOR
// inside a byte string so that both sides hash the bytes that travelled.
//
// CBOR map: 1 share (32) · 2 associated data.
type shares struct {
	Y  []byte `cbor:"1,keyasint"`
	AD []byte `cbor:"2,keyasint"`
}

func (m shares) check() error { return sized("share", m.Y, cpace.PointSize) }

// offer is ADa, what the participant brings.
//
// CBOR map: 1 v · 2 min v · 3 suites · 4 ML-KEM-768 key (1184) · 5 signing key
// (32) · 6 commitment to n_P (32) · 7 link id, absent for none.
type offer struct {
	V      uint16   `cbor:"1,keyasint"`
	MinV   uint16   `cbor:"2,keyasint"`
	Suites []uint16 `cbor:"3,keyasint"`
	EK     []byte   `cbor:"4,keyasint"`
	SigKey []byte   `cbor:"5,keyasint"`
	Commit []byte   `cbor:"6,keyasint"`
	LinkID []byte   `cbor:"7,keyasint,omitempty"`
}

func (m offer) check() error {
	if len(m.Suites) == 0 || len(m.Suites) > maxSuites || len(m.LinkID) > maxLinkID {
		return fmt.Errorf("%w: %d suites, link id of %d bytes", ErrMalformed, len(m.Suites), len(m.LinkID))
	}
	if err := sized("ML-KEM key", m.EK, mlkem.EncapsulationKeySize768); err != nil {
		return err
	}
	if err := sized("signing key", m.SigKey, ed25519.PublicKeySize); err != nil {
		return err
	}
	return sized("commitment", m.Commit, sha256.Size)
}

// answer is ADb, what the master chose and brings.
//
// CBOR map: 1 v · 2 suite · 3 ML-KEM-768 ciphertext (1088) · 4 signing key
// (32) · 5 n_M (32) · 6 policy hash (32) · 7 profile hash (32).
type answer struct {
	V           uint16 `cbor:"1,keyasint"`
	Suite       uint16 `cbor:"2,keyasint"`
	CT          []byte `cbor:"3,keyasint"`
	SigKey      []byte `cbor:"4,keyasint"`
	Nonce       []byte `cbor:"5,keyasint"`
	PolicyHash  []byte `cbor:"6,keyasint"`
	ProfileHash []byte `cbor:"7,keyasint"`
}

func (m answer) check() error {
	for _, f := range []struct {
		name  string
		field []byte
		size  int
	}{
		{"ML-KEM ciphertext", m.CT, mlkem.CiphertextSize768},
		{"signing key", m.SigKey, ed25519.PublicKeySize},
		{"nonce", m.Nonce, nonceSize},
		{"policy hash", m.PolicyHash, sha256.Size},
		{"profile hash", m.ProfileHash, sha256.Size},
	} {
		if err := sized(f.name, f.field, f.size); err != nil {
			return err
		}
	}
	return nil
}

// proof is E3: the participant's tag first, so that a guesser shows its guess
// before it learns anything.
//
// CBOR map: 1 HMAC(confirm P, th) (64) · 2 n_P (32) · 3 sealed identity.
type proof struct {
	Tag    []byte `cbor:"1,keyasint"`
	Nonce  []byte `cbor:"2,keyasint"`
	Sealed []byte `cbor:"3,keyasint"`
}

func (m proof) check() error {
	if err := sized("tag", m.Tag, sha512.Size); err != nil {
		return err
	}
	return sized("nonce", m.Nonce, nonceSize)
}

// aad is what the sealed part of E3 is tied to.
func (m proof) aad(th [64]byte) []byte { return canon.LV([]byte{kindE3}, th[:], m.Tag, m.Nonce) }

// identity is inside E3.
//
// CBOR map: 1 name · 2 profile hash (32) · 3 certificate, absent for none ·
// 4 sig_P("lotse id" ‖ th) (64).
type identity struct {
	Name        string `cbor:"1,keyasint"`
	ProfileHash []byte `cbor:"2,keyasint"`
	Certificate []byte `cbor:"3,keyasint,omitempty"`
	Sig         []byte `cbor:"4,keyasint"`
}

func (m identity) check() error {
	if err := epoch.CheckName(m.Name); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if len(m.Certificate) > maxCertificate {
		return fmt.Errorf("%w: certificate of %d bytes", ErrMalformed, len(m.Certificate))
	}
	if err := sized("profile hash", m.ProfileHash, sha256.Size); err != nil {
		return err
	}
	return sized("signature", m.Sig, ed25519.SignatureSize)
}

// verdict is E4.
//
// CBOR map: 1 HMAC(confirm M, th) (64) · 2 sealed credentials.
type verdict struct {
	Tag    []byte `cbor:"1,keyasint"`
	Sealed []byte `cbor:"2,keyasint"`
}

func (m verdict) check() error { return sized("tag", m.Tag, sha512.Size) }

// aad is what the sealed part of E4 is tied to: also to the E3 it answers.
func (m verdict) aad(th [64]byte, e3 []byte) []byte {
	answered := sha512.Sum512(e3)
	return canon.LV([]byte{kindE4}, th[:], answered[:], m.Tag)
}

// credentials is inside E4.
//
// CBOR map: 1 licence note · 2 operator note, absent for none · 3 sig_M("lotse
// id" ‖ th) (64) · 4 decision.
type credentials struct {
	Licence  []byte   `cbor:"1,keyasint"`
	Operator []byte   `cbor:"2,keyasint,omitempty"`
	Sig      []byte   `cbor:"3,keyasint"`
	Decision Decision `cbor:"4,keyasint"`
}

func (m credentials) check() error {
	if len(m.Licence) > maxNote || len(m.Operator) > maxNote {
		return fmt.Errorf("%w: notes of %d and %d bytes", ErrMalformed, len(m.Licence), len(m.Operator))
	}
	if !m.Decision.valid() {
		return fmt.Errorf("%w: decision %d", ErrMalformed, m.Decision)
	}
	return sized("signature", m.Sig, ed25519.SignatureSize)
}

// transcript is th = SHA-512(LV("lotse th", sid, CI, Ya, ADa, Yb, ADb)).
func transcript(m Meeting, e1, e2 shares) [64]byte {
	sid := m.SID()
	return sha512.Sum512(canon.LV([]byte("lotse th"), sid[:], m.ci(), e1.Y, e1.AD, e2.Y, e2.AD))
}

// commitment is SHA-256("lotse commit" ‖ n_P).
func commitment(nonce []byte) [sha256.Size]byte {
	return sha256.Sum256(append([]byte("lotse commit"), nonce...))
}

// decodeShares reads E1 or E2 and the associated data inside it.
func decodeShares(kind byte, msg []byte, ad interface{ check() error }) (shares, error) {
	var m shares
	if err := decode(kind, msg, &m); err != nil {
		return shares{}, err
	}
	if err := m.check(); err != nil {
		return shares{}, err
	}
	if err := decodePart(m.AD, ad); err != nil {
		return shares{}, err
	}
	return m, ad.check()
}
