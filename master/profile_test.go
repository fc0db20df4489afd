package master_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"lotse/master"
	"lotse/packaging/profile"
	"lotse/participant"
	"lotse/participant/session"
)

// roomWith opens a room whose profile change has changed.
func (s *scene) roomWith(change func(*profile.Profile)) {
	s.t.Helper()
	s.room.End()
	s.masters.wait(s.t, "the end", func(v master.State) bool { return v.Phase == master.Ended })
	<-s.roomEnd
	p := s.profile(true)
	change(p)
	room, err := master.New(master.Config{Profile: p, OnChange: s.masters.set, Build: 1})
	if err != nil {
		s.t.Fatal(err)
	}
	s.room = room
	go func() { s.roomEnd <- room.Run(s.ctx) }()
	s.masters.wait(s.t, "an open room", func(v master.State) bool { return v.Phase == master.Open && v.Number != "" })
}

// memberWith takes a customer whose own profile change has changed.
func (s *scene) memberWith(change func(*profile.Profile)) {
	s.t.Helper()
	p := s.profile(false)
	p.Relays = s.line
	change(p)
	member, err := participant.New(participant.Config{Profile: p, OnChange: s.members.set, Edge: s.desk.edge(), Build: 1, Windowless: true})
	if err != nil {
		s.t.Fatal(err)
	}
	s.member = member
}

func TestForbiddenRightIsAnsweredAtOnce(t *testing.T) {
	s := newScene(t)
	s.memberWith(func(p *profile.Profile) { p.Never = []string{"control"} })
	s.admitted()
	s.room.Ask(2, session.Control, "")
	v := s.masters.wait(t, "the answer", func(v master.State) bool { return v.Members[0].Answer != session.ReasonNone })
	if got := v.Members[0]; got.Answer != session.ReasonForbidden || got.Asked != 0 {
		t.Errorf("got %q, still asked %v, want %q", got.Answer, got.Asked, session.ReasonForbidden)
	}
	if q := s.members.get().Question; q != nil {
		t.Errorf("the person is asked for %v", q.Grants)
	}
	s.room.Ask(2, session.See|session.Control, "")
	q := s.members.wait(t, "a question", func(v participant.State) bool { return v.Question != nil }).Question
	if q.Grants != session.See {
		t.Errorf("the person is asked for %v, want see", q.Grants)
	}
}

// TestMasterUsesNothingThatItsProfileForbids has a customer who gives more than
// the moderator's side may have.
func TestMasterUsesNothingThatItsProfileForbids(t *testing.T) {
	s := newScene(t)
	s.roomWith(func(p *profile.Profile) { p.Never = []string{"control", "clipboard_out"} })
	s.admitted()
	s.room.Ask(2, session.Control, "") // reaches nobody
	s.room.Ask(2, session.Control|session.Chat, "")
	q := s.members.wait(t, "a question", func(v participant.State) bool { return v.Question != nil }).Question
	if q.Grants != session.Chat {
		t.Fatalf("the person is asked for %v, want chat", q.Grants)
	}
	s.member.Answer(q.ID, session.Chat, 0)
	s.members.wait(t, "the yes", func(v participant.State) bool { return v.Grants == session.Chat })
	s.member.SetGrants(session.Chat | session.Control | session.Point)
	v := s.masters.wait(t, "the rights", func(v master.State) bool { return v.Members[0].Grants.Has(session.Point) })
	if got := v.Members[0].Grants; got.Has(session.Control) {
		t.Errorf("the moderator has %v, which the profile forbids", got)
	}
	s.room.Text(2, "hello")
	s.room.Wipe(2, 0)
	s.member.SetGrants(session.Chat)
	s.masters.wait(t, "the rights gone", func(v master.State) bool { return v.Members[0].Grants == session.Chat })
	if slices.Contains(s.desk.log(), "text hello") {
		t.Error("the moderator typed, which the profile forbids")
	}
}

func TestProfileThatForbidsWhatThereIsNotOpensNothing(t *testing.T) {
	p := &profile.Profile{Never: []string{"everything"}}
	if _, err := participant.New(participant.Config{Profile: p}); err == nil {
		t.Error("got a member")
	}
}

// TestRoomLocksBehindWhoeverComesIn: the first one in, and one for whom the
// moderator has opened the room again.
func TestRoomLocksBehindWhoeverComesIn(t *testing.T) {
	s := newScene(t)
	s.roomWith(func(p *profile.Profile) { p.AutoLock = true })
	if s.masters.get().Locked {
		t.Fatal("locked before anybody came")
	}
	s.admitted()
	s.masters.wait(t, "the lock", func(v master.State) bool { return v.Locked })
	first := s.member
	knocks := func() session.Reason {
		s.newMember()
		s.members.set(participant.State{})
		s.join(s.masters.get().Code())
		return s.members.wait(t, "the second one at the door or sent away", func(v participant.State) bool {
			return v.Phase == session.Waiting || v.Phase == session.Ended
		}).Reason
	}
	if got := knocks(); got != session.ReasonUnknownSession {
		t.Fatalf("a second one: got %q, want %q, which a locked room says", got, session.ReasonUnknownSession)
	}
	<-s.endings
	s.room.Lock(false)
	s.masters.wait(t, "the room open again", func(v master.State) bool { return !v.Locked })
	got := knocks()
	for got == session.ReasonThrottled { // who was sent away has to wait
		<-s.endings
		<-time.After(s.members.get().RetryAfter)
		got = knocks()
	}
	if got != session.ReasonNone {
		t.Fatalf("after it was unlocked: got %q, want to be at the door", got)
	}
	v := s.masters.wait(t, "a knock", func(v master.State) bool { return len(v.Knocks) == 1 })
	s.room.Admit(v.Knocks[0].Conn)
	s.masters.wait(t, "two members and the lock", func(v master.State) bool { return len(v.Members) == 2 && v.Locked })
	first.Leave()
}

func TestNoSessionBeginsOnceTheProfileIsOver(t *testing.T) {
	s := newScene(t)
	over := func(p *profile.Profile) { p.NotAfter = time.Now().Add(-time.Hour) }
	s.memberWith(over)
	s.join(s.masters.get().Code())
	if got := s.members.wait(t, "the end", func(v participant.State) bool { return v.Phase == session.Ended }).Reason; got != session.ReasonProfileOver {
		t.Errorf("customer: got %q, want %q", got, session.ReasonProfileOver)
	}
	p := s.profile(true)
	over(p)
	states := newStates[master.State]()
	room, err := master.New(master.Config{Profile: p, OnChange: states.set, Build: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := room.Run(t.Context()); !errors.Is(err, profile.ErrOver) || states.get().Reason != session.ReasonProfileOver {
		t.Errorf("moderator: got %v, %q, want %v", err, states.get().Reason, profile.ErrOver)
	}
}

// TestSessionGoesOnWhenTheProfileRunsOut moves both clocks past the profile's end
// in the middle of a session.
func TestSessionGoesOnWhenTheProfileRunsOut(t *testing.T) {
	s := newScene(t)
	end := time.Now().Add(400 * time.Millisecond)
	s.memberWith(func(p *profile.Profile) { p.NotAfter = end })
	s.admitted()
	until(t, "the end of the profile", func() bool { return time.Now().After(end) })
	s.grant(session.See)
	if got := s.members.get().Phase; got != session.Joined {
		t.Errorf("got phase %d, want to be in the room", got)
	}
}
