package dial

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"lotse/relay/tunnel"
	"lotse/relay/wire"
)

// unsentBytes is how much the system may hold that has not left yet: next to
// nothing, so that what is urgent waits for one batch only.
const unsentBytes = 4 << 10

// try goes one way to one server.
func (a *attempt) try(ctx context.Context, cfg Config) (*Client, error) {
	if err := cfg.Allow(a.way.Addr); err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	if len(a.server.Pins) == 0 && (!cfg.LAN || !onThisNetwork(a.way.Addr)) {
		return nil, fmt.Errorf("%w: %s has no pin", ErrRelayKey, a.way.Addr)
	}
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	target, proxy := a.way.Addr, (*url.URL)(nil)
	if a.proxied {
		var err error
		if proxy, err = cfg.proxyFor(ctx, a.way.Addr); err != nil {
			return nil, err
		}
		target = hostPort(proxy)
		a.way.Proxy = target
	}
	entry := &entry{visit: cfg.visit, proxy: proxy, addr: a.way.Addr}
	defer entry.end(errDialAgain) // where nobody has yet
	c, err := a.dialOnce(ctx, cfg, target, proxy, entry)
	for errors.Is(err, errDialAgain) { // once, and once for each scheme that comes to nothing
		c, err = a.dialOnce(ctx, cfg, target, proxy, entry)
	}
	return c, err
}

// dialOnce goes the way over one connection.
func (a *attempt) dialOnce(ctx context.Context, cfg Config, target string, proxy *url.URL, entry *entry) (*Client, error) {
	var d net.Dialer
	raw, err := d.DialContext(ctx, "tcp", target)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	wire.LittleUnsent(raw, unsentBytes)
	c, err := a.speak(ctx, cfg, raw, proxy, entry)
	if err != nil {
		_ = raw.Close() // it is of no use any more
		return nil, err
	}
	return c, nil
}

// speak goes the rest of the way over a connection to the relay or the proxy.
func (a *attempt) speak(ctx context.Context, cfg Config, raw net.Conn, proxy *url.URL, entry *entry) (*Client, error) {
	stop := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) }) // it may be closed
	defer stop()
	conn, err := a.outside(ctx, raw, proxy, entry)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnreachable, a.way, err)
	}
	c, err := a.inside(ctx, cfg, conn)
	if err != nil {
		return nil, err
	}
	if err := c.greet(); err != nil {
		return nil, err
	}
	if err := c.listed(); err != nil {
		return nil, err
	}
	if cfg.Licence != nil {
		if err := c.prove(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// outside gets through to the relay's port: what it returns carries the pinned
// TLS. Nothing said up to here is a secret, but for what a proxy is told.
func (a *attempt) outside(ctx context.Context, conn net.Conn, proxy *url.URL, entry *entry) (net.Conn, error) {
	if proxy != nil {
		var err error
		if conn, err = throughProxy(ctx, conn, proxy, a.way.Addr, entry); err != nil {
			return nil, err
		}
	}
	switch a.way.Kind {
	case TLS:
		return conn, nil
	case WSS:
		outer := tls.Client(conn, outerTLS(a.way.Addr))
		if err := outer.HandshakeContext(ctx); err != nil {
			return nil, fmt.Errorf("outer TLS: %w", err)
		}
		conn = outer
	case WS:
	}
	return tunnel.Dial(ctx, conn, a.way.Addr)
}

// outerTLS is for the eyes of firewalls. Whoever ends it may: nothing in it is
// ours but the pinned TLS inside.
func outerTLS(addr string) *tls.Config {
	host, _, _ := net.SplitHostPort(addr) // it was dialled
	return &tls.Config{
		ServerName: host, NextProtos: []string{wire.ALPNHTTP}, MinVersion: tls.VersionTLS12,
		InsecureSkipVerify: true, //nolint:gosec // nothing is believed of it; the pins are checked inside
	}
}

// inside makes the pinned TLS, and with it sure of the relay.
func (a *attempt) inside(ctx context.Context, cfg Config, carrier net.Conn) (*Client, error) {
	conn := tls.Client(carrier, wire.ClientTLS(a.server.Pins))
	if err := conn.HandshakeContext(ctx); err != nil {
		if errors.Is(err, wire.ErrRelayKey) || errors.Is(err, wire.ErrTLS) {
			return nil, fmt.Errorf("%w: %s: %w", ErrRelayKey, a.way, err)
		}
		return nil, fmt.Errorf("%w: %s: %w", ErrUnreachable, a.way, err)
	}
	return newClient(cfg, *a, conn)
}
