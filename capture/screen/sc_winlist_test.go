package screen

import (
	"image"
	"slices"
	"testing"

	"lotse/capture"
)

// stack is a desktop from front to back: the Dock, a menu of program 7, two
// windows of it, one of program 8 and some that nobody shares.
func stack() []macWindow {
	screen, half := image.Rect(0, 0, 1000, 800), image.Rect(100, 100, 500, 500)
	return []macWindow{
		{id: 1, pid: 2, layer: 20, alpha: 1, shown: true, title: "Dock", app: "Dock", bounds: screen},
		{id: 2, pid: 7, layer: 101, alpha: 1, shown: true, app: "Editor", bounds: image.Rect(100, 100, 200, 300)},
		{id: 3, pid: 7, alpha: 1, shown: true, title: "let\u202eter\n", app: "Editor", bounds: half},
		{id: 12, pid: 8, layer: 25, alpha: 1, shown: true, app: "Browser", bounds: image.Rect(800, 0, 820, 24)},
		{id: 4, pid: 8, alpha: 1, shown: true, app: "Browser", bounds: image.Rect(0, 0, 600, 600)},
		{id: 5, pid: 7, alpha: 1, shown: true, title: "notes", app: "Editor", bounds: image.Rect(300, 300, 700, 700)},
		{id: 6, pid: 7, alpha: 0, shown: true, title: "glass", app: "Editor", bounds: screen},
		{id: 7, pid: 7, alpha: 1, title: "minimised", app: "Editor", bounds: screen},
		{id: 8, pid: 9, alpha: 1, shown: true, title: "Lotse", app: "Lotse", bounds: half},
		{id: 9, pid: 7, alpha: 1, shown: true, title: "flat", app: "Editor", bounds: image.Rect(1, 1, 9, 1)},
		{id: 10, pid: 7, alpha: 1, shown: true, bounds: half},
		{id: 11, pid: 7, alpha: 1, shown: true, title: "huge", app: "Editor", bounds: image.Rect(0, 0, capture.MaxSide+1, 9)},
	}
}

func TestOrdinaryWindowsOfOthersAreShareable(t *testing.T) {
	got := shareable(stack(), 9)
	want := []capture.Window{
		{ID: 3, Title: "let ter", App: "Editor", Bounds: image.Rect(100, 100, 500, 500)},
		{ID: 4, Title: "Browser", App: "Browser", Bounds: image.Rect(0, 0, 600, 600)},
		{ID: 5, Title: "notes", App: "Editor", Bounds: image.Rect(300, 300, 700, 700)},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestNobodyIsOfferedMoreWindowsThanCanBeLookedThrough(t *testing.T) {
	one := macWindow{id: 1, pid: 7, alpha: 1, shown: true, title: "a", bounds: image.Rect(0, 0, 9, 9)}
	if got := len(shareable(slices.Repeat([]macWindow{one}, 300), 9)); got != maxChoice {
		t.Errorf("got %d, want %d", got, maxChoice)
	}
}

func TestAClickLandsInTheFrontWindowOfItsProgram(t *testing.T) {
	for _, c := range []struct {
		pid  int64
		at   image.Point
		want uint32
	}{
		{7, image.Pt(150, 150), 2}, // the menu lies above the window
		{7, image.Pt(400, 150), 3},
		{7, image.Pt(400, 400), 3}, // the first of two
		{7, image.Pt(600, 600), 5},
		{7, image.Pt(900, 700), 0}, // only what can't be seen
		{8, image.Pt(10, 10), 4},
		{8, image.Pt(600, 600), 0}, // beside its last pixel
	} {
		if got := topmost(stack(), c.pid, c.at); got != c.want {
			t.Errorf("program %d at %v: got %d, want %d", c.pid, c.at, got, c.want)
		}
	}
}

func TestTypingGoesToTheFrontWindowOfItsProgram(t *testing.T) {
	all := stack()
	got := []uint32{foremost(all, 7), foremost(all[2:], 7), foremost(all, 8), foremost(all, 12)}
	if want := []uint32{2, 3, 4, 0}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
