package plain

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// person notes what the window tells of a person.
type person struct {
	did    chan string
	over   chan uint16
	ticked int
	onTick func()
}

func (p *person) Pressed(id uint16) { p.note("pressed", id) }
func (p *person) Ticked(id uint16, on bool) {
	p.note(map[bool]string{true: "ticked", false: "unticked"}[on], id)
}
func (p *person) Entered(id uint16, text string) { p.note("entered "+text, id) }
func (p *person) StopKey()                       { p.note("F11", 100) }
func (p *person) Hovered(id uint16) {
	select {
	case p.over <- id:
	default:
	}
}
func (p *person) Closed() bool { return true }

func (p *person) Ticks() {
	p.ticked++
	if p.onTick != nil {
		p.onTick()
	}
}

func (p *person) note(what string, id uint16) {
	select {
	case p.did <- what + " " + string(rune('0'+id-100)):
	default:
	}
}

func question() Form {
	return Form{
		Title: "Lotse", Band: "Somebody asks", Under: "development build", Width: 560, Page: 1, Focus: 101,
		Rows: []Row{
			{{Kind: Bold, Text: "Anna Meier from Nordlicht IT wants to:"}, {Kind: Badge, Text: "verified", Fill: 0x1B7F3B, Own: true}},
			{{Kind: Check, ID: 104, Text: "See your whole screen", On: true}},
			{{Kind: Check, ID: 105, Text: "Use your keyboard and mouse, together with you", On: true}},
			{{Kind: Small, Text: "Untick what you do not want. You can take every right back at any time."}},
			{{Kind: Line, Text: "If you do nothing: refused"}, {Kind: Bold, Text: "23 s left", Own: true}},
			{{Kind: Meter, Value: 0.6, Fill: 0x8F5A00}},
			{{Kind: Field, ID: 103, Text: "number and PIN"}},
			{{Kind: Button, ID: 101, Text: "Refuse", Fill: 0x5A6775}, {Kind: Button, ID: 102, Text: "Allow", Fill: 0x1B7F3B, Off: true}},
			{{Kind: Link, ID: 106, Text: "I did not expect this call", Fill: 0x0B5CAD}},
		},
	}
}

// show runs a window with f until the test ends.
func show(t *testing.T, f Form) (*Window, *person) {
	t.Helper()
	p := &person{did: make(chan string, 16), over: make(chan uint16, 16)}
	w, err := New(p, Brand{})
	if err != nil {
		t.Fatal(err)
	}
	w.Show(f)
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan error, 1)
	begun := make(chan struct{}, 1)
	p.onTick = func() {
		select {
		case begun <- struct{}{}:
		default:
		}
	}
	go func() { over <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-over
	})
	select {
	case <-begun:
	case err := <-over:
		over <- err
		t.Fatalf("the window ended: %v", err)
	case <-time.After(20 * time.Second):
		t.Fatal("no window within 20 s")
	}
	return w, p
}

// find returns the control with these words, as a screen reader finds it.
func find(t *testing.T, words string) uintptr {
	t.Helper()
	var found uintptr
	callback := windows.NewCallback(func(hwnd, _ uintptr) uintptr {
		var buf [256]uint16
		n := user32().call("GetWindowTextW", hwnd, uintptr(unsafe.Pointer(&buf[0])), 256)
		if windows.UTF16ToString(buf[:n]) == words {
			found = hwnd
		}
		return 1
	})
	title, err := windows.UTF16PtrFromString("Lotse")
	if err != nil {
		t.Fatal(err)
	}
	top := user32().call("FindWindowW", 0, uintptr(unsafe.Pointer(title)))
	user32().call("EnumChildWindows", top, callback, 0)
	return found
}

// press clicks a control.
func press(t *testing.T, words string) {
	t.Helper()
	const bmClick = 0x00F5
	hwnd := find(t, words)
	if hwnd == 0 {
		t.Fatalf("nothing says %q", words)
	}
	user32().call("SendMessageW", hwnd, bmClick, 0, 0)
}

func (p *person) next(t *testing.T) string {
	t.Helper()
	select {
	case got := <-p.did:
		return got
	case <-time.After(10 * time.Second):
		return "nothing"
	}
}

func TestWindowTellsWhatAPersonDoes(t *testing.T) {
	_, p := show(t, question())
	press(t, "Refuse")
	press(t, "See your whole screen")
	press(t, "I did not expect this call")
	got := []string{p.next(t), p.next(t), p.next(t)}
	if want := []string{"pressed 1", "unticked 4", "pressed 6"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDisabledButtonAnswersNothing(t *testing.T) {
	_, p := show(t, question())
	press(t, "Allow")
	press(t, "Refuse")
	if got, want := p.next(t), "pressed 1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBadgeIsDrawnAtOnce(t *testing.T) {
	w, p := show(t, question())
	seen := make(chan bool, 1)
	p.onTick = func() { // on the window's thread
		for _, c := range w.controls {
			if c.cell.Kind == Badge {
				dc := w.user.call("GetDC", w.hwnd)
				at := c.at.Min.X + 12
				colour := w.gdi.call("GetPixel", dc, uintptr(at), uintptr(c.at.Min.Y+4))
				w.user.call("ReleaseDC", w.hwnd, dc)
				select {
				case seen <- uint32(colour) == bgr(c.cell.Fill):
				default:
				}
			}
		}
	}
	select {
	case drawn := <-seen:
		if !drawn {
			t.Error("the badge is not there")
		}
	case <-time.After(10 * time.Second):
		t.Error("no badge")
	}
}

func TestF11IsTold(t *testing.T) {
	w, p := show(t, question())
	w.mu.Lock()
	hwnd := w.hwnd
	w.mu.Unlock()
	w.user.call("PostMessageW", hwnd, wmKeyDown, keyF11, 0)
	if got, want := p.next(t), "F11 0"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestArrowsChooseATimeAndTabDoesNot(t *testing.T) {
	const tab, right = 0x09, 0x27 // winuser.h
	f := question()
	f.Focus = 106 // the last one before the times
	f.Rows = append(f.Rows, Row{
		{Kind: Radio, ID: 107, Text: "until the end", On: true, Own: true},
		{Kind: Radio, ID: 108, Text: "an hour", Own: true},
	}, Row{{Kind: Button, ID: 109, Text: "More", Fill: Quiet}})
	w, p := show(t, f)
	reached := make(chan bool, 1)
	p.onTick = func() { // on the window's thread
		if w.focused() == 109 {
			select {
			case reached <- true:
			default:
			}
		}
	}
	w.mu.Lock()
	top := w.hwnd
	w.mu.Unlock()
	for range 2 { // over the times
		w.user.call("PostMessageW", top, wmKeyDown, tab, 0)
	}
	select {
	case <-reached:
	case <-time.After(10 * time.Second):
		t.Error("Tab did not lead over the times")
	}
	press(t, "Refuse")
	if got, want := p.next(t), "pressed 1"; got != want {
		t.Errorf("after Tab: got %q, want %q", got, want)
	}
	begun := false
	p.onTick = func() { // on the window's thread
		if !begun {
			begun = true
			w.step(find(t, "until the end"), true)
			w.user.call("PostMessageW", find(t, "until the end"), wmKeyDown, right, 0)
		}
	}
	if got, want := p.next(t), "ticked 8"; got != want {
		t.Errorf("after the arrow: got %q, want %q", got, want)
	}
}

func TestHoveringIsToldAndThatItEnds(t *testing.T) {
	w, p := show(t, question())
	w.mu.Lock()
	top := w.hwnd
	w.mu.Unlock()
	w.user.call("SetCursorPos", 0, 0)
	w.user.call("PostMessageW", top, wmSetCursor, find(t, "Refuse"), 1)
	for _, want := range []uint16{101, 0} { // the pointer is not really there, which the next tick finds
		for got := want + 1; got != want; {
			select {
			case got = <-p.over:
			case <-time.After(10 * time.Second):
				t.Fatalf("never told of %d", want)
			}
		}
	}
}

func TestWordsChangeInPlace(t *testing.T) {
	w, p := show(t, question())
	before := find(t, "23 s left")
	f := question()
	f.Rows[4][1].Text = "22 s left"
	f.Rows[7][1].Off = false
	changed := make(chan struct{}, 1)
	p.onTick = func() { // on the window's thread, after the form
		if find(t, "22 s left") == before {
			select {
			case changed <- struct{}{}:
			default:
			}
		}
	}
	w.Show(f)
	select {
	case <-changed:
	case <-time.After(10 * time.Second):
		t.Fatal("the words did not change, or not in place")
	}
	press(t, "Allow")
	if got, want := p.next(t), "pressed 2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestHold keeps the window open for a look at it.
func TestHold(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("LOTSE_HOLD"))
	if err != nil {
		t.Skip("LOTSE_HOLD says how long to keep the window open")
	}
	show(t, question())
	<-time.After(length)
}
