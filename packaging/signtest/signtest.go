// Package signtest is a certification authority and a time-stamping authority
// for tests and the demonstration. Their certificates say "test" and their keys
// are drawn anew each time: they prove nothing to anybody who was not there.
package signtest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/digitorus/timestamp"
)

// Authority issues certificates.
type Authority struct {
	Certificate *x509.Certificate
	key         crypto.Signer
}

// RSA draws an RSA key, which is what most signers of code have.
func RSA() (crypto.Signer, error) {
	const bits = 3072
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return nil, fmt.Errorf("signtest: %w", err)
	}
	return key, nil
}

// EC draws a P-256 key.
func EC() (crypto.Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("signtest: %w", err)
	}
	return key, nil
}

// New makes an authority of the name.
func New(name string) (*Authority, error) {
	key, err := EC()
	if err != nil {
		return nil, err
	}
	a := &Authority{key: key}
	a.Certificate, err = a.issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: name + " (test, worthless)"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}, key.Public(), nil)
	return a, err
}

// issue signs a certificate by the parent, or by itself where there is none.
func (a *Authority) issue(c *x509.Certificate, public crypto.PublicKey, parent *x509.Certificate) (*x509.Certificate, error) {
	const serialBits = 120
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), serialBits))
	if err != nil {
		return nil, fmt.Errorf("signtest: %w", err)
	}
	c.SerialNumber = serial
	if c.NotBefore.IsZero() {
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().AddDate(3, 0, 0)
	}
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, public, a.key)
	if err != nil {
		return nil, fmt.Errorf("signtest: %w", err)
	}
	out, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("signtest: %w", err)
	}
	return out, nil
}

// Usage is the extension that says what a certificate's key is for: kinds of
// use, by the last number of their names (RFC 5280, 4.2.1.12).
func Usage(critical bool, kinds ...int) (pkix.Extension, error) {
	ids := make([]asn1.ObjectIdentifier, len(kinds))
	for i, kind := range kinds {
		ids[i] = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, kind}
	}
	value, err := asn1.Marshal(ids)
	if err != nil {
		return pkix.Extension{}, fmt.Errorf("signtest: %w", err)
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: critical, Value: value}, nil
}

// Holder issues a certificate that says of its key's use what the extensions
// say.
func (a *Authority) Holder(name string, public crypto.PublicKey, extensions ...pkix.Extension) (*x509.Certificate, error) {
	return a.issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, KeyUsage: x509.KeyUsageDigitalSignature, ExtraExtensions: extensions,
	}, public, a.Certificate)
}

// CodeSigner issues a certificate for signing code.
func (a *Authority) CodeSigner(name string, public crypto.PublicKey) (*x509.Certificate, error) {
	return a.issue(&x509.Certificate{
		Subject:  pkix.Name{CommonName: name, Organization: []string{name}},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	}, public, a.Certificate)
}

// Expired is CodeSigner with a certificate that ended yesterday.
func (a *Authority) Expired(name string, public crypto.PublicKey) (*x509.Certificate, error) {
	return a.issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(0, 0, -1),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	}, public, a.Certificate)
}

// Pool returns the authority as the one root.
func (a *Authority) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.Certificate)
	return p
}

// PEM returns certificates and, where key is not nil, the key, as a PEM file.
func PEM(key crypto.Signer, certificates ...*x509.Certificate) ([]byte, error) {
	var out bytes.Buffer
	if key != nil {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, fmt.Errorf("signtest: %w", err)
		}
		out.Write(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	}
	for _, c := range certificates {
		out.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	return out.Bytes(), nil
}

// Stamp is what a time-stamping authority is about to say.
type Stamp = timestamp.Timestamp

// Stamper is a time-stamping authority as an http.Handler.
type Stamper struct {
	// Spoil, when set, alters an answer before it is sent.
	Spoil func(*Stamp)
	// Asked counts the questions.
	Asked atomic.Int64

	certificate *x509.Certificate
	key         crypto.Signer
	between     []*x509.Certificate
}

// NewStamper issues a certificate for time stamps to a new one.
func (a *Authority) NewStamper() (*Stamper, error) {
	const stamping = 8
	alone, err := Usage(true, stamping) // the one use of its key, marked critical (RFC 3161, 2.3)
	if err != nil {
		return nil, err
	}
	return a.NewStamperAs(alone)
}

// NewStamperAs issues a certificate with the extensions, which may be wrong, to a
// new one.
func (a *Authority) NewStamperAs(extensions ...pkix.Extension) (*Stamper, error) {
	key, err := RSA()
	if err != nil {
		return nil, err
	}
	c, err := a.Holder("time stamps (test, worthless)", key.Public(), extensions...)
	if err != nil {
		return nil, err
	}
	return &Stamper{certificate: c, key: key}, nil
}

// maxQuestion is the longest question in bytes.
const maxQuestion = 4 << 10

// ServeHTTP answers one question.
func (s *Stamper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Asked.Add(1)
	answer, err := s.answer(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/timestamp-reply")
	if _, err := w.Write(answer); err != nil {
		return // whoever asked is gone
	}
}

func (s *Stamper) answer(question io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(question, maxQuestion))
	if err != nil {
		return nil, fmt.Errorf("signtest: %w", err)
	}
	asked, err := timestamp.ParseRequest(b)
	if err != nil {
		return nil, fmt.Errorf("signtest: %w", err)
	}
	if asked.HashAlgorithm != crypto.SHA256 || asked.Nonce == nil {
		return nil, errors.New("signtest: want SHA-256 and a nonce")
	}
	t := timestamp.Timestamp{
		HashAlgorithm: asked.HashAlgorithm, HashedMessage: asked.HashedMessage, Time: time.Now().UTC(), Nonce: asked.Nonce,
		Policy: asn1.ObjectIdentifier{1, 2, 3, 4, 1}, AddTSACertificate: asked.Certificates, Certificates: s.between,
	}
	if s.Spoil != nil {
		s.Spoil(&t)
	}
	out, err := t.CreateResponseWithOpts(s.certificate, s.key, crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("signtest: %w", err)
	}
	return out, nil
}
