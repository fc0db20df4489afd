// Package files reads files that a person named: of a bounded length, and with
// certificates in them. It does not know what they are for, and writes none.
package files

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"os"
)

// MaxText is the longest text file in bytes: profiles, keys, certificates,
// lists.
const MaxText = 1 << 20

// Read reads a file of at most that many bytes.
func Read(name string, most int64) ([]byte, error) {
	f, err := os.Open(name) //nolint:gosec // the file that the person names
	if err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	if int64(len(b)) > most {
		return nil, fmt.Errorf("files: %s has more than %d bytes", name, most)
	}
	return b, nil
}

// Certificates reads a PEM file with one certificate at least.
func Certificates(name string) ([]*x509.Certificate, error) {
	b, err := Read(name, MaxText)
	if err != nil {
		return nil, err
	}
	out, err := ParseCertificates(b)
	if err != nil {
		return nil, fmt.Errorf("%w, in %s", err, name)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("files: %s holds no certificate in PEM", name)
	}
	return out, nil
}

// ParseCertificates returns the certificates among what a PEM file holds.
func ParseCertificates(b []byte) (out []*x509.Certificate, err error) {
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("files: certificate %d: %w", len(out)+1, err)
		}
		out = append(out, c)
	}
	return out, nil
}
