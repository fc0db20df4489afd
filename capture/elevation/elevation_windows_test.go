package elevation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/windows"
)

// TestMain is also the other run of this program: it greets over the pipe that
// its argument names, and reads the answer.
func TestMain(m *testing.M) {
	if len(os.Args) != 2 || !IsArgument(os.Args[1]) {
		m.Run()
		return
	}
	if err := greet(os.Args[1]); err != nil {
		panic(err)
	}
}

func greet(argument string) error {
	p, err := Join(argument)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(p, "hello\n"); err != nil {
		return err
	}
	if b, err := io.ReadAll(p); err != nil || string(b) != "go on\n" {
		return fmt.Errorf("got %q, %w", b, err)
	}
	return p.Close()
}

func TestAnotherRunOfThisProgramComes(t *testing.T) {
	p, err := Again(t.Context(), 20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 6)
	if _, err := io.ReadFull(p, got); err != nil || string(got) != "hello\n" {
		t.Errorf("got %q, %v, want a greeting", got, err)
	}
	if _, err := io.WriteString(p, "go on\n"); err != nil {
		t.Error(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// other starts a program that does not come to the pipe.
func other(t *testing.T, name string, args ...string) windows.Handle {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	h, err := windows.OpenProcess(windows.SYNCHRONIZE|windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = windows.CloseHandle(h) })
	return h
}

func pipe(t *testing.T) (s *server, argument string) {
	t.Helper()
	argument, err := newArgument()
	if err != nil {
		t.Fatal(err)
	}
	name, err := pipeName(argument)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = listen(name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s, argument
}

func TestAnotherProcessAtThePipeIsRefused(t *testing.T) {
	s, argument := pipe(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0], argument) // our own file, and not the one that was started
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	started := other(t, "notepad.exe")
	if err := s.accept(t.Context(), started); err != nil {
		t.Fatal(err)
	}
	if got, err := s.checked(started); !errors.Is(err, ErrStranger) || got != nil {
		t.Errorf("got %v, %v, want %v", got, err, ErrStranger)
	}
	s.close()
}

func TestAnotherFileIsRefused(t *testing.T) {
	if err := same(other(t, "notepad.exe")); !errors.Is(err, ErrStranger) {
		t.Errorf("got %v, want %v", err, ErrStranger)
	}
	if err := same(windows.CurrentProcess()); err != nil {
		t.Errorf("got %v for ourselves, want nothing", err)
	}
}

func TestNobodyIsWaitedForLongerThanAllowed(t *testing.T) {
	s, _ := pipe(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := s.accept(ctx, other(t, "notepad.exe")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
	}
}

func TestRunThatEndedIsNotWaitedFor(t *testing.T) {
	s, _ := pipe(t)
	h := other(t, os.Args[0], "-take-over=nonsense")
	if err := s.accept(t.Context(), h); err == nil || !strings.Contains(err.Error(), "ended") {
		t.Errorf("got %v, want the end of the other run", err)
	}
}

func TestPipeIsMadeOnce(t *testing.T) {
	_, argument := pipe(t)
	name, err := pipeName(argument)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := listen(name); err == nil {
		s.close()
		t.Error("got a second pipe of that name, want none")
	}
}

func TestWindowsOfOurOwnLevelAreOrdinary(t *testing.T) {
	if got, err := look(); err != nil || got != Ordinary {
		t.Errorf("got %v, %v, want %v", got, err, Ordinary)
	}
	if got, err := compare(windows.GetCurrentProcessId(), high); err != nil || got != Ordinary {
		t.Errorf("ourselves: got %v, %v, want %v", got, err, Ordinary)
	}
	if got, err := compare(0xFFFFFFF0, 0); err != nil || got != Ordinary {
		t.Errorf("nobody: got %v, %v, want %v", got, err, Ordinary)
	}
}

// TestProgramWithMoreRightsIsToldApart looks at ourselves as a program of each
// level would. Wine gives every program the same level, so that there is no
// other one to look at.
func TestProgramWithMoreRightsIsToldApart(t *testing.T) {
	ours, err := level(windows.CurrentProcess())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("our level is %#x, more is offered: %t", ours, Offered())
	for from, want := range map[uint32]Front{
		0x1000: Raised, ours - 1: Raised, ours: Ordinary, ours + 1: Ordinary,
	} {
		if got, err := compare(windows.GetCurrentProcessId(), from); err != nil || got != want {
			t.Errorf("from %#x: got %v, %v, want %v", from, got, err, want)
		}
	}
	if got, want := Offered(), ours < high; got != want {
		t.Errorf("offered: got %t, want %t", got, want)
	}
}
