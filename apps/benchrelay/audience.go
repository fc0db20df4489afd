//go:build linux

package main

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"lotse/relay/wire"
)

// checkers is how many of an audience really read: they count, look at what
// comes and say so. The others drain.
const checkers = 4

// stampSize is what a record begins with: when it was sent, and which it is.
const stampSize = 16

// audience is a room with one who sends and many who get it.
type audience struct {
	*master
	size   int
	guests []*guest
	crowd  *child // those who drain
	all    sync.WaitGroup
	failed chan error

	// mu guards the fields below.
	mu    sync.Mutex
	ages  []time.Duration
	acked [checkers]uint64
	news  chan struct{}
}

// gather fills a room.
func (s *server) gather(ctx context.Context, n, size int) (*audience, error) {
	m, err := s.master(ctx)
	if err != nil {
		return nil, err
	}
	a := &audience{master: m, size: size, failed: make(chan error, n), news: make(chan struct{}, 1)}
	for i := range checkers {
		g, err := join(ctx, s.at, m.session, i)
		if err != nil {
			return nil, err
		}
		a.guests = append(a.guests, g)
		a.all.Go(func() { a.failed <- a.check(i, g) })
	}
	a.crowd, err = start(ctx, "-as", roleCrowd, "-viewers", strconv.Itoa(n-checkers), s.at.Addr, hex.EncodeToString(s.at.Pins[0][:]), m.session)
	if err != nil {
		return nil, err
	}
	_, err = a.crowd.line() // all are there
	return a, err
}

// roleCrowd joins a room and drains, in a process of its own, so that whoever
// checks does not wait for it.
const roleCrowd = "crowd"

func crowd(ctx context.Context, addr, pin, session string, n int) error {
	at, err := relayAt(addr, pin)
	if err != nil {
		return err
	}
	into := newSink()
	var got atomic.Int64
	var all sync.WaitGroup
	defer all.Wait()
	for i := range n {
		g, err := join(ctx, at, session, i)
		if err != nil {
			return err
		}
		defer g.raw.Close()
		all.Go(func() { into.drain(g.raw, &got) })
	}
	fmt.Fprintln(os.Stdout, "all are there")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// check reads records: each has to be the next one, and whole.
func (a *audience) check(i int, g *guest) error {
	for next := uint64(0); ; {
		f, err := g.in.Next()
		if err != nil {
			return nil //nolint:nilerr // the end of the audience
		}
		if f.Type != wire.Record {
			if f.Type == wire.Notice {
				return fmt.Errorf("benchrelay: a reader was told %q", f.Payload)
			}
			continue
		}
		if len(f.Payload) != a.size || binary.BigEndian.Uint64(f.Payload[8:]) != next {
			return fmt.Errorf("benchrelay: record %d is not the next one", next)
		}
		next++
		a.took(i, next, time.Duration(now()-int64(binary.BigEndian.Uint64(f.Payload))))
	}
}

// took says that a reader has so many records, the last one so old.
func (a *audience) took(i int, n uint64, age time.Duration) {
	a.mu.Lock()
	a.acked[i] = n
	a.ages = append(a.ages, age)
	a.mu.Unlock()
	select {
	case a.news <- struct{}{}:
	default:
	}
}

// got is how many records every one of those who check has.
func (a *audience) got() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Min(a.acked[:])
}

// send sends the n-th record, once all but window of those before have
// arrived.
func (a *audience) send(ctx context.Context, n, window uint64) error {
	for n >= a.got()+window {
		if err := a.hear(ctx); err != nil {
			return err
		}
	}
	payload := make([]byte, a.size)
	binary.BigEndian.PutUint64(payload, uint64(now()))
	binary.BigEndian.PutUint64(payload[8:], n)
	f := wire.Frame{Type: wire.Record, Flags: wire.Flags(wire.LanePicture) | wire.First | wire.Last, Payload: payload}
	return a.Send(ctx, f)
}

func (a *audience) hear(ctx context.Context) error {
	select {
	case <-a.news:
		return nil
	case err := <-a.failed:
		return errors.Join(errors.New("benchrelay: a reader has ended"), err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leave ends the room and all who are in it.
func (a *audience) leave() error {
	for _, g := range a.guests {
		_ = g.raw.Close() // it carried nothing that is missed
	}
	a.all.Wait()
	return errors.Join(a.crowd.stop(), a.close())
}

// now is a clock that only goes forward, in nanoseconds.
func now() int64 {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) // every Linux has it
	return t.Nano()
}
