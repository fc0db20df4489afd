package ui

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"lotse/capture/input"
)

// grabber takes the keys once it was asked often enough.
type grabber struct {
	r      *recorder
	refuse int
}

func (g *grabber) Take() bool {
	if g.refuse > 0 {
		g.refuse--
		g.r.add("refused")
		return false
	}
	g.r.add("take")
	return true
}

func (g *grabber) Give() { g.r.add("give") }

// watched is a view in a window, and what it sends.
func watched(t *testing.T) (*ScreenView, *recorder, *[]func()) {
	t.Helper()
	app := test.NewTempApp(t)
	r, later := &recorder{}, new([]func())
	v := NewScreenView(r, func(f func()) { f() })
	v.grab.later = func(_ time.Duration, f func()) { *later = append(*later, f) }
	w := app.NewWindow("")
	w.SetContent(v)
	w.Show()
	t.Cleanup(w.Close)
	return v, r, later
}

func TestSystemKeysAreTakenOnlyWhileKeysGoThere(t *testing.T) {
	v, r, _ := watched(t)
	changes := 0
	v.OnGrab = func() { changes++ }
	v.SetGrab(&grabber{r: r})
	v.FocusGained()
	expect(t, r.take()) // there is no control yet
	v.SetControl(true)
	expect(t, r.take(), "take")
	v.FocusLost()
	expect(t, r.take(), "release", "give")
	v.FocusGained()
	expect(t, r.take(), "take")
	v.SetControl(false)
	expect(t, r.take(), "release", "give")
	v.SetControl(true)
	v.SetGrab(nil)
	expect(t, r.take(), "take", "give")
	if v.Grabs() || changes != 6 {
		t.Errorf("got %t after %d changes, want none held after 6", v.Grabs(), changes)
	}
}

func TestARefusedGrabIsTriedAgainWhileItIsWanted(t *testing.T) {
	v, r, later := watched(t)
	v.SetGrab(&grabber{r: r, refuse: 2})
	v.SetControl(true)
	v.FocusGained()
	(*later)[0]()
	if v.Grabs() {
		t.Error("got keys that were refused")
	}
	(*later)[1]()
	expect(t, r.take(), "refused", "refused", "take")
	v.FocusLost()
	v.SetGrab(&grabber{r: r, refuse: 1})
	v.FocusGained()
	v.FocusLost()
	(*later)[2]() // too late: the focus is gone
	expect(t, r.take(), "release", "give", "refused", "release")
	v.SetGrab(&grabber{r: r, refuse: 1000})
	v.FocusGained()
	for i := 3; i < len(*later); i++ {
		(*later)[i]()
	}
	if got := len(r.take()); got != grabTries {
		t.Errorf("got %d attempts, want %d", got, grabTries)
	}
}

func TestCaughtKeysNeedFocusControlAndGrab(t *testing.T) {
	v, r, _ := watched(t)
	tab := chord{usage: keyTab, down: true}
	v.caught(tab)
	v.SetControl(true)
	v.FocusGained()
	v.caught(tab)
	expect(t, r.take())
	v.SetGrab(&grabber{r: r})
	v.caught(tab)
	expect(t, r.take(), "take", "+2B")
}

func TestLockKeysAreToldWithTheFocusAndWhenTheyTurn(t *testing.T) {
	v, r, _ := watched(t)
	now := input.NumLock
	v.OwnLocks = func() (input.LockState, error) { return now, nil }
	v.FocusGained()
	expect(t, r.take()) // there is no control yet
	v.SetControl(true)
	expect(t, r.take(), "locks 010")
	caps, keypad := &fyne.KeyEvent{Physical: fyne.HardwareKey{ScanCode: 1}}, &fyne.KeyEvent{Physical: fyne.HardwareKey{ScanCode: 2}}
	v.scan = scanTable{1: keyCapsLock, 2: 0x5F}
	now = input.CapsLock
	v.KeyDown(caps)
	v.KeyUp(caps)
	expect(t, r.take(), "locks 001")
	v.KeyDown(keypad)
	v.KeyUp(keypad)
	expect(t, r.take(), "+5F", "-5F")
	v.FocusLost()
	v.FocusGained()
	expect(t, r.take(), "release", "locks 001")
	v.OwnLocks = func() (input.LockState, error) { return 0, input.ErrUnsupported }
	v.KeyDown(caps)
	expect(t, r.take())
}

func TestTabLeavesAPictureWithoutControl(t *testing.T) {
	v, _, _ := watched(t)
	if v.AcceptsTab() {
		t.Error("got a picture that keeps Tab without control")
	}
	v.SetControl(true)
	if !v.AcceptsTab() {
		t.Error("got Tab for this window, want it for the other side")
	}
}
