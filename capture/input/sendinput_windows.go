package input

import (
	"fmt"
	"image"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Flags and metrics of user32 (Microsoft, "KEYBDINPUT", "MOUSEINPUT",
// "GetSystemMetrics").
const (
	typeMouse = 0
	typeKey   = 1

	keyExtended = 0x1
	keyUp       = 0x2
	keyUnicode  = 0x4
	keyScan     = 0x8

	mouseMove     = 0x1
	mouseXDown    = 0x80
	mouseWheel    = 0x800
	mouseHWheel   = 0x1000
	mouseAllDesks = 0x4000
	mouseAbsolute = 0x8000

	metricSwapped = 23
	metricLeft    = 76
	metricTop     = 77
	metricWidth   = 78
	metricHeight  = 79
)

// desk is the side of the square onto which Windows maps the whole desktop.
const desk = 1 << 16

// keyInput and mouseInput are INPUT with one arm of its union each. Both are
// as long as the longer arm.
type keyInput struct {
	kind        uint32
	_           [unsafe.Sizeof(uintptr(0)) - 4]byte
	vk, scan    uint16
	flags, time uint32
	extra       uintptr
	_           [8]byte
}

type mouseInput struct {
	kind              uint32
	_                 [unsafe.Sizeof(uintptr(0)) - 4]byte
	dx, dy            int32
	data, flags, time uint32
	extra             uintptr
}

// user32 is SendInput, called without C.
type user32 struct {
	send, metric, meaning, state *windows.LazyProc
	layout, produces             *windows.LazyProc

	scans   [lastUsage + 1]uint16
	virtual map[Usage]uint16
}

func open() (Injector, error) { return newUser32() }

func newUser32() (*user32, error) {
	dll := windows.NewLazySystemDLL("user32.dll")
	u := &user32{
		send: dll.NewProc("SendInput"), metric: dll.NewProc("GetSystemMetrics"), meaning: dll.NewProc("MapVirtualKeyW"),
		state: dll.NewProc("GetKeyState"), layout: dll.NewProc("GetKeyboardLayout"), produces: dll.NewProc("VkKeyScanExW"),
		scans: scanCodes(), virtual: virtualKeys(),
	}
	for _, p := range []*windows.LazyProc{u.send, u.metric, u.meaning, u.state, u.layout, u.produces} {
		if err := p.Find(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
	}
	return u, nil
}

// Key presses or releases a physical key.
func (u *user32) Key(usage Usage, down bool) error {
	in := keyInput{kind: typeKey}
	switch vk := u.virtual[usage]; {
	case vk != 0:
		in.vk, in.scan = vk, u.scans[usage]&0xFF
		if usage == 0x46 || usage == 0x53 { // Print and Num Lock have the prefix E0
			in.flags = keyExtended
		}
	case usage <= lastUsage && u.scans[usage] != 0:
		code := u.scans[usage]
		in.vk, in.scan, in.flags = u.vk(code), code&0xFF, keyScan
		if code&extended != 0 {
			in.flags |= keyExtended
		}
	default:
		return fmt.Errorf("%w: usage %#x", ErrNoKey, uint16(usage))
	}
	if !down {
		in.flags |= keyUp
	}
	return u.keys([]keyInput{in})
}

// vk returns the virtual key of a scan code. Windows asks the layout of the
// window in front and ignores ours; Wine before 8.5 knows nothing but ours.
func (u *user32) vk(code uint16) uint16 {
	const scanToKey = 3 // MAPVK_VSC_TO_VK_EX: tells left from right
	asked := uintptr(code & 0xFF)
	if code&extended != 0 {
		asked |= 0xE000
	}
	vk, _, _ := u.meaning.Call(asked, scanToKey)
	return uint16(vk)
}

// Text enters characters in one piece, as UTF-16 whatever the layout. Line
// feed and tab are keys here.
func (u *user32) Text(s string) error {
	var in []keyInput
	for _, unit := range utf16.Encode([]rune(s)) {
		one := keyInput{kind: typeKey, scan: unit, flags: keyUnicode}
		switch unit {
		case '\n':
			one = keyInput{kind: typeKey, vk: vkReturn, scan: 0x1C}
		case '\t':
			one = keyInput{kind: typeKey, vk: vkTab, scan: 0x0F}
		}
		in = append(in, one)
		one.flags |= keyUp
		in = append(in, one)
	}
	if len(in) == 0 {
		return nil
	}
	return u.keys(in)
}

// Move puts the pointer into the middle of pixel p of the whole desktop.
func (u *user32) Move(p image.Point) error {
	left, top := u.measure(metricLeft), u.measure(metricTop)
	w, h := u.measure(metricWidth), u.measure(metricHeight)
	if w <= 0 || h <= 0 {
		return fmt.Errorf("%w: no desktop", ErrRefused)
	}
	return u.mouse(mouseInput{
		dx:    int32(middle(p.X-left, w)),
		dy:    int32(middle(p.Y-top, h)),
		flags: mouseMove | mouseAbsolute | mouseAllDesks,
	})
}

// middle returns where the middle of pixel at of size lies on the desk.
func middle(at, size int) int {
	at = min(max(at, 0), size-1)
	return int((2*int64(at) + 1) * desk / (2 * int64(size)))
}

// Button presses or releases a mouse button. Windows counts them as the hand
// does: for a left-handed person its left one is our right one.
func (u *user32) Button(b Button, down bool) error {
	flags := [...]uint32{Left: 0x2, Right: 0x8, Middle: 0x20, Back: mouseXDown, Forward: mouseXDown}
	if b < Left || b > Forward {
		return fmt.Errorf("%w: button %d", ErrNoKey, b)
	}
	if u.measure(metricSwapped) != 0 {
		switch b {
		case Left:
			b = Right
		case Right:
			b = Left
		case Middle, Back, Forward:
		}
	}
	in := mouseInput{flags: flags[b]}
	if b >= Back {
		in.data = uint32(b-Back) + 1
	}
	if !down {
		in.flags <<= 1 // each "up" is the bit after its "down"
	}
	return u.mouse(in)
}

// Wheel turns the wheel by parts of a notch.
func (u *user32) Wheel(dx, dy int) error {
	if dy != 0 {
		if err := u.mouse(mouseInput{data: uint32(int32(dy)), flags: mouseWheel}); err != nil {
			return err
		}
	}
	if dx != 0 {
		return u.mouse(mouseInput{data: uint32(int32(dx)), flags: mouseHWheel})
	}
	return nil
}

// Name returns "sendinput".
func (*user32) Name() string { return "sendinput" }

// Close has nothing to give back.
func (*user32) Close() error { return nil }

func (u *user32) keys(in []keyInput) error {
	n, _, err := u.send.Call(uintptr(len(in)),
		uintptr(unsafe.Pointer(&in[0])), //nolint:gosec // G103: SendInput reads len(in) of them and keeps none
		unsafe.Sizeof(in[0]))
	return taken(n, len(in), err)
}

func (u *user32) mouse(in mouseInput) error {
	in.kind = typeMouse
	n, _, err := u.send.Call(1,
		uintptr(unsafe.Pointer(&in)), //nolint:gosec // G103: SendInput reads one and keeps none
		unsafe.Sizeof(in))
	return taken(n, 1, err)
}

// taken says whether Windows took all events. It takes none for a window of
// higher privilege or while the secure desktop is shown, and tells the first
// of the two to nobody.
func taken(n uintptr, want int, err error) error {
	if int(n) != want {
		return fmt.Errorf("%w: %d of %d events: %w", ErrRefused, n, want, err)
	}
	return nil
}

func (u *user32) measure(metric uintptr) int {
	n, _, _ := u.metric.Call(metric)
	return int(int32(n))
}
