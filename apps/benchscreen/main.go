//go:build linux

// Command benchscreen plays scenes of office work on real programs, records
// them once, and sends the same pictures through our codec, through VP9 and
// AV1 in their modes for screens, and through TigerVNC. make bench-screen runs
// it and installs what it needs. It is a tool, not part of what is handed out.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lotse/capture/capturetest"
)

func main() {
	scenes := flag.String("scenes", "typing,scroll,drag,slides,film,idle", "which scenes, with commas between")
	seconds := flag.Int("seconds", 10, "how long each scene is")
	drawn := flag.Bool("drawn", false, "scenes drawn by ourselves, the same on every machine, instead of real programs")
	without := flag.Bool("without-peers", false, "our codec only")
	out := flag.String("out", "out/bench", "where the table is written")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	b := bench{dir: *out, length: time.Duration(*seconds) * time.Second, drawn: *drawn, peers: !*without}
	err := b.run(ctx, strings.Split(*scenes, ","))
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// bench is one run.
type bench struct {
	dir    string
	length time.Duration
	// drawn says that the scenes are drawn, peers that others are measured too.
	drawn, peers bool
	all          []result
}

func (b *bench) run(ctx context.Context, scenes []string) error {
	if err := os.MkdirAll(b.dir, 0o750); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	for _, name := range scenes {
		r, err := b.recording(ctx, name)
		if err != nil {
			return fmt.Errorf("scene %s: %w", name, err)
		}
		fmt.Fprintf(os.Stderr, "%s: %d pictures of %d × %d\n", name, len(r.steps)+1, r.size.X, r.size.Y)
		if err := b.measure(ctx, r); err != nil {
			return fmt.Errorf("scene %s: %w", name, err)
		}
	}
	var page bytes.Buffer
	table(&page, b.all)
	_, err := io.Copy(os.Stdout, bytes.NewReader(page.Bytes()))
	return errors.Join(err, os.WriteFile(filepath.Join(b.dir, "screen.md"), page.Bytes(), 0o600))
}

func (b *bench) recording(ctx context.Context, name string) (*recording, error) {
	if b.drawn {
		if _, ok := capturetest.Named(name); !ok {
			return nil, errors.New("no such scene")
		}
		return drawn(name, size(), int(b.length.Seconds())*rate), nil
	}
	for _, s := range reals() {
		if s.name != name {
			continue
		}
		dir, err := os.MkdirTemp("", "benchscreen")
		if err != nil {
			return nil, fmt.Errorf("bench: %w", err)
		}
		r, err := record(ctx, s, dir, b.length)
		return r, errors.Join(err, os.RemoveAll(dir))
	}
	return nil, errors.New("no such scene")
}

func (b *bench) measure(ctx context.Context, r *recording) error {
	own := ownWays()
	for _, way := range slices.Sorted(maps.Keys(own)) {
		got, err := ours(r, way, own[way])
		if err != nil {
			return fmt.Errorf("%s: %w", way, err)
		}
		if way == "Lotse" {
			judge(&got)
		}
		b.all = append(b.all, got)
	}
	if !b.peers {
		return nil
	}
	others := peers()
	for _, way := range slices.Sorted(maps.Keys(others)) {
		got, err := peer(ctx, r, way, others[way], b.dir)
		if err != nil {
			return fmt.Errorf("%s: %w", way, err)
		}
		b.all = append(b.all, got)
	}
	got, err := tiger(ctx, r, b.dir)
	if err != nil {
		return fmt.Errorf("TigerVNC: %w", err)
	}
	b.all = append(b.all, got)
	return nil
}
