package signtest

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"time"

	"github.com/digitorus/timestamp"
)

// AnswerSHA1 is what an authority with the certificate would answer that, as
// Apple's does, signs with SHA-1.
func AnswerSHA1(certificate *x509.Certificate, key crypto.Signer, signature []byte) ([]byte, error) {
	sum := sha256.Sum256(signature)
	t := timestamp.Timestamp{
		HashAlgorithm: crypto.SHA256, HashedMessage: sum[:], Time: time.Now().UTC(), Policy: asn1.ObjectIdentifier{1, 2, 3}, AddTSACertificate: true,
	}
	answer, err := t.CreateResponseWithOpts(certificate, key, crypto.SHA1)
	if err != nil {
		return nil, fmt.Errorf("signtest: %w", err)
	}
	return answer, nil
}
