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
	first, _, err := b.startOf(ctx, state)
	if err != nil {
		return err
	}
	const starts = 5
	least, idle := time.Hour, 0
	for range starts {
		took, kib, err := b.startOf(ctx, state)
		if err != nil {
			return err
		}
		least, idle = min(least, took), max(idle, kib)
	}
	const mega, mib = 1e6, 1 << 20
	fmt.Fprintf(&b.page, "\nThe program as it is handed out: %.1f MB, serves %.0f ms after its start (the best of %d; %.0f ms the first time, when it draws keys and makes a database), %.1f MiB when idle.\n",
		float64(info.Size())/mega, least.Seconds()*1e3, starts, first.Seconds()*1e3, float64(idle)/mib)
	const mostSize, mostIdle, mostStart = 30 * mega, 40 * mib, 100 * time.Millisecond
	b.meets(info.Size() <= mostSize, "the program", "≤ 30 MB", "%.1f MB", float64(info.Size())/mega)
	b.meets(least <= mostStart, "serving after", "≤ 100 ms", "%.0f ms", least.Seconds()*1e3)
	b.meets(idle <= mostIdle, "memory when idle", "≤ 40 MiB", "%.1f MiB", float64(idle)/mib)
	return nil
}

// startOf starts the program once and returns how long it took until it served,
// and its memory a moment later.
func (b *bench) startOf(ctx context.Context, state string) (took time.Duration, idle int, err error) {
	cmd := exec.CommandContext(ctx, b.program, "serve", "-listen", "127.0.0.1:0", "-health", "", "-state", filepath.Join(state, "relay")) //nolint:gosec // G204: the caller's own choice
	said, err := cmd.StderrPipe()
	if err != nil {
		return 0, 0, fmt.Errorf("benchrelay: %w", err)
	}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, fmt.Errorf("benchrelay: %w", err)
	}
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "relay serves") {
			took = time.Since(begun)
			break
		}
	}
	const settles = 500 * time.Millisecond
	<-time.After(settles)
	idle, err = resident(cmd.Process.Pid)
	err = errors.Join(err, cmd.Process.Signal(syscall.SIGTERM))
	for lines.Scan() { // its last words
	}
	if e := cmd.Wait(); e != nil || took == 0 {
		err = errors.Join(err, e, errors.New("benchrelay: the program did not serve"))
	}
	return took, idle, err
}
