package master_test

import (
	"testing"
	"time"

	"lotse/master"
	"lotse/participant"
	"lotse/participant/session"
)

// memberOf takes a customer whose own profile says what happens at zero.
func (s *scene) memberOf(yesAtZero bool) {
	s.t.Helper()
	p := s.profile(false)
	p.Relays, p.StartAtZero, p.Countdown = s.line, yesAtZero, time.Second
	member, err := participant.New(participant.Config{
		Profile: p, OnChange: s.members.set, Edge: s.desk.edge(), Build: 1, Windowless: true,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.member = member
}

func TestTimeThatIsOverTakesTheRightAndIsToldAsTheReason(t *testing.T) {
	s := newScene(t)
	s.admitted()
	s.grant(session.See | session.Chat)
	s.member.Limit(session.See, 300*time.Millisecond)
	s.masters.wait(t, "the time over", func(v master.State) bool {
		m := v.Members[0]
		return m.Grants == session.Chat && m.Answer == session.ReasonTimeOver && !m.Sharing
	})
	s.grant(session.See) // asked again, which takes the reason away
	if got := s.masters.get().Members[0].Answer; got != session.ReasonNone {
		t.Errorf("got %q after another yes, want none", got)
	}
	s.member.SetGrants(0)
	s.masters.wait(t, "nothing", func(v master.State) bool { return v.Members[0].Grants == 0 })
}

func TestAnswerForAWhileEndsByItself(t *testing.T) {
	s := newScene(t)
	s.admitted()
	s.room.Ask(2, session.See|session.Control, "")
	v := s.members.wait(t, "a question", func(v participant.State) bool { return v.Question != nil })
	s.member.Answer(v.Question.ID, session.See|session.Control, time.Second)
	v = s.members.wait(t, "rights that end", func(v participant.State) bool { return v.Grants.Has(session.Control) })
	if got := len(v.Ends); got != 2 {
		t.Errorf("got %v, want an end for both rights", v.Ends)
	}
	s.masters.wait(t, "the time over", func(v master.State) bool {
		return v.Members[0].Grants == 0 && v.Members[0].Answer == session.ReasonTimeOver
	})
	if got := s.members.get().Ends; len(got) != 0 {
		t.Errorf("got %v, want no ends", got)
	}
}

// TestSilenceIsWhatTheProfileSaysAndSightAtTheMost asks for everything of a
// person who is not there.
func TestSilenceIsWhatTheProfileSaysAndSightAtTheMost(t *testing.T) {
	for _, c := range []struct {
		yes    bool
		want   session.Grants
		answer session.Reason
	}{
		{false, 0, session.ReasonExpired},
		{true, session.See, session.ReasonNone},
	} {
		s := newScene(t)
		s.memberOf(c.yes)
		s.admitted()
		s.room.Ask(2, session.All, "")
		q := s.members.wait(t, "a question", func(v participant.State) bool { return v.Question != nil }).Question
		if got := q.AtZero(); got != c.want {
			t.Errorf("yes at zero %t: the person is told of %v, want %v", c.yes, got, c.want)
		}
		v := s.masters.wait(t, "the end of the countdown", func(v master.State) bool { return v.Members[0].Asked == 0 })
		if m := v.Members[0]; m.Grants != c.want || m.Answer != c.answer {
			t.Errorf("yes at zero %t: got %v, %q, want %v, %q", c.yes, m.Grants, m.Answer, c.want, c.answer)
		}
	}
}

func TestTouchedQuestionIsNotAnsweredBySilence(t *testing.T) {
	s := newScene(t)
	s.memberOf(true)
	s.admitted()
	s.room.Ask(2, session.See, "")
	v := s.members.wait(t, "a question", func(v participant.State) bool { return v.Question != nil })
	s.member.Touch(v.Question.ID)
	got := s.masters.wait(t, "the end of the countdown", func(v master.State) bool { return v.Members[0].Asked == 0 }).Members[0]
	if got.Grants != 0 || got.Answer != session.ReasonExpired {
		t.Errorf("got %v, %q, want nothing, %q", got.Grants, got.Answer, session.ReasonExpired)
	}
}

// TestUnexpectedCallIsNotToldToTheCaller: who is on the phone with somebody
// must not learn that they were found out.
func TestUnexpectedCallIsNotToldToTheCaller(t *testing.T) {
	s := newScene(t)
	s.admitted()
	s.grant(session.See)
	s.member.Stop(session.ReasonUnexpectedCall)
	v := s.masters.wait(t, "a member who left", func(v master.State) bool { return len(v.Members) == 1 && v.Members[0].Gone != "" })
	if got, want := v.Members[0].Gone, session.ReasonLeft; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := s.members.wait(t, "the end", func(v participant.State) bool { return v.Phase == session.Ended }).Reason, session.ReasonUnexpectedCall; got != want {
		t.Errorf("the person reads %q, want %q", got, want)
	}
}

func TestRehearsedStopKeyEndsNothingAndTheNextOneDoes(t *testing.T) {
	s := newScene(t)
	s.admitted()
	s.grant(session.See)
	s.member.Rehearse(true)
	s.members.wait(t, "the rehearsal", func(v participant.State) bool { return v.Rehearsal == participant.Rehearsing })
	s.desk.press()
	s.desk.press() // the same stroke, heard in another way
	s.members.wait(t, "the rehearsal that worked", func(v participant.State) bool { return v.Rehearsal == participant.Rehearsed })
	s.grant(session.Control) // so that the next press is no echo
	if got, want := s.members.wait(t, "control", func(v participant.State) bool { return v.Grants.Has(session.Control) }).Phase, session.Joined; got != want {
		t.Fatalf("got phase %d after the rehearsal, want %d", got, want)
	}
	s.members.wait(t, "real F11", func(v participant.State) bool { return v.Rehearsal == participant.Unrehearsable })
	s.desk.press()
	s.masters.wait(t, "the stop", func(v master.State) bool { return len(v.Members) == 1 && v.Members[0].Gone == session.ReasonStopKey })
}
