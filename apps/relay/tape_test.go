//go:build !devprofile

package main

import (
	"path/filepath"
	"testing"
)

// A relay that is handed out keeps no tape, and says so instead of being
// silent.
func TestReleaseRefusesTheTape(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(tapeVariable, filepath.Join(dir, "tape"))
	if _, err := command(t, "serve", "-listen", "127.0.0.1:0", "-health", "", "-state", dir); err == nil {
		t.Error("got no error")
	}
}
