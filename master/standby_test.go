package master_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"lotse/crypto/handshake"
	"lotse/master"
	"lotse/packaging/profile"
	"lotse/participant"
	"lotse/participant/session"
	"lotse/relay/hub"
	"lotse/relay/relaytest"
	"lotse/relay/wire"
)

// pairOf is a scene with two relays of one list, of which the second can lie;
// the room is ready on it, and the member stands by there.
func pairOf(t *testing.T) (s *scene, second *relaytest.Relay, first, evil *relaytest.Evil) {
	t.Helper()
	relay, first := relaytest.NewEvil(t)
	second, evil = relaytest.NewEvil(t, func(c *hub.Config) { c.LicenceIssuers = relay.Issuers() })
	s = newSceneOn(t, relay, second.Servers())
	s.admitted()
	if s.masters.get().Relay == second.Addr() { // it answered sooner
		s.relay, second, first, evil = second, s.relay, evil, first
	}
	s.grant(session.See | session.Control)
	s.stands(second)
	return s, second, first, evil
}

// stands waits until both sides stand by at a relay.
func (s *scene) stands(r *relaytest.Relay) {
	s.t.Helper()
	s.masters.wait(s.t, "a room in readiness on "+r.Addr(), func(v master.State) bool { return v.Standby == r.Addr() && v.Members[0].Standby })
	s.members.wait(s.t, "a member that stands by on "+r.Addr(), func(v participant.State) bool { return v.Standby == r.Addr() })
	if got := r.Stats().Standby; got != 2 {
		s.t.Errorf("%d connections stand by, want 2", got)
	}
}

func comes(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(longest)
	defer limit.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatalf("never saw: %s", what)
		}
	}
}

// types types digits and waits for all of them to arrive in order.
func (s *scene) types(from, to int) {
	s.t.Helper()
	for i := from; i < to; i++ {
		s.room.Text(2, strconv.Itoa(i%10))
	}
	var got []string
	comes(s.t, fmt.Sprintf("%d letters", to), func() bool {
		got = nil
		for _, e := range s.desk.log() {
			var text string
			if n, _ := fmt.Sscanf(e, "text %s", &text); n == 1 {
				for _, c := range text {
					got = append(got, string(c))
				}
			}
		}
		return len(got) >= to
	})
	for i, c := range got {
		if c != strconv.Itoa(i%10) {
			s.t.Fatalf("letter %d is %s of %v", i, c, got)
		}
	}
}

func (s *scene) on(r *relaytest.Relay) {
	s.t.Helper()
	s.masters.wait(s.t, "the master on "+r.Addr(), func(v master.State) bool {
		return v.Relay == r.Addr() && v.Phase == master.Open && len(v.Members) == 1 && !v.Members[0].Away
	})
	v := s.members.get()
	if v.Grants != session.See|session.Control || v.Question != nil {
		s.t.Errorf("got rights %v, question %v: want what was given and no question", v.Grants, v.Question)
	}
}

// TestBothGoOverToTheRelayWhereTheyStandBy: nobody dials, asks or joins anew,
// and what was typed meanwhile arrives.
func TestBothGoOverToTheRelayWhereTheyStandBy(t *testing.T) {
	s, second, _, _ := pairOf(t)
	s.types(0, 20)
	before := second.Stats()
	s.relay.Stop()
	s.types(20, 60)
	s.on(second)
	if got := second.Stats(); got.Standby != 0 || got.Links != before.Links {
		t.Errorf("got %d standing by, %d links, want none and %d: the same ones", got.Standby, got.Links, before.Links)
	}
	s.relay.Restart() // a new one to stand by at
	s.stands(s.relay)
	second.Stop()
	s.types(60, 100)
	s.on(s.relay)
}

// cut has a connection end that is sent anything: what the relay says there makes
// no sense.
func cut(who uint32) relaytest.Trick {
	return func(d hub.Direction, conn uint32, f wire.Frame) []wire.Frame {
		if d != hub.Out || conn != who {
			return []wire.Frame{f}
		}
		nonsense := wire.Stage1Frame(wire.Ticket{Conn: 2})
		return []wire.Frame{nonsense, nonsense}
	}
}

// TestWhoLosesTheRelayAloneIsFollowed: one line breaks, the other's does not.
func TestWhoLosesTheRelayAloneIsFollowed(t *testing.T) {
	for _, who := range []uint32{2, wire.MasterConn} {
		s, second, first, _ := pairOf(t)
		s.types(0, 10)
		first.Play(cut(who))
		s.types(10, 30)
		s.on(second)
	}
}

// TestLockedRoomIsLockedWhereItWasInReadiness: no moment passes in which a
// newcomer gets in.
func TestLockedRoomIsLockedWhereItWasInReadiness(t *testing.T) {
	s, second, _, _ := pairOf(t)
	s.room.Lock(true)
	s.masters.wait(t, "a lock", func(v master.State) bool { return v.Locked })
	s.relay.Stop()
	s.types(0, 5)
	s.on(second)
	late := &scene{
		t: t, ctx: t.Context(), relay: s.relay, line: second.Servers(), desk: newDesk(), masters: s.masters, members: newStates[participant.State](), endings: make(chan error, 1),
	}
	late.newMember()
	late.join(s.masters.get().Code())
	v := late.members.wait(t, "an end", func(v participant.State) bool { return v.Phase == session.Ended })
	if v.Reason != session.ReasonUnknownSession || len(s.masters.get().Knocks) != 0 {
		t.Errorf("got %q and %d knocks, want no such session", v.Reason, len(s.masters.get().Knocks))
	}
}

// TestStandbyThatBreaksIsRenewedQuietly and nothing else notices.
func TestStandbyThatBreaksIsRenewedQuietly(t *testing.T) {
	s, second, _, _ := pairOf(t)
	second.Stop()
	s.types(0, 10)
	second.Restart()
	s.stands(second)
	if v := s.masters.get(); v.Phase != master.Open || v.Members[0].Away || v.Relay != s.relay.Addr() {
		t.Errorf("got %+v, want an undisturbed room", v)
	}
	s.relay.Stop()
	s.types(10, 20)
	s.on(second)
}

// TestStandbyIsOnlyWhereTheRegionsAllow: a relay that one side may not dial is
// none to stand by at.
func TestStandbyIsOnlyWhereTheRegionsAllow(t *testing.T) {
	first := relaytest.New(t)
	ours := func(c *hub.Config) { c.LicenceIssuers = first.Issuers() }
	second, third := relaytest.New(t, ours), relaytest.New(t, ours)
	elsewhere := second.Servers()[0]
	elsewhere.Region = "elsewhere"
	s := newSceneOn(t, first, []profile.Relay{elsewhere, third.Servers()[0]}, "test")
	s.admitted()
	s.grant(session.See | session.Control)
	if s.masters.get().Relay == third.Addr() { // it answered sooner
		first, third = third, first
	}
	s.stands(third)
	if got := second.Stats(); got.Links != 0 || got.Stage1Failed != 0 {
		t.Errorf("got %+v, want an untouched relay", got)
	}
}

// TestHostileSecondRelayTakesNothingOver: it may drop and spoil what it likes;
// the session goes on where it is.
func TestHostileSecondRelayTakesNothingOver(t *testing.T) {
	s, second, _, evil := pairOf(t)
	for _, kind := range []wire.Type{wire.Record, wire.Handshake, wire.Notice} {
		evil.Play(relaytest.Flip(func(d hub.Direction, c uint32, f wire.Frame) bool { return d == hub.Out && c != 0 && f.Type == kind }, -1))
		second.Stop()
		s.types(0, 0)
		second.Restart()
		comes(t, "a spoilt frame", func() bool { return evil.Played() > 0 })
		if v := s.masters.get(); v.Phase != master.Open || v.Members[0].Away || v.Relay != s.relay.Addr() {
			t.Errorf("type %d: got %+v, want an undisturbed room", kind, v)
		}
		evil.Play(nil)
	}
	s.types(0, 10)
	if v := s.members.get(); v.Phase != session.Joined || v.Relay != s.relay.Addr() {
		t.Errorf("got %+v, want an undisturbed session", v)
	}
}

// TestForgedWordOfASecondRelayMovesNobody: it says once more what the master
// sealed for who stands by there, as if that were there.
func TestForgedWordOfASecondRelayMovesNobody(t *testing.T) {
	s, second, _, evil := pairOf(t)
	evil.Play(relaytest.Double(func(d hub.Direction, c uint32, f wire.Frame) bool {
		return d == hub.Out && c > wire.MasterConn && f.Type == wire.Record
	}))
	second.Stop()
	s.types(0, 1)
	second.Restart()
	comes(t, "a record twice", func() bool { return evil.Played() > 1 }) // and once more: it was noticed
	s.types(1, 10)
	if v := s.masters.get(); v.Members[0].Away || v.Relay != s.relay.Addr() {
		t.Errorf("got %+v, want an undisturbed room", v)
	}
	evil.Play(nil)
	s.stands(second)
	if v := s.members.get(); v.Phase != session.Joined || v.Relay != s.relay.Addr() {
		t.Errorf("got %+v, want an undisturbed session", v)
	}
}

// TestWhoIsAtTheDoorInReadinessGoesOnThere: somebody who was sent out knows the
// room's handle. Forgotten with the change of relays, such people would keep the
// door full; so each is still known, and told that a PIN is nothing for them.
func TestWhoIsAtTheDoorInReadinessGoesOnThere(t *testing.T) {
	s, second, _, evil := pairOf(t)
	var handle [16]byte
	evil.Play(func(d hub.Direction, _ uint32, f wire.Frame) []wire.Frame {
		if m, err := wire.ParseStage1(f.Payload); d == hub.Out && f.Type == wire.Stage1 && err == nil {
			if ticket, ok := m.(wire.Ticket); ok {
				handle = ticket.Handle
			}
		}
		return []wire.Frame{f}
	})
	second.Stop()
	s.types(0, 1)
	second.Restart()
	s.stands(second)
	evil.Play(nil)
	client, _, e1 := s.knock(second, wire.Join{Resume: true, Door: handle[:]}, nil, handshake.Secret{Kind: handshake.KindPIN, PIN: s.masters.get().PIN})
	s.relay.Stop()
	s.types(1, 10)
	s.on(second)
	s.sentAway(client, e1)
}

// TestGapAtTheMasterIsMendedWithNewKeys: the relay keeps something back that the
// member said. It has to come back, with its rights, and nobody is asked.
func TestGapAtTheMasterIsMendedWithNewKeys(t *testing.T) {
	s, _, first, _ := pairOf(t)
	s.types(0, 10)
	first.Play(relaytest.Drop(relaytest.Nth(1, func(d hub.Direction, c uint32, f wire.Frame) bool {
		return d == hub.In && c == 2 && f.Type == wire.Record && f.Flags.Lane() == wire.LaneControl
	})))
	s.member.SetGrants(session.See) // what is kept back
	comes(t, "something kept back", func() bool { return first.Played() > 0 })
	s.member.SetGrants(session.See | session.Control)
	s.masters.wait(t, "a member that is away", func(v master.State) bool { return v.Members[0].Away })
	s.on(s.relay)
	s.types(10, 20)
}
