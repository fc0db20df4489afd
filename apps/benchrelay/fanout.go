//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// windowBytes and windowRecords are how much is under way to a reader at the
// most: an update of the whole screen, or as many small ones.
const (
	windowBytes   = 1 << 20
	windowRecords = 128
)

// figure is what it takes to hand on a Gbit, in processor seconds.
type figure float64

// perCore is how many Gbit/s a core hands on.
func (f figure) perCore() float64 { return 1 / float64(f) }

func (b *bench) fanOuts(ctx context.Context) error {
	sizes, err := b.fanOutSizes()
	if err != nil {
		return err
	}
	fmt.Fprintf(&b.page, "\n1 → %d over TLS 1.3, a process of its own, as fast as it goes:\n\n", b.viewers)
	fmt.Fprintln(&b.page, "| record bytes | copy + AES cpu-s/Gbit | bare sockets | relay | × copy + AES | relay Gbit/s a core | of bare |")
	fmt.Fprintln(&b.page, "|---:|---:|---:|---:|---:|---:|---:|")
	for _, size := range sizes {
		before, err := b.calibrate(ctx, size)
		if err != nil {
			return err
		}
		got, err := b.fanOut(ctx, size)
		if err != nil {
			return err
		}
		after, err := b.calibrate(ctx, size)
		if err != nil {
			return err
		}
		memory, bare := (before.memory+after.memory)/2, (before.bare+after.bare)/2
		fmt.Fprintf(&b.page, "| %d | %.4f | %.4f | %.4f | %.2f | %.1f | %.0f %% |\n",
			size, memory, bare, got, got/memory, got.perCore(), 100*bare/got)
		b.fanOutGoals(size, got, memory, bare)
		fmt.Fprintf(os.Stderr, "fan-out of %d bytes: %.4f cpu-s/Gbit, bare %.4f, copy + AES %.4f\n", size, got, bare, memory)
	}
	return nil
}

// fanOutGoals notes what the goals are for the two sizes that have some: as fast
// as bare sockets, or nearly, and so much a core.
func (b *bench) fanOutGoals(size int, got, memory, bare figure) {
	const (
		whole, half           = 64 << 10, 16 << 10
		leastWhole, leastHalf = 16, 12 // Gbit/s a core
		ofBare                = 0.85
	)
	switch size {
	case whole:
		b.meets(bare/got >= ofBare, "fan-out of 64 KiB, of bare sockets", "≥ 85 %", "%.0f %% (%.0f %% of copying and sealing in memory)", 100*bare/got, 100*memory/got)
		b.meets(got.perCore() >= leastWhole, "fan-out of 64 KiB", "≥ 16 Gbit/s a core", "%.1f", got.perCore())
	case half:
		b.meets(got.perCore() >= leastHalf, "fan-out of 16 KiB", "≥ 12 Gbit/s a core", "%.1f (%.0f %% of bare sockets)", got.perCore(), 100*bare/got)
	}
}

// fanOut sends records of a size to everybody for a while.
func (b *bench) fanOut(ctx context.Context, size int) (figure, error) {
	s, err := b.serve(ctx)
	if err != nil {
		return 0, err
	}
	a, err := s.gather(ctx, b.viewers, size)
	if err != nil {
		return 0, err
	}
	window := uint64(min(max(windowBytes/size, 1), windowRecords))
	n := uint64(0)
	until := func(end time.Time) error {
		for time.Now().Before(end) {
			if err := a.send(ctx, n, window); err != nil {
				return err
			}
			n++
		}
		for a.got() < n {
			if err := a.hear(ctx); err != nil {
				return err
			}
		}
		return nil
	}
	const warm = time.Second / 2
	if err := until(time.Now().Add(warm)); err != nil {
		return 0, err
	}
	first := n
	began, err := spent(s.cmd.Process.Pid)
	if err != nil {
		return 0, err
	}
	if err := until(time.Now().Add(b.each)); err != nil {
		return 0, err
	}
	took, err := spent(s.cmd.Process.Pid)
	if err != nil {
		return 0, err
	}
	if err := errors.Join(s.droppedNothing(), a.leave(), s.stop()); err != nil {
		return 0, err
	}
	bits := float64(n-first) * float64(size) * float64(b.viewers) * 8
	return figure((took - began).Seconds() / bits * 1e9), nil
}

// droppedNothing asks the relay: a figure would be worth nothing otherwise.
func (s *server) droppedNothing() error {
	answer, err := s.ask("drops")
	if err != nil {
		return err
	}
	if answer != "0" {
		return errors.New("benchrelay: the relay has dropped records")
	}
	return nil
}
