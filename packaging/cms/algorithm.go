package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha1"   //nolint:gosec // where ParseSHA1 is asked for it
	_ "crypto/sha256" // the hashes that signatures are made with
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// ReadHash reads an AlgorithmIdentifier of SHA-256, SHA-384 or SHA-512, with no
// parameters or the null ones (RFC 5754, 2).
func ReadHash(in *cryptobyte.String) (crypto.Hash, error) { return readHash(in, false) }

func readHash(in *cryptobyte.String, sha1 bool) (crypto.Hash, error) {
	var one cryptobyte.String
	var kind asn1.ObjectIdentifier
	if !in.ReadASN1(&one, tag.SEQUENCE) || !one.ReadASN1ObjectIdentifier(&kind) || !noParameters(one) {
		return 0, malformed("kind of hash")
	}
	for _, h := range []struct {
		last int
		hash crypto.Hash
	}{{1, crypto.SHA256}, {2, crypto.SHA384}, {3, crypto.SHA512}} {
		if kind.Equal(asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, h.last}) {
			return h.hash, nil
		}
	}
	if sha1 && kind.Equal(asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}) {
		return crypto.SHA1, nil
	}
	return 0, fmt.Errorf("%w: hash %s, want SHA-256 or longer", ErrMalformed, kind)
}

func noParameters(in cryptobyte.String) bool {
	return in.Empty() || bytes.Equal(in, []byte{byte(tag.NULL), 0})
}

// readAlgorithm reads how a signer signs: RSA with PKCS #1 v1.5 or ECDSA, each
// under the name of the key's kind or of the key and the hash.
func readAlgorithm(in cryptobyte.String, hash crypto.Hash) (x509.SignatureAlgorithm, error) {
	var kind asn1.ObjectIdentifier
	if !in.ReadASN1ObjectIdentifier(&kind) || !noParameters(in) {
		return 0, malformed("kind of signature")
	}
	for _, a := range []struct {
		hash              crypto.Hash
		rsa, ecdsa        x509.SignatureAlgorithm
		rsaLast, ecdsLast int
	}{
		{crypto.SHA1, x509.SHA1WithRSA, x509.ECDSAWithSHA1, 5, 1},
		{crypto.SHA256, x509.SHA256WithRSA, x509.ECDSAWithSHA256, 11, 2},
		{crypto.SHA384, x509.SHA384WithRSA, x509.ECDSAWithSHA384, 12, 3},
		{crypto.SHA512, x509.SHA512WithRSA, x509.ECDSAWithSHA512, 13, 4},
	} {
		switch {
		case a.hash != hash:
		case kind.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}), kind.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, a.rsaLast}):
			return a.rsa, nil
		case kind.Equal(asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}), kind.Equal(asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, a.ecdsLast}):
			return a.ecdsa, nil
		}
	}
	return 0, fmt.Errorf("%w: kind of signature %s", ErrMalformed, kind)
}

// checkKey refuses keys that are too short.
func checkKey(key crypto.PublicKey) error {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() < minRSA {
			return fmt.Errorf("%w: RSA key of %d bits, want %d", ErrSignature, k.N.BitLen(), minRSA)
		}
	case *ecdsa.PublicKey: // crypto/x509 takes P-224 and longer
	default:
		return fmt.Errorf("%w: key of kind %T", ErrSignature, key)
	}
	return nil
}
