//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"lotse/relay/wire"
)

// atOnce is how many come to the door at the same time.
const atOnce = 8

// crowd lets n guests join, some at a time: room tells the session of each.
func (s *server) crowd(ctx context.Context, n int, session func(i int) string) ([]*guest, error) {
	guests, next := make([]*guest, n), make(chan int)
	var all sync.WaitGroup
	failed := make(chan error, atOnce)
	for range atOnce {
		all.Go(func() {
			for i := range next {
				var err error
				if guests[i], err = join(ctx, s.at, session(i), i); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	var err error
	for i := range n {
		select {
		case next <- i:
			continue
		case err = <-failed:
		}
		break
	}
	close(next)
	all.Wait()
	return guests, err
}

// joins measures how many can come to a door in a second: TCP, TLS with the
// hybrid key agreement, greetings, a place in the room.
func (b *bench) joins(ctx context.Context) error {
	s, err := b.serve(ctx)
	if err != nil {
		return err
	}
	m, err := s.master(ctx)
	if err != nil {
		return err
	}
	began, err := spent(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	begun, n := time.Now(), 0
	for time.Since(begun) < b.each {
		guests, err := s.crowd(ctx, atOnce, func(int) string { return m.session })
		if err != nil {
			return err
		}
		for _, g := range guests {
			_ = g.raw.Close() // its place is free again
		}
		n += len(guests)
	}
	took, err := spent(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	each := (took - began) / time.Duration(n)
	fmt.Fprintf(&b.page, "\nJoins: %.0f a second with both ends on this machine; %.2f ms of the relay's processor time each, %.0f a second a core.\n",
		float64(n)/time.Since(begun).Seconds(), each.Seconds()*1000, 1/each.Seconds())
	fmt.Fprintf(os.Stderr, "joins: %d, %v each\n", n, each)
	return errors.Join(m.close(), s.stop())
}

// filesBeside are open files that are no links.
const filesBeside = 500

// idleLinks measures what a link costs that says nothing but a ping.
func (b *bench) idleLinks(ctx context.Context) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("benchrelay: %w", err)
	}
	n := min(b.idle, int(limit.Cur)-filesBeside)
	s, err := b.serve(ctx)
	if err != nil {
		return err
	}
	const each = roomSize - 1
	masters := make([]*master, (n+each-1)/each)
	for i := range masters {
		if masters[i], err = s.master(ctx); err != nil {
			return err
		}
	}
	empty, err := resident(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	guests, err := s.crowd(ctx, n, func(i int) string { return masters[i%len(masters)].session })
	if err != nil {
		return err
	}
	for _, g := range guests {
		if err := g.send(wire.Frame{Type: wire.Ping, Payload: make([]byte, wire.PingSize)}); err != nil {
			return err
		}
	}
	full, err := resident(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	if err := s.droppedNothing(); err != nil {
		return err
	}
	if _, err := s.ask("free"); err != nil {
		return err
	}
	rest, err := resident(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	kib := func(size int) float64 { return float64(size-empty) / float64(n) / (1 << 10) }
	fmt.Fprintf(&b.page, "\nIdle links: %d take %.1f KiB each right after they have come, %.1f KiB once garbage is returned: %.0f a GiB.\n",
		n, kib(full), kib(rest), float64(1<<20)/kib(rest))
	const least, stretch = 20_000, 35_000
	aGiB := float64(1<<20) / kib(rest)
	b.meets(aGiB >= least, "idle links", "≥ 20 000 a GiB", "%.0f (%.1f KiB each)", aGiB, kib(rest))
	b.meets(aGiB >= stretch, "idle links, stretched", "≥ 35 000 a GiB", "%.0f", aGiB)
	fmt.Fprintf(os.Stderr, "idle: %d links, %.1f and %.1f KiB\n", n, kib(full), kib(rest))
	for _, g := range guests {
		_ = g.raw.Close() // the room ends
	}
	for _, m := range masters {
		err = errors.Join(err, m.close())
	}
	return errors.Join(err, s.stop())
}
