package presenter

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"lotse/apps/participant/presenter/presentertest"
	"lotse/apps/ui/renew"
	"lotse/apps/ui/words"
	"lotse/packaging/profile"
	"lotse/packaging/update"
	"lotse/participant"
	"lotse/participant/session"
)

// branded is a desk of an organisation with rules and sentences of its own.
func branded(lang words.Lang, change func(*profile.Profile)) *desk {
	d := &desk{did: &presentertest.Commands{}, at: time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)}
	p := &profile.Profile{
		Organisation: "Stadtwerke", AppName: "Musterhafen Hilfe", UpdatePage: "https://lotse.example/neu",
		Texts: profile.Texts{
			Welcome: profile.Sentences{"de": "Willkommen an Bord", "en": "Welcome aboard"},
			Contact: profile.Sentences{"de": "Kundendienst: 0800 000"},
		},
	}
	if change != nil {
		change(p)
	}
	d.Presenter = New(d.did, p, lang, func() time.Time { return d.at })
	return d
}

func TestFirstPageHasTheOrganisationsSentences(t *testing.T) {
	d := branded(words.German, nil)
	v := d.View()
	if got, want := []string{v.Title, v.Start.Welcome, v.Start.Contact}, []string{"Musterhafen Hilfe", "Willkommen an Bord", "Kundendienst: 0800 000"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	d.SwitchLanguage()
	v = d.View()
	if got, want := []string{v.Start.Welcome, v.Start.Contact}, []string{"Welcome aboard", "Kundendienst: 0800 000"}; !slices.Equal(got, want) {
		t.Errorf("English: got %q, want %q, the other language's where there is none", got, want)
	}
}

func TestForbiddenRightIsNotOffered(t *testing.T) {
	d := branded(words.English, func(p *profile.Profile) { p.Never = []string{"control", "clipboard_in"} })
	d.Update(participant.State{Phase: session.Joined, Peer: hanna(), Grants: session.See})
	for _, c := range d.View().Bar.Chips {
		if c.Grant != session.See {
			t.Errorf("got a chip for %v", c.Grant)
		}
	}
	d.Grant(session.Control, true)
	d.expect(t)
	d.Grant(session.See, false)
	d.expect(t, "grants ")
}

func TestTooOldAProgramLeadsToTheProfilesPage(t *testing.T) {
	for _, why := range []session.Reason{session.ReasonUpgrade, session.ReasonProfileOver} {
		d := branded(words.English, nil)
		d.Update(participant.State{Phase: session.Ended, Reason: why})
		v := d.View().Start
		if v.Error == "" || v.Update != "Open the download page" || v.Renew != "" || v.ErrorNext != "Download: https://lotse.example/neu" {
			t.Errorf("%s: got %+v", why, v)
		}
		d.did.NoBrowser = errors.New("no browser")
		d.UpdatePage()
		d.expect(t, "browse https://lotse.example/neu")
		if got, want := d.View().Start.ErrorNext, "No browser came up. Type this address into one: https://lotse.example/neu"; got != want {
			t.Errorf("%s: got %q, want %q", why, got, want)
		}
	}
}

func TestNoPageIsOpenedForAnythingElse(t *testing.T) {
	for name, d := range map[string]*desk{
		"no page in the profile": branded(words.English, func(p *profile.Profile) { p.UpdatePage = "" }),
		"another reason":         branded(words.English, nil),
	} {
		why := session.ReasonUpgrade
		if name == "another reason" {
			why = session.ReasonRelayUnreachable
		}
		d.Update(participant.State{Phase: session.Ended, Reason: why})
		d.UpdatePage()
		d.expect(t)
		if got := d.View().Start.Update; got != "" {
			t.Errorf("%s: got the button %q", name, got)
		}
	}
}

func TestTooOldAProgramOffersToReplaceItself(t *testing.T) {
	d := branded(words.English, nil)
	begun, held := make(chan struct{}), make(chan struct{})
	r := renew.New(func(_ context.Context, tell func(update.Step)) error {
		tell(update.Step{Phase: update.Loading, Done: 1_200_000, Total: 30_000_000})
		close(begun)
		<-held
		return nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- r.Run(ctx) }()
	d.Renews(r)
	if v := d.View(); v.Start.Renew != "" || v.Live.Text != "" {
		t.Errorf("nothing is too old: got %q and %q", v.Start.Renew, v.Live.Text)
	}
	d.Update(participant.State{Phase: session.Ended, Reason: session.ReasonUpgrade})
	if got, want := d.View().Start.Renew, "Update this program now"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	d.Renew()
	<-begun
	v := d.View()
	if v.Start.Stands != renew.Running || v.Start.Renew != "Cancel" || v.Live.Text != "Downloading: 1.2 MB of 30.0 MB" {
		t.Errorf("got %q and %q, want progress", v.Start.Renew, v.Live.Text)
	}
	close(held)
	cancel()
	<-over
	if v := d.View(); v.Start.Renew != "" || v.Live.Text != "Done. Close this window and start the program again." {
		t.Errorf("got %q and %q, want it done", v.Start.Renew, v.Live.Text)
	}
	if s := d.View().Start; s.Error+s.ErrorNext+s.Update != "" || s.CanConnect {
		t.Errorf("got %+v, want nothing but the new program", s)
	}
}

func TestForbiddenQuestionIsALineOfItsOwn(t *testing.T) {
	d := branded(words.English, nil)
	got := d.entry(session.Entry{What: "forbidden", About: session.Record})
	if want := "Asked for, and never given by this program: " + words.In(words.English).Right(session.Record); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
