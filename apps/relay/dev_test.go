//go:build devprofile

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lotse/packaging/profile"
	"lotse/relay/dial"
	"lotse/relay/wire"
)

// A development master opens a room at a development relay, and the tape holds
// what passed.
func TestDevelopmentRelayTapesWhatPasses(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "tape")
	t.Setenv(tapeVariable, name)
	ctx, cancel := context.WithCancel(t.Context())
	stdout, stderr, done := newScreen(), newScreen(), make(chan error, 1)
	go func() {
		done <- run(ctx, []string{"serve", "-listen", "127.0.0.1:0", "-health", "", "-state", dir}, std{strings.NewReader(""), stdout, stderr})
	}()
	addr := regexp.MustCompile(`address=(\S+)`).FindStringSubmatch(stderr.wait(t, "relay serves"))[1]
	pins, err := command(t, "pin", "-state", dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("LOTSE_DEV_RELAY", addr+"#"+strings.Join(strings.Fields(pins), "#"))
	p, err := profile.Current(profile.MasterEdition)
	if err != nil {
		t.Fatal(err)
	}
	m, err := dial.Connect(ctx, dial.Config{
		Servers: p.Relays, Allow: p.Allowed, Role: wire.RoleMaster, Build: 1, Licence: p.Licence, LAN: p.LAN,
	})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	opened, err := m.Open(ctx, wire.Open{Digits: 9})
	if err != nil {
		t.Fatal(err)
	}
	m.Close()
	<-ended
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	tape, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, passed := range [][]byte{p.Licence.Note, []byte(opened.Session), opened.Owner[:]} {
		if !bytes.Contains(tape, passed) {
			t.Errorf("%d bytes that passed are not on the tape of %d", len(passed), len(tape))
		}
	}
	if log := stderr.String(); bytes.Contains([]byte(log), opened.Owner[:]) || strings.Contains(log, "PRIVATE") {
		t.Errorf("a secret in the log: %s", log)
	}
}
