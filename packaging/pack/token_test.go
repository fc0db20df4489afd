//go:build linux && cgo

package pack

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lotse/packaging/signtest"
)

// tokenOffice is an office whose keys, the issuer's too, lie in a token, and
// which works with the real programs.
type tokenOffice struct {
	*office

	token *signtest.Token
	pack  string
}

func newTokenOffice(t *testing.T) *tokenOffice {
	t.Helper()
	token, err := signtest.NewToken(t.Context(), t.TempDir())
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip(err.Error() + "; packaging/linux/setup.sh installs it")
	}
	if err != nil {
		t.Fatal(err)
	}
	o := &tokenOffice{newOffice(t), token, ""}
	o.write("pin", []byte(signtest.TokenPIN+"\n"))
	o.write("wrong pin", []byte("1234\n"))
	// One beside the other, as they are handed out; lotse-sign opens tokens by
	// their makers' C libraries.
	for _, p := range []struct{ app, name, cgo string }{{"packager", "lotse-pack", "0"}, {"signer", "lotse-sign", "1"}} {
		file, err := signtest.Build(t.Context(), o.dir, "linux", p.app, "CGO_ENABLED="+p.cgo)
		if err == nil {
			err = os.Rename(file, o.path(p.name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	o.pack = o.path("lotse-pack")
	return o
}

// start runs lotse-pack and returns how it ended and what it said.
func (o *tokenOffice) start(ctx context.Context, args ...string) (code int, said string) {
	cmd := exec.CommandContext(ctx, o.pack, args...)
	cmd.Env = append(os.Environ(), "SOFTHSM2_CONF="+o.token.Conf)
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		o.tb.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func (o *tokenOffice) does(ctx context.Context, args ...string) string {
	o.tb.Helper()
	code, said := o.start(ctx, args...)
	if code != 0 {
		o.tb.Fatalf("%q: exit %d: %s", args, code, said)
	}
	return said
}

// issuer are the flags for the issuer's key in the token.
func (o *tokenOffice) issuer(label string) []string {
	return []string{
		"-issuer-module", signtest.SoftHSM, "-issuer-token", signtest.TokenName, "-issuer-label", label, "-issuer-name", "musterhafen",
		"-issuer-password", "file:" + o.path("pin"),
	}
}

// code are the flags for a key in the token that signs code.
func (o *tokenOffice) code(label string) []string {
	return []string{"-module", signtest.SoftHSM, "-token", signtest.TokenName, "-label", label, "-password", "file:" + o.path("pin")}
}

// takes has osslsigncode look at a program, where it is installed.
func (o *tokenOffice) takes(ctx context.Context, file string) {
	o.tb.Helper()
	said, err := exec.CommandContext(ctx, "osslsigncode", "verify", "-in", file, "-CAfile", o.path("root.pem"), "-TSA-CAfile", o.path("root.pem")).CombinedOutput()
	if err != nil && !errors.Is(err, exec.ErrNotFound) {
		o.tb.Errorf("osslsigncode: %s: %v: %s", file, err, said)
	}
}

// Everything that an organisation signs can be signed by keys that never leave
// a token: profiles and lists by Ed25519, programs by RSA and EC.
func TestProgramsSignWithKeysInAToken(t *testing.T) {
	o, ctx := newTokenOffice(t), t.Context()
	issuer := o.issuer("issuer")
	verifier := o.does(ctx, append([]string{"keys", "show"}, issuer...)...)
	o.write("token.pub", []byte(verifier))
	profileSign := []string{
		"profile", "sign", "-in", "../brands/example/participant.json", "-licence-issuer", o.path("issuer.pub"), "-out", o.path("token.profile"),
	}
	codeKeys := []string{"code-rsa", "code-ec"}
	for _, label := range codeKeys {
		certificate, err := o.token.Certify(ctx, o.ca, label)
		if err != nil {
			t.Fatal(err)
		}
		o.pem(label+".pem", nil, certificate)
		profileSign = append(profileSign, "-signer-certificate", o.path(label+".pem"))
		if label == "code-ec" { // the other one's certificate lies in its file alone
			if err := o.token.Store(ctx, label, certificate); err != nil {
				t.Fatal(err)
			}
		}
	}
	o.does(ctx, append(profileSign, issuer...)...)
	if shown := o.does(ctx, "profile", "show", "-in", o.path("token.profile"), "-issuer", o.path("token.pub")); !strings.Contains(shown, "Musterhafen Hilfe") {
		t.Errorf("got %s", shown)
	}
	if signed := o.read("token.profile"); !bytes.Contains(signed, []byte("\n— musterhafen ")) {
		t.Errorf("got %s, want a line by musterhafen", signed)
	}
	release := []string{"release", "sign", "-serial", "1", "-out", o.path("releases.json")}
	for _, label := range codeKeys {
		file := o.path(label + ".exe")
		key := o.code(label)
		if label == "code-rsa" {
			key = append(key, "-certificates", o.path(label+".pem"))
		}
		if shown := o.does(ctx, append([]string{"keys", "show"}, key...)...); !strings.Contains(shown, "CN=Stadtwerke Musterhafen") {
			t.Errorf("%s: got %s", label, shown)
		}
		o.does(ctx, slices.Concat([]string{
			"make", "-template", o.files["participant windows"], "-profile", o.path("token.profile"), "-issuer", o.path("token.pub"),
			"-out", file, "-stamp", o.stamp, "-roots", o.path("root.pem"),
		}, key)...)
		o.does(ctx, "verify", "-in", file, "-issuer", o.path("token.pub"), "-roots", o.path("root.pem"), "-signer-certificate", o.path(label+".pem"))
		o.takes(ctx, file)
	}
	o.does(ctx, append(append(release, "-file", o.path("code-ec.exe")), issuer...)...)
	o.does(ctx, "release", "show", "-in", o.path("releases.json"), "-issuer", o.path("token.pub"), "-file", o.path("code-ec.exe"))
}

// A token that does not open, or has another key than one thinks, signs nothing.
func TestTokenThatDoesNotOpenSignsNothing(t *testing.T) {
	o, ctx := newTokenOffice(t), t.Context()
	certificate, err := o.token.Certify(ctx, o.ca, "code-ec")
	if err == nil {
		err = o.token.Store(ctx, "code-ec", certificate)
	}
	if err != nil {
		t.Fatal(err)
	}
	sign := []string{"profile", "sign", "-in", "../brands/example/participant.json", "-licence-issuer", o.path("issuer.pub"), "-out", o.path("out")}
	made := []string{
		"make", "-template", o.files["participant windows"], "-profile", o.path("participant.profile"), "-issuer", o.path("issuer.pub"),
		"-out", o.path("out"), "-stamp", o.stamp, "-roots", o.path("root.pem"),
	}
	wrong := func(args []string) []string {
		out := slices.Clone(args)
		out[len(out)-1] = "file:" + o.path("wrong pin")
		return out
	}
	for name, row := range map[string]struct {
		args []string
		code int
	}{
		"profile, wrong PIN":         {slices.Concat(sign, wrong(o.issuer("issuer"))), exitKey},
		"profile, a key for code":    {slices.Concat(sign, o.issuer("code-ec")), exitKey},
		"profile, no such key":       {slices.Concat(sign, o.issuer("nobody")), exitKey},
		"code, wrong PIN":            {slices.Concat(made, wrong(o.code("code-ec"))), exitKey},
		"code, the issuer's key":     {slices.Concat(made, o.code("issuer")), exitKey},
		"code, no certificate":       {slices.Concat(made, o.code("code-rsa")), exitKey},
		"code, not of the profile's": {slices.Concat(made, o.code("code-ec")), exitRefused},
	} {
		code, said := o.start(ctx, row.args...)
		if code != row.code || strings.Contains(said, signtest.TokenPIN) {
			t.Errorf("%s: got exit %d, want %d: %s", name, code, row.code, said)
		}
		if _, err := os.Stat(o.path("out")); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("%s: a file was written", name)
		}
	}
	if left, err := filepath.Glob(o.path(".out*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}
