package screen

import (
	"image"

	"lotse/capture"
)

// macWindow is a window as the window server of macOS describes it.
type macWindow struct {
	id     uint32
	pid    int64
	layer  int64 // 0: an ordinary window; panels, menus and the Dock lie above
	alpha  float64
	shown  bool
	title  string
	app    string
	bounds image.Rectangle
}

// maxChoice is how many windows are listed at the most; nobody finds one among
// more.
const maxChoice = 256

// shareable returns the ordinary windows that can be seen, without those of
// the process self. Where macOS keeps a title back, the program's name stands
// for it.
func shareable(all []macWindow, self int64) []capture.Window {
	var out []capture.Window
	for _, p := range all {
		title := plain([]byte(p.title))
		if title == "" {
			title = plain([]byte(p.app))
		}
		if p.layer != 0 || p.alpha <= 0 || !p.shown || p.pid == self || title == "" || !fits(p.bounds) || len(out) == maxChoice {
			continue
		}
		out = append(out, capture.Window{ID: p.id, Title: title, App: plain([]byte(p.app)), Bounds: p.bounds})
	}
	return out
}

// topmost returns the window of a process that lies in front at p; all begins
// with the one in front. Without any it is 0.
func topmost(all []macWindow, pid int64, at image.Point) uint32 {
	for _, p := range all {
		if p.pid == pid && p.shown && p.alpha > 0 && at.In(p.bounds) {
			return p.id
		}
	}
	return 0
}

// The menu bar and what programs put at its end (kCGMainMenuWindowLevel,
// kCGStatusWindowLevel): always there, and never typed into.
const (
	layerMenuBar  = 24
	layerMenuItem = 25
)

// foremost returns the window of a process that lies in front of its others
// and so is typed into, or 0. A menu or a panel counts, too.
func foremost(all []macWindow, pid int64) uint32 {
	for _, p := range all {
		bar := p.layer == layerMenuBar || p.layer == layerMenuItem
		if p.pid == pid && !bar && p.shown && p.alpha > 0 && !p.bounds.Empty() {
			return p.id
		}
	}
	return 0
}
