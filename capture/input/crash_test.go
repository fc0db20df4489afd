//go:build linux || windows

package input

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// holdVariable makes a test process one that holds keys until it is killed.
const holdVariable = "LOTSE_TEST_HOLD"

// TestMain lets this program be its own watchdog, as ours are, and the one
// that crashes.
func TestMain(m *testing.M) {
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == ReleaseArgument:
		err = ReleaseOnEOF(os.Stdin, Open)
	case os.Getenv(holdVariable) != "":
		err = hold()
	default:
		m.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stdout, "failed:", err) // the other process reads it
	}
}

// hold presses Ctrl, Shift and A and waits for its end.
func hold() error {
	inj, err := OpenWatched()
	if err != nil {
		return err
	}
	g := NewGuard(inj)
	if err := errors.Join(g.Key(0xE0, true), g.Key(0xE1, true), g.Key(0x04, true), g.Button(Left, true)); err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, "held")
	_, err = bufio.NewReader(os.Stdin).ReadString('\n')
	return fmt.Errorf("not killed: %w", err)
}

// crash starts a process that holds keys, kills it once it does, and asks
// pressed before and after until nothing is held any more.
func crash(t *testing.T, env []string, pressed func() int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(env, holdVariable+"=1")
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	line, err := bufio.NewReader(out).ReadString('\n')
	if got := strings.TrimSpace(line); got != "held" {
		t.Fatalf("got %q, %v, want held", got, err)
	}
	if got := pressed(); got != 4 {
		t.Errorf("before the crash: got %d held, want three keys and a button", got)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed, so always an error
	await(t, "the release of what the dead process held", func() bool { return pressed() == 0 })
}
