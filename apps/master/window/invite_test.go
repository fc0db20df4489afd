package window

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"lotse/apps/ui"
	"lotse/apps/ui/words"
	"lotse/crypto/secret"
	"lotse/master"
	"lotse/participant/session"
	"lotse/relay/wire"
)

const linkSecret = "AAECAwQFBgcICQoLDA0ODw"

// linked is a room with links, the third of which is shown.
func linked() master.State {
	s := open()
	s.Links = []master.Link{
		{ID: 1, Name: "Ilse", Use: master.LinkUsed, By: "Ilse B."}, {ID: 2, Use: master.LinkWithdrawn}, {ID: 3, Name: "Karl"},
	}
	s.NewLink, s.NewLinkText = 3, session.LinkText("48213", "", secret.Text(linkSecret))
	return s
}

func TestLinksAreListedNewestFirst(t *testing.T) {
	d := newDesk(words.English)
	d.Invite() // no room yet
	if got := d.View().Page; got != OpeningPage {
		t.Errorf("got page %d, want none for links", got)
	}
	d.Update(linked())
	d.Invite()
	v := d.View()
	if v.Page != InvitePage || v.Invite.NewFor != "New link for Karl, shown only now" || v.Invite.New != "lotse://join/48213#"+linkSecret {
		t.Errorf("got page %d, %+v", v.Page, v.Invite)
	}
	var got []string
	for _, l := range v.Invite.Links {
		got = append(got, fmt.Sprintf("%d %s: %s, %s", l.ID, l.Name, l.Says, l.Withdraw))
	}
	want := "[3 Karl: not used yet, Take back 2 without a name: taken back,  1 Ilse: used by Ilse B., ]"
	if fmt.Sprint(got) != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if text := fmt.Sprintf("%+v", v); strings.Contains(text, linkSecret) {
		t.Errorf("got the secret in %s", text)
	}
	if got := d.CopyLink(); got != "lotse://join/48213#"+linkSecret || d.View().Invite.Copy != "Copied" {
		t.Errorf("got %q, %q", got, d.View().Invite.Copy)
	}
	d.Withdraw(3)
	d.InviteDone()
	d.expect(t, "withdraw 3", "hide link")
	if got := d.View().Page; got != RoomPage {
		t.Errorf("got page %d, want the room", got)
	}
}

func TestNoMoreLinksThanTheRelayTakes(t *testing.T) {
	d := newDesk(words.German)
	s := open()
	for i := range uint32(wire.MaxLinks) {
		s.Links = append(s.Links, master.Link{ID: i + 1})
	}
	d.Update(s)
	d.Invite()
	if v := d.View().Invite; v.Make != "" || !strings.HasPrefix(v.Full, "Mehr Links können nicht") {
		t.Errorf("got %q and %q, want that it is full", v.Make, v.Full)
	}
}

func TestLinksMakeWayForWhoKnocks(t *testing.T) {
	d := newDesk(words.English)
	d.Update(linked())
	d.Invite()
	s := linked()
	s.Phase = master.Lost // comes back by itself
	d.Update(s)
	if got := d.View().Page; got != InvitePage {
		t.Errorf("got page %d, want the links", got)
	}
	s = linked()
	s.Knocks = []master.Knock{{Conn: 7, Name: "Karl", Link: true}}
	d.Update(s)
	v := d.View()
	if v.Page != RoomPage || v.Room.Knocks[0].Link != "With a personal link." {
		t.Errorf("got page %d, %+v, want the door", v.Page, v.Room.Knocks)
	}
	d.expect(t, "hide link")
}

func TestLinkIsMadeWithEnterAndCopied(t *testing.T) {
	w, d, _ := newTestWindow(t)
	w.Update(open())
	w.act(d.Invite)()
	if got := w.Window().Canvas().Focused(); got != w.guest {
		t.Fatalf("got the focus on %T, want on the name", got)
	}
	test.Type(w.guest, strings.Repeat("ü", 70))
	if got := len([]rune(w.guest.Text)); got != maxGuest {
		t.Errorf("got %d letters, want %d", got, maxGuest)
	}
	w.guest.SetText("Karl")
	w.guest.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.expect(t, `invite "Karl"`)
	w.Update(linked())
	if w.guest.Text != "" || w.Window().Canvas().Focused() != w.guest {
		t.Errorf("got %q left and the focus on %T", w.guest.Text, w.Window().Canvas().Focused())
	}
	for _, o := range test.LaidOutObjects(w.Window().Canvas().Content()) {
		if b, ok := o.(*ui.Button); ok && b.Text() == "Copy link" {
			test.Tap(b)
		}
		if l, ok := o.(*ui.Link); ok && l.Text() == "Take back" {
			test.Tap(l)
		}
	}
	if got := w.app.Clipboard().Content(); got != "lotse://join/48213#"+linkSecret {
		t.Errorf("got %q in the clipboard", got)
	}
	d.expect(t, "withdraw 3")
}
