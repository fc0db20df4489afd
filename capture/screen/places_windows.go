package screen

import (
	"fmt"
	"image"
	"unsafe"

	"golang.org/x/sys/windows"
)

// windowsPlaces asks user32.
type windowsPlaces struct {
	user     *user
	rect     *windows.LazyProc // GetWindowRect
	affinity *windows.LazyProc // SetWindowDisplayAffinity
}

func openPlaces() (Places, error) {
	u, err := loadUser()
	if err != nil {
		return nil, err
	}
	dll := windows.NewLazySystemDLL("user32.dll")
	p := windowsPlaces{user: u, rect: dll.NewProc("GetWindowRect"), affinity: dll.NewProc("SetWindowDisplayAffinity")}
	if err := p.rect.Find(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return p, nil
}

// Place returns where a window is, with its frame.
func (p windowsPlaces) Place(id uint32) (image.Rectangle, error) {
	w := windows.HWND(id)
	if !windows.IsWindow(w) || p.user.hidden(w) {
		return image.Rectangle{}, nil
	}
	defer p.user.sharp()()
	var r [4]int32
	if ok, _, err := p.rect.Call(uintptr(w), uintptr(unsafe.Pointer(&r))); ok == 0 { //nolint:gosec // G103: a RECT
		return image.Rectangle{}, fmt.Errorf("screen: window %d: %w", id, err)
	}
	return image.Rect(int(r[0]), int(r[1]), int(r[2]), int(r[3])), nil
}

// Conceal sets WDA_EXCLUDEFROMCAPTURE, which Windows has since 10 version 2004
// (SetWindowDisplayAffinity, winuser.h), or WDA_NONE.
func (p windowsPlaces) Conceal(id uint32, on bool) {
	const none, exclude = 0x00, 0x11
	how := uintptr(none)
	if on {
		how = exclude
	}
	if p.affinity.Find() == nil {
		_, _, _ = p.affinity.Call(uintptr(id), how)
	}
}

// Close has nothing to give back.
func (p windowsPlaces) Close() error { return nil }
