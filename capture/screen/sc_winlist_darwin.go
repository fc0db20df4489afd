package screen

import (
	"os"

	"github.com/ebitengine/purego/objc"

	"lotse/capture"
)

// Which windows CGWindowListCopyWindowInfo tells of.
const (
	onScreenOnly     = 1 << 0
	includingWindow  = 1 << 3
	withoutTheIcons  = 1 << 4 // kCGWindowListExcludeDesktopElements
	everyWindowThere = onScreenOnly | withoutTheIcons
)

// windowsNow lists windows, the one in front first.
func (q *quartz) windowsNow(which, id uint32) []macWindow {
	defer pool()()
	list := q.windows(which, id)
	if list == 0 {
		return nil
	}
	defer q.release(list)
	var out []macWindow
	each(list, maxListed, func(w objc.ID) { out = append(out, q.macWindow(w)) })
	return out
}

// macWindow reads what the window server says of a window.
func (q *quartz) macWindow(w objc.ID) macWindow {
	value := func(key string) objc.ID { return w.Send(objc.RegisterName("objectForKey:"), text(key)) }
	number := func(key string) int64 { return objc.Send[int64](value(key), objc.RegisterName("longLongValue")) }
	p := macWindow{
		id: uint32(number("kCGWindowNumber")), pid: number("kCGWindowOwnerPID"), layer: number("kCGWindowLayer"),
		alpha: objc.Send[float64](value("kCGWindowAlpha"), objc.RegisterName("doubleValue")),
		shown: number("kCGWindowIsOnscreen") != 0,
		title: goString(value("kCGWindowName")), app: goString(value("kCGWindowOwnerName")),
	}
	var r cgRect
	if d := value("kCGWindowBounds"); d != 0 && q.rectOf(d, &r) {
		p.bounds = r.cover()
	}
	return p
}

func listWindows() ([]capture.Window, error) {
	q, err := loadQuartz()
	if err != nil {
		return nil, err
	}
	if _, err := loadKit(q); err != nil {
		return nil, err
	}
	return shareable(q.windowsNow(everyWindowThere, 0), int64(os.Getpid())), nil
}
