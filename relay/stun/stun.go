// Package stun answers one question over UDP: under which address do you see
// me (the Binding of RFC 8489)? Two programs behind routers need to know, to
// talk to each other past the relay.
//
// It keeps nothing of who asked, reads no attribute, and never answers with
// more bytes than it got, nor often to one source, so that it is of no use for
// flooding somebody else. It passes nothing on: there is no TURN.
package stun

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

const (
	bindingRequest = 0x0001
	bindingAnswer  = 0x0101
	cookie         = 0x2112A442 // RFC 8489 §5
	headerSize     = 20
	mappedAddress  = 0x0020 // XOR-MAPPED-ADDRESS, RFC 8489 §14.2
	family4        = 1
	family6        = 2

	// MaxRequest is the longest request in bytes that is looked at.
	MaxRequest = 512
	// MinRequest4 is the shortest request in bytes that is answered over IPv4: an
	// answer is as long. A client fills up with an attribute.
	MinRequest4 = headerSize + 4 + 8
	// MinRequest6 is that over IPv6.
	MinRequest6 = headerSize + 4 + 20
)

// A source, an IPv4 address or an IPv6 /64, gets some answers at once and then
// few: a program asks once or twice for each of its cards. An office of many
// behind one address starts a session a second.
const (
	burst = 32
	every = 250 * time.Millisecond
	// slots is how many sources are told apart; those that share one share its
	// answers. 128 KiB in all.
	slots = 1 << 13
)

// Server answers on one socket or several. The zero Server is ready.
type Server struct {
	answered, ignored, limited atomic.Uint64
}

// Stats is what a Server counted. It holds no address.
type Stats struct {
	// Answered are requests that were answered, Ignored packets that are no
	// request or too short, Limited requests of a source that asks too often.
	Answered, Ignored, Limited uint64
}

// Stats returns the counters.
func (s *Server) Stats() Stats {
	return Stats{Answered: s.answered.Load(), Ignored: s.ignored.Load(), Limited: s.limited.Load()}
}

// errorPause is how long to wait after more than maxFailed reads in a row that
// failed.
const (
	maxFailed  = 16
	errorPause = 5 * time.Millisecond
)

// Serve answers on conn until ctx ends, and closes it.
func (s *Server) Serve(ctx context.Context, conn *net.UDPConn) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // the read below ends then
	defer stop()
	limit := newLimit()
	var in [MaxRequest + 1]byte
	out := make([]byte, 0, MinRequest6)
	failed := 0
	for {
		n, from, err := conn.ReadFromUDPAddrPort(in[:])
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		if err != nil { // such as an answer that found nobody
			if failed++; failed > maxFailed {
				select { // one that stays must not take a processor
				case <-time.After(errorPause):
				case <-ctx.Done():
				}
			}
			continue
		}
		failed = 0
		out = s.answer(out[:0], in[:n], from, limit, time.Now())
		if len(out) > 0 {
			_, _ = conn.WriteToUDPAddrPort(out, from) // whoever asked asks again
		}
	}
}

// answer appends what a packet deserves, nothing for most.
func (s *Server) answer(dst, request []byte, from netip.AddrPort, limit *limit, now time.Time) []byte {
	addr := from.Addr().Unmap()
	least := MinRequest4
	if addr.Is6() {
		least = MinRequest6
	}
	if len(request) < least || !isRequest(request) {
		s.ignored.Add(1)
		return dst
	}
	if !limit.take(addr, now) {
		s.limited.Add(1)
		return dst
	}
	s.answered.Add(1)
	return appendAnswer(dst, request, netip.AddrPortFrom(addr, from.Port()))
}

// isRequest reports whether a packet is one whole binding request.
func isRequest(b []byte) bool {
	return len(b) >= headerSize && len(b) <= MaxRequest && binary.BigEndian.Uint16(b) == bindingRequest &&
		int(binary.BigEndian.Uint16(b[2:])) == len(b)-headerSize && len(b)%4 == 0 && binary.BigEndian.Uint32(b[4:]) == cookie
}

// appendAnswer tells an address, hidden from routers that rewrite addresses
// wherever they see them.
func appendAnswer(dst, request []byte, addr netip.AddrPort) []byte {
	ip, family := addr.Addr().AsSlice(), uint16(family4)
	if addr.Addr().Is6() {
		family = family6
	}
	dst = binary.BigEndian.AppendUint16(dst, bindingAnswer)
	dst = binary.BigEndian.AppendUint16(dst, uint16(4+4+len(ip)))
	mask := len(dst)
	dst = append(dst, request[4:headerSize]...) // cookie and transaction
	dst = binary.BigEndian.AppendUint16(dst, mappedAddress)
	dst = binary.BigEndian.AppendUint16(dst, uint16(4+len(ip)))
	dst = binary.BigEndian.AppendUint16(dst, family)
	dst = binary.BigEndian.AppendUint16(dst, addr.Port()^cookie>>16)
	for i, b := range ip {
		dst = append(dst, b^dst[mask+i])
	}
	return dst
}

// limit counts answers by source, in a table of fixed size. One goroutine uses
// it.
type limit struct {
	seed  maphash.Seed
	slots []slot
}

// slot is the budget of all sources that fall into it.
type slot struct {
	spent  uint64 // answers that have not come back
	filled int64  // when that was, in units of every
}

func newLimit() *limit { return &limit{seed: maphash.MakeSeed(), slots: make([]slot, slots)} }

// take takes an answer from a source's budget, if there is one left.
func (l *limit) take(addr netip.Addr, now time.Time) bool {
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	source, err := addr.WithZone("").Prefix(bits)
	if err != nil {
		return false
	}
	s := &l.slots[maphash.Comparable(l.seed, source)%slots]
	tick := now.UnixNano() / int64(every)
	if since := tick - s.filled; since >= int64(s.spent) {
		s.spent = 0
	} else if since > 0 {
		s.spent -= uint64(since)
	}
	s.filled = tick
	if s.spent >= burst {
		return false
	}
	s.spent++
	return true
}
