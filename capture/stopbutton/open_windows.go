package stopbutton

import (
	"errors"
	"fmt"
	"image"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"lotse/capture/internal/winthread"
)

// Microsoft, "Extended Window Styles", "Static Control Styles", "SetWindowPos".
const (
	popup = 0x80000000 // WS_POPUP
	// WS_EX_TOPMOST lies above other windows, WS_EX_NOACTIVATE never has the
	// focus, WS_EX_TOOLWINDOW is in no task bar and on every desktop.
	buttonStyle = 0x00000008 | 0x08000000 | 0x00000080
	// SS_BITMAP paints its picture by itself, SS_NOTIFY takes clicks.
	pictureStyle = 0x0E | 0x100

	setImage     = 0x0172                            // STM_SETIMAGE of an IMAGE_BITMAP, 0
	showing      = 4                                 // SW_SHOWNOACTIVATE
	topmost      = ^uintptr(0)                       // HWND_TOPMOST
	stayInPlace  = 0x0001 | 0x0002 | 0x0010 | 0x0200 // SWP_NOSIZE, NOMOVE, NOACTIVATE, NOOWNERZORDER
	perMonitorV2 = ^uintptr(3)                       // DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2, -4
	width        = 0                                 // SM_CXSCREEN
	height       = 1                                 // SM_CYSCREEN
)

// The messages that say that a button of the mouse went down, the second of a
// double click included (Microsoft, winuser.h).
const (
	timer     = 0x0113 // WM_TIMER
	leftDown  = 0x0201 // WM_LBUTTONDOWN
	leftTwice = 0x0203 // WM_LBUTTONDBLCLK
	rightDown = 0x0204 // WM_RBUTTONDOWN
)

// winButton is a static control with a picture, which Windows paints by
// itself. It has no procedure of ours: clicks are taken from the queue.
type winButton struct {
	api    *api
	press  Press
	thread *winthread.Thread

	// The thread owns the fields below.
	window, bitmap uintptr
}

type api struct {
	createWindow, destroyWindow, showWindow, setWindowPos *windows.LazyProc
	sendMessage, setTimer, getSystemMetrics               *windows.LazyProc
	createDIBSection, deleteObject                        *windows.LazyProc
	awareness                                             *windows.LazyProc // from Windows 10 on
}

func load() (*api, error) {
	user, graphics := windows.NewLazySystemDLL("user32.dll"), windows.NewLazySystemDLL("gdi32.dll")
	a := &api{
		createWindow: user.NewProc("CreateWindowExW"), destroyWindow: user.NewProc("DestroyWindow"),
		showWindow: user.NewProc("ShowWindow"), setWindowPos: user.NewProc("SetWindowPos"),
		sendMessage: user.NewProc("SendMessageW"), setTimer: user.NewProc("SetTimer"),
		getSystemMetrics: user.NewProc("GetSystemMetrics"), awareness: user.NewProc("SetThreadDpiAwarenessContext"),
		createDIBSection: graphics.NewProc("CreateDIBSection"), deleteObject: graphics.NewProc("DeleteObject"),
	}
	for _, p := range []*windows.LazyProc{
		a.createWindow, a.destroyWindow, a.showWindow, a.setWindowPos, a.sendMessage, a.setTimer,
		a.getSystemMetrics, a.createDIBSection, a.deleteObject,
	} {
		if err := p.Find(); err != nil {
			return nil, fmt.Errorf("stopbutton: %w", err)
		}
	}
	return a, nil
}

func open(o Options, press Press) (window, error) {
	a, err := load()
	if err != nil {
		return nil, err
	}
	b := &winButton{api: a, press: press}
	b.thread, err = winthread.Start(func() error { return b.begin(o) }, b.hear, b.end)
	if err != nil {
		return nil, err
	}
	return b, nil
}

func (b *winButton) begin(o Options) error {
	if b.api.awareness.Find() == nil {
		// Pixels of the desktop are pixels, whatever the program says of itself.
		_, _, _ = b.api.awareness.Call(perMonitorV2)
	}
	at := place(b.area(o))
	img, err := picture(at.Size(), o.Text, o.Key)
	if err != nil {
		return err
	}
	if err := b.draw(img); err != nil {
		return err
	}
	class, err := windows.UTF16PtrFromString("STATIC")
	if err != nil {
		return fmt.Errorf("class: %w", err)
	}
	title, err := windows.UTF16PtrFromString(o.Text + " " + o.Key)
	if err != nil {
		return fmt.Errorf("title: %w", err)
	}
	b.window, _, err = b.api.createWindow.Call(buttonStyle,
		uintptr(unsafe.Pointer(class)), uintptr(unsafe.Pointer(title)), popup|pictureStyle, //nolint:gosec // G103: the names end in a zero
		uintptr(at.Min.X), uintptr(at.Min.Y), uintptr(at.Dx()), uintptr(at.Dy()), 0, 0, 0, 0)
	if b.window == 0 {
		return fmt.Errorf("CreateWindowEx: %w", err)
	}
	_, _, _ = b.api.sendMessage.Call(b.window, setImage, 0, b.bitmap)
	if id, _, err := b.api.setTimer.Call(b.window, 1, uintptr(raiseEvery/time.Millisecond), 0); id == 0 {
		return fmt.Errorf("SetTimer: %w", err)
	}
	_, _, _ = b.api.showWindow.Call(b.window, showing)
	return b.raise()
}

func (b *winButton) area(o Options) image.Rectangle {
	if !o.Area.Empty() {
		return o.Area
	}
	w, _, _ := b.api.getSystemMetrics.Call(width)
	h, _, _ := b.api.getSystemMetrics.Call(height)
	return image.Rect(0, 0, int(w), int(h))
}

// bitmapInfo is BITMAPINFOHEADER.
type bitmapInfo struct {
	size          uint32
	width, height int32
	planes, bits  uint16
	_             [6]uint32
}

// draw makes the bitmap.
func (b *winButton) draw(img *image.RGBA) error {
	const header, colours = 40, 32 // bytes; bits of a pixel
	size := img.Rect.Size()
	info := bitmapInfo{size: header, width: int32(size.X), height: -int32(size.Y), planes: 1, bits: colours}
	var bits unsafe.Pointer
	var err error
	b.bitmap, _, err = b.api.createDIBSection.Call(0,
		uintptr(unsafe.Pointer(&info)), 0, uintptr(unsafe.Pointer(&bits)), 0, 0) //nolint:gosec // G103: info knows its size, bits is one pointer
	if b.bitmap == 0 || bits == nil {
		return fmt.Errorf("CreateDIBSection: %w", err)
	}
	copy(unsafe.Slice((*byte)(bits), len(img.Pix)), bgra(img)) //nolint:gosec // G103: the bitmap was made with this size
	return nil
}

func (b *winButton) raise() error {
	if ok, _, err := b.api.setWindowPos.Call(b.window, topmost, 0, 0, 0, 0, stayInPlace); ok == 0 {
		return fmt.Errorf("SetWindowPos: %w", err)
	}
	return nil
}

// hear is shown every message before the system answers it.
func (b *winButton) hear(m *winthread.Message) {
	if m.Window != b.window {
		return
	}
	switch m.Kind {
	case leftDown, leftTwice, rightDown:
		b.press(time.Now())
	case timer:
		_ = b.raise() // the next tick tries again
	}
}

// end runs on the thread as it ends.
func (b *winButton) end() error {
	var errs []error
	if b.window != 0 {
		if ok, _, err := b.api.destroyWindow.Call(b.window); ok == 0 {
			errs = append(errs, fmt.Errorf("stopbutton: DestroyWindow: %w", err))
		}
	}
	if b.bitmap != 0 {
		if ok, _, err := b.api.deleteObject.Call(b.bitmap); ok == 0 {
			errs = append(errs, fmt.Errorf("stopbutton: DeleteObject: %w", err))
		}
	}
	return errors.Join(errs...)
}

func (*winButton) name() string { return "windows" }

func (b *winButton) close() error { return b.thread.Close() }
