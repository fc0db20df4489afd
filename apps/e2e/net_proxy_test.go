//go:build e2e && linux

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lotse/apps/stage"
	"lotse/relay/relaytest"
)

// squidSettings lets only anna with her password reach a relay's port, and keeps
// nothing. Its arguments are the helper that checks passwords and the log.
const squidSettings = `http_port 3128
auth_param basic program %[1]s
auth_param basic children 1 startup=1
acl known proxy_auth REQUIRED
acl relay port 5000
http_access deny CONNECT !relay
http_access allow CONNECT known
http_access deny all
access_log stdio:%[2]s
cache_log /dev/null
pid_filename none
cache deny all
shutdown_lifetime 0 seconds
pinger_enable off
coredump_dir /
visible_hostname squid.lotse.invalid
max_filedescriptors 256
`

// checkPassword speaks the protocol of squid's Basic helpers.
const checkPassword = `#!/bin/sh
while read -r line; do
  case $line in
    'anna correct%20horse') echo OK ;;
    *) echo ERR ;;
  esac
done
`

// office puts the customer behind a proxy host that is the only one it reaches.
func (s *lan) office() *stage.Host {
	s.t.Helper()
	proxy, err := s.net.Host(context.WithoutCancel(s.t.Context()), netip.MustParseAddr("10.0.9.1"), stage.Line{Delay: far / 10})
	must(s.t, err)
	s.customer.Set(func(l *stage.Line) { l.Only = proxy.Addr() })
	return proxy
}

// behind tells the customer's program of a proxy, as an office does.
func (s *lan) behind(proxy string) {
	s.env["customer"] = []string{"HTTPS_PROXY=" + proxy, "https_proxy=" + proxy, "NO_PROXY=", "no_proxy="}
}

// course runs a session for a while and prints how it went.
func (s *lan) course(what string) {
	s.t.Helper()
	s.run(5 * time.Second)
	c := s.end()
	c.whole(s.t)
	ages, pictures := c.ages(), s.pictureAges()
	s.t.Logf("%s: %d letters took %v at p50, %v at p99; %d pictures %v and %v",
		what, len(ages), quantile(ages, 0.5), quantile(ages, 0.99), len(pictures), quantile(pictures, 0.5), quantile(pictures, 0.99))
}

// TestNetBehindSquid has a customer whose network leads to Debian's squid and
// nowhere else, and who has to log in there.
func TestNetBehindSquid(t *testing.T) {
	program, err := exec.LookPath("squid")
	if err != nil {
		t.Skip("squid is not installed (packaging/linux/setup.sh installs it)")
	}
	s := layLAN(t, 1, stage.Line{Delay: far})
	proxy := s.office()
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	for name, file := range map[string]struct {
		text string
		mode os.FileMode
	}{
		"conf": {fmt.Sprintf(squidSettings, filepath.Join(dir, "check"), log), 0o644}, "check": {checkPassword, 0o755}, "log": {"", 0o666},
	} {
		name := filepath.Join(dir, name)
		must(t, os.WriteFile(name, []byte(file.text), file.mode))
		must(t, os.Chmod(name, file.mode))
	}
	for _, d := range []string{dir, filepath.Dir(dir)} { // squid leaves root behind and must reach it
		must(t, os.Chmod(d, 0o755))
	}
	ctx := context.WithoutCancel(t.Context())
	p, err := proxy.Start(ctx, stage.Command{Name: program, Args: []string{"-N", "-d1", "-f", filepath.Join(dir, "conf")}, Log: filepath.Join(dir, "said")})
	must(t, err)
	t.Cleanup(func() { _ = p.Kill() }) // it may be gone
	must(t, stage.Until(ctx, 20*time.Second, "squid", func() (bool, error) {
		said, err := os.ReadFile(filepath.Join(dir, "said"))
		return strings.Contains(string(said), "Accepting HTTP Socket connections"), err
	}))
	const soon = 2 * time.Second // on a line of 11 ms
	straight, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if c, err := s.customer.Dial(straight, "tcp", "10.0.1.1:5000"); err == nil {
		_ = c.Close() // the test has failed
		t.Fatal("the customer reaches the relay without the proxy")
	}
	s.behind("http://anna:correct%20horse@" + netip.AddrPortFrom(proxy.Addr(), 3128).String())
	s.meet()
	s.course("through squid with a password, 40 ms")
	must(t, p.Signal(syscall.SIGTERM)) // its log is complete then
	<-p.Done()
	seen := read(t, log)
	if !strings.Contains(seen, "CONNECT 10.0.1.1:5000 anna") {
		t.Errorf("got %q in squid's log, want the session of anna", seen)
	}
	for who, log := range s.log {
		if said := read(t, log); strings.Contains(said, "horse") {
			t.Errorf("the %s wrote the password down", who)
		}
	}
}

// TestNetBehindAnInterceptor has a customer whose network leads to a proxy that
// ends TLS with a certificate of its own. It sees a WebSocket, and TLS inside it.
func TestNetBehindAnInterceptor(t *testing.T) {
	s := layLAN(t, 1, stage.Line{Delay: far})
	host := s.office()
	listener, err := host.Listen(t.Context(), 8080)
	must(t, err)
	office := relaytest.NewInterceptorAt(t, listener, host.Dial, "10.0.1.1:5000")
	s.behind("http://" + office.Addr())
	s.meet()
	s.course("through a proxy that looks into TLS, 40 ms")
	code := strings.TrimPrefix(s.wait("moderator", "code ").what, "code ")
	number, pin, _ := strings.Cut(code, "-")
	bytesSeen := 0
	for _, tape := range office.Tapes() {
		for side, seen := range map[string][]byte{"up": tape.Up, "down": tape.Down} {
			inside := relaytest.Inside(seen)
			bytesSeen += len(inside)
			if len(inside) > 0 && inside[0] != 0x16 { // a hello (RFC 8446 §5.1)
				t.Errorf("%s: begins with %x, want TLS", side, inside[:min(len(inside), 8)])
			}
			for _, secret := range []string{number, pin, "Hafen Hilfe", s.seat.Number} {
				if bytes.Contains(inside, []byte(secret)) || bytes.Contains(seen, []byte(secret)) {
					t.Errorf("%s: the proxy read %q", side, secret)
				}
			}
		}
	}
	const little = 10_000
	if bytesSeen < little {
		t.Errorf("the proxy saw %d bytes, want a session", bytesSeen)
	}
}
