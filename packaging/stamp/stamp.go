// Package stamp writes the question to a time-stamping authority when a
// signature was made, and checks what it answers (RFC 3161). Without the answer
// a signature is worth nothing after its certificate's last day. It dials
// nobody; packaging/sign does.
package stamp

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"

	"lotse/packaging/cms"
)

var (
	// ErrUnreachable says that no authority answered as it should.
	ErrUnreachable = errors.New("stamp: time-stamping authority does not answer")
	// ErrStamp says that a time stamp is not for what it should be.
	ErrStamp = errors.New("stamp: not valid")
)

// Stamp is what a checked time stamp says.
type Stamp struct {
	// Time is when the authority saw the signature.
	Time time.Time
	// By is the authority's certificate.
	By *x509.Certificate
}

// Query is the question: SHA-256 of the signature, a nonce, and the wish for
// the authority's certificate (RFC 3161, 2.4.1).
func Query(signature []byte, nonce *big.Int) ([]byte, error) {
	sum := sha256.Sum256(signature)
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1})
				b.AddASN1NULL()
			})
			b.AddASN1OctetString(sum[:])
		})
		b.AddASN1BigInt(nonce)
		b.AddASN1Boolean(true)
	})
	out, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("stamp: question: %w", err)
	}
	return out, nil
}

// Token reads the token out of an answer that grants it (RFC 3161, 2.4.2).
func Token(answer []byte) ([]byte, error) {
	in := cryptobyte.String(answer)
	var body, status, token cryptobyte.String
	var code int
	if !in.ReadASN1(&body, tag.SEQUENCE) || !in.Empty() || !body.ReadASN1(&status, tag.SEQUENCE) || !status.ReadASN1Integer(&code) {
		return nil, fmt.Errorf("%w: answer", ErrUnreachable)
	}
	if code != 0 && code != 1 {
		return nil, fmt.Errorf("%w: it refused with status %d", ErrUnreachable, code)
	}
	if !body.ReadASN1Element(&token, tag.SEQUENCE) || !body.Empty() {
		return nil, fmt.Errorf("%w: answer without a token", ErrUnreachable)
	}
	return token, nil
}

// Verify checks a token for the signature: its hash, its own signature, and its
// chain at the time that it says.
func Verify(token, signature []byte, roots *x509.CertPool) (Stamp, error) {
	return VerifyAnswer(token, signature, nil, roots)
}

// VerifyAnswer is Verify for a token that has just come, as the answer to the
// question with the nonce.
func VerifyAnswer(token, signature []byte, nonce *big.Int, roots *x509.CertPool) (Stamp, error) {
	return verify(token, signature, nonce, roots, cms.Parse)
}

// VerifyApple is VerifyAnswer for signatures of macOS' programs; nonce may be
// nil. Apple's own authority, which its notary wants, signs with SHA-1 and
// names its certificate by SHA-1: from it, and from nobody else, that is taken.
// To forge such a stamp takes a second text with the SHA-1 of one that the
// authority wrote, not two texts of one's own choice.
func VerifyApple(token, signature []byte, nonce *big.Int, roots *x509.CertPool) (Stamp, error) {
	return verify(token, signature, nonce, roots, cms.ParseSHA1)
}

// apples reports whether a certificate is of Apple's authority; that it leads
// to a root is the chain's to say.
func apples(c *x509.Certificate) bool {
	return slices.Equal(c.Subject.Organization, []string{"Apple Inc."})
}

func verify(token, signature []byte, nonce *big.Int, roots *x509.CertPool, parse func([]byte) (*cms.SignedData, error)) (Stamp, error) {
	signed, err := parse(token)
	if err != nil {
		return Stamp{}, fmt.Errorf("%w: %w", ErrStamp, err)
	}
	by, err := signed.Verify()
	if err != nil {
		return Stamp{}, fmt.Errorf("%w: %w", ErrStamp, err)
	}
	if signed.Hash == crypto.SHA1 && !apples(by) {
		return Stamp{}, fmt.Errorf("%w: with SHA-1, by %q", ErrStamp, by.Subject)
	}
	if len(signed.Unsigned) > 0 {
		return Stamp{}, fmt.Errorf("%w: it has attributes that nobody signed", ErrStamp)
	}
	said, err := parseInfo(signed)
	if err != nil {
		return Stamp{}, err
	}
	h := said.hash.New()
	h.Write(signature)
	if !bytes.Equal(h.Sum(nil), said.imprint) {
		return Stamp{}, fmt.Errorf("%w: it is for something else", ErrStamp)
	}
	if nonce != nil && (said.nonce == nil || said.nonce.Cmp(nonce) != 0) {
		return Stamp{}, fmt.Errorf("%w: it answers another question", ErrStamp)
	}
	if err := checkNamed(signed, by); err != nil {
		return Stamp{}, err
	}
	if !stampsAlone(by) {
		return Stamp{}, fmt.Errorf("%w: the certificate of %q is not for time stamps alone", ErrStamp, by.Subject)
	}
	if err := signed.Chain(roots, x509.ExtKeyUsageTimeStamping, said.at); err != nil {
		return Stamp{}, fmt.Errorf("%w: %w", ErrStamp, err)
	}
	return Stamp{Time: said.at, By: by}, nil
}

// stampsAlone reports whether a certificate is for time stamps and nothing
// else, and says so in an extension that is critical (RFC 3161, 2.3).
func stampsAlone(c *x509.Certificate) bool {
	marked := slices.ContainsFunc(c.Extensions, func(e pkix.Extension) bool {
		return e.Critical && e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 37})
	})
	return marked && slices.Equal(c.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}) && len(c.UnknownExtKeyUsage) == 0
}

// info is TSTInfo (RFC 3161, 2.4.2), as far as it is looked at.
type info struct {
	hash    crypto.Hash
	imprint []byte
	at      time.Time
	nonce   *big.Int
}

func parseInfo(signed *cms.SignedData) (i info, err error) {
	wrong := fmt.Errorf("%w: not what an authority says", ErrStamp)
	in := cryptobyte.String(signed.Content)
	var body, imprint, sum, at cryptobyte.String
	var version int
	var policy asn1.ObjectIdentifier
	var serial big.Int
	if !signed.ContentType.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}) || !in.ReadASN1(&body, tag.SEQUENCE) || !in.Empty() {
		return i, wrong
	}
	if !body.ReadASN1Integer(&version) || version != 1 || !body.ReadASN1ObjectIdentifier(&policy) || !body.ReadASN1(&imprint, tag.SEQUENCE) ||
		!body.ReadASN1Integer(&serial) || !body.ReadASN1(&at, tag.GeneralizedTime) {
		return i, wrong
	}
	if i.hash, err = cms.ReadHash(&imprint); err != nil {
		return i, fmt.Errorf("%w: %w", ErrStamp, err)
	}
	// Parse takes a fraction of the second that the layout does not have.
	if i.at, err = time.Parse("20060102150405Z", string(at)); err != nil || !imprint.ReadASN1(&sum, tag.OCTET_STRING) || !imprint.Empty() {
		return i, wrong
	}
	i.imprint = sum
	if i.nonce, err = readNonce(&body); err != nil {
		return i, wrong
	}
	return i, nil
}

// readNonce reads the nonce, or returns nil where there is none. Accuracy and
// ordering, which say nothing here, stand before it.
func readNonce(body *cryptobyte.String) (*big.Int, error) {
	if !body.SkipOptionalASN1(tag.SEQUENCE) || !body.SkipOptionalASN1(tag.BOOLEAN) {
		return nil, ErrStamp
	}
	if !body.PeekASN1Tag(tag.INTEGER) {
		return nil, nil //nolint:nilnil // that there is none is no error
	}
	nonce := new(big.Int)
	if !body.ReadASN1Integer(nonce) {
		return nil, ErrStamp
	}
	return nonce, nil
}

// checkNamed compares the certificate with the one that the signed attribute
// names (RFC 5816; RFC 5035, 3), so that no other one of the same key can take
// its place. RFC 3161's older attribute names it by SHA-1, which proves
// nothing; a token that has only that one is refused, unless it is Apple's.
func checkNamed(signed *cms.SignedData, by *x509.Certificate) error {
	wrong := fmt.Errorf("%w: it names another certificate", ErrStamp)
	attribute := func(last int) asn1.ObjectIdentifier {
		return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, last}
	}
	for _, a := range signed.Signed {
		hash := crypto.SHA256
		switch {
		case a.Type.Equal(attribute(47)):
		case a.Type.Equal(attribute(12)) && signed.Hash == crypto.SHA1: // Apple's
			hash = crypto.SHA1
		default:
			continue
		}
		value := cryptobyte.String(a.Value)
		var outer, list, first, sum cryptobyte.String
		if !value.ReadASN1(&outer, tag.SEQUENCE) || !outer.ReadASN1(&list, tag.SEQUENCE) || !list.ReadASN1(&first, tag.SEQUENCE) {
			return wrong
		}
		if first.PeekASN1Tag(tag.SEQUENCE) {
			var err error
			if hash, err = cms.ReadHash(&first); err != nil {
				return fmt.Errorf("%w: %w", ErrStamp, err)
			}
		}
		h := hash.New()
		h.Write(by.Raw)
		if !first.ReadASN1(&sum, tag.OCTET_STRING) || !bytes.Equal(sum, h.Sum(nil)) {
			return wrong
		}
		return nil
	}
	return fmt.Errorf("%w: it does not name its certificate by SHA-256 or longer", ErrStamp)
}
