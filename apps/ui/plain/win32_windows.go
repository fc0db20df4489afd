package plain

import (
	"image"

	"golang.org/x/sys/windows"
)

// Values of winuser.h, wingdi.h and commctrl.h.
const (
	wmDestroy       = 0x0002
	wmPaint         = 0x000F
	wmClose         = 0x0010
	wmSetFont       = 0x0030
	wmDrawItem      = 0x002B
	wmCommand       = 0x0111
	wmTimer         = 0x0113
	wmColourStatic  = 0x0138
	wmDPIChanged    = 0x02E0
	wmNew           = 0x8001 // WM_APP + 1: a form waits
	wmEnd           = 0x8002
	wmWake          = 0x8003
	wmKeyDown       = 0x0100
	wmSysKeyDown    = 0x0104
	wmSetCursor     = 0x0020
	keyF11          = 0x7A
	emSetCue        = 0x1501
	emLimitText     = 0x00C5
	bmSetCheck      = 0x00F1
	wsOverlapped    = 0x00CA0000 // caption, system menu, minimise box
	wsAbove         = 0x00C80000 // the same without a minimise box
	wsChild         = 0x50000000 // and visible
	wsTabStop       = 0x00010000
	wsGroup         = 0x00020000
	wsClipChildren  = 0x02000000
	wsExControl     = 0x00010000
	wsExClientEdge  = 0x00000200
	ssCentre        = 0x0001
	ssOwnerDraw     = 0x000D
	ssNoPrefix      = 0x0080
	ssEditControl   = 0x2000
	bsCheckBox      = 0x0002
	bsRadioButton   = 0x0009 // BS_AUTORADIOBUTTON: only that the arrows choose
	bsOwnerDraw     = 0x000B
	wsDisabled      = 0x08000000
	wmNextControl   = 0x0028
	wmSysColours    = 0x0015
	wmSettings      = 0x001A
	bsMultiLine     = 0x2000
	esAutoHScroll   = 0x0080
	esMultiLine     = 0x0004
	esReadOnly      = 0x0800
	wsVScroll       = 0x00200000
	dtCentre        = 0x0001
	dtVCentre       = 0x0004
	dtWordBreak     = 0x0010
	dtSingleLine    = 0x0020
	dtCalcRect      = 0x0400
	dtNoPrefix      = 0x0800
	dtEditControl   = 0x2000
	odsSelected     = 0x0001
	odsDisabled     = 0x0004
	odsFocus        = 0x0010
	swpNoActivate   = 0x0010
	swpFrameChanged = 0x0020
	swShow          = 5
	gwlStyle        = ^uintptr(15)
	transparentMode = 1
	logPixelsX      = 88
	defaultDPI      = 96
	idOK            = 1
	monitorNearest  = 2
	swpNoMove       = 0x0002
	swpNoSize       = 0x0001
	swShowNoFocus   = 4
	spiHighContrast = 0x0042
	gclBackground   = ^uintptr(9)
	cleartype       = 5
	nullPen         = 8
	hwndTopmost     = ^uintptr(0)
	hwndNoTopmost   = ^uintptr(0) - 1
	idcArrow        = 32512
)

// iconResource is what packaging/windows files the programs' icon under.
const iconResource = "GLFW_ICON"

// rect is RECT.
type rect struct{ left, top, right, bottom int32 }

func rectOf(r image.Rectangle) rect {
	return rect{int32(r.Min.X), int32(r.Min.Y), int32(r.Max.X), int32(r.Max.Y)}
}

func (r rect) image() image.Rectangle {
	return image.Rect(int(r.left), int(r.top), int(r.right), int(r.bottom))
}

// windowClass is WNDCLASSEXW.
type windowClass struct {
	size, style                        uint32
	procedure                          uintptr
	classExtra, windowExtra            int32
	instance, icon, cursor, background uintptr
	menu, name                         *uint16
	smallIcon                          uintptr
}

// message is MSG.
type message struct {
	window         uintptr
	message        uint32
	wparam, lparam uintptr
	time           uint32
	x, y           int32
	private        uint32
}

// paintStruct is PAINTSTRUCT.
type paintStruct struct {
	dc       uintptr
	erase    int32
	area     rect
	restore  int32
	update   int32
	reserved [32]byte
}

// drawItem is DRAWITEMSTRUCT.
type drawItem struct {
	_, _, _, _, state uint32
	window, dc        uintptr
	area              rect
	_                 uintptr
}

// library holds the functions of a DLL of the system.
type library struct{ dll *windows.LazyDLL }

func user32() library { return library{windows.NewLazySystemDLL("user32.dll")} }
func gdi32() library  { return library{windows.NewLazySystemDLL("gdi32.dll")} }

// call calls a function; one that this Windows does not have returns zero.
//
//go:uintptrescapes
func (l library) call(name string, args ...uintptr) uintptr {
	proc := l.dll.NewProc(name)
	if proc.Find() != nil {
		return 0
	}
	result, _, _ := proc.Call(args...)
	return result
}

func moduleHandle() uintptr {
	var h windows.Handle
	if windows.GetModuleHandleEx(0, nil, &h) != nil {
		return 0
	}
	return uintptr(h)
}
