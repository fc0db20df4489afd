// Package tunnel carries a stream of bytes inside a WebSocket (RFC 6455), for
// networks that let nothing but HTTP through. It protects nothing: what
// travels inside is TLS with the relay's pinned key, so whoever opens the
// WebSocket sees ciphertext.
package tunnel

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"

	"github.com/coder/websocket"
)

const (
	// Path is where a relay takes WebSockets.
	Path = "/lotse"
	// MaxHeader is the longest request or answer in bytes before the WebSocket
	// begins; ours have about 300, and proxies add their own lines.
	MaxHeader = 16 << 10
)

// stream is what travels inside. Deadlines and Close belong to the connection
// below: they never wait for the peer, and here each of them ends the stream.
type stream struct {
	net.Conn
	inside net.Conn
}

func (s *stream) Read(b []byte) (int, error)  { return s.inside.Read(b) }
func (s *stream) Write(b []byte) (int, error) { return s.inside.Write(b) }

// streamOf wraps a WebSocket that goes through conn. The context may carry
// values but not end: what ends the stream is Close.
func streamOf(ctx context.Context, ws *websocket.Conn, conn net.Conn) net.Conn {
	// Close goes past the WebSocket, which would keep its finalizer then. What it
	// points to points back at it, and such a ring is never freed (runtime.SetFinalizer).
	runtime.SetFinalizer(ws, nil)
	return &stream{Conn: bottom(conn), inside: websocket.NetConn(context.WithoutCancel(ctx), ws, websocket.MessageBinary)}
}

// bottom returns what lies below all TLS. Closing TLS itself would wait for a
// peer that does not read.
func bottom(conn net.Conn) net.Conn {
	for {
		t, ok := conn.(*tls.Conn)
		if !ok {
			return conn
		}
		conn = t.NetConn()
	}
}

// Accept turns the connection that req came from into a stream. What r still
// holds belongs to the stream. Pages of other sites get none: a request that
// names an Origin is refused.
func Accept(ctx context.Context, conn net.Conn, r *bufio.Reader, req *http.Request) (net.Conn, error) {
	w := &answer{conn: conn, rw: bufio.NewReadWriter(r, bufio.NewWriter(conn)), header: http.Header{}}
	if req.Header.Get("Origin") != "" {
		http.Error(w, "programs only", http.StatusForbidden)
		return nil, errors.Join(errors.New("tunnel: a page of a browser asked"), w.rw.Flush())
	}
	ws, err := websocket.Accept(w, req, nil)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("tunnel: %w", err), w.rw.Flush())
	}
	return streamOf(ctx, ws, conn), nil
}

// Refuse answers a request that is none for us.
func Refuse(conn io.Writer, code int) error {
	w := &answer{rw: bufio.NewReadWriter(nil, bufio.NewWriter(conn)), header: http.Header{}}
	http.Error(w, http.StatusText(code), code)
	if err := w.rw.Flush(); err != nil {
		return fmt.Errorf("tunnel: %w", err)
	}
	return nil
}

// answer writes the answer to one request on a connection of its own.
type answer struct {
	conn   net.Conn
	rw     *bufio.ReadWriter
	header http.Header
	begun  bool
}

// Header returns what WriteHeader will send.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader sends the status and the header. An answer that opens no
// WebSocket is the last one.
func (a *answer) WriteHeader(code int) {
	if a.begun {
		return
	}
	a.begun = true
	if code != http.StatusSwitchingProtocols {
		a.header.Set("Connection", "close")
	}
	_, _ = fmt.Fprintf(a.rw, "HTTP/1.1 %d %s\r\n", code, http.StatusText(code)) // Flush tells
	_ = a.header.Write(a.rw)                                                    // likewise
	_, _ = a.rw.WriteString("\r\n")                                             // likewise
}

// Write sends a piece of the body.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.rw.Write(b)
}

// Hijack hands the connection over.
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if err := a.rw.Flush(); err != nil {
		return nil, nil, fmt.Errorf("tunnel: %w", err)
	}
	return a.conn, a.rw, nil
}

// Dial asks the relay at the other end of conn, called host, for a stream. The
// stream closes what lies below all TLS of conn.
func Dial(ctx context.Context, conn net.Conn, host string) (net.Conn, error) {
	once := make(chan net.Conn, 1)
	once <- conn
	client := &http.Client{
		Transport: &http.Transport{
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				select {
				case c := <-once:
					return c, nil
				default:
					return nil, errors.New("tunnel: only one connection was there")
				}
			},
			MaxResponseHeaderBytes: MaxHeader, DisableCompression: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	ws, _, err := websocket.Dial(ctx, "ws://"+host+Path, &websocket.DialOptions{HTTPClient: client}) //nolint:bodyclose // the WebSocket owns it
	if err != nil {
		return nil, fmt.Errorf("tunnel: %w", err)
	}
	return streamOf(ctx, ws, conn), nil
}
