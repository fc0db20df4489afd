// Package profile holds what an organisation baked into its programs: who it
// is, which relays may be dialled and what may be done. It only narrows: no
// profile can switch off the consent question, the session bar or the stop
// key.
package profile

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"lotse/crypto/canon"
)

// ErrNone is what Current returns in a program that nobody has branded.
var ErrNone = errors.New("profile: this program carries no profile")

// Relay is one server that the programs may dial.
type Relay struct {
	// Addr is host:port.
	Addr string
	// Also are further host:port of the same relay, such as its 443 and 80,
	// which more networks let through.
	Also []string
	// Region is what the organisation calls the place, such as "DE".
	Region string
	// Pins are SHA-256 hashes of the relay's SubjectPublicKeyInfo: the current
	// key and the next one.
	Pins [][sha256.Size]byte
}

// Addrs returns every host:port of the relay, its own address first.
func (r Relay) Addrs() []string { return append([]string{r.Addr}, r.Also...) }

// Licence lets a master open rooms.
type Licence struct {
	// Number is the licence's number, as the note says it.
	Number string
	// Note is the signed licence note (protocol.md §2).
	Note []byte
	// Key is the module's key that the note names.
	Key ed25519.PrivateKey
}

// Profile is everything baked in. The zero value allows nothing.
type Profile struct {
	// Organisation is shown to the customer as who is asking.
	Organisation string
	// AppName is the window title's first word.
	AppName string
	// Development marks a build that talks to this machine only and says so
	// in its title.
	Development bool
	// Relays are tried side by side.
	Relays []Relay
	// Regions are where a relay may be; empty is anywhere.
	Regions []string
	// LAN allows relays on private addresses, unpinned; the PIN binds their
	// key instead (crypto/handshake).
	LAN bool
	// LicenceIssuers are note verifier keys whose licences a relay started
	// from this program accepts.
	LicenceIssuers []string
	// Licence is present in a master only.
	Licence *Licence
	// Countdown is how long a question stays open; zero means 30 s.
	Countdown time.Duration
	// StartAtZero answers yes when the countdown ends; the default is no.
	StartAtZero bool
	// UpdatePage is opened when a relay wants a newer build.
	UpdatePage string
}

// Servers returns the relays that may be used: those in an allowed region, in
// the profile's order.
func (p *Profile) Servers() []Relay {
	return slices.DeleteFunc(slices.Clone(p.Relays), func(r Relay) bool {
		return len(p.Regions) > 0 && !slices.Contains(p.Regions, r.Region)
	})
}

// Hash identifies the profile in handshakes. It covers what a peer can
// observe and no key.
func (p *Profile) Hash() [sha256.Size]byte {
	return sha256.Sum256(canon.LV([]byte("lotse profile"), []byte(p.Organisation), []byte(p.AppName)))
}
