package screen

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"
	"github.com/ebitengine/purego/objc"

	"lotse/capture"
)

// frameworks is where macOS keeps what is asked here.
const frameworks = "/System/Library/Frameworks/"

// quartz is what macOS has had for long: Core Graphics and its window server.
type quartz struct {
	activeDisplays  func(room uint32, ids *uint32, n *uint32) int32
	mainDisplay     func() uint32
	displayBounds   func(id uint32) cgRect
	copyMode        func(id uint32) uintptr
	modePixels      func(mode uintptr) uint64
	releaseMode     func(mode uintptr)
	preflight       func() bool
	request         func() bool
	session         func() objc.ID
	windows         func(which, relative uint32) objc.ID
	rectOf          func(dictionary objc.ID, r *cgRect) bool
	newEvent        func(source uintptr) objc.ID
	location        func(event objc.ID) cgPoint
	newColours      func() uintptr
	releaseColours  func(colours uintptr)
	newBitmap       func(pix *byte, w, h, bits, stride uint64, colours uintptr, info uint32) uintptr
	draw            func(bitmap uintptr, where cgRect, image objc.ID)
	releaseBitmap   func(bitmap uintptr)
	retain          func(object objc.ID) objc.ID // CFRetain
	release         func(object objc.ID)         // CFRelease
	setAssociated   func(object objc.ID, key objc.SEL, value objc.Block, policy uintptr)
	newQueue        func(label string, attributes uintptr) objc.ID
	sharedColours   objc.ID // kCGColorSpaceSRGB
	screenCaptureOK bool    // preflight and request are there: macOS 10.15
}

// bound is a function of a library and where it goes.
type bound struct {
	name string
	to   any
}

// bind fills in functions of a library, or says which one is missing.
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

// constant reads an object that a library names. A missing one is 0.
func constant(library, name string) objc.ID {
	lib, err := purego.Dlopen(library, purego.RTLD_LAZY|purego.RTLD_GLOBAL)
	if err != nil {
		return 0
	}
	at, err := purego.Dlsym(lib, name)
	if err != nil || at == 0 {
		return 0
	}
	return **(**objc.ID)(unsafe.Pointer(&at)) //nolint:gosec // G103: the address of a constant pointer
}

const (
	coreGraphics   = frameworks + "CoreGraphics.framework/CoreGraphics"
	coreFoundation = frameworks + "CoreFoundation.framework/CoreFoundation"
	libObjC        = "/usr/lib/libobjc.A.dylib"
	libSystem      = "/usr/lib/libSystem.B.dylib"
)

func loadQuartz() (*quartz, error) {
	q := &quartz{}
	err := errors.Join(
		bind(coreGraphics,
			bound{"CGGetActiveDisplayList", &q.activeDisplays}, bound{"CGMainDisplayID", &q.mainDisplay},
			bound{"CGDisplayBounds", &q.displayBounds}, bound{"CGDisplayCopyDisplayMode", &q.copyMode},
			bound{"CGDisplayModeGetPixelWidth", &q.modePixels}, bound{"CGDisplayModeRelease", &q.releaseMode},
			bound{"CGSessionCopyCurrentDictionary", &q.session}, bound{"CGWindowListCopyWindowInfo", &q.windows},
			bound{"CGRectMakeWithDictionaryRepresentation", &q.rectOf},
			bound{"CGEventCreate", &q.newEvent}, bound{"CGEventGetLocation", &q.location},
			bound{"CGColorSpaceCreateDeviceRGB", &q.newColours}, bound{"CGColorSpaceRelease", &q.releaseColours},
			bound{"CGBitmapContextCreate", &q.newBitmap}, bound{"CGContextDrawImage", &q.draw},
			bound{"CGContextRelease", &q.releaseBitmap}),
		bind(coreFoundation, bound{"CFRetain", &q.retain}, bound{"CFRelease", &q.release}),
		bind(libObjC, bound{"objc_setAssociatedObject", &q.setAssociated}),
		bind(libSystem, bound{"dispatch_queue_create", &q.newQueue}))
	if err != nil {
		return nil, err
	}
	q.sharedColours = constant(coreGraphics, "kCGColorSpaceSRGB")
	q.screenCaptureOK = bind(coreGraphics,
		bound{"CGPreflightScreenCaptureAccess", &q.preflight}, bound{"CGRequestScreenCaptureAccess", &q.request}) == nil
	return q, nil
}

// pool keeps what macOS hands out until the returned function is called, on
// the same thread.
func pool() (drain func()) {
	runtime.LockOSThread()
	p := class("NSAutoreleasePool").Send(objc.RegisterName("new"))
	return func() {
		p.Send(objc.RegisterName("drain"))
		runtime.UnlockOSThread()
	}
}

// class returns a class to send messages to; 0 takes them and does nothing.
func class(name string) objc.ID { return objc.ID(objc.GetClass(name)) }

// keep and drop count who needs an object. Those of Core Foundation have
// CFRetain and CFRelease, as retain and release of quartz.
func keep(object objc.ID) { object.Send(objc.RegisterName("retain")) }

func drop(object objc.ID) { object.Send(objc.RegisterName("release")) }

// text makes an NSString, which the pool frees.
func text(s string) objc.ID {
	return class("NSString").Send(objc.RegisterName("stringWithUTF8String:"), s)
}

// goString reads an NSString; none is empty.
func goString(s objc.ID) string {
	if s == 0 {
		return ""
	}
	return objc.Send[string](s, objc.RegisterName("UTF8String"))
}

// each calls f for the elements of an NSArray, at most most.
func each(array objc.ID, most uint64, f func(objc.ID)) {
	if array == 0 {
		return
	}
	n := objc.Send[uint64](array, objc.RegisterName("count"))
	for i := range min(n, most) {
		f(array.Send(objc.RegisterName("objectAtIndex:"), i))
	}
}

// maxMonitors is how many monitors are asked for; macOS drives fewer.
const maxMonitors = 64

// monitors lists the displays that are drawn on, the main one first.
func (q *quartz) monitors() ([]monitor, error) {
	ids, n := make([]uint32, maxMonitors), uint32(0)
	if code := q.activeDisplays(maxMonitors, &ids[0], &n); code != 0 {
		return nil, fmt.Errorf("%w: CGGetActiveDisplayList: %d", ErrNoDisplay, code)
	}
	var out []monitor
	for _, id := range ids[:min(n, maxMonitors)] {
		r := q.displayBounds(id).cover()
		out = append(out, monitor{id: id, bounds: r, fine: q.pixelsAcross(id) != uint64(r.Dx())})
	}
	if len(out) == 0 {
		return nil, ErrNoDisplay
	}
	return arrange(out, q.mainDisplay()), nil
}

// pixelsAcross returns how many pixels a display has side by side.
func (q *quartz) pixelsAcross(id uint32) uint64 {
	mode := q.copyMode(id)
	if mode == 0 {
		return 0
	}
	defer q.releaseMode(mode)
	return q.modePixels(mode)
}

// permit asks macOS, and once for each program the person, whether this
// program may look.
func (q *quartz) permit() error {
	if !q.screenCaptureOK || q.preflight() || q.request() {
		return nil
	}
	return ErrPermission
}

// state asks whether the session is on the screen and not locked.
func (q *quartz) state() capture.State {
	defer pool()()
	session := q.session()
	if session == 0 {
		return capture.Live // no window server: what follows says so
	}
	defer q.release(session)
	if says(session, "CGSSessionScreenIsLocked", false) || !says(session, "kCGSSessionOnConsoleKey", true) {
		return capture.Locked
	}
	return capture.Live
}

// says reads a Boolean from a dictionary.
func says(dictionary objc.ID, key string, otherwise bool) bool {
	v := dictionary.Send(objc.RegisterName("objectForKey:"), text(key))
	if v == 0 {
		return otherwise
	}
	return objc.Send[bool](v, objc.RegisterName("boolValue"))
}

// where returns the place of the pointer.
func (q *quartz) where() (cgPoint, bool) {
	event := q.newEvent(0)
	if event == 0 {
		return cgPoint{}, false
	}
	defer q.release(event)
	return q.location(event), true
}
