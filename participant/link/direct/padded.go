package direct

import (
	"fmt"
	"net"

	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/stdnet"
)

// A relay answers no STUN request that is shorter than its answer. ICE makes
// one of 20 bytes; it leaves with an attribute more, as long as an address of
// IPv6 takes.
const (
	bareRequest = 20
	padding     = 24
)

// padded is the system's network, with longer STUN requests.
type padded struct{ *stdnet.Net }

func newPadded() (*padded, error) {
	system, err := stdnet.NewNet()
	if err != nil {
		return nil, fmt.Errorf("direct: network cards: %w", err)
	}
	return &padded{system}, nil
}

// ListenUDP opens a socket.
func (p *padded) ListenUDP(network string, at *net.UDPAddr) (transport.UDPConn, error) {
	conn, err := p.Net.ListenUDP(network, at)
	if err != nil {
		return nil, err
	}
	_ = conn.SetReadBuffer(readBuffer) // as much as the system gives
	return &paddedConn{conn}, nil
}

// readBuffer is how much a socket may hold until it is read.
const readBuffer = 1 << 20

type paddedConn struct{ transport.UDPConn }

// WriteTo sends b, or a bare binding request filled up with SOFTWARE
// (RFC 8489 §14.14).
func (c *paddedConn) WriteTo(b []byte, to net.Addr) (int, error) {
	longer := pad(b)
	n, err := c.UDPConn.WriteTo(longer, to)
	return min(n, len(b)), err
}

// pad returns a bare binding request filled up, and everything else as it is.
func pad(b []byte) []byte {
	if len(b) != bareRequest || b[0] != 0 || b[1] != 1 || b[2] != 0 || b[3] != 0 {
		return b
	}
	out := append(make([]byte, 0, bareRequest+padding), b...)
	out[3] = padding
	out = append(out, 0x80, 0x22, 0, padding-4)
	for len(out) < bareRequest+padding {
		out = append(out, ' ')
	}
	return out
}
