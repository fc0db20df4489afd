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
	// pace is how much leaves the relay while latency is measured, in bit/s,
	// in records of pieceSize bytes.
	pace      = 0.5e9
	pieceSize = 16 << 10
	// probeEvery is how often a key press goes one way.
	probeEvery = 5 * time.Millisecond
	// probeSize is how long its record is.
	probeSize = 64
)

// spread is what a part of the samples stays below.
type spread struct {
	p50, p99 time.Duration
	n        int
}

func spreadOf(all []time.Duration) spread {
	if len(all) == 0 {
		return spread{}
	}
	slices.Sort(all)
	return spread{p50: all[len(all)/2], p99: all[len(all)*99/100], n: len(all)}
}

func (s spread) String() string {
	ms := func(d time.Duration) float64 { return d.Seconds() * 1000 }
	return fmt.Sprintf("%.3f | %.3f | %d", ms(s.p50), ms(s.p99), s.n)
}

// latency measures how long something small and urgent takes from one member to
// another while the relay is busy, beside the same over a connection without a
// relay at the same time.
func (b *bench) latency(ctx context.Context) error {
	s, err := b.serve(ctx)
	if err != nil {
		return err
	}
	a, err := s.gather(ctx, b.viewers, pieceSize)
	if err != nil {
		return err
	}
	began, err := spent(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, b.each)
	defer cancel()
	sent := make(chan uint64, 1)
	failed := make(chan error, 1)
	go func() {
		n, err := a.steady(ctx, b.viewers)
		sent <- n
		failed <- err
	}()
	through, beside, err := s.probe(ctx, a.session)
	pieces := <-sent
	if err := errors.Join(err, <-failed); err != nil {
		return err
	}
	took, err := spent(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	gbit := float64(pieces) * pieceSize * float64(b.viewers) * 8 / 1e9
	a.mu.Lock()
	pictures := spreadOf(a.ages)
	a.mu.Unlock()
	fmt.Fprintf(&b.page, "\nOne way while %.2f Gbit/s leave the relay in pieces of %d bytes (%.4f cpu-s/Gbit):\n\n",
		gbit/b.each.Seconds(), pieceSize, (took-began).Seconds()/gbit)
	fmt.Fprintln(&b.page, "| what | p50 ms | p99 ms | samples |\n|---|---:|---:|---:|")
	fmt.Fprintf(&b.page, "| key press, TLS without a relay | %v |\n| key press through the relay | %v |\n| picture, any of %d viewers | %v |\n",
		beside, through, b.viewers, pictures)
	fmt.Fprintf(&b.page, "\nThe relay adds %.3f ms at p50 and %.3f ms at p99.\n",
		(through.p50-beside.p50).Seconds()*1000, (through.p99-beside.p99).Seconds()*1000)
	fmt.Fprintf(os.Stderr, "latency: through %v, beside %v, pictures %v\n", through, beside, pictures)
	return errors.Join(s.droppedNothing(), a.leave(), s.stop())
}

// steady sends pieces at the pace until ctx ends and returns how many.
func (a *audience) steady(ctx context.Context, viewers int) (uint64, error) {
	every := time.Duration(pieceSize * 8 * float64(viewers) / pace * float64(time.Second))
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
		if err := a.send(context.WithoutCancel(ctx), n, windowBytes/pieceSize); err != nil {
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
