package input

import "fmt"

// Where macOS keeps Caps Lock, and its numbers (Apple, IOHIDLib.h,
// IOHIDTypes.h).
const (
	ioKit     = frameworks + "IOKit.framework/IOKit"
	libSystem = "/usr/lib/libSystem.B.dylib"

	paramConnect = 1 // kIOHIDParamConnectType
	capsSelector = 1 // kIOHIDCapsLockState
)

// macAlphaShift says in a set of flags that Caps Lock is on.
const macAlphaShift = 1 << 16

// hidSystem are the functions of IOKit that turn Caps Lock.
type hidSystem struct {
	matching func(class string) uintptr
	find     func(port uint32, matching uintptr) uint32
	open     func(service, task, kind uint32, connection *uint32) int32
	set      func(connection uint32, selector int32, on bool) int32
	shut     func(connection uint32) int32
	free     func(object uint32) int32
	self     func() uint32
}

func loadHIDSystem() (*hidSystem, error) {
	h := &hidSystem{}
	err := bind(ioKit,
		bound{"IOServiceMatching", &h.matching}, bound{"IOServiceGetMatchingService", &h.find},
		bound{"IOServiceOpen", &h.open}, bound{"IOHIDSetModifierLockState", &h.set},
		bound{"IOServiceClose", &h.shut}, bound{"IOObjectRelease", &h.free})
	if err != nil {
		return nil, err
	}
	return h, bind(libSystem, bound{"task_self_trap", &h.self})
}

// Locks returns whether Caps Lock is on; a Mac has no other lock key.
func (q *quartz) Locks() (LockState, error) { return locksIn(q.core.state(hidState)), nil }

func readLocks() (LockState, error) {
	core, err := loadEvents()
	if err != nil {
		return 0, err
	}
	return locksIn(core.state(hidState)), nil
}

func locksIn(flags uint64) LockState {
	if flags&macAlphaShift != 0 {
		return CapsLock
	}
	return 0
}

// SetLocks turns Caps Lock, without a key.
func (*quartz) SetLocks(want LockState) error {
	h, err := loadHIDSystem()
	if err != nil {
		return err
	}
	service := h.find(0, h.matching("IOHIDSystem"))
	if service == 0 {
		return fmt.Errorf("%w: no keyboard system", ErrUnsupported)
	}
	defer h.free(service)
	var connection uint32
	if code := h.open(service, h.self(), paramConnect, &connection); code != 0 {
		return fmt.Errorf("%w: open the keyboard system: %#x", ErrRefused, uint32(code))
	}
	defer h.shut(connection)
	if code := h.set(connection, capsSelector, want&CapsLock != 0); code != 0 {
		return fmt.Errorf("%w: turn Caps Lock: %#x", ErrRefused, uint32(code))
	}
	return nil
}
