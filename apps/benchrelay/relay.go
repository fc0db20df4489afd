//go:build linux

package main

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"time"

	"lotse/crypto/note"
	"lotse/crypto/secret"
	"lotse/packaging/profile"
	"lotse/relay/dial"
	"lotse/relay/hub"
	"lotse/relay/wire"
)

// roleRelay is the relay in a process of its own.
const roleRelay = "relay"

// relay serves until its input ends. It prints where and with which key, and
// answers "drops" and "free" with a line each.
func relay(ctx context.Context, issuer, profileTo string) error {
	id, err := hub.NewIdentity()
	if err != nil {
		return fmt.Errorf("benchrelay: %w", err)
	}
	const many = 1 << 20
	server, err := hub.New(hub.Config{
		Identity: id, LicenceIssuers: []string{issuer}, JoinBurst: many, MaxStage1: many, MaxLinks: many, MaxRooms: many,
	})
	if err != nil {
		return fmt.Errorf("benchrelay: %w", err)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("benchrelay: %w", err)
	}
	stop, err := profiled(profileTo)
	if err != nil {
		return err
	}
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx, l) }()
	pin := id.Pin()
	fmt.Fprintln(os.Stdout, l.Addr(), hex.EncodeToString(pin[:]))
	for words := bufio.NewScanner(os.Stdin); words.Scan(); {
		if words.Text() == "free" {
			debug.FreeOSMemory()
		}
		fmt.Fprintln(os.Stdout, slowDrops(server.Stats()))
	}
	cancel()
	return <-done
}

// slowDrops is how much was lost because somebody was slow: not what was for
// somebody who had just left.
func slowDrops(s hub.Stats) (n uint64) {
	for d, dropped := range s.Dropped {
		if d.Reason == wire.ReasonSlow || d.Reason == wire.ReasonOverflow {
			n += dropped
		}
	}
	return n
}

func profiled(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	f, err := os.Create(path) //nolint:gosec // G304: the caller's own choice
	if err != nil {
		return nil, fmt.Errorf("benchrelay: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, fmt.Errorf("benchrelay: %w", err)
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close() // a profile that misses its end says so
	}, nil
}

// server is a relay in a process of its own, as its guests see it.
type server struct {
	*child
	at      profile.Relay
	licence *profile.Licence
}

// serve starts a relay and draws a licence that it takes.
func (b *bench) serve(ctx context.Context) (*server, error) {
	issuer, verifier, err := note.GenerateKey("bench")
	if err != nil {
		return nil, fmt.Errorf("benchrelay: %w", err)
	}
	licence, err := licence(issuer)
	if err != nil {
		return nil, err
	}
	c, err := start(ctx, "-as", roleRelay, "-profile", b.profile, verifier)
	if err != nil {
		return nil, err
	}
	line, err := c.line()
	if err != nil {
		return nil, err
	}
	addr, pin, _ := strings.Cut(line, " ")
	at, err := relayAt(addr, pin)
	return &server{child: c, at: at, licence: licence}, err
}

// relayAt is what a relay says about itself, as its guests need it.
func relayAt(addr, pin string) (profile.Relay, error) {
	raw, err := hex.DecodeString(pin)
	if err != nil || len(raw) != sha256.Size {
		return profile.Relay{}, fmt.Errorf("benchrelay: no relay: %s %s", addr, pin)
	}
	return profile.Relay{Addr: addr, Pins: [][sha256.Size]byte{[sha256.Size]byte(raw)}}, nil
}

func licence(issuer secret.Text) (*profile.Licence, error) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("benchrelay: %w", err)
	}
	number := profile.NewNumber("123456789")
	signed, err := profile.IssueLicence(profile.LicenceFacts{
		Number: number, Organisation: "Bench", Name: "Bench", ModuleKey: public, MaxMembers: roomSize,
		NotAfter: time.Now().Add(time.Hour).Unix(),
	}, issuer)
	if err != nil {
		return nil, fmt.Errorf("benchrelay: %w", err)
	}
	return &profile.Licence{Number: number, Note: signed, Key: key}, nil
}

// roomSize is how many members a room of these measurements may have.
const roomSize = 255

// master opens a room. It admits whoever comes and hands on every record, until
// ctx ends.
type master struct {
	*dial.Client
	session string
	records chan wire.Frame
	ended   chan error
}

func (s *server) master(ctx context.Context) (*master, error) {
	c, err := dial.Connect(ctx, dial.Config{
		Servers: []profile.Relay{s.at}, Allow: func(string) error { return nil }, Role: wire.RoleMaster, Build: 1, Licence: s.licence,
	})
	if err != nil {
		return nil, fmt.Errorf("benchrelay: %w", err)
	}
	m := &master{Client: c, records: make(chan wire.Frame, 1<<10), ended: make(chan error, 2)}
	go func() { m.ended <- c.Run(ctx) }()
	opened, err := c.Open(ctx, wire.Open{Digits: 9})
	if err != nil {
		return nil, fmt.Errorf("benchrelay: %w", err)
	}
	m.session = opened.Session
	go func() { m.ended <- m.admit(ctx) }()
	return m, nil
}

func (m *master) admit(ctx context.Context) error {
	for {
		f, err := m.Receive(ctx)
		if err != nil {
			return err
		}
		if f.Type == wire.Record {
			select {
			case m.records <- f:
			case <-ctx.Done():
				return ctx.Err()
			}
			continue
		}
		n, err := wire.ParseNotice(f.Payload)
		if err != nil {
			return err
		}
		if j, ok := n.(wire.JoinNotify); ok {
			if err := m.Admit(ctx, j.Conn); err != nil {
				return err
			}
		}
	}
}

// close ends the room and waits.
func (m *master) close() error {
	m.Close()
	err := errors.Join(<-m.ended, <-m.ended)
	if errors.Is(err, dial.ErrClosed) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
