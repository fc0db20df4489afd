package dial

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"lotse/relay/tunnel"
)

// Proxy finds the HTTP proxy on the way to host:port; nil is none. Its URL may
// name a user and a password, which an error must not.
type Proxy func(ctx context.Context, addr string) (*url.URL, error)

// NoProxy never finds one.
func NoProxy(context.Context, string) (*url.URL, error) { return nil, nil } //nolint:nilnil // as Proxy says

// SystemProxy finds the proxy that the environment names (HTTPS_PROXY and
// NO_PROXY, in capitals or not), and on Windows, if it names none, the one in
// the user's settings or found by their script.
func SystemProxy(ctx context.Context, addr string) (*url.URL, error) {
	proxy, err := environmentProxy(addr)
	if err != nil || proxy != nil {
		return proxy, err
	}
	return settingsProxy(ctx, addr)
}

var (
	// errNoProxy says that there is no proxy on the way.
	errNoProxy = errors.New("dial: no proxy")
	// errProxySetting says that what should name a proxy does not. It quotes
	// nothing: a password may be in there.
	errProxySetting = errors.New("dial: the proxy setting is no URL of a proxy")
)

func environmentProxy(addr string) (*url.URL, error) {
	proxy, err := httpproxy.FromEnvironment().ProxyFunc()(&url.URL{Scheme: "https", Host: addr})
	if err != nil {
		return nil, errProxySetting
	}
	return proxy, nil
}

// proxyFor finds the proxy on the way to addr or says why there is none.
func (c Config) proxyFor(ctx context.Context, addr string) (*url.URL, error) {
	proxy, err := c.Proxy(ctx, addr)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: proxy for %s: %w", ErrUnreachable, addr, err)
	case proxy == nil:
		return nil, errNoProxy
	case proxy.Scheme != "http" && proxy.Scheme != "https":
		return nil, fmt.Errorf("%w: a proxy of kind %q, want http or https", ErrUnreachable, proxy.Scheme)
	case proxy.Hostname() == "":
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, errProxySetting)
	default:
		return proxy, nil
	}
}

// hostPort is where a proxy listens.
func hostPort(proxy *url.URL) string {
	port := proxy.Port()
	switch {
	case port != "":
	case proxy.Scheme == "https":
		port = portHTTPS
	default:
		port = portHTTP
	}
	return net.JoinHostPort(proxy.Hostname(), port)
}

// ProxyError says that a proxy did not let us through.
type ProxyError struct {
	// Proxy is its host:port.
	Proxy string
	// Status is what it answered (RFC 9110 §15); 407 asks who we are.
	Status int
	// Schemes are the ways to say so that it takes and we know of, of Basic,
	// Digest, NTLM and Negotiate.
	Schemes []string

	why error // of a 407
}

// Unwrap returns what led to it.
func (e *ProxyError) Unwrap() error { return e.why }

// Error names the proxy and what it said, never a password.
func (e *ProxyError) Error() string {
	s := "dial: proxy " + e.Proxy + " answered " + strconv.Itoa(e.Status)
	if len(e.Schemes) > 0 {
		s += " and takes " + strings.Join(e.Schemes, ", ")
	}
	if errors.Is(e.why, errWeaker) {
		s += ", which is weaker than before"
	}
	return s
}

// throughProxy asks the proxy at the other end of conn for a connection to
// addr (RFC 9110 §9.3.6). To one that is spoken to in TLS, the system's
// certificates say who it is.
//
// It asks without saying who we are. A proxy that wants to know is told by the
// strongest scheme that it takes and we can do, on the same connection, or, with
// errDialAgain, on the next one. A scheme that comes to nothing before it has
// proven anything is followed by the next one.
func throughProxy(ctx context.Context, conn net.Conn, proxy *url.URL, addr string, l *entry) (net.Conn, error) {
	conn, err := askProxy(ctx, conn, proxy, addr, l)
	if !errors.Is(err, errDialAgain) {
		l.end(err)
	}
	return conn, err
}

func askProxy(ctx context.Context, conn net.Conn, proxy *url.URL, addr string, l *entry) (net.Conn, error) {
	conn, err := toProxy(ctx, conn, proxy)
	if err != nil {
		return nil, err
	}
	r := &proxyReader{limit: io.LimitedReader{R: conn}}
	r.buf = bufio.NewReader(&r.limit)
	for round := range maxRounds {
		request, err := connectRequest(ctx, addr, l.who)
		if err != nil {
			return nil, l.next(ctx, err)
		}
		if _, err := io.WriteString(conn, request); err != nil {
			return nil, fmt.Errorf("dial: proxy %s: %w", hostPort(proxy), err)
		}
		status, kept, err := r.answer()
		switch {
		case err != nil:
			return nil, l.hungUp(ctx, round, err)
		case status == http.StatusOK && r.buf.Buffered() > 0:
			return nil, fmt.Errorf("dial: proxy %s spoke before the relay was asked", hostPort(proxy))
		case status == http.StatusOK:
			return conn, nil
		case status != http.StatusProxyAuthRequired:
			return nil, &ProxyError{hostPort(proxy), status, nil, nil}
		}
		if err := l.asked(ctx, r, kept); err != nil {
			return nil, err
		}
	}
	return nil, l.next(ctx, errNotLet)
}

// toProxy is the connection on which a proxy is spoken to.
func toProxy(ctx context.Context, conn net.Conn, proxy *url.URL) (net.Conn, error) {
	if proxy.Scheme != "https" {
		return conn, nil
	}
	outer := tls.Client(conn, &tls.Config{ServerName: proxy.Hostname(), MinVersion: tls.VersionTLS12})
	if err := outer.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("dial: TLS of proxy %s: %w", hostPort(proxy), err)
	}
	return &overTLS{outer, conn}, nil
}

// asked makes ready for the next request after a proxy asked who we are. kept
// says whether the connection goes on.
func (e *entry) asked(ctx context.Context, r *proxyReader, kept bool) error {
	first := e.who == nil
	if first {
		if err := e.begin(ctx, r.challenges); err != nil {
			return err
		}
	}
	switch {
	case kept:
		r.take(e.who)
		return nil
	case first:
		e.restarted = true
		return errDialAgain
	default:
		return e.next(ctx, errNotLet)
	}
}

// hungUp says what it means that a proxy's answer can't be read: nothing where
// nobody waits for it any more or the network broke. A proxy that ends the
// connection instead of an answer to who we are has refused us.
func (e *entry) hungUp(ctx context.Context, round int, err error) error {
	switch {
	case ctx.Err() != nil:
		return e.late(ctx)
	case e.who == nil:
		return fmt.Errorf("dial: proxy %s: unreadable answer", hostPort(e.proxy)) // which may be anything
	case e.who.proven() && broke(err):
		return fmt.Errorf("dial: proxy %s: %w", hostPort(e.proxy), err)
	case round != 1 || e.restarted:
		return e.next(ctx, errNotLet)
	case e.again():
		return errDialAgain // it hung up after its first question without having said so
	default:
		return e.refusal(errNotLet)
	}
}

// broke reports whether a connection has failed without its other end.
func broke(err error) bool {
	var network *net.OpError
	return errors.As(err, &network) && !errors.Is(err, errReset)
}

const (
	// maxRounds is how often a proxy is asked on one connection: once, and three
	// times for Kerberos that answers.
	maxRounds = 4
	// maxBody is how much of a page that comes with a no is read past.
	maxBody = 64 << 10
)

// proxyReader reads a proxy's answers.
type proxyReader struct {
	limit      io.LimitedReader
	buf        *bufio.Reader
	challenges []challenge
}

// answer reads one, past its page, and says whether the connection goes on.
func (r *proxyReader) answer() (status int, kept bool, err error) {
	r.limit.N = tunnel.MaxHeader + maxBody
	res, err := http.ReadResponse(r.buf, &http.Request{Method: http.MethodConnect}) //nolint:bodyclose // closing would read on; the connection is ours
	if err != nil {
		return 0, false, err
	}
	if res.StatusCode == http.StatusOK {
		return res.StatusCode, true, nil
	}
	r.challenges = challenges(res.Header.Values("Proxy-Authenticate"))
	kept = !res.Close
	switch strings.ToLower(res.Header.Get("Proxy-Connection")) { // what proxies say that are older than RFC 9110
	case "close":
		kept = false
	case "keep-alive":
		kept = kept || res.ContentLength >= 0
	}
	if kept {
		n, err := io.Copy(io.Discard, io.LimitReader(res.Body, maxBody+1))
		kept = err == nil && n <= maxBody
	}
	return res.StatusCode, kept, nil
}

// take hands the chosen scheme what the proxy said about it.
func (r *proxyReader) take(who *chosen) {
	who.rest = ""
	for _, c := range r.challenges {
		if c.scheme == who.scheme {
			who.rest = c.rest
		}
	}
}

// overTLS is TLS that closes without waiting for a proxy that does not read.
type overTLS struct {
	net.Conn
	below net.Conn
}

func (c *overTLS) Close() error { return c.below.Close() }

// connectRequest asks for addr, and says who asks where somebody wants to know.
func connectRequest(ctx context.Context, addr string, who *chosen) (string, error) {
	s := "CONNECT " + addr + " HTTP/1.1\r\nHost: " + addr + "\r\n"
	if who != nil {
		answer, err := who.say(ctx)
		if err != nil {
			return "", err
		}
		s += "Proxy-Authorization: " + who.scheme + " " + answer + "\r\n"
	}
	return s + "\r\n", nil
}
