package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lotse/packaging/profile"
	"lotse/relay/dial"
	"lotse/relay/store/storetest"
)

// served is a relay that runs with a health page.
type served struct {
	servers []profile.Relay
	health  string
	log     *screen
	stop    func()
}

func serving(t *testing.T, state string, more ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &served{health: free(t), log: newScreen()}
	done := make(chan error, 1)
	args := append([]string{"serve", "-listen", "127.0.0.1:0", "-health", s.health, "-state", state}, more...)
	go func() { done <- run(ctx, args, std{strings.NewReader(""), newScreen(), s.log}) }()
	addr := regexp.MustCompile(`relay serves" address=(\S+)`).FindStringSubmatch(s.log.wait(t, "relay serves"))[1]
	pin, err := hex.DecodeString(strings.Fields(must(t, "", "pin", "-state", state))[0])
	if err != nil {
		t.Fatal(err)
	}
	s.servers = []profile.Relay{{Addr: addr, Region: "test", Pins: [][32]byte{[32]byte(pin)}}}
	s.stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	return s
}

// shows waits until the counters have a line.
func (s *served) shows(t *testing.T, line string) {
	t.Helper()
	const longest = 40 * time.Second
	tick, end := time.NewTicker(50*time.Millisecond), time.After(longest)
	defer tick.Stop()
	for {
		page := get(t, "http://"+s.health+"/metrics")
		if strings.Contains(page, line+"\n") {
			return
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("never: %s; the counters are %s, the log\n%s", line, page, s.log)
		}
	}
}

// small mounts a disk of 2 MiB, which root alone can.
func small(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("lotse", dir, "tmpfs", 0, "size=2m,mode=0700"); err != nil {
		t.Skipf("a small disk needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill fills a disk and returns what empties it again.
func fill(t *testing.T, disk string) (empty func()) {
	t.Helper()
	name := filepath.Join(disk, "filler")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := 64 << 10; block > 0; block /= 2 { // to the last byte
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, block))
		}
		if !errors.Is(err, unix.ENOSPC) {
			t.Fatal(err)
		}
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Error(err)
		}
	}
}

// TestSessionsGoOnWithoutTheDatabase takes it away under a running relay in
// every way there is: rooms go on, others open, the log and the counters say
// what is wrong, and nothing is missing in the log once it is back.
func TestSessionsGoOnWithoutTheDatabase(t *testing.T) {
	for name, trouble := range map[string]func(t *testing.T) (state, says string, take func() (back func())){
		"the disk is full": func(t *testing.T) (state, says string, take func() func()) {
			t.Helper()
			disk := small(t)
			return filepath.Join(disk, "state"), "disk is full", func() func() { return fill(t, disk) }
		},
		"the file is taken away": func(t *testing.T) (state, says string, take func() func()) {
			t.Helper()
			state = filepath.Join(t.TempDir(), "state")
			file := filepath.Join(state, databaseFile)
			move := func(from, to string) {
				if err := os.Rename(from, to); err != nil {
					t.Error(err)
				}
			}
			return state, "its file was taken away", func() func() {
				move(file, file+".aside")
				return func() { move(file+".aside", file) }
			}
		},
		"PostgreSQL is stopped": func(t *testing.T) (state, says string, take func() func()) {
			t.Helper()
			p, err := storetest.StartPostgres(t.Context())
			if errors.Is(err, storetest.ErrNoPostgres) {
				t.Skip(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			check := func(err error) {
				if err != nil {
					t.Error(err)
				}
			}
			t.Cleanup(func() { check(p.Stop()) })
			where, err := p.Database(t.Context())
			check(err)
			t.Setenv(databaseVariable, where)
			return filepath.Join(t.TempDir(), "state"), "does not answer", func() func() {
				check(p.Halt())
				return func() { check(p.Start(t.Context())) }
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			state, says, take := trouble(t)
			l := licensed(t, state, t.TempDir())
			s := serving(t, state)
			cfg := dial.Config{Servers: s.servers, Licence: l}
			open := func() (leave func()) {
				t.Helper()
				_, leave, err := room(t, cfg)
				if err != nil {
					t.Fatal(err)
				}
				return leave
			}
			leave := []func(){open()}
			s.shows(t, "lotse_database_up 1")
			s.shows(t, "lotse_log_waiting 0")
			back := take()
			leave = append(leave, open())
			s.shows(t, "lotse_database_up 0")
			leave = append(leave, open())
			s.shows(t, "lotse_rooms 3")
			s.log.wait(t, "sessions go on, entries wait")
			if got := s.log.String(); !strings.Contains(got, says) {
				t.Errorf("got the log %s, want %q in it", got, says)
			}
			back()
			s.shows(t, "lotse_database_up 1")
			s.shows(t, "lotse_log_waiting 0")
			s.shows(t, "lotse_rooms 3")
			s.log.wait(t, "the database answers again")
			for _, f := range leave {
				f()
			}
			s.stop()
			if got := must(t, "", "log", "verify", "-state", state); !strings.Contains(got, ": 3 entries, all signed;") {
				t.Errorf("got %s, want the three rooms", got)
			}
		})
	}
}

// TestFirstStartOnAFullDiskSaysSoAndLeavesNothing: the next one draws the keys.
func TestFirstStartOnAFullDiskSaysSoAndLeavesNothing(t *testing.T) {
	disk := small(t)
	state := filepath.Join(disk, "state")
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	empty := fill(t, disk)
	_, err := command(t, "serve", "-listen", "127.0.0.1:0", "-health", "", "-state", state)
	if !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), currentFile) {
		t.Errorf("got %v, want no space for the key", err)
	}
	empty()
	serving(t, state).stop()

	full := fill(t, disk)
	copied := filepath.Join(disk, "copy")
	if _, err := command(t, "backup", "-state", state, "-out", copied); err == nil {
		t.Error("a backup to a full disk succeeded")
	}
	if _, err := os.Stat(copied); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want no half of a backup", err)
	}
	full()
	must(t, "", "backup", "-state", state, "-out", copied)
}

// TestBackupOfARelayThatIsBusyIsWhole copies it while rooms open, and starts a
// relay from the copy.
func TestBackupOfARelayThatIsBusyIsWhole(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	l := licensed(t, state, t.TempDir())
	s := serving(t, state)
	cfg := dial.Config{Servers: s.servers, Licence: l}
	const rooms, each = 24, 6
	for i := range rooms {
		_, leave, err := room(t, cfg)
		if err != nil {
			t.Fatal(err)
		}
		leave()
		if i%each != each-1 {
			continue
		}
		name := strconv.Itoa(i)
		copied, fresh := filepath.Join(t.TempDir(), "copy"+name), filepath.Join(t.TempDir(), "fresh"+name)
		must(t, "", "backup", "-state", state, "-out", copied)
		if got := must(t, "", "restore", "-from", copied, "-state", fresh); !strings.Contains(got, "all signed") {
			t.Errorf("backup %s: got %s", name, got)
		}
		again := serving(t, fresh)
		if _, leave, err := room(t, dial.Config{Servers: again.servers, Licence: l}); err != nil {
			t.Errorf("backup %s: got %v, want a room", name, err)
		} else {
			leave()
		}
		again.stop()
		if got := must(t, "", "log", "verify", "-state", fresh); !strings.Contains(got, "all signed") {
			t.Errorf("backup %s: got %s, want a log that goes on", name, got)
		}
	}
	s.stop()
}

// TestRelaySaysNoSecret lets a relay say all it can, about rooms, refusals, a
// database that goes and a counter page, and looks for every secret that it has.
func TestRelaySaysNoSecret(t *testing.T) {
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
	const database, login = "geheim-der-datenbank", "geheim der Petra 7"
	t.Setenv(databaseVariable, strings.Replace(where, "lotse@", "lotse:"+database+"@", 1))
	state := filepath.Join(t.TempDir(), "state")
	l := licensed(t, state, t.TempDir())
	var said strings.Builder
	said.WriteString(must(t, login+"\n", "user", "add", "-state", state, "-login", "petra"))
	s := serving(t, state, "-log-level", "debug")
	_, leave, err := room(t, dial.Config{Servers: s.servers, Licence: l})
	if err != nil {
		t.Fatal(err)
	}
	false1 := *l
	false1.Note = append([]byte("x"), l.Note...)
	if _, _, err := room(t, dial.Config{Servers: s.servers, Licence: &false1}); err == nil {
		t.Error("a false licence opened a room")
	} else {
		said.WriteString(err.Error())
	}
	if err := p.Halt(); err != nil {
		t.Fatal(err)
	}
	leave()
	s.shows(t, "lotse_database_up 0")
	said.WriteString(get(t, "http://"+s.health+"/metrics"))
	for _, args := range [][]string{{"user", "list", "-state", state}, {"doctor", "-state", state, "-json"}, {"serve", "-state", state}} {
		out, err := command(t, args...)
		fmt.Fprint(&said, out, err)
	}
	s.stop()
	said.WriteString(s.log.String())
	relay, err := readPrivate(filepath.Join(state, currentFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string][]byte{
		"the database's password": []byte(database), "a user's password": []byte(login), "the relay's key": relay.Seed(), "a licence's key": l.Key.Seed(),
	} {
		for _, form := range []string{string(secret), hex.EncodeToString(secret), base64.StdEncoding.EncodeToString(secret), base64.RawURLEncoding.EncodeToString(secret)} {
			if strings.Contains(said.String(), form) {
				t.Errorf("%s was said", name)
			}
		}
	}
	if all := said.String(); !strings.Contains(all, "database") || !strings.Contains(all, "room open") || len(all) < 1000 {
		t.Errorf("got %q, want all there is to say", all)
	}
}
