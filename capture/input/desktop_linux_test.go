package input

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// patience is how long a program on a busy machine may take to show itself or
// to write a file.
const patience = 30 * time.Second

// desktop is an X server of our own without a window manager.
type desktop struct {
	name string
	conn *xgb.Conn
	root xproto.Window
	env  []string
}

func newDesktop(t *testing.T) *desktop {
	t.Helper()
	tool(t, "Xvfb")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	// It outlives the test's context: what the test opened is closed first.
	x := exec.CommandContext(context.WithoutCancel(t.Context()), "Xvfb", "-displayfd", "3", "-screen", "0", "800x600x24", "-nolisten", "tcp", "-noreset")
	x.ExtraFiles = []*os.File{write}
	run(t, x)
	write.Close()
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb: %v", err)
	}
	d := &desktop{name: ":" + strings.TrimSpace(line)}
	if d.conn, err = xgb.NewConnDisplay(d.name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.conn.Close)
	d.root = xproto.Setup(d.conn).DefaultScreen(d.conn).Root
	d.env = append(os.Environ(), "DISPLAY="+d.name, "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "HOME="+t.TempDir(),
		"GSETTINGS_BACKEND=memory", "GTK_IM_MODULE=gtk-im-context-simple", "XMODIFIERS=", "NO_AT_BRIDGE=1")
	return d
}

// guard opens the way under test.
func (d *desktop) guard(t *testing.T) *Guard {
	t.Helper()
	inj, err := dial(d.name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := inj.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return NewGuard(inj)
}

// start runs a program on the desktop, waits for its window, and gives that
// window the keyboard and the pointer.
func (d *desktop) start(t *testing.T, name string, args ...string) {
	t.Helper()
	tool(t, name)
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = d.env
	run(t, cmd)
	var win xproto.Window
	await(t, name+"'s window", func() bool {
		win = d.window()
		return win != 0
	})
	// The window may go again in between; then the program takes no text and
	// the test fails with that.
	if err := xproto.SetInputFocusChecked(d.conn, xproto.InputFocusParent, win, 0).Check(); err != nil {
		t.Fatal(err)
	}
}

// window returns the largest window that is shown, if it is large.
func (d *desktop) window() xproto.Window {
	tree, err := xproto.QueryTree(d.conn, d.root).Reply()
	if err != nil {
		return 0
	}
	for _, w := range tree.Children {
		a, err1 := xproto.GetWindowAttributes(d.conn, w).Reply()
		g, err2 := xproto.GetGeometry(d.conn, xproto.Drawable(w)).Reply()
		if errors.Join(err1, err2) == nil && a.MapState == xproto.MapStateViewable && g.Width > 200 && g.Height > 100 {
			return w
		}
	}
	return 0
}

func (d *desktop) layout(t *testing.T, name string) {
	t.Helper()
	tool(t, "setxkbmap")
	cmd := exec.CommandContext(t.Context(), "setxkbmap", strings.Fields(name)...)
	cmd.Env = d.env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("setxkbmap: %v: %s", err, out)
	}
}

// xterm starts a terminal in which cat writes a file, and returns the file.
func (d *desktop) xterm(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	ready, out := filepath.Join(dir, "ready"), filepath.Join(dir, "out")
	script := fmt.Sprintf("stty -icanon -echo; : >%q; exec cat >%q", ready, out)
	d.start(t, "xterm", "-u8", "-geometry", "80x24+0+0", "-e", "sh", "-c", script)
	await(t, "the shell", func() bool {
		_, err := os.Stat(ready)
		return err == nil
	})
	return out
}

func tool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed: %v", name, err)
	}
}

// run starts cmd and ends it with the test.
func run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		_ = cmd.Wait()         // killed, so always an error
	})
}

// await asks again and again until ok.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	if !within(ok) {
		t.Fatalf("%s did not come within %v", what, patience)
	}
}

// within asks again and again until ok, and reports whether that came in time.
func within(ok func() bool) bool {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-late:
			return false
		}
	}
	return true
}

// arrives waits until the file holds want, and fails with what it holds.
func arrives(t *testing.T, file, want string) {
	t.Helper()
	var got string
	within(func() bool {
		raw, _ := os.ReadFile(file) // not there yet is nothing yet
		got = string(raw)
		return len(got) >= len(want)
	})
	if got != want {
		t.Fatalf("got  %q\nwant %q", got, want)
	}
}
