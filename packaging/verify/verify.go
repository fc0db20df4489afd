// Package verify reads a finished program back, as its first user would if
// users could: who signed it, which profile it carries and who signed that,
// whether both fit each other and the program, and that nothing else is in the
// file. It believes nothing that it is not told to expect: whoever can swap the
// program could have swapped the keys in it too.
package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tc-hib/winres"

	"lotse/packaging/authenticode"
	"lotse/packaging/brand"
	"lotse/packaging/profile"
)

var (
	// ErrIssuer says that a profile, or a key that the program would believe,
	// is not from an issuer who was expected.
	ErrIssuer = errors.New("verify: profile from another issuer")
	// ErrSerial says that a profile is older than the oldest expected.
	ErrSerial = errors.New("verify: profile too old")
	// ErrSigner says that somebody else than the profile's signers signed.
	ErrSigner = errors.New("verify: signed by somebody else")
	// ErrResources says that name, version or picture of the file are not those
	// of the profile.
	ErrResources = errors.New("verify: name, version or picture are not the profile's")
	// ErrSigned says that somebody signed a program that nobody should have: it
	// does not become unsigned by leaving that out.
	ErrSigned = errors.New("verify: signed, and expected to be unsigned")
	// ErrBundle says that a program is for macOS, where the bundle around it is
	// what is signed.
	ErrBundle = errors.New("verify: for macOS a whole bundle is verified")
)

// Trust is what is expected of a program.
type Trust struct {
	// Code says which code signatures are taken.
	Code authenticode.Trust
	// Unsigned takes a program that nobody signed: one for Linux, or one whose
	// profile says that it may run so. One for Windows that somebody signed is
	// then refused.
	Unsigned bool
	// Issuers are verifier keys of who may have signed the profile. There has
	// to be one.
	Issuers []string
	// Signers are SHA-256 hashes of the keys that may have signed the code; none
	// leaves it to the profile. The profile's own have to name the key as well,
	// for the program looks at those. One whose profile allows unsigned programs
	// and names nobody needs one here.
	Signers [][sha256.Size]byte
	// MinSerial is the oldest profile that is taken.
	MinSerial uint32
}

// Report is what a program turned out to be.
type Report struct {
	System  brand.System
	Edition profile.Edition
	// Version is the program's own.
	Version string
	Profile *profile.Profile
	// Signature is the code signature; zero for Linux.
	Signature authenticode.Signature
	// Size and SHA256 are those of the file.
	Size   int
	SHA256 [sha256.Size]byte
}

// Program checks a branded program.
func Program(program []byte, t Trust) (Report, error) {
	kind, err := brand.Look(program)
	if err != nil {
		return Report{}, err //nolint:wrapcheck // says what it is not
	}
	r := Report{System: kind.System, Edition: kind.Edition, Version: kind.Version, Size: len(program), SHA256: sha256.Sum256(program)}
	if r.Signature, err = checkCode(program, kind.System, t); err != nil {
		return Report{}, err
	}
	now := t.Code.Now
	if now.IsZero() {
		now = time.Now()
	}
	if r.Profile, err = readProfile(program, t); err != nil {
		return Report{}, err
	}
	if err := r.Profile.Runs(kind.Edition, kind.Version, now); err != nil {
		return Report{}, fmt.Errorf("verify: %w", err)
	}
	if kind.System != brand.Windows {
		return r, nil
	}
	if err := sameResources(program, r.Profile, r.Version); err != nil {
		return Report{}, err
	}
	if t.Unsigned {
		if !r.Profile.AllowUnsigned {
			return Report{}, fmt.Errorf("%w, or that was left out: without allow_unsigned in its profile it would not start unsigned", authenticode.ErrUnsigned)
		}
		return r, nil
	}
	return r, checkSigner(r.Profile, r.Signature.SPKI, t.Signers)
}

// checkCode checks the signature of the code. Where there is none to be checked
// that has to be wanted: a program of which nobody knows who made it is not
// what it should be because its profile is.
func checkCode(program []byte, system brand.System, t Trust) (s authenticode.Signature, err error) {
	switch {
	case system == brand.MacOS:
		return s, ErrBundle
	case system == brand.Windows && !t.Unsigned:
		s, err = authenticode.Verify(program, t.Code)
	case system == brand.Windows:
		var signed bool
		if signed, err = authenticode.Signed(program); err == nil && signed {
			err = ErrSigned
		}
	case !t.Unsigned:
		err = fmt.Errorf("%w: a program for Linux never is", authenticode.ErrUnsigned)
	}
	return s, err //nolint:wrapcheck // says what is the matter
}

// readProfile opens the profile with the issuers who are expected, not with
// those that the program names; it may name no other ones.
func readProfile(program []byte, t Trust) (*profile.Profile, error) {
	if len(t.Issuers) == 0 {
		return nil, fmt.Errorf("%w: nobody is expected", ErrIssuer)
	}
	slot, err := profile.ReadSlot(program)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	for _, key := range slot.Issuers {
		if !slices.Contains(t.Issuers, key) {
			return nil, fmt.Errorf("%w: the program believes %s", ErrIssuer, key)
		}
	}
	// The program opens it with its own issuers; so do we, and with ours.
	if _, _, err := slot.Open(); err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	_, p, err := profile.Open(slot.Note, t.Issuers)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	if p.Serial < t.MinSerial {
		return nil, fmt.Errorf("%w: serial %d, want %d", ErrSerial, p.Serial, t.MinSerial)
	}
	return p, nil
}

// checkSigner compares who signed with who may have: as the program will when it
// starts, and by those who were given, if any were.
func checkSigner(p *profile.Profile, spki [sha256.Size]byte, given [][sha256.Size]byte) error {
	switch err := p.Starts(false); {
	case err != nil:
		return fmt.Errorf("verify: %w", err)
	case !p.Signs(spki, ""):
		return fmt.Errorf("%w: the profile does not name key %s", ErrSigner, hex.EncodeToString(spki[:]))
	case len(given) == 0 && len(p.Signers) == 0:
		return fmt.Errorf("%w: the profile names no signer, and none was given", ErrSigner)
	case len(given) > 0 && !slices.Contains(given, spki):
		return fmt.Errorf("%w: key %s is none of those given", ErrSigner, hex.EncodeToString(spki[:]))
	}
	return nil
}

// resource is one resource of a program.
type resource struct {
	kind, name string
	language   uint16
	data       []byte
}

func resources(set *winres.ResourceSet) (out []resource) {
	set.Walk(func(kind, name winres.Identifier, language uint16, data []byte) bool {
		out = append(out, resource{fmt.Sprint(kind), fmt.Sprint(name), language, data})
		return true
	})
	return out
}

// sameResources compares all resources with those that the profile gives a
// program of the version.
func sameResources(program []byte, p *profile.Profile, version string) error {
	got, err := winres.LoadFromEXE(bytes.NewReader(program))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrResources, err)
	}
	want, err := brand.Resources(p, version)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	same := slices.EqualFunc(resources(got), resources(want), func(a, b resource) bool {
		return a.kind == b.kind && a.name == b.name && a.language == b.language && bytes.Equal(a.data, b.data)
	})
	if !same {
		return fmt.Errorf("%w: this is a program of version %s, verified by %s", ErrResources, version, profile.Version)
	}
	return nil
}
