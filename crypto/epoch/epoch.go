// Package epoch turns the secret of an epoch into the keys of its members and
// seals their records (protocol.md §4). It also holds what binds an epoch to
// its members: the signed roster and the chain of rosters.
//
// It cannot decide who is a member; the master does. A counter belongs to one
// Sealer that refuses to go back, and one Keys gives out one Sealer for each
// stream and member.
package epoch

import (
	"crypto/hkdf"
	"crypto/sha512"
	"errors"
	"fmt"
	"sync"

	"lotse/crypto/canon"
	"lotse/crypto/secret"
	"lotse/crypto/sframe"
)

// SecretSize is the length of an epoch secret and of a pair base in bytes.
const SecretSize = 64

// Stream says what a record carries. Each stream of a member has its own key
// and counter.
type Stream uint8

// The streams. The numbers are part of the keys; append only.
const (
	Screen       Stream = 1
	Cursor       Stream = 2
	Audio        Stream = 3
	Video        Stream = 4
	Control      Stream = 5
	Chat         Stream = 6
	File         Stream = 7
	Clipboard    Stream = 8
	Annotate     Stream = 9
	Recording    Stream = 10
	Presence     Stream = 11
	PairControl  Stream = 12 // pair channels only: Welcome, Ready, Bye
	PairInput    Stream = 13 // pair channels only: keys and pointer
	lastOfGroup         = Presence
	lastOfStream        = PairInput
)

var (
	// ErrStream says that a stream does not exist under these keys. Input has
	// none under a group's.
	ErrStream = errors.New("epoch: no such stream under these keys")
	// ErrMember says that a member number is 0.
	ErrMember = errors.New("epoch: member 0 does not exist")
	// ErrTaken says that a second Sealer was asked for; its counters would
	// repeat the first one's.
	ErrTaken = errors.New("epoch: that stream of that member has its sealer")
	// ErrSecret says that an epoch secret or a pair base has a wrong length.
	ErrSecret = errors.New("epoch: secret of wrong length")
)

// Params is everything that the keys of an epoch depend on. A difference in
// any field gives other keys: members with another roster, policy, profile or
// relay do not understand each other.
type Params struct {
	// Session is the session's UUID.
	Session [16]byte
	// Number counts the epochs of the session from 1.
	Number uint64
	// RosterHash is RosterHash of the signed roster's bytes.
	RosterHash [32]byte
	// PolicyHash is the SHA-256 of the signed policy's bytes.
	PolicyHash [32]byte
	// ProfileHash is the hash of the master's profile.
	ProfileHash [32]byte
	// RelayKey is the relay's identity key.
	RelayKey [32]byte
	// Secret is the 64 bytes that the master drew for this epoch.
	Secret secret.Bytes
}

// KID is what a record says in the clear about its key.
type KID struct {
	Stream Stream
	Member uint8
	// Epoch is the epoch's number, or the generation of the pair keys, modulo
	// 16.
	Epoch uint8
}

// epochBits is how many bits of an epoch's number travel in a KID: enough to
// tell the epochs around a change apart.
const epochBits = 4

func (k KID) number() uint64 {
	return uint64(k.Stream)<<12 | uint64(k.Member)<<epochBits | uint64(k.Epoch)
}

// PeekKID returns what a record says about its key. Nothing of it is
// authenticated before Open.
func PeekKID(record []byte) (KID, error) {
	h, err := sframe.ParseHeader(record)
	if err != nil {
		return KID{}, fmt.Errorf("epoch: %w", err)
	}
	k := KID{Stream: Stream(h.KID >> 12 & 0xf), Member: uint8(h.KID >> epochBits), Epoch: uint8(h.KID & (1<<epochBits - 1))}
	if k.number() != h.KID || k.Stream == 0 || k.Stream > lastOfStream || k.Member == 0 {
		return KID{}, fmt.Errorf("%w: key %#x", ErrStream, h.KID)
	}
	return k, nil
}

// Keys gives out the sealers and openers of one epoch or of one direction of
// a pair. It is safe for concurrent use.
type Keys struct {
	prk   secret.Bytes
	epoch uint8 // modulo 16
	last  Stream
	tail  []byte // what a pair's keys depend on besides stream and member

	mu     sync.Mutex // guards the field below
	sealed map[KID]bool
}

// Derive makes the keys of an epoch:
//
//	epoch_prk = HKDF-Extract-SHA512(salt SHA-512(LV("lotse group", session,
//	            epoch, roster, policy, profile, relay key)), ikm secret)
func Derive(p Params) (*Keys, error) {
	if len(p.Secret) != SecretSize {
		return nil, fmt.Errorf("%w: %d bytes, want %d", ErrSecret, len(p.Secret), SecretSize)
	}
	salt := sha512.Sum512(canon.LV([]byte("lotse group"), p.Session[:], canon.Uint(p.Number),
		p.RosterHash[:], p.PolicyHash[:], p.ProfileHash[:], p.RelayKey[:]))
	prk, err := hkdf.Extract(sha512.New, p.Secret.Reveal(), salt[:])
	if err != nil {
		return nil, fmt.Errorf("epoch: derive: %w", err)
	}
	return newKeys(prk, uint8(p.Number&0xf), lastOfGroup, nil), nil
}

// Pair makes the keys of one direction of a pair channel from its base of 64
// bytes (handshake.Keys). Generation counts up from 0 whenever new keys are
// wanted under the same base; calling Pair twice with one base and generation
// and sealing with both gives the content away.
func Pair(base secret.Bytes, generation uint8) (*Keys, error) {
	if len(base) != SecretSize {
		return nil, fmt.Errorf("%w: %d bytes, want %d", ErrSecret, len(base), SecretSize)
	}
	return newKeys(base, generation&0xf, lastOfStream, []byte{generation}), nil
}

func newKeys(prk secret.Bytes, number uint8, last Stream, tail []byte) *Keys {
	return &Keys{prk: prk, epoch: number, last: last, tail: tail, sealed: map[KID]bool{}}
}

// Sealer returns the one sealer of a stream of a member. The second call for
// the same fails with ErrTaken.
func (k *Keys) Sealer(stream Stream, member uint8) (*Sealer, error) {
	key, id, err := k.key(stream, member)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.sealed[id] {
		return nil, ErrTaken
	}
	k.sealed[id] = true
	return &Sealer{key: key, kid: id}, nil
}

// Opener returns an opener of a stream of a member. Each one remembers what it
// has seen: keep one for each stream and member, or records can be replayed.
func (k *Keys) Opener(stream Stream, member uint8, mode Mode) (*Opener, error) {
	if mode != Ordered && mode != Windowed {
		return nil, fmt.Errorf("epoch: mode %d", mode)
	}
	key, id, err := k.key(stream, member)
	if err != nil {
		return nil, err
	}
	return &Opener{key: key, kid: id, mode: mode}, nil
}

// key derives base[s,m] = HKDF-Expand(prk, LV("lotse sframe", s, m), 64) and
// the SFrame key from it. A pair's generation is a further argument.
func (k *Keys) key(stream Stream, member uint8) (*sframe.Key, KID, error) {
	if stream == 0 || stream > k.last {
		return nil, KID{}, fmt.Errorf("%w: %d", ErrStream, stream)
	}
	if member == 0 {
		return nil, KID{}, ErrMember
	}
	info := [][]byte{[]byte("lotse sframe"), {byte(stream)}, {member}}
	if k.tail != nil {
		info = append(info, k.tail)
	}
	base, err := hkdf.Expand(sha512.New, k.prk.Reveal(), string(canon.LV(info...)), SecretSize)
	if err != nil {
		return nil, KID{}, fmt.Errorf("epoch: derive: %w", err)
	}
	id := KID{Stream: stream, Member: member, Epoch: k.epoch}
	key, err := sframe.NewKey(id.number(), base)
	if err != nil {
		return nil, KID{}, fmt.Errorf("epoch: derive: %w", err)
	}
	return key, id, nil
}
