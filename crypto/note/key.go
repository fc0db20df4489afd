package note

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"lotse/crypto/secret"
)

// algEd25519 is the byte that stands for Ed25519 in a key of
// golang.org/x/mod/sumdb/note.
const algEd25519 = 1

// GenerateKey draws a key pair. The name must be without spaces and plus
// signs; a host or an organisation's short name serves.
func GenerateKey(name string) (signer secret.Text, verifier string, err error) {
	var seed [ed25519.SeedSize]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return "", "", fmt.Errorf("note: draw a key: %w", err)
	}
	return KeyFromSeed(name, seed[:])
}

// KeyFromSeed returns the key pair of an Ed25519 seed of 32 bytes: the same
// one each time.
func KeyFromSeed(name string, seed secret.Bytes) (signer secret.Text, verifier string, err error) {
	if len(seed) != ed25519.SeedSize {
		return "", "", fmt.Errorf("note: seed of %d bytes, want %d", len(seed), ed25519.SeedSize)
	}
	public, ok := ed25519.NewKeyFromSeed(seed.Reveal()).Public().(ed25519.PublicKey)
	if !ok {
		return "", "", fmt.Errorf("note: key of %q is no Ed25519 key", name)
	}
	verifier, err = note.NewEd25519VerifierKey(name, public)
	if err != nil {
		return "", "", fmt.Errorf("note: name %q: %w", name, err)
	}
	if _, err := note.NewVerifier(verifier); err != nil {
		return "", "", fmt.Errorf("note: name %q: %w", name, err)
	}
	// PRIVATE+KEY+<name>+<hash>+<algorithm and seed in base64>
	_, rest, _ := strings.Cut(verifier, "+")
	hash, _, _ := strings.Cut(rest, "+")
	private := base64.StdEncoding.EncodeToString(append([]byte{algEd25519}, seed.Reveal()...))
	return secret.Text("PRIVATE+KEY+" + name + "+" + hash + "+" + private), verifier, nil
}
