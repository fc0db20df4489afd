package window

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"lotse/apps/participant/presenter"
	"lotse/apps/participant/presenter/presentertest"
	"lotse/apps/ui"
	"lotse/apps/ui/words"
	"lotse/packaging/profile"
	"lotse/participant"
	"lotse/participant/session"
)

// desk is a presenter with a clock that stands still.
type desk struct {
	*presenter.Presenter
	did *presentertest.Commands
	at  time.Time
}

func hanna() session.Person {
	return session.Person{Name: "Hanna", Organisation: "Stadtwerke", Verified: true, PIN: true}
}

func (d *desk) question(g session.Grants) participant.State {
	return participant.State{Phase: session.Joined, Peer: hanna(), Question: &session.Question{
		ID: 7, From: hanna(), Grants: g, Why: "Drucker", Asked: d.at, Deadline: d.at.Add(30 * time.Second),
	}}
}

func (d *desk) pass(t time.Duration) { d.at = d.at.Add(t) }

func (d *desk) expect(t *testing.T, want ...string) {
	t.Helper()
	if got := d.did.Asked; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	d.did.Asked = nil
}

// newTestWindow draws with Fyne's own test driver, at once.
func newTestWindow(t *testing.T) (*Window, *desk) {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(ui.NewTheme(ui.Look{}))
	d := &desk{did: &presentertest.Commands{}, at: time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)}
	p := &profile.Profile{Organisation: "Stadtwerke", AppName: "Lotse"}
	d.Presenter = presenter.New(d.did, p, words.German, func() time.Time { return d.at })
	w := New(app, d.Presenter, func(f func()) { f() })
	w.Window().Show()
	return w, d
}

// find returns the objects of one type on the window's canvas.
func find[T fyne.CanvasObject](w *Window) []T {
	var out []T
	var walk func(o fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		if !o.Visible() {
			return
		}
		if x, ok := o.(T); ok {
			out = append(out, x)
		}
		switch x := o.(type) {
		case *fyne.Container:
			for _, c := range x.Objects {
				walk(c)
			}
		case fyne.Widget:
			for _, c := range test.WidgetRenderer(x).Objects() {
				walk(c)
			}
		}
	}
	walk(w.Window().Canvas().Content())
	return out
}

func press(t *testing.T, w *Window, text string) {
	t.Helper()
	for _, b := range find[*ui.Button](w) {
		if b.Text() == text {
			test.Tap(b)
			return
		}
	}
	t.Fatalf("no button %q", text)
}

func TestEnterInTheFieldConnects(t *testing.T) {
	w, d := newTestWindow(t)
	if got, want := w.Window().Canvas().Focused(), fyne.Focusable(w.entry); got != want {
		t.Errorf("got the focus on %T, want it on the field", got)
	}
	test.Type(w.entry, "48213739204")
	w.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.expect(t, "connect 48213 739204 ")
	if got := w.entry.Text; got != "" {
		t.Errorf("got %q left in the field, want nothing", got)
	}
}

func TestQuestionStartsAtNo(t *testing.T) {
	w, d := newTestWindow(t)
	w.Update(d.question(session.See | session.Control))
	b, ok := w.Window().Canvas().Focused().(*ui.Button)
	if !ok || b.Text() != "Ablehnen" {
		t.Fatalf("got the focus on %v, want it on Ablehnen", w.Window().Canvas().Focused())
	}
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	press(t, w, "Erlauben")
	d.expect(t)
	d.pass(time.Second)
	press(t, w, "Erlauben") // looks disabled until it is drawn anew, and is
	d.expect(t)
	w.draw()
	test.Tap(find[*widget.Check](w)[1])
	press(t, w, "Erlauben")
	d.expect(t, "answer 7 see")
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	d.expect(t, "answer 7 ")
}

func TestCountdownDoesNotTakeTheTicksAway(t *testing.T) {
	w, d := newTestWindow(t)
	w.Update(d.question(session.See | session.Control))
	check := find[*widget.Check](w)[1]
	test.Tap(check)
	d.pass(20 * time.Second)
	w.draw()
	if again := find[*widget.Check](w)[1]; again != check || again.Checked {
		t.Errorf("got a new or ticked checkbox, want the one that was unticked")
	}
	if got, want := w.text.Text, "noch 10 s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestF11InTheBarStops(t *testing.T) {
	w, d := newTestWindow(t)
	w.Update(participant.State{Phase: session.Joined, Peer: hanna(), Grants: session.See, Sharing: true})
	w.Window().Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyF11})
	press(t, w, "STOPP")
	test.Tap(find[*ui.Toggle](w)[0])
	d.expect(t, "stop stop_key", "stop stop_button", "grants ")
}

func TestRightThatIsOffCannotBePressedUnderControl(t *testing.T) {
	w, d := newTestWindow(t)
	w.Update(participant.State{Phase: session.Joined, Peer: hanna(), Grants: session.Control})
	for _, toggle := range find[*ui.Toggle](w) {
		test.Tap(toggle)
	}
	d.expect(t, "grants ") // control alone was taken away
}

func TestEndPageIsNotLeftByAStrayKey(t *testing.T) {
	w, d := newTestWindow(t)
	w.Update(d.question(session.See))
	w.Update(participant.State{Phase: session.Ended, Reason: session.ReasonStopKey})
	if got := w.Window().Canvas().Focused(); got != nil {
		t.Errorf("got the focus on %T, want it nowhere", got)
	}
	press(t, w, "Neue Sitzung")
	if got, want := w.presenter.View().Page, presenter.StartPage; got != want {
		t.Errorf("got page %d, want %d", got, want)
	}
}

func TestLargestQuestionFitsALaptop(t *testing.T) {
	const most = 768 - 48 - 30 // without the task bar and the title
	w, d := newTestWindow(t)
	s := d.question(session.All)
	s.Question.Why = strings.Repeat("Drucker neu einrichten, ", 5)
	w.Update(s)
	if got := w.Window().Canvas().Size().Height; got > most {
		t.Errorf("got a window %v high, want at most %d", got, most)
	}
}

func TestWindowsLookAsBefore(t *testing.T) {
	w, d := newTestWindow(t)
	test.AssertRendersToMarkup(t, "start.xml", w.Window().Canvas())
	w.Update(d.question(session.See))
	test.AssertRendersToMarkup(t, "question.xml", w.Window().Canvas())
}

func TestDrawnPartIsShown(t *testing.T) {
	w, d := newTestWindow(t)
	img, at, err := d.did.Picture(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.openRegion(img, at)
	win := w.app.Driver().AllWindows()[len(w.app.Driver().AllWindows())-1]
	drawn := &Window{win: win}
	pick, buttons := find[*picker](drawn), find[*ui.Button](drawn)
	if len(pick) != 1 || len(buttons) != 2 {
		t.Fatalf("got %d pictures to draw in and %d buttons, want one and two", len(pick), len(buttons))
	}
	show := buttons[1]
	origin, scale := pick[0].shown()
	place := func(x, y float32) fyne.Position { return origin.AddXY(x*scale, y*scale) }
	draw := func(x, y, x2, y2 float32) {
		pick[0].MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: place(x, y)}})
		pick[0].Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: place(x2, y2)}})
		pick[0].DragEnd()
	}
	draw(10, 10, 40, 500)
	test.Tap(show)
	d.expect(t) // too narrow
	draw(500, 400, 100, 5000)
	test.Tap(show)
	d.expect(t, "show region (0,450)-(400,650)")
}
