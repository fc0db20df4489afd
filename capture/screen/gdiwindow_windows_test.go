package screen

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"lotse/capture"
)

// wndClass is WNDCLASSEXW.
type wndClass struct {
	size, style        uint32
	proc               uintptr
	classExtra, extra  int32
	instance, icon     uintptr
	cursor, background uintptr
	menu, name         *uint16
	iconSmall          uintptr
}

// sheet is a window of one colour with a thread of its own.
type sheet struct {
	tb     testing.TB
	user   *windows.LazyDLL
	handle uintptr
	done   chan struct{}
}

// newSheet opens a window whose content is r, in front of the others, without
// frame.
func newSheet(tb testing.TB, title string, r image.Rectangle, colour uint32) *sheet {
	tb.Helper()
	s := &sheet{tb: tb, user: windows.NewLazySystemDLL("user32.dll"), done: make(chan struct{})}
	opened := make(chan error)
	go func() {
		defer close(s.done)
		s.run(opened, title, r, colour)
	}()
	if err := <-opened; err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.close)
	return s
}

func (s *sheet) call(name string, args ...uintptr) uintptr {
	r, _, _ := s.user.NewProc(name).Call(args...)
	return r
}

// run opens the window, and lets it answer until it is closed.
func (s *sheet) run(opened chan<- error, title string, r image.Rectangle, colour uint32) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const popup, topmost, destroy = 0x80000000 | 0x10000000, 8, 2 // WS_POPUP | WS_VISIBLE, WS_EX_TOPMOST, WM_DESTROY
	brush, _, _ := windows.NewLazySystemDLL("gdi32.dll").NewProc("CreateSolidBrush").Call(uintptr(colour>>16 | colour&0xff00 | colour&0xff<<16))
	name, _ := windows.UTF16PtrFromString(fmt.Sprintf("sheet %p", s))
	text, _ := windows.UTF16PtrFromString(title)
	class := wndClass{background: brush, name: name, proc: windows.NewCallback(func(w, message, a, b uintptr) uintptr {
		if message == destroy {
			return s.call("PostQuitMessage", 0)
		}
		return s.call("DefWindowProcW", w, message, a, b)
	})}
	class.size = uint32(unsafe.Sizeof(class))
	if s.call("RegisterClassExW", uintptr(unsafe.Pointer(&class))) == 0 {
		opened <- errors.New("RegisterClassEx")
		return
	}
	s.handle = s.call("CreateWindowExW", topmost, uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(text)), popup,
		uintptr(r.Min.X), uintptr(r.Min.Y), uintptr(r.Dx()), uintptr(r.Dy()), 0, 0, 0, 0)
	if s.handle == 0 {
		opened <- errors.New("CreateWindowEx")
		return
	}
	s.call("UpdateWindow", s.handle)
	opened <- nil
	var message [16]uintptr
	for int32(s.call("GetMessageW", uintptr(unsafe.Pointer(&message)), 0, 0, 0)) > 0 {
		s.call("DispatchMessageW", uintptr(unsafe.Pointer(&message)))
	}
}

func (s *sheet) close() {
	const closeIt = 0x10 // WM_CLOSE
	s.call("PostMessageW", s.handle, closeIt, 0, 0)
	<-s.done
}

func (s *sheet) place(r image.Rectangle) {
	s.call("MoveWindow", s.handle, uintptr(r.Min.X), uintptr(r.Min.Y), uintptr(r.Dx()), uintptr(r.Dy()), 1)
}

func openedSheet(t *testing.T, s *sheet) *gdiWindowSource {
	t.Helper()
	source, err := Open(Target{Kind: Window, ID: uint32(s.handle)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := source.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	w, ok := source.(*gdiWindowSource)
	if !ok {
		t.Fatalf("got a %T", source)
	}
	return w
}

// tones returns the colours in a frame.
func tones(f capture.Frame) []uint32 {
	var out []uint32
	for y := range f.H {
		for x := range f.W {
			p := f.Pix[y*f.Stride+4*x:]
			tone := uint32(p[2])<<16 | uint32(p[1])<<8 | uint32(p[0])
			if !slices.Contains(out, tone) {
				out = append(out, tone)
			}
		}
	}
	return out
}

// eventually returns the first frame that is as wanted.
func eventually(t *testing.T, s Source, what string, wanted func(capture.Frame) bool) capture.Frame {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		f, err := s.Next(ctx)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if wanted(*f) {
			return *f
		}
	}
}

func TestGDIWindowNeverShowsWhatCoversIt(t *testing.T) {
	blue := newSheet(t, "blue", image.Rect(100, 80, 300, 200), 0x0000ff)
	s := openedSheet(t, blue)
	first := eventually(t, s, "blue", func(f capture.Frame) bool { return slices.Equal(tones(f), []uint32{0x0000ff}) })
	if first.W != 200 || first.H != 120 || first.Origin != image.Pt(100, 80) {
		t.Errorf("got %d×%d at %v, want 200×120 at (100,80)", first.W, first.H, first.Origin)
	}
	newSheet(t, "red", image.Rect(50, 50, 200, 400), 0xff0000)
	blue.call("InvalidateRect", blue.handle, 0, 1)
	blue.call("UpdateWindow", blue.handle)
	for range 5 {
		f, err := s.look(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if f != nil && slices.Contains(tones(*f), 0xff0000) {
			t.Fatalf("got %x, want nothing of what covers it", tones(*f))
		}
	}
	for p, want := range map[image.Point]bool{{250, 100}: true, {150, 100}: false, {99, 100}: false, {300, 100}: false} {
		if got := s.At(p); got != want {
			t.Errorf("%v: got %t, want %t", p, got, want)
		}
	}
}

func TestGDIWindowIsFollowed(t *testing.T) {
	green := newSheet(t, "green", image.Rect(100, 80, 200, 140), 0x00ff00)
	s := openedSheet(t, green)
	first := soon(t, s)
	green.place(image.Rect(120, 90, 220, 150))
	moved := eventually(t, s, "moved", func(f capture.Frame) bool { return f.Origin == image.Pt(120, 90) })
	green.place(image.Rect(120, 90, 320, 150))
	grown := eventually(t, s, "grown", func(f capture.Frame) bool { return f.W == 200 })
	got := []any{moved.Epoch, grown.Epoch}
	if want := []any{first.Epoch, first.Epoch + 1}; !slices.Equal(got, want) {
		t.Errorf("epochs: got %v, want %v", got, want)
	}
	const minimise, restore = 6, 9 // SW_MINIMIZE, SW_RESTORE
	green.call("ShowWindow", green.handle, minimise)
	hidden := eventually(t, s, "minimised", func(f capture.Frame) bool { return f.State == capture.Hidden })
	if hidden.W != 200 || len(hidden.Dirty) != 0 {
		t.Errorf("got width %d, dirty %v, want the last picture", hidden.W, hidden.Dirty)
	}
	green.call("ShowWindow", green.handle, restore)
	eventually(t, s, "restored", func(f capture.Frame) bool { return f.State == capture.Live })
	green.close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		f, err := s.Next(ctx)
		if err == nil {
			continue // the last thing it painted
		}
		if !errors.Is(err, ErrWindowClosed) {
			t.Errorf("got %v, %v, want ErrWindowClosed", f, err)
		}
		return
	}
}

func TestGDIKeysGoToTheWindowInFront(t *testing.T) {
	one := newSheet(t, "one", image.Rect(100, 80, 200, 140), 0x00ff00)
	two := newSheet(t, "two", image.Rect(300, 80, 400, 140), 0x0000ff)
	s := openedSheet(t, one)
	for _, c := range []struct {
		front *sheet
		want  bool
	}{{one, true}, {two, false}, {one, true}} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		c.front.call("SetForegroundWindow", c.front.handle)
		for s.Keys() != c.want && pause(ctx, frameTime, nil) == nil {
			c.front.call("SetForegroundWindow", c.front.handle)
		}
		if got := s.Keys(); got != c.want {
			t.Errorf("got %t, want %t", got, c.want)
		}
		cancel()
	}
}

func TestGDIListsNoWindowOfOurs(t *testing.T) {
	mine := newSheet(t, "mine", image.Rect(100, 80, 200, 140), 0x00ff00)
	all, err := Windows()
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(all, func(w capture.Window) bool { return w.ID == uint32(mine.handle) }) {
		t.Errorf("got %v, want none of this process", all)
	}
	u, err := loadUser()
	if err != nil {
		t.Fatal(err)
	}
	pid := uint32(0)
	if _, err := windows.GetWindowThreadProcessId(windows.HWND(mine.handle), &pid); err != nil {
		t.Fatal(err)
	}
	if bounds, ok := u.content(windows.HWND(mine.handle)); !ok || bounds != image.Rect(100, 80, 200, 140) {
		t.Errorf("got %v, want (100,80)-(200,140)", bounds)
	}
	if got := u.title(windows.HWND(mine.handle)); got != "mine" || program(pid) == "" || u.tool(windows.HWND(mine.handle)) {
		t.Errorf("got title %q of program %q", got, program(pid))
	}
}

func TestGDIScreenIsNotLocked(t *testing.T) {
	u, err := loadUser()
	if err != nil {
		t.Fatal(err)
	}
	if u.locked() {
		t.Error("the desktop that we are on counts as locked")
	}
}

func TestGDIRegionIsOnlyThat(t *testing.T) {
	b := newBrush(t)
	s, err := Open(Target{Kind: Region, Rect: image.Rect(110, 60, 140, 80)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	b.fill(image.Rect(100, 50, 200, 100), 0xff0000)
	b.fill(image.Rect(110, 60, 140, 80), 0x00ff00)
	f := eventually(t, s, "green", func(f capture.Frame) bool { return slices.Equal(tones(f), []uint32{0x00ff00}) })
	if f.W != 30 || f.H != 20 || f.Origin != image.Pt(110, 60) {
		t.Errorf("got %d×%d at %v, want 30×20 at (110,60)", f.W, f.H, f.Origin)
	}
}

// TestGDIWindowOfAnotherProgram looks at a program of Windows itself, which no
// cover gets into either.
func TestGDIWindowOfAnotherProgram(t *testing.T) {
	command := exec.CommandContext(t.Context(), "notepad.exe")
	if err := command.Start(); err != nil {
		t.Skipf("no notepad: %v", err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	w := listed(t, "notepad")
	newSheet(t, "red", image.Rect(0, 0, 300, 300), 0xff0000)
	s, err := Open(Target{Kind: Window, ID: w.ID}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	f := eventually(t, s, "white paper", func(f capture.Frame) bool { return slices.Contains(tones(f), 0xffffff) })
	if f.Bounds().Add(f.Origin) != w.Bounds || slices.Contains(tones(f), 0xff0000) {
		t.Errorf("got %v, want %v and nothing of what covers it", f.Bounds().Add(f.Origin), w.Bounds)
	}
}

// listed waits for a window of a program.
func listed(t *testing.T, app string) capture.Window {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		all, err := Windows()
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range all {
			if strings.EqualFold(w.App, app) {
				return w
			}
		}
		if err := pause(ctx, frameTime, nil); err != nil {
			t.Fatalf("%s is not in %v", app, all)
		}
	}
}

func TestGDISeesThePixelsOfEveryMonitor(t *testing.T) {
	u, err := loadUser()
	if err != nil {
		t.Fatal(err)
	}
	dll := windows.NewLazySystemDLL("user32.dll")
	context, awareness := dll.NewProc("GetThreadDpiAwarenessContext"), dll.NewProc("GetAwarenessFromDpiAwarenessContext")
	if u.setDPI.Find() != nil || context.Find() != nil || awareness.Find() != nil {
		t.Skip("this Windows knows one resolution only")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	is := func() uintptr {
		now, _, _ := context.Call()
		a, _, _ := awareness.Call(now)
		return a
	}
	const unaware, eachMonitor = 0, 2 // DPI_AWARENESS
	before, _, _ := u.setDPI.Call(^uintptr(0))
	defer func() { _, _, _ = u.setDPI.Call(before) }()
	first := is()
	back := u.sharp()
	inside := is()
	back()
	if got, want := [3]uintptr{first, inside, is()}, [3]uintptr{unaware, eachMonitor, unaware}; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
