package epoch

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"sync"

	"lotse/crypto/sframe"
)

// maxRecords is how many records one Sealer makes before a new epoch is due
// (protocol.md §4). AES-256-GCM with counted nonces stays far below its bounds
// there.
const maxRecords = 1 << 32

var (
	// ErrRekey says that a sealer is used up and a new epoch is due.
	ErrRekey = errors.New("epoch: counter used up, a new epoch is due")
	// ErrReplay says that a record was seen before or is older than the
	// window.
	ErrReplay = errors.New("epoch: record seen before")
	// ErrGap says that a record is missing before this one in an ordered
	// stream.
	ErrGap = errors.New("epoch: record missing before this one")
	// ErrForged says that the sender's signature inside a record is wrong.
	ErrForged = errors.New("epoch: record not signed by its sender")
)

// Sealer seals the records of one stream of one member and owns their counter,
// which only goes up. It is safe for concurrent use.
type Sealer struct {
	kid KID

	mu      sync.Mutex // guards the fields below
	key     *sframe.Key
	next    uint64
	scratch []byte
}

// Seal appends the record of plaintext to dst. The aad is authenticated and
// travels outside the record. On error dst comes back unchanged.
func (s *Sealer) Seal(dst, aad, plaintext []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sealLocked(dst, aad, plaintext)
}

// SealSigned is Seal with the sender's signature inside the seal, behind the
// message: whoever else holds the key of this stream cannot make one.
func (s *Sealer) SealSigned(dst, aad []byte, by Signer, msg []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sig := Sign(by.Label, by.Key, by.at(s.kid, s.next), msg)
	s.scratch = append(append(s.scratch[:0], msg...), sig...)
	return s.sealLocked(dst, aad, s.scratch)
}

func (s *Sealer) sealLocked(dst, aad, plaintext []byte) ([]byte, error) {
	if s.next >= maxRecords {
		return dst, ErrRekey
	}
	ctr := s.next
	s.next++
	return s.key.Seal(dst, ctr, aad, plaintext), nil
}

// KID returns what the records of this sealer say in the clear.
func (s *Sealer) KID() KID { return s.kid }

// Count returns how many records were sealed. From 2^31 on it is time to ask
// for a new epoch.
func (s *Sealer) Count() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next
}

// Mode is how an Opener treats counters. The zero Mode is refused.
type Mode uint8

// The modes.
const (
	Ordered  Mode = iota + 1 // every record, each right after the one before
	Windowed                 // each record once, late ones within the window
)

// Opener opens the records of one stream of one member, each once. It is safe
// for concurrent use.
type Opener struct {
	kid  KID
	mode Mode

	mu   sync.Mutex // guards the fields below
	key  *sframe.Key
	next uint64 // one more than the highest counter seen
	seen window
}

// Open appends the content of record to dst. On error dst comes back
// unchanged and the opener forgets the record, so a forged one leaves no
// trace.
func (o *Opener) Open(dst, aad, record []byte) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	out, ctr, err := o.openLocked(dst, aad, record)
	if err != nil {
		return dst, err
	}
	o.acceptLocked(ctr)
	return out, nil
}

// OpenSigned opens what SealSigned made and checks that the owner of the
// public key in by signed it. A record with a wrong signature counts as not
// seen.
func (o *Opener) OpenSigned(dst, aad, record []byte, by Verifier) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	out, ctr, err := o.openLocked(dst, aad, record)
	if err != nil {
		return dst, err
	}
	cut := len(out) - ed25519.SignatureSize
	if cut < len(dst) || !Verify(by.Label, by.Key, by.at(o.kid, ctr), out[len(dst):cut], out[cut:]) {
		clear(out[len(dst):])
		return dst, ErrForged
	}
	o.acceptLocked(ctr)
	return out[:cut], nil
}

// KID returns which records this opener opens.
func (o *Opener) KID() KID { return o.kid }

func (o *Opener) openLocked(dst, aad, record []byte) ([]byte, uint64, error) {
	h, err := sframe.ParseHeader(record)
	if err != nil {
		return dst, 0, fmt.Errorf("epoch: %w", err)
	}
	if h.KID != o.kid.number() {
		return dst, 0, fmt.Errorf("epoch: %w", sframe.ErrKID)
	}
	if err := o.checkLocked(h.CTR); err != nil {
		return dst, 0, err
	}
	out, ctr, err := o.key.Open(dst, aad, record)
	if err != nil {
		return dst, 0, fmt.Errorf("epoch: %w", err)
	}
	return out, ctr, nil
}

// checkLocked refuses a counter before any work is done for the record.
func (o *Opener) checkLocked(ctr uint64) error {
	switch {
	case ctr >= maxRecords:
		return fmt.Errorf("%w: counter %d", ErrRekey, ctr)
	case o.mode == Ordered && ctr < o.next:
		return fmt.Errorf("%w: counter %d, want %d", ErrReplay, ctr, o.next)
	case o.mode == Ordered && ctr > o.next:
		return fmt.Errorf("%w: counter %d, want %d", ErrGap, ctr, o.next)
	case o.mode == Windowed && o.seen.has(ctr, o.next):
		return fmt.Errorf("%w: counter %d", ErrReplay, ctr)
	}
	return nil
}

func (o *Opener) acceptLocked(ctr uint64) {
	o.seen.add(ctr, o.next)
	o.next = max(o.next, ctr+1)
}
