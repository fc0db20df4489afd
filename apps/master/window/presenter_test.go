package window

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"lotse/apps/ui/words"
	"lotse/capture/input"
	"lotse/crypto/secret"
	"lotse/master"
	"lotse/packaging/profile"
	"lotse/participant/message"
	"lotse/participant/session"
	"lotse/participant/watch"
)

// commands writes down what the windows asked for.
type commands struct{ asked []string }

func (c *commands) add(format string, args ...any) {
	c.asked = append(c.asked, fmt.Sprintf(format, args...))
}

func (c *commands) Admit(conn uint32)  { c.add("admit %d", conn) }
func (c *commands) Refuse(conn uint32) { c.add("refuse %d", conn) }
func (c *commands) Ask(m uint8, g session.Grants, why string) {
	c.add("ask %d %s %q", m, g, why)
}
func (c *commands) GiveBack(m uint8, g session.Grants) { c.add("give back %d %s", m, g) }
func (c *commands) Remove(m uint8)                     { c.add("remove %d", m) }
func (c *commands) RenewPIN()                          { c.add("renew") }
func (c *commands) Lock(on bool)                       { c.add("lock %t", on) }
func (c *commands) End()                               { c.add("end") }
func (c *commands) Invite(name string)                 { c.add("invite %q", name) }
func (c *commands) Withdraw(id uint32)                 { c.add("withdraw %d", id) }
func (c *commands) HideLink()                          { c.add("hide link") }
func (c *commands) Browse(page string) error           { c.add("browse %s", page); return nil }
func (c *commands) Reopen()                            { c.add("reopen") }

// desk is a presenter with a clock that stands still.
type desk struct {
	*Presenter
	did *commands
	at  time.Time
}

func newDesk(lang words.Lang) *desk {
	d := &desk{did: &commands{}, at: time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)}
	p := &profile.Profile{Organisation: "Stadtwerke", AppName: "Lotse"}
	d.Presenter = NewPresenter(d.did, p, lang, func() time.Time { return d.at })
	return d
}

func (d *desk) pass(t time.Duration) { d.at = d.at.Add(t) }

func (d *desk) expect(t *testing.T, want ...string) {
	t.Helper()
	if got := d.did.asked; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	d.did.asked = nil
}

func open(members ...master.Member) master.State {
	return master.State{
		Phase: master.Open, Number: "48213", PIN: "739204", Relay: "relay.example:443",
		Organisation: "Stadtwerke", Name: "Hanna", Members: members,
	}
}

func karl(f func(*master.Member)) master.Member {
	m := master.Member{ID: 2, Name: "Karl", Words: "123 456"}
	f(&m)
	return m
}

func TestPageFollowsTheRoom(t *testing.T) {
	d := newDesk(words.English)
	for phase, want := range map[master.Phase]Page{
		master.Starting: OpeningPage, master.Open: RoomPage, master.Lost: RoomPage, master.Ended: EndedPage,
	} {
		d.Update(master.State{Phase: phase})
		if got := d.View().Page; got != want {
			t.Errorf("phase %d: got page %d, want %d", phase, got, want)
		}
	}
}

func TestDigitsStandInGroupsOfThree(t *testing.T) {
	for digits, want := range map[string]string{
		"": "", "123": "123", "48213": "482 13", "739204": "739 204", "123456789": "123 456 789",
	} {
		if got := groups(digits); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestRoomShowsWhatIsReadAloud(t *testing.T) {
	d := newDesk(words.English)
	d.Update(open())
	v := d.View().Room
	if v.Number != "482 13" || v.PIN != secret.Text("739 204") || v.Address != "" {
		t.Errorf("got %q %q %q, want 482 13, 739 204 and no address", v.Number, v.PIN.Reveal(), v.Address)
	}
	if got, want := d.View().Live.Status, "Open, through relay.example:443"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for lang, want := range map[words.Lang]string{
		words.English: "Open, through relay.example:443 (region: DE)", words.German: "Offen, über relay.example:443 (Region: DE)",
	} {
		d, s := newDesk(lang), open()
		s.Region = "DE"
		d.Update(s)
		if got := d.View().Live.Status; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got, want := fmt.Sprintf("%+v", v.PIN), "[redacted]"; got != want {
		t.Errorf("got %q in a log, want %q", got, want)
	}
	s := open()
	s.BuiltIn, s.Address, s.Relay = true, "192.168.1.20", ""
	d.Update(s)
	if got, want := d.View().Room.Address, "@192.168.1.20"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := d.Copy(), "48213-739204@192.168.1.20"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCopySaysSoForAWhile(t *testing.T) {
	d := newDesk(words.English)
	if got := d.Copy(); got != "" {
		t.Errorf("got %q before the room is open, want nothing", got)
	}
	d.Update(open())
	if got, want := d.Copy(), "48213-739204"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if d.View().Room.Copied == "" {
		t.Error("got nothing, want a word that it was copied")
	}
	d.pass(copiedFor)
	if got := d.View().Room.Copied; got != "" {
		t.Errorf("got %q, want nothing", got)
	}
}

func TestKnockIsAnsweredOnlyAtTheDoor(t *testing.T) {
	d := newDesk(words.English)
	s := open()
	s.Knocks = []master.Knock{{Conn: 7, Name: "Karl", Words: "123 456"}, {Conn: 8}}
	d.Update(s)
	want := []KnockView{
		{7, "Karl knocks", "Compare on the phone: 123 456", "", "Admit", "Refuse"},
		{8, "Somebody knocks", "", "", "Admit", "Refuse"},
	}
	if got := d.View().Room.Knocks; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	d.Admit(7)
	d.Refuse(8)
	d.Admit(9)
	d.Refuse(9)
	d.expect(t, "admit 7", "refuse 8")
}

func TestMemberLineSaysHowThingsStand(t *testing.T) {
	d := newDesk(words.English)
	for _, c := range []struct {
		m     master.Member
		light Light
		want  string
	}{
		{karl(func(*master.Member) {}), Grey, ""},
		{karl(func(m *master.Member) { m.Asked, m.AskedUntil = session.See, d.at.Add(23*time.Second) }), Amber, "The customer is being asked, 23 s left."},
		{karl(func(m *master.Member) { m.Asked, m.AskedUntil = session.See, d.at }), Amber, "The customer's time to answer is over."},
		{karl(func(m *master.Member) { m.Answer = session.ReasonDeclined }), Grey, "The customer said no. Explain what it is for, then ask again."},
		{karl(func(m *master.Member) { m.Answer = session.ReasonStopKey }), Red, "The customer stopped everything with F11. Nothing is seen or controlled any more. Talk before you go on."},
		{karl(func(m *master.Member) { m.Grants = session.See }), Green, "The customer said yes."},
		{karl(func(m *master.Member) { m.Away = true }), Amber, "Connection gone; it may come back by itself."},
	} {
		d.Update(open(c.m))
		v := d.View()
		if got := v.Live.Members[2]; got != c.want || v.Room.Members[0].Light != c.light {
			t.Errorf("got %q with light %d, want %q with %d", got, v.Room.Members[0].Light, c.want, c.light)
		}
	}
}

func TestMemberOffersWhatCanBeAsked(t *testing.T) {
	d := newDesk(words.English)
	for _, c := range []struct {
		name string
		m    master.Member
		want MemberView
	}{
		{
			"fresh", karl(func(*master.Member) {}),
			MemberView{
				ID: 2, Name: "Karl", Words: "Compare on the phone: 123 456", AllowsFor: "Allows:", Allows: []string{"nothing"},
				AskSee: "Ask to see", AskControl: "Ask for control", Remove: "Remove", Reason: "Reason for the customer (may stay empty)",
			},
		},
		{
			"being asked", karl(func(m *master.Member) { m.Asked = session.See }),
			MemberView{ID: 2, Name: "Karl", Words: "Compare on the phone: 123 456", AllowsFor: "Allows:", Allows: []string{"nothing"}, Light: Amber, Remove: "Remove"},
		},
		{
			"controlled", karl(func(m *master.Member) { m.Grants, m.Sharing = session.See|session.Control, true }),
			MemberView{
				ID: 2, Name: "Karl", Words: "Compare on the phone: 123 456", AllowsFor: "Allows:", Allows: []string{"See screen", "Control"},
				Light: Green, Show: "Show screen", Remove: "Remove",
			},
		},
		{
			"gone", karl(func(m *master.Member) {
				m.Gone, m.Answer, m.Trouble = session.ReasonStopKey, session.ReasonStopKey, session.ReasonNoInput
			}),
			MemberView{ID: 2, Name: "Karl", Left: "The customer stopped everything with F11. Nothing is seen or controlled any more. Talk before you go on."},
		},
		{
			"gone without a name", karl(func(m *master.Member) { m.Name, m.Gone = "", session.ReasonConnectionLost }),
			MemberView{ID: 2, Name: "Customer", Left: "The connection to the customer was gone for too long. Nothing is seen or controlled any more. With number and PIN the customer can join again."},
		},
	} {
		d.Update(open(c.m))
		if got := d.View().Room.Members[0]; !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestAskAsksForWhatIsMissing(t *testing.T) {
	d := newDesk(words.English)
	d.Update(open(karl(func(*master.Member) {})))
	d.Ask(2, session.Control, "printer")
	d.Update(open(karl(func(m *master.Member) { m.Grants = session.See })))
	d.Ask(2, session.Control, "")
	d.Ask(2, session.See, "")
	d.Ask(9, session.See, "")
	d.Update(open(karl(func(m *master.Member) { m.Asked = session.See })))
	d.Ask(2, session.Control, "")
	d.expect(t, `ask 2 see+point+control "printer"`, `ask 2 control ""`)
}

func TestControlNeedsEverythingAtOnce(t *testing.T) {
	d := newDesk(words.English)
	full := karl(func(m *master.Member) { m.Grants, m.Sharing = session.See|session.Control, true })
	for _, c := range []struct {
		name  string
		spoil func(*master.State, *master.Member)
		want  bool
	}{
		{"all is well", func(*master.State, *master.Member) {}, true},
		{"no control", func(_ *master.State, m *master.Member) { m.Grants = session.See }, false},
		{"no picture allowed", func(_ *master.State, m *master.Member) { m.Grants = session.Control }, false},
		{"no picture comes", func(_ *master.State, m *master.Member) { m.Sharing = false }, false},
		{"a question is open", func(_ *master.State, m *master.Member) { m.Asked = session.FilesIn }, false},
		{"away", func(_ *master.State, m *master.Member) { m.Away = true }, false},
		{"gone", func(_ *master.State, m *master.Member) { m.Gone = session.ReasonStopKey }, false},
		{"connection lost", func(s *master.State, _ *master.Member) { s.Phase = master.Lost }, false},
		{"over", func(s *master.State, _ *master.Member) { s.Phase = master.Ended }, false},
	} {
		s, m := open(), full
		c.spoil(&s, &m)
		s.Members = []master.Member{m}
		d.Update(s)
		if got := d.Controls(2); got != c.want {
			t.Errorf("%s: got %t, want %t", c.name, got, c.want)
		}
		if got := d.Viewer(2).Control; got != c.want {
			t.Errorf("%s: the viewer says %t, want %t", c.name, got, c.want)
		}
	}
}

func TestViewerSaysWhoSteers(t *testing.T) {
	d := newDesk(words.English)
	d.Update(open(karl(func(m *master.Member) {
		m.Grants, m.Sharing, m.RoundTrip = session.See|session.Control, true, 23*time.Millisecond
	})))
	want := ViewerView{
		Title: "Screen of Karl", Text: "You control this computer", Light: Red, Control: true, Sharing: true,
		Waiting: "The screen appears in a moment.", Hint: "Click into the picture to type there",
		GiveBack: "Hand back control", End: "Stop viewing", View: "View", Zooms: [3]string{"Fit", "100 %", "200 %"},
		FullScreen: "Full screen (Ctrl+Alt+Enter)", QualityFor: "Picture", Qualities: []Choice{
			{Text: "As good as the line allows", On: true},
			{Text: "Less data: 5 pictures a second", Wish: master.Wish{Rate: 5}},
			{Text: "Least data: 5 a second, grey", Wish: master.Wish{Rate: 5, Grey: true}},
		},
		ClipAsk: "Ask to share the clipboard", Keys: "Send keys", KeyChoice: []KeyChoice{
			{"Windows key (start menu)", []input.Usage{0xE3}},
			{"Alt+Tab (other window)", []input.Usage{0xE2, 0x2B}},
			{"Alt+F4 (close the window)", []input.Usage{0xE2, 0x3D}},
			{"Ctrl+Esc", []input.Usage{0xE0, 0x29}},
			{"Ctrl+Shift+Esc (task manager)", []input.Usage{0xE0, 0xE1, 0x29}},
			{"Ctrl+Alt+Del (not on Windows)", []input.Usage{0xE0, 0xE2, 0x4C}},
			{"Print Screen", []input.Usage{0x46}},
			{"Esc", []input.Usage{0x29}},
		},
		KeysNote: []string{
			"Windows takes Ctrl+Alt+Del from its own keyboard only: use the task manager",
			"Windows key+L is not offered: you could not unlock again",
			"F11 is never sent: with it the customer stops everything",
		},
		Grab:    "Alt+Tab and Windows key go to the customer, too",
		Grabbed: "Right Ctrl takes the keys back", GrabTitle: "Screen of Karl – all keys go there, right Ctrl or Ctrl+Alt+Home takes them back",
	}
	if got := d.Viewer(2); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	d.Update(open(karl(func(m *master.Member) {
		m.Grants, m.Sharing, m.Answer = session.See, true, session.ReasonDeclined
	})))
	v := d.Viewer(2)
	if v.Text != "You are viewing" || v.Ask != "Ask for control" || v.AskFor != session.Control || v.GiveBack != "" || v.Note != "The customer said no. Explain what it is for, then ask again." {
		t.Errorf("got %+v, want viewing, an offer to ask and the answer", v)
	}
}

func TestViewerSaysWhyNothingArrives(t *testing.T) {
	d := newDesk(words.German)
	for _, c := range []struct {
		trouble session.Reason
		want    string
	}{
		{session.ReasonRaisedWindow, "Vorn liegt ein Fenster eines Administrators: Tasten und Klicks kommen nicht an. Der Kunde kann es bedienen oder „Als Administrator starten“ wählen; die Sitzung geht weiter."},
		{session.ReasonSecureDesktop, "Windows fragt den Kunden etwas auf einem eigenen Bildschirm oder ist gesperrt: von außen kommt dort nichts an. Nur der Kunde kann antworten; dann geht es von selbst weiter."},
		{session.ReasonNone, "Der Kunde hat Nein gesagt. Erklären Sie, wozu es dient, und fragen Sie noch einmal."},
	} {
		d.Update(open(karl(func(m *master.Member) { // the answer is older than the trouble
			m.Grants, m.Sharing, m.Answer, m.Trouble = session.See|session.Control, true, session.ReasonDeclined, c.trouble
		})))
		if got := d.Viewer(2).Note; got != c.want {
			t.Errorf("%s: got %q, want %q", c.trouble, got, c.want)
		}
	}
}

func TestKeysThatLeaveTheOneWindowAreNotOffered(t *testing.T) {
	d := newDesk(words.German)
	d.Update(open(karl(func(m *master.Member) {
		m.Grants, m.Sharing, m.Target = session.See|session.Control, true, message.TargetWindow
	})))
	got := d.Viewer(2)
	choice := []KeyChoice{{"Alt+F4 (Fenster schließen)", []input.Usage{0xE2, 0x3D}}, {"Esc", []input.Usage{0x29}}}
	note := []string{
		"Der Kunde zeigt ein Fenster: Tasten, die hinausführen, werden nicht gesendet",
		"F11 wird nie gesendet: Damit stoppt der Kunde alles",
	}
	if !reflect.DeepEqual(got.KeyChoice, choice) || !reflect.DeepEqual(got.KeysNote, note) {
		t.Errorf("got  %+v %q\nwant %+v %q", got.KeyChoice, got.KeysNote, choice, note)
	}
}

func TestNoKeysAreOfferedWithoutControl(t *testing.T) {
	d := newDesk(words.English)
	d.Update(open(karl(func(m *master.Member) { m.Grants, m.Sharing = session.See, true })))
	if got := d.Viewer(2); got.Keys+got.Grab != "" || got.KeyChoice != nil {
		t.Errorf("got %q, %q, %v, want nothing", got.Keys, got.Grab, got.KeyChoice)
	}
}

func TestViewerOffersTheMonitorsThatMayBeLookedAt(t *testing.T) {
	d := newDesk(words.German)
	d.Update(open(karl(func(m *master.Member) {
		m.Grants, m.Sharing, m.Shown = session.See, true, 7
		m.Monitors = []message.Monitor{{ID: 7, Width: 1920, Height: 1080}, {ID: 9, Width: 1280, Height: 1024}}
	})))
	want := []Choice{
		{Text: "Bildschirm 1 (1920 × 1080)", On: true, Display: 7},
		{Text: "Bildschirm 2 (1280 × 1024)", Display: 9},
		{Text: "Alle nebeneinander"},
	}
	if got := d.Viewer(2).Monitors; !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestViewerSaysHowWellPicturesCome(t *testing.T) {
	d := newDesk(words.English)
	for _, c := range []struct {
		step uint8
		want string
	}{{0, "412 kbit/s · 38 ms · best picture"}, {3, "412 kbit/s · 38 ms · good picture"}, {5, "412 kbit/s · 38 ms · slow line"}} {
		d.Update(open(karl(func(m *master.Member) {
			m.Grants, m.Sharing, m.Trip, m.Step = session.See, true, 38*time.Millisecond, c.step
		})))
		if got := d.Flow(2, watch.Stats{Bits: 412_400}); got != c.want {
			t.Errorf("step %d: got %q, want %q", c.step, got, c.want)
		}
	}
	d.Update(open(karl(func(m *master.Member) {
		m.Grants, m.Sharing, m.Trip, m.Direct = session.See, true, 38*time.Millisecond, true
	})))
	if got, want := d.Flow(2, watch.Stats{Bits: 412_400}), "412 kbit/s · 38 ms · best picture · direct"; got != want {
		t.Errorf("directly: got %q, want %q", got, want)
	}
	if got := d.Flow(3, watch.Stats{}); got != "" {
		t.Errorf("nobody: got %q, want nothing", got)
	}
}

func TestViewerOfSomebodyWhoLeftSaysHow(t *testing.T) {
	d := newDesk(words.German)
	gone := karl(func(m *master.Member) { m.Gone = session.ReasonStopKey })
	earlier := karl(func(m *master.Member) { m.Name, m.Gone = "Ilse", session.ReasonLeft })
	d.Update(open(earlier, gone))
	want := ViewerView{
		Title: "Bildschirm von Karl", Text: "Beendet", Left: "Der Kunde hat alles mit F11 gestoppt.",
		LeftNext: "Es wird nichts mehr gesehen oder gesteuert. Sprechen Sie miteinander, bevor es weitergeht.", Close: "Schließen",
	}
	if got := d.Viewer(2); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	d.Ask(2, session.See, "")
	d.GiveBack(2, session.All)
	d.expect(t)
	again := karl(func(m *master.Member) { m.Name, m.Grants, m.Sharing = "", session.See, true })
	d.Update(open(again, earlier, gone))
	if got, want := d.Viewer(2).Title, "Bildschirm des Kunden"; got != want {
		t.Errorf("got %q, want %q: the number was given out again", got, want)
	}
	d.GiveBack(2, session.All)
	d.expect(t, "give back 2 see")
	if got, want := d.View().Live.Members, map[uint8]string{2: "Der Kunde hat Ja gesagt."}; !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestViewerSaysThatNothingIsShown(t *testing.T) {
	d := newDesk(words.English)
	d.Update(open(karl(func(*master.Member) {})))
	want := ViewerView{
		Title: "Screen of Karl", Text: "You see nothing", Waiting: "The customer is not showing the screen.",
		Ask: "Ask to see", AskFor: session.See, End: "Stop viewing",
	}
	if got := d.Viewer(2); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestCustomerSeesOurNameOnce(t *testing.T) {
	d := newDesk(words.English)
	s := open()
	s.Name = s.Organisation
	d.Update(s)
	if got, want := d.View().Room.As, "The customer sees you as: Stadtwerke"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEndAsksFirst(t *testing.T) {
	d := newDesk(words.English)
	d.Update(open(karl(func(*master.Member) {})))
	d.End()
	if got, want := d.View().Room.Sure, "End the session for everybody?"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	d.EndNo()
	if got := d.View().Room.Sure; got != "" {
		t.Errorf("got %q, want nothing", got)
	}
	d.expect(t)
	if d.Close() {
		t.Error("got a window that closed with somebody inside, want a question")
	}
	d.expect(t)
	if !d.Close() {
		t.Error("got a window that stays, want one that closes")
	}
	d.EndYes()
	d.expect(t, "end", "end")
}

func TestEmptyRoomClosesAtOnce(t *testing.T) {
	d := newDesk(words.English)
	d.Update(open(karl(func(m *master.Member) { m.Gone = session.ReasonLeft })))
	if !d.Close() {
		t.Error("got a window that stays, want one that closes")
	}
	d.expect(t, "end")
}

func TestNextRoomIsOpenedOnce(t *testing.T) {
	d := newDesk(words.English)
	d.Update(master.State{Phase: master.Ended, Reason: session.ReasonThrottled, RetryAfter: 5 * time.Second})
	if got, want := d.View().Live.Status, "You can try again in 5 s."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	d.Reopen()
	d.pass(5 * time.Second)
	d.Reopen()
	d.Reopen()
	d.expect(t, "reopen")
	if got, want := d.View().Page, OpeningPage; got != want {
		t.Errorf("got page %d, want %d", got, want)
	}
}

func TestButtonsReachTheRoom(t *testing.T) {
	d := newDesk(words.English)
	s := open(karl(func(m *master.Member) { m.Grants = session.See }))
	s.Locked = true
	d.Update(s)
	d.RenewPIN()
	d.Lock()
	d.Remove(2)
	d.GiveBack(2, session.All)
	d.GiveBack(2, session.Control) // is not ours
	d.expect(t, "renew", "lock false", "remove 2", "give back 2 see")
}
