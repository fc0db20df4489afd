//go:build linux

// Package stage puts the real programs on real X displays and handles them
// the way a person does: looks at pixels, moves the mouse, types. The demo and
// the end-to-end tests play on it. It knows no inside of any program.
package stage

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math/bits"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Display is an X server, its own Xvfb or the person's.
type Display struct {
	// Name is what DISPLAY holds, such as ":99".
	Name string

	server *Process
	// mu guards conn: a picture is one request and its answer.
	mu   sync.Mutex
	conn *xgb.Conn
}

// startTime is how long an X server or a window manager may take to be there.
const startTime = 20 * time.Second

// StartDisplay starts an Xvfb of the size with a window manager on it.
func StartDisplay(ctx context.Context, size image.Point) (*Display, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("stage: pipe: %w", err)
	}
	defer r.Close()
	screen := fmt.Sprintf("%dx%dx24", size.X, size.Y)
	p, err := start(ctx, Command{
		Name: "Xvfb", Args: []string{"-displayfd", "3", "-screen", "0", screen, "-nolisten", "tcp", "-noreset", "-ac"},
		extra: []*os.File{w},
	})
	if err := errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	line, err := readLine(r, startTime)
	if err != nil {
		quiet(p.Stop())
		return nil, fmt.Errorf("stage: Xvfb gave no display number: %w", err)
	}
	d, err := OpenDisplay(":" + line)
	if err != nil {
		quiet(p.Stop())
		return nil, err
	}
	d.server = p
	return d, nil
}

// OpenDisplay connects to an X server that is already there.
func OpenDisplay(name string) (*Display, error) {
	conn, err := xgb.NewConnDisplay(name)
	if err != nil {
		return nil, fmt.Errorf("stage: display %s: %w", name, err)
	}
	return &Display{Name: name, conn: conn}, nil
}

// Close ends the connection, and the server if it is ours.
func (d *Display) Close() {
	d.mu.Lock()
	d.conn.Close()
	d.mu.Unlock()
	if d.server != nil {
		quiet(d.server.Stop())
	}
}

// Env returns the environment of a program on this display.
func (d *Display) Env() []string { return []string{"DISPLAY=" + d.Name} }

// Picture returns what the display shows now.
func (d *Display) Picture() (*image.RGBA, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	root := xproto.Setup(d.conn).DefaultScreen(d.conn)
	w, h := root.WidthInPixels, root.HeightInPixels
	reply, err := xproto.GetImage(d.conn, xproto.ImageFormatZPixmap, xproto.Drawable(root.Root), 0, 0, w, h, 0xffffffff).Reply()
	if err != nil {
		return nil, fmt.Errorf("stage: picture of %s: %w", d.Name, err)
	}
	img := image.NewRGBA(image.Rect(0, 0, int(w), int(h)))
	for i := 0; i+3 < len(reply.Data) && i+3 < len(img.Pix); i += 4 {
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = reply.Data[i+2], reply.Data[i+1], reply.Data[i], 255
	}
	return img, nil
}

// Save writes what the display shows now to a PNG file.
func (d *Display) Save(path string) error {
	img, err := d.Picture()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("stage: %w", err)
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("stage: %w", err)
	}
	if err := errors.Join(png.Encode(f, img), f.Close()); err != nil {
		return fmt.Errorf("stage: %s: %w", path, err)
	}
	return nil
}

// Do runs xdotool with the words on this display and returns what it prints.
// Another window may go while it looks through all of them: then it looks again.
func (d *Display) Do(ctx context.Context, words ...string) (string, error) {
	const looks = 5
	for n := 1; ; n++ {
		text, err := output(ctx, d.Env(), "xdotool", words...)
		if err == nil || n == looks || words[0] != "search" || !strings.Contains(err.Error(), "BadWindow") {
			return text, err
		}
	}
}

// Click moves the mouse to a point and presses the left button.
func (d *Display) Click(ctx context.Context, at image.Point) error {
	_, err := d.Do(ctx, "mousemove", strconv.Itoa(at.X), strconv.Itoa(at.Y), "sleep", "0.15", "click", "1")
	return err
}

// Park moves the mouse where it hovers over nothing.
func (d *Display) Park(ctx context.Context) error {
	_, err := d.Do(ctx, "mousemove", "2", "2")
	return err
}

// Type types text.
func (d *Display) Type(ctx context.Context, text string) error {
	_, err := d.Do(ctx, "type", "--delay", "15", text)
	return err
}

// Key presses keys, as xdotool names them.
func (d *Display) Key(ctx context.Context, keys ...string) error {
	_, err := d.Do(ctx, append([]string{"key"}, keys...)...)
	return err
}

// Held returns how many keys the display takes for pressed.
func (d *Display) Held() (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	reply, err := xproto.QueryKeymap(d.conn).Reply()
	if err != nil {
		return 0, fmt.Errorf("stage: keys of %s: %w", d.Name, err)
	}
	held := 0
	for _, b := range reply.Keys {
		held += bits.OnesCount8(b)
	}
	return held, nil
}

// Clipboard returns the text on the clipboard.
func (d *Display) Clipboard(ctx context.Context) (string, error) {
	out, err := output(ctx, d.Env(), "timeout", "3", "xclip", "-o", "-selection", "clipboard")
	return strings.TrimSpace(out), err
}

func output(ctx context.Context, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("stage: %s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return string(out), nil
}

// readLine reads one line from r within limit.
func readLine(r *os.File, limit time.Duration) (string, error) {
	if err := r.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(r).ReadString('\n')
	return strings.TrimSpace(line), err
}

// nobody is the user and group without rights on Debian.
const nobody = 65534

// lend gives a file to nobody when we are root.
func lend(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	if err := os.Chown(path, nobody, nobody); err != nil {
		return fmt.Errorf("stage: %w", err)
	}
	return nil
}

// Command is a program to start.
type Command struct {
	Name string
	Args []string
	// Env is added to our own environment.
	Env []string
	// Bare starts from an empty environment.
	Bare bool
	// Lowly runs the program as nobody when we are root: some programs warn
	// of root in red letters.
	Lowly bool
	// Log is a file for what the program prints; empty throws it away.
	Log   string
	extra []*os.File
}

// Process is a program that was started. It ends with its stage.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error
	log  io.Closer
}

// Start starts a program. It is killed, with its children, when ctx ends.
func Start(ctx context.Context, c Command) (*Process, error) { return start(ctx, c) }

func start(ctx context.Context, c Command) (*Process, error) {
	cmd := exec.CommandContext(ctx, c.Name, c.Args...)
	cmd.Env = c.Env
	if !c.Bare {
		cmd.Env = append(os.Environ(), c.Env...)
	}
	cmd.ExtraFiles = c.extra
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if c.Lowly && os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	p := &Process{cmd: cmd, done: make(chan struct{})}
	if c.Log != "" {
		if err := p.logTo(c.Log); err != nil {
			return nil, err
		}
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("stage: start %s: %w", c.Name, err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

func (p *Process) logTo(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("stage: %w", err)
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("stage: %w", err)
	}
	p.cmd.Stdout, p.cmd.Stderr, p.log = f, f, f
	return nil
}

// PID returns the process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Running reports whether the program has not ended yet.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Code returns the program's exit code; it waits until it has ended.
func (p *Process) Code() int {
	<-p.done
	return p.cmd.ProcessState.ExitCode()
}

// Signal sends a signal to the program and its children.
func (p *Process) Signal(s syscall.Signal) error {
	if err := syscall.Kill(-p.PID(), s); err != nil {
		return fmt.Errorf("stage: signal %v: %w", s, err)
	}
	return nil
}

// Kill ends the program itself, at once and without a word, and leaves what it
// started alone.
func (p *Process) Kill() error {
	if err := syscall.Kill(p.PID(), syscall.SIGKILL); err != nil {
		return fmt.Errorf("stage: kill: %w", err)
	}
	return nil
}

// stopTime is how long a program may take to end when asked.
const stopTime = 5 * time.Second

// Stop asks the program to end, and makes it when it does not. It returns how
// it ended.
func (p *Process) Stop() error {
	if p.Running() {
		quiet(p.Signal(syscall.SIGTERM))
		timer := time.NewTimer(stopTime)
		defer timer.Stop()
		select {
		case <-p.done:
		case <-timer.C:
		}
	}
	quiet(p.Signal(syscall.SIGKILL)) // children that stayed
	<-p.done
	if p.log != nil {
		return errors.Join(p.err, p.log.Close())
	}
	return p.err
}
