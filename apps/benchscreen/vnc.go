//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"lotse/apps/stage"
	"lotse/capture"
)

// counter passes a connection on and counts what comes back from the server.
type counter struct {
	listener net.Listener
	bytes    atomic.Int64
}

// count listens for the viewer and dials the server.
func count(ctx context.Context, server string) (*counter, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	c := &counter{listener: l}
	go func() {
		for {
			viewer, err := l.Accept()
			if err != nil {
				return
			}
			var d net.Dialer
			to, err := d.DialContext(ctx, "tcp", server)
			if err != nil {
				_ = viewer.Close() // the viewer says so
				continue
			}
			go func() { _, _ = io.Copy(to, viewer) }()
			go func() { _, _ = io.Copy(io.MultiWriter(viewer, c), to) }()
		}
	}()
	return c, nil
}

// Write counts.
func (c *counter) Write(p []byte) (int, error) {
	c.bytes.Add(int64(len(p)))
	return len(p), nil
}

// tiger measures TigerVNC: its server shows the recording, its viewer looks at
// it through a counter.
func tiger(ctx context.Context, r *recording, dir string) (result, error) {
	out := result{scene: r.name, way: "TigerVNC Tight q8"}
	server, name, err := xvnc(ctx, r.size, dir)
	if err != nil {
		return out, err
	}
	defer server.Stop() //nolint:errcheck // how it takes its end tells nothing
	canvas, err := paper(name, r.size)
	if err != nil {
		return out, err
	}
	defer canvas.conn.Close()
	frames := r.frames()
	for f := range frames {
		if err := canvas.put(f, f.Bounds()); err != nil {
			return out, err
		}
		break
	}
	port, err := strconv.Atoi(strings.TrimPrefix(name, ":"))
	if err != nil {
		return out, fmt.Errorf("bench: %w", err)
	}
	c, err := count(ctx, fmt.Sprintf("127.0.0.1:%d", 5900+port))
	if err != nil {
		return out, err
	}
	defer c.listener.Close()
	d, err := stage.StartDisplay(ctx, r.size)
	if err != nil {
		return out, err
	}
	defer d.Close()
	viewer, err := stage.Start(ctx, stage.Command{
		Name: "xtigervncviewer", Env: append(d.Env(), "HOME="+dir), Log: filepath.Join(dir, "viewer.log"),
		Args: []string{
			"-FullScreen", "-AutoSelect=0", "-PreferredEncoding=Tight", "-QualityLevel=8", "-CompressLevel=2", "-SecurityTypes=None",
			fmt.Sprintf("127.0.0.1::%d", c.listener.Addr().(*net.TCPAddr).Port), //nolint:forcetypeassert,errcheck // we asked for TCP
		},
	})
	if err != nil {
		return out, err
	}
	defer viewer.Stop() //nolint:errcheck // how it takes its end tells nothing
	wait(ctx, settle)
	out.first = int(c.bytes.Load())
	began, spent, shown := c.bytes.Load(), used(server), used(viewer)
	n, err := canvas.play(ctx, r)
	if err != nil {
		return out, err
	}
	took, saw := used(server)-spent, used(viewer)-shown
	wait(ctx, time.Second)
	out.kbit = kbit(int(c.bytes.Load()-began), n)
	out.encode, out.decode = ms(took, n), ms(saw, n)
	img, err := d.Picture()
	if err != nil {
		return out, err
	}
	out.luma, out.chroma = last(r, img)
	out.note = "PSNR of the last picture; CPU with what drawing costs the server"
	return out, nil
}

// xvnc starts the server on a number that it finds free.
func xvnc(ctx context.Context, size image.Point, dir string) (*stage.Process, string, error) {
	for n := 71; n < 99; n++ {
		if _, err := os.Stat(fmt.Sprintf("/tmp/.X%d-lock", n)); err == nil {
			continue
		}
		name := fmt.Sprintf(":%d", n)
		p, err := stage.Start(ctx, stage.Command{
			Name: "Xvnc", Log: filepath.Join(dir, "Xvnc.log"),
			Args: []string{
				name, "-geometry", fmt.Sprintf("%dx%d", size.X, size.Y), "-depth", "24", "-SecurityTypes", "None", "-localhost",
				"-rfbport", strconv.Itoa(5900 + n), "-FrameRate", "30", "-CompareFB", "1",
			},
		})
		if err != nil {
			return nil, "", err
		}
		wait(ctx, settle/2)
		if p.Running() {
			return p, name, nil
		}
	}
	return nil, "", errors.New("bench: Xvnc does not start")
}

// sheet is a window that shows frames.
type sheet struct {
	conn   *xgb.Conn
	window xproto.Window
	gc     xproto.Gcontext
	depth  byte
}

func paper(display string, size image.Point) (*sheet, error) {
	conn, err := xgb.NewConnDisplay(display)
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	root := xproto.Setup(conn).DefaultScreen(conn)
	window, err := xproto.NewWindowId(conn)
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	gc, err := xproto.NewGcontextId(conn)
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	err = errors.Join(
		xproto.CreateWindowChecked(conn, root.RootDepth, window, root.Root, 0, 0, uint16(size.X), uint16(size.Y), 0,
			xproto.WindowClassInputOutput, root.RootVisual, xproto.CwOverrideRedirect, []uint32{1}).Check(),
		xproto.CreateGCChecked(conn, gc, xproto.Drawable(window), 0, nil).Check(),
		xproto.MapWindowChecked(conn, window).Check())
	return &sheet{conn: conn, window: window, gc: gc, depth: root.RootDepth}, err
}

// put draws a rectangle of a frame, in requests below 256 KiB.
func (s *sheet) put(f *capture.Frame, r image.Rectangle) error {
	const most = 240 << 10
	rows := max(most/(4*r.Dx()), 1)
	for y := r.Min.Y; y < r.Max.Y; y += rows {
		part := image.Rect(r.Min.X, y, r.Max.X, min(y+rows, r.Max.Y))
		if err := xproto.PutImageChecked(s.conn, xproto.ImageFormatZPixmap, xproto.Drawable(s.window), s.gc,
			uint16(part.Dx()), uint16(part.Dy()), int16(part.Min.X), int16(part.Min.Y), 0, s.depth, lift(f, part)).Check(); err != nil {
			return fmt.Errorf("bench: put: %w", err)
		}
	}
	return nil
}

// play shows a recording in its own time and returns how many frames it had.
func (s *sheet) play(ctx context.Context, r *recording) (n int, err error) {
	tick := time.NewTicker(time.Second / rate)
	defer tick.Stop()
	for f := range r.frames() {
		if n++; n == 1 {
			continue
		}
		select {
		case <-ctx.Done():
			return n, ctx.Err()
		case <-tick.C:
		}
		for _, area := range f.Dirty {
			if err := s.put(f, area); err != nil {
				return n, err
			}
		}
	}
	return n - 1, nil
}

// used is the processor's time of a program (proc_pid_stat(5), fields 14 and
// 15, in hundredths of a second).
func used(p *stage.Process) time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.PID()))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	fields := strings.Fields(rest)
	const user, system = 11, 12
	u, _ := strconv.Atoi(fields[user])
	v, _ := strconv.Atoi(fields[system])
	return time.Duration(u+v) * 10 * time.Millisecond
}

// last compares the end of a recording with a picture.
func last(r *recording, img *image.RGBA) (luma, chroma float64) {
	var q quality
	var end *capture.Frame
	for f := range r.frames() {
		end = f
	}
	shown := make([]byte, len(end.Pix))
	for i := 0; i+3 < len(shown) && i+3 < len(img.Pix); i += 4 {
		shown[i], shown[i+1], shown[i+2] = img.Pix[i+2], img.Pix[i+1], img.Pix[i]
	}
	q.add(end.Pix, shown, end.Stride)
	return q.result()
}
