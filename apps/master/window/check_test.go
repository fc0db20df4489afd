package window

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"lotse/apps/ui"
	"lotse/apps/ui/checkup"
	"lotse/apps/ui/words"
	"lotse/master"
	"lotse/participant/session"
	"lotse/relay/dial"
)

// checked is a check that has gone as the test says.
type checked struct {
	state checkup.State
	asked []string
}

func (c *checked) Begin()               { c.asked = append(c.asked, "begin") }
func (c *checked) CallOff()             { c.asked = append(c.asked, "call off") }
func (c *checked) State() checkup.State { return c.state }

func TestCheckIsOfferedOnEveryPage(t *testing.T) {
	d := newDesk(words.English)
	if v := d.View(); v.Opening.Check != "" {
		t.Errorf("without a check: got %q", v.Opening.Check)
	}
	d.Offer(&checked{})
	const want = "Check my connection"
	if got := d.View().Opening.Check; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	d.Update(open())
	if got := d.View().Room.Check; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for reason, now := range map[session.Reason]bool{session.ReasonRelayUnreachable: true, session.ReasonProxyLogin: true, session.ReasonLicence: false} {
		d.Update(master.State{Phase: master.Ended, Reason: reason})
		v := d.View().Ended
		if now && (v.CheckNow != want || v.Check != "") || !now && (v.Check != want || v.CheckNow != "") {
			t.Errorf("%s: got %q and %q, want it beside the reason: %t", reason, v.CheckNow, v.Check, now)
		}
	}
}

func TestCheckMakesWayForWhoKnocks(t *testing.T) {
	d, c := newDesk(words.English), &checked{}
	d.Offer(c)
	d.Update(open())
	d.Check()
	if got := d.View().Page; got != CheckPage {
		t.Fatalf("got page %d, want the check", got)
	}
	d.Update(open(karl(func(*master.Member) {}))) // nobody waits
	if got := d.View().Page; got != CheckPage {
		t.Errorf("got page %d, want the check", got)
	}
	s := open()
	s.Knocks = []master.Knock{{Conn: 7, Name: "Karl"}}
	d.Update(s)
	if got := d.View().Page; got != RoomPage {
		t.Errorf("got page %d, want the door", got)
	}
	d.Update(open(karl(func(*master.Member) {})))
	d.Check()
	if d.Close() || d.View().Page != RoomPage || d.View().Room.Sure == "" {
		t.Errorf("got page %d, want to be asked whether to end it", d.View().Page)
	}
	if want := []string{"begin", "call off", "begin", "call off"}; !slices.Equal(c.asked, want) {
		t.Errorf("got %q, want %q", c.asked, want)
	}
}

func TestCheckIsDrawnAndCopied(t *testing.T) {
	w, d, _ := newTestWindow(t)
	c := &checked{state: checkup.State{Phase: checkup.Running, Servers: []string{"a.example:443"}, Tried: 4, Ways: 9}}
	d.Offer(c)
	w.Update(open())
	w.act(d.Check)()
	if w.status.Text != "4 of 9 ways tried" {
		t.Errorf("got %q, want how far it is", w.status.Text)
	}
	way := dial.Way{Relay: "a.example:443", Addr: "a.example:443", Kind: dial.TLS}
	c.state.Phase, c.state.Findings = checkup.Done, []dial.Finding{{Way: way, Took: 38 * time.Millisecond}}
	w.draw()
	w.act(func() { d.check.Details() })()
	l, ok := w.Window().Canvas().Focused().(*ui.Link)
	if !ok {
		t.Fatalf("got the focus on %T, want on the link", w.Window().Canvas().Focused())
	}
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	if d.View().Check.Ways != nil {
		t.Error("the link does not answer to the keyboard")
	}
	for _, o := range test.LaidOutObjects(w.Window().Canvas().Content()) {
		if link, ok := o.(*ui.Link); ok && link.Text() == "Copy report for IT" {
			test.Tap(link)
		}
	}
	if got := w.app.Clipboard().Content(); !strings.Contains(got, "a.example: Works: directly on port 443, 38 ms.") {
		t.Errorf("got %q in the clipboard", got)
	}
}
