// Package x11test starts X servers without a screen for tests. Each test has
// its own, so that keys and pixels of one never reach another.
package x11test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Server is a running X server.
type Server struct {
	// Display is what belongs into DISPLAY.
	Display string

	command *exec.Cmd
	done    chan struct{}
}

// Start runs Xvfb with the given screen, such as "1280x720x24", on a display
// number that the server picks, and points DISPLAY at it until the test ends.
// Without Xvfb the test is skipped.
func Start(tb testing.TB, screen string, options ...string) *Server {
	tb.Helper()
	s := start(tb, screen, options)
	tb.Cleanup(s.Kill)
	if t, ok := tb.(interface{ Setenv(key, value string) }); ok {
		t.Setenv("DISPLAY", s.Display)
	}
	return s
}

func start(tb testing.TB, screen string, options []string) *Server {
	tb.Helper()
	Need(tb, "Xvfb")
	read, write, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = read.Close() }()
	args := append([]string{"-displayfd", "3", "-screen", "0", screen, "-nolisten", "tcp", "-noreset"}, options...)
	s := &Server{command: exec.CommandContext(context.WithoutCancel(tb.Context()), "Xvfb", args...), done: make(chan struct{})} //nolint:gosec // tests choose the options
	s.command.ExtraFiles = []*os.File{write}
	err = s.command.Start()
	_ = write.Close()
	if err != nil {
		tb.Fatal(err)
	}
	go func() {
		defer close(s.done)
		_ = s.command.Wait()
	}()
	number, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		s.Kill()
		tb.Fatalf("Xvfb did not start: %v", err)
	}
	s.Display = ":" + strings.TrimSpace(number)
	return s
}

// PID returns the server's process, to measure what it costs.
func (s *Server) PID() int { return s.command.Process.Pid }

// Kill ends the server at once, as when it crashes, and waits for its end.
func (s *Server) Kill() {
	_ = s.command.Process.Kill()
	<-s.done
}

// Need skips the test when a program is not installed.
func Need(tb testing.TB, program string) {
	tb.Helper()
	if _, err := exec.LookPath(program); err != nil {
		tb.Skipf("%s is not installed", program)
	}
}
