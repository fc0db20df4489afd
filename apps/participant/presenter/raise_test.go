package presenter

import (
	"testing"

	"lotse/apps/ui/words"
	"lotse/participant"
	"lotse/participant/session"
)

func TestRunningAgainAsAdministratorTakesTwoAnswers(t *testing.T) {
	d := newDesk(words.English)
	at := func(r participant.Raise) RaiseView {
		d.Update(participant.State{Phase: session.Joined, Peer: hanna(), Grants: session.See | session.Control, Sharing: true, Raise: r})
		return d.View().Bar.Raise
	}
	for r, want := range map[participant.Raise]RaiseView{
		participant.Unraised:     {},
		participant.RaiseOffered: {Text: "Windows of administrators take no keys and clicks from afar.", Yes: "Run as administrator …"},
		participant.RaiseAsked: {
			Text: "Run this program again as administrator? Windows asks you next. The session goes on with what you have allowed; keys and clicks then reach every window.",
			Yes:  "Run as administrator", No: "Not now",
		},
		participant.Raising: {Text: "Please answer the question that Windows asks. The session goes on meanwhile."},
	} {
		if got := at(r); got != want {
			t.Errorf("%d: got %+v, want %+v", r, got, want)
		}
	}
	at(participant.Unraised)
	d.RaiseYes()
	d.expect(t)
	at(participant.RaiseOffered)
	d.RaiseYes()
	d.expect(t, "ask raise true")
	at(participant.RaiseAsked)
	d.RaiseYes()
	d.RaiseNo()
	d.expect(t, "raise", "ask raise false")
	at(participant.Raising)
	d.RaiseYes()
	d.expect(t)
}
