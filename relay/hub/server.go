// Package hub passes sealed records between the members of a room. It can
// count, delay and drop them; it cannot read them, and no PIN, password or key
// of a session ever reaches it.
package hub

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

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
	// MinBuild is the oldest build that may connect.
	MinBuild uint32
	// MaxRooms is how many rooms there may be; 0 means 10 000.
	MaxRooms int
	// MaxLinks is how many connections there may be; 0 means 50 000.
	MaxLinks int
	// JoinBurst is how many joins one source may make at once; 0 means 5.
	JoinBurst int
	// Tape gets every byte of every frame behind TLS, for tests that search
	// what a relay sees. Nil is nowhere.
	Tape io.Writer
	// Log gets what happened, without secrets. Nil is nowhere.
	Log *slog.Logger
	// Now is the clock. Nil is time.Now.
	Now func() time.Time
}

// defaults of a Config.
const (
	defaultRooms = 10_000
	defaultLinks = 50_000
)

// times of a connection.
const (
	// stage1Time is how long a connection may take to prove itself.
	stage1Time = 10 * time.Second
	// silence is how long a link may say nothing; programs ping every 5 s.
	silence = 45 * time.Second
	// writeTime is how long one write may take before a reader counts as
	// gone.
	writeTime = 20 * time.Second
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
	tls      *tls.Config
	throttle *throttle
	tape     tape
	stats    counters

	// mu guards the fields below.
	mu    sync.Mutex
	rooms map[string]*room
	links map[*member]struct{}
	taken int // connections, those in stage 1 among them
}

// New checks the settings. It starts nothing.
func New(cfg Config) (*Server, error) {
	if cfg.Identity == nil {
		return nil, errors.New("hub: Config.Identity is missing")
	}
	if cfg.MaxRooms == 0 {
		cfg.MaxRooms = defaultRooms
	}
	if cfg.MaxLinks == 0 {
		cfg.MaxLinks = defaultLinks
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Server{
		cfg: cfg, tls: wire.ServerTLS(cfg.Identity.certificate), throttle: newThrottle(cfg.JoinBurst),
		tape: tape{w: cfg.Tape}, rooms: make(map[string]*room), links: make(map[*member]struct{}),
	}, nil
}

// Run serves the listeners until ctx ends, tells everybody that the relay
// closes, and leaves nothing running.
func (s *Server) Run(ctx context.Context, listeners ...net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var links, accepting sync.WaitGroup
	failed := make(chan error, len(listeners))
	for _, l := range listeners {
		accepting.Go(func() {
			failed <- s.accept(ctx, l, &links)
		})
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	for _, l := range listeners {
		if e := l.Close(); e != nil && !errors.Is(e, net.ErrClosed) {
			s.cfg.Log.Debug("close", "error", e)
		}
	}
	accepting.Wait()
	s.drain()
	cancel()
	links.Wait()
	if ctx.Err() != nil && errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (s *Server) accept(ctx context.Context, l net.Listener, links *sync.WaitGroup) error {
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			var temporary interface{ Timeout() bool }
			if errors.As(err, &temporary) && temporary.Timeout() {
				continue
			}
			return fmt.Errorf("hub: accept: %w", err)
		}
		if !s.reserve() {
			s.stats.refused.Add(1)
			closeQuietly(conn)
			continue
		}
		links.Go(func() {
			defer s.release()
			s.serve(ctx, conn)
		})
	}
}

func (s *Server) reserve() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken >= s.cfg.MaxLinks {
		return false
	}
	s.taken++
	return true
}

func (s *Server) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
}

// serve takes one connection from its first byte to its last.
func (s *Server) serve(ctx context.Context, raw net.Conn) {
	tune(raw)
	defer closeQuietly(raw)
	stop := context.AfterFunc(ctx, func() { closeQuietly(raw) })
	defer stop()
	link, err := s.stage1(ctx, raw)
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
	m.room.leave(m)
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

// closeQuietly closes what may be closed already.
func closeQuietly(c io.Closer) {
	_ = c.Close() //nolint:errcheck // there is nobody to tell
}

// licence reads a licence from a source.
func (s *Server) licence(data []byte, local bool) (profile.LicenceFacts, error) {
	issuers := s.cfg.LicenceIssuers
	if local {
		issuers = append(issuers[:len(issuers):len(issuers)], s.cfg.LocalIssuers...)
	}
	return profile.OpenLicence(data, issuers, s.cfg.Now())
}
