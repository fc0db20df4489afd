//go:build cgo

package sign

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"errors"
	"os/exec"
	"testing"

	"lotse/crypto/secret"
	"lotse/packaging/authenticode"
	"lotse/packaging/signer"
	"lotse/packaging/signtest"
)

// newToken makes a token that this process finds.
func newToken(t *testing.T) *signtest.Token {
	t.Helper()
	token, err := signtest.NewToken(t.Context(), t.TempDir())
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip(err.Error() + "; packaging/linux/setup.sh installs it")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOFTHSM2_CONF", token.Conf)
	return token
}

func inToken(label string) signer.Key {
	return signer.Key{Module: signtest.SoftHSM, Token: signtest.TokenName, Label: label, Password: signer.Password{Text: secret.Text(signtest.TokenPIN)}}
}

func TestKeysInAToken(t *testing.T) {
	token := newToken(t)
	w := newWorld(t, signtest.EC)
	for _, label := range []string{"code-rsa", "code-ec"} {
		certificate, err := token.Certify(t.Context(), w.ca, label)
		if err == nil {
			err = token.Store(t.Context(), label, certificate)
		}
		if err != nil {
			t.Fatalf("%s: %v", label, err)
		}
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
