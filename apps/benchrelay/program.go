//go:build linux

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// released measures the program as it is handed out: its size, how long it takes
// to serve, at its first start and later ones, and its memory when nothing
// happens.
func (b *bench) released(ctx context.Context) error {
	info, err := os.Stat(b.program)
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(&b.page, "\n%s is not there: make %s builds it.\n", b.program, b.program)
		return nil
	}
	if err != nil {
		return fmt.Errorf("benchrelay: %w", err)
	}
	state, err := os.MkdirTemp("", "lotse-bench-")
	if err != nil {
		return fmt.Errorf("benchrelay: %w", err)
	}
	defer os.RemoveAll(state)
	first, err := b.startOf(ctx, state)
	if err != nil {
		return err
	}
	const starts = 5
	best := beginning{took: time.Hour, cpu: time.Hour}
	for range starts {
		s, err := b.startOf(ctx, state)
		if err != nil {
			return err
		}
		best = beginning{min(best.took, s.took), min(best.cpu, s.cpu), max(best.idle, s.idle)}
	}
	const mega, mib = 1e6, 1 << 20
	fmt.Fprintf(&b.page, "\nThe program as it is handed out: %.1f MB, serves %.0f ms after its start, for which it takes %.0f ms of processor time (the best of %d; %.0f ms the first time, when it draws keys and makes a database), %.1f MiB when idle.\n",
		float64(info.Size())/mega, best.took.Seconds()*1e3, best.cpu.Seconds()*1e3, starts, first.took.Seconds()*1e3, float64(best.idle)/mib)
	const mostSize, mostIdle, mostStart = 30 * mega, 40 * mib, 100 * time.Millisecond
	b.meets(info.Size() <= mostSize, "the program", "≤ 30 MB", "%.1f MB", float64(info.Size())/mega)
	b.meets(best.took <= mostStart, "serving after", "≤ 100 ms", "%.0f ms (%.0f ms of processor time)", best.took.Seconds()*1e3, best.cpu.Seconds()*1e3)
	b.meets(best.idle <= mostIdle, "memory when idle", "≤ 40 MiB", "%.1f MiB", float64(best.idle)/mib)
	return nil
}

// beginning is how a start of the program went: how long it took until it served,
// on the clock and of the processor, and its memory in bytes a moment later.
type beginning struct {
	took, cpu time.Duration
	idle      int
}

// startOf starts the program once.
func (b *bench) startOf(ctx context.Context, state string) (s beginning, err error) {
	cmd := exec.CommandContext(ctx, b.program, "serve", "-listen", "127.0.0.1:0", "-health", "", "-state", filepath.Join(state, "relay")) //nolint:gosec // G204: the caller's own choice
	said, err := cmd.StderrPipe()
	if err != nil {
		return s, fmt.Errorf("benchrelay: %w", err)
	}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return s, fmt.Errorf("benchrelay: %w", err)
	}
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "relay serves") {
			s.took = time.Since(begun)
			s.cpu, err = spent(cmd.Process.Pid)
			break
		}
	}
	const settles = 500 * time.Millisecond
	<-time.After(settles)
	var e error
	s.idle, e = resident(cmd.Process.Pid)
	err = errors.Join(err, e, cmd.Process.Signal(syscall.SIGTERM))
	for lines.Scan() { // its last words
	}
	if e := cmd.Wait(); e != nil || s.took == 0 {
		err = errors.Join(err, e, errors.New("benchrelay: the program did not serve"))
	}
	return s, err
}
