package profile

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Book is the relays of this run of a program: those of the profile, or those of
// a newer list that a relay handed out. Nothing of it is written down. It may be
// used from many goroutines.
type Book struct {
	profile *Profile
	now     func() time.Time

	// mu guards the fields below.
	mu   sync.Mutex
	list *RelayList
	with *Profile // the profile with the list's relays
}

// NewBook returns the relays of a profile. Nil for now is time.Now.
func NewBook(p *Profile, now func() time.Time) *Book {
	if now == nil {
		now = time.Now
	}
	return &Book{profile: p, now: now}
}

// Profile names the profile to those who hand out lists; empty is one for which
// there are none.
func (b *Book) Profile() string {
	if len(b.profile.ListKeys) == 0 {
		return ""
	}
	return b.profile.ID
}

// Serial returns the serial number of the list that is used.
func (b *Book) Serial() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.list != nil {
		return b.list.Serial
	}
	return b.profile.ListSerial
}

// Servers returns the relays that may be used, in their order (Profile.Servers).
func (b *Book) Servers() []Relay { return b.current().Servers() }

// Allowed is the one gate of every dial (Profile.Allowed).
func (b *Book) Allowed(addr string) error { return b.current().Allowed(addr) }

// DirectAllowed is the one gate of every address on the way past the relay
// (Profile.DirectAllowed): a list of relays says nothing about it.
func (b *Book) DirectAllowed(a netip.Addr) bool { return b.profile.DirectAllowed(a) }

// Names reports whether one of the relays that may be used has a key. Where
// there are none with keys, on a network of its own, it is nobody's to say.
func (b *Book) Names(pin [32]byte) bool {
	servers := b.Servers()
	return len(servers) == 0 || slices.ContainsFunc(servers, func(r Relay) bool {
		return len(r.Pins) == 0 || slices.Contains(r.Pins, pin)
	})
}

// current is the profile with the relays of now: once a list's time is over it
// is the profile's own again.
func (b *Book) current() *Profile {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.with == nil || b.now().After(b.list.NotAfter) {
		return b.profile
	}
	return b.with
}

// Take uses a newer list from now on. It refuses, and changes nothing, unless
// the profile names who may sign lists, one of those signed it, it is for this
// profile, newer than what is known and not over, and has a relay in a region
// that the profile allows.
func (b *Book) Take(signed []byte) error {
	l, err := OpenList(signed, b.profile.ListKeys)
	if err != nil {
		return err
	}
	if l.Profile != b.profile.ID {
		return fmt.Errorf("%w: for %q, this is %q", ErrList, l.Profile, b.profile.ID)
	}
	if b.now().After(l.NotAfter) {
		return fmt.Errorf("%w: over since %s", ErrListOld, l.NotAfter.Format(time.DateTime))
	}
	with := *b.profile
	with.Relays = l.Relays
	if len(with.Servers()) == 0 {
		return fmt.Errorf("%w: no relay in an allowed region", ErrList)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	known := b.profile.ListSerial
	if b.list != nil {
		known = b.list.Serial
	}
	if l.Serial <= known {
		return fmt.Errorf("%w: number %d, known is %d", ErrListOld, l.Serial, known)
	}
	b.list, b.with = l, &with
	return nil
}
