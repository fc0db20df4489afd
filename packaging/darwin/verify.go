package darwin

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"lotse/packaging/brand"
	"lotse/packaging/profile"
)

var (
	// ErrIssuer says that a profile, or a key that the program would believe,
	// is not from an issuer who was expected.
	ErrIssuer = errors.New("darwin: profile from another issuer")
	// ErrSerial says that a profile is older than the oldest expected.
	ErrSerial = errors.New("darwin: profile too old")
	// ErrSigner says that somebody else than the profile's signers signed.
	ErrSigner = errors.New("darwin: signed by somebody else")
)

// Trust is what is expected of a bundle.
type Trust struct {
	// Issuers are verifier keys of who may have signed the profile. There has
	// to be one.
	Issuers []string
	// MinSerial is the oldest profile that is taken.
	MinSerial uint32
	// Roots are whom the signer must lead to; nil is whom the system trusts.
	Roots *x509.CertPool
	// TimeRoots are whom the time stamp must lead to; nil is Roots.
	TimeRoots *x509.CertPool
	// NoStamp takes a signature without a time stamp, as long as its
	// certificate holds at the time Now.
	NoStamp bool
	// Signers are SHA-256 hashes of keys that may have signed the code; none
	// leaves it to the profile, which has to name who signed in any case.
	Signers [][sha256.Size]byte
	// Adhoc takes a bundle that nobody signed, if its profile says that it may
	// run so. One that somebody signed is then refused.
	Adhoc bool
	// Now is the time; zero is the clock's.
	Now time.Time
}

// Report is what a bundle turned out to be.
type Report struct {
	Profile *profile.Profile
	Edition profile.Edition
	// Version is the program's own.
	Version string
	// Signer is the certificate of who signed; nil when nobody did.
	Signer *x509.Certificate
	// SPKI is the SHA-256 of the signer's SubjectPublicKeyInfo.
	SPKI [sha256.Size]byte
	// Team is Apple's identifier of the signer, if Apple gave one.
	Team string
	// Time is when, as the time stamp says; zero without one.
	Time time.Time
	// Adhoc says that nobody signed.
	Adhoc bool
	// Intel and Apple are the slices' hashes, by which Apple names them.
	Intel, Apple CDHash
	// Stapled says that Apple's notarisation ticket lies in the bundle and
	// names both slices. Apple's signature on it is for macOS to check.
	Stapled bool
}

// Verify reads a bundle back: that it holds the files that it lists and no
// other ones, that the same one signed both slices and everything in the
// bundle, that both carry the same profile, that the profile is from an
// expected issuer and for this program, and that who signed is whom the
// profile names.
func Verify(b *Bundle, t Trust) (Report, error) {
	if t.Now.IsZero() {
		t.Now = time.Now()
	}
	if err := b.checkFiles(); err != nil {
		return Report{}, err
	}
	p, slot, err := b.readProfile()
	if err != nil {
		return Report{}, err
	}
	if err := checkProfile(slot, p, t); err != nil {
		return Report{}, err
	}
	if b.id() != p.ID {
		return Report{}, fmt.Errorf("%w: %s, want %s%s", ErrBundle, b.Name, p.ID, suffix)
	}
	r := Report{Profile: p, Adhoc: t.Adhoc}
	intel, apple, err := Slices(b.Program())
	if err != nil {
		return Report{}, err
	}
	if err := r.readSlices(b, t, intel, apple); err != nil {
		return Report{}, err
	}
	if err := r.checkSigner(t); err != nil {
		return Report{}, err
	}
	if err := b.checkDescribed(p, r.Version, intel, apple); err != nil {
		return Report{}, err
	}
	r.Stapled, err = b.checkTicket(r)
	return r, err
}

// readSlices checks both slices and keeps what they say.
func (r *Report) readSlices(b *Bundle, t Trust, slices ...[]byte) error {
	for i, program := range slices {
		one, err := b.verifySlice(program, r.Profile, t)
		if err != nil {
			return fmt.Errorf("%s: %w", []Processor{Intel, Apple}[i], err)
		}
		if i == 1 && !bytes.Equal(raw(one.Signer), raw(r.Signer)) {
			return fmt.Errorf("%w: the slices are by two signers", ErrSigner)
		}
		look, err := brand.Look(program)
		if err != nil {
			return err //nolint:wrapcheck // says what it is not
		}
		if i == 1 && (look.Edition != r.Edition || look.Version != r.Version) {
			return fmt.Errorf("%w: the slices are two programs", ErrBundle)
		}
		if err := r.Profile.Runs(look.Edition, look.Version, t.Now); err != nil {
			return fmt.Errorf("darwin: %w", err)
		}
		r.Version = look.Version
		r.Edition, r.Signer, r.Team, r.SPKI, r.Time = look.Edition, one.Signer, one.Team, one.SPKI, one.Time
		*[]*CDHash{&r.Intel, &r.Apple}[i] = one.hash
	}
	return nil
}

func raw(c *x509.Certificate) []byte {
	if c == nil {
		return nil
	}
	return c.Raw
}

// checkFiles compares the bundle's files with those of ours, and with the list
// in it.
func (b *Bundle) checkFiles() error {
	if !folderName(b.Name) {
		return fmt.Errorf("%w: folder %q", ErrBundle, b.Name)
	}
	want := []string{infoName, resourcesName, programFolder + b.id(), "Resources/" + iconName}
	for _, language := range languages() {
		want = append(want, stringsName(language))
	}
	for _, name := range want {
		if _, ok := b.Files[name]; !ok {
			return fmt.Errorf("%w: %s is missing", ErrBundle, name)
		}
	}
	for name := range b.Files {
		if !slices.Contains(want, name) && name != ticketName {
			return fmt.Errorf("%w: %s does not belong there", ErrBundle, name)
		}
	}
	return b.checkList()
}

// checkList reads the list and compares it with the files and with the rules
// that codesign has for every bundle.
func (b *Bundle) checkList() error {
	list, err := codeResources(b.Files)
	if err != nil {
		return err
	}
	if !bytes.Equal(list, b.Files[resourcesName]) {
		return fmt.Errorf("%w: %s does not fit the files", ErrBundle, resourcesName)
	}
	return nil
}

// checkProfile opens the profile with the issuers who are expected, not with
// those that the program names; it may name no other ones.
func checkProfile(slot profile.Slot, p *profile.Profile, t Trust) error {
	if len(t.Issuers) == 0 {
		return fmt.Errorf("%w: nobody is expected", ErrIssuer)
	}
	for _, key := range slot.Issuers {
		if !slices.Contains(t.Issuers, key) {
			return fmt.Errorf("%w: the program believes %s", ErrIssuer, key)
		}
	}
	if _, _, err := profile.Open(slot.Note, t.Issuers); err != nil {
		return fmt.Errorf("darwin: %w", err)
	}
	if p.Serial < t.MinSerial {
		return fmt.Errorf("%w: serial %d, want %d", ErrSerial, p.Serial, t.MinSerial)
	}
	return nil
}

// checkSigner compares who signed with who may have.
func (r *Report) checkSigner(t Trust) error {
	if r.Adhoc {
		if !r.Profile.AllowUnsigned {
			return fmt.Errorf("%w, and the profile does not allow that", ErrUnsigned)
		}
		return nil
	}
	switch err := r.Profile.Starts(true); {
	case err != nil:
		return fmt.Errorf("darwin: %w", err)
	case !r.Profile.Signs(r.SPKI, r.Team):
		return fmt.Errorf("%w: the profile does not name team %q or key %s", ErrSigner, r.Team, hex.EncodeToString(r.SPKI[:]))
	case len(t.Signers) == 0 && len(r.Profile.Signers) == 0:
		return fmt.Errorf("%w: the profile names no signer, and none was given", ErrSigner)
	case len(t.Signers) > 0 && !slices.Contains(t.Signers, r.SPKI):
		return fmt.Errorf("%w: key %s is none of those given", ErrSigner, hex.EncodeToString(r.SPKI[:]))
	}
	return nil
}

// checkDescribed compares the files that follow from the profile and from the
// program's own version.
func (b *Bundle) checkDescribed(p *profile.Profile, version string, intel, apple []byte) error {
	minimum := uint32(0)
	for _, slice := range [][]byte{intel, apple} {
		l, err := readLayout(slice)
		if err != nil {
			return err
		}
		if err := l.systemOnly(); err != nil {
			return err
		}
		minimum = max(minimum, l.minimum)
	}
	want, err := described(p, version, minimum)
	if err != nil {
		return err
	}
	for name, content := range want {
		if !bytes.Equal(b.Files[name], content) {
			return fmt.Errorf("%w: %s is not what the profile gives", ErrBundle, name)
		}
	}
	return nil
}

// maxTicket is the longest notarisation ticket in bytes.
const maxTicket = 64 << 10

// checkTicket looks at the file that Apple's stapler adds, which no signature
// of ours covers: it has to be a ticket and name both slices.
func (b *Bundle) checkTicket(r Report) (bool, error) {
	ticket, ok := b.Files[ticketName]
	if !ok {
		return false, nil
	}
	if len(ticket) > maxTicket || !bytes.HasPrefix(ticket, []byte("s8ch")) || !bytes.Contains(ticket, r.Intel[:]) || !bytes.Contains(ticket, r.Apple[:]) {
		return false, fmt.Errorf("%w: %s is no notarisation ticket for this program", ErrBundle, ticketName)
	}
	return true, nil
}
