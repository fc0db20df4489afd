package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	ournote "lotse/crypto/note"
	"lotse/packaging/profile"
	"lotse/relay/dial"
	"lotse/relay/wire"
)

// TestListIsHandedOut by a relay that was started with it, to whoever runs a
// profile that wants it.
func TestListIsHandedOut(t *testing.T) {
	state, addr := t.TempDir(), free(t)
	k, err := openKeys(state)
	if err != nil {
		t.Fatal(err)
	}
	private, key, err := ournote.KeyFromSeed("lists", bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	pin := strings.Fields(k.pins())[0]
	signed, err := profile.SignList(fmt.Appendf(nil,
		`{"schema":1,"profile":"harbour-desk","serial":9,"not_after":%q,"relays":[{"addr":%q,"region":"DE","pins":[%q]}]}`,
		time.Now().AddDate(0, 1, 0).Format(time.DateOnly), addr, pin), signer)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "relays.list")
	if err := os.WriteFile(file, signed, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stderr, done := newScreen(), make(chan error, 1)
	go func() {
		done <- run(ctx, []string{"serve", "-listen", addr, "-health", "", "-state", state, "-list", file}, std{strings.NewReader(""), newScreen(), stderr})
	}()
	stderr.wait(t, "relay serves")
	p := &profile.Profile{
		ID: "harbour-desk", ListKeys: []string{key},
		Relays: []profile.Relay{{Addr: addr, Region: "old", Pins: [][32]byte{k.current.Pin()}}},
	}
	book := profile.NewBook(p, nil)
	c, err := dial.Connect(ctx, dial.Config{Servers: book.Servers(), Allow: book.Allowed, Lists: book, Profile: p.ID, Role: wire.RoleParticipant, Build: 1})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if got := book.Servers(); book.Serial() != 9 || len(got) != 1 || got[0].Region != "DE" {
		t.Errorf("got list %d, %+v, want the one that was handed out", book.Serial(), got)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	for name, text := range map[string][]byte{"noise": []byte("noise"), "too long": bytes.Repeat([]byte("x"), wire.MaxList+1)} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := command(t, "serve", "-listen", addr, "-health", "", "-state", state, "-list", file); err == nil {
			t.Errorf("%s: a relay started with it", name)
		}
	}
	if _, err := command(t, "serve", "-list", filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a relay started without the file that it was told of")
	}
}
