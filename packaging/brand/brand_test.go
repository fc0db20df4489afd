package brand

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/pe"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/tc-hib/winres"
	"golang.org/x/mod/sumdb/note"

	ournote "lotse/crypto/note"
	"lotse/packaging/profile"
	"lotse/packaging/signtest"
)

// now is when the tests brand.
var now = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

// built are the templates, made by the first test that wants one.
var built struct {
	sync.Once

	files map[System][]byte
	err   error
}

// templates builds the customer's program without a toolkit, for Windows and
// Linux, as it is handed out: a real one that needs no C compiler.
func templates(tb testing.TB) map[System][]byte {
	tb.Helper()
	built.Do(func() { built.files, built.err = build(tb.Context(), tb.TempDir()) })
	if built.err != nil {
		tb.Fatal(built.err)
	}
	return built.files
}

func build(ctx context.Context, dir string) (map[System][]byte, error) {
	out := make(map[System][]byte)
	for _, system := range []System{Windows, Linux} {
		file := filepath.Join(dir, string(system))
		build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-trimpath", "-ldflags", "-s -w", "-tags", "nogl", "-o", file, "lotse/apps/participant")
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH=amd64", "GOFLAGS=", "GOOS="+string(system))
		said, err := build.CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("%w: %s", err, said)
		}
		if out[system], err = os.ReadFile(file); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func template(t *testing.T, s System) []byte {
	t.Helper()
	return templates(t)[s]
}

// example is the invented organisation's profile in a slot.
func example(tb testing.TB, change func(map[string]any)) profile.Slot {
	tb.Helper()
	logo, err := os.ReadFile("../brands/example/logo.png")
	if err != nil {
		tb.Fatal(err)
	}
	document := map[string]any{
		"schema": 1, "id": "musterhafen-hilfe", "serial": 1, "edition": "participant",
		"organisation": "Stadtwerke Musterhafen", "name": "Musterhafen Hilfe", "logo": logo,
		"relays": []any{map[string]any{"addr": "lotse.musterhafen.example:443", "region": "DE", "pins": []string{strings.Repeat("ab", 32)}}},
	}
	if change != nil {
		change(document)
	}
	text, err := json.Marshal(document)
	if err != nil {
		tb.Fatal(err)
	}
	seed := sha256.Sum256([]byte("tests"))
	private, verifier, err := ournote.KeyFromSeed("musterhafen", seed[:])
	if err != nil {
		tb.Fatal(err)
	}
	signer, err := note.NewSigner(private.Reveal())
	if err != nil {
		tb.Fatal(err)
	}
	signed, err := profile.Sign(text, signer)
	if err != nil {
		tb.Fatal(err)
	}
	return profile.Slot{Issuers: []string{verifier}, Note: signed}
}

func TestProgramCarriesTheProfile(t *testing.T) {
	for _, system := range []System{Windows, Linux} {
		in := template(t, system)
		if got, err := Look(in); err != nil || got != (Template{system, profile.ParticipantEdition, profile.Version}) {
			t.Fatalf("%s: got %+v, %v", system, got, err)
		}
		before := sha256.Sum256(in)
		out, err := Program(in, example(t, nil), now)
		if err != nil {
			t.Fatalf("%s: %v", system, err)
		}
		slot, err := profile.ReadSlot(out)
		if err != nil {
			t.Fatalf("%s: %v", system, err)
		}
		if _, p, err := slot.Open(); err != nil || p.AppName != "Musterhafen Hilfe" {
			t.Errorf("%s: got %+v, %v", system, p, err)
		}
		if sha256.Sum256(in) != before {
			t.Errorf("%s: the template was altered", system)
		}
		again, err := Program(in, example(t, nil), now)
		if err != nil || !bytes.Equal(out, again) {
			t.Errorf("%s: the same profile gave another file, %v", system, err)
		}
		if _, err := Program(out, example(t, nil), now); err == nil {
			t.Errorf("%s: branded twice", system)
		}
	}
}

func TestWindowsSaysWhoseItIs(t *testing.T) {
	out, err := Program(template(t, Windows), example(t, nil), now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pe.NewFile(bytes.NewReader(out)); err != nil {
		t.Fatal(err)
	}
	set, err := winres.LoadFromEXE(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	raw := set.Get(winres.RT_VERSION, winres.ID(1), 0x409)
	for _, want := range []string{"Musterhafen Hilfe", "Stadtwerke Musterhafen", "musterhafen-hilfe.exe", profile.Version + ".0"} {
		if !bytes.Contains(raw, utf16le(want)) {
			t.Errorf("the version information does not say %q", want)
		}
	}
	if bytes.Contains(raw, utf16le("Lotse")) {
		t.Error("the version information still says Lotse")
	}
	group, err := set.GetIcon(winres.Name("GLFW_ICON"))
	if err != nil {
		t.Fatal(err)
	}
	if !holdsColour(group, color.NRGBA{0x0e, 0x5a, 0x4f, 0xff}) {
		t.Error("the icon is not the organisation's")
	}
	icons := 0
	set.WalkType(winres.RT_GROUP_ICON, func(winres.Identifier, uint16, []byte) bool {
		icons++
		return true
	})
	if icons != 1 {
		t.Errorf("got %d icons, want 1: the template's must not stay", icons)
	}
}

// utf16le is text as Windows' resources have it.
func utf16le(s string) (out []byte) {
	for _, c := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, c)
	}
	return out
}

// holdsColour reports whether the largest picture of the icon, 256 pixels a
// side, has the colour near its upper edge.
func holdsColour(group *winres.Icon, want color.NRGBA) bool {
	var ico bytes.Buffer
	if err := group.SaveICO(&ico); err != nil {
		return false
	}
	for rest := ico.Bytes(); ; rest = rest[1:] {
		at := bytes.Index(rest, []byte("\x89PNG"))
		if at < 0 {
			return false
		}
		rest = rest[at:]
		if img, err := png.Decode(bytes.NewReader(rest)); err == nil && img.Bounds().Dx() == 256 {
			return color.NRGBAModel.Convert(img.At(128, 10)) == want
		}
	}
}

func TestProgramRefuses(t *testing.T) {
	in := template(t, Linux)
	ourselves, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	another, err := os.ReadFile(ourselves)
	if err != nil {
		t.Fatal(err)
	}
	slot := example(t, nil)
	altered := example(t, nil)
	altered.Note[len(altered.Note)/2] ^= 1
	imports := bytes.ReplaceAll(template(t, Windows), []byte("kernel32.dll\x00"), []byte("opengl32.dll\x00"))
	older, err := signtest.Older(in)
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		template []byte
		slot     profile.Slot
		want     error
	}{
		"another version":           {older, slot, ErrVersion},
		"two versions":              {append(bytes.Clone(in), older...), slot, ErrTemplate},
		"no program":                {[]byte("#!/bin/sh"), slot, ErrTemplate},
		"nothing":                   {nil, slot, ErrTemplate},
		"another program":           {another, slot, ErrTemplate},
		"an altered profile":        {in, altered, profile.ErrDamaged},
		"a profile that is over":    {in, example(t, over), profile.ErrOver},
		"an import from its folder": {imports, slot, ErrTemplate},
		"the master's profile":      {in, example(t, master), profile.ErrEdition},
	} {
		if out, err := Program(row.template, row.slot, now); !errors.Is(err, row.want) || out != nil {
			t.Errorf("%s: got %v, want %v", name, err, row.want)
		}
	}
}

// master makes the profile one for the other program.
func master(document map[string]any) {
	document["edition"] = "master"
	document["licence"] = map[string]any{"number": profile.NewNumber("482139027"), "note": "x", "key": make([]byte, 32)}
}

func over(document map[string]any) { document["not_after"] = "2026-01-01" }

func BenchmarkProgram(b *testing.B) {
	all := templates(b)
	slot := example(b, nil)
	for b.Loop() {
		if _, err := Program(all[Windows], slot, now); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(all[Windows])))
}
