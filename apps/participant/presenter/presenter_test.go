package presenter

import (
	"image"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lotse/apps/participant/presenter/presentertest"
	"lotse/apps/ui/words"
	"lotse/capture/screen"
	"lotse/packaging/profile"
	"lotse/participant"
	"lotse/participant/session"
)

// desk is a presenter with a clock that stands still.
type desk struct {
	*Presenter
	did *presentertest.Commands
	at  time.Time
}

func newDesk(lang words.Lang) *desk {
	d := &desk{did: &presentertest.Commands{}, at: time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)}
	p := &profile.Profile{Organisation: "Stadtwerke", AppName: "Lotse", UpdatePage: "https://lotse.example/neu"}
	d.Presenter = New(d.did, p, lang, func() time.Time { return d.at })
	return d
}

func (d *desk) pass(t time.Duration) { d.at = d.at.Add(t) }

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

func (d *desk) question(g session.Grants) participant.State {
	return participant.State{Phase: session.Joined, Peer: hanna(), Question: &session.Question{
		ID: 7, From: hanna(), Grants: g, Why: "Drucker", Asked: d.at, Deadline: d.at.Add(30 * time.Second),
	}}
}

func TestPageFollowsTheSession(t *testing.T) {
	d := newDesk(words.English)
	inside := []session.Entry{{What: "asked"}, {What: "ended"}}
	for _, c := range []struct {
		name  string
		state participant.State
		want  Page
	}{
		{"nothing yet", participant.State{}, StartPage},
		{"connecting", participant.State{Phase: session.Connecting}, WaitPage},
		{"proving", participant.State{Phase: session.Proving}, WaitPage},
		{"waiting", participant.State{Phase: session.Waiting}, WaitPage},
		{"joined", participant.State{Phase: session.Joined}, BarPage},
		{"asked", d.question(session.See), QuestionPage},
		{"lost", participant.State{Phase: session.Lost}, BarPage},
		{"wrong PIN", participant.State{Phase: session.Ended, Reason: session.ReasonWrongPIN, Ledger: inside[1:]}, StartPage},
		{"refused", participant.State{Phase: session.Ended, Reason: session.ReasonRefused, Ledger: inside[1:]}, StartPage},
		{"gave up", participant.State{Phase: session.Ended, Reason: session.ReasonLeft, Ledger: inside[1:]}, StartPage},
		{"left", participant.State{Phase: session.Ended, Reason: session.ReasonLeft, Ledger: inside}, EndPage},
		{"F11", participant.State{Phase: session.Ended, Reason: session.ReasonStopKey, Ledger: inside[1:]}, EndPage},
		{"alarm", participant.State{Phase: session.Ended, Reason: session.ReasonUnexpectedCall}, EndPage},
	} {
		d.Update(c.state)
		if got := d.View().Page; got != c.want {
			t.Errorf("%s: got page %d, want %d", c.name, got, c.want)
		}
	}
	d.Again()
	if got, want := d.View().Page, StartPage; got != want {
		t.Errorf("after New session: got page %d, want %d", got, want)
	}
}

func TestConnectTakesACodeOnce(t *testing.T) {
	d := newDesk(words.English)
	d.Connect("hello")
	d.expect(t)
	if got, want := d.View().Start.Error, "That is not a session number with a PIN."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	d.Connect(" 48213 - 739204 ")
	d.Connect("48213-739204")
	d.expect(t, "connect 48213 739204 ")
	if got, want := d.View().Page, WaitPage; got != want {
		t.Errorf("got page %d, want %d", got, want)
	}
	d.Update(participant.State{Phase: session.Connecting})
	d.Connect("48213-739204")
	d.Cancel()
	d.expect(t, "cancel")
}

func TestWrongPINSaysHowManyTriesAreLeft(t *testing.T) {
	d := newDesk(words.English)
	for left, want := range map[int]string{
		3: "The PIN was not right. 3 tries are left.",
		1: "The PIN was not right. One try is left.",
		0: "The PIN was not right.",
	} {
		d.Update(participant.State{Phase: session.Ended, Reason: session.ReasonWrongPIN, AttemptsLeft: left})
		if got := d.View().Start.Error; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestOldBuildIsSentToItsOwnProfilesPage(t *testing.T) {
	d := newDesk(words.English)
	d.Update(participant.State{Phase: session.Ended, Reason: session.ReasonUpgrade})
	if got, want := d.View().Start.ErrorNext, "Download: https://lotse.example/neu"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestThrottledPersonWaits(t *testing.T) {
	d := newDesk(words.English)
	d.Update(participant.State{Phase: session.Ended, Reason: session.ReasonThrottled, RetryAfter: 8 * time.Second})
	d.pass(3500 * time.Millisecond)
	v := d.View()
	if got, want := v.Live.Text, "You can try again in 5 s."; got != want || v.Start.CanConnect {
		t.Errorf("got %q and %t, want %q and no button", got, v.Start.CanConnect, want)
	}
	d.Connect("48213-739204")
	d.expect(t)
	d.pass(5 * time.Second)
	if v := d.View(); v.Live.Text != "" || !v.Start.CanConnect {
		t.Errorf("got %q and %t, want a button", v.Live.Text, v.Start.CanConnect)
	}
	d.Connect("48213-739204")
	d.expect(t, "connect 48213 739204 ")
}

func TestQuestionSaysWhoWhatWhyAndWhatHappensAtZero(t *testing.T) {
	d := newDesk(words.German)
	d.Update(d.question(session.See | session.Control))
	d.pass(12 * time.Second)
	v := d.View()
	want := QuestionView{
		ID: 7, Heading: "Darf ich?", Who: "Hanna, Stadtwerke", Badge: "geprüft", Verified: true,
		Facts: "PIN geprüft · Lizenz geprüft",
		Wants: "Hanna, Stadtwerke möchte",
		Rights: []Right{
			{session.See, "Ihren ganzen Bildschirm sehen"},
			{session.Control, "Ihre Tastatur und Maus benutzen"},
		},
		WhyLabel: "Genannter Grund", Why: "Drucker",
		Choose: "Nehmen Sie das Häkchen bei allem weg, was Sie nicht möchten.",
		Shows:  "Gezeigt wird: der ganze Computer", Change: "Ändern …",
		TimeFor: "Erlauben für",
		Times: []Time{
			{"bis zum Ende", 0},
			{"5 Minuten", 5 * time.Minute},
			{"15 Minuten", 15 * time.Minute},
			{"60 Minuten", time.Hour},
		},
		Caution: "Hat Sie jemand unerwartet angerufen? Dann erlauben Sie nichts.",
		Zero:    "Wenn Sie nichts tun: abgelehnt.", Allow: "Erlauben", Deny: "Ablehnen",
		Unexpected: "Ich habe diesen Anruf nicht erwartet",
		Paused:     "Solange dies offen ist, kann sonst niemand etwas drücken.",
	}
	if !reflect.DeepEqual(v.Question, want) {
		t.Errorf("got %+v, want %+v", v.Question, want)
	}
	if got, want := v.Live, (Live{Left: 0.6, Text: "noch 18 s", CanAllow: true, CanDeny: true}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	s := d.question(session.See)
	s.Question.YesAtZero = true
	d.Update(s)
	if got, want := d.View().Question.Zero, "Wenn Sie nichts tun: Ihr Bildschirm wird gezeigt, sonst nichts."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAnswerGrantsOnlyWhatIsTicked(t *testing.T) {
	d := newDesk(words.English)
	d.Update(d.question(session.See | session.Control))
	d.pass(time.Second)
	d.Choose(session.Control, false)
	d.Allow()
	d.expect(t, "answer 7 see")
	d.Choose(session.Record, true) // was not asked for
	d.Allow()
	d.expect(t, "answer 7 see")
	d.Choose(session.See, false)
	d.Allow()
	d.expect(t)
	if v := d.View().Live; v.CanAllow || !v.CanDeny {
		t.Errorf("got %+v without a tick, want No alone to answer", v)
	}
	d.Deny()
	d.expect(t, "answer 7 ")
}

func TestFreshQuestionTakesNoAnswer(t *testing.T) {
	d := newDesk(words.English)
	d.Update(d.question(session.See))
	d.pass(settleTime - time.Millisecond)
	d.Allow()
	d.Deny()
	d.expect(t)
	if v := d.View().Live; v.CanAllow || v.CanDeny {
		t.Errorf("got %+v, want buttons that do not answer yet", v)
	}
	d.Update(d.question(session.See)) // the same question again is not fresh
	d.pass(time.Millisecond)
	d.Allow()
	d.expect(t, "answer 7 see")
}

func TestUnexpectedCallStopsAtOnce(t *testing.T) {
	d := newDesk(words.English)
	d.Update(d.question(session.See))
	d.Unexpected()
	d.expect(t, "stop unexpected_call")
	d.Update(participant.State{Phase: session.Ended, Reason: session.ReasonUnexpectedCall, Peer: session.Person{Name: "X"}})
	v := d.View().End
	if got, want := v.Heading, "Stopped. You did the right thing."; got != want || !v.Alarm {
		t.Errorf("got %q, alarm %t, want %q", got, v.Alarm, want)
	}
	if got, want := v.Who, "Connected with: X, unknown organisation (not verified)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBarSaysWhatHappensNow(t *testing.T) {
	d := newDesk(words.English)
	for _, c := range []struct {
		s     participant.State
		want  string
		level Level
	}{
		{participant.State{}, "Nobody sees your screen.", Quiet},
		{participant.State{Grants: session.See}, "Your screen may be seen.", Seen},
		{participant.State{Grants: session.See, Sharing: true}, "Your screen is being seen.", Seen},
		{participant.State{Grants: session.See | session.Control, Sharing: true}, "Your screen is seen; keyboard and mouse may be used.", Seen},
		{participant.State{Grants: session.See | session.Control, Sharing: true, Steered: true}, "Your computer is being controlled now.", Controlled},
	} {
		c.s.Phase, c.s.Peer = session.Joined, hanna()
		d.Update(c.s)
		if v := d.View().Bar; v.Doing != c.want || v.Level != c.level {
			t.Errorf("got %q at level %d, want %q at %d", v.Doing, v.Level, c.want, c.level)
		}
	}
}

func TestBarSaysWhichWayItGoes(t *testing.T) {
	d := newDesk(words.German)
	for _, c := range []struct {
		direct, builtIn bool
		want            string
	}{
		{false, false, "Verbunden über relay.example:5000. Der Server dazwischen kann nichts lesen."},
		{true, false, "Direkt verbunden; relay.example:5000 springt ein, wenn das abreißt. Der Server dazwischen kann nichts lesen."},
		{true, true, "Verbunden in diesem Netz. Der Server dazwischen kann nichts lesen."},
	} {
		d.Update(participant.State{Phase: session.Joined, Peer: hanna(), Relay: "relay.example:5000", Direct: c.direct, BuiltIn: c.builtIn})
		if got := d.View().Bar.Relay; got != c.want {
			t.Errorf("direct %t, built in %t: got %q, want %q", c.direct, c.builtIn, got, c.want)
		}
	}
}

func TestChipsGiveAndTakeRights(t *testing.T) {
	d := newDesk(words.English)
	joined := func(g session.Grants) {
		d.Update(participant.State{Phase: session.Joined, Grants: g})
	}
	joined(session.See | session.Control | session.ClipboardIn)
	want := []Chip{
		{session.See, "See screen", true, false},
		{session.Control, "Control", true, false},
		{session.ClipboardIn, "Set clipboard", true, false},
	}
	if got := d.View().Bar.Chips; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	d.Grant(session.ClipboardIn, false)
	d.Grant(session.See, false) // takes control along
	joined(0)
	d.Grant(session.Control, true) // brings the picture along
	d.expect(t, "grants see+control", "grants clipboard_in", "grants see+control")
	d.Update(participant.State{Phase: session.Lost})
	d.Grant(session.See, true)
	d.expect(t)
}

func TestRightsCanOnlyBeTakenAwayUnderControl(t *testing.T) {
	d := newDesk(words.English)
	joined := func(g session.Grants) BarView {
		d.Update(participant.State{Phase: session.Joined, Grants: g})
		return d.View().Bar
	}
	joined(session.See | session.Control | session.ClipboardIn)
	v := joined(session.See | session.Control)
	want := []Chip{
		{session.See, "See screen", true, false},
		{session.Control, "Control", true, false},
		{session.ClipboardIn, "Set clipboard", false, true},
	}
	if !slices.Equal(v.Chips, want) || v.ChipsFor != "Allowed (click to take away):" {
		t.Errorf("got %v after %q, want %v", v.Chips, v.ChipsFor, want)
	}
	if got, want := v.TakeOnly, "While this computer is controlled, rights can only be taken away."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	d.Grant(session.ClipboardIn, true)
	d.expect(t)
	d.Grant(session.Control, false)
	d.expect(t, "grants see")
	v = joined(session.See)
	want = []Chip{
		{session.See, "See screen", true, false},
		{session.Control, "Control", false, false},
		{session.ClipboardIn, "Set clipboard", false, false},
	}
	if !slices.Equal(v.Chips, want) || v.TakeOnly != "" {
		t.Errorf("got %v and %q, want %v and no hint", v.Chips, v.TakeOnly, want)
	}
	d.Update(participant.State{Phase: session.Ended})
	if got, want := len(joined(0).Chips), 2; got != want {
		t.Errorf("got %d chips in the next session, want %d", got, want)
	}
}

func TestBarCannotBeClosed(t *testing.T) {
	d := newDesk(words.English)
	d.Update(participant.State{Phase: session.Joined})
	if d.Close() {
		t.Error("got a window that closed, want one that stays")
	}
	d.expect(t)
	if got, want := d.View().Bar.Hint, "This bar stays while somebody is connected. STOP ends the session."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	d.Stop()
	d.StopKey()
	d.expect(t, "stop stop_button", "stop stop_key")
	d.Update(participant.State{Phase: session.Ended})
	if !d.Close() {
		t.Error("got a window that stays, want one that closes")
	}
	d.StopKey()
	d.expect(t)
}

func TestClosingOnTheWayInGivesUp(t *testing.T) {
	d := newDesk(words.English)
	d.Update(participant.State{Phase: session.Waiting})
	if !d.Close() {
		t.Error("got a window that stays, want one that closes")
	}
	d.expect(t, "cancel")
}

func TestLostSessionCountsDown(t *testing.T) {
	d := newDesk(words.English)
	d.Update(participant.State{Phase: session.Lost, Grants: session.See, ResumeUntil: d.at.Add(9*time.Minute + 5*time.Second)})
	v := d.View()
	if got, want := v.Live.Text, "It is being resumed by itself, 9:05 minutes left."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(v.Bar.Chips) != 0 || v.Bar.Level != Quiet || !v.Bar.Lost {
		t.Errorf("got %+v, want no chips and quiet", v.Bar)
	}
}

func TestEndPageTellsTheLedger(t *testing.T) {
	d := newDesk(words.English)
	at := func(min int) time.Time { return time.Date(2026, 3, 4, 10, min, 0, 0, time.Local) }
	d.Update(participant.State{Phase: session.Ended, Reason: session.ReasonEndedByMaster, Peer: hanna(), Ledger: []session.Entry{
		{At: at(0), What: "asked", About: session.See | session.Control},
		{At: at(1), What: "granted", Grants: session.See},
		{At: at(2), What: "granted", Grants: session.See, Silent: true},
		{At: at(2), What: "granted", Grants: session.See, For: 15 * time.Minute},
		{At: at(2), What: "limited", Grants: session.See, About: session.See, For: 5 * time.Minute},
		{At: at(2), What: "limited", Grants: session.See, About: session.See},
		{At: at(2), What: "time_over", About: session.See},
		{At: at(3), What: "changed"},
		{At: at(4), What: "ended"},
	}})
	want := []Row{
		{"10:00:00", "You were asked: See screen, Control"},
		{"10:01:00", "You said yes; now allowed: See screen"},
		{"10:02:00", "No answer in time, which counts as yes; now allowed: See screen"},
		{"10:02:00", "You said yes for 15 minutes; now allowed: See screen"},
		{"10:02:00", "You set a time of 5 minutes for: See screen"},
		{"10:02:00", "You took the time limit off: See screen"},
		{"10:02:00", "The time is over for: See screen; still allowed: nothing"},
		{"10:03:00", "You changed it; now allowed: nothing"},
		{"10:04:00", "Session over"},
	}
	if got := d.View().End.Rows; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLongLedgerKeepsBothEnds(t *testing.T) {
	d := newDesk(words.English)
	s := participant.State{Phase: session.Ended, Reason: session.ReasonLeft}
	for range 300 {
		s.Ledger = append(s.Ledger, session.Entry{At: d.at, What: "changed"})
	}
	s.Ledger = append(s.Ledger, session.Entry{At: d.at, What: "ended"})
	d.Update(s)
	rows := d.View().End.Rows
	if got, want := len(rows), rowLimit+1; got != want {
		t.Fatalf("got %d rows, want %d", got, want)
	}
	if got, want := rows[rowLimit/2].Text, "… 101 lines are not shown …"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := rows[rowLimit].Text, "Session over"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLanguageSwitchChangesEverySentence(t *testing.T) {
	d := newDesk(words.English)
	if got, want := d.View().Start.Connect, "Connect"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	d.SwitchLanguage()
	if got, want := d.View().Start.Connect, "Verbinden"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPersonChoosesWhatIsShown(t *testing.T) {
	d := newDesk(words.German)
	state := participant.State{
		Phase: session.Joined, Peer: hanna(), Grants: session.See, Sharing: true,
		Target: screen.Target{Kind: screen.Window, ID: 9}, Shown: screen.Target{Kind: screen.Window, ID: 9}, ShownName: "Rechnung.xlsx",
	}
	d.Update(state)
	v := d.View().Bar
	if got, want := v.Shows+" "+v.Change, "Gezeigt wird: nur das Fenster „Rechnung.xlsx“ Ändern …"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	got := d.Choices()
	want := []Group{
		{"Zeigen", []Choice{
			{"der ganze Computer", screen.Target{Kind: screen.Desktop}, false},
			{"Bildschirm 1 (1920 × 1080)", screen.Target{Kind: screen.Display, ID: 1}, false},
			{"Bildschirm 2 (1280 × 1024)", screen.Target{Kind: screen.Display, ID: 2}, false},
			{"linke Hälfte des Bildschirms", screen.Target{Kind: screen.Region, Rect: image.Rect(0, 0, 960, 1080)}, false},
			{"rechte Hälfte des Bildschirms", screen.Target{Kind: screen.Region, Rect: image.Rect(960, 0, 1920, 1080)}, false},
		}},
		{"Nur dieses Fenster", []Choice{
			{"Rechnung.xlsx", screen.Target{Kind: screen.Window, ID: 9}, true},
			{strings.Repeat("lang ", 11) + "lang…", screen.Target{Kind: screen.Window, ID: 4}, false},
		}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	d.Show(want[0].Choices[2].Target)
	d.expect(t, "show display 2")
}

func TestNothingElseIsShownWhileControlled(t *testing.T) {
	d := newDesk(words.English)
	d.Update(participant.State{Phase: session.Joined, Peer: hanna(), Grants: session.See | session.Control, Sharing: true})
	if got := d.View().Bar.Change; got != "" {
		t.Errorf("got %q, want no way to change it", got)
	}
	d.Show(screen.Target{Kind: screen.Desktop})
	d.expect(t)
}

func TestStopKeyThatIsNotHeardIsNotRehearsed(t *testing.T) {
	d := newDesk(words.English)
	state := participant.State{Phase: session.Joined, Peer: hanna(), Grants: session.See}
	d.Update(state)
	if d.View().Bar.Drill == "" {
		t.Error("got no offer to try the stop key")
	}
	state.Warning = session.ReasonNoStopKey
	d.Update(state)
	if got := d.View().Bar.Drill; got != "" {
		t.Errorf("got the offer %q beside %q", got, d.View().Bar.Warning)
	}
}
