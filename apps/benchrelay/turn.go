//go:build linux

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/turn/v5"
)

const (
	// datagram is what WebRTC puts into one at the most, in bytes; TURN carries
	// no longer ones whole.
	datagram = 1200
	// channelHead is what TURN puts before each (RFC 8656 §12.4).
	channelHead = 4
	// ahead is how many are under way to one viewer at the most.
	ahead = 32
	// stuck is after how long a datagram that has not arrived counts as lost.
	stuck = 20 * time.Millisecond
)

// viewer is behind a TURN server: what is sent to its address there arrives on
// its connection.
type viewer struct {
	raw  *net.TCPConn
	gate *gate
	addr netip.AddrPort
	unit int64        // bytes that a datagram takes on its connection
	got  atomic.Int64 // bytes on its connection
	sent int64        // the same, as they will be
}

// gate is a connection that stops handing on what comes once the server sends
// it on a channel: from then on it is drained, not read.
type gate struct {
	net.Conn
	bound chan struct{}
	once  sync.Once
}

func (g *gate) Read(b []byte) (int, error) {
	select {
	case <-g.bound:
		return 0, net.ErrClosed
	default:
	}
	n, err := g.Conn.Read(b)
	const first, last = 0x40, 0x4f // channel numbers (RFC 8656 §12)
	if n > 0 && b[0] >= first && b[0] <= last {
		g.once.Do(func() { close(g.bound) })
	}
	return n, err
}

// turns lets the same work be done through TURN servers: each viewer has an
// address there and a connection to it, and the sender sends to all of them.
func (b *bench) turns(ctx context.Context) error {
	got, err := b.fanOut(ctx, datagram)
	if err != nil {
		return err
	}
	fmt.Fprintf(&b.page, "\n1 → %d in pieces of %d bytes, what WebRTC puts into a datagram, as fast as it goes:\n\n", b.viewers, datagram)
	fmt.Fprintln(&b.page, "| through | cpu-s/Gbit | Gbit/s a core | × relay |\n|---|---:|---:|---:|")
	line := func(name string, f figure) {
		fmt.Fprintf(&b.page, "| %s | %.4f | %.2f | %.1f |\n", name, f, f.perCore(), f/got)
		fmt.Fprintf(os.Stderr, "%s: %.4f cpu-s/Gbit\n", name, f)
	}
	line("relay over TLS", got)
	for _, begin := range []func(context.Context) (*turnServer, error){startPion, startCoturn} {
		s, err := begin(ctx)
		if err != nil {
			return err
		}
		for _, secure := range []bool{false, true} {
			how, f, err := b.turn(ctx, s, secure)
			if err != nil {
				return errors.Join(fmt.Errorf("%s: %w", s.name, err), s.stop())
			}
			line(s.name+" over "+how, f)
		}
		if err := s.stop(); err != nil {
			return err
		}
	}
	return nil
}

// turn measures one way to one server and says which.
func (b *bench) turn(ctx context.Context, s *turnServer, secure bool) (how string, f figure, err error) {
	from, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return "", 0, fmt.Errorf("benchrelay: %w", err)
	}
	defer from.Close()
	var all sync.WaitGroup
	defer all.Wait()
	into := newSink()
	viewers := make([]*viewer, b.viewers)
	for i := range viewers {
		var v *viewer
		if v, how, err = allocate(ctx, s, secure, from); err != nil {
			return how, 0, err
		}
		defer v.raw.Close()
		all.Go(func() { into.drain(v.raw, &v.got) })
		viewers[i] = v
	}
	const warm = time.Second / 2
	if err := pour(from, viewers, warm); err != nil {
		return how, 0, err
	}
	before := total(viewers)
	began, err := spent(s.pid)
	if err != nil {
		return how, 0, err
	}
	if err := pour(from, viewers, b.each); err != nil {
		return how, 0, err
	}
	took, err := spent(s.pid)
	if err != nil {
		return how, 0, err
	}
	pieces := float64(total(viewers)-before) / float64(viewers[0].unit)
	if pieces == 0 {
		return how, 0, errors.New("benchrelay: nothing arrived")
	}
	return how, figure((took - began).Seconds() / (pieces * datagram * 8) * 1e9), nil
}

func total(viewers []*viewer) (bytes int64) {
	for _, v := range viewers {
		bytes += v.got.Load()
	}
	return bytes
}

// allocate gets an address at the server, and a channel to the sender. It says
// over what.
func allocate(ctx context.Context, s *turnServer, secure bool, from *net.UDPConn) (v *viewer, how string, err error) {
	addr := s.plain
	if secure {
		addr = s.tls
	}
	raw, err := dialTCP(ctx, addr, 0)
	if err != nil {
		return nil, "", err
	}
	v = &viewer{raw: raw, unit: datagram + channelHead, gate: &gate{Conn: raw, bound: make(chan struct{})}}
	how = "TCP"
	if secure {
		if how, err = v.secure(ctx); err != nil {
			return nil, "", err
		}
	}
	client, err := turn.NewClient(&turn.ClientConfig{
		TURNServerAddr: addr, Conn: turn.NewSTUNConn(v.gate), Username: realm, Password: realm, Realm: realm,
	})
	if err != nil {
		return nil, how, fmt.Errorf("benchrelay: %w", err)
	}
	if err := client.Listen(); err != nil {
		return nil, how, fmt.Errorf("benchrelay: %w", err)
	}
	relayed, err := client.Allocate()
	if err != nil {
		return nil, how, fmt.Errorf("benchrelay: %w", err)
	}
	if v.addr, err = netip.ParseAddrPort(relayed.LocalAddr().String()); err != nil {
		return nil, how, fmt.Errorf("benchrelay: %w", err)
	}
	return v, how, v.bind(ctx, relayed, from)
}

// secure puts TLS with AES-256-GCM below: 1.3, or 1.2 for Debian's coturn,
// which has nothing newer.
func (v *viewer) secure(ctx context.Context) (how string, err error) {
	conn := tls.Client(v.raw, &tls.Config{
		InsecureSkipVerify: true, MinVersion: tls.VersionTLS12, //nolint:gosec // G402: a server of our own, on this machine
		CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384},
	})
	if err := conn.HandshakeContext(ctx); err != nil {
		return "", fmt.Errorf("benchrelay: %w", err)
	}
	state := conn.ConnectionState()
	v.unit += 5 + 1 + 16 // header, type, tag (RFC 8446 §5.2)
	if state.Version == tls.VersionTLS12 {
		v.unit += 8 - 1 // a nonce instead of a type (RFC 5288 §3)
	}
	v.gate.Conn = conn
	return fmt.Sprintf("%s, %s", tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite)), nil
}

// bind makes the client ask for a channel, and waits until something comes on
// it.
func (v *viewer) bind(ctx context.Context, relayed net.PacketConn, from *net.UDPConn) error {
	const patience, often = 5 * time.Second, 2 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, err := relayed.WriteTo([]byte("hello"), from.LocalAddr()); err != nil {
		return fmt.Errorf("benchrelay: %w", err)
	}
	tick := time.NewTicker(often)
	defer tick.Stop()
	for {
		if _, err := from.WriteToUDPAddrPort(make([]byte, datagram), v.addr); err != nil {
			return fmt.Errorf("benchrelay: %w", err)
		}
		select {
		case <-v.gate.bound:
			return nil
		case <-tick.C:
		case <-ctx.Done():
			return errors.New("benchrelay: no channel")
		}
	}
}

// pour sends to everybody in turn for a while, never more than some datagrams
// ahead of what has arrived.
func pour(from *net.UDPConn, viewers []*viewer, d time.Duration) error {
	payload := make([]byte, datagram)
	moved := time.Now()
	for _, v := range viewers {
		v.sent = v.got.Load()
	}
	for end := time.Now().Add(d); time.Now().Before(end); {
		idle := true
		for _, v := range viewers {
			if v.sent-v.got.Load() >= ahead*v.unit {
				continue
			}
			if _, err := from.WriteToUDPAddrPort(payload, v.addr); err != nil {
				return fmt.Errorf("benchrelay: %w", err)
			}
			v.sent += v.unit
			idle = false
		}
		switch {
		case !idle:
			moved = time.Now()
		case time.Since(moved) > stuck: // the rest was lost
			for _, v := range viewers {
				v.sent = v.got.Load()
			}
		default:
			runtime.Gosched()
		}
	}
	return nil
}
