package input

import (
	"errors"
	"fmt"
	"image"
	"time"
	"unicode/utf16"

	"github.com/ebitengine/purego"
	robot "github.com/go-vgo/robotgo/darwin"
)

// Where macOS keeps what is called here.
const (
	frameworks     = "/System/Library/Frameworks/"
	services       = frameworks + "ApplicationServices.framework/ApplicationServices"
	coreFoundation = frameworks + "CoreFoundation.framework/CoreFoundation"
)

// Numbers of Core Graphics (Apple, CGEventTypes.h).
const (
	hidState       = 1 // kCGEventSourceStateHIDSystemState
	hidTap         = 0 // kCGHIDEventTap
	unitPixel      = 0 // kCGScrollEventUnitPixel
	clickState     = 1 // kCGMouseEventClickState
	leftDragged    = 6
	rightDragged   = 7
	otherDragged   = 27
	macReturn      = 0x24
	macTab         = 0x30
	notchPixels    = 30 // three lines of ten pixels, as on the other systems
	unitsPerNotch  = 120
	unitsPerPixel  = unitsPerNotch / notchPixels
	wheelDirection = 2 // axes of a wheel event
)

// cgPoint is CGPoint.
type cgPoint struct{ X, Y float64 }

// coreEvents are the functions of Core Graphics that make and post events.
type coreEvents struct {
	trusted   func() bool
	newSource func(state int32) uintptr
	newKey    func(source uintptr, code uint16, down bool) uintptr
	newMouse  func(source uintptr, kind uint32, at cgPoint, button uint32) uintptr
	newWheel  func(source uintptr, unit, axes uint32, up, right, third int32) uintptr
	flags     func(event uintptr) uint64
	setFlags  func(event uintptr, flags uint64)
	setText   func(event uintptr, length uint64, text *uint16)
	setField  func(event uintptr, field uint32, value int64)
	post      func(tap uint32, event uintptr)
	state     func(state int32) uint64
	release   func(object uintptr)
}

// bound is a function of a library and where it goes.
type bound struct {
	name string
	to   any
}

func bind(library string, all ...bound) error {
	lib, err := purego.Dlopen(library, purego.RTLD_LAZY|purego.RTLD_GLOBAL)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	for _, b := range all {
		at, err := purego.Dlsym(lib, b.name)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
		purego.RegisterFunc(b.to, at)
	}
	return nil
}

func loadEvents() (*coreEvents, error) {
	c := &coreEvents{}
	return c, errors.Join(
		bind(services,
			bound{"AXIsProcessTrusted", &c.trusted}, bound{"CGEventSourceCreate", &c.newSource},
			bound{"CGEventCreateKeyboardEvent", &c.newKey}, bound{"CGEventCreateMouseEvent", &c.newMouse},
			bound{"CGEventCreateScrollWheelEvent2", &c.newWheel}, bound{"CGEventGetFlags", &c.flags},
			bound{"CGEventSetFlags", &c.setFlags}, bound{"CGEventKeyboardSetUnicodeString", &c.setText},
			bound{"CGEventSetIntegerValueField", &c.setField}, bound{"CGEventPost", &c.post},
			bound{"CGEventSourceFlagsState", &c.state}),
		bind(coreFoundation, bound{"CFRelease", &c.release}))
}

// quartz posts events of Core Graphics, called without C. robotgo does what
// needs no more than it has: it moves the pointer while no button is held, and
// says where it is. It was type-checked and not yet run on a Mac.
type quartz struct {
	core   *coreEvents
	source uintptr
	codes  [lastUsage + 1]uint16
	keys   map[Usage]bool  // modifiers that are held
	button map[Button]bool // held
	clicks clicks
	dx, dy int // parts of a pixel of the wheel that are still missing
}

func open() (Injector, error) {
	core, err := loadEvents()
	if err != nil {
		return nil, err
	}
	if !core.trusted() {
		return nil, fmt.Errorf("%w: not listed under Privacy, Accessibility", ErrRefused)
	}
	source := core.newSource(hidState)
	if source == 0 {
		return nil, fmt.Errorf("%w: no source of events", ErrRefused)
	}
	robot.MouseSleep = 0
	return &quartz{
		core: core, source: source, codes: macCodes(),
		keys: make(map[Usage]bool), button: make(map[Button]bool),
	}, nil
}

// Key presses or releases a physical key.
func (q *quartz) Key(u Usage, down bool) error {
	if u > lastUsage || q.codes[u] == noMacKey {
		return fmt.Errorf("%w: usage %#x", ErrNoKey, uint16(u))
	}
	if macFlag(u) != 0 {
		q.keys[u] = down
	}
	return q.key(q.codes[u], down, macFlags(q.keys)|q.core.state(hidState)&macAlphaShift)
}

// key posts a key with exactly these modifiers: macOS does not add those of
// keys that were posted.
func (q *quartz) key(code uint16, down bool, flags uint64) error {
	const keep = 1<<21 | 1<<23 // it comes from the keypad, from the function keys
	e := q.core.newKey(q.source, code, down)
	if e == 0 {
		return fmt.Errorf("%w: no event", ErrRefused)
	}
	q.core.setFlags(e, flags|q.core.flags(e)&keep)
	return q.send(e)
}

func (q *quartz) send(event uintptr) error {
	q.core.post(hidTap, event)
	q.core.release(event)
	return nil
}

// Text enters each character as Unicode, without any modifier; line feed and
// tab are keys.
func (q *quartz) Text(s string) error {
	for _, r := range s {
		for _, down := range []bool{true, false} {
			if err := q.char(r, down); err != nil {
				return err
			}
		}
	}
	return nil
}

func (q *quartz) char(r rune, down bool) error {
	switch r {
	case '\n':
		return q.key(macReturn, down, 0)
	case '\t':
		return q.key(macTab, down, 0)
	}
	e := q.core.newKey(q.source, 0, down)
	if e == 0 {
		return fmt.Errorf("%w: no event", ErrRefused)
	}
	units := utf16.Encode([]rune{r})
	q.core.setText(e, uint64(len(units)), &units[0])
	q.core.setFlags(e, 0)
	return q.send(e)
}

// Move puts the pointer at p; with a button held it drags.
func (q *quartz) Move(p image.Point) error {
	kinds := [...]uint32{Left: leftDragged, Right: rightDragged, Middle: otherDragged, Back: otherDragged, Forward: otherDragged}
	for b := Left; b <= Forward; b++ {
		if q.button[b] {
			return q.mouse(kinds[b], p, b, 0)
		}
	}
	robot.Move(p.X, p.Y)
	return nil
}

// Button presses or releases a mouse button where the pointer is.
func (q *quartz) Button(b Button, down bool) error {
	kinds := [...]uint32{Left: 1, Right: 3, Middle: 25, Back: 25, Forward: 25} // …MouseDown
	if b < Left || b > Forward {
		return fmt.Errorf("%w: button %d", ErrNoKey, b)
	}
	x, y := robot.Location()
	at, kind, n := image.Pt(x, y), kinds[b], q.clicks.n
	if down {
		n = q.clicks.press(b, at, time.Now())
	} else {
		kind++ // each "up" follows its "down"
	}
	err := q.mouse(kind, at, b, n)
	if err == nil {
		q.button[b] = down
	}
	return err
}

// mouse posts an event of button b, the n-th click in a row.
func (q *quartz) mouse(kind uint32, at image.Point, b Button, n int64) error {
	number := [...]uint32{Left: 0, Right: 1, Middle: 2, Back: 3, Forward: 4}[b]
	e := q.core.newMouse(q.source, kind, cgPoint{float64(at.X), float64(at.Y)}, number)
	if e == 0 {
		return fmt.Errorf("%w: no event", ErrRefused)
	}
	q.core.setField(e, clickState, n)
	q.core.setFlags(e, macFlags(q.keys))
	return q.send(e)
}

// Wheel turns by pixels and keeps the rest. macOS counts to the left.
func (q *quartz) Wheel(dx, dy int) error {
	q.dx, q.dy = q.dx+dx, q.dy+dy
	right, up := q.dx/unitsPerPixel, q.dy/unitsPerPixel
	q.dx, q.dy = q.dx%unitsPerPixel, q.dy%unitsPerPixel
	if right == 0 && up == 0 {
		return nil
	}
	e := q.core.newWheel(q.source, unitPixel, wheelDirection, int32(up), int32(-right), 0)
	if e == 0 {
		return fmt.Errorf("%w: no event", ErrRefused)
	}
	q.core.setFlags(e, macFlags(q.keys))
	return q.send(e)
}

// Name returns "quartz".
func (*quartz) Name() string { return "quartz" }

// Close gives the source of events back.
func (q *quartz) Close() error {
	q.core.release(q.source)
	return nil
}
