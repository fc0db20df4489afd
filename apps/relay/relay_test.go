package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"lotse/relay/directory"
	"lotse/relay/hub"
	"lotse/relay/stun"
	"lotse/relay/wire"
)

// screen collects what a command prints while another goroutine looks.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func newScreen() *screen { return &screen{more: make(chan struct{}, 1)} }

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.more <- struct{}{}:
	default:
	}
	return s.text.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// wait waits until what was printed holds part.
func (s *screen) wait(t *testing.T, part string) string {
	t.Helper()
	for !strings.Contains(s.String(), part) {
		select {
		case <-s.more:
		case <-t.Context().Done():
			t.Fatalf("never printed %q: %s", part, s)
		}
	}
	return s.String()
}

func command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	return typed(t, "", args...)
}

// typed runs a command with something on its standard input.
func typed(t *testing.T, in string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), args, std{strings.NewReader(in), &out, io.Discard})
	return out.String(), err
}

func free(t *testing.T) string {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestMistakesAreUsageErrors(t *testing.T) {
	for _, args := range [][]string{
		nil,
		{"sevre"},
		{"serve", "-x"},
		{"serve", "now"},
		{"pin", "-listen", ":1"},
		{"serve", "-log-level", "loud"},
		{"serve", "-min-build", "4294967296"},
		{"serve", "-min-build", "-1"},
		{"serve", "-min-profile", "desk"},
		{"serve", "-min-profile", "=3"},
		{"serve", "-min-profile", "desk=-1"},
		{"serve", "-web-certificate", "x"},
	} {
		var usage *usageError
		if out, err := command(t, args...); !errors.As(err, &usage) {
			t.Errorf("%q: got %q, %v, want a usage error", args, out, err)
		}
	}
	if _, err := command(t, "serve", "-h"); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("got %v, want help", err)
	}
}

func TestFirstStartDrawsKeysAndNamesTheirPins(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	if _, err := command(t, "pin", "-state", state); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("before the first start: got %v, want no such file", err)
	}
	health := free(t)
	args := []string{"serve", "-listen", "127.0.0.1:0", "-health", health, "-state", state}
	for round := range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		stdout, stderr, done := newScreen(), newScreen(), make(chan error, 1)
		go func() { done <- run(ctx, args, std{strings.NewReader(""), stdout, stderr}) }()
		stderr.wait(t, "relay serves")
		if got, want := get(t, "http://"+health+"/healthz"), "200 ok\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := get(t, "http://"+health+"/metrics"); !strings.Contains(got, "lotse_rooms 0\n") {
			t.Errorf("got %q, want counters", got)
		}
		if got := get(t, "http://"+health+"/state"); !strings.HasPrefix(got, "404") {
			t.Errorf("got %q, want nothing else", got)
		}
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		pins, err := command(t, "pin", "-state", state)
		if err != nil || len(strings.Fields(pins)) != 2 || len(pins) != 2*65 {
			t.Fatalf("got %q, %v, want two pins", pins, err)
		}
		if printed := strings.Contains(stdout.String(), pins); printed != (round == 0) {
			t.Errorf("start %d: pins printed %t", round+1, printed)
		}
		if strings.Contains(stderr.String(), "KEY") {
			t.Errorf("a key in the log: %s", stderr)
		}
	}
	for _, name := range []string{currentFile, nextFile} {
		info, err := os.Stat(filepath.Join(state, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); runtime.GOOS != "windows" && got != 0o600 {
			t.Errorf("%s: got mode %#o, want 0600", name, got)
		}
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return res.Status[:3] + " " + string(body)
}

func TestBadKeyFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	if _, err := openKeys(dir); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, currentFile)
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	rsa := "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIBgQmF7XZmhJJ1X5tlAsCkjF9BSBLlBNA4FOXm4n0n1o\n-----END PRIVATE KEY-----\n"
	for what, text := range map[string]string{
		"empty": "", "text": "key", "cut": string(good[:len(good)/2]), "with more": string(good) + "x",
		"of another algorithm": rsa, "huge": string(good) + strings.Repeat(" ", maxKeyFile),
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := openKeys(dir); err == nil {
			t.Errorf("a key file %s was accepted", what)
		}
		if after, err := os.ReadFile(name); err != nil || string(after) != text {
			t.Errorf("a key file %s was overwritten", what)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	if err := os.WriteFile(name, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := openKeys(dir); err == nil {
		t.Error("a key file that others may read was accepted")
	}
}

func TestPortInUseIsAnError(t *testing.T) {
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken, state := l.Addr().String(), t.TempDir()
	for _, args := range [][]string{
		{"serve", "-listen", taken, "-health", "", "-state", state},
		{"serve", "-listen", "127.0.0.1:0", "-listen", taken, "-health", "", "-state", state},
		{"serve", "-listen", "127.0.0.1:0", "-health", "", "-state", state, "-web-certificate", "x", "-web-key", "y"},
		{"serve", "-listen", "127.0.0.1:0", "-health", taken, "-state", state},
		{"serve", "-listen", "127.0.0.1:0", "-health", "", "-state", state, "-licence-issuer", "nonsense"},
	} {
		if _, err := command(t, args...); err == nil {
			t.Errorf("%q: got no error", args)
		}
	}
}

func TestMetricsNameEveryCounter(t *testing.T) {
	got := metrics(hub.Stats{
		Links: 1, Rooms: 2, FramesIn: 3, BytesIn: 4, BytesOut: 5, Refused: 6, Stage1Failed: 7, Standby: 13, Load: 14,
		Dropped: map[hub.Drop]uint64{{Lane: 2, Reason: "slow"}: 8, {Lane: 0, Reason: "overflow"}: 9},
		Denied:  map[wire.Reason]uint64{"licence": 10},
	}, directory.Health{Err: errors.New("gone"), Waiting: 11, Lost: 12}, stun.Stats{Answered: 13, Ignored: 14, Limited: 15})
	want := `lotse_links 1
lotse_rooms 2
lotse_standby_links 13
lotse_load_percent 14
lotse_frames_received_total 3
lotse_bytes_received_total 4
lotse_bytes_sent_total 5
lotse_connections_refused_total 6
lotse_stage1_failed_total 7
lotse_database_up 0
lotse_log_waiting 11
lotse_log_lost_total 12
lotse_stun_answered_total 13
lotse_stun_ignored_total 14
lotse_stun_limited_total 15
lotse_dropped_total{lane="control",reason="nobody"} 0
lotse_dropped_total{lane="control",reason="overflow"} 9
lotse_dropped_total{lane="control",reason="standby"} 0
lotse_dropped_total{lane="control",reason="throttled"} 0
lotse_dropped_total{lane="input",reason="nobody"} 0
lotse_dropped_total{lane="input",reason="overflow"} 0
lotse_dropped_total{lane="input",reason="standby"} 0
lotse_dropped_total{lane="picture",reason="nobody"} 0
lotse_dropped_total{lane="picture",reason="slow"} 8
lotse_dropped_total{lane="picture",reason="standby"} 0
lotse_dropped_total{lane="sound",reason="nobody"} 0
lotse_dropped_total{lane="sound",reason="slow"} 0
lotse_dropped_total{lane="sound",reason="standby"} 0
lotse_dropped_total{lane="bulk",reason="nobody"} 0
lotse_dropped_total{lane="bulk",reason="overflow"} 0
lotse_dropped_total{lane="bulk",reason="standby"} 0
lotse_denied_total{reason="licence"} 10
lotse_denied_total{reason="number_taken"} 0
lotse_denied_total{reason="room_full"} 0
lotse_denied_total{reason="standby_full"} 0
lotse_denied_total{reason="throttled"} 0
lotse_denied_total{reason="unknown_session"} 0
lotse_denied_total{reason="upgrade_required"} 0
`
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	readme, err := os.ReadFile("../../relay/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(got) {
		name, labels, _ := strings.Cut(strings.Fields(line)[0], "{")
		words := []string{"`" + name + "`"}
		for _, m := range regexp.MustCompile(`"([a-z_]+)"`).FindAllStringSubmatch(labels, -1) {
			words = append(words, "`"+m[1]+"`")
		}
		if !slices.ContainsFunc(strings.Split(string(readme), "\n"), func(row string) bool {
			return strings.HasPrefix(row, "| ") && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(row, w) })
		}) {
			t.Errorf("no row of relay/README.md's tables has all of %q", words)
		}
	}
}

func TestEveryPortThatWasNamedIsServed(t *testing.T) {
	one, two := free(t), free(t)
	ctx, cancel := context.WithCancel(t.Context())
	stderr, done := newScreen(), make(chan error, 1)
	go func() {
		done <- run(ctx, []string{"serve", "-listen", one, "-listen", two, "-health", "", "-state", t.TempDir()}, std{strings.NewReader(""), io.Discard, stderr})
	}()
	stderr.wait(t, "address="+two)
	for _, addr := range []string{one, two} {
		if got, want := get(t, "http://"+addr+"/healthz"), "200 ok\n"; got != want {
			t.Errorf("%s: got %q, want %q", addr, got, want)
		}
		if got := mirrored(t, addr); got[0] != 1 || got[1] != 1 {
			t.Errorf("%s: got %x, want an answer of STUN", addr, got)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// mirrored asks an address how it sees us.
func mirrored(t *testing.T, addr string) []byte {
	t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	request := append([]byte{0, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42}, make([]byte, 12)...)
	request = append(request, 0x80, 0x22, 0, 8, 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x')
	if _, err := conn.Write(request); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, stun.MaxRequest)
	n, err := conn.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	return b[:n]
}
