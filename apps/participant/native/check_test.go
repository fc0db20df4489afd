package native

import (
	"strings"
	"testing"
	"time"

	"lotse/apps/ui/checkup"
	"lotse/apps/ui/plain"
	"lotse/participant"
	"lotse/participant/session"
	"lotse/relay/dial"
)

// checked is a check that has gone as the test says.
type checked struct{ state checkup.State }

func (c *checked) Begin() {
	c.state = checkup.State{Phase: checkup.Running, Servers: []string{"a.example:443"}, Tried: 4, Ways: 9}
}
func (c *checked) CallOff()             { c.state.Phase = checkup.CalledOff }
func (c *checked) State() checkup.State { return c.state }

func TestCheckLeadsThereAndBack(t *testing.T) {
	d, c := newDesk(t), &checked{}
	d.presenter.Offer(c)
	d.is(participant.State{Phase: session.Ended, Reason: session.ReasonRelayUnreachable})
	d.press(t, "Check my connection")
	d.paper.cell(t, "4 of 9 ways tried")
	running := d.paper.form.Page
	if d.paper.form.Focus != d.paper.cell(t, "Cancel").ID {
		t.Errorf("got the focus on %d, want on the way to call it off", d.paper.form.Focus)
	}
	way := dial.Way{Relay: "a.example:443", Addr: "a.example:443", Kind: dial.TLS}
	c.state.Phase, c.state.Findings = checkup.Done, []dial.Finding{{Way: way, Took: 38 * time.Millisecond, Err: dial.ErrRelayKey}}
	d.Ticks()
	if d.paper.form.Page == running || d.paper.form.Focus != d.paper.cell(t, "Back").ID {
		t.Errorf("got page %d, focus %d, want the focus to move", d.paper.form.Page, d.paper.form.Focus)
	}
	if got := d.paper.cell(t, "A wrong key answers: somebody is in between, or it is another server."); got.Fill != plain.Stop {
		t.Errorf("got %+v, want it red", got)
	}
	d.press(t, "Show every way")
	d.paper.cell(t, "a.example:443, TLS: 38 ms: A wrong key answers: somebody is in between, or it is another server.")
	d.press(t, "Copy report for IT")
	if got := d.paper.copied; !strings.Contains(got, "\r\n") || !strings.Contains(got, "a.example:443, TLS: 38 ms, ") {
		t.Errorf("got %q in the clipboard", got)
	}
	d.press(t, "Check again")
	d.press(t, "Cancel")
	d.press(t, "Back")
	d.paper.cell(t, "Connect")
}
