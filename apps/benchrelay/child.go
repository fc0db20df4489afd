//go:build linux

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// child is a process under test. It is alone in its process, so that its
// processor time and memory are nobody else's.
type child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// start starts this program in another role.
func start(ctx context.Context, args ...string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("benchrelay: %w", err)
	}
	c := &child{cmd: exec.CommandContext(ctx, self, args...)} //nolint:gosec // G204: this program itself
	c.cmd.Stderr = os.Stderr
	c.cmd.Env = append(os.Environ(), "PION_LOG_DISABLE=turn") // it would tell of each viewer that hangs up
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("benchrelay: %w", err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("benchrelay: %w", err)
	}
	c.out = bufio.NewScanner(out)
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("benchrelay: %w", err)
	}
	return c, nil
}

// ask says a word and returns the answer, a line each.
func (c *child) ask(word string) (string, error) {
	if _, err := fmt.Fprintln(c.in, word); err != nil {
		return "", fmt.Errorf("benchrelay: %w", err)
	}
	return c.line()
}

func (c *child) line() (string, error) {
	if !c.out.Scan() {
		return "", errors.Join(errors.New("benchrelay: the process under test has ended"), c.out.Err())
	}
	return c.out.Text(), nil
}

// stop lets the process end and waits for it.
func (c *child) stop() error {
	err := c.in.Close()
	if err != nil {
		return fmt.Errorf("benchrelay: %w", err)
	}
	if err := c.cmd.Wait(); err != nil {
		return fmt.Errorf("benchrelay: %w", err)
	}
	return nil
}

// spent is the processor time of a process, the kernel's work for it included.
func spent(pid int) (time.Duration, error) {
	var t unix.Timespec
	// The clock of a process: its number, inverted, and CPUCLOCK_SCHED
	// (clock_getcpuclockid(3), include/linux/posix-timers.h).
	if err := unix.ClockGettime(int32(^pid<<3|2), &t); err != nil {
		return 0, fmt.Errorf("benchrelay: clock of process %d: %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}

// resident is what a process has in memory, in bytes.
func resident(pid int) (int, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("benchrelay: %w", err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0, errors.New("benchrelay: no VmRSS")
	}
	kib, err := strconv.Atoi(fields[0])
	if err != nil {
		return 0, fmt.Errorf("benchrelay: %w", err)
	}
	return kib << 10, nil
}
