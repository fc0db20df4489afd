package screen

import (
	"fmt"
	"image"
	"unsafe"

	"golang.org/x/sys/windows"

	"lotse/capture"
)

// gdi is what looking needs of user32 and gdi32. Its method displays is the
// same for every source.
type gdi struct {
	enumDisplayDevices, enumDisplaySettings      *windows.LazyProc
	getCursorInfo, getIconInfo                   *windows.LazyProc
	createDC, createCompatibleDC, deleteDC       *windows.LazyProc
	createDIBSection, selectObject, deleteObject *windows.LazyProc
	bitBlt, getObject, getDIBits, flush          *windows.LazyProc
}

func loadGDI() (*gdi, error) {
	user, graphics := windows.NewLazySystemDLL("user32.dll"), windows.NewLazySystemDLL("gdi32.dll")
	g := &gdi{
		enumDisplayDevices: user.NewProc("EnumDisplayDevicesW"), enumDisplaySettings: user.NewProc("EnumDisplaySettingsExW"),
		getCursorInfo: user.NewProc("GetCursorInfo"), getIconInfo: user.NewProc("GetIconInfo"),
		createDC: graphics.NewProc("CreateDCW"), createCompatibleDC: graphics.NewProc("CreateCompatibleDC"), deleteDC: graphics.NewProc("DeleteDC"),
		createDIBSection: graphics.NewProc("CreateDIBSection"), selectObject: graphics.NewProc("SelectObject"), deleteObject: graphics.NewProc("DeleteObject"),
		bitBlt: graphics.NewProc("BitBlt"), getObject: graphics.NewProc("GetObjectW"), getDIBits: graphics.NewProc("GetDIBits"), flush: graphics.NewProc("GdiFlush"),
	}
	for _, p := range []*windows.LazyProc{
		g.enumDisplayDevices, g.enumDisplaySettings, g.getCursorInfo, g.getIconInfo, g.createDC, g.createCompatibleDC, g.deleteDC,
		g.createDIBSection, g.selectObject, g.deleteObject, g.bitBlt, g.getObject, g.getDIBits, g.flush,
	} {
		if err := p.Find(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
	}
	return g, nil
}

// displayDevice is DISPLAY_DEVICEW.
type displayDevice struct {
	size   uint32
	name   [32]uint16
	text   [128]uint16
	state  uint32
	id     [128]uint16
	regKey [128]uint16
}

// devMode is DEVMODEW as it is for displays.
type devMode struct {
	name                 [32]uint16
	specVersion, version uint16
	size, extra          uint16
	fields               uint32
	x, y                 int32
	_                    [2]uint32
	_                    [5]int16
	_                    [32]uint16
	_                    uint16
	bitsPerPixel         uint32
	width, height        uint32
	_                    [10]uint32
}

const (
	attachedToDesktop = 1          // DISPLAY_DEVICE_ATTACHED_TO_DESKTOP
	primaryDevice     = 4          // DISPLAY_DEVICE_PRIMARY_DEVICE
	currentSettings   = 0xffffffff // ENUM_CURRENT_SETTINGS
	maxDevices        = 64         // more than any desktop has
)

// displays asks without a callback: those that Go hands to Windows are never
// freed, and this is called every second.
func (g *gdi) displays() ([]capture.Display, error) {
	var out []capture.Display
	for i := range uint32(maxDevices) {
		device := displayDevice{size: uint32(unsafe.Sizeof(displayDevice{}))}
		if ok, _, _ := g.enumDisplayDevices.Call(0, uintptr(i), uintptr(unsafe.Pointer(&device)), 0); ok == 0 { //nolint:gosec // G103: device knows its size
			break
		}
		if device.state&attachedToDesktop == 0 {
			continue
		}
		mode := devMode{size: uint16(unsafe.Sizeof(devMode{}))}
		ok, _, _ := g.enumDisplaySettings.Call(
			uintptr(unsafe.Pointer(&device.name[0])), currentSettings, uintptr(unsafe.Pointer(&mode)), 0) //nolint:gosec // G103: mode knows its size
		if ok == 0 {
			continue
		}
		out = append(out, capture.Display{
			ID: i + 1, Name: windows.UTF16ToString(device.name[:]), Primary: device.state&primaryDevice != 0,
			Bounds: image.Rect(0, 0, int(mode.width), int(mode.height)).Add(image.Pt(int(mode.x), int(mode.y))),
		})
	}
	if len(out) == 0 {
		return nil, ErrNoDisplay
	}
	return out, nil
}

// bitmapInfo is BITMAPINFOHEADER and room for two colours.
type bitmapInfo struct {
	size          uint32
	width, height int32
	planes, bits  uint16
	compression   uint32
	sizeImage     uint32
	_             [4]uint32
	_             [2]uint32
}

// topDown describes BGRA, four bytes a pixel, the first row first.
func topDown(size image.Point) bitmapInfo {
	const header = 40
	return bitmapInfo{size: header, width: int32(size.X), height: -int32(size.Y), planes: 1, bits: 32}
}
