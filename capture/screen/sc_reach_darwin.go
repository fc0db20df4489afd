package screen

import (
	"image"
	"sync/atomic"

	"github.com/ebitengine/purego/objc"
)

// services has the accessibility of macOS.
const services = frameworks + "ApplicationServices.framework/ApplicationServices"

// reachAX asks the accessibility of macOS what is under a point and who gets
// the keys: only that knows which windows let clicks through. It answers a
// program that may control the computer; others reach nothing.
type reachAX struct {
	*quartz
	id       uint32
	pid      int64
	closed   atomic.Bool
	system   func() objc.ID
	patience func(element objc.ID, seconds float32) int32
	at       func(element objc.ID, x, y float32, found *objc.ID) int32
	owner    func(element objc.ID, pid *int32) int32
	ask      func(element, attribute objc.ID, found *objc.ID) int32
}

// axPatience is how long a program may take to say what is under a point, in
// seconds.
const axPatience = 0.25

func newReachAX(q *quartz, id uint32, pid int64) (*reachAX, error) {
	r := &reachAX{quartz: q, id: id, pid: pid}
	err := bind(services,
		bound{"AXUIElementCreateSystemWide", &r.system}, bound{"AXUIElementSetMessagingTimeout", &r.patience},
		bound{"AXUIElementCopyElementAtPosition", &r.at}, bound{"AXUIElementGetPid", &r.owner},
		bound{"AXUIElementCopyAttributeValue", &r.ask})
	return r, err
}

// At reports whether a click at p lands in the window.
func (r *reachAX) At(p image.Point) bool {
	if r.closed.Load() {
		return false
	}
	defer pool()()
	under := r.find(func(system objc.ID, found *objc.ID) int32 { return r.at(system, float32(p.X), float32(p.Y), found) })
	return under && topmost(r.windowsNow(everyWindowThere, 0), r.pid, p) == r.id
}

// Pointer reports whether the pointer is over the window now.
func (r *reachAX) Pointer() bool {
	at, ok := r.where()
	return ok && r.At(cgRect{X: at.X, Y: at.Y, W: 1, H: 1}.cover().Min)
}

// Keys reports whether the window's program gets the keys and the window lies
// in front of its others.
func (r *reachAX) Keys() bool {
	if r.closed.Load() {
		return false
	}
	defer pool()()
	has := r.find(func(system objc.ID, found *objc.ID) int32 { return r.ask(system, text("AXFocusedApplication"), found) })
	return has && foremost(r.windowsNow(everyWindowThere, 0), r.pid) == r.id
}

// find reports whether what question finds belongs to the window's program.
// What a program lets another draw, as browsers do, counts by its window.
func (r *reachAX) find(question func(system objc.ID, found *objc.ID) int32) bool {
	system := r.system()
	if system == 0 {
		return false
	}
	defer r.release(system)
	r.patience(system, axPatience)
	var found, window objc.ID
	if question(system, &found) != 0 || found == 0 {
		return false
	}
	defer r.release(found)
	if r.ours(found) {
		return true
	}
	if r.ask(found, text("AXWindow"), &window) != 0 || window == 0 {
		return false
	}
	defer r.release(window)
	return r.ours(window)
}

// ours reports whether an element belongs to the window's program.
func (r *reachAX) ours(element objc.ID) bool {
	var pid int32
	return r.owner(element, &pid) == 0 && int64(pid) == r.pid
}
