// Package hub passes sealed records between the members of a room. It can
// count, delay and drop them; it cannot read them, and no PIN, password or key
// of a session ever reaches it.
package hub

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"lotse/packaging/profile"
	"lotse/relay/wire"
)

// Config is what a Server needs to know. Defaults deny.
type Config struct {
	// Identity is the relay's key. Required.
	Identity *Identity
	// LicenceIssuers are note verifier keys; without any, nobody opens a room.
	LicenceIssuers []string
	// LocalIssuers are accepted from this machine only.
	LocalIssuers []string
	// Policy says which claims open rooms. Nil is every licence that holds.
	Policy Policy
	// Record gets what a participation log holds, from many goroutines. It
	// must not block. Nil is nowhere.
	Record func(Event)
	// Web is what a connection sees that does not speak lotse/1 at once, such
	// as a WebSocket in TLS. Nothing rests on it. Nil is a self-made one.
	Web *tls.Certificate
	// MinBuild is the oldest build that may connect.
	MinBuild uint32
	// MinSerials are the oldest profiles whose programs may connect, by the
	// profile's name; of others any serial may.
	MinSerials map[string]uint32
	// MaxRooms is how many rooms there may be; 0 means 10 000.
	MaxRooms int
	// MaxLinks is how many connections there may be; 0 means 50 000.
	MaxLinks int
	// MaxStage1 is how many connections of one source may be in stage 1 at
	// once; 0 means 64.
	MaxStage1 int
	// MaxStandby is how many connections may stand by, for rooms that are open on
	// another relay; 0 means half of MaxLinks. MaxStandbyFrom is how many of one
	// source; 0 means 512.
	MaxStandby, MaxStandbyFrom int
	// Lists are signed server lists that are handed out, by the ID of the profile
	// that they are for. What they say is not the relay's to judge.
	Lists map[string]List
	// JoinBurst is how many unknown people may come to the door of a room at
	// once; 0 means 5. After them it is one in two seconds.
	JoinBurst int
	// Peers are the other relays of a cluster. Nil is none.
	Peers Peers
	// Tape gets every byte of every frame behind TLS, for tests that search
	// what a relay sees. Nil is nowhere.
	Tape io.Writer
	// Tap may change every frame, for tests that make a relay lie. Nil changes
	// nothing.
	Tap Tap
	// Log gets what happened, without secrets. Nil is nowhere.
	Log *slog.Logger
	// Now is the clock. Nil is time.Now.
	Now func() time.Time
}

// Peers know where the rooms are that are not here. relay/cluster's Cluster is
// one.
type Peers interface {
	// Find returns the pin of the relay that has a room with its master in it.
	Find(ctx context.Context, number string) (pin [32]byte, found bool)
	// Opened and Ended say which rooms are here; here, whether the master is.
	Opened(number string, here func() bool)
	Ended(number string)
}

// alone is a relay without peers.
type alone struct{}

func (alone) Find(context.Context, string) (pin [32]byte, found bool) { return pin, false }
func (alone) Opened(string, func() bool)                              {}
func (alone) Ended(string)                                            {}

// defaults of a Config.
const (
	defaultRooms  = 10_000
	defaultLinks  = 50_000
	defaultStage1 = 64
	// defaultStandbyFrom is more people than an office has in sessions at once
	// behind one address.
	defaultStandbyFrom = 512
)

// times of a connection.
const (
	// stage1Time is how long a connection may take to prove itself, its TLS
	// handshake included; waiting in the queue at a door comes on top.
	stage1Time = 10 * time.Second
	// silence is how long a link may say nothing; programs ping every 5 s.
	silence = 45 * time.Second
	// writeTime is how long one write may take before a reader counts as
	// gone.
	writeTime = 20 * time.Second
	// lastWordTime is how long a reader that failed may take to hear so.
	lastWordTime = time.Second
	// drainTime is how long a closing relay gives its links.
	drainTime = 2 * time.Second
	// closingPause is when programs should come back to a closing relay, in
	// milliseconds.
	closingPause = 500
	// awayTime is how long a room waits for its master.
	awayTime = 10 * time.Minute
)

// Server is a relay.
type Server struct {
	cfg      Config
	tls      *tls.Config // lotse/1
	front    *tls.Config // lotse/1, or HTTP for anybody
	throttle *throttle
	tape     tape
	stats    counters
	batches  batches

	// mu guards the fields below.
	mu       sync.Mutex
	rooms    map[string]*room
	expected map[string]*arrival // numbers that people came back to before their master
	links    map[*member]struct{}
	taken    int                  // connections, those in stage 1 among them
	stage1   map[netip.Prefix]int // connections in stage 1 by source
	standby  int                  // connections that stand by
	standing map[netip.Prefix]int // the same by source
}

// New checks the settings. It starts nothing.
func New(cfg Config) (*Server, error) {
	if cfg.Identity == nil {
		return nil, errors.New("hub: Config.Identity is missing")
	}
	for _, key := range slices.Concat(cfg.LicenceIssuers, cfg.LocalIssuers) {
		if _, err := note.NewVerifier(key); err != nil {
			return nil, fmt.Errorf("hub: Config.LicenceIssuers: %q: %w", key, err)
		}
	}
	cfg.MaxRooms = cmp.Or(cfg.MaxRooms, defaultRooms)
	cfg.MaxLinks = cmp.Or(cfg.MaxLinks, defaultLinks)
	cfg.MaxStandby = cmp.Or(cfg.MaxStandby, cfg.MaxLinks/2)
	cfg.MaxStandbyFrom = cmp.Or(cfg.MaxStandbyFrom, defaultStandbyFrom)
	if err := checkLists(cfg.Lists); err != nil {
		return nil, err
	}
	if cfg.Peers == nil {
		cfg.Peers = alone{}
	}
	cfg.MaxStage1 = cmp.Or(cfg.MaxStage1, defaultStage1)
	cfg.JoinBurst = cmp.Or(cfg.JoinBurst, defaultBurst)
	if cfg.Policy == nil {
		cfg.Policy = anybody{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Web == nil {
		web, err := webCertificate()
		if err != nil {
			return nil, err
		}
		cfg.Web = &web
	}
	strict := wire.ServerTLS(cfg.Identity.certificate)
	return &Server{
		cfg: cfg, tls: strict, front: frontTLS(strict, *cfg.Web), throttle: newThrottle(), tape: tape{w: cfg.Tape},
		batches: newBatches(), rooms: make(map[string]*room), expected: make(map[string]*arrival), links: make(map[*member]struct{}),
		stage1: make(map[netip.Prefix]int), standing: make(map[netip.Prefix]int),
	}, nil
}

// Run serves the listeners until ctx ends, tells everybody that the relay
// closes, and leaves nothing running.
func (s *Server) Run(ctx context.Context, listeners ...net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// Links outlive ctx for as long as drain takes.
	linkCtx, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var links, accepting sync.WaitGroup
	failed := make(chan error, len(listeners))
	for _, l := range listeners {
		accepting.Go(func() {
			failed <- s.accept(ctx, l, func(conn net.Conn, from netip.Addr) {
				links.Go(func() {
					defer s.release()
					s.serve(linkCtx, conn, from)
				})
			})
		})
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	cancel()
	for _, l := range listeners {
		if e := l.Close(); e != nil && !errors.Is(e, net.ErrClosed) {
			s.cfg.Log.Debug("close", "error", e)
		}
	}
	accepting.Wait()
	s.drain()
	cut()
	links.Wait()
	s.stopTimers()
	return err
}

// The pauses after a failed accept, doubled each time: the system may have no
// file or memory to spare for a moment.
const (
	acceptPause   = 5 * time.Millisecond
	longestPause  = time.Second
	acceptRetries = 20
)

// accept hands on what connects, within the limits, until ctx ends.
func (s *Server) accept(ctx context.Context, l net.Listener, serve func(net.Conn, netip.Addr)) error {
	failures := 0
	for {
		conn, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				closeQuietly(conn)
			}
			return nil
		case errors.Is(err, net.ErrClosed) || err != nil && failures >= acceptRetries:
			return fmt.Errorf("hub: accept: %w", err)
		case err != nil:
			s.cfg.Log.Warn("accept", "error", err)
			pause(ctx, min(acceptPause<<failures, longestPause))
			failures++
			continue
		}
		failures = 0
		from := addrOf(conn)
		if !s.reserve(sourceOf(from)) {
			s.stats.refused.Add(1)
			closeQuietly(conn)
			continue
		}
		serve(conn, from)
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// reserve takes a place for a connection, if there is one.
func (s *Server) reserve(from netip.Prefix) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken >= s.cfg.MaxLinks || s.stage1[from] >= s.cfg.MaxStage1 {
		return false
	}
	s.taken++
	s.stage1[from]++
	return true
}

// proven ends a connection's time in stage 1.
func (s *Server) proven(from netip.Prefix) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stage1[from]--; s.stage1[from] <= 0 {
		delete(s.stage1, from)
	}
}

func (s *Server) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
}

// unsentBytes is how much the kernel may hold that has not left yet. More
// makes a slow reader see old pictures: measured 3.7 s against 0.66 s.
const unsentBytes = 16 << 10

// serve takes one connection from its first byte to its last.
func (s *Server) serve(ctx context.Context, raw net.Conn, from netip.Addr) {
	wire.LittleUnsent(raw, unsentBytes)
	wire.UseBBR(raw)
	defer closeQuietly(raw)
	stop := context.AfterFunc(ctx, func() { closeQuietly(raw) })
	defer stop()
	link, err := s.prove(ctx, raw, from)
	s.proven(sourceOf(from))
	if errors.Is(err, errHealth) {
		return
	}
	if err != nil {
		s.stats.stage1Failed.Add(1)
		s.cfg.Log.Debug("stage 1 ended", "error", err)
		return
	}
	s.live(link)
}

// live takes a link through its life in a room.
func (s *Server) live(m *member) {
	s.mu.Lock()
	s.links[m] = struct{}{}
	s.mu.Unlock()
	s.stats.links.Add(1)
	defer s.stats.links.Add(-1)
	written := make(chan struct{})
	go func() {
		defer close(written)
		m.write()
	}()
	err := m.read()
	s.cfg.Log.Debug("link ended", "conn", m.id, "reason", fmt.Sprint(err))
	m.room.leave(m, err)
	s.seat(m)
	m.queue.close()
	<-written
	s.mu.Lock()
	delete(s.links, m)
	s.mu.Unlock()
}

// drain tells every link that the relay closes and gives what waits some time
// to leave.
func (s *Server) drain() {
	s.mu.Lock()
	members := make([]*member, 0, len(s.links))
	for m := range s.links {
		members = append(members, m)
	}
	s.mu.Unlock()
	limit := time.NewTimer(drainTime)
	defer limit.Stop()
	for _, m := range members {
		m.notify(wire.Closing{RetryAfter: closingPause, Reason: wire.ReasonRelayClosing})
		m.queue.close()
	}
	for _, m := range members {
		select {
		case <-m.flushed:
		case <-limit.C:
			return
		}
	}
}

// stopTimers stops the clocks of rooms whose master is away.
func (s *Server) stopTimers() {
	s.mu.Lock()
	rooms := slices.Collect(maps.Values(s.rooms))
	s.mu.Unlock()
	for _, r := range rooms {
		r.mu.Lock()
		r.closed = true
		if r.expiry != nil {
			r.expiry.Stop()
		}
		r.mu.Unlock()
	}
}

// closeQuietly closes what may be closed already.
func closeQuietly(c io.Closer) {
	_ = c.Close() // there is nobody to tell
}

// licence reads a licence from a source.
func (s *Server) licence(data []byte, local bool) (profile.LicenceFacts, error) {
	issuers := s.cfg.LicenceIssuers
	if local {
		issuers = append(slices.Clip(issuers), s.cfg.LocalIssuers...)
	}
	return profile.OpenLicence(data, issuers, s.cfg.Now())
}
