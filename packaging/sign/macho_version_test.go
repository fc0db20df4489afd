package sign

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"lotse/packaging/brand"
	"lotse/packaging/darwin"
	"lotse/packaging/profile"
	"lotse/packaging/signtest"
)

// A bundle is of the version that its program says, in both slices and in the
// file that describes it.
func TestBundleForMacOSIsOfItsOwnVersion(t *testing.T) {
	w := newMacWorld(t)
	intel, apple := macPrograms(t)
	older, err := signtest.Older(apple)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := darwin.Make(intel, older, macSlot(t, "musterhafen", nil), time.Now()); !errors.Is(err, brand.ErrVersion) {
		t.Errorf("an older template: got %v, want %v", err, brand.ErrVersion)
	}
	for name, row := range map[string]struct {
		minimum   string
		slices    int
		described string
		want      error
	}{
		"as it was made":    {"0.0.9", 2, "0.0.9", nil},
		"too old":           {"0.1.0", 2, "0.0.9", profile.ErrTooOld},
		"described as new":  {"0.0.9", 2, "0.1.0", darwin.ErrBundle},
		"two in one bundle": {"0.0.9", 1, "0.1.0", darwin.ErrBundle},
	} {
		b, err := darwin.Make(intel, apple, macSlot(t, "musterhafen", func(d map[string]any) { d["min_version"] = row.minimum }), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		first, second, err := darwin.Slices(b.Program())
		if err != nil {
			t.Fatal(err)
		}
		for _, slice := range [][]byte{second, first}[:row.slices] {
			older, err := signtest.Older(slice)
			if err != nil {
				t.Fatal(err)
			}
			copy(slice, older)
		}
		b.Files["Info.plist"] = bytes.ReplaceAll(b.Files["Info.plist"], []byte(profile.Version), []byte(row.described))
		if err := MacOS(t.Context(), b, w.key, nil); err != nil {
			t.Fatal(err)
		}
		if r, err := darwin.Verify(b, w.trust); !errors.Is(err, row.want) || err == nil && r.Version != "0.0.9" {
			t.Errorf("%s: got %+v, %v, want %v", name, r, err, row.want)
		}
	}
}
