package hub

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lotse/relay/tunnel"
	"lotse/relay/wire"
)

// reach connects from an address and says nothing yet.
func (s *stage) reach(from string) net.Conn {
	s.t.Helper()
	a, b := net.Pipe()
	s.listener.conns <- far{a, address(from)}
	return b
}

// looseTLS is what a browser or a proxy would do.
func (s *stage) looseTLS(raw net.Conn, version uint16) *tls.Conn {
	s.t.Helper()
	c := tls.Client(raw, &tls.Config{
		InsecureSkipVerify: true, NextProtos: []string{wire.ALPNHTTP}, MinVersion: tls.VersionTLS12, MaxVersion: version,
		CurvePreferences: []tls.CurveID{tls.CurveP256},
	})
	if err := c.HandshakeContext(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	return c
}

// callThrough connects by a WebSocket and finishes the TLS inside it.
func (s *stage) callThrough(raw, below net.Conn) *peer {
	s.t.Helper()
	inside, err := tunnel.Dial(s.t.Context(), below, "relay.example:443")
	if err != nil {
		s.t.Fatal(err)
	}
	p := &peer{t: s.t, stage: s, raw: raw, conn: tls.Client(inside, wire.ClientTLS([][32]byte{s.server.cfg.Identity.Pin()}))}
	if err := p.conn.HandshakeContext(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	if p.bind, err = wire.Bind(p.conn.ConnectionState()); err != nil {
		s.t.Fatal(err)
	}
	p.in = wire.NewReader(p.conn)
	return p
}

// One port takes lotse/1 in TLS, in a WebSocket, and in a WebSocket in
// anybody's TLS, and everybody meets the same key.
func TestOnePortSpeaksEverything(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		for name, call := range map[string]func() *peer{
			"TLS": func() *peer { return s.call(office) },
			"WebSocket": func() *peer {
				raw := s.reach(office)
				return s.callThrough(raw, raw)
			},
			"WebSocket in TLS 1.2": func() *peer {
				raw := s.reach(office)
				return s.callThrough(raw, s.looseTLS(raw, tls.VersionTLS12))
			},
			"WebSocket in TLS 1.3": func() *peer {
				raw := s.reach(office)
				return s.callThrough(raw, s.looseTLS(raw, tls.VersionTLS13))
			},
		} {
			p := call().greet(wire.RoleMaster)
			p.say(p.proof())
			if _, ok := p.hear().(wire.ProveOK); !ok {
				s.t.Errorf("%s: the licence was refused", name)
			}
			p.say(wire.Open{Digits: 6})
			opened, ok := p.hear().(wire.Opened)
			if !ok {
				s.t.Fatalf("%s: no room", name)
			}
			p.opened = opened
			p.listen()
			big := make([]byte, 200<<10) // far beyond what stage 1 allows
			p.send(wire.Frame{Type: wire.Record, Flags: wire.Flags(wire.LanePicture) | wire.First | wire.Last, Payload: big})
			p.send(wire.Frame{Type: wire.Ping, Payload: []byte("12345678")})
			if got := <-p.got; got.Type != wire.Pong || string(got.Payload) != "12345678" {
				s.t.Errorf("%s: got %+v, want a pong", name, got)
			}
			p.raw.Close()
		}
	})
}

// What proves nothing has a key of its own, and lotse/1 takes no weaker TLS.
func TestLooseTLSProvesNothingAndStrictTLSStaysStrict(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		raw := s.reach(office)
		c := s.looseTLS(raw, tls.VersionTLS13)
		if key := c.ConnectionState().PeerCertificates[0].PublicKey; key == nil || !isECDSA(key) {
			s.t.Errorf("got a key of type %T, want ECDSA, which is not the relay's", key)
		}
		raw.Close()
		for name, weaken := range map[string]func(*tls.Config){
			"TLS 1.2":      func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS12, tls.VersionTLS12 },
			"classic keys": func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.X25519} },
		} {
			cfg := wire.ClientTLS(nil)
			cfg.VerifyConnection = nil
			weaken(cfg)
			raw := s.reach(office)
			if err := tls.Client(raw, cfg).HandshakeContext(s.t.Context()); err == nil {
				s.t.Errorf("%s: got lotse/1", name)
			}
			raw.Close()
		}
	})
}

func isECDSA(key any) bool {
	_, ok := key.(*ecdsa.PublicKey)
	return ok
}

// ask sends a request and returns the status line and the body.
func ask(t *testing.T, c net.Conn, request string) string {
	t.Helper()
	go func() { _, _ = io.WriteString(c, request) }()
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.Status + ": " + strings.TrimSpace(string(body))
}

func TestOnlyHealthAndTheTunnelAreServed(t *testing.T) {
	const upgrade = "Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
	onStage(t, Config{}, func(s *stage) {
		for request, want := range map[string]string{
			"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n":                                   "200 OK: ok",
			"GET / HTTP/1.1\r\nHost: x\r\n\r\n":                                          "404 Not Found: Not Found",
			"GET /lotse/../healthz HTTP/1.1\r\nHost: x\r\n\r\n":                          "404 Not Found: Not Found",
			"CONNECT mail.example:25 HTTP/1.1\r\nHost: mail.example:25\r\n\r\n":          "404 Not Found: Not Found",
			"GET http://other.example/lotse2 HTTP/1.1\r\nHost: other.example\r\n\r\n":    "404 Not Found: Not Found",
			"GET /lotse HTTP/1.1\r\n" + upgrade + "Origin: https://evil.example\r\n\r\n": "403 Forbidden: programs only",
		} {
			for _, open := range []func() net.Conn{
				func() net.Conn { return s.reach(office) },
				func() net.Conn { return s.looseTLS(s.reach(office), tls.VersionTLS13) },
			} {
				c := open()
				if got := ask(s.t, c, request); got != want {
					s.t.Errorf("%q: got %q, want %q", request, got, want)
				}
				c.Close()
			}
		}
		c := s.reach(office)
		if got := ask(s.t, c, "GET /lotse HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.HasPrefix(got, "426") {
			s.t.Errorf("no upgrade: got %q, want 426", got)
		}
		c.Close()
	})
}

// TestNothingIsUnpacked: a WebSocket gets no compression, however it asks, and a
// message that claims to be packed ends it unread.
func TestNothingIsUnpacked(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		c := s.reach(office)
		_, err := io.WriteString(c, "GET /lotse HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
			"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n")
		if err != nil {
			s.t.Fatal(err)
		}
		r := bufio.NewReader(c)
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			s.t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("Sec-WebSocket-Extensions"); res.StatusCode != http.StatusSwitchingProtocols || got != "" {
			s.t.Errorf("got %s and the extensions %q, want none", res.Status, got)
		}
		packed := []byte{0xc2, 0x84, 0, 0, 0, 0, 0x4b, 0x04, 0x00, 0x00} // RSV1, binary, masked, "a" (RFC 7692 §7.2.3.1)
		if _, err := c.Write(packed); err != nil {
			s.t.Fatal(err)
		}
		if got := goneAfter(&peeked{c, nil}); got > time.Second {
			s.t.Errorf("ended after %v, want at once", got)
		}
	})
}

// goneAfter returns how long the relay keeps a connection that says no more.
func goneAfter(c net.Conn) time.Duration {
	begun := time.Now()
	_, _ = io.Copy(io.Discard, c)
	return time.Since(begun)
}

func ignore(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func TestStrangeBeginningsEndAtOnce(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		for first := range 256 {
			if first == tlsHandshake || first >= 'A' && first <= 'Z' {
				continue
			}
			c := s.reach(office)
			_, _ = c.Write([]byte{byte(first)})
			if got := goneAfter(c); got != 0 {
				s.t.Fatalf("%#x: ended after %v, want at once", first, got)
			}
		}
	})
}

func TestSlowWaysInAreCutOff(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		raw := s.reach(office)
		_, _ = raw.Write([]byte("G"))
		if got := goneAfter(raw); got != stage1Time {
			s.t.Errorf("one letter: got %v, want %v", got, stage1Time)
		}
		raw = s.reach(office)
		begun := time.Now()
		for range 60 { // a line a second
			if _, err := io.WriteString(raw, "GET "); err != nil {
				break
			}
			after(time.Second)
		}
		if got := time.Since(begun); got > stage1Time+time.Second {
			s.t.Errorf("drop by drop: got %v, want %v", got, stage1Time)
		}
		raw = s.reach(office)
		if _, err := tunnel.Dial(s.t.Context(), raw, "relay.example:80"); err != nil {
			s.t.Fatal(err)
		}
		if got := goneAfter(raw); got != stage1Time {
			s.t.Errorf("a WebSocket with nothing in it: got %v, want %v", got, stage1Time)
		}
		raw = s.reach(office)
		p := s.callThrough(raw, s.looseTLS(raw, tls.VersionTLS13)).greet(wire.RoleMaster)
		if got := p.ended(); got != stage1Time {
			s.t.Errorf("after the greeting: got %v, want %v", got, stage1Time)
		}
	})
}

// counted counts what was taken of us.
type counted struct {
	net.Conn
	n atomic.Int64
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.n.Add(int64(n))
	return n, err
}

// Whatever stands in front of the pinned TLS, a stranger's bytes are counted.
func TestWaysInAreBounded(t *testing.T) {
	flood := func(w io.Writer) {
		for junk := bytes.Repeat([]byte("x"), 1000); ; {
			if _, err := w.Write(junk); err != nil {
				return
			}
		}
	}
	onStage(t, Config{}, func(s *stage) {
		raw := &counted{Conn: s.reach(office)}
		_, _ = io.WriteString(raw, "GET /lotse HTTP/1.1\r\nX: ")
		go ignore(raw)
		flood(raw)
		if raw.n.Load() > tunnel.MaxHeader {
			s.t.Errorf("header: got %d bytes taken, want at most %d", raw.n.Load(), tunnel.MaxHeader)
		}
		raw = &counted{Conn: s.reach(office)}
		inside, err := tunnel.Dial(s.t.Context(), raw, "relay.example:80")
		if err != nil {
			s.t.Fatal(err)
		}
		_, _ = inside.Write([]byte{tlsHandshake, 3, 1, 0x40, 0})
		go ignore(inside)
		flood(inside)
		if most := int64(2 * (wire.Stage1Budget + tlsBudget)); raw.n.Load() > most {
			s.t.Errorf("WebSocket: got %d bytes taken, want at most %d", raw.n.Load(), most)
		}
		raw = &counted{Conn: s.reach(office)}
		p := s.callThrough(raw, raw)
		go ignore(p.conn)
		flood(p.conn) // well sealed, and still no greeting
		if most := int64(2 * (wire.Stage1Budget + tlsBudget)); raw.n.Load() > most {
			s.t.Errorf("TLS in a WebSocket: got %d bytes taken, want at most %d", raw.n.Load(), most)
		}
		synctest.Wait()
		if got := s.server.Stats().Stage1Failed; got != 3 {
			s.t.Errorf("got %d failures counted, want 3", got)
		}
	})
}

// A relay behind no proxy believes no header about where somebody comes from.
func TestForwardedAddressesAreNotBelieved(t *testing.T) {
	onStage(t, Config{MaxStage1: 2}, func(s *stage) {
		var held []net.Conn
		for range 2 {
			c := s.reach(office)
			_, _ = io.WriteString(c, "GET /lotse HTTP/1.1\r\nX-Forwarded-For: 198.51.100.9\r\nForwarded: for=198.51.100.9\r\n")
			held = append(held, c)
		}
		synctest.Wait()
		if got := goneAfter(s.reach(office)); got != 0 {
			s.t.Errorf("a third of one source: ended after %v, want at once", got)
		}
		if got := goneAfter(s.reach(abroad)); got != stage1Time {
			s.t.Errorf("the one who was named: ended after %v, want %v", got, stage1Time)
		}
		for _, c := range held {
			c.Close()
		}
	})
}

func FuzzArrival(f *testing.F) {
	f.Add([]byte("GET /lotse HTTP/1.1\r\nHost: x\r\n\r\n"))
	f.Add([]byte{tlsHandshake, 3, 1, 0, 5, 1, 0, 0, 1, 3})
	f.Add([]byte("GET /healthz HTTP/1.0\r\n\r\n"))
	identity, err := NewIdentity()
	if err != nil {
		f.Fatal(err)
	}
	server, err := New(Config{Identity: identity})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, b := net.Pipe()
		go func() {
			_, _ = b.Write(data)
			b.Close()
		}()
		go ignore(b)
		g := &gate{s: server, raw: a}
		if err := g.arrive(context.WithoutCancel(t.Context()), a); err == nil {
			t.Fatalf("%q was taken for lotse/1", data)
		}
		a.Close()
	})
}
