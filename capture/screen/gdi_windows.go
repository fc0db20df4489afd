package screen

import (
	"errors"
	"fmt"
	"image"
	"unsafe"

	"golang.org/x/sys/windows"

	"lotse/capture"
)

// gdiGrabber copies the desktop into a bitmap that stays, which also works in
// remote desktops and virtual machines.
type gdiGrabber struct {
	*gdi
	*user
	desktop uintptr // device context of the whole desktop
	memory  uintptr // device context in which bitmap is selected
	bitmap  uintptr
	before  uintptr // what was selected before bitmap
	bits    unsafe.Pointer
	size    image.Point // of bitmap, at least that of each picture
	pointer pointerWindows
}

func newGDI() (*gdiGrabber, error) {
	api, err := loadGDI()
	if err != nil {
		return nil, err
	}
	u, err := loadUser()
	if err != nil {
		return nil, err
	}
	return &gdiGrabber{gdi: api, user: u}, nil
}

// openGDI looks with GDI, also where something faster is offered.
func openGDI(t Target) (Source, error) {
	_, p, err := polledGDI(t)
	if err != nil {
		return nil, err
	}
	return p, nil
}

func polledGDI(t Target) (*gdiGrabber, *polled, error) {
	g, err := newGDI()
	if err != nil {
		return nil, nil, err
	}
	p, err := newPolled(g, t)
	if err != nil {
		return nil, nil, errors.Join(err, g.close())
	}
	return g, p, nil
}

func (*gdiGrabber) name() string { return "gdi" }

// sourceCopy is SRCCOPY: pixels as they are.
const sourceCopy = 0x00cc0020

// grab begins anew after every failure: a lock screen or a change of mode
// leaves the device contexts useless.
func (g *gdiGrabber) grab(dst []byte, stride int, r image.Rectangle) error {
	if err := g.prepare(r.Size()); err != nil {
		return errors.Join(err, g.close())
	}
	// Drawing is queued per thread, so that both calls must come from one; the
	// bits are there only after the second.
	defer g.sharp()()
	ok, _, err := g.bitBlt.Call(g.memory, 0, 0, uintptr(r.Dx()), uintptr(r.Dy()), g.desktop, uintptr(r.Min.X), uintptr(r.Min.Y), sourceCopy)
	if ok == 0 {
		return errors.Join(fmt.Errorf("BitBlt: %w", err), g.close())
	}
	_, _, _ = g.flush.Call()
	g.copyTo(dst, stride, r.Size())
	return nil
}

// bitmapBytes is the bitmap, valid until close.
func (g *gdiGrabber) bitmapBytes() []byte {
	return unsafe.Slice((*byte)(g.bits), 4*g.size.X*g.size.Y) //nolint:gosec // G103: the bitmap was made with this size
}

// copyTo takes the upper left corner of the bitmap.
func (g *gdiGrabber) copyTo(dst []byte, stride int, size image.Point) {
	bits := g.bitmapBytes()
	row, from := 4*size.X, 4*g.size.X
	if row == stride && row == from {
		copy(dst, bits[:row*size.Y])
		return
	}
	for y := range size.Y {
		copy(dst[y*stride:y*stride+row], bits[y*from:y*from+row])
	}
}

func (g *gdiGrabber) prepare(size image.Point) error {
	if g.bits != nil && size.X <= g.size.X && size.Y <= g.size.Y {
		return nil // monitors side by side take turns
	}
	size = image.Pt(max(size.X, g.size.X), max(size.Y, g.size.Y))
	if err := g.close(); err != nil {
		return err
	}
	name, err := windows.UTF16PtrFromString("DISPLAY")
	if err != nil {
		return fmt.Errorf("name: %w", err)
	}
	if g.desktop, _, err = g.createDC.Call(uintptr(unsafe.Pointer(name)), 0, 0, 0); g.desktop == 0 { //nolint:gosec // G103: the name ends in a zero
		return fmt.Errorf("CreateDC: %w", err)
	}
	if g.memory, _, err = g.createCompatibleDC.Call(g.desktop); g.memory == 0 {
		return fmt.Errorf("CreateCompatibleDC: %w", err)
	}
	info := topDown(size)
	g.bitmap, _, err = g.createDIBSection.Call(g.memory,
		uintptr(unsafe.Pointer(&info)), 0, uintptr(unsafe.Pointer(&g.bits)), 0, 0) //nolint:gosec // G103: info knows its size, bits is one pointer
	if g.bitmap == 0 || g.bits == nil {
		return fmt.Errorf("CreateDIBSection: %w", err)
	}
	if g.before, _, err = g.selectObject.Call(g.memory, g.bitmap); g.before == 0 {
		return fmt.Errorf("SelectObject: %w", err)
	}
	g.size = size
	return nil
}

// close gives everything back; what isn't there is skipped.
func (g *gdiGrabber) close() error {
	var errs []error
	give := func(what string, p *windows.LazyProc, handle *uintptr) {
		if *handle == 0 {
			return
		}
		if ok, _, err := p.Call(*handle); ok == 0 {
			errs = append(errs, fmt.Errorf("screen: %s: %w", what, err))
		}
		*handle = 0
	}
	if g.before != 0 {
		_, _, _ = g.selectObject.Call(g.memory, g.before)
		g.before = 0
	}
	give("DeleteObject", g.deleteObject, &g.bitmap)
	give("DeleteDC", g.deleteDC, &g.memory)
	give("DeleteDC", g.deleteDC, &g.desktop)
	g.bits, g.size = nil, image.Point{}
	return errors.Join(errs...)
}

func (g *gdiGrabber) cursor() capture.Cursor {
	defer g.sharp()()
	return g.pointer.now(g.gdi, g.memory)
}

func (g *gdiGrabber) state() capture.State {
	if g.locked() {
		return capture.Locked
	}
	return capture.Live
}
