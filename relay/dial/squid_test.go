//go:build unix

package dial_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lotse/relay/dial"
	"lotse/relay/relaytest"
)

// squidSettings lets only anna with her password reach the relay, whose name
// nobody else knows, and keeps nothing. Its first argument is the port, then
// how it asks who it is, the hosts file, the log and the port that
// CONNECT may ask for.
const squidSettings = `http_port 127.0.0.1:%[1]s
%[2]s
acl known proxy_auth REQUIRED
acl relay port %[5]s
http_access deny CONNECT !relay
http_access allow CONNECT known
http_access deny all
hosts_file %[3]s
access_log stdio:%[4]s
cache_log /dev/null
pid_filename none
cache deny all
shutdown_lifetime 0 seconds
pinger_enable off
coredump_dir /
visible_hostname squid.lotse.invalid
max_filedescriptors 256
`

// How squid asks: the first argument is the folder with our files.
const (
	asksBasic = `auth_param basic program %[1]s/check
auth_param basic children 1 startup=1`
	asksDigest = `auth_param digest program /usr/lib/squid/digest_file_auth %[1]s/users
auth_param digest children 1 startup=1
auth_param digest realm office`
	// Debian's own helper for tests asks a question that names bytes behind its
	// end, so squid runs this test's program as one.
	asksNTLM = `auth_param ntlm program %[1]s/helper -test.run=^TestIsNTLMHelper$
auth_param ntlm children 1 startup=1
auth_param ntlm keep_alive on`
)

// checkPassword speaks the protocol of squid's Basic helpers.
const checkPassword = `#!/bin/sh
while read -r line; do
  case $line in
    'anna correct%20horse') echo OK ;;
    *) echo ERR ;;
  esac
done
`

// relayName is known to squid alone, so that nothing gets out without it
// (RFC 6761 §6.4: it never will be known elsewhere).
const relayName = "relay.lotse.invalid"

// squid starts Debian's squid before a relay and returns where it listens and
// the file that holds its log.
func squid(t *testing.T, relay, asks string) (addr, log string) {
	t.Helper()
	program, err := exec.LookPath("squid")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/squid"); err != nil {
			t.Skip("squid is not installed (packaging/linux/setup.sh installs it)")
		}
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil && strings.Contains(asks, "ntlm") {
		t.Skip(err)
	}
	dir := t.TempDir()
	_, relayPort, _ := net.SplitHostPort(relay)
	addr = blocked(t)
	_, port, _ := net.SplitHostPort(addr)
	log = filepath.Join(dir, "log")
	settings := fmt.Sprintf(squidSettings, port, fmt.Sprintf(asks, dir), filepath.Join(dir, "hosts"), log, relayPort)
	for name, file := range map[string]struct {
		text string
		mode os.FileMode
	}{
		"conf": {settings, 0o644}, "check": {checkPassword, 0o755}, "hosts": {"127.0.0.1 " + relayName + "\n", 0o644}, "log": {"", 0o666},
		"users": {"anna:correct horse\n", 0o644}, "helper": {string(self), 0o755},
	} {
		name := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(name, []byte(file.text), file.mode), os.Chmod(name, file.mode)); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range []string{dir, filepath.Dir(dir)} { // squid leaves root behind and must reach it
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	run(t, exec.CommandContext(t.Context(), program, "-N", "-d1", "-f", filepath.Join(dir, "conf")), "Accepting HTTP Socket connections")
	return addr, log
}

// run starts a program, waits until it has said that it is ready, and ends it
// with the test.
func run(t *testing.T, cmd *exec.Cmd, ready string) {
	t.Helper()
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(said); s.Scan(); {
			select {
			case lines <- s.Text():
			default: // enough
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		for range lines {
		}
		_ = cmd.Wait() // it was killed
	})
	var all []string
	for line := range lines {
		if all = append(all, line); strings.Contains(line, ready) {
			return
		}
	}
	t.Fatalf("%s ended:\n%s", cmd, strings.Join(all, "\n"))
}

func TestSessionsGoThroughSquid(t *testing.T) {
	r := relaytest.New(t)
	proxy, log := squid(t, r.Addr(), asksBasic)
	_, port, _ := net.SplitHostPort(r.Addr())
	relay := net.JoinHostPort(relayName, port)
	for _, name := range []string{"https_proxy", "NO_PROXY", "no_proxy"} {
		t.Setenv(name, "")
	}
	cfg := masterOf(r)
	cfg.Servers = pinned(r, relay)

	t.Setenv("HTTPS_PROXY", "http://anna:correct%20horse@"+proxy)
	m := connect(t, cfg)
	if got, want := m.Way(), (dial.Way{Relay: relay, Addr: relay, Kind: dial.TLS, Proxy: proxy}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	useful(t, r, m)

	for _, user := range []string{"", "anna:wrong%20horse@"} {
		t.Setenv("HTTPS_PROXY", "http://"+user+proxy)
		_, err := dial.Connect(t.Context(), cfg)
		var refused *dial.ProxyError
		if !errors.As(err, &refused) || refused.Status != http.StatusProxyAuthRequired || refused.Proxy != proxy {
			t.Fatalf("%q: got %v, want a 407 of %s", user, err, proxy)
		}
		if got, want := fmt.Sprint(refused.Schemes), "[Basic]"; got != want || strings.Contains(err.Error(), "horse") {
			t.Errorf("%q: got %s, %v, want %s and no password", user, got, err, want)
		}
	}

	cfg.Proxy = dial.NoProxy
	if c, err := dial.Connect(t.Context(), cfg); !errors.Is(err, dial.ErrUnreachable) {
		t.Errorf("without the proxy: got %v, %v, want %v", c, err, dial.ErrUnreachable)
	}
	m.Close()
	if seen, err := os.ReadFile(log); err != nil || !strings.Contains(string(seen), "TCP_DENIED/407") {
		t.Errorf("got %q, %v, want squid's log of the refusals", seen, err)
	}
}

// helperVariable makes the test's program a helper of squid's.
const helperVariable = "LOTSE_NTLM_HELPER"

func TestIsNTLMHelper(t *testing.T) {
	if os.Getenv(helperVariable) == "" {
		t.Skip("for squid")
	}
	if err := (&relaytest.Porter{User: "anna", Password: "correct horse"}).NTLMHelper(os.Stdin, os.Stdout); err != nil {
		t.Fatal(err)
	}
}

// Squid goes through the rounds of NTLM and checks Digest itself.
func TestSquidIsToldWhoAsks(t *testing.T) {
	t.Setenv(helperVariable, "1")
	for name, c := range map[string]struct {
		asks, user, scheme string
	}{
		"Digest":        {asksDigest, "anna:correct%20horse@", ""},
		"NTLM":          {asksNTLM, `OFFICE%5Canna:correct%20horse@`, ""},
		"NTLM, wrong":   {asksNTLM, "anna:wrong@", "[NTLM]"},
		"both":          {asksNTLM + "\n" + asksDigest, "anna:correct%20horse@", ""},
		"Digest, wrong": {asksDigest, "anna:wrong@", "[Digest]"},
		"NTLM, nobody":  {asksNTLM, "", "[NTLM]"},
	} {
		t.Run(name, func(t *testing.T) {
			r := relaytest.New(t)
			proxy, log := squid(t, r.Addr(), c.asks)
			_, port, _ := net.SplitHostPort(r.Addr())
			relay := net.JoinHostPort(relayName, port)
			cfg := masterOf(r)
			cfg.Servers, cfg.Proxy = pinned(r, relay), proxyAt("http://"+c.user+proxy)
			if c.scheme == "" {
				m := connect(t, cfg)
				useful(t, r, m)
				m.Close()
				return
			}
			_, err := dial.Connect(t.Context(), cfg)
			var refused *dial.ProxyError
			if !errors.As(err, &refused) || refused.Status != http.StatusProxyAuthRequired || fmt.Sprint(refused.Schemes) != c.scheme {
				seen, _ := os.ReadFile(log)
				t.Errorf("got %v, want a 407 that takes %s; squid: %s", err, c.scheme, seen)
			}
		})
	}
}
