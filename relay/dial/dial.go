// Package dial is the way out to a relay: it reaches one of several, at once or
// inside what firewalls and HTTP proxies let through, checks its key, proves
// who we are, and then carries frames both ways. Whatever lies between, the
// pinned TLS 1.3 is the innermost and ends at the relay; before it has shown
// the right key, nothing of ours is sent. It seals and opens nothing.
package dial

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
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
	// ErrUnlisted says that a newer list does not name the relay any more.
	ErrUnlisted = errors.New("dial: relay is not in the newest list")
	// ErrFull says that a lane that must not wait is full.
	ErrFull = errors.New("dial: lane full")
	// ErrClosed says that the connection has ended.
	ErrClosed = errors.New("dial: connection ended")
)

// Config is who may be dialled, and as what.
type Config struct {
	// Servers are tried side by side, by every way, one started after the other.
	Servers []profile.Relay
	// Allow is the gate of every dial, also of one that a proxy makes for us; nil
	// lets nothing through.
	Allow func(addr string) error
	// Proxy finds the HTTP proxy on the way to host:port, or nil where there is
	// none; nil asks the system (SystemProxy).
	Proxy Proxy
	// Logins is what was learned about proxies before, and learns more; nil knows
	// nothing. Whoever comes back through the same proxies keeps one.
	Logins *Logins
	// LAN accepts a relay without pins on this machine or network.
	LAN bool
	// Lists takes a newer list of relays that one of them hands out, and says
	// which keys the newest one names: a relay that it does not name is left
	// before anything else is said. Nil takes none.
	Lists *profile.Book
	// Role is what we are.
	Role wire.Role
	// Build is our build number.
	Build uint32
	// Profile and Serial name the profile that we carry; empty is none.
	Profile string
	Serial  uint32
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

	visit *visit                          // this Connect
	user  func(scheme, host string) login // nil is userLogin
}

// times of a dial.
const (
	// stagger is how long a way may be silent before the next one is tried
	// beside it (RFC 8305 §8).
	stagger = 250 * time.Millisecond
	// connectTime is how long one way may take.
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
	if c.Proxy == nil {
		c.Proxy = SystemProxy
	}
	if c.Logins == nil {
		c.Logins = new(Logins)
	}
	if c.user == nil {
		c.user = userLogin
	}
	c.visit = &visit{c.Logins, c.user}
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

// Connect reaches the first server that answers rightly, by whichever way gets
// through first, and proves the licence if there is one. Call Run next. The
// errors are ErrUnreachable, ErrRelayKey, *ProxyError, *wire.UpgradeError,
// *wire.DeniedError and *wire.WaitError; when ways fail differently the most
// telling one is returned.
func Connect(ctx context.Context, cfg Config) (*Client, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if len(cfg.Servers) == 0 {
		return nil, fmt.Errorf("%w: none is listed", ErrUnreachable)
	}
	return newRace(cfg, attempts(cfg.Servers)).run(ctx)
}

// weight says how much an error tells: what a relay said more than a proxy's
// word, and that more than silence.
func weight(err error) int {
	var upgrade *wire.UpgradeError
	var denied *wire.DeniedError
	var wait *wire.WaitError
	var proxy *ProxyError
	switch {
	case err == nil, errors.Is(err, errNoProxy):
		return 0
	case errors.As(err, &upgrade), errors.As(err, &denied):
		return 5
	case errors.As(err, &wait):
		return relayAnswered
	case errors.Is(err, ErrRelayKey), errors.Is(err, ErrUnlisted):
		return 3
	case errors.As(err, &proxy):
		return 2
	default:
		return 1
	}
}

// relayAnswered is the least weight of an error that the relay itself, whose
// key was checked, gave us. Another way to it would hear the same.
const relayAnswered = 4

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
