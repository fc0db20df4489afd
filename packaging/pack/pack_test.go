package pack

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"lotse/packaging/sign"
	"lotse/packaging/signtest"
	"lotse/packaging/windows"
)

// built are the real programs that the tests work with.
var built struct {
	sync.Once

	dir   string
	files map[string]string
	err   error
}

// signerVariable makes this test program be lotse-sign.
const signerVariable = "LOTSE_PACK_TEST_SIGNER"

func TestMain(m *testing.M) {
	if os.Getenv(signerVariable) == "1" {
		if err := sign.Serve(context.Background(), os.Stdin, os.Stdout); err != nil { //nolint:forbidigo // this is lotse-sign's main
			os.Exit(1) //nolint:forbidigo // as above
		}
		os.Exit(0) //nolint:forbidigo // as above
	}
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code) //nolint:forbidigo // this is the main of a test binary
}

// programs builds templates once for all tests; this program is lotse-sign.
func programs(tb testing.TB) map[string]string {
	tb.Helper()
	built.Do(func() {
		built.files = make(map[string]string)
		built.dir, built.err = os.MkdirTemp("", "lotse-pack-test-") //nolint:usetesting // it outlives the test that makes it
		for _, p := range [][2]string{{"windows", "participant"}, {"linux", "participant"}} {
			if built.err == nil {
				built.files[p[1]+" "+p[0]], built.err = signtest.Build(tb.Context(), built.dir, p[0], p[1])
			}
		}
	})
	if built.err != nil {
		tb.Fatal(built.err)
	}
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Setenv(signerVariable, "1")
	built.files["signer linux"] = self
	return built.files
}

// office is an IT department: a folder with its keys and certificates, and a
// time-stamping authority.
type office struct {
	tb    testing.TB
	dir   string
	files map[string]string
	stamp string
	ca    *signtest.Authority
}

func newOffice(tb testing.TB) *office {
	tb.Helper()
	o := &office{tb: tb, dir: tb.TempDir(), files: programs(tb)}
	ca, err := signtest.New("authority")
	if err != nil {
		tb.Fatal(err)
	}
	o.ca = ca
	key, err := signtest.RSA()
	if err != nil {
		tb.Fatal(err)
	}
	leaf, err := ca.CodeSigner("Stadtwerke Musterhafen", key.Public())
	if err != nil {
		tb.Fatal(err)
	}
	o.pem("root.pem", nil, ca.Certificate)
	o.pem("signer.pem", nil, leaf)
	keyFile, err := signtest.PEM(key, leaf)
	if err != nil {
		tb.Fatal(err)
	}
	o.write("key.pem", keyFile)
	stamper, err := ca.NewStamper()
	if err != nil {
		tb.Fatal(err)
	}
	server := httptest.NewServer(stamper)
	tb.Cleanup(server.Close)
	o.stamp = server.URL
	o.ok("keys", "new", "-name", "musterhafen", "-out", o.path("issuer"))
	o.sign("participant")
	return o
}

func (o *office) path(name string) string { return filepath.Join(o.dir, name) }

func (o *office) write(name string, b []byte) {
	o.tb.Helper()
	if err := os.WriteFile(o.path(name), b, 0o600); err != nil {
		o.tb.Fatal(err)
	}
}

func (o *office) read(name string) []byte {
	o.tb.Helper()
	b, err := os.ReadFile(o.path(name))
	if err != nil {
		o.tb.Fatal(err)
	}
	return b
}

func (o *office) pem(name string, _ any, c *x509.Certificate) {
	o.tb.Helper()
	b, err := signtest.PEM(nil, c)
	if err != nil {
		o.tb.Fatal(err)
	}
	o.write(name, b)
}

// sign signs the example's profile for a participant.
func (o *office) sign(edition string) {
	o.tb.Helper()
	o.ok("profile", "sign", "-in", "../brands/example/"+edition+".json", "-logo", "../brands/example/logo.png", "-signer-certificate", o.path("signer.pem"),
		"-licence-issuer", o.path("issuer.pub"), "-issuer-key", o.path("issuer"), "-out", o.path(edition+".profile"))
}

// run runs a command and returns what it printed.
func run(tb testing.TB, stdin string, args ...string) (code int, out, errs string) {
	tb.Helper()
	var stdout, stderr bytes.Buffer
	code = Main(tb.Context(), args, Std{strings.NewReader(stdin), &stdout, &stderr})
	return code, stdout.String(), stderr.String()
}

func (o *office) ok(args ...string) string {
	o.tb.Helper()
	code, out, errs := run(o.tb, "", args...)
	if code != 0 {
		o.tb.Fatalf("%q: exit %d: %s", args, code, errs)
	}
	return out
}

// make are the arguments that make a signed program.
func (o *office) make(more ...string) []string {
	return append([]string{
		"make", "-template", o.files["participant windows"], "-profile", o.path("participant.profile"), "-issuer", o.path("issuer.pub"),
		"-key", o.path("key.pem"), "-stamp", o.stamp, "-roots", o.path("root.pem"), "-signer-certificate", o.path("signer.pem"),
		"-signer", o.files["signer linux"],
	}, more...)
}

func (o *office) verify(file string, more ...string) []string {
	return append([]string{
		"verify", "-in", file, "-issuer", o.path("issuer.pub"), "-roots", o.path("root.pem"), "-signer-certificate", o.path("signer.pem"),
	}, more...)
}

func TestMakeBrandsSignsAndVerifies(t *testing.T) {
	o := newOffice(t)
	out := o.ok(o.make("-out", o.dir, "-json", "-sbom")...)
	var m made
	if err := json.Unmarshal([]byte(out), &m); err != nil {
		t.Fatal(err)
	}
	if m.File != o.path("musterhafen-hilfe.exe") || m.Profile.Serial != 7 || !strings.Contains(m.Signer, "Musterhafen") || m.Stamped == "" || len(m.Steps) != 4 {
		t.Errorf("got %+v", m)
	}
	o.ok(o.verify(m.File)...)
	if len(o.read("musterhafen-hilfe.exe.cdx.json")) == 0 {
		t.Error("no list of parts")
	}
	left, err := filepath.Glob(o.path(".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
	// A second time nothing is replaced.
	before := o.read("musterhafen-hilfe.exe")
	code, _, errs := run(t, "", o.make("-out", o.dir)...)
	if code != exitFailed || !strings.Contains(errs, "-force") || !bytes.Equal(before, o.read("musterhafen-hilfe.exe")) {
		t.Errorf("got exit %d: %s", code, errs)
	}
	o.ok(o.make("-out", o.dir, "-force")...)
}

// What can't be written whole is not begun.
func TestListOfPartsIsInNobodysWay(t *testing.T) {
	o := newOffice(t)
	o.write("musterhafen-hilfe.exe.cdx.json", []byte("{}"))
	code, _, errs := run(t, "", o.make("-out", o.dir, "-sbom")...)
	if _, err := os.Stat(o.path("musterhafen-hilfe.exe")); code != exitFailed || !strings.Contains(errs, "-force") || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got exit %d, %v: %s", code, err, errs)
	}
	o.ok(o.make("-out", o.dir, "-sbom", "-force")...)
}

func TestVerifyExpectsWhatItIsTold(t *testing.T) {
	o := newOffice(t)
	file := o.path("musterhafen-hilfe.exe")
	o.ok(o.make("-out", o.dir)...)
	o.ok("keys", "new", "-name", "musterhafen", "-out", o.path("another"))
	other := newOffice(t)
	for name, row := range map[string]struct {
		args []string
		code int
	}{
		"as it is":            {o.verify(file, "-min-serial", "7"), 0},
		"another issuer":      {[]string{"verify", "-in", file, "-issuer", o.path("another.pub"), "-roots", o.path("root.pem"), "-signer-certificate", o.path("signer.pem")}, exitRefused},
		"an older serial":     {o.verify(file, "-min-serial", "8"), exitRefused},
		"another root":        {[]string{"verify", "-in", file, "-issuer", o.path("issuer.pub"), "-roots", other.path("root.pem"), "-signer-certificate", o.path("signer.pem")}, exitRefused},
		"another signer":      {[]string{"verify", "-in", file, "-issuer", o.path("issuer.pub"), "-roots", o.path("root.pem"), "-signer-certificate", other.path("signer.pem")}, exitRefused},
		"the profile's":       {[]string{"verify", "-in", file, "-issuer", o.path("issuer.pub"), "-roots", o.path("root.pem")}, 0},
		"unsigned, if so":     {o.verify(file, "-unsigned"), exitRefused},
		"the system's roots":  {[]string{"verify", "-in", file, "-issuer", o.path("issuer.pub"), "-signer-certificate", o.path("signer.pem")}, exitRefused},
		"no issuer":           {[]string{"verify", "-in", file}, exitUsage},
		"a template":          {o.verify(o.files["participant windows"]), exitRefused},
		"no program":          {o.verify(o.path("root.pem")), exitRefused},
		"a file that is none": {o.verify(o.path("none.exe")), exitFailed},
	} {
		code, _, errs := run(t, "", row.args...)
		if code != row.code {
			t.Errorf("%s: got exit %d, want %d: %s", name, code, row.code, errs)
		}
	}
}

// A program looks at its profile's signers alone, so one without any would be
// handed out and start nowhere.
func TestProgramsThatWouldNotStartAreNotMade(t *testing.T) {
	o := newOffice(t)
	for name, row := range map[string]struct {
		more  []string // of profile sign
		warns string
	}{
		"no signers": {nil, "neither signers"},
		"teams":      {[]string{"-signer-team", "MUSTER1234"}, "teams of Apple's alone"},
	} {
		in := []string{"-in", "../brands/example/participant.json", "-licence-issuer", o.path("issuer.pub")}
		for _, command := range [][]string{{"check"}, {"sign", "-issuer-key", o.path("issuer"), "-out", o.path("participant.profile"), "-force"}} {
			if out := o.ok(slices.Concat([]string{"profile"}, command, in, row.more)...); !strings.Contains(out, "Warning: ") || !strings.Contains(out, row.warns) {
				t.Errorf("%s: profile %s: got %q, want a warning", name, command[0], out)
			}
		}
		for _, args := range [][]string{
			o.make("-out", o.path("out.exe")),
			{"external", "out", "-template", o.files["participant windows"], "-profile", o.path("participant.profile"), "-issuer", o.path("issuer.pub"), "-out", o.path("out.exe")},
		} {
			if code, _, errs := run(t, "", args...); code != exitRefused || !strings.Contains(errs, "would not start") {
				t.Errorf("%s: %s: got exit %d: %s", name, args[0], code, errs)
			}
		}
		if left, err := filepath.Glob(o.path("*out.exe*")); err != nil || len(left) > 0 {
			t.Errorf("%s: left behind: %q, %v", name, left, err)
		}
		o.ok("make", "-template", o.files["participant linux"], "-profile", o.path("participant.profile"), "-issuer", o.path("issuer.pub"), "-out", o.path("hilfe"), "-unsigned", "-force")
	}
	check := []string{"profile", "check", "-in", "../brands/example/participant.json", "-signer-certificate", o.path("signer.pem"), "-licence-issuer", o.path("issuer.pub")}
	if out := o.ok(check...); strings.Contains(out, "Warning") {
		t.Errorf("got %q, want no warning", out)
	}
}

// A customer's program believes a licence only from who its profile names.
func TestProgramsThatWouldTurnEverybodyAwayAreNotMade(t *testing.T) {
	o := newOffice(t)
	signed := o.ok("profile", "sign", "-in", "../brands/example/participant.json", "-signer-certificate", o.path("signer.pem"),
		"-issuer-key", o.path("issuer"), "-out", o.path("participant.profile"), "-force")
	if !strings.Contains(signed, "Warning: ") || !strings.Contains(signed, "-licence-issuer") {
		t.Errorf("got %q, want a warning", signed)
	}
	if code, _, errs := run(t, "", o.make("-out", o.path("out.exe"))...); code != exitRefused || !strings.Contains(errs, "licence_issuers") {
		t.Errorf("got exit %d: %s", code, errs)
	}
}

func TestLinuxIsBrandedUnsigned(t *testing.T) {
	o := newOffice(t)
	args := []string{"make", "-template", o.files["participant linux"], "-profile", o.path("participant.profile"), "-issuer", o.path("issuer.pub"), "-out", o.path("hilfe")}
	if code, _, errs := run(t, "", append(args, "-no-stamp")...); code != exitUsage {
		t.Errorf("got exit %d, want that it asks for -unsigned: %s", code, errs)
	}
	o.ok(append(args, "-unsigned")...)
	verify := []string{"verify", "-in", o.path("hilfe"), "-issuer", o.path("issuer.pub")}
	o.ok(append(verify, "-unsigned")...)
	if code, _, errs := run(t, "", verify...); code != exitRefused || !strings.Contains(errs, "-unsigned") {
		t.Errorf("nobody said that nobody signed: got exit %d: %s", code, errs)
	}
	if info, err := os.Stat(o.path("hilfe")); err != nil || info.Mode()&0o111 == 0 {
		t.Errorf("got %v, %v, want a program", info.Mode(), err)
	}
}

func TestExternalSigningTakesBackOnlyTheSameProgram(t *testing.T) {
	o := newOffice(t)
	handed, signed := o.path("handed.exe"), o.path("signed.exe")
	o.ok("external", "out", "-template", o.files["participant windows"], "-profile", o.path("participant.profile"), "-issuer", o.path("issuer.pub"), "-out", handed)
	trust := []string{"-issuer", o.path("issuer.pub"), "-roots", o.path("root.pem"), "-signer-certificate", o.path("signer.pem")}
	o.ok(append([]string{
		"sign", "-in", handed, "-out", signed, "-key", o.path("key.pem"), "-stamp", o.stamp, "-signer", o.files["signer linux"],
	}, trust...)...)
	back := func(signed, out string) int {
		code, _, _ := run(t, "", append([]string{"external", "in", "-unsigned", handed, "-signed", signed, "-out", out}, trust...)...)
		return code
	}
	if code := back(signed, o.path("taken.exe")); code != 0 {
		t.Errorf("got exit %d", code)
	}
	// Another program, as well signed, is not what was handed out.
	text := bytes.Replace(must(os.ReadFile("../brands/example/participant.json")), []byte(`"serial": 7`), []byte(`"serial": 8`), 1)
	o.write("eight.json", text)
	o.ok("profile", "sign", "-in", o.path("eight.json"), "-signer-certificate", o.path("signer.pem"), "-licence-issuer", o.path("issuer.pub"), "-issuer-key", o.path("issuer"), "-out", o.path("participant.profile"), "-force")
	o.ok(o.make("-out", o.path("eight.exe"))...)
	for name, file := range map[string]string{"another program": o.path("eight.exe"), "unsigned": handed} {
		if code := back(file, o.path("not.exe")); code != exitRefused {
			t.Errorf("%s: got exit %d, want %d", name, code, exitRefused)
		}
		if _, err := os.Stat(o.path("not.exe")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: a file was written", name)
		}
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func TestProfilesThatSwitchOffProtectionAreRefused(t *testing.T) {
	o := newOffice(t)
	for _, field := range []string{"consent", "bar", "stop_key", "silent", "hidden"} {
		text := bytes.Replace(must(os.ReadFile("../brands/example/participant.json")), []byte(`"policy": {`), []byte(`"policy": { "`+field+`": false,`), 1)
		o.write("bad.json", text)
		for _, args := range [][]string{
			{"profile", "check", "-in", o.path("bad.json")},
			{"profile", "sign", "-in", o.path("bad.json"), "-issuer-key", o.path("issuer"), "-out", o.path("bad.profile")},
		} {
			code, _, errs := run(t, "", args...)
			if code != exitRefused || !strings.Contains(errs, "can't be switched off") {
				t.Errorf("%s: %s: got exit %d: %s", field, args[1], code, errs)
			}
		}
	}
}

func TestProfileToBeginWithIsOne(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new.json")
	const organisation = `Müller & "Söhne" <Hafen>`
	for name, row := range map[string]struct {
		edition, id, organisation string
		code                      int
	}{
		"a participant":            {"participant", "hafen-hilfe", organisation, 0},
		"a master":                 {"master", "hafen-hilfe", organisation, 0},
		"a master of no name":      {"master", "Bad ID", organisation, exitRefused},
		"a master that rings":      {"master", "hafen-hilfe", "Hafen\a", exitRefused},
		"a participant that rings": {"participant", "hafen-hilfe", "Hafen\a", exitRefused},
		"neither":                  {"relay", "hafen-hilfe", organisation, exitUsage},
	} {
		code, _, errs := run(t, "", "profile", "new", "-edition", row.edition, "-id", row.id, "-organisation", row.organisation, "-name", "Hilfe", "-out", file, "-force")
		text, err := os.ReadFile(file)
		if code != row.code || (err == nil) != (row.code == 0) {
			t.Errorf("%s: got exit %d, %v, want %d: %s", name, code, err, row.code, errs)
		}
		if err != nil {
			continue
		}
		var d struct {
			Edition      string `json:"edition"`
			Organisation string `json:"organisation"`
		}
		if err := json.Unmarshal(text, &d); err != nil || d.Edition != row.edition || d.Organisation != organisation {
			t.Errorf("%s: got %+v, %v", name, d, err)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
}

// What profile check takes goes into the details of a file, in any script.
func TestLongNamesGoIntoTheFile(t *testing.T) {
	o := newOffice(t)
	for _, letter := range []string{"あ", "😀"} {
		text := bytes.Replace(must(os.ReadFile("../brands/example/participant.json")), []byte("Stadtwerke Musterhafen"), []byte(strings.Repeat(letter, 64)), 1)
		o.write("long.json", text)
		o.ok("profile", "sign", "-in", o.path("long.json"), "-signer-certificate", o.path("signer.pem"), "-licence-issuer", o.path("issuer.pub"), "-issuer-key", o.path("issuer"), "-out", o.path("participant.profile"), "-force")
		o.ok(o.make("-out", o.path("long.exe"), "-force")...)
	}
	if got := exitCode(fmt.Errorf("brand: %w", windows.ErrResources)); got != exitRefused {
		t.Errorf("got exit %d, want %d", got, exitRefused)
	}
}

func TestFieldsAreNotReplaced(t *testing.T) {
	o := newOffice(t)
	text := bytes.Replace(must(os.ReadFile("../brands/example/participant.json")), []byte(`"lan"`), nil, 1)
	o.write("twice.json", bytes.Replace(text, []byte(`"schema": 1,`), []byte(`"schema": 1, "logo": "iVBORw0KGgo=",`), 1))
	code, _, errs := run(t, "", "profile", "check", "-in", o.path("twice.json"), "-logo", "../brands/example/logo.png")
	if code != exitRefused || !strings.Contains(errs, "twice") {
		t.Errorf("got exit %d: %s", code, errs)
	}
}

func TestNoStampNoProgram(t *testing.T) {
	o := newOffice(t)
	gone := httptest.NewServer(nil)
	gone.Close()
	args := o.make("-out", o.path("out.exe"))
	at := slices.Index(args, "-stamp") + 1
	args[at] = gone.URL
	code, _, errs := run(t, "", args...)
	if code != exitStamp || !strings.Contains(errs, "Nothing was written") {
		t.Errorf("got exit %d: %s", code, errs)
	}
	left, err := filepath.Glob(o.path("*out.exe*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
	args[at-1], args[at] = "-no-stamp", "-force"
	o.ok(args...)
	if code, _, _ := run(t, "", o.verify(o.path("out.exe"))...); code != exitRefused {
		t.Errorf("without a time stamp: got exit %d", code)
	}
	o.ok(o.verify(o.path("out.exe"), "-no-stamp")...)
}

func TestArguments(t *testing.T) {
	for _, args := range [][]string{{}, {"bake"}, {"make", "now"}, {"make", "-x"}, {"verify"}, {"keys", "new"}, {"profile"}} {
		if code, _, _ := run(t, "", args...); code != exitUsage {
			t.Errorf("%q: got exit %d, want %d", args, code, exitUsage)
		}
	}
	for _, args := range [][]string{{"help"}, {"make", "-h"}, {"version"}, {"version", "-json"}} {
		if code, _, _ := run(t, "", args...); code != 0 {
			t.Errorf("%q: got exit %d", args, code)
		}
	}
}

func TestErrorsInJSON(t *testing.T) {
	code, out, _ := run(t, "", "verify", "-json", "-in", "/nowhere", "-issuer", "nobody")
	var f failure
	if err := json.Unmarshal([]byte(out), &f); err != nil || f.Exit != code || code != exitFailed || f.Error == "" {
		t.Errorf("got exit %d, %q, %v", code, out, err)
	}
}

func BenchmarkMake(b *testing.B) {
	o := newOffice(b)
	for b.Loop() {
		o.ok(o.make("-out", o.dir, "-force")...)
	}
}
