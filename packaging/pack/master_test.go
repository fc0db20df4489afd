package pack

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	ournote "lotse/crypto/note"
	"lotse/packaging/profile"
	"lotse/packaging/signtest"
)

// writeLicence writes a licence and its key as lotse-relay licence new does.
func writeLicence(t *testing.T, o *office) (number string) {
	t.Helper()
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	number = profile.NewNumber("482139027")
	by, verifier, err := ournote.GenerateKey("relay")
	if err != nil {
		t.Fatal(err)
	}
	signed, err := profile.IssueLicence(profile.LicenceFacts{
		Number: number, Organisation: "Stadtwerke Musterhafen", Name: "Beratung", ModuleKey: public, MaxMembers: 5, NotAfter: time.Now().AddDate(1, 0, 0).Unix(),
	}, by)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	o.write("relay.pub", []byte(verifier+"\n"))
	o.write(number+".licence", signed)
	o.write(number+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	return number
}

func TestMasterGetsItsLicence(t *testing.T) {
	o := newOffice(t)
	number := writeLicence(t, o)
	args := []string{"profile", "sign", "-in", "../brands/example/master.json", "-issuer-key", o.path("issuer"), "-out", o.path("master.profile")}
	if code, _, errs := run(t, "", args...); code != exitRefused || !strings.Contains(errs, "licence") {
		t.Errorf("without a licence: got exit %d: %s", code, errs)
	}
	args = append(args, "-licence", o.path(number+".licence"))
	if code, _, errs := run(t, "", args...); code != exitRefused || !strings.Contains(errs, "-licence-issuer") {
		t.Errorf("a licence of nobody: got exit %d: %s", code, errs)
	}
	if code, _, errs := run(t, "", append(args, "-licence-issuer", o.path("issuer.pub"))...); code != exitRefused {
		t.Errorf("a licence of somebody else: got exit %d: %s", code, errs)
	}
	o.ok(append(args, "-licence-issuer", o.path("relay.pub"))...)
	info, err := os.Stat(o.path("master.profile"))
	if err != nil || info.Mode().Perm() != privateMode {
		t.Errorf("got %v, %v, want a file for its owner alone: the licence's key is in it", info.Mode(), err)
	}
	shown := o.ok("profile", "show", "-in", o.path("master.profile"), "-issuer", o.path("issuer.pub"))
	if !strings.Contains(shown, number) || !strings.Contains(shown, "(not shown)") {
		t.Errorf("got %s", shown)
	}
	// The moderator's profile does not go into the customer's program.
	code, _, _ := run(t, "", "brand", "-template", o.files["participant windows"], "-profile", o.path("master.profile"), "-issuer", o.path("issuer.pub"), "-out", o.path("x.exe"))
	if code != exitRefused {
		t.Errorf("got exit %d, want %d", code, exitRefused)
	}
}

// asMaster writes a participant's template as a master's.
func (o *office) asMaster(in, name string) string {
	o.tb.Helper()
	b, err := signtest.AsMaster(must(os.ReadFile(in)))
	if err != nil {
		o.tb.Fatal(err)
	}
	o.write(name, b)
	return o.path(name)
}

// masterProfile signs a master's profile with a fresh licence.
func (o *office) masterProfile(t *testing.T) {
	t.Helper()
	number := writeLicence(t, o)
	o.ok("profile", "sign", "-in", "../brands/example/master.json", "-issuer-key", o.path("issuer"), "-out", o.path("master.profile"), "-signer-certificate", o.path("signer.pem"),
		"-licence", o.path(number+".licence"), "-licence-issuer", o.path("relay.pub"))
}

// The key that opens rooms is in a master.
func TestMastersAreForTheirOwnerAlone(t *testing.T) {
	o := newOffice(t)
	o.masterProfile(t)
	exe, linux := o.asMaster(o.files["participant windows"], "template.exe"), o.asMaster(o.files["participant linux"], "template")
	from := func(template string) []string {
		return []string{"-template", template, "-profile", o.path("master.profile"), "-issuer", o.path("issuer.pub")}
	}
	signed := o.make("-out", o.path("signed.exe"))
	signed[slices.Index(signed, "-template")+1], signed[slices.Index(signed, "-profile")+1] = exe, o.path("master.profile")
	for _, row := range []struct {
		out  string
		args []string
	}{
		{"branded.exe", append([]string{"brand", "-out", o.path("branded.exe")}, from(exe)...)},
		{"linux", append([]string{"make", "-unsigned", "-out", o.path("linux")}, from(linux)...)},
		{"signed.exe", signed},
		{"handed.exe", append([]string{"external", "out", "-out", o.path("handed.exe")}, from(exe)...)},
		{"taken.exe", []string{"external", "in", "-unsigned", o.path("handed.exe"), "-signed", o.path("signed.exe"), "-out", o.path("taken.exe"), "-issuer", o.path("issuer.pub"), "-roots", o.path("root.pem")}},
	} {
		o.ok(row.args...)
		if info, err := os.Stat(o.path(row.out)); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: got %v, %v, want a program for its owner alone", row.out, info.Mode(), err)
		}
	}
}
