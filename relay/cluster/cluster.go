// Package cluster lets relays ask one another where a room is. Each relay runs
// a small NATS server of its own, joined to those of the others by mutual TLS
// with pinned keys; a room is a subject that its relay listens to. Nothing is
// stored, and nothing but session numbers travels: when a relay dies, its rooms
// are gone from here at once.
package cluster

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"lotse/relay/wire"
)

// Peer is another relay of the cluster.
type Peer struct {
	// Addr is host:port of its cluster port.
	Addr string
	// Pins are SHA-256 hashes of its SubjectPublicKeyInfo: the current key and
	// the next one.
	Pins [][sha256.Size]byte
}

// Config is who asks whom.
type Config struct {
	// Listen is host:port for the other relays.
	Listen string
	// Certificate wraps the relay's key, Pin is its hash.
	Certificate tls.Certificate
	Pin         [sha256.Size]byte
	// Peers are the other relays.
	Peers []Peer
	// Log gets what happened. Nil is nowhere.
	Log *slog.Logger
}

const (
	// askTime is how long an answer may take. A room that nobody has is known to
	// be nobody's at once.
	askTime = 250 * time.Millisecond
	// startTime is how long a start may take.
	startTime = 10 * time.Second
	// subject is that of a room, before its number.
	subject = "lotse.room."
	// watchEvery is how often the log may say who is connected.
	watchEvery = 5 * time.Second
	// maxPayload is the longest message in bytes: a pin.
	maxPayload = 1 << 10
)

// Cluster is this relay's place among the others.
type Cluster struct {
	cfg    Config
	known  map[[sha256.Size]byte]bool
	server *server.Server
	conn   *nats.Conn

	ended, watched chan struct{} // of watch

	// mu guards the field below.
	mu    sync.Mutex
	rooms map[string]*nats.Subscription
}

// Start joins the cluster. Peers that are not there yet are tried until they
// are.
func Start(cfg Config) (*Cluster, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	c := &Cluster{cfg: cfg, known: make(map[[sha256.Size]byte]bool), rooms: make(map[string]*nats.Subscription), ended: make(chan struct{}), watched: make(chan struct{})}
	var pins [][sha256.Size]byte
	for _, p := range cfg.Peers {
		if len(p.Pins) == 0 {
			return nil, fmt.Errorf("cluster: %s has no pin", p.Addr)
		}
		pins = append(pins, p.Pins...)
	}
	if len(pins) == 0 {
		return nil, errors.New("cluster: no other relay is named")
	}
	for _, pin := range pins {
		c.known[pin] = true
	}
	user, err := nkeys.CreateUser()
	if err != nil {
		return nil, fmt.Errorf("cluster: key: %w", err)
	}
	defer user.Wipe()
	public, err := user.PublicKey()
	if err != nil {
		return nil, fmt.Errorf("cluster: key: %w", err)
	}
	options, err := c.options(pins, public)
	if err != nil {
		return nil, err
	}
	if c.server, err = server.NewServer(options); err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	c.server.SetLoggerV2(logger{cfg.Log}, false, false, false)
	c.server.Start()
	if !c.server.ReadyForConnections(startTime) {
		c.stop()
		return nil, fmt.Errorf("cluster: %s can't be listened on", cfg.Listen)
	}
	c.conn, err = nats.Connect("", nats.InProcessServer(c.server), nats.NoReconnect(), nats.Nkey(public, user.Sign))
	if err != nil {
		c.stop()
		return nil, fmt.Errorf("cluster: %w", err)
	}
	go c.watch()
	return c, nil
}

// options are those of the server: nothing written, no signals taken. It does
// not join others without a port for clients; that one is on this machine, and
// lets in nobody but this process, by a key that was drawn for it.
func (c *Cluster) options(pins [][sha256.Size]byte, client string) (*server.Options, error) {
	host, port, err := net.SplitHostPort(c.cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("cluster: %q: %w", c.cfg.Listen, err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return nil, fmt.Errorf("cluster: %q has no port", c.cfg.Listen)
	}
	o := &server.Options{
		ServerName: hex.EncodeToString(c.cfg.Pin[:8]), Host: "127.0.0.1", Port: server.RANDOM_PORT,
		Nkeys: []*server.NkeyUser{{Nkey: client}}, NoSigs: true, NoLog: true, MaxPayload: maxPayload,
		NoSystemAccount: true,
		Cluster: server.ClusterOpts{
			Name: "lotse", Host: host, Port: int(n), TLSConfig: wire.ClusterTLS(c.cfg.Certificate, pins),
			TLSTimeout: startTime.Seconds(), NoAdvertise: true, PoolSize: -1,
		},
	}
	for _, p := range c.cfg.Peers {
		o.Routes = append(o.Routes, &url.URL{Scheme: "nats-route", Host: p.Addr})
	}
	return o, nil
}

// Find returns the key of the relay that has a room with its master in it.
func (c *Cluster) Find(ctx context.Context, number string) (pin [sha256.Size]byte, found bool) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	answer, err := c.conn.RequestWithContext(ctx, subject+number, nil)
	if err != nil {
		if !errors.Is(err, nats.ErrNoResponders) {
			c.cfg.Log.Debug("nobody says where a room is", "error", err)
		}
		return pin, false
	}
	if len(answer.Data) != len(pin) {
		return pin, false
	}
	pin = [sha256.Size]byte(answer.Data)
	return pin, c.known[pin]
}

// Opened answers for a room from now on, as long as here says that its master
// is there.
func (c *Cluster) Opened(number string, here func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rooms[number] != nil {
		return
	}
	s, err := c.conn.Subscribe(subject+number, func(m *nats.Msg) {
		if !here() {
			return
		}
		if err := m.Respond(c.cfg.Pin[:]); err != nil {
			c.cfg.Log.Debug("where a room is", "error", err)
		}
	})
	if err != nil {
		c.cfg.Log.Warn("other relays will not find a room", "error", err)
		return
	}
	c.rooms[number] = s
}

// Ended answers for a room no more.
func (c *Cluster) Ended(number string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.rooms[number]
	delete(c.rooms, number)
	if s == nil {
		return
	}
	if err := s.Unsubscribe(); err != nil {
		c.cfg.Log.Debug("a room's end", "error", err)
	}
}

// Relays returns how many other relays are connected.
func (c *Cluster) Relays() int { return c.server.NumRoutes() }

// Close leaves the cluster.
func (c *Cluster) Close() {
	close(c.ended)
	<-c.watched
	c.conn.Close()
	c.stop()
}

func (c *Cluster) stop() {
	c.server.Shutdown()
	c.server.WaitForShutdown()
}

// watch says in the log when other relays come and go.
func (c *Cluster) watch() {
	defer close(c.watched)
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for last := -1; ; {
		select {
		case <-c.ended:
			return
		case <-tick.C:
		}
		n := c.Relays()
		if n == last {
			continue
		}
		last = n
		say := c.cfg.Log.Info
		if n < len(c.cfg.Peers) {
			say = c.cfg.Log.Warn
		}
		say("cluster", "connected", n, "of", len(c.cfg.Peers))
	}
}

// logger hands on what the server says of itself. It warns of keys that no
// authority has signed, which are ours, and of each try to reach a relay that is
// away, which watch says once.
type logger struct{ log *slog.Logger }

func (l logger) Noticef(f string, a ...any) { l.log.Debug("cluster", "text", fmt.Sprintf(f, a...)) }
func (l logger) Warnf(f string, a ...any)   { l.log.Debug("cluster", "text", fmt.Sprintf(f, a...)) }
func (l logger) Errorf(f string, a ...any)  { l.log.Debug("cluster", "text", fmt.Sprintf(f, a...)) }
func (l logger) Fatalf(f string, a ...any)  { l.log.Error("cluster", "text", fmt.Sprintf(f, a...)) }
func (logger) Debugf(string, ...any)        {}
func (logger) Tracef(string, ...any)        {}
