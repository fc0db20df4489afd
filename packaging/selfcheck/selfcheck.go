// Package selfcheck lets a program look at its own file: was it altered after
// somebody signed it, and may that somebody sign it? It compares the signature
// with the profile alone, asks nobody on the network and trusts no list of
// authorities: an organisation's own key is one it named before.
//
// It protects whoever starts a file that was altered on the way to them. It
// can't protect against somebody who rewrites the check itself; that one is
// stopped by Windows and macOS, which look at the signature before anything
// runs.
package selfcheck

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"

	"lotse/packaging/authenticode"
	"lotse/packaging/profile"
)

var (
	// ErrUnsigned says that nobody signed the program.
	ErrUnsigned = errors.New("selfcheck: nobody signed this program")
	// ErrAltered says that the program is not what was signed, or that its
	// signature is not one as ours are made.
	ErrAltered = errors.New("selfcheck: not what was signed")
	// ErrStranger says that the profile does not name who signed.
	ErrStranger = errors.New("selfcheck: signed by somebody whom the profile does not name")
	// ErrUnchecked says that the check could not be made.
	ErrUnchecked = errors.New("selfcheck: could not be checked")
)

// Signer is who signed a program.
type Signer struct {
	// SPKI is the SHA-256 of the certificate's SubjectPublicKeyInfo; zero is
	// nobody's.
	SPKI [sha256.Size]byte
	// Team is Apple's team identifier, if Apple vouches for it.
	Team string
}

// teamForm is how Apple's team identifiers look. Nothing else gets into a
// requirement.
var teamForm = regexp.MustCompile(`^[A-Z0-9]{10}$`)

// withTeam adds the team that a program claims if it meets what Apple's
// Developer ID is known by: Apple's root, the marks of such certificates, and
// the team in the signer's own. macOS checks none of that by itself: a
// certificate that somebody made is whole for it, and may claim every team.
func (s Signer) withTeam(claimed string, meets func(requirement string) bool) Signer {
	if teamForm.MatchString(claimed) && meets(teamRequirement(claimed)) {
		s.Team = claimed
	}
	return s
}

// teamRequirement is that in Apple's language ("Code Signing Requirement
// Language"): the one that packaging/darwin gives a program to be known by,
// without its identifier.
func teamRequirement(team string) string {
	return `anchor apple generic and certificate 1[field.1.2.840.113635.100.6.2.6] exists and certificate leaf[field.1.2.840.113635.100.6.1.13] exists` +
		` and certificate leaf[subject.OU] = "` + team + `"`
}

// Program checks this program with its profile. On systems whose programs have
// no signature (Linux), and for development builds, there is nothing to check:
// nil there says nothing.
func Program(p *profile.Profile) error {
	if p.Development {
		return nil
	}
	return judge(p, own)
}

// PE returns who signed a Windows program. It is stricter than Windows: one
// signature, nothing behind it, nothing in it that nobody signed but a time
// stamp.
func PE(program []byte) (Signer, error) {
	s, err := authenticode.Read(program)
	switch {
	case errors.Is(err, authenticode.ErrUnsigned):
		return Signer{}, ErrUnsigned
	case err != nil:
		return Signer{}, fmt.Errorf("%w: %w", ErrAltered, err)
	}
	return Signer{SPKI: s.SPKI}, nil
}

// judge compares what look finds with the profile.
func judge(p *profile.Profile, look func() (Signer, error)) error {
	s, err := look()
	switch {
	case errors.Is(err, errNoSignatures):
		return nil
	case errors.Is(err, ErrUnsigned) && p.AllowUnsigned:
		return nil
	case err != nil:
		return err
	case p.AllowUnsigned && len(p.Signers) == 0:
		return nil // the profile names nobody, so everybody will do who could also have left it
	}
	for _, want := range p.Signers {
		if named(want, s) {
			return nil
		}
	}
	return fmt.Errorf("%w: key %x, team %q", ErrStranger, s.SPKI, s.Team)
}

// named reports whether a signer is the one that the profile names, by key or,
// on macOS, by team.
func named(want profile.Signer, s Signer) bool {
	var none [sha256.Size]byte
	return want.SPKI != none && want.SPKI == s.SPKI || want.Team != "" && want.Team == s.Team
}

// errNoSignatures says that programs of this system carry no signature.
var errNoSignatures = errors.New("selfcheck: programs carry no signature here")
