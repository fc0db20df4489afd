package presenter

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lotse/apps/ui/checkup"
	"lotse/apps/ui/words"
	"lotse/participant"
	"lotse/participant/session"
	"lotse/relay/dial"
)

// doer is a check that has gone as the test says.
type doer struct {
	state checkup.State
	asked []string
}

func (d *doer) Begin()               { d.asked = append(d.asked, "begin") }
func (d *doer) CallOff()             { d.asked = append(d.asked, "call off") }
func (d *doer) State() checkup.State { return d.state }

func checking(lang words.Lang) (*desk, *doer) {
	d, check := newDesk(lang), &doer{}
	d.Offer(check)
	return d, check
}

func TestCheckIsOfferedWhereItHelps(t *testing.T) {
	d, _ := checking(words.English)
	for _, c := range []struct {
		reason session.Reason
		now    bool
	}{
		{session.ReasonNone, false},
		{session.ReasonWrongPIN, false},
		{session.ReasonRelayUnreachable, true},
		{session.ReasonRelayKey, true},
		{session.ReasonProxyLogin, true},
		{session.ReasonThrottled, false},
	} {
		d.Update(participant.State{Phase: session.Ended, Reason: c.reason})
		v := d.View().Start
		if got, want := [2]string{v.CheckNow, v.Check}, [2]string{"", "Check my connection"}; c.now == (got == want) || got[0]+got[1] != want[1] {
			t.Errorf("%q: got %q, want one of them, beside the reason: %t", c.reason, got, c.now)
		}
	}
	none := newDesk(words.English)
	none.Check()
	if v := none.View(); v.Page != StartPage || v.Start.Check+v.Start.CheckNow != "" {
		t.Errorf("without a check: got page %d, %+v", v.Page, v.Start)
	}
}

func TestCheckIsAPageThatASessionCloses(t *testing.T) {
	d, check := checking(words.English)
	d.Check()
	check.state = checkup.State{Phase: checkup.Running, Tried: 2, Ways: 9, Servers: []string{"a.example:443"}}
	if v := d.View(); v.Page != CheckPage || !v.Check.Running || v.Live.Text != "2 of 9 ways tried" {
		t.Errorf("got page %d, %+v, %q", v.Page, v.Check, v.Live.Text)
	}
	d.Update(participant.State{Phase: session.Connecting}) // such as another run's session
	if got := d.View().Page; got != WaitPage {
		t.Errorf("got page %d, want the session", got)
	}
	d.Check() // no way to it out of a session
	d.Update(participant.State{})
	if got := d.View().Page; got != StartPage {
		t.Errorf("got page %d, want the first one", got)
	}
	d.Check()
	if !d.Close() {
		t.Error("got a window that can't be closed")
	}
	if want := []string{"begin", "call off", "begin", "call off"}; !slices.Equal(check.asked, want) {
		t.Errorf("got %q, want %q", check.asked, want)
	}
}

func TestCheckSpeaksTheWindowsLanguage(t *testing.T) {
	d, check := checking(words.German)
	d.Check()
	way := dial.Way{Relay: "a.example:443", Addr: "a.example:443", Kind: dial.TLS}
	check.state = checkup.State{Phase: checkup.Done, Servers: []string{"a.example:443"}, Findings: []dial.Finding{{Way: way, Took: 38 * time.Millisecond}}}
	if got, want := d.View().Check.Lines[0].Says, "Geht: direkt über Port 443, 38 ms."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	d.SwitchLanguage()
	if got, want := d.CheckReport(), "a.example: Works: directly on port 443, 38 ms.\n"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
}
