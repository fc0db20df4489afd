package master_test

import (
	"strings"
	"testing"

	"lotse/master"
	"lotse/packaging/profile"
	"lotse/participant"
	"lotse/participant/session"
	"lotse/relay/relaytest"
)

// newDirectScene is a scene in which both sides may talk past the relay on
// this machine, as far as their profiles say.
func newDirectScene(t *testing.T, moderator, customer profile.Direct) *scene {
	t.Helper()
	s := plainScene(t, relaytest.New(t))
	s.policy = func(p *profile.Profile) {
		p.Development, p.Direct = true, customer
		if p.Licence != nil {
			p.Direct = moderator
		}
	}
	s.openRoom()
	s.newMember()
	return s
}

// directly waits for both sides to have left the relay.
func (s *scene) directly() {
	s.t.Helper()
	s.masters.wait(s.t, "the direct path", func(v master.State) bool { return len(v.Members) == 1 && v.Members[0].Direct })
	s.members.wait(s.t, "the direct path", func(v participant.State) bool { return v.Direct })
}

// typed asserts that the customer's computer has got these texts, each once and
// in their order. What is injected are letters.
func (s *scene) typed(texts []string) {
	s.t.Helper()
	want := strings.Join(texts, "")
	var got string
	until(s.t, "the last letter", func() bool {
		var b strings.Builder
		for _, e := range s.desk.log() {
			text, _ := strings.CutPrefix(e, "text ")
			b.WriteString(text)
		}
		got = b.String()
		return len(got) >= len(want)
	})
	if got != want {
		s.t.Errorf("got %q, want %q", got, want)
	}
}

// words are so many texts from a number on.
func words(from, n int) []string {
	var out []string
	for i := range n {
		out = append(out, strings.Repeat("x", 1+(from+i)%7)+string(rune('0'+(from+i)%10)))
	}
	return out
}

// TestSessionLeavesTheRelay types and shows pictures past the relay, whose
// counters hardly move meanwhile; then it loses the relay, comes back and leaves it
// again.
func TestSessionLeavesTheRelay(t *testing.T) {
	s := newDirectScene(t, profile.DirectAnywhere, profile.DirectNetwork)
	s.admitted()
	s.desk.frames <- frame(10)
	s.grant(session.See | session.Control)
	s.seeShade(10)
	s.directly()
	before := s.relay.Stats().BytesIn
	all := words(0, 200)
	for _, w := range all {
		s.room.Text(2, w)
	}
	for shade := byte(20); shade < 60; shade++ {
		s.desk.frames <- frame(shade)
		s.seeShade(int(shade))
	}
	s.typed(all)
	moved := s.relay.Stats().BytesIn - before
	t.Logf("200 texts and 40 pictures directly; %d bytes over the relay meanwhile", moved)
	if moved > 4<<10 {
		t.Errorf("%d bytes went over the relay", moved)
	}
	s.relay.Stop()
	s.members.wait(t, "the relay missed", func(v participant.State) bool { return v.Phase == session.Lost })
	s.relay.Restart()
	s.members.wait(t, "the session back", func(v participant.State) bool { return v.Phase == session.Joined })
	s.directly()
	more := words(200, 20)
	for _, w := range more {
		s.room.Text(2, w)
	}
	s.typed(append(all, more...))
	s.room.End()
	s.members.wait(t, "the end", func(v participant.State) bool {
		return v.Phase == session.Ended && v.Reason == session.ReasonEndedByMaster
	})
}

// TestSecondMemberIsTypedToDirectlyToo has two customers: what is for
// everybody goes over the relay, input to each directly.
func TestSecondMemberIsTypedToDirectlyToo(t *testing.T) {
	s := newDirectScene(t, profile.DirectAnywhere, profile.DirectAnywhere)
	s.admitted()
	s.desk.frames <- frame(10)
	s.grant(session.See | session.Control)
	s.seeShade(10)
	s.directly()
	first, desk := s.members, s.desk
	s.desk, s.members = newDesk(), newStates[participant.State]()
	s.newMember()
	s.join(s.masters.get().Code())
	v := s.masters.wait(t, "a knock", func(v master.State) bool { return len(v.Knocks) == 1 })
	s.room.Admit(v.Knocks[0].Conn)
	s.masters.wait(t, "two direct paths", func(v master.State) bool {
		return len(v.Members) == 2 && v.Members[0].Direct && v.Members[1].Direct
	})
	first.wait(t, "the path kept", func(v participant.State) bool { return v.Direct })
	desk.frames <- frame(30)
	s.seeShade(30)
	s.room.Text(2, "hallo")
	until(t, "the text", func() bool { return len(desk.log()) >= len("hallo") })
	s.room.Remove(2)
	first.wait(t, "removal", func(v participant.State) bool {
		return v.Phase == session.Ended && v.Reason == session.ReasonRemoved
	})
	s.masters.wait(t, "the other's path kept", func(v master.State) bool { return v.Members[0].ID == 3 && v.Members[0].Direct })
}
