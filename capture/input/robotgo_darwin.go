package input

import (
	"fmt"
	"image"

	"github.com/ebitengine/purego"
	robot "github.com/go-vgo/robotgo/darwin"
)

// services is where macOS says whether it takes events from this program.
const services = "/System/Library/Frameworks/ApplicationServices.framework/ApplicationServices"

// notch is one notch of a wheel in the units of Injector.Wheel.
const notch = 120

// quartz is robotgo's way without C. It knows keys by name, three buttons and
// whole notches, and no errors; it was type-checked and not yet run on a Mac.
type quartz struct {
	names  map[Usage]string
	dx, dy int // parts of a notch that are still missing
}

func open() (Injector, error) {
	ok, err := trusted()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	if !ok {
		return nil, fmt.Errorf("%w: not listed under Privacy, Accessibility", ErrRefused)
	}
	robot.KeySleep, robot.MouseSleep = 0, 0
	return &quartz{names: keyNames()}, nil
}

// trusted asks macOS whether the person lets this program control the
// computer (Apple, "AXIsProcessTrusted").
func trusted() (bool, error) {
	lib, err := purego.Dlopen(services, purego.RTLD_LAZY|purego.RTLD_GLOBAL)
	if err != nil {
		return false, fmt.Errorf("open the services: %w", err)
	}
	ask, err := purego.Dlsym(lib, "AXIsProcessTrusted")
	if err != nil {
		return false, fmt.Errorf("find the question: %w", err)
	}
	answer, _, _ := purego.SyscallN(ask)
	return answer&0xFF != 0, nil
}

// Key presses or releases a physical key.
func (q *quartz) Key(u Usage, down bool) error {
	name := q.names[u]
	if name == "" {
		return fmt.Errorf("%w: usage %#x", ErrNoKey, uint16(u))
	}
	if err := robot.KeyToggle(name, direction(down)); err != nil {
		return fmt.Errorf("input: %w", err)
	}
	return nil
}

// Text enters s as Unicode, line feed and tab as keys.
func (*quartz) Text(s string) error {
	for _, r := range s {
		switch r {
		case '\n':
			if err := robot.KeyTap("return"); err != nil {
				return fmt.Errorf("input: %w", err)
			}
		case '\t':
			if err := robot.KeyTap("tab"); err != nil {
				return fmt.Errorf("input: %w", err)
			}
		default:
			robot.Type(string(r))
		}
	}
	return nil
}

// Move puts the pointer at p.
func (*quartz) Move(p image.Point) error {
	robot.Move(p.X, p.Y)
	return nil
}

// Button presses or releases one of three buttons.
func (*quartz) Button(b Button, down bool) error {
	names := map[Button]string{Left: "left", Middle: "center", Right: "right"}
	if names[b] == "" {
		return fmt.Errorf("%w: button %d", ErrNoKey, b)
	}
	if err := robot.Toggle(names[b], direction(down)); err != nil {
		return fmt.Errorf("input: %w", err)
	}
	return nil
}

// Wheel turns by whole notches and keeps the rest. robotgo counts to the left.
func (q *quartz) Wheel(dx, dy int) error {
	q.dx, q.dy = q.dx+dx, q.dy+dy
	right, up := q.dx/notch, q.dy/notch
	q.dx, q.dy = q.dx%notch, q.dy%notch
	if right != 0 || up != 0 {
		robot.Scroll(-right, up, 0)
	}
	return nil
}

// Name returns "robotgo".
func (*quartz) Name() string { return "robotgo" }

// Close has nothing to give back.
func (*quartz) Close() error { return nil }

func direction(down bool) string {
	if down {
		return "down"
	}
	return "up"
}

// keyNames returns what robotgo calls each usage.
func keyNames() map[Usage]string {
	names := map[Usage]string{
		0x28: "enter", 0x29: "esc", 0x2A: "backspace", 0x2B: "tab", 0x2C: "space", 0x39: "capslock",
		0x49: "help", 0x4A: "home", 0x4B: "pageup", 0x4C: "delete", 0x4D: "end", 0x4E: "pagedown",
		0x4F: "right", 0x50: "left", 0x51: "down", 0x52: "up",
		0x53: "num_lock", 0x54: "num/", 0x55: "num*", 0x56: "num-", 0x57: "num+", 0x58: "num_enter",
		0x62: "num0", 0x63: "num.", 0x67: "num_equal",
		0xE0: "ctrll", 0xE1: "shiftl", 0xE2: "altl", 0xE3: "cmdl", 0xE4: "ctrlr", 0xE5: "shiftr", 0xE6: "altr", 0xE7: "cmdr",
	}
	for i, r := range "abcdefghijklmnopqrstuvwxyz1234567890" {
		names[Usage(0x04+i)] = string(r)
	}
	for i, r := range "-=[]\\\\;'`,./" { // the backslash has two places
		names[Usage(0x2D+i)] = string(r)
	}
	for n := 1; n <= 9; n++ {
		names[Usage(0x58+n)] = fmt.Sprintf("num%d", n)
	}
	for n := 1; n <= 12; n++ {
		names[Usage(0x39+n)] = fmt.Sprintf("f%d", n)
	}
	for n := 13; n <= 20; n++ {
		names[Usage(0x68-13+n)] = fmt.Sprintf("f%d", n)
	}
	delete(names, StopKey)
	return names
}
