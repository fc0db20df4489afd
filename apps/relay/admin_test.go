package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"lotse/packaging/profile"
	"lotse/relay/dial"
	"lotse/relay/store/storetest"
	"lotse/relay/wire"
)

// must runs a command that has to succeed.
func must(t *testing.T, in string, args ...string) string {
	t.Helper()
	out, err := typed(t, in, args...)
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return out
}

// relay runs serve; stop ends it.
func relay(t *testing.T, state string, more ...string) (servers []profile.Relay, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	stderr, done := newScreen(), make(chan error, 1)
	args := append([]string{"serve", "-listen", "127.0.0.1:0", "-health", "", "-state", state}, more...)
	go func() { done <- run(ctx, args, std{strings.NewReader(""), newScreen(), stderr}) }()
	addr := regexp.MustCompile(`relay serves" address=(\S+)`).FindStringSubmatch(stderr.wait(t, "relay serves"))[1]
	pin, err := hex.DecodeString(strings.Fields(must(t, "", "pin", "-state", state))[0])
	if err != nil {
		t.Fatal(err)
	}
	return []profile.Relay{{Addr: addr, Region: "test", Pins: [][32]byte{[32]byte(pin)}}}, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// licensed makes a licence and reads it as a master would get it.
func licensed(t *testing.T, state, out string) *profile.Licence {
	t.Helper()
	number, _, _ := strings.Cut(must(t, "", "licence", "new", "-state", state, "-out", out, "-organisation", "Hafen", "-name", "Marta", "-members", "3"), "\n")
	signed, err := os.ReadFile(filepath.Join(out, number+".licence"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := readPrivate(filepath.Join(out, number+".key"))
	if err != nil {
		t.Fatal(err)
	}
	return &profile.Licence{Number: number, Note: signed, Key: key}
}

// A licence whose key can lie nowhere is none.
func TestLicenceHasAFolder(t *testing.T) {
	state := t.TempDir()
	out := filepath.Join(t.TempDir(), "licences", "new")
	licensed(t, state, out)
	if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("got %v, %v, want a folder for its owner alone", info, err)
	}
	before := must(t, "", "licence", "list", "-state", state)
	file := filepath.Join(out, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := typed(t, "", "licence", "new", "-state", state, "-out", file, "-organisation", "Hafen"); err == nil {
		t.Error("a folder was made in a file")
	}
	if after := must(t, "", "licence", "list", "-state", state); after != before {
		t.Errorf("got %q, want %q", after, before)
	}
}

// room opens a room with a licence; over gets the relay's last word when it
// ends.
func room(t *testing.T, cfg dial.Config) (over <-chan wire.Reason, leave func(), err error) {
	t.Helper()
	cfg.Allow, cfg.Role, cfg.Build = func(string) error { return nil }, wire.RoleMaster, 7
	c, err := dial.Connect(t.Context(), cfg)
	if err != nil {
		return nil, nil, err
	}
	ended, word := make(chan error, 1), make(chan wire.Reason, 1)
	go func() { ended <- c.Run(t.Context()) }()
	if _, err := c.Open(t.Context(), wire.Open{Digits: 6}); err != nil {
		c.Close()
		<-ended
		return nil, nil, err
	}
	go func() {
		var last wire.Reason
		for {
			f, err := c.Receive(t.Context())
			if err != nil {
				break
			}
			if m, err := wire.ParseNotice(f.Payload); err == nil && f.Type == wire.Notice {
				if gone, ok := m.(wire.Gone); ok {
					last = gone.Reason
				}
			}
		}
		<-ended
		word <- last
	}()
	return word, c.Close, nil
}

func device() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, 32)) }

func TestLicenceOpensRoomsUntilItIsRevoked(t *testing.T) {
	for name, database := range map[string]func(*testing.T) string{
		"SQLite": func(*testing.T) string { return "" },
		"PostgreSQL": func(t *testing.T) string {
			t.Helper()
			p, err := storetest.StartPostgres(t.Context())
			if errors.Is(err, storetest.ErrNoPostgres) {
				t.Skip(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := p.Stop(); err != nil {
					t.Error(err)
				}
			})
			where, err := p.Database(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return where
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(databaseVariable, database(t))
			state, out := filepath.Join(t.TempDir(), "state"), t.TempDir()
			l := licensed(t, state, out)
			servers, stop := relay(t, state)
			over, _, err := room(t, dial.Config{Servers: servers, Licence: l})
			if err != nil {
				t.Fatal(err)
			}
			must(t, "", "licence", "revoke", "-state", state, "-number", l.Number, "-why", "lost")
			revoked := time.Now()
			if got := <-over; got != wire.ReasonLicence {
				t.Errorf("got %q, want an end because of the licence", got)
			}
			if took := time.Since(revoked); took > time.Minute { // as SECURITY.md promises
				t.Errorf("the room of a revoked licence went on for %v", took)
			}
			var denied *wire.DeniedError
			if _, _, err := room(t, dial.Config{Servers: servers, Licence: l}); !errors.As(err, &denied) || denied.Reason != wire.ReasonLicence {
				t.Errorf("got %v, want the licence refused", err)
			}
			if list := must(t, "", "licence", "list", "-state", state); !strings.Contains(list, l.Number) || !strings.Contains(list, ": lost") {
				t.Errorf("got %s, want the licence with its end", list)
			}
			stop()
			if got := must(t, "", "log", "verify", "-state", state); !strings.Contains(got, ": 2 entries, all signed;") {
				t.Errorf("got %s, want two entries", got)
			}
		})
	}
}

func TestUserHasToLogInWhereLoginsAreWanted(t *testing.T) {
	state, out := filepath.Join(t.TempDir(), "state"), t.TempDir()
	l := licensed(t, state, out)
	servers, stop := relay(t, state, "-logins")
	defer stop()
	var denied *wire.DeniedError
	if _, _, err := room(t, dial.Config{Servers: servers, Licence: l}); !errors.As(err, &denied) {
		t.Errorf("got %v for a licence alone, want it refused", err)
	}
	must(t, "zwölf Zeichen!\n", "user", "add", "-state", state, "-login", "marta", "-name", "Marta", "-licence", l.Number)
	file := filepath.Join(out, "marta.operator")
	public, ok := device().Public().(ed25519.PublicKey)
	if !ok {
		t.Fatal("no key")
	}
	must(t, "", "user", "certify", "-state", state, "-login", "marta", "-device", hex.EncodeToString(public), "-out", file)
	certificate, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	over, leave, err := room(t, dial.Config{Servers: servers, Licence: l, Device: device(), Operator: certificate})
	if err != nil {
		t.Fatal(err)
	}
	leave()
	<-over
	over, _, err = room(t, dial.Config{Servers: servers, Licence: l, Device: device(), Operator: certificate})
	if err != nil {
		t.Fatal(err)
	}
	must(t, "", "user", "disable", "-state", state, "-login", "marta")
	if got := <-over; got != wire.ReasonLicence {
		t.Errorf("got %q, want an end because of the licence", got)
	}
	if _, err := command(t, "user", "certify", "-state", state, "-login", "marta", "-device", hex.EncodeToString(public), "-out", file+"2"); err == nil {
		t.Error("a user who is locked out got a certificate")
	}
	if list := must(t, "", "user", "list", "-state", state); strings.Contains(list, "argon2") || !strings.Contains(list, "disabled") {
		t.Errorf("got %s, want a list without hashes", list)
	}
}

func TestLogIsExportedErasedAndRestored(t *testing.T) {
	state, out := filepath.Join(t.TempDir(), "state"), t.TempDir()
	l := licensed(t, state, out)
	servers, stop := relay(t, state)
	over, leave, err := room(t, dial.Config{Servers: servers, Licence: l})
	if err != nil {
		t.Fatal(err)
	}
	leave()
	<-over
	copied := filepath.Join(t.TempDir(), "copy")
	must(t, "", "backup", "-state", state, "-out", copied)
	stop()
	rows, err := csv.NewReader(strings.NewReader(must(t, "", "log", "export", "-state", state))).ReadAll()
	if err != nil || len(rows) < 2 || rows[1][3] != "room_opened" || rows[1][10] != "Marta" {
		t.Fatalf("got %q, %v, want Marta's room", rows, err)
	}
	var line logLine
	first, _, _ := strings.Cut(must(t, "", "log", "export", "-format", "json", "-state", state), "\n")
	if err := json.Unmarshal([]byte(first), &line); err != nil || line.Licence != l.Number || line.Build != 7 || line.Address != "127.0.0.1" {
		t.Errorf("got %+v, %v, want Marta's room", line, err)
	}
	if got := must(t, "", "log", "export", "-state", state, "-to", "2020-01-01"); strings.Count(got, "\n") != 1 {
		t.Errorf("got %s, want headings only", got)
	}
	must(t, "", "log", "erase", "-state", state, "-login", l.Number)
	if got := must(t, "", "log", "export", "-state", state); strings.Contains(got, "Marta") || !strings.Contains(got, "true") {
		t.Errorf("got %s, want nobody", got)
	}
	must(t, "", "log", "verify", "-state", state)

	fresh := filepath.Join(t.TempDir(), "fresh")
	if got := must(t, "", "restore", "-from", copied, "-state", fresh); !strings.Contains(got, "all signed") {
		t.Errorf("got %s", got)
	}
	if got, want := must(t, "", "pin", "-state", fresh), must(t, "", "pin", "-state", state); got != want {
		t.Errorf("got other keys: %s, want %s", got, want)
	}
	if got := must(t, "", "licence", "list", "-state", fresh); !strings.Contains(got, l.Number) {
		t.Errorf("got %s, want the licence", got)
	}
	for _, args := range [][]string{
		{"restore", "-from", copied, "-state", fresh}, {"restore", "-from", out, "-state", fresh + "2"}, {"backup", "-state", state, "-out", copied},
	} {
		if _, err := command(t, args...); err == nil {
			t.Errorf("%q: got no error", args)
		}
	}
}

func TestFormulaInTheLogIsNoFormulaInASpreadsheet(t *testing.T) {
	var b bytes.Buffer
	p, err := newCSV(&b)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(p.line(logLine{Name: "=cmd|'/c calc'!A0", Note: "-1"}), p.end()); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.Contains(got, ",'=cmd") || !strings.Contains(got, ",'-1,") {
		t.Errorf("got %s, want apostrophes", got)
	}
}

func TestAdministrationSaysWhatIsWrong(t *testing.T) {
	state := t.TempDir()
	for _, c := range []struct {
		in   string
		args []string
		want string
	}{
		{"", []string{"licence"}, "usage:"},
		{"", []string{"licence", "sell"}, `unknown command "licence sell"`},
		{"", []string{"licence", "new", "-state", state}, "-organisation is missing"},
		{"", []string{"licence", "new", "-state", state, "-organisation", "x", "-members", "1"}, "2 to 255 members"},
		{"", []string{"licence", "revoke", "-state", state, "-number", "1"}, `no licence "1" that holds`},
		{"short\n", []string{"user", "add", "-state", state, "-login", "x"}, "at least 12 characters"},
		{"", []string{"user", "add", "-state", state, "-login", "x"}, "standard input"},
		{"long enough it is\n", []string{"user", "add", "-state", state, "-login", "x", "-licence", "9"}, `licence "9"`},
		{"long enough it is\n", []string{"user", "add", "-state", state, "-login", "x", "-role", "god"}, `role "god"`},
		{"", []string{"user", "disable", "-state", state, "-login", "nobody"}, `no user "nobody"`},
		{"", []string{"revoke", "device", "-state", state, "-key", "12"}, "64 hex digits"},
		{"", []string{"log", "export", "-state", state, "-format", "xml"}, `no format "xml"`},
		{"", []string{"log", "export", "-state", state, "-from", "gestern"}, `"gestern" is no day`},
		{"", []string{"log", "erase", "-state", state}, "nobody to erase"},
		{"", []string{"backup", "-state", state}, "-out is missing"},
	} {
		if out, err := typed(t, c.in, c.args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %q, %v, want %q", c.args, out, err, c.want)
		}
	}
}
