package start

import (
	"log/slog"
	"runtime"
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
