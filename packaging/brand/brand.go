// Package brand turns a template, an unsigned program that nobody can use yet,
// into an organisation's program: its profile in the slot, its name, version
// and picture in the file. It needs no compiler and knows no key: signing
// comes afterwards and elsewhere.
package brand

import (
	"bytes"
	"debug/buildinfo"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"lotse/packaging/profile"
)

// MaxProgram is the longest program in bytes; ours have 30 MB.
const MaxProgram = 256 << 20

var (
	// ErrTemplate says that a file is not one of our templates.
	ErrTemplate = errors.New("brand: not a template of ours")
	// ErrSigned says that a template carries a signature, which branding would
	// break.
	ErrSigned = errors.New("brand: template is signed already")
	// ErrVersion says that a template is of another version than this program,
	// which may not know its rules.
	ErrVersion = errors.New("brand: template of another version")
)

// System is which operating system a program is for.
type System string

// The systems.
const (
	Windows System = "windows"
	Linux   System = "linux"
	MacOS   System = "darwin"
)

// Template is what a file says about itself.
type Template struct {
	System System
	// Edition is which program it is.
	Edition profile.Edition
	// Version is the program's own, such as "0.1.0".
	Version string
}

// Fits reports whether a template is of this program's version, and whether it
// would run with the profile at the time now: profile.ErrEdition,
// profile.ErrOver, profile.ErrTooOld.
func (t Template) Fits(p *profile.Profile, now time.Time) error {
	if t.Version != profile.Version {
		return fmt.Errorf("%w: %s, want %s", ErrVersion, t.Version, profile.Version)
	}
	if err := p.Runs(t.Edition, t.Version, now); err != nil {
		return fmt.Errorf("brand: %w", err)
	}
	return nil
}

// Look reads what kind of template a file is.
func Look(program []byte) (Template, error) {
	if len(program) > MaxProgram {
		return Template{}, fmt.Errorf("%w: %d bytes, at most %d", ErrTemplate, len(program), MaxProgram)
	}
	system, err := systemOf(program)
	if err != nil {
		return Template{}, err
	}
	info, err := buildinfo.Read(bytes.NewReader(program))
	if err != nil {
		return Template{}, fmt.Errorf("%w: it does not say how it was built: %w", ErrTemplate, err)
	}
	for _, e := range []profile.Edition{profile.MasterEdition, profile.ParticipantEdition} {
		if info.Path == "lotse/apps/"+e.String() {
			for _, s := range info.Settings {
				if s.Key == "-tags" && slices.Contains(strings.Split(s.Value, ","), "devprofile") {
					return Template{}, fmt.Errorf("%w: it is a development build", ErrTemplate)
				}
			}
			version, err := profile.VersionOf(program)
			if err != nil {
				return Template{}, fmt.Errorf("%w: %w", ErrTemplate, err)
			}
			return Template{System: system, Edition: e, Version: version}, nil
		}
	}
	return Template{}, fmt.Errorf("%w: it is %q", ErrTemplate, info.Path)
}

// systemOf tells programs apart by how they begin.
func systemOf(program []byte) (System, error) {
	for _, kind := range []struct {
		begins string
		system System
	}{{"MZ", Windows}, {"\x7fELF", Linux}, {"\xcf\xfa\xed\xfe", MacOS}} {
		if bytes.HasPrefix(program, []byte(kind.begins)) {
			return kind.system, nil
		}
	}
	return "", fmt.Errorf("%w: no program for Windows, Linux or macOS", ErrTemplate)
}

// Program brands a template for Windows or Linux: it returns the program with
// the slot's profile in it, and on Windows with the organisation's name,
// version and picture. The template stays as it is. What comes out is not
// signed. A template that does not fit the profile (Fits) is refused.
func Program(template []byte, slot profile.Slot, now time.Time) ([]byte, error) {
	t, err := Look(template)
	if err != nil {
		return nil, err
	}
	_, p, err := slot.Open()
	if err != nil {
		return nil, fmt.Errorf("brand: %w", err)
	}
	if err := t.Fits(p, now); err != nil {
		return nil, err
	}
	program := slices.Clone(template)
	if err := profile.Fill(program, slot); err != nil {
		return nil, fmt.Errorf("brand: %w", err)
	}
	switch t.System {
	case Windows:
		program, err = withResources(program, p, t.Version)
	case Linux:
	case MacOS:
		return nil, fmt.Errorf("%w: for macOS a bundle is made", ErrTemplate)
	}
	if err != nil {
		return nil, err
	}
	return program, readBack(program, slot)
}

// readBack checks that the finished program carries what was meant.
func readBack(program []byte, want profile.Slot) error {
	got, err := profile.ReadSlot(program)
	if err != nil {
		return fmt.Errorf("brand: read back: %w", err)
	}
	if !bytes.Equal(got.Note, want.Note) || !slices.Equal(got.Issuers, want.Issuers) {
		return fmt.Errorf("brand: read back: %w", profile.ErrDamaged)
	}
	return nil
}

// FileName is what a branded program is called: the profile's ID, such as
// "musterhafen-help.exe".
func FileName(p *profile.Profile, s System) string {
	if s == Windows {
		return p.ID + ".exe"
	}
	return p.ID
}
