package handshake

import (
	"crypto/hkdf"
	"crypto/sha512"
	"encoding/base64"
	"fmt"

	"lotse/crypto/secret"
)

// What a personal link's secret is made into, beside the key agreement that
// both ends use it for themselves. Neither leads back to the secret, nor to
// the other.
const (
	labelLinkID    = "lotse link id"
	labelLinkRelay = "lotse link relay"

	linkIDSize   = 16
	verifierSize = 32
)

// Link is what others than the two ends get to see of a personal link.
type Link struct {
	// ID tells the master which link it is (ParticipantConfig.LinkID).
	ID []byte
	// Verifier is the relay's: with it a relay knows the link's holder and lets
	// it past the queue, and it opens nothing else.
	Verifier [verifierSize]byte
}

// LinkOf derives what others get to see of a link's secret, as NewLink wrote
// it, by HKDF-SHA512 (RFC 5869).
func LinkOf(s secret.Text) (Link, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s.Reveal())
	if err != nil || len(raw) != linkSize {
		return Link{}, fmt.Errorf("%w: the secret of a link", ErrConfig)
	}
	id, err := hkdf.Key(sha512.New, raw, nil, labelLinkID, linkIDSize)
	if err != nil {
		return Link{}, fmt.Errorf("handshake: %w", err)
	}
	verifier, err := hkdf.Key(sha512.New, raw, nil, labelLinkRelay, verifierSize)
	if err != nil {
		return Link{}, fmt.Errorf("handshake: %w", err)
	}
	return Link{ID: id, Verifier: [verifierSize]byte(verifier)}, nil
}
