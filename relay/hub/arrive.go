package hub

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"slices"
	"time"

	"lotse/relay/tunnel"
	"lotse/relay/wire"
)

// Every port speaks everything: TLS with lotse/1 at once, or HTTP, in TLS of a
// certificate that proves nothing or without any, that turns into a WebSocket
// with the same lotse/1 inside it (protocol.md §2).

const (
	// peekBytes is how much of a connection is read to see what it speaks; the
	// first byte decides.
	peekBytes = 16
	// tlsHandshake is how a TLS connection begins (RFC 8446 §5.1).
	tlsHandshake = 0x16
)

var (
	// errHealth ends a connection that only asked how the relay is.
	errHealth = errors.New("hub: health check")
	// errLanguage says that a connection begins like nothing that we speak.
	errLanguage = errors.New("hub: neither TLS nor HTTP")
)

// peeked is a connection of which some bytes were read already.
type peeked struct {
	net.Conn
	head []byte
}

func (p *peeked) Read(b []byte) (int, error) {
	if len(p.head) == 0 {
		return p.Conn.Read(b)
	}
	n := copy(b, p.head)
	p.head = p.head[n:]
	return n, nil
}

// arrive finds out what a connection speaks and makes TLS of it that ends
// here: g.conn over g.pipe.
func (g *gate) arrive(ctx context.Context, raw net.Conn) error {
	head := make([]byte, peekBytes)
	n, err := raw.Read(head)
	if err != nil {
		return fmt.Errorf("hub: first byte: %w", err)
	}
	g.pipe = newPipe(&peeked{raw, head[:n]})
	switch first := head[0]; {
	case first == tlsHandshake:
		return g.arriveTLS(ctx)
	case first >= 'A' && first <= 'Z':
		return g.arriveHTTP(ctx, g.pipe)
	default:
		return errLanguage
	}
}

func (g *gate) arriveTLS(ctx context.Context) error {
	conn := tls.Server(g.pipe, g.s.front)
	if err := conn.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("hub: TLS: %w", err)
	}
	if conn.ConnectionState().NegotiatedProtocol != wire.ALPN {
		return g.arriveHTTP(ctx, conn)
	}
	g.conn = conn
	return nil
}

// arriveHTTP answers a health check, or opens a WebSocket and expects TLS in
// it. What a header says of who forwarded it is not believed.
func (g *gate) arriveHTTP(ctx context.Context, c net.Conn) error {
	r := bufio.NewReader(io.LimitReader(c, tunnel.MaxHeader))
	req, err := http.ReadRequest(r)
	if err != nil {
		return fmt.Errorf("hub: HTTP: %w", err)
	}
	switch {
	case req.Method == http.MethodGet && req.URL.Path == "/healthz":
		return errors.Join(errHealth, healthy(c))
	case req.URL.Path != tunnel.Path:
		return errors.Join(errLanguage, tunnel.Refuse(c, http.StatusNotFound))
	}
	inside, err := tunnel.Accept(ctx, c, r, req)
	if err != nil {
		return fmt.Errorf("hub: WebSocket: %w", err)
	}
	g.outer, g.pipe = g.pipe, newPipe(inside)
	g.outer.left += wire.Stage1Budget + tlsBudget
	conn := tls.Server(g.pipe, g.s.tls)
	if err := conn.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("hub: TLS in a WebSocket: %w", err)
	}
	g.conn = conn
	return nil
}

// unbound lets the peer send as much as it likes from now on.
func (g *gate) unbound() {
	g.pipe.left = -1
	if g.outer != nil {
		g.outer.left = -1
	}
}

// healthy says that the relay is well.
func healthy(c io.Writer) error {
	const ok = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"
	if _, err := io.WriteString(c, ok); err != nil {
		return fmt.Errorf("hub: health: %w", err)
	}
	return nil
}

// frontTLS returns what answers a connection's first hello: lotse/1 gets the
// pinned key and nothing weaker, everybody else what browsers and proxies
// understand, with a key that proves nothing.
func frontTLS(strict *tls.Config, web tls.Certificate) *tls.Config {
	loose := &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{web}, NextProtos: []string{wire.ALPNHTTP},
		SessionTicketsDisabled: true,
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
			if slices.Contains(h.SupportedProtos, wire.ALPN) {
				return strict, nil
			}
			return loose, nil
		},
	}
}

// webCertificate makes the certificate for those who do not speak lotse/1, of
// a kind that every TLS knows.
func webCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("hub: key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "lotse-relay"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(certificateLife),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("hub: certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
