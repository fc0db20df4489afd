package hub

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"time"

	"lotse/relay/wire"
)

// Identity is a relay's key and its self-made certificate. Programs pin the
// key; the certificate is only its wrapping.
type Identity struct {
	key         ed25519.PrivateKey
	certificate tls.Certificate
	pin         [sha256.Size]byte
}

// NewIdentity draws a key.
func NewIdentity() (*Identity, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("hub: key: %w", err)
	}
	return IdentityOf(key)
}

// certificateLife is how long a self-made certificate is valid. Nobody checks
// it; some middle boxes dislike "for ever".
const certificateLife = 10 * 365 * 24 * time.Hour

// IdentityOf wraps a key that is already there.
func IdentityOf(key ed25519.PrivateKey) (*Identity, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("hub: key of %d bytes", len(key))
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "lotse-relay"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(certificateLife),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("hub: certificate: %w", err)
	}
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("hub: not an Ed25519 key")
	}
	pin, err := wire.Pin(public)
	if err != nil {
		return nil, fmt.Errorf("hub: %w", err)
	}
	return &Identity{
		key: key, pin: pin, certificate: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
	}, nil
}

// Pin is what programs compare: the SHA-256 of the SubjectPublicKeyInfo.
func (i *Identity) Pin() [sha256.Size]byte { return i.pin }

// Certificate is the key's wrapping, for the other relays of a cluster.
func (i *Identity) Certificate() tls.Certificate { return i.certificate }
