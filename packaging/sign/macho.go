package sign

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sassoftware/relic/v8/lib/fruit/csblob"
	"github.com/sassoftware/relic/v8/lib/pkcs7"
	"github.com/sassoftware/relic/v8/lib/pkcs9"
	"github.com/sassoftware/relic/v8/lib/x509tools"

	"lotse/packaging/darwin"
	"lotse/packaging/files"
	"lotse/packaging/signer"
)

// StampFunc returns a time-stamp token for a signature (RFC 3161), checked:
// what Stamper's Fetch does.
type StampFunc func(ctx context.Context, signature []byte) (token []byte, err error)

// Room in bytes that a signature may take beside its certificates: its own
// attributes, and a time stamp with the certificates of who stamped.
const (
	roomForSignature = 2 << 10
	roomForStamp     = 16 << 10
)

// MacOS signs both slices of a bundle for macOS with the hardened runtime, and
// stamps each where stamp is not nil.
//
// The library writes the CMS signature. Code directory, requirements and
// entitlements are made by packaging/darwin: the library's lack the version of
// the hardened runtime, and name the program by its certificate's name instead
// of by its team, so that a renewed certificate would cost every permission.
func MacOS(ctx context.Context, b *darwin.Bundle, key *Key, stamp StampFunc) error {
	chain, err := withAppleRoot(key.Chain)
	if err != nil {
		return err
	}
	room := roomForSignature
	for _, c := range chain {
		room += len(c.Raw)
	}
	if stamp != nil {
		room += roomForStamp
	}
	return b.Sign(darwin.Signer{ //nolint:wrapcheck // says what it could not do
		Leaf: chain[0], Room: room,
		Sign: func(directory []byte) ([]byte, error) { return signDirectory(ctx, directory, key.Signer, chain, stamp) },
	})
}

// withAppleRoot adds Apple's root to a chain that leads to it: macOS wants it
// in the signature.
func withAppleRoot(chain []*x509.Certificate) ([]*x509.Certificate, error) {
	if len(chain) == 0 {
		return nil, fmt.Errorf("%w: no certificate", ErrKey)
	}
	block, _ := pem.Decode([]byte(csblob.RootCA))
	if block == nil {
		return nil, errors.New("sign: Apple's root")
	}
	root, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("sign: Apple's root: %w", err)
	}
	if last := chain[len(chain)-1]; bytes.Equal(last.RawIssuer, root.RawSubject) && !last.Equal(root) {
		chain = append(slices.Clip(chain), root)
	}
	return chain, nil
}

// signDirectory returns the CMS signature of one code directory.
func signDirectory(ctx context.Context, directory []byte, key crypto.Signer, chain []*x509.Certificate, stamp StampFunc) ([]byte, error) {
	hash, encryption, err := x509tools.PkixAlgorithms(key.Public(), crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	info := pkcs7.SignerInfo{
		Version:               1,
		IssuerAndSerialNumber: pkcs7.IssuerAndSerial{IssuerName: asn1.RawValue{FullBytes: chain[0].RawIssuer}, SerialNumber: chain[0].SerialNumber},
		DigestAlgorithm:       hash, DigestEncryptionAlgorithm: encryption,
	}
	if info.AuthenticatedAttributes, err = signedAttributes(directory); err != nil {
		return nil, err
	}
	what, err := info.AuthenticatedAttributes.Bytes()
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	sum := sha256.Sum256(what)
	if info.EncryptedDigest, err = key.Sign(rand.Reader, sum[:], crypto.SHA256); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	if stamp != nil {
		token, err := stamp(ctx, info.EncryptedDigest)
		if err != nil {
			return nil, err
		}
		if err := info.UnauthenticatedAttributes.Add(pkcs9.OidAttributeTimeStampToken, asn1.RawValue{FullBytes: token}); err != nil {
			return nil, fmt.Errorf("sign: time stamp: %w", err)
		}
	}
	signed := pkcs7.ContentInfoSignedData{ContentType: pkcs7.OidSignedData, Content: pkcs7.SignedData{
		Version: 1, DigestAlgorithmIdentifiers: []pkix.AlgorithmIdentifier{hash}, ContentInfo: pkcs7.ContentInfo{ContentType: pkcs7.OidData},
		SignerInfos: []pkcs7.SignerInfo{info},
	}}
	for _, c := range chain {
		signed.Content.Certificates = append(signed.Content.Certificates, asn1.RawValue{FullBytes: c.Raw})
	}
	der, err := signed.Marshal()
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return der, nil
}

// signedAttributes are CMS' own three and Apple's two, in the order that DER
// wants: some readers hash them as they stand, others sort them first.
func signedAttributes(directory []byte) (pkcs7.AttributeList, error) {
	apple, err := darwin.AttributesOf(directory)
	if err != nil {
		return nil, err //nolint:wrapcheck // says what it could not do
	}
	sum := sha256.Sum256(directory)
	var out pkcs7.AttributeList
	if err := errors.Join(
		out.Add(pkcs7.OidAttributeContentType, pkcs7.OidData),
		out.Add(pkcs7.OidAttributeSigningTime, time.Now().UTC()),
		out.Add(pkcs7.OidAttributeMessageDigest, sum[:]),
		out.Add(apple.Hashes, asn1.RawValue{FullBytes: apple.Hash}),
		out.Add(apple.List, apple.PropertyList),
	); err != nil {
		return nil, fmt.Errorf("sign: attributes: %w", err)
	}
	return out, nil
}

// signMacOS signs the bundle in a ZIP file into a new one.
func signMacOS(ctx context.Context, key *Key, r signer.Request) error {
	client, err := stampClient(r)
	if err != nil {
		return err
	}
	file, err := files.Read(r.In, darwin.MaxBundle)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInput, err)
	}
	b, err := darwin.Unzip(file)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInput, err)
	}
	var stamp StampFunc
	if client != nil {
		client.Apple = true
		stamp = client.Fetch
	}
	if err := MacOS(ctx, b, key, stamp); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := b.Zip(&out); err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	return writeNew(r.Out, out.Bytes())
}
