//go:build cgo && !nogl && linux

package start

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"lotse/apps/ui"
)

// childVariable makes the test binary open a window instead of testing.
const childVariable = "LOTSE_TEST_WINDOW"

// TestMain lets the test binary play the program: Fyne wants the main thread.
func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(m.Run()) //nolint:forbidigo // this is the main of a test binary
	}
	Log(os.Stderr)
	if err := openAndClose(); err != nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(1) //nolint:forbidigo // this is the main of a test binary
	}
}

func openAndClose() error {
	a, err := New(ui.Look{})
	if err != nil {
		return err
	}
	w := a.NewWindow("residue")
	w.SetContent(ui.Notice("Grüße", "Καλημέρα", "こんにちは", "Close", w.Close))
	if err := Show(w); err != nil {
		return err
	}
	go fyne.Do(func() { ui.KeepAbove(w, true); w.Close() })
	a.Run()
	return nil
}

// display starts an X server for the test and returns its name.
func display(t *testing.T, more ...string) string {
	t.Helper()
	path, err := exec.LookPath("Xvfb")
	if err != nil {
		t.Skip("no Xvfb")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	x := exec.CommandContext(t.Context(), path, append(more, "-displayfd", "3", "-screen", "0", "800x600x24", "-nolisten", "tcp", "-ac")...)
	x.ExtraFiles = []*os.File{w}
	if err := x.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Process.Kill(); x.Wait(); r.Close() })
	w.Close()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return ":" + strings.TrimSpace(line)
}

// files lists everything below a folder.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if path != dir {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWindowLeavesNoFileBehind(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	var want []string
	for _, d := range []string{"tmp", "cache", "config", "data", "work"} {
		want = append(want, filepath.Join(home, d))
		if err := os.Mkdir(filepath.Join(home, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(want)
	for _, xdg := range []bool{true, false} {
		c := exec.CommandContext(t.Context(), self)
		c.Dir = filepath.Join(home, "work")
		c.Env = []string{"HOME=" + home, "TMPDIR=" + filepath.Join(home, "tmp"), "DISPLAY=" + display(t), childVariable + "=1", "LANG=de_DE.UTF-8"}
		if xdg {
			c.Env = append(c.Env, "XDG_CACHE_HOME="+filepath.Join(home, "cache"), "XDG_CONFIG_HOME="+filepath.Join(home, "config"), "XDG_DATA_HOME="+filepath.Join(home, "data"))
		}
		if out, err := c.CombinedOutput(); err != nil || len(out) != 0 {
			t.Fatalf("got %v and %q, want a quiet window", err, out)
		}
		if got := files(t, home); !slices.Equal(got, want) {
			t.Errorf("XDG %t: got %q, want %q", xdg, got, want)
		}
	}
}

func TestNoDisplayIsSaidAndNotTried(t *testing.T) {
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	if _, err := New(ui.Look{}); !errors.Is(err, ErrNoDisplay) {
		t.Errorf("got %v, want %v", err, ErrNoDisplay)
	}
	if out, err := child(t, ":63999"); err == nil || !strings.Contains(out, ErrNoDisplay.Error()) {
		t.Errorf("got %v and %q, want %v", err, out, ErrNoDisplay)
	}
}

func TestMissingOpenGLIsSaid(t *testing.T) {
	if out, err := child(t, display(t, "-extension", "GLX")); err == nil || !strings.Contains(out, ErrNoWindow.Error()) {
		t.Errorf("got %v and %q, want %v", err, out, ErrNoWindow)
	}
}

// child runs the test binary as a program on a display.
func child(t *testing.T, display string) (string, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self)
	c.Env = []string{"HOME=" + t.TempDir(), "DISPLAY=" + display, childVariable + "=1"}
	out, err := c.CombinedOutput()
	return string(out), err
}
