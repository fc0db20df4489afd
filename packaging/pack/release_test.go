package pack

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"lotse/packaging/profile"
	"lotse/packaging/signtest"
)

func TestReleaseListNamesTheFiles(t *testing.T) {
	o := newOffice(t)
	o.ok(o.make("-out", o.dir)...)
	file := o.path("musterhafen-hilfe.exe")
	o.ok("release", "sign", "-file", file, "-serial", "3", "-issuer-key", o.path("issuer"), "-out", o.path("releases.json"))
	show := []string{"release", "show", "-in", o.path("releases.json"), "-issuer", o.path("issuer.pub")}
	if out := o.ok(append(show, "-file", file, "-min-serial", "3")...); !strings.Contains(out, "(participant, windows, nogl)") {
		t.Errorf("got %s, want how the template was built", out)
	}
	if code, _, _ := run(t, "", append(show, "-min-serial", "4")...); code != exitRefused {
		t.Errorf("an older list: got exit %d", code)
	}
	b := o.read("musterhafen-hilfe.exe")
	b[len(b)/2] ^= 1
	o.write("musterhafen-hilfe.exe", b)
	if code, _, _ := run(t, "", append(show, "-file", file)...); code != exitRefused {
		t.Errorf("another file: got exit %d", code)
	}
}

// What the list names is what programs are replaced by.
func TestReleaseListTakesOnlyWhatProgramsCanTake(t *testing.T) {
	o := newOffice(t)
	hilfe := o.path("hilfe")
	o.ok("make", "-template", o.files["participant linux"], "-profile", o.path("participant.profile"), "-issuer", o.path("issuer.pub"), "-out", hilfe, "-unsigned")
	program := o.read("hilfe")
	o.write("second", program)
	damaged := bytes.Clone(program)
	damaged[profile.FindSlots(damaged)[0]+200] ^= 1
	o.write("damaged", damaged)
	for name, row := range map[string]struct {
		files []string
		code  int
		says  string
	}{
		"as it is":      {[]string{hilfe}, 0, ""},
		"a template":    {[]string{o.files["participant linux"]}, exitRefused, "brand it first"},
		"damaged":       {[]string{o.path("damaged")}, exitRefused, ""},
		"two of a kind": {[]string{hilfe, o.path("second")}, exitRefused, "the same system"},
	} {
		args := []string{"release", "sign", "-serial", "1", "-issuer-key", o.path("issuer"), "-out", o.path("releases.json"), "-force"}
		for _, file := range row.files {
			args = append(args, "-file", file)
		}
		if code, _, errs := run(t, "", args...); code != row.code || !strings.Contains(errs, row.says) {
			t.Errorf("%s: got exit %d: %s", name, code, errs)
		}
	}
}

// older writes a template or program of version 0.0.9 beside the office's files.
func (o *office) older(in, name string) string {
	o.tb.Helper()
	older, err := signtest.Older(must(os.ReadFile(in)))
	if err != nil {
		o.tb.Fatal(err)
	}
	o.write(name, older)
	return o.path(name)
}

// A program is what it says itself, not what the lotse-pack says that is at
// hand.
func TestVersionsAreNotMixed(t *testing.T) {
	o := newOffice(t)
	args := o.make("-out", o.path("out.exe"))
	args[slices.Index(args, "-template")+1] = o.older(o.files["participant windows"], "older.exe")
	if code, _, errs := run(t, "", args...); code != exitRefused || !strings.Contains(errs, "one release") {
		t.Errorf("an older template: got exit %d: %s", code, errs)
	}
	hilfe := o.path("hilfe")
	o.ok("make", "-template", o.files["participant linux"], "-profile", o.path("participant.profile"), "-issuer", o.path("issuer.pub"), "-out", hilfe, "-unsigned")
	older := o.older(hilfe, "older")
	if out := o.ok("template", "-in", older); !strings.Contains(out, "version 0.0.9") {
		t.Errorf("got %q", out)
	}
	if out := o.ok("verify", "-in", older, "-issuer", o.path("issuer.pub"), "-unsigned"); !strings.Contains(out, "version  0.0.9") {
		t.Errorf("got %q", out)
	}
	list := []string{"release", "sign", "-serial", "1", "-issuer-key", o.path("issuer"), "-out", o.path("releases.json"), "-file"}
	if code, _, errs := run(t, "", append(list, hilfe, "-file", older)...); code != exitRefused || !strings.Contains(errs, "0.0.9") {
		t.Errorf("two versions: got exit %d: %s", code, errs)
	}
	if out := o.ok(append(list, older)...); !strings.Contains(out, "version 0.0.9, programs before 0.0.9 are too old") {
		t.Errorf("got %q, want the version of the program", out)
	}
}
