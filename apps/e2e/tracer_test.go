//go:build e2e && linux

package e2e

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"lotse/apps/stage"
)

// tracerOf says of this test program that it is the tracer of another one: the
// process and what to do with its main thread. Whoever traces its own child
// takes away the news that the child's parent waits for.
const tracerOf = "LOTSE_E2E_TRACER"

// TestTracer is no test: it is the tracer, see tracerOf.
func TestTracer(t *testing.T) {
	words := strings.Fields(os.Getenv(tracerOf))
	if len(words) == 0 {
		t.Skip("only the other tests use this")
	}
	pid, err := strconv.Atoi(words[1])
	must(t, err)
	runtime.LockOSThread() // whoever attaches has to let go
	do := map[string]func(context.Context, int) error{"hang": holdThread, "crash": endThread}[words[0]]
	must(t, do(t.Context(), pid))
}

// holdThread stops a thread until somebody closes our input. It stops it where
// windows hang, in a wait: stopped in the middle of the system's own code it
// could hold a lock that the plain STOP needs to be drawn.
func holdThread(ctx context.Context, pid int) error {
	if err := rest(ctx, pid); err != nil {
		return err
	}
	if err := attach(pid); err != nil {
		return err
	}
	_, err := io.WriteString(os.Stdout, stoppedWord+"\n")
	_, end := io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, end, syscall.PtraceDetach(pid))
}

const stoppedWord = "stopped"

// rest waits until the main thread of a process has slept for a while; one that
// is woken all the time need only sleep.
func rest(ctx context.Context, pid int) error {
	began := time.Now()
	return stage.Until(ctx, 10*time.Second, "a main thread at rest", func() (bool, error) {
		before, err := sleeps(pid)
		if err != nil {
			return false, err
		}
		<-time.After(4 * time.Millisecond)
		now, err := sleeps(pid)
		patient := time.Since(began) < 3*time.Second
		return err == nil && strings.Contains(now, "State:\tS") && (now == before || !patient) && waits(pid), err
	})
}

// waits reports whether the main thread of a Windows program waits for a message:
// Wine reads that from a pipe of its server. What draws its window waits for
// other threads meanwhile, with locks that the plain STOP needs.
func waits(pid int) bool {
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil || !strings.Contains(exe, "wine") {
		return true
	}
	call, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/syscall", pid, pid))
	return err == nil && strings.HasPrefix(string(call), "0 ") // read
}

// sleeps tells the state of a main thread and how often it went to sleep.
func sleeps(pid int) (string, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/status", pid, pid))
	if err != nil {
		return "", err
	}
	var s strings.Builder
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "State:") || strings.HasPrefix(line, "voluntary_ctxt_switches:") {
			s.WriteString(line)
		}
	}
	return s.String(), nil
}

// attach stops a thread until its detachment.
func attach(pid int) error {
	if err := syscall.PtraceAttach(pid); err != nil {
		return err
	}
	var status syscall.WaitStatus
	_, err := syscall.Wait4(pid, &status, syscall.WALL, nil)
	return err
}

// tracer returns the command that traces a program.
func tracer(t *testing.T, do string, pid int) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	c := exec.CommandContext(context.WithoutCancel(t.Context()), self, "-test.run=^TestTracer$")
	c.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d", tracerOf, do, pid))
	return c
}

// hang stops the main thread of a program, and no other, as a debugger does,
// until the test is over.
func hang(t *testing.T, pid int) {
	t.Helper()
	c := tracer(t, "hang", pid)
	in, err := c.StdinPipe()
	must(t, err)
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	t.Cleanup(func() { _ = in.Close(); _ = c.Wait() }) // the program may have ended
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == stoppedWord {
			return
		}
	}
	t.Fatal("the main thread was not stopped")
}

// crash ends the main thread of a program, and no other.
func crash(t *testing.T, pid int) {
	t.Helper()
	if out, err := tracer(t, "crash", pid).CombinedOutput(); err != nil {
		t.Fatalf("the main thread was not ended: %v\n%s", err, out)
	}
}
