package authenticode

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"

	"lotse/packaging/cms"
	"lotse/packaging/stamp"
)

// Trust says which signatures are taken. The zero value takes what leads to a
// root of the system and carries a time stamp.
type Trust struct {
	// Roots are whom the signer must lead to; nil is whom the system trusts.
	Roots *x509.CertPool
	// TimeRoots are whom the time stamp must lead to; nil is Roots.
	TimeRoots *x509.CertPool
	// NoStamp takes a signature without a time stamp, as long as its
	// certificate holds at the time Now.
	NoStamp bool
	// Now is the time; zero is the clock's.
	Now time.Time
}

// Signature is what a checked signature says.
type Signature struct {
	// Signer is the certificate of who signed.
	Signer *x509.Certificate
	// SPKI is the SHA-256 of the signer's SubjectPublicKeyInfo.
	SPKI [sha256.Size]byte
	// Digest is what was signed, with Hash.
	Digest []byte
	Hash   crypto.Hash
	// Time is when, as the time stamp says; zero without one.
	Time time.Time
	// Stamper is the certificate of who stamped; nil without a time stamp.
	Stamper *x509.Certificate
}

// The kinds of content and attributes; Microsoft's number is 311.
func oid(rest ...int) asn1.ObjectIdentifier {
	return append(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311}, rest...)
}

// Verify checks the one signature of a program, and that nothing of the
// program lies outside it.
func Verify(program []byte, t Trust) (Signature, error) {
	s, signed, err := open(program)
	if err != nil {
		return Signature{}, err
	}
	if err := s.trust(signed, t); err != nil {
		return Signature{}, err
	}
	return s, nil
}

// Read checks that a program is exactly what somebody signed, and says who. It
// is Verify without a word about who may be trusted, or when: for those who know
// the signer's key.
func Read(program []byte) (Signature, error) {
	s, signed, err := open(program)
	if err != nil {
		return Signature{}, err
	}
	if n := len(signed.Unsigned); n > 1 || n == 1 && !signed.Unsigned[0].Type.Equal(oid(3, 3, 1)) {
		return Signature{}, fmt.Errorf("%w: it has attributes that nobody signed", ErrTable)
	}
	return s, nil
}

// open checks that signature and program belong together.
func open(program []byte) (Signature, *cms.SignedData, error) {
	i, err := read(program)
	if err != nil {
		return Signature{}, nil, err
	}
	der, err := i.signature()
	if err != nil {
		return Signature{}, nil, err
	}
	signed, err := cms.Parse(der)
	if err != nil {
		return Signature{}, nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	s := Signature{}
	if s.Hash, s.Digest, err = parseContent(signed); err != nil {
		return Signature{}, nil, err
	}
	if !bytes.Equal(i.digest(s.Hash), s.Digest) {
		return Signature{}, nil, fmt.Errorf("%w: the program was altered", ErrSignature)
	}
	if s.Signer, err = signed.Verify(); err != nil {
		return Signature{}, nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	s.SPKI = sha256.Sum256(s.Signer.RawSubjectPublicKeyInfo)
	if want, got := i.checksumOf(), binary.LittleEndian.Uint32(program[i.checksum:]); got != want {
		return Signature{}, nil, fmt.Errorf("%w: %08x, want %08x", ErrChecksum, got, want)
	}
	return s, signed, nil
}

// trust checks time stamp and chain.
func (s *Signature) trust(signed *cms.SignedData, t Trust) error {
	at := t.Now
	if at.IsZero() {
		at = time.Now()
	}
	switch {
	case len(signed.Unsigned) == 1 && signed.Unsigned[0].Type.Equal(oid(3, 3, 1)):
		roots := t.TimeRoots
		if roots == nil {
			roots = t.Roots
		}
		by, err := stamp.Verify(signed.Unsigned[0].Value, signed.Signature, roots)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrSignature, err)
		}
		if by.Time.After(at.Add(time.Hour)) {
			return fmt.Errorf("%w: its time stamp, %s, is yet to come", ErrSignature, by.Time.Format(time.DateTime))
		}
		s.Time, s.Stamper, at = by.Time, by.By, by.Time
	case len(signed.Unsigned) > 0:
		return fmt.Errorf("%w: it has attributes that nobody signed", ErrTable)
	case !t.NoStamp:
		return fmt.Errorf("%w: it has no time stamp, so it ends with its certificate", ErrSignature)
	}
	if err := signed.Chain(t.Roots, x509.ExtKeyUsageCodeSigning, at); err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return nil
}

// parseContent reads SpcIndirectDataContent: which program, and its hash.
func parseContent(signed *cms.SignedData) (crypto.Hash, []byte, error) {
	malformed := fmt.Errorf("%w: not that of a program", ErrSignature)
	if !signed.ContentType.Equal(oid(2, 1, 4)) {
		return 0, nil, malformed
	}
	in := cryptobyte.String(signed.Content)
	var data, info, sum cryptobyte.String
	var kind asn1.ObjectIdentifier
	if !in.ReadASN1(&data, tag.SEQUENCE) || !data.ReadASN1ObjectIdentifier(&kind) || !kind.Equal(oid(2, 1, 15)) ||
		!in.ReadASN1(&info, tag.SEQUENCE) || !in.Empty() {
		return 0, nil, malformed
	}
	hash, err := cms.ReadHash(&info)
	if err != nil {
		return 0, nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if !info.ReadASN1(&sum, tag.OCTET_STRING) || !info.Empty() {
		return 0, nil, malformed
	}
	return hash, sum, nil
}
