package screen

import (
	"fmt"
	"image"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"

	"lotse/capture"
)

// user is what looking at windows and knowing whether anything may be seen
// needs of user32.
type user struct {
	getTopWindow, getWindow, getAncestor, getLong    *windows.LazyProc
	isIconic, isHung, getText, getPlacement          *windows.LazyProc
	getClientRect, clientToScreen                    *windows.LazyProc
	windowFromPoint, getCursorPos                    *windows.LazyProc
	printWindow, getDC, releaseDC                    *windows.LazyProc
	openInputDesktop, closeDesktop, getThreadDesktop *windows.LazyProc
	getObjectInformation                             *windows.LazyProc
	setDPI                                           *windows.LazyProc // since Windows 10 1607
}

func loadUser() (*user, error) {
	dll := windows.NewLazySystemDLL("user32.dll")
	u := &user{
		getTopWindow: dll.NewProc("GetTopWindow"), getWindow: dll.NewProc("GetWindow"), getAncestor: dll.NewProc("GetAncestor"),
		getLong: dll.NewProc("GetWindowLongW"), isIconic: dll.NewProc("IsIconic"), isHung: dll.NewProc("IsHungAppWindow"),
		getText: dll.NewProc("InternalGetWindowText"), getPlacement: dll.NewProc("GetWindowPlacement"),
		getClientRect: dll.NewProc("GetClientRect"), clientToScreen: dll.NewProc("ClientToScreen"),
		windowFromPoint: dll.NewProc("WindowFromPoint"), getCursorPos: dll.NewProc("GetCursorPos"),
		printWindow: dll.NewProc("PrintWindow"), getDC: dll.NewProc("GetDC"), releaseDC: dll.NewProc("ReleaseDC"),
		openInputDesktop: dll.NewProc("OpenInputDesktop"), closeDesktop: dll.NewProc("CloseDesktop"),
		getThreadDesktop: dll.NewProc("GetThreadDesktop"), getObjectInformation: dll.NewProc("GetUserObjectInformationW"),
		setDPI: dll.NewProc("SetThreadDpiAwarenessContext"),
	}
	for _, p := range []*windows.LazyProc{
		u.getTopWindow, u.getWindow, u.getAncestor, u.getLong, u.isIconic, u.isHung, u.getText, u.getPlacement, u.getClientRect,
		u.clientToScreen, u.windowFromPoint, u.getCursorPos, u.printWindow, u.getDC, u.releaseDC, u.openInputDesktop, u.closeDesktop,
		u.getThreadDesktop, u.getObjectInformation,
	} {
		if err := p.Find(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
	}
	return u, nil
}

const (
	perMonitor2 = ^uintptr(3) // DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2: -4
	perMonitor  = ^uintptr(2) // DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE: -3
)

// sharp makes this thread see the pixels of every monitor as they are, until
// the returned function is called. Our programs say so in their manifest;
// this also holds in others, such as a test.
func (u *user) sharp() func() {
	runtime.LockOSThread()
	if u.setDPI.Find() != nil {
		return runtime.UnlockOSThread
	}
	before, _, _ := u.setDPI.Call(perMonitor2)
	if before == 0 { // Windows 10 before 1703, and Wine 8
		before, _, _ = u.setDPI.Call(perMonitor)
	}
	return func() {
		if before != 0 {
			_, _, _ = u.setDPI.Call(before)
		}
		runtime.UnlockOSThread()
	}
}

// locked reports whether keyboard and screen belong to a desktop that programs
// may not see: the lock screen or a question of the system (UAC). Then
// OpenInputDesktop is refused, or names another desktop than ours.
func (u *user) locked() bool {
	const readObjects = 1
	input, _, _ := u.openInputDesktop.Call(0, 0, readObjects)
	if input == 0 {
		return true
	}
	defer func() { _, _, _ = u.closeDesktop.Call(input) }()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ours, _, _ := u.getThreadDesktop.Call(uintptr(windows.GetCurrentThreadId()))
	return !strings.EqualFold(u.desktopName(input), u.desktopName(ours))
}

func (u *user) desktopName(handle uintptr) string {
	const nameOf = 2 // UOI_NAME
	var name [128]uint16
	ok, _, _ := u.getObjectInformation.Call(handle, nameOf, uintptr(unsafe.Pointer(&name)), unsafe.Sizeof(name), 0) //nolint:gosec // G103: with its size
	if ok == 0 {
		return ""
	}
	return windows.UTF16ToString(name[:])
}

// content returns where the content of a window lies on the desktop.
func (u *user) content(w windows.HWND) (image.Rectangle, bool) {
	var rect [4]int32
	var corner [2]int32
	if ok, _, _ := u.getClientRect.Call(uintptr(w), uintptr(unsafe.Pointer(&rect))); ok == 0 { //nolint:gosec // G103: a RECT
		return image.Rectangle{}, false
	}
	if ok, _, _ := u.clientToScreen.Call(uintptr(w), uintptr(unsafe.Pointer(&corner))); ok == 0 { //nolint:gosec // G103: a POINT
		return image.Rectangle{}, false
	}
	return image.Rect(0, 0, int(rect[2]), int(rect[3])).Add(image.Pt(int(corner[0]), int(corner[1]))), true
}

// hidden reports whether a window is minimised or not to be seen at all.
func (u *user) hidden(w windows.HWND) bool {
	minimised, _, _ := u.isIconic.Call(uintptr(w))
	return minimised != 0 || !windows.IsWindowVisible(w) || cloaked(w)
}

// cloaked reports whether a window is on another virtual desktop or a store
// app that sleeps.
func cloaked(w windows.HWND) bool {
	const attribute = 14 // DWMWA_CLOAKED
	var how uint32
	err := windows.DwmGetWindowAttribute(w, attribute, unsafe.Pointer(&how), uint32(unsafe.Sizeof(how))) //nolint:gosec // G103: with its size
	return err == nil && how != 0
}

// root returns the top-level window that w lies in.
func (u *user) root(w windows.HWND) windows.HWND {
	const rootOf = 2 // GA_ROOT
	r, _, _ := u.getAncestor.Call(uintptr(w), rootOf)
	return windows.HWND(r)
}

// title asks nobody but the system, so that a program that hangs does not
// hold us up.
func (u *user) title(w windows.HWND) string {
	var text [capture.MaxTitle]uint16
	_, _, _ = u.getText.Call(uintptr(w), uintptr(unsafe.Pointer(&text)), uintptr(len(text))) //nolint:gosec // G103: with its length
	return plain([]byte(windows.UTF16ToString(text[:])))
}
