package darwin

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"lotse/packaging/brand"
	"lotse/packaging/cms"
	"lotse/packaging/profile"
	"lotse/packaging/stamp"
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

// slice is what the signature of one slice says.
type slice struct {
	Signer *x509.Certificate
	SPKI   [sha256.Size]byte
	Team   string
	Time   time.Time
	hash   CDHash
}

// verifySlice checks the signature of one slice. Everything in it but the CMS
// signature follows from what is signed, so it is made anew and compared.
func (b *Bundle) verifySlice(program []byte, p *profile.Profile, t Trust) (slice, error) {
	l, err := readLayout(program)
	if err != nil {
		return slice{}, err
	}
	if l.entry == 0 {
		return slice{}, ErrUnsigned
	}
	room := program[l.code:]
	blobs, size, err := splitIndex(room)
	if err != nil {
		return slice{}, err
	}
	if !zero(room[size:]) {
		return slice{}, fmt.Errorf("%w: something follows the signature", ErrSignature)
	}
	directory, wrapper := blobs[slotDirectory], blobs[slotSignature]
	var out slice
	var der []byte
	if len(wrapper) > blobHead {
		der = wrapper[blobHead:]
		if out, err = checkCMS(der, directory, t); err != nil {
			return slice{}, err
		}
	}
	if (der == nil) != t.Adhoc {
		if der == nil {
			return slice{}, ErrUnsigned
		}
		return slice{}, fmt.Errorf("%w: somebody did, and nobody should have", ErrSigner)
	}
	s, err := b.seal(program, p, out.Signer)
	if err != nil {
		return slice{}, err
	}
	want := s.directory()
	if !bytes.Equal(want, directory) {
		return slice{}, differing(want, directory, s.hashes())
	}
	if !bytes.Equal(s.superblob(want, der), room[:size]) {
		return slice{}, fmt.Errorf("%w: what stands beside the code directory is not what it names", ErrSignature)
	}
	out.hash = hashDirectory(directory)
	return out, nil
}

// differing says where two code directories differ; hashes is where their
// hashes begin.
func differing(want, got []byte, hashes int) error {
	if len(want) != len(got) || !bytes.Equal(want[:hashes], got[:hashes]) {
		return fmt.Errorf("%w: head of the code directory", ErrSignature)
	}
	names := map[int]string{slotInfo: infoName, slotRequirements: "requirements", slotResources: resourcesName, slotEntitlements: "entitlements", slotDER: "entitlements in DER"}
	for i := 0; ; i++ {
		at := hashes + i*sha256.Size
		if bytes.Equal(want[at:at+sha256.Size], got[at:at+sha256.Size]) {
			continue
		}
		if i < specialSlots {
			return fmt.Errorf("%w: %s was altered", ErrSignature, names[specialSlots-i])
		}
		return fmt.Errorf("%w: code was altered, page %d", ErrSignature, i-specialSlots)
	}
}

// checkCMS checks the signature of a code directory, its time stamp and its
// chain.
func checkCMS(der, directory []byte, t Trust) (slice, error) {
	bad := func(err error) error { return fmt.Errorf("%w: %w", ErrSignature, err) }
	signed, err := cms.ParseDetached(der, directory)
	if err != nil {
		return slice{}, bad(err)
	}
	out := slice{}
	if out.Signer, err = signed.Verify(); err != nil {
		return slice{}, bad(err)
	}
	if err := checkAttributes(signed, directory); err != nil {
		return slice{}, err
	}
	at := t.Now
	switch {
	case len(signed.Unsigned) == 1 && signed.Unsigned[0].Type.Equal(oidTimeStamp()):
		roots := t.TimeRoots
		if roots == nil {
			roots = t.Roots
		}
		by, err := stamp.VerifyApple(signed.Unsigned[0].Value, signed.Signature, nil, roots)
		if err != nil {
			return slice{}, bad(err)
		}
		if by.Time.After(t.Now.Add(time.Hour)) {
			return slice{}, fmt.Errorf("%w: its time stamp, %s, is yet to come", ErrSignature, by.Time.Format(time.DateTime))
		}
		out.Time, at = by.Time, by.Time
	case len(signed.Unsigned) > 0:
		return slice{}, fmt.Errorf("%w: it has attributes that nobody signed", ErrSignature)
	case !t.NoStamp:
		return slice{}, fmt.Errorf("%w: it has no time stamp, so it ends with its certificate", ErrSignature)
	}
	// crypto/x509 refuses extensions marked critical that it does not know:
	// Apple's mark is read by Team.
	for _, c := range signed.Certificates {
		c.UnhandledCriticalExtensions = slices.DeleteFunc(c.UnhandledCriticalExtensions, func(id asn1.ObjectIdentifier) bool {
			return len(id) > len(appleOID(6, 1)) && slices.Equal(id[:len(appleOID(6, 1))], appleOID(6, 1))
		})
	}
	if err := signed.Chain(t.Roots, x509.ExtKeyUsageCodeSigning, at); err != nil {
		return slice{}, bad(err)
	}
	out.SPKI, out.Team = sha256.Sum256(out.Signer.RawSubjectPublicKeyInfo), Team(out.Signer)
	return out, nil
}

// oidTimeStamp is a time stamp as an attribute (RFC 3161, appendix A).
func oidTimeStamp() asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
}

// Attributes are what a signature says of its code directory, beside CMS' own:
// its hash in a property list, and with the kind of the hash.
type Attributes struct {
	List   asn1.ObjectIdentifier
	Hashes asn1.ObjectIdentifier
	// PropertyList is an OCTET STRING's content, Hash a DER value.
	PropertyList []byte
	Hash         []byte
}

// AttributesOf returns those of a code directory.
func AttributesOf(directory []byte) (Attributes, error) {
	hash := hashDirectory(directory)
	list, err := encodePlist(map[string]any{"cdhashes": [][]byte{hash[:]}})
	if err != nil {
		return Attributes{}, err
	}
	sum := sha256.Sum256(directory)
	value, err := asn1.Marshal(struct {
		Kind asn1.ObjectIdentifier
		Sum  []byte
	}{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, sum[:]})
	if err != nil {
		return Attributes{}, fmt.Errorf("darwin: %w", err)
	}
	return Attributes{List: appleOID(9, 1), Hashes: appleOID(9, 2), PropertyList: list, Hash: value}, nil
}

// checkAttributes takes Apple's two, CMS' own three, and no more.
func checkAttributes(signed *cms.SignedData, directory []byte) error {
	want, err := AttributesOf(directory)
	if err != nil {
		return err
	}
	list, err := asn1.Marshal(want.PropertyList)
	if err != nil {
		return fmt.Errorf("darwin: %w", err)
	}
	pkcs9 := func(last int) string { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, last}.String() }
	left := map[string][]byte{want.List.String(): list, want.Hashes.String(): want.Hash, pkcs9(3): nil, pkcs9(4): nil, pkcs9(5): nil}
	for _, a := range signed.Signed {
		value, ok := left[a.Type.String()]
		if !ok || value != nil && !bytes.Equal(value, a.Value) {
			return fmt.Errorf("%w: attribute %s", ErrSignature, a.Type)
		}
		delete(left, a.Type.String())
	}
	if len(left) > 0 || signed.Hash != crypto.SHA256 {
		return fmt.Errorf("%w: attributes are missing: %q", ErrSignature, slices.Sorted(maps.Keys(left)))
	}
	return nil
}

// Hashes returns by what Apple names the two slices, without checking them.
func (b *Bundle) Hashes() (intel, apple CDHash, err error) {
	first, second, err := Slices(b.Program())
	if err != nil {
		return intel, apple, err
	}
	for i, program := range [][]byte{first, second} {
		l, err := readLayout(program)
		if err != nil {
			return intel, apple, err
		}
		if l.entry == 0 {
			return intel, apple, ErrUnsigned
		}
		blobs, _, err := splitIndex(program[l.code:])
		if err != nil {
			return intel, apple, err
		}
		*[]*CDHash{&intel, &apple}[i] = hashDirectory(blobs[slotDirectory])
	}
	return intel, apple, nil
}

// ErrOther says that what came back is not what was handed out.
var ErrOther = errors.New("darwin: not the bundle that was handed out")

// SameBut compares a bundle that was handed out to be notarised with the one
// that came back. Its two hashes and all its files have to be the same; a
// ticket may have been added.
func SameBut(out, back *Bundle) error {
	intel, apple, err := out.Hashes()
	if err != nil {
		return err
	}
	backIntel, backApple, err := back.Hashes()
	if err != nil {
		return err
	}
	if intel != backIntel || apple != backApple {
		return fmt.Errorf("%w: cdhash %x and %x, want %x and %x", ErrOther, backIntel, backApple, intel, apple)
	}
	if out.Name != back.Name {
		return fmt.Errorf("%w: %q, want %q", ErrOther, back.Name, out.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(back.Files)) {
		if was, ok := out.Files[name]; name != ticketName && (!ok || !bytes.Equal(was, back.Files[name])) {
			return fmt.Errorf("%w: %s", ErrOther, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(out.Files)) {
		if _, ok := back.Files[name]; !ok {
			return fmt.Errorf("%w: %s is missing", ErrOther, name)
		}
	}
	return nil
}

// SameCode compares a bundle before and after it was signed: all its files, and
// in the program everything but the signatures and the room for them.
func SameCode(unsigned, signed *Bundle) error {
	if unsigned.Name != signed.Name || len(unsigned.Files) != len(signed.Files) {
		return fmt.Errorf("%w: %q of %d files, want %q of %d", ErrOther, signed.Name, len(signed.Files), unsigned.Name, len(unsigned.Files))
	}
	for name, content := range unsigned.Files {
		if name != programFolder+unsigned.id() && !bytes.Equal(content, signed.Files[name]) {
			return fmt.Errorf("%w: %s", ErrOther, name)
		}
	}
	intel, apple, err := Slices(unsigned.Program())
	if err != nil {
		return err
	}
	signedIntel, signedApple, err := Slices(signed.Program())
	if err != nil {
		return err
	}
	for _, pair := range [][2][]byte{{intel, signedIntel}, {apple, signedApple}} {
		l, err := readLayout(pair[1])
		if err != nil {
			return err
		}
		want, err := reserve(pair[0], len(pair[1])-l.code)
		if err != nil {
			return err
		}
		if len(want) != len(pair[1]) || !bytes.Equal(want[:l.code], pair[1][:l.code]) {
			return fmt.Errorf("%w: code for %s", ErrOther, l.processor)
		}
	}
	return nil
}
