//go:build linux

package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"lotse/relay/wire"
)

const (
	// pace is how much leaves the relay while latency is measured, in bit/s.
	pace = 0.5e9
	// probeEvery is how often a key press goes one way.
	probeEvery = 5 * time.Millisecond
	// probeSize is how long its record is.
	probeSize = 64
)

// spread is what a part of the samples stays below.
type spread struct {
	p50, p99 time.Duration
}

func spreadOf(all []time.Duration) spread {
	if len(all) == 0 {
		return spread{}
	}
	slices.Sort(all)
	return spread{p50: all[len(all)/2], p99: all[len(all)*99/100]}
}

func (s spread) String() string {
	ms := func(d time.Duration) float64 { return d.Seconds() * 1000 }
	return fmt.Sprintf("%.3f / %.2f", ms(s.p50), ms(s.p99))
}

// latency measures how long something small and urgent takes from one member to
// another while the relay is busy, beside the same over a connection without a
// relay at the same time: with pieces as participants send them, and with
// smaller ones, which come more evenly.
func (b *bench) latency(ctx context.Context) error {
	fmt.Fprintf(&b.page, "\nOne way in ms while %.1f Gbit/s leave the relay to %d viewers, p50 / p99:\n\n", pace/1e9, b.viewers)
	fmt.Fprintln(&b.page, "| pieces of bytes | key press without a relay | through it | it adds | picture | cpu-s/Gbit |\n|---:|---:|---:|---:|---:|---:|")
	for _, size := range []int{16 << 10, 4 << 10} {
		l, err := b.busy(ctx, size, pace)
		if err != nil {
			return err
		}
		adds := spread{p50: l.through.p50 - l.beside.p50, p99: l.through.p99 - l.beside.p99}
		fmt.Fprintf(&b.page, "| %d | %v | %v | %v | %v | %.3f |\n", size, l.beside, l.through, adds, l.pictures, l.cpu.Seconds()/l.gbit)
		fmt.Fprintf(os.Stderr, "latency, %d bytes: %v; without a relay %v\n", size, l.through, l.beside)
		const mostHalf, mostAll = 100 * time.Microsecond, time.Millisecond
		b.meets(adds.p50 <= mostHalf, fmt.Sprintf("a key press at 0.5 Gbit/s in pieces of %d KiB: added at p50", size>>10), "≤ 0.1 ms", "%.3f ms (%.3f without a relay)", adds.p50.Seconds()*1e3, l.beside.p50.Seconds()*1e3)
		b.meets(adds.p99 <= mostAll, fmt.Sprintf("a key press at 0.5 Gbit/s in pieces of %d KiB: added at p99", size>>10), "≤ 1 ms", "%.2f ms (%.2f without a relay)", adds.p99.Seconds()*1e3, l.beside.p99.Seconds()*1e3)
	}
	return nil
}

// watched measures what 200 viewers of 4 Mbit/s take, who get a picture of 16 KiB
// about 30 times a second each.
func (b *bench) watched(ctx context.Context) error {
	const each, piece = 4e6, 16 << 10
	l, err := b.busy(ctx, piece, each*float64(b.viewers))
	if err != nil {
		return err
	}
	const mostCore, mostMemory, mostAge, mib = 0.10, 64 << 20, 20 * time.Millisecond, 1 << 20
	core := l.cpu.Seconds() / l.took.Seconds()
	fmt.Fprintf(&b.page, "\n%d viewers of 4 Mbit/s: %.2f of a core, %.0f MiB, a picture is %v ms old at p50 / p99.\n", b.viewers, core, float64(l.memory)/mib, l.pictures)
	fmt.Fprintf(os.Stderr, "%d viewers of 4 Mbit/s: %.2f of a core, %.0f MiB, age %v ms\n", b.viewers, core, float64(l.memory)/mib, l.pictures)
	b.meets(core <= mostCore, "200 viewers of 4 Mbit/s: processor", "≤ 0.10 core", "%.2f (%.3f cpu-s/Gbit)", core, l.cpu.Seconds()/l.gbit)
	b.meets(l.memory <= mostMemory, "200 viewers of 4 Mbit/s: memory", "≤ 64 MiB", "%.0f MiB", float64(l.memory)/mib)
	b.meets(l.pictures.p99 <= mostAge, "200 viewers of 4 Mbit/s: age at p99", "≤ 20 ms", "%.1f ms", l.pictures.p99.Seconds()*1e3)
	return nil
}

// load is what was measured of a relay that is busy.
type load struct {
	through, beside, pictures spread
	cpu, took                 time.Duration
	gbit                      float64
	memory                    int // bytes
}

// busy measures with pieces of one size, at so many bit/s in all.
func (b *bench) busy(ctx context.Context, size int, pace float64) (out load, err error) {
	s, err := b.serve(ctx)
	if err != nil {
		return out, err
	}
	a, err := s.gather(ctx, b.viewers, size)
	if err != nil {
		return out, err
	}
	begun := time.Now()
	began, err := spent(s.cmd.Process.Pid)
	if err != nil {
		return out, err
	}
	ctx, cancel := context.WithTimeout(ctx, b.each)
	defer cancel()
	var pieces uint64
	failed := make(chan error, 1)
	go func() {
		var err error
		pieces, err = a.steady(ctx, b.viewers, pace)
		failed <- err
	}()
	through, beside, err := s.probe(ctx, a.session)
	if err := errors.Join(err, <-failed); err != nil {
		return out, err
	}
	took, err := spent(s.cmd.Process.Pid)
	if err != nil {
		return out, err
	}
	out = load{through: through, beside: beside, cpu: took - began, took: time.Since(begun)}
	out.gbit = float64(pieces) * float64(size) * float64(b.viewers) * 8 / 1e9
	if out.memory, err = resident(s.cmd.Process.Pid); err != nil {
		return out, err
	}
	a.mu.Lock()
	out.pictures = spreadOf(a.ages)
	a.mu.Unlock()
	return out, errors.Join(s.droppedNothing(), a.leave(), s.stop())
}

// steady sends pieces at the pace until ctx ends and returns how many.
func (a *audience) steady(ctx context.Context, viewers int, pace float64) (uint64, error) {
	every := time.Duration(float64(a.size*8*viewers) / pace * float64(time.Second))
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := uint64(0); ; n++ {
		select {
		case <-tick.C:
		case err := <-a.failed:
			return n, errors.Join(errors.New("benchrelay: a reader has ended"), err)
		case <-ctx.Done():
			return n, nil
		}
		if err := a.send(context.WithoutCancel(ctx), n, uint64(windowBytes/a.size)); err != nil {
			return n, err
		}
	}
}

// probe sends key presses from one member of a room to another, and beside the
// relay, until ctx ends.
func (s *server) probe(ctx context.Context, session string) (through, beside spread, err error) {
	from, err := join(ctx, s.at, session, 0)
	if err != nil {
		return through, beside, err
	}
	defer from.raw.Close()
	to, err := join(ctx, s.at, session, 0)
	if err != nil {
		return through, beside, err
	}
	defer to.raw.Close()
	near, far, err := pair(ctx)
	if err != nil {
		return through, beside, err
	}
	defer near.Close()
	defer far.Close()
	var out [2]chan []time.Duration
	for i, in := range []*wire.Reader{to.in, wire.NewReader(far)} {
		in.EndStage1()
		out[i] = make(chan []time.Duration, 1)
		go func() { out[i] <- arrivals(in) }()
	}
	go func() { _, _ = io.Copy(io.Discard, from.conn) }() // the pictures; ends with the connection
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := errors.Join(press(from.conn, to.id), press(near, to.id)); err != nil {
			return through, beside, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	_ = to.raw.Close() // lets its reader end
	_ = far.Close()
	return spreadOf(<-out[0]), spreadOf(<-out[1]), nil
}

// press sends one key press with the time in it.
func press(w io.Writer, to uint32) error {
	payload := binary.BigEndian.AppendUint64(make([]byte, 0, probeSize), uint64(now()))
	f := wire.Frame{Type: wire.Record, Flags: wire.Flags(wire.LaneInput) | wire.First | wire.Last, Channel: to, Payload: payload[:probeSize]}
	if _, err := w.Write(wire.AppendFrame(nil, f)); err != nil {
		return fmt.Errorf("benchrelay: %w", err)
	}
	return nil
}

// arrivals reads key presses until the connection ends and says how old each
// was.
func arrivals(in *wire.Reader) (out []time.Duration) {
	for {
		f, err := in.Next()
		if err != nil {
			return out
		}
		if f.Type == wire.Record && f.Flags.Lane() == wire.LaneInput {
			out = append(out, time.Duration(now()-int64(binary.BigEndian.Uint64(f.Payload))))
		}
	}
}
