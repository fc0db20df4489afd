// Package cms reads the one form of a CMS signature (RFC 5652) that code
// signatures and time stamps have: signed data with its content inside, one
// signer with signed attributes, certificates and nothing else. It signs
// nothing, and it takes no second way of writing the same thing.
package cms

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	// ErrMalformed says that bytes are not a signature of that form.
	ErrMalformed = errors.New("cms: malformed")
	// ErrSignature says that a signature does not fit what it signs.
	ErrSignature = errors.New("cms: signature does not fit")
	// ErrChain says that no chain of certificates leads to a trusted one.
	ErrChain = errors.New("cms: signer not trusted")
)

const (
	// MaxSize is the longest signature in bytes; one with a time stamp has
	// about 10 KB.
	MaxSize = 256 << 10
	// maxCertificates is how many certificates a signature may bring.
	maxCertificates = 16
	// minRSA is the shortest RSA key in bits (NIST SP 800-57).
	minRSA = 2048
)

// Attribute is one attribute of a signer: its kind and its one value in DER.
type Attribute struct {
	Type  asn1.ObjectIdentifier
	Value []byte
}

// SignedData is a signature that was read and not checked yet.
type SignedData struct {
	// ContentType is what Content is.
	ContentType asn1.ObjectIdentifier
	// Content is what was signed: the inside of the content's one value.
	Content []byte
	// Certificates are the signer's and those between it and a root.
	Certificates []*x509.Certificate
	// Hash is what content and attributes were hashed with.
	Hash crypto.Hash
	// Signed are the attributes that the signature covers.
	Signed []Attribute
	// Unsigned are those that it does not cover.
	Unsigned []Attribute
	// Signature is the signer's signature.
	Signature []byte

	detached  *[]byte // what is signed, where it lies elsewhere
	sha1      bool    // SHA-1 is taken
	leaf      *x509.Certificate
	signed    []byte // the signed attributes as they were signed
	algorithm x509.SignatureAlgorithm
}

func oidSignedData() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2} }

func malformed(what string) error { return fmt.Errorf("%w: %s", ErrMalformed, what) }

// Parse reads a ContentInfo with signed data in it, all of der.
func Parse(der []byte) (*SignedData, error) { return parse(der, &SignedData{}) }

// ParseSHA1 takes signatures with SHA-1, too: Apple's time stamps have no other
// kind of hash. Whoever asks for it has to know whose signature it is.
func ParseSHA1(der []byte) (*SignedData, error) { return parse(der, &SignedData{sha1: true}) }

// ParseDetached reads one that signs content which lies elsewhere.
func ParseDetached(der, content []byte) (*SignedData, error) {
	return parse(der, &SignedData{detached: &content})
}

func parse(der []byte, s *SignedData) (*SignedData, error) {
	if len(der) > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrMalformed, len(der), MaxSize)
	}
	in := cryptobyte.String(der)
	var info, explicit, body cryptobyte.String
	var kind asn1.ObjectIdentifier
	if !in.ReadASN1(&info, tag.SEQUENCE) || !in.Empty() || !info.ReadASN1ObjectIdentifier(&kind) ||
		!info.ReadASN1(&explicit, context0) || !info.Empty() || !explicit.ReadASN1(&body, tag.SEQUENCE) || !explicit.Empty() {
		return nil, malformed("no signed data")
	}
	if !kind.Equal(oidSignedData()) {
		return nil, malformed("not signed data")
	}
	if err := s.read(body); err != nil {
		return nil, err
	}
	return s, nil
}

const (
	context0 = tag.Tag(0xa0)
	context1 = tag.Tag(0xa1)
)

// read reads SignedData (RFC 5652, 5.1).
func (s *SignedData) read(in cryptobyte.String) error {
	var version int
	var digests, content, certificates, signers cryptobyte.String
	var certs bool
	if !in.ReadASN1Integer(&version) || !in.ReadASN1(&digests, tag.SET) || !in.ReadASN1(&content, tag.SEQUENCE) ||
		!in.ReadOptionalASN1(&certificates, &certs, context0) || !in.ReadASN1(&signers, tag.SET) || !in.Empty() {
		return malformed("signed data")
	}
	hash, err := readHash(&digests, s.sha1)
	if err != nil || !digests.Empty() || version != 1 && version != 3 {
		return malformed("version or kind of hash")
	}
	if err := errors.Join(s.readContent(content), s.readCertificates(certificates)); err != nil {
		return err
	}
	if err := s.readSigner(signers); err != nil {
		return err
	}
	if s.Hash != hash {
		return malformed("two kinds of hash")
	}
	return nil
}

func (s *SignedData) readContent(in cryptobyte.String) error {
	var explicit, value cryptobyte.String
	var kind tag.Tag
	if s.detached != nil {
		if !in.ReadASN1ObjectIdentifier(&s.ContentType) || !in.Empty() {
			return malformed("content, which lies elsewhere")
		}
		s.Content = *s.detached
		return nil
	}
	if !in.ReadASN1ObjectIdentifier(&s.ContentType) || !in.ReadASN1(&explicit, context0) || !in.Empty() ||
		!explicit.ReadAnyASN1(&value, &kind) || !explicit.Empty() || (kind != tag.SEQUENCE && kind != tag.OCTET_STRING) {
		return malformed("content")
	}
	s.Content = value
	return nil
}

func (s *SignedData) readCertificates(in cryptobyte.String) error {
	for !in.Empty() {
		var one cryptobyte.String
		if len(s.Certificates) == maxCertificates || !in.ReadASN1Element(&one, tag.SEQUENCE) {
			return malformed("certificates")
		}
		c, err := x509.ParseCertificate(one)
		if err != nil {
			return fmt.Errorf("%w: certificate: %w", ErrMalformed, err)
		}
		if slices.ContainsFunc(s.Certificates, c.Equal) {
			return malformed("a certificate stands there twice")
		}
		s.Certificates = append(s.Certificates, c)
	}
	return nil
}

// readSigner reads the one SignerInfo (RFC 5652, 5.3).
func (s *SignedData) readSigner(signers cryptobyte.String) (err error) {
	var version int
	var in, signed, algorithm, signature, unsigned cryptobyte.String
	var more bool
	if in, err = one(signers); err != nil {
		return err
	}
	if !in.ReadASN1Integer(&version) {
		return malformed("signer")
	}
	if s.leaf, err = s.readName(&in, version); err != nil {
		return err
	}
	if s.Hash, err = readHash(&in, s.sha1); err != nil {
		return err
	}
	if !in.ReadASN1Element(&signed, context0) || !in.ReadASN1(&algorithm, tag.SEQUENCE) || !in.ReadASN1(&signature, tag.OCTET_STRING) ||
		!in.ReadOptionalASN1(&unsigned, &more, context1) || !in.Empty() {
		return malformed("signer")
	}
	if s.algorithm, err = readAlgorithm(algorithm, s.Hash); err != nil {
		return err
	}
	// What is signed is the set with the tag of a set (RFC 5652, 5.4).
	s.signed = append([]byte{byte(tag.SET)}, signed[1:]...)
	var attributes cryptobyte.String
	if !signed.ReadASN1(&attributes, context0) {
		return malformed("signed attributes")
	}
	if s.Signed, err = readAttributes(attributes); err != nil {
		return err
	}
	if more && unsigned.Empty() {
		return malformed("empty unsigned attributes")
	}
	s.Unsigned, err = readAttributes(unsigned)
	s.Signature = signature
	return err
}

// one returns the content of the only SignerInfo.
func one(signers cryptobyte.String) (in cryptobyte.String, err error) {
	if !signers.ReadASN1(&in, tag.SEQUENCE) || !signers.Empty() {
		return nil, malformed("not one signer")
	}
	return in, nil
}

// readName finds the certificate that a signer names by issuer and serial
// number, or by the key's identifier.
func (s *SignedData) readName(in *cryptobyte.String, version int) (*x509.Certificate, error) {
	var name, issuer, id cryptobyte.String
	var serial []byte
	keyed := false
	switch {
	case version == 1 && in.ReadASN1(&name, tag.SEQUENCE):
		if !name.ReadASN1Element(&issuer, tag.SEQUENCE) || !name.ReadASN1Bytes(&serial, tag.INTEGER) || !name.Empty() {
			return nil, malformed("signer's name")
		}
	case version == 3 && in.ReadASN1(&id, tag.Tag(0x80)):
		keyed = true
	default:
		return nil, malformed("signer's name")
	}
	for _, c := range s.Certificates {
		var number cryptobyte.Builder
		number.AddASN1BigInt(c.SerialNumber)
		der, err := number.Bytes()
		if err != nil {
			return nil, fmt.Errorf("%w: serial number: %w", ErrMalformed, err)
		}
		if keyed && bytes.Equal(c.SubjectKeyId, id) || !keyed && bytes.Equal(c.RawIssuer, issuer) && bytes.Equal(der[2:], serial) {
			return c, nil
		}
	}
	return nil, malformed("the signer's certificate is missing")
}

// readAttributes reads attributes of one value each, none twice.
func readAttributes(in cryptobyte.String) ([]Attribute, error) {
	var out []Attribute
	for !in.Empty() {
		var one, values, value cryptobyte.String
		var a Attribute
		var kind tag.Tag
		if !in.ReadASN1(&one, tag.SEQUENCE) || !one.ReadASN1ObjectIdentifier(&a.Type) || !one.ReadASN1(&values, tag.SET) || !one.Empty() ||
			!values.ReadAnyASN1Element(&value, &kind) || !values.Empty() {
			return nil, malformed("attribute")
		}
		if slices.ContainsFunc(out, func(b Attribute) bool { return a.Type.Equal(b.Type) }) {
			return nil, malformed("an attribute stands there twice")
		}
		a.Value = value
		out = append(out, a)
	}
	return out, nil
}

// attribute returns the value of a signed attribute, or nil.
func (s *SignedData) attribute(kind asn1.ObjectIdentifier) []byte {
	for _, a := range s.Signed {
		if a.Type.Equal(kind) {
			return a.Value
		}
	}
	return nil
}

// Verify checks that the signature fits the content and returns the signer's
// certificate. Whether that is to be trusted is Chain's to say.
func (s *SignedData) Verify() (*x509.Certificate, error) {
	kind, err := asn1.Marshal(s.ContentType)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if !bytes.Equal(s.attribute(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}), kind) {
		return nil, fmt.Errorf("%w: kind of content", ErrSignature)
	}
	h := s.Hash.New()
	h.Write(s.Content)
	sum, err := asn1.Marshal(h.Sum(nil))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if !bytes.Equal(s.attribute(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}), sum) {
		return nil, fmt.Errorf("%w: content was altered", ErrSignature)
	}
	if err := checkKey(s.leaf.PublicKey); err != nil {
		return nil, err
	}
	if err := s.leaf.CheckSignature(s.algorithm, s.signed, s.Signature); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return s.leaf, nil
}

// Chain checks that the signer's certificate leads to one of the roots, or with
// none to one that the system trusts, for the usage and at the time. The
// signer's own has to name the usage: crypto/x509 takes a certificate that names
// none for every one. Each certificate in the signature has to be needed for
// it: one that is not could carry anything.
func (s *SignedData) Chain(roots *x509.CertPool, usage x509.ExtKeyUsage, at time.Time) error {
	if !slices.Contains(s.leaf.ExtKeyUsage, usage) {
		return fmt.Errorf("%w: the certificate of %q is not for that", ErrChain, s.leaf.Subject)
	}
	between := x509.NewCertPool()
	for _, c := range s.Certificates {
		between.AddCert(c)
	}
	chains, err := s.leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{usage}})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrChain, err)
	}
	for _, c := range s.Certificates {
		if !slices.ContainsFunc(chains, func(chain []*x509.Certificate) bool { return slices.ContainsFunc(chain, c.Equal) }) {
			return fmt.Errorf("%w: it brings the certificate of %q, which no trusted chain needs", ErrChain, c.Subject)
		}
	}
	return nil
}
