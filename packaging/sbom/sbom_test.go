package sbom

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"lotse/packaging/profile"
	"lotse/packaging/signtest"
)

// What nothing is branded with says its version as well, and Go's own tools say
// none of ours.
func TestVersionIsTheProgramsOwn(t *testing.T) {
	dir := t.TempDir()
	for _, app := range []string{"signer", "relay"} {
		file, err := signtest.Build(t.Context(), dir, "linux", app)
		if err != nil {
			t.Fatal(err)
		}
		program, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		older, err := signtest.Older(program)
		if err != nil {
			t.Fatal(err)
		}
		nobodys := bytes.Replace(program, []byte("NOISREV ESTOL"), []byte("NOISREV OTHER"), 1)
		for want, program := range map[string][]byte{profile.Version: program, "0.0.9": older, "": nobodys} {
			out, err := Of(program, app, program)
			if err != nil {
				t.Fatal(err)
			}
			var bom cdx.BOM
			if err := json.Unmarshal(out, &bom); err != nil || bom.Metadata.Component.Version != want {
				t.Errorf("%s: got %+v, %v, want version %q", app, bom.Metadata.Component.Version, err, want)
			}
		}
	}
}

// TestListAgreesWithGo compares the list of a real program with what go version
// -m prints.
func TestListAgreesWithGo(t *testing.T) {
	self, err := signtest.Build(t.Context(), t.TempDir(), "linux", "packager")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Of(program, "self", program)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Of(program, "self", program)
	if err != nil || !bytes.Equal(got, again) {
		t.Errorf("the same program gave another list, %v", err)
	}
	var bom cdx.BOM
	if err := json.Unmarshal(got, &bom); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "version", "-m", self).Output()
	if err != nil {
		t.Fatal(err)
	}
	// The first line is the file's name and Go's version; mod is ours.
	_, goVersion, _ := strings.Cut(strings.SplitN(string(out), "\n", 2)[0], ": ")
	want := []string{"go:version " + goVersion, "std " + strings.TrimPrefix(goVersion, "go")}
	for line := range strings.Lines(string(out)) {
		key, value, _ := strings.Cut(strings.Trim(line, "\t\n"), "\t")
		switch name, setting, _ := strings.Cut(value, "="); key {
		case "dep":
			want = append(want, strings.Join(strings.Fields(value), " "))
		case "build":
			want = append(want, "go:build:"+name+" "+strings.Trim(setting, `"`))
		case "path":
			want = append(want, "go:path "+value)
		}
	}
	var have []string
	for _, p := range *bom.Metadata.Component.Properties {
		have = append(have, p.Name+" "+p.Value)
	}
	for _, c := range *bom.Components {
		part := c.Name + " " + c.Version
		if c.Properties != nil {
			part += " " + (*c.Properties)[0].Value // Go's own checksum
		}
		have = append(have, part)
	}
	slices.Sort(want)
	slices.Sort(have)
	if !slices.Equal(have, want) {
		t.Errorf("got %q, want %q", have, want)
	}
	if got := bom.Metadata.Component.Version; got != profile.Version {
		t.Errorf("version: got %q, want %q", got, profile.Version)
	}
	if (*bom.Metadata.Component.Hashes)[0].Value == "" || !strings.HasPrefix(bom.SerialNumber, "urn:uuid:") {
		t.Errorf("got %+v", bom.Metadata.Component)
	}
}

func TestWhatIsNoProgramHasNoList(t *testing.T) {
	for _, b := range [][]byte{nil, []byte("MZ"), bytes.Repeat([]byte{0}, 1000)} {
		if _, err := Of(b, "x", b); !errors.Is(err, ErrProgram) {
			t.Errorf("got %v, want %v", err, ErrProgram)
		}
	}
}
