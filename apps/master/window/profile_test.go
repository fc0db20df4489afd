package window

import (
	"context"
	"testing"
	"time"

	"lotse/apps/ui/renew"
	"lotse/apps/ui/words"
	"lotse/master"
	"lotse/packaging/profile"
	"lotse/packaging/update"
	"lotse/participant/session"
)

func deskOf(p *profile.Profile) *desk {
	d := &desk{did: &commands{}, at: time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)}
	d.Presenter = NewPresenter(d.did, p, words.English, func() time.Time { return d.at })
	return d
}

func TestForbiddenRightIsNotAskedFor(t *testing.T) {
	d := deskOf(&profile.Profile{Never: []string{"control", "clipboard_in", "clipboard_out"}})
	d.Update(open(karl(func(m *master.Member) { m.Grants, m.Sharing = session.See, true })))
	if m := d.View().Room.Members[0]; m.AskControl != "" {
		t.Errorf("got the button %q", m.AskControl)
	}
	if v := d.Viewer(2); v.Ask != "" || v.AskFor != 0 || v.ClipAsk != "" {
		t.Errorf("got the buttons %q and %q", v.Ask, v.ClipAsk)
	}
	d.Ask(2, session.Control, "")
	d.Ask(2, session.ClipboardIn|session.ClipboardOut, "")
	d.expect(t)
	d.Ask(2, session.Control|session.Point, "")
	d.expect(t, `ask 2 point ""`)
}

func TestOneWayOfTheClipboardIsAskedForWhereTheOtherIsForbidden(t *testing.T) {
	d := deskOf(&profile.Profile{Never: []string{"clipboard_out"}})
	d.Update(open(karl(func(m *master.Member) { m.Grants, m.Sharing = session.See, true })))
	if v := d.Viewer(2); v.ClipAsk == "" {
		t.Error("got no button for the clipboard")
	}
	d.Ask(2, clipboards, "")
	d.expect(t, `ask 2 clipboard_in ""`)
}

func TestTooOldAMasterLeadsToTheProfilesPage(t *testing.T) {
	d := deskOf(&profile.Profile{UpdatePage: "https://lotse.example/neu"})
	for why, want := range map[session.Reason]string{
		session.ReasonUpgrade: "Open the download page", session.ReasonProfileOver: "Open the download page", session.ReasonLicence: "",
	} {
		d.Update(master.State{Phase: master.Ended, Reason: why})
		if got := d.View().Ended.Update; got != want {
			t.Errorf("%s: got %q, want %q", why, got, want)
		}
		d.UpdatePage()
		if want != "" {
			d.expect(t, "browse https://lotse.example/neu")
		}
		d.expect(t)
	}
}

func TestRoomThatNeverOpenedIsNotOver(t *testing.T) {
	d := deskOf(&profile.Profile{})
	for number, want := range map[string]string{"": "No session could be opened", "48213": "The session is over"} {
		d.Update(master.State{Phase: master.Ended, Reason: session.ReasonRelayUnreachable, Number: number})
		if got := d.View().Ended.Heading; got != want {
			t.Errorf("with the number %q: got %q, want %q", number, got, want)
		}
	}
}

func TestRenewedMasterLeadsToTheNewProgramOnly(t *testing.T) {
	d := deskOf(&profile.Profile{UpdatePage: "https://lotse.example/neu"})
	begun, held := make(chan struct{}), make(chan struct{})
	r := renew.New(func(context.Context, func(update.Step)) error {
		close(begun)
		<-held
		return nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- r.Run(ctx) }()
	d.Renews(r)
	d.Update(master.State{Phase: master.Ended, Reason: session.ReasonUpgrade})
	d.Renew()
	<-begun
	if v := d.View().Ended; v.Stands != renew.Running || v.Update == "" || v.Again == "" {
		t.Errorf("while it runs: got %+v", v)
	}
	close(held)
	cancel()
	<-over
	v := d.View()
	if e := v.Ended; e.What+e.Next+e.Renew+e.Update+e.Again != "" || v.Live.Status != "Done. Close this window and start the program again." {
		t.Errorf("once it is done: got %+v and %q", e, v.Live.Status)
	}
}
