package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"lotse/relay/dial"
)

// examine runs doctor and returns each check's result.
func examine(t *testing.T, args ...string) (results map[string]string, says string, err error) {
	t.Helper()
	says, err = command(t, append([]string{"doctor", "-json"}, args...)...)
	var rows []struct {
		Check  string `json:"check"`
		Result string `json:"result"`
		MS     string `json:"ms"`
		Says   string `json:"says"`
	}
	if jsonErr := json.Unmarshal([]byte(says), &rows); jsonErr != nil {
		t.Fatalf("%q: %v (%v)", says, jsonErr, err)
	}
	results = map[string]string{}
	for _, r := range rows {
		if r.Says == "" {
			t.Errorf("%s says nothing", r.Check)
		}
		results[r.Check] = r.Result
	}
	delete(results, "sending") // BBR and limits are as this machine has them
	delete(results, "open files")
	return results, says, err
}

func TestDoctorMakesNothing(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	got, _, err := examine(t, "-state", state)
	if want := map[string]string{"state folder": warning, "keys": warning, "database": warning}; !reflect.DeepEqual(got, want) || err != nil {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if _, err := os.Stat(state); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want no folder", err)
	}
}

func TestDoctorFindsWaysAndTrouble(t *testing.T) {
	state, addr, shut := filepath.Join(t.TempDir(), "state"), free(t), free(t)
	ctx, cancel := context.WithCancel(t.Context())
	stderr, done := newScreen(), make(chan error, 1)
	go func() {
		done <- run(ctx, []string{"serve", "-listen", addr, "-health", "", "-state", state}, std{strings.NewReader(""), io.Discard, stderr})
	}()
	stderr.wait(t, "relay serves")
	healthy := map[string]string{"state folder": fine, "keys": fine, "database": fine}
	with := func(more map[string]string) map[string]string {
		out := map[string]string{}
		for _, m := range []map[string]string{healthy, more} {
			maps.Copy(out, m)
		}
		return out
	}
	strange := strings.Repeat("07", 32)
	for _, c := range []struct {
		args   []string
		want   map[string]string
		failed bool
	}{
		{nil, nil, false},
		{[]string{"-server", addr}, map[string]string{addr + ", TLS": fine, addr + ", WSS": fine, addr + ", WS": fine, "clock": fine}, false},
		{
			[]string{"-server", shut, "-also", addr}, map[string]string{
				shut + ", TLS": warning, shut + ", WSS": warning, shut + ", WS": warning,
				addr + ", TLS": fine, addr + ", WSS": fine, addr + ", WS": fine, "clock": fine,
			}, false,
		},
		{[]string{"-server", shut}, map[string]string{shut + ", TLS": problem, shut + ", WSS": problem, shut + ", WS": problem}, true},
		{[]string{"-server", addr + "#" + strange}, map[string]string{addr + ", TLS": problem, addr + ", WSS": problem, addr + ", WS": problem}, true},
	} {
		got, says, err := examine(t, append([]string{"-state", state}, c.args...)...)
		if want := with(c.want); !reflect.DeepEqual(got, want) || (err != nil) != c.failed {
			t.Errorf("%v: got %v, %v, want %v\n%s", c.args, got, err, want, says)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	key := filepath.Join(state, currentFile)
	if err := errors.Join(os.Chmod(state, 0o750), os.Chmod(key, 0o644), os.WriteFile(filepath.Join(state, databaseFile), bytes.Repeat([]byte("x"), 5000), 0o600)); err != nil {
		t.Fatal(err)
	}
	got, says, err := examine(t, "-state", state)
	if want := map[string]string{"state folder": problem, "keys": problem, "database": problem}; !reflect.DeepEqual(got, want) || err == nil {
		t.Errorf("got %v, %v, want %v\n%s", got, err, want, says)
	}
}

func TestDoctorSpeaksInWordsToo(t *testing.T) {
	out, err := command(t, "doctor", "-state", filepath.Join(t.TempDir(), "state"))
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var first []string
	for _, line := range lines {
		first = append(first, strings.Join(strings.Fields(line)[:1], ""))
	}
	if want := []string{"check", "sending", "open", "state", "keys", "database"}; !slices.Equal(first, want) || err != nil {
		t.Errorf("got %q, %v, want lines %q", out, err, want)
	}
}

func TestDoctorsMistakesAreUsageErrors(t *testing.T) {
	state := t.TempDir()
	for _, args := range [][]string{
		{"-also", "x:1"},
		{"-server", ""},
		{"-server", "#" + strings.Repeat("07", 32)},
		{"-server", "x:1#07"},
		{"-server", "x:1#" + strings.Repeat("0g", 32)},
		{"-server", "x:1"}, // no pin and no keys
		{"now"},
	} {
		var usage *usageError
		if out, err := command(t, append([]string{"doctor", "-state", state}, args...)...); !errors.As(err, &usage) {
			t.Errorf("%q: got %q, %v, want a usage error", args, out, err)
		}
	}
}

func TestClocksThatDifferAreToldApart(t *testing.T) {
	for skew, want := range map[time.Duration]string{
		0: fine, 5 * time.Second: fine, -5 * time.Second: fine, 6 * time.Second: warning, -time.Minute: warning,
		61 * time.Second: problem, -time.Hour: problem,
	} {
		if got := checkClock(skew); got.result != want {
			t.Errorf("%v: got %+v, want %s", skew, got, want)
		}
	}
	if got, want := checkClock(-time.Hour).says, "the relay's is 1h0m0s behind ours"; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestProxysRefusalsAreExplained(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{&dial.ProxyError{Proxy: "p:1", Status: http.StatusProxyAuthRequired, Schemes: []string{"Basic", "NTLM"}}, "the proxy wants to know who asks, by Basic or NTLM"},
		{&dial.ProxyError{Proxy: "p:1", Status: http.StatusForbidden}, "the proxy said no: 403"},
		{dial.ErrRelayKey, "a key that is not pinned"},
		{dial.ErrUnreachable, dial.ErrUnreachable.Error()},
	} {
		if got := sayWhy(fmt.Errorf("dial: %w", c.err)); !strings.Contains(got, c.want) {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
