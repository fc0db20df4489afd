//go:build cgo

package sign

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/ThalesGroup/crypto11"

	"lotse/crypto/secret"
	"lotse/packaging/authenticode"
	"lotse/packaging/signer"
	"lotse/packaging/signtest"
)

// softHSM is Debian's PKCS#11 module.
const softHSM = "/usr/lib/softhsm/libsofthsm2.so"

const (
	tokenName = "musterhafen"
	tokenPIN  = "4711-0815"
)

// newToken makes a token of its own in a folder, with a key of each kind.
func newToken(t *testing.T) {
	t.Helper()
	for _, tool := range []string{"softhsm2-util", "pkcs11-tool"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("no " + tool + "; packaging/linux/setup.sh installs it")
		}
	}
	dir := t.TempDir()
	conf := filepath.Join(dir, "softhsm2.conf")
	text := fmt.Sprintf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", dir)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOFTHSM2_CONF", conf)
	tool(t, "softhsm2-util", "--init-token", "--free", "--label", tokenName, "--pin", tokenPIN, "--so-pin", "so-"+tokenPIN)
	for label, kind := range map[string]string{"code-rsa": "rsa:3072", "code-ec": "EC:prime256v1", "issuer": "EC:edwards25519"} {
		tool(t, "pkcs11-tool", "--module", softHSM, "--token-label", tokenName, "--login", "--pin", tokenPIN,
			"--keypairgen", "--key-type", kind, "--label", label, "--id", fmt.Sprintf("%x", label))
	}
}

func tool(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
}

func inToken(label string) signer.Key {
	return signer.Key{Module: softHSM, Token: tokenName, Label: label, Password: signer.Password{Text: secret.Text(tokenPIN)}}
}

// certify issues a certificate for a key in the token and stores it there.
func certify(t *testing.T, ca *signtest.Authority, label string) {
	t.Helper()
	ctx, err := crypto11.Configure(&crypto11.Config{Path: softHSM, TokenLabel: tokenName, Pin: tokenPIN})
	if err != nil {
		t.Fatal(err)
	}
	defer ctx.Close()
	key, err := ctx.FindKeyPair(nil, []byte(label))
	if err != nil || key == nil {
		t.Fatalf("%s: got %v, %v", label, key, err)
	}
	c, err := ca.CodeSigner("Stadtwerke Musterhafen", key.Public())
	if err != nil {
		t.Fatal(err)
	}
	if err := ctx.ImportCertificateWithLabel([]byte(label), []byte(label), c); err != nil {
		t.Fatal(err)
	}
}

func TestKeysInAToken(t *testing.T) {
	newToken(t)
	w := newWorld(t, signtest.EC)
	for _, label := range []string{"code-rsa", "code-ec"} {
		certify(t, w.ca, label)
		key, err := Open(inToken(label))
		if err != nil {
			t.Fatalf("%s: %v", label, err)
		}
		out, err := Windows(t.Context(), program(t), key, "Musterhafen Hilfe", "", w.client)
		key.Close()
		if err != nil {
			t.Fatalf("%s: %v", label, err)
		}
		if _, err := authenticode.Verify(out, authenticode.Trust{Roots: w.ca.Pool()}); err != nil {
			t.Errorf("%s: %v", label, err)
		}
	}
	text := bytes.Repeat([]byte("lotse profile\n"), 1000)
	a, err := do(t.Context(), signer.Request{Op: signer.SignText, Key: inToken("issuer"), Text: text})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := do(t.Context(), signer.Request{Op: signer.Show, Key: inToken("issuer")})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParsePKIXPublicKey(shown.Public)
	public, ok := parsed.(ed25519.PublicKey)
	if err != nil || !ok || !ed25519.Verify(public, text, a.Signature) {
		t.Errorf("got key %T, %v, want one that the signature fits", parsed, err)
	}
	if shown, err := do(t.Context(), signer.Request{Op: signer.Show, Key: inToken("code-ec")}); err != nil || len(shown.Certificates) != 1 {
		t.Errorf("got %d certificates, %v", len(shown.Certificates), err)
	}
	wrong := inToken("issuer")
	wrong.Password.Text = "1234"
	none := inToken("nobody")
	for name, key := range map[string]signer.Key{"wrong PIN": wrong, "no such key": none, "a key for code": inToken("code-ec")} {
		if _, err := do(t.Context(), signer.Request{Op: signer.SignText, Key: key, Text: text}); why(err) != signer.WhyKey {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
