package overlay

import (
	"errors"
	"fmt"
	"image"
	"unsafe"

	"golang.org/x/sys/windows"

	"lotse/capture/internal/winthread"
)

// Microsoft, "Extended Window Styles" and "UpdateLayeredWindow".
const (
	popup = 0x80000000 // WS_POPUP
	// WS_EX_LAYERED with WS_EX_TRANSPARENT lets every click through,
	// WS_EX_TOPMOST lies above other windows, WS_EX_NOACTIVATE never has the
	// focus, and WS_EX_TOOLWINDOW is in no task bar and on every desktop.
	glassStyle = 0x00080000 | 0x00000020 | 0x00000008 | 0x08000000 | 0x00000080

	hide, showNoActivate = 0, 4 // SW_HIDE, SW_SHOWNOACTIVATE
	topmost              = ^uintptr(0)
	stayInPlace          = 0x0001 | 0x0002 | 0x0010 | 0x0200 // SWP_NOSIZE, NOMOVE, NOACTIVATE, NOOWNERZORDER
	byAlpha              = 2                                 // ULW_ALPHA
	perMonitorV2         = ^uintptr(3)                       // DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2, -4
)

// winSurface is a layered window as large as what is drawn. Windows mixes it
// with what lies below and asks nobody for a click.
type winSurface struct {
	api    *layerAPI
	thread *winthread.Thread
	area   image.Rectangle

	// The thread owns the fields below.
	window, memory, bitmap, before uintptr
	bits                           unsafe.Pointer
	shown                          bool
}

type layerAPI struct {
	createWindow, destroyWindow, showWindow, setWindowPos, updateLayered *windows.LazyProc
	createCompatibleDC, deleteDC, createDIBSection, selectObject         *windows.LazyProc
	deleteObject, flush                                                  *windows.LazyProc
	awareness                                                            *windows.LazyProc // from Windows 10 on
}

func loadLayer() (*layerAPI, error) {
	user, graphics := windows.NewLazySystemDLL("user32.dll"), windows.NewLazySystemDLL("gdi32.dll")
	a := &layerAPI{
		createWindow: user.NewProc("CreateWindowExW"), destroyWindow: user.NewProc("DestroyWindow"), showWindow: user.NewProc("ShowWindow"),
		setWindowPos: user.NewProc("SetWindowPos"), updateLayered: user.NewProc("UpdateLayeredWindow"),
		createCompatibleDC: graphics.NewProc("CreateCompatibleDC"), deleteDC: graphics.NewProc("DeleteDC"),
		createDIBSection: graphics.NewProc("CreateDIBSection"), selectObject: graphics.NewProc("SelectObject"),
		deleteObject: graphics.NewProc("DeleteObject"), flush: graphics.NewProc("GdiFlush"),
		awareness: user.NewProc("SetThreadDpiAwarenessContext"),
	}
	for _, p := range []*windows.LazyProc{
		a.createWindow, a.destroyWindow, a.showWindow, a.setWindowPos, a.updateLayered,
		a.createCompatibleDC, a.deleteDC, a.createDIBSection, a.selectObject, a.deleteObject, a.flush,
	} {
		if err := p.Find(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
	}
	return a, nil
}

func openSurface(area image.Rectangle) (surface, error) {
	api, err := loadLayer()
	if err != nil {
		return nil, err
	}
	s := &winSurface{api: api, area: area}
	// Moved or covered, the window is never asked to paint itself; what it
	// gets from the queue the system's own procedure answers.
	if s.thread, err = winthread.Start(s.begin, func(*winthread.Message) {}, s.end); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return s, nil
}

func (s *winSurface) begin() error {
	if s.api.awareness.Find() == nil {
		// Pixels of the desktop are pixels, whatever the program says of itself.
		_, _, _ = s.api.awareness.Call(perMonitorV2)
	}
	class, err := windows.UTF16PtrFromString("STATIC")
	if err != nil {
		return fmt.Errorf("class: %w", err)
	}
	s.window, _, err = s.api.createWindow.Call(glassStyle,
		uintptr(unsafe.Pointer(class)), //nolint:gosec // G103: the name ends in a zero
		0, popup, uintptr(s.area.Min.X), uintptr(s.area.Min.Y), 1, 1, 0, 0, 0, 0)
	if s.window == 0 {
		return fmt.Errorf("CreateWindowEx: %w", err)
	}
	return nil
}

// prepare makes the bitmap before the first drawing.
func (s *winSurface) prepare() error {
	if s.bits != nil {
		return nil
	}
	var err error
	if s.memory, _, err = s.api.createCompatibleDC.Call(0); s.memory == 0 {
		return fmt.Errorf("CreateCompatibleDC: %w", err)
	}
	info := topDown(s.area.Size())
	s.bitmap, _, err = s.api.createDIBSection.Call(s.memory,
		uintptr(unsafe.Pointer(&info)), 0, uintptr(unsafe.Pointer(&s.bits)), 0, 0) //nolint:gosec // G103: info knows its size, bits is one pointer
	if s.bitmap == 0 || s.bits == nil {
		return fmt.Errorf("CreateDIBSection: %w", err)
	}
	if s.before, _, err = s.api.selectObject.Call(s.memory, s.bitmap); s.before == 0 {
		return fmt.Errorf("SelectObject: %w", err)
	}
	return nil
}

// bitmapInfo is BITMAPINFOHEADER.
type bitmapInfo struct {
	size          uint32
	width, height int32
	planes, bits  uint16
	_             [6]uint32
}

// topDown describes BGRA, four bytes a pixel, the first row first.
func topDown(size image.Point) bitmapInfo {
	const header = 40
	return bitmapInfo{size: header, width: int32(size.X), height: -int32(size.Y), planes: 1, bits: 32}
}

func (*winSurface) name() string { return "windows-layered" }

// stirred never tells: Windows does not say who lies on top, so it is asked
// for once a second.
func (*winSurface) stirred() <-chan struct{} { return nil }

func (s *winSurface) tidy() (anew bool, err error) {
	return false, s.do(func() error {
		if ok, _, err := s.api.setWindowPos.Call(s.window, topmost, 0, 0, 0, 0, stayInPlace); ok == 0 {
			return fmt.Errorf("SetWindowPos: %w", err)
		}
		return nil
	})
}

// do runs f on the window's thread; after an end without ours the overlay is
// closed.
func (s *winSurface) do(f func() error) error {
	err := s.thread.Do(f)
	if errors.Is(err, winthread.ErrEnded) {
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	if err != nil {
		return fmt.Errorf("overlay: %w", err)
	}
	return nil
}

// put copies what changed and shows the part of the bitmap that is lit.
func (s *winSurface) put(c *canvas, changed []image.Rectangle, lit image.Rectangle) error {
	return s.do(func() error {
		if lit.Empty() {
			_, _, _ = s.api.showWindow.Call(s.window, hide)
			s.shown = false
		}
		if err := s.prepare(); err != nil {
			return err
		}
		_, _, _ = s.api.flush.Call()
		bits := unsafe.Slice((*byte)(s.bits), len(c.pix)) //nolint:gosec // G103: the bitmap was made with this size
		for _, r := range changed {
			for y := r.Min.Y; y < r.Max.Y; y++ {
				copy(bits[4*(y*c.w+r.Min.X):], c.row(y, r))
			}
		}
		if lit.Empty() {
			return nil
		}
		return s.show(lit)
	})
}

// show moves the window to the lit part and gives it its pixels in one go.
func (s *winSurface) show(lit image.Rectangle) error {
	to := [2]int32{int32(s.area.Min.X + lit.Min.X), int32(s.area.Min.Y + lit.Min.Y)}
	size := [2]int32{int32(lit.Dx()), int32(lit.Dy())}
	from := [2]int32{int32(lit.Min.X), int32(lit.Min.Y)}
	mix := [4]byte{0, 0, 255, 1} // AC_SRC_OVER, as it is, AC_SRC_ALPHA
	ok, _, err := s.api.updateLayered.Call(s.window, 0,
		uintptr(unsafe.Pointer(&to)), uintptr(unsafe.Pointer(&size)), //nolint:gosec // G103: POINT and SIZE are two longs
		s.memory, uintptr(unsafe.Pointer(&from)), 0, uintptr(unsafe.Pointer(&mix)), byAlpha) //nolint:gosec // G103: BLENDFUNCTION is four bytes
	if ok == 0 {
		return fmt.Errorf("UpdateLayeredWindow: %w", err)
	}
	if !s.shown {
		_, _, _ = s.api.showWindow.Call(s.window, showNoActivate)
		s.shown = true
	}
	return nil
}

func (s *winSurface) close() error {
	err := s.thread.Close()
	if errors.Is(err, winthread.ErrEnded) {
		return nil
	}
	return err
}

// end runs on the thread as it ends.
func (s *winSurface) end() error {
	var errs []error
	give := func(what string, p *windows.LazyProc, handle *uintptr) {
		if *handle == 0 {
			return
		}
		if ok, _, err := p.Call(*handle); ok == 0 {
			errs = append(errs, fmt.Errorf("overlay: %s: %w", what, err))
		}
		*handle = 0
	}
	give("DestroyWindow", s.api.destroyWindow, &s.window)
	if s.before != 0 {
		_, _, _ = s.api.selectObject.Call(s.memory, s.before)
	}
	give("DeleteObject", s.api.deleteObject, &s.bitmap)
	give("DeleteDC", s.api.deleteDC, &s.memory)
	s.bits = nil
	return errors.Join(errs...)
}
