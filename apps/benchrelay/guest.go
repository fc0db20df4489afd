//go:build linux

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"lotse/packaging/profile"
	"lotse/relay/wire"
)

// guest is a member with next to no memory and work of its own.
type guest struct {
	raw  *net.TCPConn
	conn *tls.Conn
	in   *wire.Reader
	id   uint32 // of its connection in the room
}

// sources is how many addresses of this machine guests come from, so that no
// pair of addresses runs out of ports.
const sources = 8

// join takes a place in a room, from the source with this number.
func join(ctx context.Context, at profile.Relay, session string, source int) (*guest, error) {
	raw, err := dialTCP(ctx, at.Addr, source)
	if err != nil {
		return nil, err
	}
	g := &guest{raw: raw, conn: tls.Client(raw, wire.ClientTLS(at.Pins))}
	if err := g.stage1(ctx, session); err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	return g, nil
}

func dialTCP(ctx context.Context, addr string, source int) (*net.TCPConn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+source%sources))}}
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("benchrelay: %w", err)
	}
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return nil, fmt.Errorf("benchrelay: %T instead of TCP", c)
	}
	return tcp, nil
}

func (g *guest) stage1(ctx context.Context, session string) error {
	if err := g.conn.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("benchrelay: %w", err)
	}
	g.in = wire.NewReader(g.conn)
	hello := wire.Hello{V: wire.ProtocolVersion, MinV: wire.ProtocolVersion, Role: wire.RoleParticipant, Build: 1, OS: "bench"}
	for _, m := range []wire.Message{hello, wire.Join{Session: session}} {
		if _, err := g.conn.Write(wire.AppendFrame(nil, wire.Stage1Frame(m))); err != nil {
			return fmt.Errorf("benchrelay: %w", err)
		}
		f, err := g.in.Next()
		if err != nil {
			return fmt.Errorf("benchrelay: %w", err)
		}
		answer, err := wire.ParseStage1(f.Payload)
		if err := errors.Join(err, wire.Refusal(answer)); err != nil {
			return fmt.Errorf("benchrelay: %w", err)
		}
		if ticket, ok := answer.(wire.Ticket); ok {
			g.id = ticket.Conn
		}
	}
	g.in.EndStage1()
	return nil
}

// send sends a frame.
func (g *guest) send(f wire.Frame) error {
	if _, err := g.conn.Write(wire.AppendFrame(nil, f)); err != nil {
		return fmt.Errorf("benchrelay: %w", err)
	}
	return nil
}

// sink is thrown away: with MSG_TRUNC nothing is ever written to it (tcp(7)).
type sink []byte

func newSink() sink { return make(sink, 1<<20) }

// drain takes what comes off the socket without looking at it, so that a figure
// is never that of whoever reads, and counts it. It returns when the
// connection ends.
func (s sink) drain(c *net.TCPConn, got *atomic.Int64) {
	raw, err := c.SyscallConn()
	if err != nil {
		return // closed already
	}
	_ = raw.Read(func(fd uintptr) bool { // ends with the connection
		for {
			n, _, err := unix.Recvfrom(int(fd), s, unix.MSG_TRUNC|unix.MSG_DONTWAIT)
			if errors.Is(err, unix.EAGAIN) {
				return false
			}
			if err != nil || n <= 0 {
				return true
			}
			got.Add(int64(n))
		}
	})
}
