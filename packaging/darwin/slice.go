package darwin

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"maps"
	"slices"
	"time"

	"lotse/packaging/cms"
	"lotse/packaging/profile"
	"lotse/packaging/stamp"
)

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
