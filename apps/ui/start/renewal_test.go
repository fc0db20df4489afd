package start

import (
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"lotse/packaging/profile"
)

func TestReplacingIsOfferedAsTheProfileSays(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	p := &profile.Profile{UpdateInPlace: true, UpdateList: "https://musterhafen.example/releases.json", UpdateKeys: []string{"a key"}}
	if got, want := Renewal(p, log) != nil, runtime.GOOS == "windows" || runtime.GOOS == "linux"; got != want {
		t.Errorf("on %s: got %v, want %v", runtime.GOOS, got, want)
	}
	p.UpdateInPlace = false
	if Renewal(p, log) != nil {
		t.Error("offered where the profile does not say so")
	}
}

// The program before this one may hold a licence: it goes, also where the new
// profile does not let programs replace themselves any more.
func TestProgramBeforeThisOneGoesWhateverTheProfileSays(t *testing.T) {
	for name, p := range map[string]*profile.Profile{
		"on":  {UpdateInPlace: true, UpdateList: "https://musterhafen.example/releases.json", UpdateKeys: []string{"a key"}},
		"off": {},
	} {
		folder := t.TempDir()
		for _, file := range []string{"x.exe", ".x.exe.old", ".x.exe.123.new", ".x.exe.old.txt", ".x.exe.my.new", ".y.exe.old", ".y.exe.123.new"} {
			if err := os.WriteFile(filepath.Join(folder, file), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		renewal(p, filepath.Join(folder, "x.exe"), slog.New(slog.DiscardHandler))
		entries, err := os.ReadDir(folder)
		var left []string
		for _, e := range entries {
			left = append(left, e.Name())
		}
		if want := []string{".x.exe.my.new", ".x.exe.old.txt", ".y.exe.123.new", ".y.exe.old", "x.exe"}; err != nil || !slices.Equal(left, want) {
			t.Errorf("%s: got %q, %v, want %q", name, left, err, want)
		}
	}
}
