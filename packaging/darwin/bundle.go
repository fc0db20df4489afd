// Package darwin makes and reads programs for macOS: the universal program, the
// bundle around it, the blobs of Apple's code signature, and the ZIP file that
// is handed out. It runs on any system, holds no key and knows no signing
// library: what signs a code directory is handed in.
//
// It writes one form and reads that form only. What Apple's own tools would
// also take (another order, a third slice, a file that is not listed, room
// behind a signature) is refused.
package darwin

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"lotse/packaging/brand"
	"lotse/packaging/profile"
)

var (
	// ErrProgram says that a program is not of the form that ours have.
	ErrProgram = errors.New("darwin: not a program as we make them")
	// ErrBundle says that a bundle holds other files than ours do, or others
	// than it lists.
	ErrBundle = errors.New("darwin: not a bundle as we make them")
	// ErrSignature says that a signature does not fit what it should cover.
	ErrSignature = errors.New("darwin: signature does not fit")
	// ErrUnsigned says that a program carries no signature, or one by nobody.
	ErrUnsigned = errors.New("darwin: signed by nobody")
	// ErrSigned says that a template carries a signature by somebody.
	ErrSigned = errors.New("darwin: template is signed already")
)

// Files of a bundle, below Contents.
const (
	infoName      = "Info.plist"
	resourcesName = "_CodeSignature/CodeResources"
	ticketName    = "CodeResources" // what stapler adds; not the list
	iconName      = "icon.icns"
	programFolder = "MacOS/"
)

func stringsName(language string) string { return "Resources/" + language + ".lproj/InfoPlist.strings" }

// Bundle is a folder Name with one folder Contents in it.
type Bundle struct {
	// Name is the folder's, such as "musterhafen-hilfe.app".
	Name string
	// Files are what lies in Contents, by path with slashes.
	Files map[string][]byte
}

// id is the profile's ID, which the folder and the program are called by.
func (b *Bundle) id() string { return b.Name[:len(b.Name)-len(suffix)] }

const suffix = ".app"

// Program returns the universal program in the bundle, or nil.
func (b *Bundle) Program() []byte {
	if !folderName(b.Name) {
		return nil
	}
	return b.Files[programFolder+b.id()]
}

// FileName is what a profile's ZIP file is called.
func FileName(p *profile.Profile) string { return p.ID + "-macos.zip" }

// Make brands two templates, one for Intel's and one for Apple's processors,
// and makes the bundle of them. It is not signed, and does not run before it
// is. The templates stay as they are.
func Make(intel, apple []byte, slot profile.Slot, now time.Time) (*Bundle, error) {
	_, p, err := slot.Open()
	if err != nil {
		return nil, fmt.Errorf("darwin: %w", err)
	}
	var parts [allSlices][]byte
	minimum, version := uint32(0), ""
	for i, template := range [][]byte{intel, apple} {
		t, l, err := checkTemplate(template, p, now)
		if err != nil {
			return nil, err
		}
		version = t.Version // that of this program, so the same in both
		minimum = max(minimum, l.minimum)
		parts[i] = slices.Clone(template)
		if err := profile.Fill(parts[i], slot); err != nil {
			return nil, fmt.Errorf("darwin: %w", err)
		}
	}
	b := &Bundle{Name: p.ID + suffix, Files: make(map[string][]byte)}
	if b.Files[programFolder+p.ID], err = Universal(parts[0], parts[1]); err != nil {
		return nil, err
	}
	texts, err := described(p, version, minimum)
	if err != nil {
		return nil, err
	}
	maps.Copy(b.Files, texts)
	if b.Files["Resources/"+iconName], err = iconFile(p); err != nil {
		return nil, err
	}
	b.Files[resourcesName], err = codeResources(b.Files)
	return b, err
}

// checkTemplate looks at one template.
func checkTemplate(template []byte, p *profile.Profile, now time.Time) (brand.Template, layout, error) {
	t, err := brand.Look(template)
	if err != nil {
		return t, layout{}, err //nolint:wrapcheck // says what it is not
	}
	if t.System != brand.MacOS {
		return t, layout{}, badProgram("for " + string(t.System))
	}
	if err := t.Fits(p, now); err != nil {
		return t, layout{}, err //nolint:wrapcheck // says what does not fit
	}
	l, err := readLayout(template)
	if err == nil {
		err = l.systemOnly()
	}
	if err != nil {
		return t, layout{}, err
	}
	// The linker signs for nobody; anything else is no template.
	if l.entry != 0 {
		blobs, _, err := splitIndex(template[l.code:])
		if err != nil {
			return t, layout{}, err
		}
		if len(blobs[slotSignature]) > blobHead {
			return t, layout{}, ErrSigned
		}
	}
	return t, l, nil
}

// described are the files that follow from the profile alone.
func described(p *profile.Profile, version string, minimum uint32) (map[string][]byte, error) {
	out := make(map[string][]byte)
	var err error
	if out[infoName], err = infoPlist(p, version, minimum); err != nil {
		return nil, err
	}
	for _, language := range languages() {
		if out[stringsName(language)], err = stringsPlist(p, language); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Signer signs a bundle's code directories.
type Signer struct {
	// Leaf is the signer's certificate. Without one the bundle is signed by
	// nobody ("ad hoc"): its parts fit each other, and that is all it proves.
	Leaf *x509.Certificate
	// Room is how many bytes the longest signature has.
	Room int
	// Sign returns a CMS signature of a code directory, in DER, with its hash
	// as Attributes wants it.
	Sign func(directory []byte) ([]byte, error)
}

// Sign signs both slices of the bundle, in place of what they carried before.
// On error nothing has changed.
func (b *Bundle) Sign(s Signer) error {
	intel, apple, err := Slices(b.Program())
	if err != nil {
		return err
	}
	p, _, err := b.readProfile()
	if err != nil {
		return err
	}
	var signed [allSlices][]byte
	for i, slice := range [][]byte{intel, apple} {
		if signed[i], err = b.signSlice(slice, p, s); err != nil {
			return err
		}
	}
	program, err := Universal(signed[0], signed[1])
	if err != nil {
		return err
	}
	b.Files[programFolder+b.id()] = program
	return nil
}

// seal is what a signature of the slice covers.
func (b *Bundle) seal(slice []byte, p *profile.Profile, leaf *x509.Certificate) (sealed, error) {
	l, err := readLayout(slice)
	if err != nil {
		return sealed{}, err
	}
	s := sealed{
		code: slice[:l.code], layout: l, identifier: Identifier(p), adhoc: leaf == nil,
		info: b.Files[infoName], resources: b.Files[resourcesName], require: requirements(Identifier(p), leaf),
	}
	if leaf != nil {
		s.team = Team(leaf)
	}
	return s, nil
}

func (b *Bundle) signSlice(slice []byte, p *profile.Profile, by Signer) ([]byte, error) {
	s, err := b.seal(slice, p, by.Leaf)
	if err != nil {
		return nil, err
	}
	// A page's hash stands for the page, so what is reserved needs no hashes yet.
	room := s.hashes() + (specialSlots+len(s.code)>>pageBits+1)*sha256.Size + len(s.superblob(nil, nil)) + by.Room + codeRound + sha256.Size // one more page, perhaps
	if slice, err = reserve(slice, room); err != nil {
		return nil, err
	}
	if s, err = b.seal(slice, p, by.Leaf); err != nil { // the headers have changed
		return nil, err
	}
	directory := s.directory()
	var cms []byte
	if by.Leaf != nil {
		if cms, err = by.Sign(directory); err != nil {
			return nil, err
		}
	}
	whole := s.superblob(directory, cms)
	if len(whole) > len(slice)-len(s.code) {
		return nil, fmt.Errorf("%w: a signature of %d bytes, want at most %d", ErrSignature, len(cms), by.Room)
	}
	copy(slice[len(s.code):], whole)
	return slice, nil
}

// readProfile returns the profile, which both slices carry.
func (b *Bundle) readProfile() (*profile.Profile, profile.Slot, error) {
	intel, apple, err := Slices(b.Program())
	if err != nil {
		return nil, profile.Slot{}, err
	}
	slot, err := profile.ReadSlot(intel)
	if err != nil {
		return nil, slot, fmt.Errorf("darwin: amd64: %w", err)
	}
	other, err := profile.ReadSlot(apple)
	if err != nil {
		return nil, slot, fmt.Errorf("darwin: arm64: %w", err)
	}
	if !bytes.Equal(slot.Note, other.Note) || !slices.Equal(slot.Issuers, other.Issuers) {
		return nil, slot, fmt.Errorf("%w: the slices carry two profiles", ErrBundle)
	}
	_, p, err := slot.Open()
	if err != nil {
		return nil, slot, fmt.Errorf("darwin: %w", err)
	}
	return p, slot, nil
}

// CDHash is by what Apple names a slice: the beginning of its code directory's
// SHA-256.
type CDHash [HashSize]byte

func hashDirectory(directory []byte) CDHash {
	sum := sha256.Sum256(directory)
	return CDHash(sum[:HashSize])
}
