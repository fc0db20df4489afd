package input

import (
	"slices"

	"golang.org/x/sys/windows"
)

// Place returns the key that makes r on the layout of the window in front
// (Microsoft, "VkKeyScanExW": the virtual key, and above it the Shift that it
// needs).
func (u *user32) Place(r rune) (Usage, bool) {
	const (
		basic     = 0xFFFF // it takes one unit of UTF-16
		shift     = 1
		keyToScan = 0 // MAPVK_VK_TO_VSC: keys that make characters have no prefix
	)
	if r > basic {
		return 0, false
	}
	front, _ := windows.GetWindowThreadProcessId(windows.GetForegroundWindow(), nil)
	layout, _, _ := u.layout.Call(uintptr(front))
	found, _, _ := u.produces.Call(uintptr(r), layout)
	vk, with := uint16(found)&0xFF, uint16(found)>>8
	if uint16(found) == 0xFFFF || with > shift {
		return 0, false
	}
	code, _, _ := u.meaning.Call(uintptr(vk), keyToScan)
	at := slices.Index(u.scans[:], uint16(code))
	return Usage(max(at, 0)), code != 0 && at > 0
}
