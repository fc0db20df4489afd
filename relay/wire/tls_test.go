package wire

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

// certificate is a self-made one of a key that the seed tells.
func certificate(tb testing.TB, seed byte) (tls.Certificate, ed25519.PrivateKey) {
	tb.Helper()
	s := fill[[32]byte](seed)
	key := ed25519.NewKeyFromSeed(s[:])
	return certificateOf(tb, key), key
}

func certificateOf(tb testing.TB, key ed25519.PrivateKey) tls.Certificate {
	tb.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		tb.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func pinOf(tb testing.TB, key ed25519.PrivateKey) [32]byte {
	tb.Helper()
	pin, err := Pin(key.Public().(ed25519.PublicKey))
	if err != nil {
		tb.Fatal(err)
	}
	return pin
}

// wired is a connection over loopback: unlike net.Pipe, both ends may write at
// once, as they do when both refuse.
func wired(tb testing.TB) (a, b net.Conn) {
	tb.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close()
	var d net.Dialer
	if b, err = d.DialContext(tb.Context(), "tcp", l.Addr().String()); err != nil {
		tb.Fatal(err)
	}
	if a, err = l.Accept(); err != nil {
		tb.Fatal(err)
	}
	return a, b
}

// meet runs a handshake between the two and returns what each end saw.
func meet(tb testing.TB, server, client *tls.Config) (ss, cs tls.ConnectionState, serverErr, clientErr error) {
	tb.Helper()
	a, b := wired(tb)
	defer a.Close()
	defer b.Close()
	s, c := tls.Server(a, server), tls.Client(b, client)
	done := make(chan error, 1)
	go func() { done <- s.HandshakeContext(tb.Context()) }()
	clientErr = c.HandshakeContext(tb.Context())
	if clientErr != nil {
		b.Close()
	}
	serverErr = <-done
	return s.ConnectionState(), c.ConnectionState(), serverErr, clientErr
}

func TestSuiteIsAES256(t *testing.T) {
	cert, key := certificate(t, 1)
	ss, cs, serverErr, clientErr := meet(t, ServerTLS(cert), ClientTLS([][32]byte{pinOf(t, key)}))
	if serverErr != nil || clientErr != nil {
		t.Fatalf("server %v, client %v", serverErr, clientErr)
	}
	for _, s := range []tls.ConnectionState{ss, cs} {
		if s.Version != tls.VersionTLS13 || s.CipherSuite != tls.TLS_AES_256_GCM_SHA384 || s.CurveID != tls.X25519MLKEM768 || s.NegotiatedProtocol != ALPN {
			t.Errorf("got %#x %s %v %q, want TLS 1.3, AES-256, X25519MLKEM768 and %s",
				s.Version, tls.CipherSuiteName(s.CipherSuite), s.CurveID, s.NegotiatedProtocol, ALPN)
		}
	}
	one, err1 := Bind(ss)
	two, err2 := Bind(cs)
	if err1 != nil || err2 != nil || one != two || one == (Binding{}) {
		t.Errorf("bindings %x %v and %x %v, want the same", one, err1, two, err2)
	}
}

// Two connections never share a binding, so a proof can't be replayed.
func TestBindingsDiffer(t *testing.T) {
	cert, _ := certificate(t, 1)
	_, first, _, _ := meet(t, ServerTLS(cert), ClientTLS(nil))
	_, second, _, _ := meet(t, ServerTLS(cert), ClientTLS(nil))
	one, err1 := Bind(first)
	two, err2 := Bind(second)
	if err1 != nil || err2 != nil || one == two {
		t.Errorf("got %x %v and %x %v, want two", one, err1, two, err2)
	}
}

func TestPinsDecide(t *testing.T) {
	cert, key := certificate(t, 1)
	_, other := certificate(t, 2)
	for _, c := range []struct {
		name string
		pins [][32]byte
		want error
	}{
		{"current", [][32]byte{pinOf(t, key), pinOf(t, other)}, nil},
		{"next", [][32]byte{pinOf(t, other), pinOf(t, key)}, nil},
		{"foreign", [][32]byte{pinOf(t, other)}, ErrRelayKey},
		{"none", nil, nil},
	} {
		if _, _, _, err := meet(t, ServerTLS(cert), ClientTLS(c.pins)); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
}

// A peer that wants anything else is refused, whichever side it is.
func TestWeakerTLSIsRefused(t *testing.T) {
	cert, _ := certificate(t, 1)
	for name, weaken := range map[string]func(*tls.Config){
		"TLS 1.2":              func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS12, tls.VersionTLS12 },
		"classic key exchange": func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.X25519} },
		"another protocol":     func(c *tls.Config) { c.NextProtos = []string{"h2"} },
		"no protocol":          func(c *tls.Config) { c.NextProtos = nil },
	} {
		weakServer, weakClient := ServerTLS(cert), ClientTLS(nil)
		weaken(weakServer)
		weaken(weakClient)
		weakServer.VerifyConnection, weakClient.VerifyConnection = nil, nil
		if _, _, _, err := meet(t, weakServer, ClientTLS(nil)); err == nil {
			t.Errorf("%s: our client took the server", name)
		}
		if _, _, err, _ := meet(t, ServerTLS(cert), weakClient); err == nil {
			t.Errorf("%s: our server took the client", name)
		}
	}
}

func TestOtherSuitesAreRefused(t *testing.T) {
	good := tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: Suite, CurveID: tls.X25519MLKEM768, NegotiatedProtocol: ALPN}
	if err := CheckTLS(good); err != nil {
		t.Fatal(err)
	}
	for _, spoil := range []func(*tls.ConnectionState){
		func(s *tls.ConnectionState) { s.CipherSuite = tls.TLS_AES_128_GCM_SHA256 },
		func(s *tls.ConnectionState) { s.CipherSuite = tls.TLS_CHACHA20_POLY1305_SHA256 },
		func(s *tls.ConnectionState) { s.Version = tls.VersionTLS12 },
		func(s *tls.ConnectionState) { s.CurveID = tls.X25519 },
		func(s *tls.ConnectionState) { s.NegotiatedProtocol = "" },
	} {
		bad := good
		spoil(&bad)
		if err := CheckTLS(bad); !errors.Is(err, ErrTLS) {
			t.Errorf("got %v, want %v", err, ErrTLS)
		}
	}
}

func TestProofsHoldForOneConnectionAndPurpose(t *testing.T) {
	_, key := certificate(t, 1)
	public := key.Public().(ed25519.PublicKey)
	b, b2 := fill[Binding](1), fill[Binding](2)
	c, r := fill[[32]byte](3), fill[[32]byte](4)
	hello := SignRelayHello(key, b, c, r)
	licence := SignLicence(key, b, r, "1234567890")
	device := SignDevice(key, b, r, licence)
	for name, got := range map[string]bool{
		"hello":   VerifyRelayHello(public, b, c, r, hello),
		"licence": VerifyLicence(public, b, r, "1234567890", licence),
		"device":  VerifyDevice(public, b, r, licence, device),
	} {
		if !got {
			t.Errorf("%s: our own signature was refused", name)
		}
	}
	for name, got := range map[string]bool{
		"hello of another connection":   VerifyRelayHello(public, b2, c, r, hello),
		"hello with swapped nonces":     VerifyRelayHello(public, b, r, c, hello),
		"licence of another connection": VerifyLicence(public, b2, r, "1234567890", licence),
		"licence of another number":     VerifyLicence(public, b, r, "1234567891", licence),
		"licence of another nonce":      VerifyLicence(public, b, c, "1234567890", licence),
		"device for another licence":    VerifyDevice(public, b, r, hello, device),
		"device as licence":             VerifyLicence(public, b, r, string(licence[:]), device),
	} {
		if got {
			t.Errorf("%s was accepted", name)
		}
	}
}

// The labels are part of what other implementations sign.
func TestSignedTextsHaveTheseBytes(t *testing.T) {
	b, r := fill[Binding](1), fill[[32]byte](2)
	text := string(licenceText(b, r, "1234567890"))
	want := "\x00\x00\x00\x0dlotse licence\x00\x00\x00\x20" + string(b[:]) + "\x00\x00\x00\x20" + string(r[:]) + "\x00\x00\x00\x0a1234567890"
	if text != want {
		t.Errorf("got %q, want %q", text, want)
	}
	if got := string(relayHelloText(b, r, r)); !strings.HasPrefix(got, "\x00\x00\x00\x11lotse relay-hello") {
		t.Errorf("got %q", got)
	}
}
