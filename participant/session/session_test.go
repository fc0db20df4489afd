package session

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"
)

// noon is when the sessions of these tests take place.
var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// alice is who asks in these tests.
var alice = Person{Name: "Alice", Organisation: "Harbour IT", Verified: true, Licence: "1234567897"}

const (
	countdown = 30 * time.Second
	before    = See | Chat // what is allowed in every test session
)

// apply moves s along and fails the test when an event is refused.
func apply(t *testing.T, s *Session, events ...Event) {
	t.Helper()
	for _, e := range events {
		if err := s.Apply(e); err != nil {
			t.Fatalf("Apply(%#v): %v", e, err)
		}
	}
}

// copyOf returns a session that shares nothing with s.
func copyOf(s *Session) Session {
	c := *s
	c.ledger = slices.Clone(s.ledger)
	return c
}

// stand is the name of where a session stands, with the open question told
// apart.
func stand(s *Session) string {
	if _, open := s.Question(); open {
		return "asked"
	}
	names := []string{"idle", "connecting", "proving", "waiting", "joined", "lost", "ended"}
	return names[s.Phase()]
}

// stands returns a session in each state, by name.
func stands(t *testing.T) map[string]*Session {
	t.Helper()
	path := []Event{
		Dialled{noon},
		Reached{noon},
		Proven{noon, alice},
		Admitted{noon},
		Changed{noon, before},
		Asked{At: noon, ID: 1, Grants: Control | FilesIn, Why: "printer", Countdown: countdown},
		LinkLost{noon},
		Finished{noon, ReasonLeft},
	}
	all := make(map[string]*Session)
	var s Session
	for i := 0; ; i++ {
		c := copyOf(&s)
		all[stand(&c)] = &c
		if i == len(path) {
			return all
		}
		apply(t, &s, path[i])
	}
}

var order = []string{"idle", "connecting", "proving", "waiting", "joined", "asked", "lost", "ended"}

func TestEveryEventInEveryPhaseDoesWhatTheTableSays(t *testing.T) {
	question := func(change func(*Asked)) Asked {
		q := Asked{At: noon, ID: 2, Grants: Control, Countdown: countdown}
		change(&q)
		return q
	}
	deadline, gone := noon.Add(countdown), noon.Add(ResumeWindow)
	const no = "" // refused
	table := []struct {
		name  string
		event Event
		want  [8]string // by order
	}{
		{"nil", nil, [8]string{}},
		{"pointer", &Changed{noon, All}, [8]string{}},
		{"dialled", Dialled{noon}, [8]string{"connecting"}},
		{"reached", Reached{noon}, [8]string{no, "proving"}},
		{"proven", Proven{noon, alice}, [8]string{no, no, "waiting"}},
		{"admitted", Admitted{noon}, [8]string{no, no, no, "joined"}},
		{"asked", question(func(*Asked) {}), [8]string{no, no, no, no, "asked"}},
		{"asked for nothing", question(func(q *Asked) { q.Grants = 0 }), [8]string{}},
		{"asked for more than there is", question(func(q *Asked) { q.Grants = Control | 1<<15 }), [8]string{}},
		{"asked without time", question(func(q *Asked) { q.Countdown = 0 }), [8]string{}},
		{"asked in the past", question(func(q *Asked) { q.Countdown = -countdown }), [8]string{}},
		{"asked with number 0", question(func(q *Asked) { q.ID = 0 }), [8]string{}},
		{"withdrawn", Withdrawn{noon, 1}, [8]string{no, no, no, no, no, "joined"}},
		{"withdrawn another", Withdrawn{noon, 2}, [8]string{}},
		{"withdrawn none", Withdrawn{noon, 0}, [8]string{}},
		{"answered", Answered{noon, 1, Control, 0}, [8]string{no, no, no, no, no, "joined"}},
		{"answered no", Answered{noon, 1, 0, 0}, [8]string{no, no, no, no, no, "joined"}},
		{"answered just in time", Answered{deadline.Add(-1), 1, Control, 0}, [8]string{no, no, no, no, no, "joined"}},
		{"answered at zero", Answered{deadline, 1, Control, 0}, [8]string{}},
		{"answered no at zero", Answered{deadline, 1, 0, 0}, [8]string{}},
		{"answered more than asked", Answered{noon, 1, Control | Record, 0}, [8]string{}},
		{"answered another", Answered{noon, 2, Control, 0}, [8]string{}},
		{"answered none", Answered{noon, 0, Control, 0}, [8]string{}},
		{"answered for a while", Answered{noon, 1, Control, time.Minute}, [8]string{no, no, no, no, no, "joined"}},
		{"answered for less than no time", Answered{noon, 1, Control, -time.Minute}, [8]string{}},
		{"touched", Touched{noon, 1}, [8]string{no, no, no, no, no, "asked"}},
		{"touched another", Touched{noon, 2}, [8]string{}},
		{"touched none", Touched{noon, 0}, [8]string{}},
		{"limited", Limited{noon, before, time.Minute}, [8]string{no, no, no, no, "joined", "asked", "lost"}},
		{"limited nothing", Limited{noon, 0, time.Minute}, [8]string{}},
		{"limited what is not given", Limited{noon, See | Record, time.Minute}, [8]string{}},
		{"limited to less than no time", Limited{noon, See, -time.Minute}, [8]string{}},
		{"tick", Tick{noon}, [8]string{"idle", "connecting", "proving", "waiting", "joined", "asked", "lost", "ended"}},
		{"tick just before zero", Tick{deadline.Add(-1)}, [8]string{"idle", "connecting", "proving", "waiting", "joined", "asked", "lost", "ended"}},
		{"tick at zero", Tick{deadline}, [8]string{"idle", "connecting", "proving", "waiting", "joined", "joined", "lost", "ended"}},
		{"tick at the last moment", Tick{gone}, [8]string{"idle", "connecting", "proving", "waiting", "joined", "joined", "lost", "ended"}},
		{"tick too late to resume", Tick{gone.Add(1)}, [8]string{"idle", "connecting", "proving", "waiting", "joined", "joined", "ended", "ended"}},
		{"changed to less", Changed{noon, Chat}, [8]string{no, no, no, no, "joined", "asked", "lost"}},
		{"changed to nothing", Changed{noon, 0}, [8]string{no, no, no, no, "joined", "asked", "lost"}},
		{"changed to more", Changed{noon, before | Control}, [8]string{no, no, no, no, "joined", "asked"}},
		{"changed to other", Changed{noon, Record}, [8]string{no, no, no, no, "joined", "asked"}},
		{"changed to what is not", Changed{noon, 1 << 15}, [8]string{}},
		{"gave back", GaveBack{noon, See}, [8]string{no, no, no, no, "joined", "asked"}},
		{"gave back what it had not", GaveBack{noon, Record}, [8]string{no, no, no, no, "joined", "asked"}},
		{"link lost", LinkLost{noon}, [8]string{no, no, no, no, "lost", "lost"}},
		{"link back", LinkBack{gone}, [8]string{no, no, no, no, no, no, "joined"}},
		{"link back too late", LinkBack{gone.Add(1)}, [8]string{}},
		{"finished", Finished{noon, ReasonStopKey}, [8]string{"ended", "ended", "ended", "ended", "ended", "ended", "ended"}},
	}
	for _, row := range table {
		for i, from := range order {
			t.Run(row.name+" when "+from, func(t *testing.T) {
				checkMove(t, stands(t)[from], row.event, row.want[i])
			})
		}
	}
}

// checkMove applies e and checks where s stands then; "" means refused and
// unchanged.
func checkMove(t *testing.T, s *Session, e Event, want string) {
	t.Helper()
	old := copyOf(s)
	err := s.Apply(e)
	if want == "" {
		if !errors.Is(err, ErrOrder) {
			t.Errorf("error: got %v, want %v", err, ErrOrder)
		}
		if !reflect.DeepEqual(*s, old) {
			t.Errorf("after a refusal: got %+v, want %+v", *s, old)
		}
		return
	}
	if err != nil || stand(s) != want {
		t.Errorf("got %q, %v, want %q", stand(s), err, want)
	}
	if s.Phase() != Joined {
		checkNothingAllowed(t, s)
	}
}

func checkNothingAllowed(t *testing.T, s *Session) {
	t.Helper()
	for g := Grants(1); g != 0; g++ {
		if s.Allows(g) {
			t.Fatalf("%v is allowed in %s", g, stand(s))
		}
	}
}

func TestZeroSessionAllowsNothing(t *testing.T) {
	var s Session
	checkNothingAllowed(t, &s)
	want := Session{}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got %+v, want %+v", s, want)
	}
	if s.Phase() != Idle || s.Grants() != 0 || s.Peer() != (Person{}) || s.Reason() != ReasonNone ||
		!s.ResumeUntil().IsZero() || len(s.Ledger()) != 0 {
		t.Errorf("got %+v, want nothing", s)
	}
}

func TestJoiningAllowsNothing(t *testing.T) {
	var s Session
	apply(t, &s, Dialled{noon}, Reached{noon}, Proven{noon, alice}, Admitted{noon})
	checkNothingAllowed(t, &s)
}

func TestAllowsOnlyWhatWasGrantedAltogether(t *testing.T) {
	s := stands(t)["joined"]
	for _, row := range []struct {
		g    Grants
		want bool
	}{
		{0, false},
		{See, true},
		{Chat, true},
		{See | Chat, true},
		{See | Control, false},
		{Control, false},
		{All, false},
		{1 << 15, false},
		{See | 1<<15, false},
	} {
		if got := s.Allows(row.g); got != row.want {
			t.Errorf("Allows(%v): got %v, want %v", row.g, got, row.want)
		}
	}
}

func TestControlledComputerGivesNoFurtherRights(t *testing.T) {
	s := stands(t)["joined"]
	apply(t, s, Changed{noon, See | Control})
	if err := s.Apply(Changed{noon, See | Control | FilesIn}); !errors.Is(err, ErrOrder) {
		t.Errorf("more while controlled: got %v, want ErrOrder", err)
	}
	apply(t, s, Changed{noon, Control}, Changed{noon, 0}, Changed{noon, See | FilesIn})
	if got, want := s.Grants(), See|FilesIn; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestControlPausesWhileAQuestionIsOpen(t *testing.T) {
	s := stands(t)["joined"]
	apply(t, s, Changed{noon, See | Control})
	apply(t, s, Asked{At: noon, ID: 5, Grants: FilesIn, Countdown: countdown})
	got := []bool{s.Allows(See), s.Allows(Control), s.Allows(See | Control)}
	apply(t, s, Withdrawn{noon, 5})
	got = append(got, s.Allows(Control))
	if want := []bool{true, false, false, true}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestQuestionHoldsWhoAsksForWhatUntilWhen(t *testing.T) {
	s := stands(t)["joined"]
	apply(t, s, Changed{noon, Chat}, Asked{At: noon, ID: 9, Grants: See | Control, Why: "printer", Countdown: countdown, YesAtZero: true})
	got, open := s.Question()
	want := Question{
		ID: 9, From: alice, Grants: See | Control, Why: "printer",
		Asked: noon, Deadline: noon.Add(countdown), YesAtZero: true,
	}
	if got != want || !open {
		t.Errorf("got %+v, %v, want %+v, true", got, open, want)
	}
}

func TestQuestionNumbersAreUsedOnce(t *testing.T) {
	s := stands(t)["joined"]
	ask := func(id uint32) error {
		return s.Apply(Asked{At: noon, ID: id, Grants: Control, Countdown: countdown})
	}
	var got []string
	for _, id := range []uint32{1, 1, 7, 6, 7, 8} {
		err := ask(id)
		if err == nil {
			apply(t, s, Withdrawn{noon, id})
		}
		got = append(got, fmt.Sprint(id, err == nil))
	}
	want := []string{"1 true", "1 false", "7 true", "6 false", "7 false", "8 true"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSilenceMeansNoUnlessOurOwnProfileSaysYes(t *testing.T) {
	for _, row := range []struct {
		yes  bool
		want Grants
		what string
	}{
		{false, Chat, "expired"},
		{true, before, "granted"},
	} {
		s := stands(t)["joined"]
		apply(t, s, Changed{noon, Chat}, Asked{At: noon, ID: 1, Grants: See, Countdown: countdown, YesAtZero: row.yes})
		apply(t, s, Tick{noon.Add(countdown)})
		got := s.Ledger()[len(s.Ledger())-1]
		want := Entry{At: noon.Add(countdown), What: row.what, Grants: row.want, Question: 1, Silent: row.yes, About: See}
		if s.Grants() != row.want || got != want {
			t.Errorf("yes at zero %v: got %v, %+v, want %v, %+v", row.yes, s.Grants(), got, row.want, want)
		}
	}
}

func TestTakingRightsAwayStopsYesAtZero(t *testing.T) {
	for _, row := range []struct{ change, want Grants }{
		{0, 0},
		{Record, Record},
		{Chat, before}, // nothing taken away: the profile's yes stands
		{Chat | Record, before | Record},
	} {
		s := stands(t)["joined"]
		apply(t, s, Changed{noon, Chat}, Asked{At: noon, ID: 1, Grants: See, Countdown: countdown, YesAtZero: true})
		apply(t, s, Changed{noon, row.change}, Tick{noon.Add(countdown)})
		if s.Grants() != row.want {
			t.Errorf("changed to %v: got %v, want %v", row.change, s.Grants(), row.want)
		}
	}
}

func TestResumingKeepsTheRightsAndLosesTheQuestion(t *testing.T) {
	s := stands(t)["asked"]
	apply(t, s, LinkLost{noon})
	if got, want := s.ResumeUntil(), noon.Add(ResumeWindow); got != want {
		t.Errorf("resume until: got %v, want %v", got, want)
	}
	apply(t, s, LinkBack{noon.Add(ResumeWindow)})
	q, open := s.Question()
	if s.Grants() != before || !s.Allows(before) || open || q != (Question{}) || !s.ResumeUntil().IsZero() {
		t.Errorf("got %+v, want rights %v and no question", s, before)
	}
}

func TestNoCountsWhileTheConnectionIsLost(t *testing.T) {
	s := stands(t)["lost"]
	apply(t, s, Changed{noon, Chat}, LinkBack{noon})
	if s.Grants() != Chat || s.Allows(See) {
		t.Errorf("got %v, want %v", s.Grants(), Chat)
	}
}

func TestEndTakesEverythingAndKeepsTheReason(t *testing.T) {
	for from, s := range stands(t) {
		if from == "ended" {
			continue
		}
		apply(t, s, Finished{noon, ReasonStopKey})
		_, open := s.Question()
		if s.Phase() != Ended || s.Grants() != 0 || open || s.Reason() != ReasonStopKey {
			t.Errorf("from %s: got %+v, want ended by the stop key", from, s)
		}
	}
}

func TestALostSessionIsGivenUpAfterItsWindow(t *testing.T) {
	s := stands(t)["lost"]
	apply(t, s, Tick{noon.Add(ResumeWindow + 1)})
	if s.Phase() != Ended || s.Reason() != ReasonConnectionLost {
		t.Errorf("got %v, %q, want %v, %q", s.Phase(), s.Reason(), Ended, ReasonConnectionLost)
	}
}
