//go:build linux

package main

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// calibration is what no relay can beat, in processor seconds per Gbit: memory
// is copying and sealing alone, bare is that and writing each record to one
// socket after another, with nothing decided, queued or bounded.
type calibration struct{ memory, bare figure }

// recordBytes is the longest TLS record (RFC 8446 §5.1), recordHead what stands
// before it.
const (
	recordBytes = 16 << 10
	recordHead  = 5
)

// sealer seals as TLS 1.3 does: header, payload, type, tag.
type sealer struct {
	aead    cipher.AEAD
	nonce   []byte
	scratch []byte
}

func newSealer() (*sealer, error) {
	const keySize = 32
	block, err := aes.NewCipher(make([]byte, keySize))
	if err != nil {
		return nil, fmt.Errorf("benchrelay: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("benchrelay: %w", err)
	}
	return &sealer{aead: aead, nonce: make([]byte, aead.NonceSize()), scratch: make([]byte, 0, recordBytes+64)}, nil
}

// record seals one record; it is good until the next call.
func (s *sealer) record(payload []byte) []byte {
	const applicationData = 23
	s.scratch = append(s.scratch[:0], applicationData, 3, 3, 0, 0)
	s.scratch = append(append(s.scratch, payload...), applicationData)
	return s.aead.Seal(s.scratch[:recordHead], s.nonce, s.scratch[recordHead:], s.scratch[:recordHead])
}

// each calls do with every record of a payload.
func (s *sealer) each(payload []byte, do func(record []byte)) {
	for len(payload) > 0 {
		n := min(len(payload), recordBytes)
		do(s.record(payload[:n]))
		payload = payload[n:]
	}
}

// calibrate measures both on this machine now.
func (b *bench) calibrate(ctx context.Context, size int) (calibration, error) {
	s, err := newSealer()
	if err != nil {
		return calibration{}, err
	}
	var out calibration
	out.memory, err = b.measured(size, func(payload []byte) error {
		s.each(payload, func([]byte) {})
		return nil
	})
	if err != nil {
		return out, err
	}
	conns, readers, err := b.sockets(ctx)
	if err != nil {
		return out, err
	}
	var buf []byte
	next := 0
	out.bare, err = b.measured(size, func(payload []byte) error {
		buf = buf[:0]
		s.each(payload, func(record []byte) { buf = append(buf, record...) })
		next = (next + 1) % len(conns)
		_, err := conns[next].Write(buf)
		return err
	})
	for _, c := range conns {
		_ = c.Close() // nothing is missed
	}
	return out, errors.Join(err, readers.stop())
}

// measured calls do with a payload for a while and returns what a Gbit took of
// this process.
func (b *bench) measured(size int, do func(payload []byte) error) (figure, error) {
	payload, n, self := make([]byte, size), 0, os.Getpid()
	const share, often = 4, 64 // a quarter of the time, a look at the clock after so many
	began, err := spent(self)
	if err != nil {
		return 0, err
	}
	for end := time.Now().Add(b.each / share); time.Now().Before(end); {
		for range often {
			if err := do(payload); err != nil {
				return 0, fmt.Errorf("benchrelay: %w", err)
			}
			n++
		}
	}
	took, err := spent(self)
	return figure((took - began).Seconds() / (float64(n) * float64(size) * 8) * 1e9), err
}

// sockets are connections to a process that drains them.
func (b *bench) sockets(ctx context.Context) ([]net.Conn, *child, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, fmt.Errorf("benchrelay: %w", err)
	}
	defer l.Close()
	readers, err := start(ctx, "-as", roleDrain, "-viewers", strconv.Itoa(b.viewers), l.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	conns := make([]net.Conn, b.viewers)
	for i := range conns {
		if conns[i], err = l.Accept(); err != nil {
			return nil, nil, fmt.Errorf("benchrelay: %w", err)
		}
	}
	return conns, readers, nil
}

// roleDrain connects and drains, in a process of its own.
const roleDrain = "drain"

func drainAll(ctx context.Context, addr string, n int) error {
	into := newSink()
	var got atomic.Int64
	var all sync.WaitGroup
	defer all.Wait()
	for i := range n {
		c, err := dialTCP(ctx, addr, i)
		if err != nil {
			return err
		}
		all.Go(func() { into.drain(c, &got) })
	}
	return nil
}
