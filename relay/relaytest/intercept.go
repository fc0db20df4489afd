package relaytest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"io"
	"math/big"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// Interceptor is an HTTP proxy that looks into TLS, as some offices have it: it
// answers CONNECT, ends the client's TLS with a certificate of its own
// authority, begins TLS of its own with the relay and keeps what passes. It
// reaches the relay wherever the client believes it to be.
type Interceptor struct {
	t         testing.TB
	addr      string
	relay     string
	dial      Dial
	authority tls.Certificate

	// mu guards the fields below.
	mu    sync.Mutex
	tapes []*Tape
}

// Tape is what an Interceptor read of one connection, after its own TLS.
type Tape struct {
	// Target is host:port that the client asked for.
	Target string
	// Up is what the client said, Down what it got.
	Up, Down []byte
}

// Dial reaches an address, as net.Dialer's DialContext does.
type Dial func(ctx context.Context, network, addr string) (net.Conn, error)

// NewInterceptor starts one before the relay at host:port. It ends with the
// test.
func NewInterceptor(tb testing.TB, relay string) *Interceptor {
	tb.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	return NewInterceptorAt(tb, l, new(net.Dialer).DialContext, relay)
}

// NewInterceptorAt starts one that listens and dials as it is told, for a host
// in a network of its own.
func NewInterceptorAt(tb testing.TB, l net.Listener, dial Dial, relay string) *Interceptor {
	tb.Helper()
	p := &Interceptor{t: tb, addr: l.Addr().String(), relay: relay, dial: dial}
	p.authority = p.issue("Office Proxy Authority", nil)
	accept(tb, l, p.serve)
	return p
}

// Addr returns host:port of the proxy.
func (p *Interceptor) Addr() string { return p.addr }

// Tapes returns what was read so far, a copy for each connection.
func (p *Interceptor) Tapes() []Tape {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]Tape, len(p.tapes))
	for i, t := range p.tapes {
		out[i] = Tape{t.Target, bytes.Clone(t.Up), bytes.Clone(t.Down)}
	}
	return out
}

// issue makes a certificate for a name, by the authority or, for the authority
// itself, by nobody.
func (p *Interceptor) issue(name string, by *tls.Certificate) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Error(err)
		return tls.Certificate{}
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true, IsCA: by == nil,
	}
	parent, signer := template, any(key)
	if by != nil {
		parent, signer = by.Leaf, by.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		p.t.Error(err)
		return tls.Certificate{}
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		p.t.Error(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// serve answers one CONNECT.
func (p *Interceptor) serve(ctx context.Context, near net.Conn) {
	defer near.Close()
	r := bufio.NewReader(near)
	req, err := http.ReadRequest(r)
	if err != nil || req.Method != http.MethodConnect {
		return
	}
	if _, err := io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	host, _, err := net.SplitHostPort(req.Host)
	if err != nil {
		return
	}
	client := tls.Server(near, &tls.Config{Certificates: []tls.Certificate{p.issue(host, &p.authority)}, NextProtos: []string{"http/1.1"}})
	if err := client.HandshakeContext(ctx); err != nil {
		return // it does not speak HTTP, or looks at certificates
	}
	raw, err := p.dial(ctx, "tcp", p.relay)
	if err != nil {
		return
	}
	relay := tls.Client(raw, &tls.Config{
		InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}, //nolint:gosec // the worst proxy there is
	})
	defer relay.Close()
	tape := &Tape{Target: req.Host}
	p.mu.Lock()
	p.tapes = append(p.tapes, tape)
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { p.carry(relay, client, &tape.Up) })
	both.Go(func() { p.carry(client, relay, &tape.Down) })
	both.Wait()
}

// carry passes one direction on and keeps it.
func (p *Interceptor) carry(to, from net.Conn, tape *[]byte) {
	defer to.Close()
	buf := make([]byte, 16<<10)
	for {
		n, err := from.Read(buf)
		p.mu.Lock()
		*tape = append(*tape, buf[:n]...)
		p.mu.Unlock()
		if _, werr := to.Write(buf[:n]); err != nil || werr != nil {
			return
		}
	}
}

// Inside takes the WebSocket's frames (RFC 6455 §5.2) of one direction apart,
// its header before them, and returns what travels in them.
func Inside(tape []byte) (out []byte) {
	_, b, _ := bytes.Cut(tape, []byte("\r\n\r\n"))
	for len(b) >= 2 {
		masked, n, head := b[1]&0x80 != 0, uint64(b[1]&0x7f), 2
		switch {
		case n == 126 && len(b) >= 4:
			n, head = uint64(binary.BigEndian.Uint16(b[2:])), 4
		case n == 127 && len(b) >= 10:
			n, head = binary.BigEndian.Uint64(b[2:]), 10
		}
		var key [4]byte
		if masked {
			head += copy(key[:], b[head:])
		}
		end := uint64(len(b))
		if n < end-uint64(head) {
			end = uint64(head) + n
		}
		if op := b[0] & 0x0f; op <= 2 { // continuation, text, binary
			for i, c := range b[head:end] {
				out = append(out, c^key[i%4])
			}
		}
		b = b[end:]
	}
	return out
}
