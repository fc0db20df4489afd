package dial_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"lotse/packaging/profile"
	"lotse/relay/dial"
	"lotse/relay/relaytest"
	"lotse/relay/wire"
)

// blocked is an address at which nobody listens.
func blocked(t *testing.T) string {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// proxyAt sends everything through one proxy.
func proxyAt(s string) dial.Proxy {
	return func(context.Context, string) (*url.URL, error) { return url.Parse(s) }
}

// filter passes connections on to a relay when it likes how they begin, and
// shuts the others: a firewall.
func filter(t *testing.T, upstream string, likes func(first []byte) bool) string {
	t.Helper()
	return listener(t, func(c net.Conn) {
		r := bufio.NewReader(c)
		first, err := r.Peek(4)
		if err != nil || !likes(first) {
			return
		}
		var d net.Dialer
		up, err := d.DialContext(t.Context(), "tcp", upstream)
		if err != nil {
			return
		}
		defer up.Close()
		var both sync.WaitGroup
		both.Go(func() { _, _ = io.Copy(up, r); up.Close() })
		both.Go(func() { _, _ = io.Copy(c, up); c.Close() })
		both.Wait()
	})
}

func pinned(r *relaytest.Relay, addr string, also ...string) []profile.Relay {
	return []profile.Relay{{Addr: addr, Also: also, Pins: r.Servers()[0].Pins}}
}

// useful meets a participant through a client and sends large pictures both
// ways.
func useful(t *testing.T, r *relaytest.Relay, m *dial.Client) {
	t.Helper()
	opened, err := m.Open(t.Context(), wire.Open{Digits: 6})
	if err != nil {
		t.Fatal(err)
	}
	p := connect(t, participantOf(r))
	ticket, err := p.Join(t.Context(), wire.Join{Session: opened.Session, Nonce: [16]byte{1}})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Admit(t.Context(), ticket.Conn); err != nil {
		t.Fatal(err)
	}
	picture := bytes.Repeat([]byte("sealed picture "), 20_000)
	for _, way := range []struct {
		from, to *dial.Client
		channel  uint32
	}{{m, p, ticket.Conn}, {p, m, wire.MasterConn}} {
		f := wire.Frame{Type: wire.Record, Flags: wire.Flags(wire.LanePicture) | wire.First | wire.Last, Channel: way.channel, Payload: picture}
		if err := way.from.Send(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		if got := next(t, way.to, wire.Record); !bytes.Equal(got.Payload, picture) {
			t.Errorf("got %d bytes, want the picture of %d", len(got.Payload), len(picture))
		}
	}
}

// Where only some beginnings get out, another way is found.
func TestFirewallsArePassed(t *testing.T) {
	r := relaytest.New(t)
	for name, c := range map[string]struct {
		likes func([]byte) bool
		want  dial.Kind
	}{
		"anything":  {func([]byte) bool { return true }, dial.TLS},
		"only HTTP": {func(b []byte) bool { return string(b) == "GET " }, dial.WS},
	} {
		addr := filter(t, r.Addr(), c.likes)
		cfg := masterOf(r)
		cfg.Servers, cfg.Proxy = pinned(r, addr), dial.NoProxy
		m := connect(t, cfg)
		if got, want := m.Way(), (dial.Way{Relay: addr, Addr: addr, Kind: c.want}); got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
		useful(t, r, m)
	}
}

// The first address is shut: the relay's other one is taken, and only what the
// gate lets through.
func TestTheOtherAddressOfARelayIsTaken(t *testing.T) {
	r := relaytest.New(t)
	shut := blocked(t)
	cfg := masterOf(r)
	cfg.Servers, cfg.Proxy = pinned(r, shut, r.Addr()), dial.NoProxy
	p := &profile.Profile{Relays: cfg.Servers}
	cfg.Allow = p.Allowed
	m := connect(t, cfg)
	if got, want := m.Way(), (dial.Way{Relay: shut, Addr: r.Addr(), Kind: dial.TLS}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	useful(t, r, m)
	p.Relays = pinned(r, shut)
	if c, err := dial.Connect(t.Context(), cfg); err == nil {
		t.Errorf("dialled %v, which the profile does not list", c.Way())
	}
}

// A licence that a relay refuses is refused once, not once for each way.
func TestWhatTheRelayRefusesIsNotTriedAgainElsewhere(t *testing.T) {
	r, stranger := relaytest.New(t), relaytest.New(t)
	cfg := masterOf(r)
	cfg.Licence, cfg.Servers = stranger.Licence(), pinned(r, r.Addr(), filter(t, r.Addr(), func([]byte) bool { return true }))
	var denied *wire.DeniedError
	if _, err := dial.Connect(t.Context(), cfg); !errors.As(err, &denied) {
		t.Fatalf("got %v, want a DeniedError", err)
	}
	if got := r.Stats().Denied; got[wire.ReasonLicence] != 1 || len(got) != 1 {
		t.Errorf("got %v, want one refusal", got)
	}
}

// records takes a stream for TLS 1.3 (RFC 8446 §5) and returns the types of
// its records after the hello; anything else fails the test.
func records(t *testing.T, stream []byte) (hellos, sealed int) {
	t.Helper()
	for len(stream) >= 5 {
		typ, n := stream[0], int(binary.BigEndian.Uint16(stream[3:]))
		if stream[1] != 3 || n > 16<<10+256 {
			t.Fatalf("no TLS record: % x", stream[:5])
		}
		switch typ {
		case 22:
			hellos++
		case 23:
			sealed++
		case 20: // for middle boxes, says nothing
		default:
			t.Fatalf("a record of type %d", typ)
		}
		stream = stream[min(len(stream), 5+n):]
	}
	return hellos, sealed
}

// A proxy that looks into TLS carries the session and sees two hellos and
// ciphertext.
func TestInterceptingProxySeesOnlyTheInnerTLS(t *testing.T) {
	r := relaytest.New(t)
	office, shut := relaytest.NewInterceptor(t, r.Addr()), blocked(t)
	cfg := masterOf(r)
	cfg.Servers, cfg.Proxy = pinned(r, shut), proxyAt("http://"+office.Addr())
	m := connect(t, cfg)
	if got, want := m.Way(), (dial.Way{Relay: shut, Addr: shut, Kind: dial.WSS, Proxy: office.Addr()}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	useful(t, r, m)
	tapes := office.Tapes()
	if len(tapes) != 1 || tapes[0].Target != shut {
		t.Fatalf("got %d tapes, want one of %s", len(tapes), shut)
	}
	for side, tape := range map[string][]byte{"up": tapes[0].Up, "down": tapes[0].Down} {
		head, _, found := bytes.Cut(tape, []byte("\r\n\r\n"))
		stream := relaytest.Inside(tape)
		if hellos, sealed := records(t, stream); !found || hellos != 1 || sealed < 4 {
			t.Errorf("%s: got %d hellos and %d sealed records after %q, want 1 and more", side, hellos, sealed, head)
		}
		for _, secret := range []string{string(r.Licence().Note[:40]), r.Licence().Number, "Hafen", "sealed picture", "lotse licence", "Basic"} {
			if bytes.Contains(stream, []byte(secret)) || bytes.Contains(tape, []byte(secret)) {
				t.Errorf("%s: %q is on the tape", side, secret)
			}
		}
		if len(stream) < 300_000 {
			t.Errorf("%s: got %d bytes on the tape, want the picture among them", side, len(stream))
		}
	}
}

// The proxy may be the relay's enemy: with TLS ended by somebody else and no
// relay behind it, the licence stays here.
func TestInterceptingProxyWithAFalseRelayGetsNothing(t *testing.T) {
	r, false1 := relaytest.New(t), relaytest.New(t)
	office := relaytest.NewInterceptor(t, false1.Addr())
	cfg := masterOf(r)
	cfg.Servers, cfg.Proxy = pinned(r, blocked(t)), proxyAt("http://"+office.Addr())
	if _, err := dial.Connect(t.Context(), cfg); !errors.Is(err, dial.ErrRelayKey) {
		t.Errorf("got %v, want %v", err, dial.ErrRelayKey)
	}
	if got := false1.Stats(); got.Links != 0 || len(got.Denied) != 0 {
		t.Errorf("the false relay got as far as %+v", got)
	}
}

// answering is a proxy that says the same to everybody.
func answering(t *testing.T, answer string) (addr string, asked <-chan string) {
	t.Helper()
	requests := make(chan string, 16)
	addr = listener(t, func(c net.Conn) {
		req, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		requests <- req.Method + " " + req.Host + " " + req.Header.Get("Proxy-Authorization")
		_, _ = io.WriteString(c, answer)
	})
	return addr, requests
}

func TestProxyErrorsNameAddressesAndNoPasswords(t *testing.T) {
	r := relaytest.New(t)
	for name, c := range map[string]struct {
		answer, want string // the end of the error
	}{
		"asks who we are": {
			"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: basic realm=\"hunter2\"\r\n" +
				"Proxy-Authenticate: hunter2\r\nContent-Length: 0\r\n\r\n",
			" answered 407 and takes Basic, Negotiate",
		},
		"forbids it":      {"HTTP/1.1 403 Forbidden hunter2\r\n\r\n", " answered 403"},
		"sends elsewhere": {"HTTP/1.1 302 Found\r\nLocation: http://hunter2.example/\r\n\r\n", " answered 302"},
		"talks first":     {"HTTP/1.1 200 OK\r\n\r\nHello hunter2", " spoke before the relay was asked"},
		"is no proxy":     {"220 mail.example ESMTP hunter2\r\n", ": unreadable answer"},
		"never ends":      {"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("hunter2", 10<<10), ": unreadable answer"},
	} {
		proxy, asked := answering(t, c.answer)
		cfg, shut := masterOf(r), blocked(t)
		cfg.Servers, cfg.Proxy = pinned(r, shut), proxyAt("http://anna:hunter2@"+proxy)
		through := 0
		for _, f := range dial.Check(t.Context(), cfg) {
			if f.Way.Proxy == "" {
				continue
			}
			through++
			want := "dial: no relay can be reached: " + f.Way.String() + ": dial: proxy " + proxy + c.want
			if !errors.Is(f.Err, dial.ErrUnreachable) || f.Err.Error() != want {
				t.Errorf("%s: got %v, want %s", name, f.Err, want)
			}
		}
		if through != 3 {
			t.Errorf("%s: got %d ways through the proxy, want 3", name, through)
		}
		if got, want := <-asked, "CONNECT "+shut+" "; got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// What a proxy says is more telling than that nothing answers directly.
func TestRefusalOfAProxyIsWhatConnectReturns(t *testing.T) {
	r := relaytest.New(t)
	proxy, _ := answering(t, "HTTP/1.1 403 Forbidden\r\n\r\n")
	cfg := masterOf(r)
	cfg.Servers, cfg.Proxy = pinned(r, blocked(t)), proxyAt("http://"+proxy)
	_, err := dial.Connect(t.Context(), cfg)
	got, ok := errors.AsType[*dial.ProxyError](err)
	if !ok || got.Proxy != proxy || got.Status != http.StatusForbidden || got.Schemes != nil || got.Unwrap() != nil || !errors.Is(err, dial.ErrUnreachable) {
		t.Errorf("got %v, want 403 of %s", err, proxy)
	}
}

// Ways that fail at once do not wait for each other: 39 of them would take ten
// seconds.
func TestFailedWaysMakeRoomAtOnce(t *testing.T) {
	r := relaytest.New(t)
	cfg := masterOf(r)
	var shut []string
	for range 13 {
		shut = append(shut, blocked(t))
	}
	cfg.Servers, cfg.Proxy = pinned(r, shut[0], shut[1:]...), dial.NoProxy
	begun := time.Now()
	if _, err := dial.Connect(t.Context(), cfg); !errors.Is(err, dial.ErrUnreachable) {
		t.Errorf("got %v, want %v", err, dial.ErrUnreachable)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

// The gate is asked for the relay before a proxy hears of it.
func TestProxiesAreNotAskedForWhatTheGateForbids(t *testing.T) {
	r := relaytest.New(t)
	proxy, asked := answering(t, "HTTP/1.1 200 OK\r\n\r\n")
	cfg := masterOf(r)
	cfg.Servers = pinned(r, blocked(t))
	cfg.Proxy = func(_ context.Context, addr string) (*url.URL, error) {
		t.Errorf("looked for a proxy to %s", addr)
		return url.Parse("http://" + proxy)
	}
	cfg.Allow = new(profile.Profile).Allowed
	if _, err := dial.Connect(t.Context(), cfg); !errors.Is(err, profile.ErrNotAllowed) {
		t.Errorf("got %v, want %v", err, profile.ErrNotAllowed)
	}
	if len(asked) != 0 {
		t.Errorf("the proxy heard %q", <-asked)
	}
}

func TestSystemProxyComesFromTheEnvironment(t *testing.T) {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "REQUEST_METHOD"} {
		t.Setenv(name, "")
	}
	t.Setenv("HTTPS_PROXY", "http://anna:hunter2@proxy.example:3128")
	t.Setenv("NO_PROXY", "inside.example,10.0.0.0/8")
	for addr, want := range map[string]string{
		"relay.example.org:5000": "http://anna:hunter2@proxy.example:3128", "relay.example.org:80": "http://anna:hunter2@proxy.example:3128",
		"relay.inside.example:443": "", "10.1.2.3:443": "", "127.0.0.1:443": "",
	} {
		proxy, err := dial.SystemProxy(t.Context(), addr)
		got := ""
		if proxy != nil {
			got = proxy.String()
		}
		if got != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", addr, got, err, want)
		}
	}
	t.Setenv("HTTPS_PROXY", "http://anna:hunter2@proxy.example:%zz") // is no URL, and none for any program
	if proxy, err := dial.SystemProxy(t.Context(), "relay.example.org:443"); proxy != nil || err != nil && strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v, %v, want none and no password", proxy, err)
	}
}

func TestProxiesOfOtherKindsAreRefused(t *testing.T) {
	r := relaytest.New(t)
	for _, proxy := range []string{"socks5://anna:hunter2@127.0.0.1:1080", "http://", "ftp://hunter2"} {
		cfg := masterOf(r)
		cfg.Servers, cfg.Proxy = pinned(r, blocked(t)), proxyAt(proxy)
		if _, err := dial.Connect(t.Context(), cfg); !errors.Is(err, dial.ErrUnreachable) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want %v", proxy, err, dial.ErrUnreachable)
		}
	}
}

// A proxy in TLS that cannot say who it is hears no password.
func TestUnknownProxyInTLSIsToldNothing(t *testing.T) {
	r := relaytest.New(t)
	proxy := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		t.Errorf("heard %s %v", req.Method, req.Header)
	}))
	proxy.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	proxy.StartTLS()
	t.Cleanup(proxy.Close)
	addr := proxy.Listener.Addr().String()
	cfg := masterOf(r)
	cfg.Servers, cfg.Proxy = pinned(r, blocked(t)), proxyAt("https://anna:hunter2@"+addr)
	for _, f := range dial.Check(t.Context(), cfg) {
		var unknown *tls.CertificateVerificationError
		if f.Way.Proxy != "" && (!errors.As(f.Err, &unknown) || strings.Contains(f.Err.Error(), "hunter2")) {
			t.Errorf("got %+v, want a certificate that is not believed", f)
		}
	}
}
