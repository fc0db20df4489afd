package signtest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// SoftHSM is Debian's PKCS#11 module of a token that is made of files.
const SoftHSM = "/usr/lib/softhsm/libsofthsm2.so"

// What the token is called, and what opens it.
const (
	TokenName = "musterhafen"
	TokenPIN  = "4711-0815"
)

// Token is one of SoftHSM's, with a key of each kind: code-rsa, code-ec, and
// issuer, which is an Ed25519 key.
type Token struct {
	// Conf is the file that the variable SOFTHSM2_CONF has to name for whoever
	// opens the token.
	Conf string
}

// NewToken makes a token in a folder. The error is exec.ErrNotFound where the
// tools for that are not installed.
func NewToken(ctx context.Context, dir string) (*Token, error) {
	t := &Token{filepath.Join(dir, "softhsm2.conf")}
	text := fmt.Sprintf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", dir)
	if err := os.WriteFile(t.Conf, []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("signtest: %w", err)
	}
	if _, err := t.run(ctx, "softhsm2-util", "--init-token", "--free", "--label", TokenName, "--pin", TokenPIN, "--so-pin", "so-"+TokenPIN); err != nil {
		return nil, err
	}
	for label, kind := range map[string]string{"code-rsa": "rsa:3072", "code-ec": "EC:prime256v1", "issuer": "EC:edwards25519"} {
		if _, err := t.tool(ctx, label, "--keypairgen", "--key-type", kind); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Certify has an authority issue a certificate for a key in the token.
func (t *Token) Certify(ctx context.Context, ca *Authority, label string) (*x509.Certificate, error) {
	der, err := t.tool(ctx, label, "--read-object", "--type", "pubkey")
	if err != nil {
		return nil, err
	}
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("signtest: key %s: %w", label, err)
	}
	return ca.CodeSigner("Stadtwerke Musterhafen", crypto.PublicKey(public))
}

// Store puts a certificate beside the key of its label.
func (t *Token) Store(ctx context.Context, label string, c *x509.Certificate) error {
	file := filepath.Join(filepath.Dir(t.Conf), label+".der")
	if err := os.WriteFile(file, c.Raw, 0o600); err != nil {
		return fmt.Errorf("signtest: %w", err)
	}
	_, err := t.tool(ctx, label, "--write-object", file, "--type", "cert")
	return err
}

// tool has OpenSC's tool do something with what has a label in the token.
func (t *Token) tool(ctx context.Context, label string, args ...string) ([]byte, error) {
	return t.run(ctx, "pkcs11-tool", append([]string{
		"--module", SoftHSM, "--token-label", TokenName, "--login", "--pin", TokenPIN, "--label", label, "--id", fmt.Sprintf("%x", label),
	}, args...)...)
}

func (t *Token) run(ctx context.Context, name string, args ...string) ([]byte, error) {
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // the two tools above
	cmd.Env, cmd.Stderr = append(os.Environ(), "SOFTHSM2_CONF="+t.Conf), &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("signtest: %s: %w: %s", name, err, said.String())
	}
	return out, nil
}
