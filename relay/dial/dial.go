// Package dial is the way out to a relay: it reaches one of several, checks
// its key, proves who we are, and then carries frames both ways. It seals and
// opens nothing.
package dial

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"time"

	"lotse/packaging/profile"
	"lotse/relay/wire"
)

var (
	// ErrUnreachable says that no relay answered.
	ErrUnreachable = errors.New("dial: no relay can be reached")
	// ErrRelayKey says that a relay answered with a key that nobody pinned.
	ErrRelayKey = wire.ErrRelayKey
	// ErrFull says that a lane that must not wait is full.
	ErrFull = errors.New("dial: lane full")
	// ErrClosed says that the connection has ended.
	ErrClosed = errors.New("dial: connection ended")
)

// Config is who may be dialled, and as what.
type Config struct {
	// Servers are tried side by side, one started after the other.
	Servers []profile.Relay
	// Allow is the gate of every dial; nil lets nothing through.
	Allow func(addr string) error
	// LAN accepts a relay without pins on this machine or network.
	LAN bool
	// Role is what we are.
	Role wire.Role
	// Build is our build number.
	Build uint32
	// Licence is shown by a master.
	Licence *profile.Licence
	// Device is this device's key; nil draws one for this connection.
	Device ed25519.PrivateKey
	// Operator is the certificate of who uses a master, made for Device; nil is
	// none.
	Operator []byte
	// Ping is how often a quiet link is tried, Dead after how long without an
	// answer it counts as broken; 0 means 5 s and 15 s.
	Ping, Dead time.Duration
	// Log gets what happened, without secrets. Nil is nowhere.
	Log *slog.Logger
}

// times of a dial.
const (
	// stagger is how long a server may be silent before the next one is tried
	// beside it (RFC 8305 §8).
	stagger = 250 * time.Millisecond
	// connectTime is how long one server may take.
	connectTime = 8 * time.Second
	defaultPing = 5 * time.Second
	defaultDead = 15 * time.Second
)

func (c Config) withDefaults() (Config, error) {
	if c.Allow == nil {
		return c, errors.New("dial: Config.Allow is missing")
	}
	if c.Role == "" {
		return c, errors.New("dial: Config.Role is missing")
	}
	if c.Ping == 0 {
		c.Ping = defaultPing
	}
	if c.Dead == 0 {
		c.Dead = defaultDead
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Device == nil {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return c, fmt.Errorf("dial: device key: %w", err)
		}
		c.Device = key
	}
	return c, nil
}

// tried is how one server went.
type tried struct {
	client *Client
	err    error
}

// Connect reaches the first server that answers rightly, and proves the
// licence if there is one. Call Run next. The errors are ErrUnreachable,
// ErrRelayKey, *wire.UpgradeError, *wire.DeniedError and *wire.WaitError; when
// servers fail in different ways the most telling one is returned.
func Connect(ctx context.Context, cfg Config) (*Client, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if len(cfg.Servers) == 0 {
		return nil, fmt.Errorf("%w: none is listed", ErrUnreachable)
	}
	ctx, cancel := context.WithCancel(ctx)
	results := make(chan tried, len(cfg.Servers))
	for i, s := range cfg.Servers {
		go func() {
			if err := pause(ctx, time.Duration(i)*stagger); err != nil {
				results <- tried{err: err}
				return
			}
			c, err := one(ctx, cfg, s)
			results <- tried{c, err}
		}()
	}
	return first(results, len(cfg.Servers), cancel)
}

// first returns the first connection that works, closes the others and waits
// for them.
func first(results <-chan tried, n int, cancel context.CancelFunc) (*Client, error) {
	defer cancel()
	var winner *Client
	var worst error
	for range n {
		t := <-results
		switch {
		case t.client != nil && winner == nil:
			winner = t.client
			cancel()
		case t.client != nil:
			t.client.Close()
		case weight(t.err) > weight(worst):
			worst = t.err
		}
	}
	if winner != nil {
		return winner, nil
	}
	return nil, worst
}

// weight says how much an error tells: what a relay said more than silence.
func weight(err error) int {
	var upgrade *wire.UpgradeError
	var denied *wire.DeniedError
	var wait *wire.WaitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &upgrade), errors.As(err, &denied):
		return 4
	case errors.As(err, &wait):
		return 3
	case errors.Is(err, ErrRelayKey):
		return 2
	default:
		return 1
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// unsentBytes is how much the system may hold that has not left yet: next to
// nothing, so that what is urgent waits for one batch only.
const unsentBytes = 4 << 10

// one reaches one server.
func one(ctx context.Context, cfg Config, s profile.Relay) (*Client, error) {
	if err := cfg.Allow(s.Addr); err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	if len(s.Pins) == 0 && (!cfg.LAN || !onThisNetwork(s.Addr)) {
		return nil, fmt.Errorf("%w: %s has no pin", ErrRelayKey, s.Addr)
	}
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	var d net.Dialer
	raw, err := d.DialContext(ctx, "tcp", s.Addr)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	wire.LittleUnsent(raw, unsentBytes)
	c, err := handshake(ctx, cfg, s, raw)
	if err != nil {
		_ = raw.Close() // it is of no use any more
		return nil, err
	}
	return c, nil
}

func handshake(ctx context.Context, cfg Config, s profile.Relay, raw net.Conn) (*Client, error) {
	conn := tls.Client(raw, wire.ClientTLS(s.Pins))
	if err := conn.HandshakeContext(ctx); err != nil {
		if errors.Is(err, wire.ErrRelayKey) || errors.Is(err, wire.ErrTLS) {
			return nil, fmt.Errorf("%w: %s: %w", ErrRelayKey, s.Addr, err)
		}
		return nil, fmt.Errorf("%w: %s: %w", ErrUnreachable, s.Addr, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) }) // it may be closed
	defer stop()
	c, err := newClient(cfg, s, conn)
	if err != nil {
		return nil, err
	}
	if err := c.greet(); err != nil {
		return nil, err
	}
	if cfg.Licence != nil {
		if err := c.prove(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// onThisNetwork reports whether addr is a literal address of this machine or
// its network.
func onThisNetwork(addr string) bool {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		return false
	}
	a := ap.Addr().Unmap()
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast()
}

// system names the operating system for a Hello.
func system() string { return runtime.GOOS + "/" + runtime.GOARCH }
