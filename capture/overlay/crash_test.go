package overlay

import (
	"image"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// showEnv makes this test program one that shows marks until it is killed.
const showEnv = "LOTSE_TEST_SHOW"

func TestMain(m *testing.M) {
	if os.Getenv(showEnv) == "" {
		m.Run()
		return
	}
	o, err := Open(image.Rect(0, 0, 640, 480), Options{})
	if err == nil {
		err = o.Show([]Mark{lasting(Mark{Kind: Box, Points: []image.Point{{100, 100}, {300, 200}}, Colour: blue})})
	}
	if err != nil {
		panic(err)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func lasting(m Mark) Mark {
	m.For = MaxLife
	return m
}

// another starts a program that shows a blue box at 100,100 and returns how to
// kill it.
func another(t *testing.T) (kill func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), showEnv+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = in.Close()
	}
}

// eventually looks again and again, as what is shown is not shown at once.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	patience := time.NewTimer(15 * time.Second)
	defer patience.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-patience.C:
			t.Fatalf("not so: %s", what)
		}
	}
}
