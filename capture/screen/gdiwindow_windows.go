package screen

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"

	"lotse/capture"
)

// gdiWindow lets a window paint itself into our bitmap. What lies above it is
// not asked and can't get in.
type gdiWindow struct {
	gdiGrabber
	window windows.HWND
	thread uint32 // that made the window: a handle may be given out again
	pid    uint32
	last   image.Rectangle
	gone   bool // the window is not to be seen now
	prints printing
}

// printing says whether PrintWindow does what it says. Wine's reports success
// and paints nothing when the window belongs to another process.
type printing uint8

const (
	unproven printing = iota
	proven
	refuted
)

// gdiWindowSource adds to a polled source where input would land.
type gdiWindowSource struct {
	*polled
	*user
	window windows.HWND
}

func openGDIWindow(t Target) (Source, error) {
	g, err := newGDI()
	if err != nil {
		return nil, err
	}
	w := &gdiWindow{gdiGrabber: *g, window: windows.HWND(t.ID)}
	if w.thread, err = windows.GetWindowThreadProcessId(w.window, &w.pid); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWindowClosed, err)
	}
	p, err := newPolled(w, t)
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return &gdiWindowSource{polled: p, user: w.user, window: w.window}, nil
}

func (*gdiWindow) name() string { return "gdi-window" }

// place follows the window's content.
func (g *gdiWindow) place() (image.Rectangle, error) {
	defer g.sharp()()
	var pid uint32
	thread, err := windows.GetWindowThreadProcessId(g.window, &pid)
	if err != nil || thread != g.thread || pid != g.pid || !windows.IsWindow(g.window) {
		return image.Rectangle{}, ErrWindowClosed
	}
	r, ok := g.content(g.window)
	g.gone = !ok || r.Empty() || g.hidden(g.window)
	if !g.gone {
		g.last = r
	}
	if g.last.Empty() {
		g.last = g.normal()
	}
	return g.last, nil
}

// normal returns where a minimised window would be.
func (g *gdiWindow) normal() image.Rectangle {
	p := struct {
		size, flags, show    uint32
		minimised, maximised [2]int32
		rect                 [4]int32
	}{size: 44}
	_, _, _ = g.getPlacement.Call(uintptr(g.window), uintptr(unsafe.Pointer(&p))) //nolint:gosec // G103: a WINDOWPLACEMENT, which knows its size
	r := image.Rect(int(p.rect[0]), int(p.rect[1]), int(p.rect[2]), int(p.rect[3]))
	if r.Empty() {
		return image.Rectangle{Min: r.Min, Max: r.Min.Add(image.Pt(1, 1))}
	}
	return r
}

// state is that of the window, too.
func (g *gdiWindow) state() capture.State {
	if s := g.gdiGrabber.state(); s != capture.Live {
		return s
	}
	if g.gone {
		return capture.Hidden
	}
	return capture.Live
}

// errHung says that a program does not answer, so that it can't be asked to
// paint; its last picture stands.
var errHung = errors.New("the program does not answer")

// grab asks for the whole content: r is all of it.
func (g *gdiWindow) grab(dst []byte, stride int, r image.Rectangle) error {
	defer g.sharp()()
	if hung, _, _ := g.isHung.Call(uintptr(g.window)); hung != 0 {
		return errHung
	}
	if err := g.prepare(r.Size()); err != nil {
		return errors.Join(err, g.close())
	}
	if !g.print() {
		if err := g.blit(r.Size()); err != nil {
			return errors.Join(err, g.close())
		}
		_, _, _ = g.flush.Call()
	}
	g.copyTo(dst, stride, r.Size())
	return nil
}

// print lets the window paint itself and reports whether it did. Until it has
// once, the bitmap is filled with a mark before.
func (g *gdiWindow) print() bool {
	const mark = 0x5a
	const clientOnly, fullContent = 1, 2 // PW_CLIENTONLY, PW_RENDERFULLCONTENT
	if g.prints == refuted {
		return false
	}
	if g.prints == unproven {
		copy(g.bitmapBytes(), bytes.Repeat([]byte{mark}, len(g.bitmapBytes())))
	}
	ok, _, _ := g.printWindow.Call(uintptr(g.window), g.memory, clientOnly|fullContent)
	_, _, _ = g.flush.Call()
	if g.prints == unproven && ok != 0 {
		g.prints = proven
		if bytes.Count(g.bitmapBytes(), []byte{mark}) == len(g.bitmapBytes()) {
			g.prints = refuted
		}
	}
	return ok != 0 && g.prints == proven
}

// blit copies from the window's own device context, where printing is not
// offered.
func (g *gdiWindow) blit(size image.Point) error {
	from, _, err := g.getDC.Call(uintptr(g.window))
	if from == 0 {
		return fmt.Errorf("GetDC: %w", err)
	}
	defer func() { _, _, _ = g.releaseDC.Call(uintptr(g.window), from) }()
	if ok, _, err := g.bitBlt.Call(g.memory, 0, 0, uintptr(size.X), uintptr(size.Y), from, 0, 0, sourceCopy); ok == 0 {
		return fmt.Errorf("BitBlt: %w", err)
	}
	return nil
}

// cursor is not to be seen above another window.
func (g *gdiWindow) cursor() capture.Cursor {
	c := g.gdiGrabber.cursor()
	c.Visible = c.Visible && g.on(c.At) == g.window
	return c
}

// on returns the top-level window at p.
func (u *user) on(p image.Point) windows.HWND {
	at := uintptr(uint32(int32(p.X))) | uintptr(uint32(int32(p.Y)))<<32 // a POINT, by value
	w, _, _ := u.windowFromPoint.Call(at)
	return u.root(windows.HWND(w))
}

// At reports whether a click at p lands in the content of the window.
func (s *gdiWindowSource) At(p image.Point) bool {
	defer s.sharp()()
	r, ok := s.content(s.window)
	return ok && p.In(r) && !s.locked() && s.on(p) == s.window
}

// Pointer reports whether the pointer is over the window now.
func (s *gdiWindowSource) Pointer() bool {
	defer s.sharp()()
	var p [2]int32
	ok, _, _ := s.getCursorPos.Call(uintptr(unsafe.Pointer(&p))) //nolint:gosec // G103: a POINT
	return ok != 0 && s.At(image.Pt(int(p[0]), int(p[1])))
}

// Keys reports whether the window is the one in front.
func (s *gdiWindowSource) Keys() bool {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return !s.locked() && s.root(windows.GetForegroundWindow()) == s.window
}
