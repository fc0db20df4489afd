package profile

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lotse/crypto/canon"
	"lotse/crypto/note"
	"lotse/crypto/secret"
)

// licenceKind is the kind of note that a licence is.
const licenceKind = "licence"

// licenceDigits is how long a licence number is; the last digit checks the
// others.
const licenceDigits = 10

// maxLicenceText is the longest name in a licence in bytes.
const maxLicenceText = 128

// ErrLicence says that a licence is not valid.
var ErrLicence = errors.New("profile: licence not valid")

// LicenceFacts is what a licence says. The number is a handle: knowing it
// proves nothing, the module's key does.
//
// CBOR map: 1 number · 2 organisation · 3 name · 4 module key (32) · 5 members
// · 6 not after, Unix seconds.
type LicenceFacts struct {
	Number       string            `cbor:"1,keyasint"`
	Organisation string            `cbor:"2,keyasint"`
	Name         string            `cbor:"3,keyasint"`
	ModuleKey    ed25519.PublicKey `cbor:"4,keyasint"`
	MaxMembers   uint8             `cbor:"5,keyasint"`
	NotAfter     int64             `cbor:"6,keyasint"`
}

// IssueLicence signs facts with an issuer's key (crypto/note).
func IssueLicence(facts LicenceFacts, issuer secret.Text) ([]byte, error) {
	if err := facts.check(); err != nil {
		return nil, err
	}
	signed, err := note.Sign(licenceKind, canon.Marshal(facts), issuer)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	return signed, nil
}

// OpenLicence reads a licence that one of the issuers signed and that is valid
// at the time now.
func OpenLicence(data []byte, issuers []string, now time.Time) (LicenceFacts, error) {
	body, _, err := note.Open(licenceKind, data, issuers)
	if err != nil {
		return LicenceFacts{}, fmt.Errorf("%w: %w", ErrLicence, err)
	}
	var facts LicenceFacts
	if err := canon.Unmarshal(body, &facts); err != nil {
		return LicenceFacts{}, fmt.Errorf("%w: %w", ErrLicence, err)
	}
	if err := facts.check(); err != nil {
		return LicenceFacts{}, err
	}
	if now.Unix() > facts.NotAfter {
		return LicenceFacts{}, fmt.Errorf("%w: it ran out", ErrLicence)
	}
	return facts, nil
}

func (f LicenceFacts) check() error {
	switch {
	case !validNumber(f.Number):
		return fmt.Errorf("%w: number", ErrLicence)
	case len(f.ModuleKey) != ed25519.PublicKeySize:
		return fmt.Errorf("%w: module key of %d bytes", ErrLicence, len(f.ModuleKey))
	case f.MaxMembers < 2:
		return fmt.Errorf("%w: %d members", ErrLicence, f.MaxMembers)
	case f.Organisation == "" || !showable(f.Organisation) || !showable(f.Name):
		return fmt.Errorf("%w: names", ErrLicence)
	}
	return nil
}

// showable reports whether a name can stand in the question that a customer
// answers: no control characters, none that turn the direction of writing or
// hide themselves.
func showable(s string) bool {
	return len(s) <= maxLicenceText && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsGraphic(r)
	})
}

// NewNumber adds the check digit to nine digits.
func NewNumber(nine string) string { return nine + string('0'+damm(nine)) }

func validNumber(s string) bool {
	if len(s) != licenceDigits {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return damm(s) == 0
}

// damm is the check digit of H. M. Damm, "Total anti-symmetrische
// Quasigruppen" (2004): it finds every single wrong digit and every swap of
// neighbours. A number with its check digit behind it gives 0.
func damm(digits string) byte {
	const table = "0317598642709215486342068713591750983426612304597836742095815869720134894536201794386172052581436790"
	row := byte(0)
	for _, c := range []byte(digits) {
		row = table[10*row+(c-'0')] - '0'
	}
	return row
}
