package window

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"lotse/apps/ui"
	"lotse/apps/ui/checkup"
	"lotse/relay/dial"
)

// checked is a check that has gone as the test says.
type checked struct{ state checkup.State }

func (c *checked) Begin() {
	c.state = checkup.State{Phase: checkup.Running, Servers: []string{"a.example:443"}, Ways: 9}
}
func (c *checked) CallOff()             { c.state.Phase = checkup.CalledOff }
func (c *checked) State() checkup.State { return c.state }

// follow presses the link that says so.
func follow(t *testing.T, w *Window, text string) {
	t.Helper()
	for _, l := range find[*ui.Link](w) {
		if l.Text() == text {
			test.Tap(l)
			return
		}
	}
	t.Fatalf("no link says %q", text)
}

func TestCheckLeadsThereAndBack(t *testing.T) {
	w, d := newTestWindow(t)
	c := &checked{}
	d.Offer(c)
	w.draw()
	follow(t, w, "Verbindung prüfen")
	if len(find[*widget.ProgressBarInfinite](w)) != 1 {
		t.Error("got no progress")
	}
	c.state.Tried = 4
	w.draw()
	if got, want := w.text.Text, "4 von 9 Wegen ausprobiert"; got != want || w.text.Hidden {
		t.Errorf("got %q, want %q", got, want)
	}
	if b, ok := w.Window().Canvas().Focused().(*ui.Button); !ok || b.Text() != "Abbrechen" {
		t.Errorf("got the focus on %v, want on the way to call it off", w.Window().Canvas().Focused())
	}
	way := dial.Way{Relay: "a.example:443", Addr: "a.example:443", Kind: dial.TLS}
	c.state.Phase, c.state.Findings = checkup.Done, []dial.Finding{{Way: way, Took: 38 * time.Millisecond}}
	w.draw()
	follow(t, w, "Jeden Weg zeigen")
	if _, ok := w.Window().Canvas().Focused().(*ui.Link); !ok {
		t.Errorf("got the focus on %T, want it to stay where it was", w.Window().Canvas().Focused())
	}
	follow(t, w, "Bericht für die IT kopieren")
	if got := w.app.Clipboard().Content(); !strings.Contains(got, "a.example:443, TLS: 38 ms, ok") {
		t.Errorf("got %q in the clipboard", got)
	}
	press(t, w, "Noch einmal prüfen")
	press(t, w, "Abbrechen")
	press(t, w, "Zurück")
	if w.Window().Canvas().Focused() != w.entry {
		t.Errorf("got the focus on %T, want the field", w.Window().Canvas().Focused())
	}
	follow(t, w, "Verbindung prüfen")
	w.key(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if got := find[*widget.Entry](w); len(got) != 1 {
		t.Error("Escape does not lead back")
	}
}
