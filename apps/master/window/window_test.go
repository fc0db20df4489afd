package window

import (
	"fmt"
	"image"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"lotse/apps/ui"
	"lotse/apps/ui/words"
	"lotse/capture"
	"lotse/capture/codec"
	"lotse/capture/input"
	"lotse/master"
	"lotse/participant/message"
	"lotse/participant/session"
	"lotse/participant/watch"
)

// room is a room with a picture that writes down what was steered.
type room struct {
	screen *watch.Screen
	sent   []string
	turns  []uint8
}

func (r *room) add(format string, args ...any) { r.sent = append(r.sent, fmt.Sprintf(format, args...)) }

func (r *room) Screen(uint8) *watch.Screen                { return r.screen }
func (r *room) Key(m uint8, u input.Usage, down bool)     { r.add("%d key %02X %t", m, int(u), down) }
func (r *room) Text(m uint8, s string)                    { r.add("%d text %s", m, s) }
func (r *room) Move(m uint8, at image.Point)              { r.add("%d move %d,%d", m, at.X, at.Y) }
func (r *room) Button(m uint8, b input.Button, down bool) { r.add("%d button %d %t", m, b, down) }
func (r *room) Letter(m uint8, u input.Usage, l rune)     { r.add("%d letter %02X %c", m, int(u), l) }
func (r *room) Wheel(m uint8, dx, dy int)                 { r.add("%d wheel %d,%d", m, dx, dy) }
func (r *room) Locks(m uint8, on input.LockState)         { r.add("%d locks %03b", m, on) }
func (r *room) Release(m uint8)                           { r.add("%d release", m) }
func (r *room) Wish(m uint8, w master.Wish)               { r.add("%d wish %t %d", m, w.Grey, w.Rate) }
func (r *room) Look(m uint8, d uint32)                    { r.add("%d look %d", m, d) }

func (r *room) Mark(m uint8, mark message.Mark) {
	r.add("%d mark %d kind %d %v %t %s", m, mark.ID, mark.Look, mark.Points, mark.Adds, mark.Text)
}
func (r *room) Wipe(m uint8, id uint16) { r.add("%d wipe %d", m, id) }
func (r *room) Turn(m uint8)            { r.turns = append(r.turns, m) }

func (r *room) expect(t *testing.T, want ...string) {
	t.Helper()
	if got := r.sent; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	r.sent = nil
}

// picture is a grey screen of 640 × 400.
func picture(t *testing.T) *watch.Screen {
	t.Helper()
	const w, h = 640, 400
	f := &capture.Frame{W: w, H: h, Stride: 4 * w, Pix: make([]byte, 4*w*h), Dirty: []image.Rectangle{image.Rect(0, 0, w, h)}}
	for i := range f.Pix {
		f.Pix[i] = 0x80
	}
	enc, err := codec.NewEncoder(codec.Config{LosslessOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	update, err := enc.Encode(nil, f, codec.Options{Key: true})
	if err != nil {
		t.Fatal(err)
	}
	s := watch.NewScreen(func() {})
	s.Announce(image.Pt(w, h))
	if err := s.Update(update); err != nil {
		t.Fatal(err)
	}
	return s
}

func newTestWindow(t *testing.T) (*Window, *desk, *room) {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(ui.NewTheme(ui.Look{}))
	d, r := newDesk(words.English), &room{screen: picture(t)}
	w := New(app, d.Presenter, r, func(f func()) { f() })
	w.locks = func() (input.LockState, error) { return 0, input.ErrUnsupported }
	w.Window().Show()
	return w, d, r
}

func sharing(g session.Grants) master.State {
	return open(karl(func(m *master.Member) { m.Grants, m.Sharing = g, true }))
}

func key(scan int) *fyne.KeyEvent {
	return &fyne.KeyEvent{Physical: fyne.HardwareKey{ScanCode: scan}}
}

func mouse(x, y float32) *desktop.MouseEvent {
	return &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(x, y)}, Button: desktop.MouseButtonPrimary}
}

func TestViewerOpensWithThePictureAndClosesWithTheMember(t *testing.T) {
	w, _, r := newTestWindow(t)
	w.Update(open(karl(func(*master.Member) {})))
	if len(w.viewers) != 0 {
		t.Fatalf("got %d viewers before anything is shown, want none", len(w.viewers))
	}
	w.Update(sharing(session.See))
	w.Picture(2)
	v := w.viewers[2]
	if v == nil || !v.shown {
		t.Fatal("got no viewer, want one")
	}
	v.screen.MouseMoved(mouse(300, 200))
	v.screen.KeyDown(key(38))
	v.screen.TypedRune('a')
	r.expect(t) // viewing is not steering
	w.Update(open(karl(func(m *master.Member) { m.Gone = session.ReasonLeft })))
	if w.viewers[2] != v || !v.shown || v.drawn.Left != "The customer left the session." {
		t.Fatalf("got %+v after the member left, want a window that says so", w.viewers)
	}
	w.Update(open())
	if len(w.viewers) != 0 {
		t.Errorf("got %d viewers after the list forgot the member, want none", len(w.viewers))
	}
}

func TestViewerOfSomebodyWhoLeftClosesForGood(t *testing.T) {
	w, d, r := newTestWindow(t)
	w.Update(sharing(session.See | session.Control))
	w.Picture(2)
	v := w.viewers[2]
	gone := open(karl(func(m *master.Member) { m.Gone = session.ReasonStopKey }))
	w.Update(gone)
	r.expect(t, "2 release")
	v.screen.TypedRune('a')
	v.screen.MouseDown(mouse(10, 10))
	w.Picture(2)
	r.expect(t)
	w.act(v.close)()
	if len(w.viewers) != 0 {
		t.Errorf("got %d viewers, want none", len(w.viewers))
	}
	w.Update(gone)
	if len(w.viewers) != 0 {
		t.Errorf("got %d viewers of somebody who left, want none", len(w.viewers))
	}
	w.Update(sharing(session.See)) // somebody new under the same number
	if len(w.viewers) != 1 || !w.viewers[2].drawn.Sharing {
		t.Errorf("got %+v, want a viewer with a picture", w.viewers)
	}
	d.expect(t)
}

func TestViewerFitsTheModeratorsScreen(t *testing.T) {
	for room, want := range map[fyne.Size]fyne.Size{
		{}:                          {Width: viewerWidth, Height: viewerHeight},
		{Width: 1920, Height: 1040}: {Width: viewerWidth, Height: viewerHeight},
		{Width: 1366, Height: 700}:  {Width: viewerWidth, Height: 700},
		{Width: 1024, Height: 740}:  {Width: 1024, Height: 740},
	} {
		if got := firstSize(room); got != want {
			t.Errorf("in %v: got %v, want %v", room, got, want)
		}
	}
}

func TestF11InTheViewerStaysHere(t *testing.T) {
	w, _, r := newTestWindow(t)
	w.Update(sharing(session.See | session.Control))
	v := w.viewers[2].screen
	f11 := key(95) // X11 keycode
	v.KeyDown(f11)
	v.TypedKey(f11)
	v.KeyUp(f11)
	r.expect(t)
	v.KeyDown(key(96)) // F12 does leave
	r.expect(t, "2 key 45 true")
}

func TestControlEndsWithEverythingReleased(t *testing.T) {
	w, _, r := newTestWindow(t)
	w.Update(sharing(session.See | session.Control))
	v := w.viewers[2].screen
	v.Resize(fyne.NewSize(640, 400))
	v.Picture()
	v.MouseDown(mouse(100, 50))
	v.TypedRune('ä')
	v.MouseUp(mouse(100, 50))
	r.expect(t, "2 move 100,50", "2 button 1 true", "2 text ä", "2 button 1 false")
	w.Update(sharing(session.See))
	v.MouseDown(mouse(10, 10))
	v.TypedRune('b')
	r.expect(t, "2 release")
}

func TestClosingTheViewerHandsControlBack(t *testing.T) {
	w, d, r := newTestWindow(t)
	w.Update(sharing(session.See | session.Control))
	w.viewers[2].close()
	d.expect(t, "give back 2 control")
	w.viewers[2].screen.TypedRune('a')
	r.expect(t, "2 release")
	w.show(2)
	if !w.viewers[2].shown {
		t.Error("got no viewer, want it back")
	}
}

func TestReasonStaysWhileTheWindowIsDrawnAnew(t *testing.T) {
	w, d, _ := newTestWindow(t)
	w.Update(open(karl(func(*master.Member) {})))
	e := w.reasons[2]
	w.Window().Canvas().Focus(e)
	test.Type(e, "printer")
	s := open(karl(func(*master.Member) {}))
	s.Knocks = []master.Knock{{Conn: 7}}
	w.Update(s)
	if got := w.Window().Canvas().Focused(); got != fyne.Focusable(e) {
		t.Errorf("got the focus on %T, want it on the reason", got)
	}
	d.Ask(2, session.See, w.reason(2))
	d.expect(t, `ask 2 see+point "printer"`)
}

func TestCopyShortcutCopiesTheCode(t *testing.T) {
	w, _, _ := newTestWindow(t)
	w.Update(open())
	w.copy()
	if got, want := w.app.Clipboard().Content(), "48213-739204"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPictureFollowsThePointer(t *testing.T) {
	for _, c := range []struct{ offset, at, port, whole, want float32 }{
		{0, 100, 400, 300, 0},     // all of it is shown
		{100, 300, 400, 900, 100}, // in the middle
		{100, 110, 400, 900, 70},  // near the left edge
		{100, 490, 400, 900, 130}, // near the right edge
		{0, 5, 400, 900, 0},       // nothing is further left
		{480, 899, 400, 900, 500}, // nothing is further right
	} {
		if got := follow(c.offset, c.at, c.port, c.whole); got != c.want {
			t.Errorf("offset %v, pointer at %v: got %v, want %v", c.offset, c.at, got, c.want)
		}
	}
}

// drag presses, moves and lets go over pixels of the picture, which stands in
// the middle.
func drag(v *Viewer, points ...image.Point) {
	room := v.screen.Size()
	at := func(p image.Point) *desktop.MouseEvent {
		return mouse(float32(int(room.Width-640)/2+p.X), float32(int(room.Height-400)/2+p.Y))
	}
	v.screen.MouseDown(at(points[0]))
	for _, p := range points[1:] {
		v.screen.MouseMoved(at(p))
	}
	v.screen.MouseUp(at(points[len(points)-1]))
}

func TestPointingComesFirstAndNeverSteers(t *testing.T) {
	w, _, r := newTestWindow(t)
	w.Update(sharing(session.See | session.Point))
	w.Picture(2)
	v := w.viewers[2]
	v.sketch.now = func() time.Time { return time.Unix(1, 0) } // all at once
	drag(v, image.Pt(10, 20), image.Pt(12, 22), image.Pt(30, 40))
	r.expect(t, "2 mark 1 kind 1 [(10,20)] false ", "2 mark 1 kind 1 [(30,40)] false ")
	v.sketch.tool = ArrowTool
	drag(v, image.Pt(10, 20), image.Pt(12, 22), image.Pt(30, 40))
	r.expect(t, "2 mark 2 kind 2 [(10,20) (12,22)] false ", "2 mark 2 kind 2 [(10,20) (30,40)] false ")
	v.sketch.tool = MarkerTool
	drag(v, image.Pt(10, 20), image.Pt(12, 22), image.Pt(30, 40))
	r.expect(t, "2 mark 3 kind 3 [(10,20)] false ", "2 mark 3 kind 3 [(12,22) (30,40)] true ")
	w.Update(sharing(session.See | session.Point | session.Control))
	if v.sketch.tool != Hand {
		t.Errorf("got tool %d once control was given, want keyboard and mouse", v.sketch.tool)
	}
	v.sketch.tool = BoxTool
	v.take(Hand)
	drag(v, image.Pt(10, 20), image.Pt(30, 40))
	r.expect(t, "2 mark 4 kind 5 [(10,20) (30,40)] false ")
	w.Update(open(karl(func(m *master.Member) {
		m.Grants, m.Sharing, m.Asked = session.See|session.Point, true, session.Control
	})))
	r.sent = nil
	drag(v, image.Pt(10, 20), image.Pt(30, 40))
	r.expect(t)
}

func TestClipboardFollowsTheViewerInFront(t *testing.T) {
	w, _, r := newTestWindow(t)
	w.Update(sharing(session.See))
	w.Picture(2)
	v := w.viewers[2]
	v.screen.MouseDown(mouse(300, 200)) // takes the focus
	v.screen.FocusLost()
	if want := []uint8{2, 0}; !slices.Equal(r.turns, want) {
		t.Errorf("got %v, want %v", r.turns, want)
	}
}
