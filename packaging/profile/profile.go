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

var (
	// ErrNone is what Current returns in a program that nobody has branded.
	ErrNone = errors.New("profile: this program carries no profile")
	// ErrDamaged says that what a program carries is not what was signed.
	ErrDamaged = errors.New("profile: not what was signed")
	// ErrEdition says that a profile is for the other program.
	ErrEdition = errors.New("profile: made for another program")
	// ErrOver says that a profile's time is over.
	ErrOver = errors.New("profile: its time is over")
	// ErrNoSigner says that a profile names nobody who may sign a system's
	// programs and does not allow unsigned ones either: none would start.
	ErrNoSigner = errors.New("profile: names no signer of programs")
	// ErrTooOld says that a program is older than its profile wants.
	ErrTooOld = errors.New("profile: program too old for it")
)

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
	// ID names the profile for as long as it lives, such as "harbour-desk".
	ID string
	// Serial counts the profile's versions up from 1.
	Serial uint32
	// Edition is the program that the profile is for; 0 in a development build.
	Edition Edition
	// Organisation is shown to the customer as who is asking.
	Organisation string
	// AppName is the window title's first word.
	AppName string
	// Language is what the windows begin with: "de", "en", or nothing for the
	// computer's own.
	Language string
	// Texts are the organisation's own sentences.
	Texts Texts
	// Colours and Logo are how the windows look; zero and nil are our own.
	Colours Colours
	// Logo is a square PNG picture.
	Logo []byte
	// Development marks a build that talks to this machine only and says so
	// in its title.
	Development bool
	// Relays are tried side by side.
	Relays []Relay
	// ListKeys are note verifier keys that may sign newer lists of relays; without
	// any there are none but Relays. ListSerial is the number of the list that
	// Relays are.
	ListKeys   []string
	ListSerial uint64
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
	// Never are rights that nobody may ask for or be given, by the names that
	// Rights returns.
	Never []string
	// AutoLock locks each room behind whoever comes in; the moderator may unlock
	// it, for one more.
	AutoLock bool
	// Direct is how far programs may talk to each other past the relay. In a
	// document, nothing means DirectAnywhere.
	Direct Direct
	// UpdatePage is opened when a relay wants a newer build.
	UpdatePage string
	// UpdateList is where the signed list of releases lies, and the programs
	// beside it.
	UpdateList string
	// UpdateInPlace lets the person replace the program by a newer one.
	UpdateInPlace bool
	// UpdateKeys are note verifier keys that sign the list of releases.
	UpdateKeys []string
	// Signers are who may have signed the program's code.
	Signers []Signer
	// AllowUnsigned lets a program run whose code nobody signed. One that was
	// altered after somebody signed it never runs.
	AllowUnsigned bool
	// MinVersion is the oldest program that may carry this profile.
	MinVersion string
	// NotAfter is the last moment at which the program runs; zero is no end.
	NotAfter time.Time
}

// Texts are the organisation's own sentences.
type Texts struct {
	// Welcome stands above the field of the participant's first page.
	Welcome Sentences
	// Contact says whom to call, at the first page's foot.
	Contact Sentences
}

// Sentences are one sentence by language, "de" and "en".
type Sentences map[string]string

// In returns the sentence in a language, in the other one where there is none,
// or nothing.
func (s Sentences) In(language string) string {
	for _, l := range append([]string{language}, languages()...) {
		if text, ok := s[l]; ok {
			return text
		}
	}
	return ""
}

// languages are those that the windows speak.
func languages() []string { return []string{"de", "en"} }

// Colours are 0xRRGGBB; 0 is our own. White text can be read on each
// (WCAG 2.2, 1.4.3). The colours of yes, no and STOP are nobody's to choose.
type Colours struct {
	// Primary is that of the button that leads on.
	Primary uint32
	// Banner is that of the band at a window's top.
	Banner uint32
}

// Signer is who may have signed the program's code: at least one of the two.
type Signer struct {
	// SPKI is the SHA-256 of the certificate's SubjectPublicKeyInfo.
	SPKI [sha256.Size]byte
	// Team is Apple's team identifier, for macOS.
	Team string
}

// Rights returns the names that Never may hold, as participant/session has
// them. Seeing the screen is not among them: there would be nothing left.
func Rights() []string {
	return []string{"point", "control", "files_in", "files_out", "clipboard_in", "clipboard_out", "record", "chat"}
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
	return sha256.Sum256(canon.LV(
		[]byte("lotse profile"), []byte(p.ID), canon.Uint(uint64(p.Serial)), []byte(p.Organisation), []byte(p.AppName),
	))
}
