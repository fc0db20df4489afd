//go:build cgo && !nogl

package start

import (
	"fmt"
	"log/slog"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"
)

// pixelFormat is PIXELFORMATDESCRIPTOR.
type pixelFormat struct {
	size, version                   uint16
	flags                           uint32
	kind, colourBits                uint8
	_                               [13]uint8
	depthBits, stencilBits, aux     uint8
	layer, reserved                 uint8
	layerMask, visible, damageMasks uint32
}

// Values of wingdi.h and gl.h.
const (
	pfdDrawToWindow  = 0x04
	pfdSupportOpenGL = 0x20
	pfdDoubleBuffer  = 0x01
	glVersion        = 0x1F02
	wsPopup          = 0x80000000
)

// HasOpenGL reports whether the graphics can do OpenGL 2.1, which Fyne needs:
// remote desktops, virtual machines and computers without a driver have
// Windows' own 1.1, or none. It looks before Fyne starts, for that would end
// the program.
func HasOpenGL() bool {
	runtime.LockOSThread() // a context belongs to its thread
	defer runtime.UnlockOSThread()
	version, err := openGLVersion()
	if err != nil {
		slog.Info("no OpenGL", "error", err)
		return false
	}
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		slog.Info("no OpenGL", "version", version)
		return false
	}
	if major < 2 || major == 2 && minor < 1 {
		slog.Info("OpenGL is too old", "version", version)
		return false
	}
	return true
}

// openGLVersion makes a window that nobody sees, and asks there.
func openGLVersion() (string, error) {
	user, gdi, gl := windows.NewLazySystemDLL("user32.dll"), windows.NewLazySystemDLL("gdi32.dll"), windows.NewLazySystemDLL("opengl32.dll")
	for _, dll := range []*windows.LazyDLL{user, gdi, gl} {
		if err := dll.Load(); err != nil {
			return "", fmt.Errorf("start: %w", err)
		}
	}
	class, err := windows.UTF16PtrFromString("STATIC")
	if err != nil {
		return "", fmt.Errorf("start: %w", err)
	}
	hwnd, _, err := user.NewProc("CreateWindowExW").Call(0, uintptr(unsafe.Pointer(class)), 0, wsPopup, 0, 0, 8, 8, 0, 0, 0, 0) //nolint:gosec // G103: a string that ends with zero
	if hwnd == 0 {
		return "", fmt.Errorf("start: window: %w", err)
	}
	defer user.NewProc("DestroyWindow").Call(hwnd)
	dc, _, _ := user.NewProc("GetDC").Call(hwnd)
	defer user.NewProc("ReleaseDC").Call(hwnd, dc)
	want := pixelFormat{version: 1, flags: pfdDrawToWindow | pfdSupportOpenGL | pfdDoubleBuffer, colourBits: 32, depthBits: 24}
	want.size = uint16(unsafe.Sizeof(want))
	format, _, err := gdi.NewProc("ChoosePixelFormat").Call(dc, uintptr(unsafe.Pointer(&want))) //nolint:gosec // G103: knows its size
	if format == 0 {
		return "", fmt.Errorf("start: pixel format: %w", err)
	}
	if ok, _, err := gdi.NewProc("SetPixelFormat").Call(dc, format, uintptr(unsafe.Pointer(&want))); ok == 0 { //nolint:gosec // G103: knows its size
		return "", fmt.Errorf("start: pixel format: %w", err)
	}
	context, _, err := gl.NewProc("wglCreateContext").Call(dc)
	if context == 0 {
		return "", fmt.Errorf("start: context: %w", err)
	}
	defer gl.NewProc("wglDeleteContext").Call(context)
	if ok, _, err := gl.NewProc("wglMakeCurrent").Call(dc, context); ok == 0 {
		return "", fmt.Errorf("start: context: %w", err)
	}
	defer gl.NewProc("wglMakeCurrent").Call(0, 0)
	text, _, err := gl.NewProc("glGetString").Call(glVersion)
	if text == 0 {
		return "", fmt.Errorf("start: version: %w", err)
	}
	return windows.BytePtrToString(*(**byte)(unsafe.Pointer(&text))), nil //nolint:gosec // G103: a string of the driver's, for the life of the context
}
