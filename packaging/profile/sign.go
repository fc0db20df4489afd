package profile

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"

	ournote "lotse/crypto/note"
)

// profileKind is the kind of note that a profile is.
const profileKind = "profile"

// Sign checks a document and signs it with each signer's key.
func Sign(text []byte, signers ...note.Signer) ([]byte, error) {
	if _, err := Parse(text); err != nil {
		return nil, err
	}
	signed, err := ournote.SignWith(profileKind, text, signers...)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	return signed, nil
}

// Open checks that one of the issuers signed the note, and returns the
// document and what it says. An altered one is ErrDamaged.
func Open(signed []byte, issuers []string) (text []byte, p *Profile, err error) {
	text, _, err = ournote.Open(profileKind, signed, issuers)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if p, err = Parse(text); err != nil {
		return nil, nil, err
	}
	return text, p, nil
}

// Runs reports why a program of an edition and version may not run with the
// profile at the time now: ErrEdition, ErrOver, ErrTooOld, or nil.
func (p *Profile) Runs(e Edition, version string, now time.Time) error {
	if p.Edition != e {
		return fmt.Errorf("%w: for a %s, this is a %s", ErrEdition, p.Edition, e)
	}
	if err := p.Holds(now); err != nil {
		return err
	}
	if p.MinVersion == "" {
		return nil
	}
	want, wantOK := parseVersion(p.MinVersion)
	have, haveOK := parseVersion(version)
	if !wantOK || !haveOK || older(have, want) {
		return fmt.Errorf("%w: %s, want %s", ErrTooOld, version, p.MinVersion)
	}
	return nil
}

// Starts returns ErrNoSigner where no program starts with the profile, whoever
// signs it: it looks at its own signature (packaging/selfcheck), and the profile
// has neither signers nor allow_unsigned. teams is for macOS, where a signer may
// be named by team alone.
func (p *Profile) Starts(teams bool) error {
	named := slices.ContainsFunc(p.Signers, func(s Signer) bool {
		return s.SPKI != [sha256.Size]byte{} || teams && s.Team != ""
	})
	if named || p.AllowUnsigned {
		return nil
	}
	return fmt.Errorf("%w: neither signers nor allow_unsigned, so the program would not start", ErrNoSigner)
}

// Serves returns ErrLicence where a customer's program would turn every
// moderator away: it believes a licence only from who licence_issuers names.
func (p *Profile) Serves() error {
	if p.Edition == ParticipantEdition && len(p.LicenceIssuers) == 0 {
		return fmt.Errorf("%w: no licence_issuers, so the program would turn every moderator away", ErrLicence)
	}
	return nil
}

// Signs reports whether a program starts that the key or, on macOS, the team
// signed.
func (p *Profile) Signs(spki [sha256.Size]byte, team string) bool {
	if p.AllowUnsigned && len(p.Signers) == 0 {
		return true // who could have left it unsigned may sign it
	}
	return slices.ContainsFunc(p.Signers, func(s Signer) bool {
		return s.SPKI != [sha256.Size]byte{} && s.SPKI == spki || s.Team != "" && s.Team == team
	})
}

// Holds returns ErrOver once the profile's time is over. A session that began
// before goes on; no new one begins.
func (p *Profile) Holds(now time.Time) error {
	if !p.NotAfter.IsZero() && now.After(p.NotAfter) {
		return fmt.Errorf("%w: since %s", ErrOver, p.NotAfter.Format(time.DateTime))
	}
	return nil
}
