// Package handshake makes the keys of a pair: the participant and the master
// prove to each other that both know the PIN, through a relay that may try
// everything (protocol.md §3, E1 to E4), and later resume without a PIN (R1 to
// R3). CPace and ML-KEM-768 together: an attacker must break both to read
// what was recorded, and gets one guess for each run it takes part in.
//
// Everything here is a value: bytes in, bytes out. It has no network, no
// clock and no memory beyond the run, save Attempts and Replays, which belong
// to a room. It cannot stop a relay from dropping messages.
package handshake

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha512"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"

	"lotse/crypto/canon"
	"lotse/crypto/secret"
	"lotse/crypto/sframe"
)

// Version is the newest version of the handshake that this build speaks, and
// at present the only one.
const Version uint16 = 1

// suiteOne is the one suite: CPACE-X25519-SHA512, ML-KEM-768, HKDF-SHA512,
// AES-256-GCM.
const suiteOne uint16 = 1

// MaxMessage is the longest handshake message in bytes (protocol.md §4: the
// outer frame refuses more).
const MaxMessage = 8 << 10

// The first byte of each message.
const (
	kindE1 byte = 0xe1
	kindE2 byte = 0xe2
	kindE3 byte = 0xe3
	kindE4 byte = 0xe4
	kindR1 byte = 0xf1
	kindR2 byte = 0xf2
	kindR3 byte = 0xf3
)

const (
	keySize   = sha512.Size // every derived key, bytes
	nonceSize = 32          // n_P and n_M, bytes
)

var (
	// ErrMalformed says that a message is not what its place in the run
	// demands. No secret was touched.
	ErrMalformed = errors.New("handshake: malformed message")
	// ErrWrongSecret says that the other side does not know the same PIN,
	// password, link or resume key, or that the relay changed something on
	// the way. The two can't be told apart.
	ErrWrongSecret = errors.New("handshake: the other side does not know the secret")
	// ErrCommitment says that the participant revealed another nonce than the
	// one it had committed to.
	ErrCommitment = errors.New("handshake: nonce is not the one committed to")
	// ErrIdentity says that the other side does not hold the signing key that
	// it named.
	ErrIdentity = errors.New("handshake: identity signature is wrong")
	// ErrReflected says that the other side answered with our own values.
	ErrReflected = errors.New("handshake: our own values came back")
	// ErrOrder says that a step was taken twice or before its turn.
	ErrOrder = errors.New("handshake: step out of order")
	// ErrConfig says that a field of a Config is missing or wrong.
	ErrConfig = errors.New("handshake: bad configuration")
)

// VersionError says that the two sides share no version.
type VersionError struct {
	// Ours and Theirs are the newest versions of both.
	Ours, Theirs uint16
}

// Error says which versions met.
func (e *VersionError) Error() string {
	return fmt.Sprintf("handshake: no common version: ours %d, theirs %d", e.Ours, e.Theirs)
}

// Meeting is where the two sides meet. All of it is public and all of it is
// bound into the keys: sides that met through another relay, in another room
// or in another run do not agree.
type Meeting struct {
	// RelayKey is the relay's identity key as each side saw it itself.
	RelayKey [32]byte
	// Handle is the room's handle, drawn by the relay.
	Handle [16]byte
	// Ticket is the relay's half of the run's identifier.
	Ticket [16]byte
	// Nonce is the participant's half.
	Nonce [16]byte
}

// SID returns the run's identifier: ticket ‖ nonce.
func (m Meeting) SID() [32]byte {
	var sid [32]byte
	copy(sid[:16], m.Ticket[:])
	copy(sid[16:], m.Nonce[:])
	return sid
}

// ci is the channel identifier: LV("lotse ci", 1, relay identity key, handle).
func (m Meeting) ci() []byte {
	return canon.LV([]byte("lotse ci"), []byte{1}, m.RelayKey[:], m.Handle[:])
}

// Keys is what both sides hold after a run.
type Keys struct {
	// PairPM and PairMP are the bases of the two directions of the pair
	// channel, participant to master and back: 64 bytes each, for epoch.Pair.
	PairPM, PairMP secret.Bytes
	// SAS is the short authentication string, eight digits in four groups:
	// "48 21 39 07". Two people compare it aloud. A relay in the middle makes
	// them equal in one of 10^8 runs. It is empty after a resume.
	SAS string
	// SASIndices is the same for symbols: six numbers below 64.
	SASIndices [6]uint8
	// Resume is the key that resumes this pairing after a lost network: 64
	// bytes.
	Resume secret.Bytes
	// Transcript is the hash over everything that travelled.
	Transcript [64]byte
}

// Decision is the master's answer to a proven participant.
type Decision uint8

// The decisions. The zero Decision is refused.
const (
	Wait  Decision = 1 // in the lobby
	Admit Decision = 2 // a Welcome follows
	Deny  Decision = 3 // the master does not want this participant
)

func (d Decision) valid() bool { return d == Wait || d == Admit || d == Deny }

// schedule holds what is derived from the run's one secret.
type schedule struct {
	prk, confirmP, confirmM, sealP, sealM secret.Bytes
}

// newSchedule makes prk = HKDF-Extract-SHA512(salt, ikm) and the keys of the
// run's own messages. The two confirm keys must differ, or a tag could be sent
// back.
func newSchedule(salt, ikm []byte) (*schedule, error) {
	prk, err := hkdf.Extract(sha512.New, ikm, salt)
	if err != nil {
		return nil, fmt.Errorf("handshake: derive: %w", err)
	}
	s := &schedule{prk: prk}
	for _, k := range []struct {
		to    *secret.Bytes
		label string
	}{
		{&s.confirmP, "confirm P"},
		{&s.confirmM, "confirm M"},
		{&s.sealP, "seal P"},
		{&s.sealM, "seal M"},
	} {
		if *k.to, err = s.expand(k.label); err != nil {
			return nil, err
		}
	}
	return s, s.distinct()
}

func (s *schedule) distinct() error {
	if subtle.ConstantTimeCompare(s.confirmP, s.confirmM) == 1 {
		return ErrReflected
	}
	return nil
}

func (s *schedule) expand(label string) (secret.Bytes, error) {
	out, err := hkdf.Expand(sha512.New, s.prk.Reveal(), label, keySize)
	if err != nil {
		return nil, fmt.Errorf("handshake: derive: %w", err)
	}
	return out, nil
}

// keys makes what outlives the run.
func (s *schedule) keys(th [64]byte) (*Keys, error) {
	k := &Keys{Transcript: th}
	var err error
	if k.PairPM, err = s.expand("pair P>M"); err != nil {
		return nil, err
	}
	if k.PairMP, err = s.expand("pair M>P"); err != nil {
		return nil, err
	}
	k.Resume, err = s.expand("resume")
	return k, err
}

// tag is HMAC-SHA512 over LV of the parts.
func tag(key secret.Bytes, parts ...[]byte) []byte {
	h := hmac.New(sha512.New, key.Reveal())
	h.Write(canon.LV(parts...))
	return h.Sum(nil)
}

func tagMatches(got []byte, key secret.Bytes, parts ...[]byte) bool {
	return hmac.Equal(got, tag(key, parts...))
}

// seal and open protect the one part of E3 and of E4 that only a proven peer
// may read. Each key seals one message, so the counter is always 0.
func seal(key secret.Bytes, aad, plaintext []byte) ([]byte, error) {
	k, err := sframe.NewKey(0, key)
	if err != nil {
		return nil, fmt.Errorf("handshake: seal: %w", err)
	}
	return k.Seal(nil, 0, aad, plaintext), nil
}

func open(key secret.Bytes, aad, record []byte) ([]byte, error) {
	k, err := sframe.NewKey(0, key)
	if err != nil {
		return nil, fmt.Errorf("handshake: open: %w", err)
	}
	out, ctr, err := k.Open(nil, aad, record)
	if err != nil || ctr != 0 {
		return nil, ErrWrongSecret
	}
	return out, nil
}

// identityMessage is what both sides sign: "lotse id" ‖ th.
func identityMessage(th [64]byte) []byte { return append([]byte("lotse id"), th[:]...) }

func encode(kind byte, v any) []byte { return append([]byte{kind}, canon.Marshal(v)...) }

// decode checks the size and kind of a message before anything is parsed.
func decode(kind byte, msg []byte, v any) error {
	if len(msg) < 2 || len(msg) > MaxMessage || msg[0] != kind {
		return fmt.Errorf("%w: %d bytes", ErrMalformed, len(msg))
	}
	return decodePart(msg[1:], v)
}

func decodePart(data []byte, v any) error {
	if err := canon.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}

// sized refuses a field of another length than want.
func sized(name string, field []byte, want int) error {
	if len(field) != want {
		return fmt.Errorf("%w: %s of %d bytes, want %d", ErrMalformed, name, len(field), want)
	}
	return nil
}

// source returns r, or crypto/rand for nil.
func source(r io.Reader) io.Reader {
	if r == nil {
		return rand.Reader
	}
	return r
}

func draw(r io.Reader, n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(source(r), b); err != nil {
		return nil, fmt.Errorf("handshake: draw random bytes: %w", err)
	}
	return b, nil
}

func publicKey(key ed25519.PrivateKey) (ed25519.PublicKey, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("%w: Signing", ErrConfig)
	}
	pk, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: Signing", ErrConfig)
	}
	return pk, nil
}
