package native

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lotse/apps/participant/presenter"
	"lotse/apps/participant/presenter/presentertest"
	"lotse/apps/ui/plain"
	"lotse/apps/ui/words"
	"lotse/packaging/profile"
	"lotse/participant"
	"lotse/participant/session"
)

// paper is a screen that keeps what was drawn.
type paper struct {
	form   plain.Form
	typed  string
	copied string
	closed bool
	shown  chan struct{}
}

func (p *paper) Show(f plain.Form)       { p.form = f }
func (p *paper) Wake()                   {}
func (p *paper) Close()                  { p.closed = true }
func (p *paper) Typed(uint16) string     { return p.typed }
func (p *paper) Clear(uint16)            { p.typed = "" }
func (p *paper) Copy(text string)        { p.copied = text }
func (p *paper) ID() uint32              { return 77 }
func (p *paper) Shown() <-chan struct{}  { return p.shown }
func (*paper) Run(context.Context) error { return nil }

// cell returns the cell that says so.
func (p *paper) cell(t *testing.T, text string) plain.Cell {
	t.Helper()
	for _, row := range p.form.Rows {
		for _, c := range row {
			if strings.TrimSpace(c.Text) == text {
				return c
			}
		}
	}
	t.Fatalf("nothing says %q in %+v", text, p.form)
	return plain.Cell{}
}

// desk is a window on paper, with a clock that stands still.
type desk struct {
	*Window
	paper *paper
	did   *presentertest.Commands
	at    time.Time
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{paper: &paper{}, did: &presentertest.Commands{}, at: time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)}
	p := &profile.Profile{Organisation: "Stadtwerke", AppName: "Lotse"}
	d.Window = &Window{win: d.paper, presenter: presenter.New(d.did, p, words.English, func() time.Time { return d.at })}
	if err := d.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

// is shows a state.
func (d *desk) is(s participant.State) {
	d.Update(s)
	d.Ticks()
}

// press presses what says so.
func (d *desk) press(t *testing.T, text string) {
	t.Helper()
	c := d.paper.cell(t, text)
	if c.ID == 0 || c.Off {
		t.Fatalf("%q can't be pressed: %+v", text, c)
	}
	d.Pressed(c.ID)
}

func (d *desk) tick(t *testing.T, text string, on bool) {
	t.Helper()
	d.Ticked(d.paper.cell(t, text).ID, on)
}

func (d *desk) expect(t *testing.T, want ...string) {
	t.Helper()
	if got := d.did.Asked; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	d.did.Asked = nil
}

func hanna() session.Person {
	return session.Person{Name: "Hanna", Organisation: "Stadtwerke", Verified: true, PIN: true}
}

func (d *desk) asked(g session.Grants) participant.State {
	return participant.State{Phase: session.Joined, Peer: hanna(), Question: &session.Question{
		ID: 7, From: hanna(), Grants: g, Why: "Printer", Asked: d.at, Deadline: d.at.Add(30 * time.Second),
	}}
}

func TestFirstPageIsTheOrganisationsOwn(t *testing.T) {
	d := newDesk(t)
	p := &profile.Profile{
		Organisation: "Stadtwerke", AppName: "Hilfe", UpdatePage: "https://lotse.example/neu",
		Texts: profile.Texts{Welcome: profile.Sentences{"en": "Welcome aboard"}, Contact: profile.Sentences{"en": "Call 0800 000"}},
	}
	d.presenter = presenter.New(d.did, p, words.English, func() time.Time { return d.at })
	d.is(participant.State{Phase: session.Ended, Reason: session.ReasonUpgrade})
	d.paper.cell(t, "Welcome aboard")
	d.paper.cell(t, "Call 0800 000")
	if got := d.paper.form.Title + ", " + d.paper.form.Band; got != "Hilfe, Stadtwerke" {
		t.Errorf("got %q, want the program's name and the organisation's", got)
	}
	d.press(t, "Open the download page")
	d.expect(t, "browse https://lotse.example/neu")
}

func TestCodeIsTakenByButtonAndByEnter(t *testing.T) {
	d := newDesk(t)
	d.paper.typed = "nonsense"
	d.press(t, "Connect")
	d.expect(t)
	d.paper.typed = "48213-739204"
	d.press(t, "Connect")
	if d.paper.typed != "" {
		t.Error("the PIN still stands in the field")
	}
	d.expect(t, "connect 48213 739204 ")
	d.press(t, "Cancel")
	d.expect(t, "cancel")
	d = newDesk(t)
	d.Entered(idEntry, "48213 739204")
	d.expect(t, "connect 48213 739204 ")
}

func TestQuestionIsAnsweredAsTicked(t *testing.T) {
	d := newDesk(t)
	d.is(d.asked(session.See | session.Control))
	if c := d.paper.cell(t, "Allow"); !c.Off {
		t.Error("a fresh question can be answered")
	}
	d.at = d.at.Add(10 * time.Second)
	d.Ticks()
	for _, text := range []string{"verified", "20 s left", "Reason given: Printer"} {
		d.paper.cell(t, text)
	}
	if !d.paper.form.Above || d.paper.form.Focus != d.paper.cell(t, "Deny").ID {
		t.Errorf("got %+v, want a window above all others with the focus on no", d.paper.form)
	}
	d.tick(t, "Use your keyboard and mouse", false)
	d.press(t, "Allow")
	d.press(t, "Deny")
	d.press(t, "I did not expect this call")
	d.expect(t, "answer 7 see", "answer 7 ", "stop unexpected_call")
}

func TestBarGivesTakesAndStops(t *testing.T) {
	d := newDesk(t)
	s := participant.State{Phase: session.Joined, Peer: hanna(), Grants: session.See, Sharing: true}
	d.is(s)
	d.tick(t, "See screen", false)
	d.tick(t, "Control", true)
	d.Hovered(d.paper.cell(t, "STOP").ID)
	d.Hovered(0)
	d.press(t, "STOP")
	d.StopKey()
	if d.Closed() {
		t.Error("a window closes while somebody is connected")
	}
	d.expect(t, "grants ", "grants see+control", "aside true", "aside false", "stop stop_button", "stop stop_key")
	s.Grants, s.Steered = session.See|session.Control, true
	d.is(s)
	if c := d.paper.cell(t, "Control"); !c.On || c.Off {
		t.Errorf("got %+v, want a right that can be taken", c)
	}
	d.Ticked(idChips+99, true)
	d.Pressed(99)
	d.expect(t)
}

func TestWhatIsShownIsChosenBesideSTOP(t *testing.T) {
	d := newDesk(t)
	d.is(participant.State{Phase: session.Joined, Peer: hanna(), Grants: session.See, Sharing: true})
	d.press(t, "Change …")
	d.paper.cell(t, "STOP")
	d.press(t, "Rechnung.xlsx")
	d.expect(t, "show window 9")
	d.paper.cell(t, "See screen")
	d.press(t, "Change …")
	d.press(t, "Cancel")
	d.Pressed(idChoices + 99)
	d.expect(t)
	d.paper.cell(t, "See screen")
}

func TestQuestionDoesNotComeUpBehindAList(t *testing.T) {
	d := newDesk(t)
	d.is(participant.State{Phase: session.Joined, Peer: hanna(), Grants: session.See, Sharing: true})
	d.press(t, "Change …")
	d.is(d.asked(session.See | session.Control))
	d.paper.cell(t, "Allow")
	d.press(t, "Change …")
	d.paper.cell(t, "30 s left")
	again := d.asked(session.See | session.Control)
	again.Question.ID = 8
	before := d.paper.form.Page
	d.is(again)
	d.paper.cell(t, "Allow")
	if got := d.paper.form.Page; got == before {
		t.Errorf("got page %d for another question, want another one", got)
	}
	d.expect(t)
}

func TestOthersDoNotReadAListOfWindows(t *testing.T) {
	d := newDesk(t)
	d.is(participant.State{Phase: session.Joined, Peer: hanna(), Grants: session.See, Sharing: true})
	own := participant.Own{Main: 77, Known: true}
	for _, c := range []struct {
		press string
		want  []uint32
	}{{"Change …", []uint32{77}}, {"Cancel", nil}, {"Change …", []uint32{77}}, {"Rechnung.xlsx", nil}} {
		d.press(t, c.press)
		if own.Private = c.want; !reflect.DeepEqual(d.did.Windowed, own) {
			t.Errorf("after %q: got %+v, want %+v", c.press, d.did.Windowed, own)
		}
	}
}

func TestTimeIsChosenWithTheAnswerAndLater(t *testing.T) {
	d := newDesk(t)
	d.is(d.asked(session.See | session.Control))
	d.at = d.at.Add(time.Second)
	d.Ticks()
	if !d.paper.cell(t, "until the end").On || d.paper.cell(t, "15 minutes").On {
		t.Error("a time is chosen that nobody chose")
	}
	d.tick(t, "15 minutes", true)
	if d.paper.cell(t, "until the end").On || !d.paper.cell(t, "15 minutes").On {
		t.Error("the time that was chosen is not shown")
	}
	d.press(t, "Allow")
	s := participant.State{Phase: session.Joined, Peer: hanna(), Grants: session.See, Sharing: true}
	d.is(s)
	d.press(t, "Time limit …")
	d.paper.cell(t, "STOP")
	d.press(t, "5 minutes")
	d.expect(t, "answer 7 see+control for 15m0s", "limit see 5m0s")
	s.Ends = map[session.Grants]time.Time{session.See: d.at.Add(65 * time.Second)}
	d.is(s)
	d.paper.cell(t, "Ends by itself: See screen in 1:05 min")
}

func TestF11CanBeTried(t *testing.T) {
	d := newDesk(t)
	s := participant.State{Phase: session.Joined, Peer: hanna()}
	d.is(s)
	d.press(t, "Try F11 now")
	d.expect(t, "rehearse true")
	s.Rehearsal = participant.Rehearsing
	d.is(s)
	d.press(t, "Do not try")
	d.expect(t, "rehearse false")
	s.Rehearsal = participant.Rehearsed
	d.is(s)
	d.paper.cell(t, "It works: that is how you stop everything. From now on F11 ends the session.")
}

func TestHistoryIsShownAndCopied(t *testing.T) {
	d := newDesk(t)
	ledger := []session.Entry{{At: d.at, What: "asked", About: session.See}, {At: d.at, What: "declined"}}
	d.is(participant.State{Phase: session.Joined, Peer: hanna(), Ledger: ledger})
	d.press(t, "History")
	at := d.at.Local().Format("15:04:05")
	d.paper.cell(t, at+"  You were asked: See screen\r\n"+at+"  You said no")
	d.press(t, "Hide history")
	d.is(participant.State{Phase: session.Ended, Reason: session.ReasonStopKey, Peer: hanna(), Ledger: ledger})
	d.press(t, "Copy")
	if want := at + "  You said no\r\n"; !strings.HasSuffix(d.paper.copied, want) {
		t.Errorf("got %q copied, want it to end in %q", d.paper.copied, want)
	}
	d.paper.cell(t, "Copied")
}

func TestNoSessionGoesOnBeforeTheWindowIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &paper{shown: make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		w, began := &Window{win: p}, false
		part := w.Beside(func(context.Context) error {
			began = true
			return nil
		})
		go func() { _ = part(ctx) }()
		synctest.Wait()
		if began {
			t.Error("the session goes on, and nothing is shown")
		}
		close(p.shown)
		synctest.Wait()
		if !began {
			t.Error("the window is shown, and the session does not go on")
		}
		cancel()
		p.shown = nil
		if err := part(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want that it was called off", err)
		}
	})
}

func TestWindowGivesSignsOfLife(t *testing.T) {
	d := newDesk(t)
	d.Ticks()
	d.Ticks()
	if got := d.did.Beats; got != 2 {
		t.Errorf("got %d signs of life of two ticks, want 2", got)
	}
}

func TestEndTellsWhatHappenedAndLeaves(t *testing.T) {
	d := newDesk(t)
	over := participant.State{Phase: session.Ended, Reason: session.ReasonStopKey, Peer: hanna(), Ledger: []session.Entry{
		{At: d.at, What: "asked", About: session.See}, {At: d.at, What: "ended"},
	}}
	d.is(over)
	box := slices.IndexFunc(d.paper.form.Rows, func(r plain.Row) bool { return r[0].Kind == plain.Box })
	if box < 0 || !strings.Contains(d.paper.form.Rows[box][0].Text, "You were asked: See screen\r\n") {
		t.Errorf("got %+v, want what happened", d.paper.form.Rows)
	}
	d.press(t, "New session")
	d.paper.cell(t, "Connect")
	d.press(t, "Deutsch")
	d.paper.cell(t, "Verbinden")
	d = newDesk(t)
	d.is(over)
	d.press(t, "Close")
	if !d.paper.closed || !d.Closed() {
		t.Error("the window stays open")
	}
}

func TestEveryRowFitsItsPage(t *testing.T) {
	d := newDesk(t)
	for _, s := range []participant.State{
		{},
		{Phase: session.Connecting},
		{Phase: session.Waiting, Words: "12 34"},
		d.asked(session.All),
		{Phase: session.Joined, Peer: hanna(), Grants: session.All, Sharing: true, Warning: session.ReasonNoStopKey},
		{Phase: session.Lost, Peer: hanna(), ResumeUntil: d.at.Add(time.Minute)},
		{Phase: session.Ended, Reason: session.ReasonUnexpectedCall, Peer: hanna()},
	} {
		d.is(s)
		seen := map[uint16]bool{}
		for _, row := range d.paper.form.Rows {
			for _, c := range row {
				if c.ID != 0 && seen[c.ID] {
					t.Errorf("%v: %d is there twice", s.Phase, c.ID)
				}
				seen[c.ID] = true
				if c.Kind != plain.Gap && c.Kind != plain.Meter && c.Text == "" && len(row) == 1 {
					t.Errorf("%v: an empty row of kind %d", s.Phase, c.Kind)
				}
			}
		}
	}
}
