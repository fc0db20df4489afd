package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"lotse/crypto/secret"
	"lotse/relay/hub"
)

const (
	// defaultState is where the keys lie unless told otherwise: not what the
	// program is called, which may lie in the same folder.
	defaultState = "relay-state"
	// currentFile is the key in use, nextFile the one that takes over when the
	// current one has to go; programs pin both.
	currentFile = "relay.key"
	nextFile    = "next.key"
	// pemType is the PEM type of a PKCS #8 key (RFC 7468 §10).
	pemType = "PRIVATE KEY"
	// maxKeyFile bounds what is read: a key takes 120 bytes.
	maxKeyFile = 4 << 10
)

// keys are what a relay proves itself with.
type keys struct {
	current, next *hub.Identity
	// drawn says that they are new.
	drawn bool
}

// loadKeys reads the keys of a state folder, without making any.
func loadKeys(state string) (keys, error) {
	current, err := readKey(filepath.Join(state, currentFile))
	if err != nil {
		return keys{}, err
	}
	next, err := readKey(filepath.Join(state, nextFile))
	if err != nil {
		return keys{}, err
	}
	return keys{current: current, next: next}, nil
}

// openKeys reads the keys of a state folder and draws those that are missing.
func openKeys(state string) (keys, error) {
	if err := os.MkdirAll(state, 0o700); err != nil {
		return keys{}, fmt.Errorf("state folder: %w", err)
	}
	drawn := false
	for _, name := range []string{currentFile, nextFile} {
		switch err := drawKey(filepath.Join(state, name)); {
		case err == nil:
			drawn = true
		case !errors.Is(err, fs.ErrExist):
			return keys{}, err
		}
	}
	k, err := loadKeys(state)
	k.drawn = drawn
	return k, err
}

// drawKey writes a new key to a file that must not be there yet.
func drawKey(name string) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("draw a key: %w", err)
	}
	return create(name, func(f io.Writer) error { return writeKey(f, key) })
}

// readKey reads a relay's key.
func readKey(name string) (*hub.Identity, error) {
	key, err := readPrivate(name)
	if err != nil {
		return nil, err
	}
	return hub.IdentityOf(key)
}

// readSeed reads the seed of a key.
func readSeed(name string) (secret.Bytes, error) {
	key, err := readPrivate(name)
	if err != nil {
		return nil, err
	}
	return secret.Bytes(key.Seed()), nil
}

// readPrivate reads a key file that nobody else may read.
func readPrivate(name string) (ed25519.PrivateKey, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if info.Size() > maxKeyFile {
		return nil, fmt.Errorf("key file %s: %d bytes", name, info.Size())
	}
	if err := private(info); err != nil {
		return nil, fmt.Errorf("key file %s: %w", name, err)
	}
	text, err := os.ReadFile(name) //nolint:gosec // the operator names the folder
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	block, rest := pem.Decode(text)
	if block == nil || block.Type != pemType || len(rest) > 0 {
		return nil, fmt.Errorf("key file %s: not one PEM block of type %s", name, pemType)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("key file %s: unreadable", name) // the cause may quote the key
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("key file %s: a key of type %T, want Ed25519", name, parsed)
	}
	return key, nil
}
