package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lotse/packaging/windows"
)

// TestRunWritesWhatWindowsMakes compares the file with the package's own
// bytes, and sees that a second run does not touch it.
func TestRunWritesWhatWindowsMakes(t *testing.T) {
	out := filepath.Join(t.TempDir(), "rsrc_windows_amd64.syso")
	r := windows.Resources{Name: "Lotse", File: "lotse.exe", Company: "Hafen"}
	if err := run(r, "1.2.3.65535", out); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	r.Version = [4]uint16{1, 2, 3, 65535}
	var want bytes.Buffer
	if err := r.WriteObject(&want); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("got %d bytes, want the %d of WriteObject", len(got), want.Len())
	}

	long := time.Unix(1e9, 0)
	if err := os.Chtimes(out, long, long); err != nil {
		t.Fatal(err)
	}
	if err := run(r, "1.2.3.65535", out); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(out)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := info.ModTime(), long; !got.Equal(want) {
		t.Errorf("after a second run: got a file of %v, want it left alone since %v", got, want)
	}
}

// TestRunRefusesOtherVersions tries what is not four numbers of 16 bits.
func TestRunRefusesOtherVersions(t *testing.T) {
	r := windows.Resources{Name: "Lotse", File: "lotse.exe", Company: "Hafen"}
	out := filepath.Join(t.TempDir(), "x.syso")
	for _, number := range []string{"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.4x", "1.2.3.65536", "1..3.4", "v1.2.3.4", "-1.2.3.4"} {
		if err := run(r, number, out); err == nil {
			t.Errorf("run(%q): got no error, want one", number)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("got a file, want none")
	}
}
