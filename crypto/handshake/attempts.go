package handshake

import (
	"errors"
	"sync"
)

// maxAttempts is how often one PIN may be tried and missed. With six digits a
// guesser succeeds once in 200 000 PINs.
const maxAttempts = 5

// maxReplays is how many runs one room remembers. The relay lets a room's
// joiners pass at one in 2 s, so this is a day and a half of trying.
const maxReplays = 1 << 16

var (
	// ErrExhausted says that the PIN was missed too often. A new PIN gets new
	// Attempts.
	ErrExhausted = errors.New("handshake: attempts used up, draw a new PIN")
	// ErrReplay says that a run's identifier was used before.
	ErrReplay = errors.New("handshake: run identifier was used before")
	// ErrFull says that a room saw too many runs and takes no more.
	ErrFull = errors.New("handshake: room has seen too many runs")
)

// Attempts counts the misses of one PIN. A run costs one attempt before E2
// leaves and gets it back only from a valid E3; a run that is never finished
// is a miss. So runs side by side get no more guesses than runs in a row. The
// zero value has all five left. It is safe for concurrent use.
type Attempts struct {
	mu   sync.Mutex // guards the field below
	used int
}

// Begin takes one attempt and reports whether there was one. NewMaster calls
// it.
func (a *Attempts) Begin() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.used >= maxAttempts {
		return false
	}
	a.used++
	return true
}

// Refund gives back the attempt of a run that ended in a valid E3, once, and
// reports whether it did. Verify calls it: only Verify makes a Peer that has
// something to give back.
func (a *Attempts) Refund(p *Peer) bool {
	if p == nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !p.refundable || a.used == 0 {
		return false
	}
	p.refundable = false
	a.used--
	return true
}

// Left returns how many attempts are left.
func (a *Attempts) Left() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maxAttempts - a.used
}

// Exhausted reports whether a new PIN must be drawn.
func (a *Attempts) Exhausted() bool { return a.Left() == 0 }

// Replays remembers every run of a room for as long as the room lives and
// forgets none: when it is full it refuses. The zero value is empty. It is
// safe for concurrent use.
type Replays struct {
	mu   sync.Mutex // guards the field below
	seen map[[32]byte]struct{}
}

// Add remembers a run's identifier. It fails with ErrReplay for one that was
// there before and with ErrFull when the room takes no more.
func (r *Replays) Add(sid [32]byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.seen[sid]; ok {
		return ErrReplay
	}
	if len(r.seen) >= maxReplays {
		return ErrFull
	}
	if r.seen == nil {
		r.seen = map[[32]byte]struct{}{}
	}
	r.seen[sid] = struct{}{}
	return nil
}
