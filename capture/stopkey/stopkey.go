// Package stopkey listens for F11 on this computer, whatever else is held and
// whichever window has the focus. It needs no network and no window of ours.
// It listens in several ways at once, each on a thread of its own, because
// each has something that it can't hear. It tells of the key and of nothing
// else that is typed.
package stopkey

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrUnsupported says that no way to listen works here. Control must not
// start then.
var ErrUnsupported = errors.New("stopkey: no way to listen for the stop key")

// Press is called on the listener's own thread, as soon as the system tells
// of the key, with the time at which it did. It must not block.
type Press func(at time.Time)

// burst is for how long one press is not told again. All ways hear the same
// press within a few milliseconds; a person can't press twice in this time.
// A key that stays down may be told again after it.
const burst = 100 * time.Millisecond

// deaf is how long a thread may give no sign of life before it counts as
// failed. It gives one every second at the least; more than this is no busy
// machine but one that doesn't answer.
const deaf = 5 * time.Second

// patience is how long Close waits for a thread. One that hangs in the system
// must not keep a program from ending.
const patience = time.Second

// way is one way of listening. It runs from the moment it is returned.
type way interface {
	// name says which way this is.
	name() string
	// healthy returns why it no longer listens.
	healthy() error
	// close stops listening and waits for the thread.
	close() error
}

// Key is an armed stop key.
type Key struct {
	press Press
	ways  []way
	end   func() error // closes the ways, once

	// mu guards the field below.
	mu sync.Mutex
	// last is when press was last called; the zero value is never.
	last time.Time
}

// Arm listens for F11 until Close, in every way that works here. When none
// does it returns an error that wraps ErrUnsupported and says of each way why.
func Arm(press Press) (*Key, error) {
	if press == nil {
		return nil, errors.New("stopkey: Press is nil")
	}
	k := &Key{press: press}
	ways, err := arm(k.heard)
	if len(ways) == 0 {
		return nil, errors.Join(ErrUnsupported, err)
	}
	k.ways, k.end = ways, sync.OnceValue(k.closeAll)
	return k, nil
}

// Mechanisms names the ways in which it listens.
func (k *Key) Mechanisms() []string {
	names := make([]string, 0, len(k.ways))
	for _, w := range k.ways {
		names = append(names, w.name())
	}
	return names
}

// Healthy returns why the first way that no longer listens doesn't, or nil
// while all do.
func (k *Key) Healthy() error {
	for _, w := range k.ways {
		if err := w.healthy(); err != nil {
			return fmt.Errorf("stopkey: %s: %w", w.name(), err)
		}
	}
	return nil
}

// Close stops listening. Press is not called after it returned nil. It must
// not be called from Press.
func (k *Key) Close() error { return k.end() }

func (k *Key) closeAll() error {
	var errs []error
	for _, w := range k.ways {
		if err := w.close(); err != nil {
			errs = append(errs, fmt.Errorf("stopkey: close %s: %w", w.name(), err))
		}
	}
	return errors.Join(errs...)
}

// heard is called by every way for each press that it hears.
func (k *Key) heard(at time.Time) {
	if k.first(at) {
		k.press(at)
	}
}

// first reports whether nobody told of this press yet.
func (k *Key) first(at time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.last.IsZero() && at.Sub(k.last) < burst {
		return false
	}
	k.last = at
	return true
}
