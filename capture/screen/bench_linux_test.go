package screen

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"
	"golang.org/x/sys/unix"

	"lotse/capture"
	"lotse/capture/internal/x11"
	"lotse/capture/internal/x11/x11test"
)

// BenchmarkCapture measures one look at a screen of 1920 × 1080, with
// kbinani/screenshot and with each source of ours, in CPU time of this process
// and of the X server. What drawing itself costs is measured apart and taken
// off. The scenes: nothing changes; a character is typed; a film of
// 1280 × 720 shows its next picture.
func BenchmarkCapture(b *testing.B) {
	sources := []struct {
		name string
		open func(b *testing.B, w xproto.Window) Source
	}{
		{"kbinani", func(b *testing.B, _ xproto.Window) Source { b.Helper(); return opened(b, Options{Portable: true}) }},
		{"x11-shm", func(b *testing.B, _ xproto.Window) Source { b.Helper(); return opened(b, Options{}) }},
		{"x11-socket", func(b *testing.B, _ xproto.Window) Source { b.Helper(); return withoutMemory(b) }},
		{"x11-shm-window", func(b *testing.B, w xproto.Window) Source {
			b.Helper()
			return openedTarget(b, Target{Kind: Window, ID: uint32(w)}, Options{})
		}},
	}
	for _, scene := range []string{"idle", "typing", "film"} {
		for _, s := range sources {
			b.Run(scene+"/"+s.name, func(b *testing.B) {
				d, server := newDesk(b, "1920x1080x24")
				w := d.open(0, image.Rect(100, 100, 1380, 820), 0x202020)
				newStage(d, w, scene).measure(b, s.open(b, w), server)
			})
		}
	}
}

// withoutMemory is a source on another machine than its server.
func withoutMemory(b *testing.B) Source {
	b.Helper()
	s, ok := opened(b, Options{}).(*x11Source)
	if !ok {
		b.Fatal("not a source of X11")
	}
	if err := s.scratch.close(); err != nil {
		b.Fatal(err)
	}
	return s
}

// stage draws a scene into a window.
type stage struct {
	d      *desk
	window xproto.Window
	reels  []xproto.Pixmap // the film's pictures
	draw   func(i int)
}

func newStage(d *desk, w xproto.Window, scene string) *stage {
	d.tb.Helper()
	s := &stage{d: d, window: w}
	switch scene {
	case "typing":
		s.draw = s.typed
	case "film":
		s.load()
		s.draw = s.played
	default:
		s.draw = func(int) {}
	}
	return s
}

// typed puts a character of 10 × 18 pixels on a page.
func (s *stage) typed(i int) {
	at := image.Pt(20+i%100*10, 20+i/100%30*20)
	s.d.paint(s.window, image.Rectangle{at, at.Add(image.Pt(10, 18))}, uint32(i*2654435761)&0xffffff|1)
}

// load puts two pictures into the server.
func (s *stage) load() {
	for i := range 2 {
		reel, err := xproto.NewPixmapId(s.d.Conn.Conn)
		s.d.check(err)
		s.d.check(xproto.CreatePixmapChecked(s.d.Conn.Conn, s.d.Screen.RootDepth, reel, xproto.Drawable(s.window), 1280, 720).Check())
		for y := range 720 / 8 {
			s.d.paint(xproto.Window(reel), image.Rect(0, 8*y, 1280, 8*y+8), uint32(y*0x020305+i*0x101010))
		}
		s.reels = append(s.reels, reel)
	}
}

func (s *stage) played(i int) {
	s.d.check(xproto.CopyAreaChecked(s.d.Conn.Conn, xproto.Drawable(s.reels[i%2]), xproto.Drawable(s.window), s.d.gc, 0, 0, 0, 0, 1280, 720).Check())
}

// measure looks once after each drawing.
func (s *stage) measure(b *testing.B, source Source, server *x11test.Server) {
	b.Helper()
	if _, err := source.Next(b.Context()); err != nil {
		b.Fatal(err)
	}
	n := 0
	before := spent(b, server.PID())
	for ; b.Loop(); n++ {
		s.draw(n)
		lookOnce(b, source)
	}
	looked := spent(b, server.PID()).minus(before)
	before = spent(b, server.PID())
	for i := range n {
		s.draw(n + i)
	}
	looked = looked.minus(spent(b, server.PID()).minus(before))
	b.ReportMetric(looked.client.Seconds()*1000/float64(n), "client-ms/frame")
	b.ReportMetric(looked.server.Seconds()*1000/float64(n), "server-ms/frame")
}

// settle waits until the server has told what was drawn: it answers in order.
func settle(conn *x11.Conn) { _, _ = xproto.GetInputFocus(conn.Conn).Reply() }

// lookOnce takes in what was drawn: with X11, once the server told of it.
func lookOnce(b *testing.B, source Source) {
	b.Helper()
	look := func() (*capture.Frame, error) { return nil, ErrUnsupported }
	switch s := source.(type) {
	case *polled:
		look = func() (*capture.Frame, error) { return s.look(time.Now()) }
	case *x11Source:
		settle(s.conn)
		look = s.look
	case *x11Window:
		settle(s.conn)
		look = s.look
	}
	if _, err := look(); err != nil {
		b.Fatal(err)
	}
}

// cost is CPU time.
type cost struct{ client, server time.Duration }

func (c cost) minus(d cost) cost { return cost{c.client - d.client, c.server - d.server} }

// spent returns what this process and the server have used so far: getrusage,
// and the nanoseconds of proc(5)'s schedstat, of all threads.
func spent(b *testing.B, pid int) cost {
	b.Helper()
	var own unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &own); err != nil {
		b.Fatal(err)
	}
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(files) == 0 {
		b.Skip("the server's CPU time is not to be had")
	}
	total := cost{client: time.Duration(own.Utime.Nano() + own.Stime.Nano())}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue // a thread that ended
		}
		var ns int64
		if _, err := fmt.Fscan(strings.NewReader(string(text)), &ns); err != nil {
			b.Fatal(err)
		}
		total.server += time.Duration(ns)
	}
	return total
}
