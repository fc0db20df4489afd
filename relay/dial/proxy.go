package dial

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
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
	// Digest, NTLM and Negotiate. We can only do Basic.
	Schemes []string
}

// Error names the proxy and what it said, never a password.
func (e *ProxyError) Error() string {
	s := "dial: proxy " + e.Proxy + " answered " + strconv.Itoa(e.Status)
	if len(e.Schemes) > 0 {
		s += " and takes " + strings.Join(e.Schemes, ", ")
	}
	return s
}

// throughProxy asks the proxy at the other end of conn for a connection to
// addr (RFC 9110 §9.3.6). To one that is spoken to in TLS, the system's
// certificates say who it is.
func throughProxy(ctx context.Context, conn net.Conn, proxy *url.URL, addr string) (net.Conn, error) {
	if proxy.Scheme == "https" {
		outer := tls.Client(conn, &tls.Config{ServerName: proxy.Hostname(), MinVersion: tls.VersionTLS12})
		if err := outer.HandshakeContext(ctx); err != nil {
			return nil, fmt.Errorf("dial: TLS of proxy %s: %w", hostPort(proxy), err)
		}
		conn = &overTLS{outer, conn}
	}
	if _, err := io.WriteString(conn, connectRequest(proxy, addr)); err != nil {
		return nil, fmt.Errorf("dial: proxy %s: %w", hostPort(proxy), err)
	}
	r := bufio.NewReader(io.LimitReader(conn, tunnel.MaxHeader))
	res, err := http.ReadResponse(r, &http.Request{Method: http.MethodConnect}) //nolint:bodyclose // an answer to CONNECT has none
	switch {
	case err != nil:
		return nil, fmt.Errorf("dial: proxy %s: unreadable answer", hostPort(proxy)) // which may be anything
	case res.StatusCode != http.StatusOK:
		return nil, &ProxyError{hostPort(proxy), res.StatusCode, schemes(res.Header.Values("Proxy-Authenticate"))}
	case r.Buffered() > 0:
		return nil, fmt.Errorf("dial: proxy %s spoke before the relay was asked", hostPort(proxy))
	}
	return conn, nil
}

// overTLS is TLS that closes without waiting for a proxy that does not read.
type overTLS struct {
	net.Conn
	below net.Conn
}

func (c *overTLS) Close() error { return c.below.Close() }

func connectRequest(proxy *url.URL, addr string) string {
	s := "CONNECT " + addr + " HTTP/1.1\r\nHost: " + addr + "\r\n"
	if user := proxy.User; user != nil {
		password, _ := user.Password()
		s += "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)) + "\r\n"
	}
	return s + "\r\n"
}

// schemes are the names in challenges that we know; whatever else is in there
// is a stranger's text.
func schemes(challenges []string) []string {
	var out []string
	for _, known := range []string{"Basic", "Digest", "NTLM", "Negotiate"} {
		if slices.ContainsFunc(challenges, func(c string) bool {
			first, _, _ := strings.Cut(c, " ")
			return strings.EqualFold(first, known)
		}) {
			out = append(out, known)
		}
	}
	return out
}
