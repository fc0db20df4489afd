//go:build linux

// Command benchrelay measures the relay beside what this machine can do at all
// and beside TURN servers doing the same work, all in one run. make bench-relay
// runs it and installs what it needs. It is a tool, not part of what is handed
// out.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"
)

func main() {
	as := flag.String("as", "", "what a process that this program starts is: relay, crowd, drain or turn")
	b := bench{dir: "out/bench"}
	flag.DurationVar(&b.each, "each", 4*time.Second, "how long each figure is measured")
	flag.IntVar(&b.viewers, "viewers", 200, "how many get what one sends")
	flag.IntVar(&b.idle, "idle", 10_000, "how many links are idle; 0 leaves them out")
	flag.StringVar(&b.parts, "parts", "program,fanout,latency,viewers,joins,idle,turn", "what is measured, with commas between")
	flag.StringVar(&b.sizes, "sizes", "65536,16384,4096,1200", "sizes of records in bytes, with commas between")
	flag.StringVar(&b.program, "program", "out/dist/lotse-relay", "the relay as it is handed out")
	flag.StringVar(&b.dir, "out", b.dir, "where the tables are written")
	flag.StringVar(&b.profile, "profile", "", "where the relay writes what its processor time went to")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *as, &b)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, as string, b *bench) error {
	switch as {
	case "":
		return b.run(ctx)
	case roleRelay:
		return relay(ctx, flag.Arg(0), b.profile)
	case roleCrowd:
		return crowd(ctx, flag.Arg(0), flag.Arg(1), flag.Arg(2), b.viewers)
	case roleTURN:
		return pion(ctx)
	case roleDrain:
		return drainAll(ctx, flag.Arg(0), b.viewers)
	default:
		return fmt.Errorf("benchrelay: no such role: %s", as)
	}
}

// bench is one run.
type bench struct {
	dir, parts, sizes, profile, program string
	each                                time.Duration
	viewers, idle                       int
	goals                               []goal
	page                                bytes.Buffer
}

func (b *bench) run(ctx context.Context) error {
	if err := os.MkdirAll(b.dir, 0o750); err != nil {
		return fmt.Errorf("benchrelay: %w", err)
	}
	begun := time.Now()
	for _, part := range b.plan() {
		if err := part(ctx); err != nil {
			return err
		}
	}
	fmt.Fprintf(&b.page, "\nAll of it took %.0f s.\n", time.Since(begun).Seconds())
	page := slices.Concat(b.goalTable(), b.page.Bytes())
	_, err := io.Copy(os.Stdout, bytes.NewReader(page))
	return errors.Join(err, os.WriteFile(filepath.Join(b.dir, "relay.md"), page, 0o600))
}
