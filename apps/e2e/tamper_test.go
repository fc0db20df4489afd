//go:build e2e && linux

package e2e

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"golang.org/x/mod/sumdb/note"

	"lotse/apps/stage"
	"lotse/packaging/authenticode"
	"lotse/packaging/profile"
	"lotse/packaging/sign"
	"lotse/packaging/signer"
	"lotse/packaging/signtest"
)

const (
	templates = "../../out/templates"
	packer    = "../../out/dist/lotse-pack"
	example   = "../../packaging/brands/example"
	// noProfile is how our programs end that may not run with what they carry.
	noProfile = 3
	// crashed is how Go's runtime ends a program.
	crashed = 2
	// whole is the row of the program as it was made.
	whole = "nothing"
)

// tampered is a row of the table: what was done, and whether the program may
// start.
type tampered struct {
	name    string
	program []byte
	starts  bool
}

// TestTamperedProgramsUnderWine alters a signed program in every way we know
// and asks three who should notice: osslsigncode, lotse-pack verify, and the
// program itself. lotse-pack takes none of them. Two start: the organisation's
// own older program, which its relays turn away, and a stranger's that is whole
// and signed by that stranger, as he could have made it without ours.
func TestTamperedProgramsUnderWine(t *testing.T) {
	dir := t.TempDir()
	pack, err := filepath.Abs(packer)
	must(t, err)
	office, err := stage.Open(t.Context(), pack, dir, "Stadtwerke Musterhafen")
	must(t, err)
	t.Cleanup(office.Close)
	template := filepath.Join(templates, "lotse-participant-nogl.exe")
	must(t, office.Profile(example+"/participant.json", "now", func(map[string]any) {}))
	must(t, office.Profile(example+"/participant.json", "older", func(d map[string]any) { d["serial"] = 6 }))
	must(t, office.Sign(t.Context(), "now", "-logo", example+"/logo.png"))
	must(t, office.Sign(t.Context(), "older", "-logo", example+"/logo.png"))
	for name, file := range map[string]string{"now": "now.exe", "older": "older.exe"} {
		_, err := office.Make(t.Context(), template, name, office.Path(file))
		must(t, err)
	}
	good, err := os.ReadFile(office.Path("now.exe"))
	must(t, err)
	older, err := os.ReadFile(office.Path("older.exe"))
	must(t, err)
	rows := []tampered{{whole, good, true}}
	all, err := signtest.Tamper(good, "Musterhafen Hilfe")
	must(t, err)
	for _, a := range all {
		rows = append(rows, tampered{a.Name, a.Program, false})
	}
	rows = append(rows, tampered{"older serial, signed", older, true})
	rows = append(rows, swapped(t, office, good)...)
	rows = append(rows, guarded(t, office, good)...)

	p := prefix(t)
	d, err := stage.StartDisplay(t.Context(), image.Pt(1024, 768))
	must(t, err)
	t.Cleanup(d.Close)
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "altered\tosslsigncode\tlotse-pack verify\tthe program itself")
	for i, row := range rows {
		file := office.Path(fmt.Sprintf("row%d.exe", i))
		must(t, os.WriteFile(file, row.program, 0o600))
		_, ossl := office.Osslsigncode(t.Context(), file)
		ours := office.Verify(t.Context(), file, "-min-serial", "7")
		itself := behaves(t, p, d, file)
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", row.name, word(ossl), word(ours), itself)
		if (ours == nil) != (row.name == whole) || row.name == whole && ossl != nil {
			t.Errorf("%s: lotse-pack verify: %v; osslsigncode: %v", row.name, ours, ossl)
		}
		want := fmt.Sprint("exit ", noProfile)
		switch {
		case row.starts:
			want = started
		case row.name == "code" && itself == fmt.Sprint("exit ", crashed):
			want = itself // before it could look at itself
		}
		if itself != want {
			t.Errorf("%s: the program: %s, want %s", row.name, itself, want)
		}
		must(t, os.Remove(file))
	}
	must(t, w.Flush())
	must(t, os.MkdirAll(pictures, 0o755))
	must(t, os.WriteFile(filepath.Join(pictures, "tamper.txt"), []byte(table.String()), 0o600))
	readme, err := os.ReadFile("../../packaging/README.md")
	must(t, err)
	for line := range strings.Lines(table.String()) {
		if !strings.HasPrefix(line, "code ") && !strings.Contains(string(readme), "    "+line) { // how that one ends depends on the byte
			t.Errorf("packaging/README.md has no line %q", line)
		}
	}
	t.Log("\n" + table.String())
}

func word(err error) string {
	if err != nil {
		return "refused"
	}
	return "taken"
}

// swapped are programs that were put together again with another profile.
func swapped(t *testing.T, office *stage.Office, good []byte) []tampered {
	t.Helper()
	stranger, err := stage.Open(t.Context(), office.Pack, t.TempDir(), "Stranger")
	must(t, err)
	t.Cleanup(stranger.Close)
	must(t, stranger.Profile(example+"/participant.json", "theirs", func(map[string]any) {}))
	must(t, stranger.Sign(t.Context(), "theirs", "-logo", example+"/logo.png"))
	theirs, err := os.ReadFile(stranger.Path("theirs.profile"))
	must(t, err)
	slot, err := profile.ReadSlot(good)
	must(t, err)
	theirKey, err := os.ReadFile(stranger.Path("issuer.pub"))
	must(t, err)
	note := withSlot(t, good, slot.Issuers[0], theirs)
	both := withSlot(t, good, strings.TrimSpace(string(theirKey)), theirs)
	master := withSlot(t, good, slot.Issuers[0], masterProfile(t, office))
	return []tampered{
		{"another issuer's profile", note, false},
		{"another issuer's profile, signed anew", signed(t, office, office, note), false},
		{"another issuer's profile and key", both, false},
		{"another issuer's profile and key, signed by a stranger", signed(t, office, stranger, both), true},
		{"another issuer's profile and key, signed anew", signed(t, office, office, both), false},
		{"the master's profile", master, false},
		{"the master's profile, signed anew", signed(t, office, office, master), false},
		{"a master with the participant's profile, signed anew", signed(t, office, office, withSlot(t, masterProgram(t, office), slot.Issuers[0], slot.Note)), false},
	}
}

// masterProgram is the moderator's program as it was made.
func masterProgram(t *testing.T, office *stage.Office) []byte {
	t.Helper()
	_, err := office.Make(t.Context(), filepath.Join(templates, "lotse-master.exe"), "master", office.Path("master.exe"))
	must(t, err)
	b, err := os.ReadFile(office.Path("master.exe"))
	must(t, err)
	return b
}

// guarded are programs with profiles that switch off what protects the customer,
// signed with the keys of the organisation itself.
func guarded(t *testing.T, office *stage.Office, good []byte) (rows []tampered) {
	t.Helper()
	key, err := os.ReadFile(office.Path("issuer"))
	must(t, err)
	by, err := note.NewSigner(strings.TrimSpace(string(key)))
	must(t, err)
	slot, err := profile.ReadSlot(good)
	must(t, err)
	for _, field := range []string{"consent", "bar", "stop_key"} {
		theirs, err := signtest.Guarded(slot.Note, slot.Issuers[0], field, by)
		must(t, err)
		rows = append(rows, tampered{"a profile with " + field + " off, by the issuer, signed anew", signed(t, office, office, withSlot(t, good, slot.Issuers[0], theirs)), false})
	}
	return rows
}

// masterProfile signs the moderator's profile, with a licence.
func masterProfile(t *testing.T, office *stage.Office) []byte {
	t.Helper()
	licence, err := office.Licence()
	must(t, err)
	must(t, office.Profile(example+"/master.json", "master", func(map[string]any) {}))
	must(t, office.Sign(t.Context(), "master", "-logo", example+"/logo.png", "-licence", licence))
	b, err := os.ReadFile(office.Path("master.profile"))
	must(t, err)
	return b
}

// withSlot puts a note and an issuer into a program's slot, and mends the
// checksum.
func withSlot(t *testing.T, program []byte, issuer string, note []byte) []byte {
	t.Helper()
	out, err := signtest.Carry(program, issuer, note)
	must(t, err)
	must(t, authenticode.SetChecksum(out))
	return out
}

// signed takes a program's signature away and signs it with a key of by.
func signed(t *testing.T, office, by *stage.Office, program []byte) []byte {
	t.Helper()
	bare, err := signtest.Strip(program)
	must(t, err)
	key, err := sign.Open(signer.Key{File: by.Path("key.pem")})
	must(t, err)
	defer key.Close()
	roots, err := office.Roots()
	must(t, err)
	out, err := sign.Windows(t.Context(), bare, key, "", "", &sign.Stamper{URL: office.Stamp, Roots: roots})
	must(t, err)
	return out
}

// started is what a program does that runs.
const started = "starts"

// behaves starts a program under Wine and says what it did: it showed its window,
// or ended with a code, after somebody clicked its message away.
func behaves(t *testing.T, p *stage.Prefix, d *stage.Display, file string) string {
	t.Helper()
	run, err := stage.Start(t.Context(), stage.Command{
		Name: "wine", Args: []string{file}, Env: append(append(p.Env(), d.Env()...), "HOME="+t.TempDir(), "LANG=C.UTF-8"),
	})
	must(t, err)
	defer run.Stop()
	what := ""
	err = stage.Until(t.Context(), time.Minute, "what the program does", func() (bool, error) {
		if !run.Running() {
			what = fmt.Sprint("exit ", run.Code())
			return true, nil
		}
		if _, err := d.Do(t.Context(), "search", "--onlyvisible", "--name", "^Musterhafen"); err == nil {
			what = started
			return true, nil
		}
		// Windows' message box and a window of ours have one button, which takes
		// the space bar once it has the keyboard.
		_, _ = d.Do(t.Context(), "search", "--onlyvisible", "--name", "^Lotse$", "windowfocus", "key", "Tab", "space") // there may be none yet
		return false, nil
	})
	if err != nil {
		return "hangs"
	}
	return what
}
