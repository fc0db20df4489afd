package pack

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lotse/packaging/darwin"
	"lotse/packaging/profile"
	"lotse/packaging/signtest"
)

// macRun is lotse-pack with the arguments; it returns the exit code and what
// was said.
func macRun(t *testing.T, args ...string) (code int, said map[string]any) {
	t.Helper()
	var out, err bytes.Buffer
	code = Main(t.Context(), append(args, "-json"), Std{In: strings.NewReader(""), Out: &out, Err: &err})
	if json.Unmarshal(out.Bytes(), &said) != nil {
		t.Fatalf("%q said %q and %q", args, out.String(), err.String())
	}
	return code, said
}

// macMust is macRun for what has to work.
func macMust(t *testing.T, args ...string) map[string]any {
	t.Helper()
	code, said := macRun(t, args...)
	if code != 0 {
		t.Fatalf("%q: exit %d, %v", args, code, said)
	}
	return said
}

// What somebody does who hands a program out for macOS, by the commands.
func TestMacOSFromTemplatesToNotarised(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	write := func(name string, content []byte) {
		t.Helper()
		if err := os.WriteFile(in(name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, env := range map[string][]string{"intel": {"GOOS=darwin", "GOARCH=amd64"}, "apple": {"GOOS=darwin", "GOARCH=arm64"}, "lotse-sign": nil} {
		what := "lotse/apps/participant"
		if env == nil {
			what = "lotse/apps/signer"
		}
		build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-trimpath", "-ldflags", "-s -w", "-tags", "nogl", "-o", in(name), what)
		build.Env = append(append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS="), env...)
		if said, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
	}
	ca, err := signtest.New("authority")
	if err != nil {
		t.Fatal(err)
	}
	key, err := signtest.RSA()
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := ca.CodeSigner("Stadtwerke Musterhafen", key.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*x509.Certificate{"root.pem": ca.Certificate, "leaf.pem": leaf} {
		b, err := signtest.PEM(nil, c)
		if err != nil {
			t.Fatal(err)
		}
		write(name, b)
	}
	b, err := signtest.PEM(key, leaf)
	if err != nil {
		t.Fatal(err)
	}
	write("key.pem", b)
	macMust(t, "keys", "new", "-name", "musterhafen", "-out", in("issuer"))
	macMust(t, "profile", "new", "-id", "musterhafen-hilfe", "-organisation", "Stadtwerke Musterhafen", "-name", "Musterhafen Hilfe", "-out", in("profile.json"))
	macMust(t, "profile", "sign", "-in", in("profile.json"), "-issuer-key", in("issuer"), "-out", in("profile"), "-licence-issuer", in("issuer.pub"))
	if code, said := macRun(t, "macos", "make", "-intel", in("intel"), "-apple", in("apple"), "-profile", in("profile"), "-issuer", in("issuer.pub"), "-out", dir, "-no-stamp", "-key", in("key.pem")); code != exitRefused {
		t.Errorf("a profile that names nobody: exit %d, %v", code, said)
	}
	macMust(t, "profile", "sign", "-in", in("profile.json"), "-issuer-key", in("issuer"), "-out", in("profile"), "-force", "-signer-certificate", in("leaf.pem"), "-licence-issuer", in("issuer.pub"))
	make := []string{"macos", "make", "-intel", in("intel"), "-apple", in("apple"), "-profile", in("profile"), "-issuer", in("issuer.pub"), "-out", dir}
	trust := []string{"-no-stamp", "-roots", in("root.pem"), "-signer-certificate", in("leaf.pem")}
	signed := append(append(make, "-key", in("key.pem"), "-signer", in("lotse-sign")), trust...)
	made := macMust(t, signed...)
	file := in("musterhafen-hilfe-macos.zip")
	if made["file"] != file || made["notarised"] != "no ticket" {
		t.Errorf("got %v", made)
	}
	check := func(file string) []string {
		return append([]string{"macos", "verify", "-in", file, "-issuer", in("issuer.pub")}, trust...)
	}
	if read := macMust(t, check(file)...); read["cdhash_arm64"] != made["cdhash_arm64"] || read["sha256"] != made["sha256"] {
		t.Errorf("got %v, want %v", read, made)
	}
	if code, said := macRun(t, signed...); code != exitFailed {
		t.Errorf("over a file that is there: exit %d, %v", code, said)
	}
	if code, said := macRun(t, append(append(make, "-adhoc", "-force"), trust...)...); code != exitRefused {
		t.Errorf("by nobody, without allow_unsigned: exit %d, %v", code, said)
	}
	if code, said := macRun(t, append(make, "-key", in("key.pem"), "-force")...); code != exitUsage {
		t.Errorf("neither a stamp nor none: exit %d, %v", code, said)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o044 == 0 {
		t.Errorf("got %v, %v, want a file for everybody", info.Mode(), err)
	}
	t.Run("a master's", func(t *testing.T) {
		o := &office{tb: t, dir: dir}
		masterJSON := must(os.ReadFile("../brands/example/master.json"))
		o.write("master.json", bytes.Replace(masterJSON, []byte(`"schema": 1,`), []byte(`"schema": 1, "allow_unsigned": true,`), 1))
		number := writeLicence(t, o)
		macMust(t, "profile", "sign", "-in", in("master.json"), "-issuer-key", in("issuer"), "-out", in("master"), "-licence", in(number+".licence"), "-licence-issuer", in("relay.pub"))
		macMust(t, "macos", "make", "-intel", o.asMaster(in("intel"), "intel-master"), "-apple", o.asMaster(in("apple"), "apple-master"), "-profile", in("master"),
			"-issuer", in("issuer.pub"), "-out", in("master.zip"), "-adhoc")
		if info, err := os.Stat(in("master.zip")); err != nil || info.Mode().Perm() != privateMode {
			t.Errorf("got %v, %v, want a file for its owner alone", info.Mode(), err)
		}
	})
	macMust(t, "release", "sign", "-file", file, "-serial", "1", "-issuer-key", in("issuer"), "-out", in("releases.json"))

	if said := macMust(t, "profile", "show", "-in", file, "-issuer", in("issuer.pub")); said["id"] != "musterhafen-hilfe" {
		t.Errorf("profile show: got %v", said)
	}
	if said := macMust(t, "template", "-in", file); said["system"] != "darwin" || !strings.Contains(fmt.Sprint(said["carries"]), "musterhafen-hilfe") {
		t.Errorf("template: got %v", said)
	}
	macMust(t, "sbom", "-in", file)
	parts := string(must(os.ReadFile(file + ".cdx.json")))
	sum, _ := made["sha256"].(string)
	for want, n := range map[string]int{`"value": "amd64"`: 1, `"value": "arm64"`: 1, `"value": "darwin"`: 1, `"name": "std"`: 1, `"version": "` + profile.Version + `"`: 1, sum: 1} {
		if got := strings.Count(parts, want); got != n {
			t.Errorf("sbom: got %s %d times, want %d", want, got, n)
		}
	}

	// A Mac staples a ticket that names both slices.
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := darwin.Unzip(content)
	if err != nil {
		t.Fatal(err)
	}
	// A slice taken out of it carries the profile, and nothing that binds its code
	// to who signed the bundle.
	intel, apple, err := darwin.Slices(bundle.Program())
	if err != nil {
		t.Fatal(err)
	}
	for name, slice := range map[string][]byte{"slice-amd64": intel, "slice-arm64": apple} {
		write(name, slice)
		for _, more := range [][]string{trust, {"-unsigned"}} {
			args := append([]string{"verify", "-in", in(name), "-issuer", in("issuer.pub")}, more...)
			if code, said := macRun(t, args...); code != exitRefused || !strings.Contains(fmt.Sprint(said["hint"]), "macos verify") {
				t.Errorf("%q: exit %d, %v", args, code, said)
			}
		}
	}
	returned := func(name string) {
		t.Helper()
		var out bytes.Buffer
		if err := bundle.Zip(&out); err != nil {
			t.Fatal(err)
		}
		write(name, out.Bytes())
	}
	back := func(name string) []string {
		return append([]string{"macos", "notarised", "-handed-out", file, "-returned", in(name), "-out", in("final.zip"), "-issuer", in("issuer.pub")}, trust...)
	}
	if code, said := macRun(t, back("musterhafen-hilfe-macos.zip")...); code != exitRefused {
		t.Errorf("without a ticket: exit %d, %v", code, said)
	}
	ticket := []byte("s8ch")
	for _, name := range []string{"cdhash_amd64", "cdhash_arm64"} {
		text, _ := made[name].(string)
		hash, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		ticket = append(ticket, hash...)
	}
	bundle.Files["CodeResources"] = ticket
	returned("stapled.zip")
	bundle.Files["Info.plist"] = append(bundle.Files["Info.plist"], ' ')
	returned("altered.zip")
	if code, said := macRun(t, back("altered.zip")...); code != exitRefused {
		t.Errorf("altered: exit %d, %v", code, said)
	}
	macMust(t, back("stapled.zip")...)
	if read := macMust(t, check(in("final.zip"))...); read["notarised"] == "no ticket" {
		t.Errorf("got %v", read)
	}
}
