package master_test

import (
	"slices"
	"strings"
	"testing"

	"lotse/crypto/epoch"
	"lotse/master"
	"lotse/participant"
	"lotse/participant/session"
	"lotse/relay/hub"
	"lotse/relay/relaytest"
	"lotse/relay/wire"
)

// customer is the connection of the first one who joins.
const customer = 2

// typing chooses the sealed input on its way to the customer.
func typing(d hub.Direction, conn uint32, f wire.Frame) bool {
	kid, err := epoch.PeekKID(f.Payload)
	return d == hub.Out && conn == customer && f.Type == wire.Record && err == nil && kid.Stream == epoch.PairInput
}

// TestLyingRelayInjectsNothing has the relay withhold, double, alter, cut and
// swap the records of what the moderator types. Whatever arrives is what was
// typed, in its order and once; after a gap the two ends make new keys and go
// on.
func TestLyingRelayInjectsNothing(t *testing.T) {
	for name, trick := range map[string]relaytest.Trick{
		"double":   relaytest.Double(relaytest.Nth(2, typing)),
		"flip":     relaytest.Flip(relaytest.Nth(2, typing), 20),
		"truncate": relaytest.Truncate(relaytest.Nth(2, typing), 9),
		"drop":     relaytest.Drop(relaytest.Nth(2, typing)),
		"swap":     relaytest.Swap(relaytest.Nth(2, typing)),
	} {
		t.Run(name, func(t *testing.T) {
			relay, evil := relaytest.NewEvil(t)
			s := newSceneAt(t, relay)
			s.admitted()
			s.grant(session.Control)
			evil.Play(trick)
			for _, word := range []string{"a", "b", "c", "d"} {
				s.room.Text(customer, word)
			}
			until(t, "the trick", func() bool { return evil.Played() > 0 })
			s.masters.wait(t, "the member here", func(v master.State) bool {
				return len(v.Members) == 1 && !v.Members[0].Away && v.Members[0].Grants.Has(session.Control)
			})
			evil.Play(nil)
			s.works()
			got := strings.Join(s.desk.log(), " ")
			want := strings.Fields("text a text b text c text d")
			at := 0
			for word := range strings.FieldsSeq(got) { // a subsequence of what was typed
				for at < len(want) && want[at] != word {
					at++
				}
				if at == len(want) && word != "text" && word != "e" {
					t.Fatalf("got %q, want no more than was typed, in its order", got)
				}
				at++
			}
			if strings.Count(got, "text b") > 1 {
				t.Fatalf("got %q: replayed", got)
			}
		})
	}
}

// works asserts that typing arrives, again and again until it does: the two
// ends may be making new keys.
func (s *scene) works() {
	s.t.Helper()
	until(s.t, "input", func() bool {
		s.room.Text(customer, "e")
		return slices.Contains(s.desk.log(), "text e")
	})
}

// TestLyingRelayInTheHandshake alters each message of the key agreement in
// turn. The person does not get in with it, is told a reason, and gets in when
// the relay is honest again.
func TestLyingRelayInTheHandshake(t *testing.T) {
	toMaster, toCustomer := relaytest.To(wire.MasterConn, wire.Handshake), relaytest.To(customer, wire.Handshake)
	for name, pick := range map[string]relaytest.Pick{
		"E1": relaytest.Nth(1, toMaster), "E2": relaytest.Nth(1, toCustomer),
		"E3": relaytest.Nth(2, toMaster), "E4": relaytest.Nth(2, toCustomer),
	} {
		t.Run(name, func(t *testing.T) {
			relay, evil := relaytest.NewEvil(t)
			s := newSceneAt(t, relay)
			evil.Play(relaytest.Flip(pick, 100))
			s.join(s.masters.get().Code())
			v := s.members.wait(t, "the end", func(v participant.State) bool { return v.Phase == session.Ended })
			if v.Reason == session.ReasonNone || v.Peer != (session.Person{}) {
				t.Fatalf("got reason %q and peer %+v, want a reason and nobody", v.Reason, v.Peer)
			}
			if err := <-s.endings; err == nil {
				t.Error("got an orderly end")
			}
			evil.Play(nil)
			s.members.set(participant.State{})
			s.join(s.masters.get().Code())
			s.members.wait(t, "proof", func(v participant.State) bool { return v.Phase == session.Waiting })
		})
	}
}

// TestManyQuestionsLeaveOneOpenAndStopWorks has a master ask without end.
func TestManyQuestionsLeaveOneOpenAndStopWorks(t *testing.T) {
	s := newScene(t)
	s.admitted()
	s.grant(session.Control)
	s.room.Key(customer, 0x04, true)
	until(t, "the key", func() bool { return slices.Contains(s.desk.log(), "key 0x4 true") })
	for range 200 {
		s.room.Ask(customer, session.FilesIn, "again")
	}
	s.members.wait(t, "a question", func(v participant.State) bool { return v.Question != nil })
	s.member.Stop(session.ReasonStopButton)
	if !slices.Contains(s.desk.log(), "key 0x4 false") {
		t.Error("a key is still held when Stop returns")
	}
	s.members.wait(t, "the end", func(v participant.State) bool {
		return v.Phase == session.Ended && v.Reason == session.ReasonStopButton
	})
}

// TestStopNeedsNoNetwork cuts the network and stops.
func TestStopNeedsNoNetwork(t *testing.T) {
	relay, evil := relaytest.NewEvil(t)
	s := newSceneAt(t, relay)
	s.admitted()
	s.grant(session.Control)
	s.room.Key(customer, 0xe0, true)
	until(t, "the key", func() bool { return slices.Contains(s.desk.log(), "key 0xe0 true") })
	evil.Play(func(hub.Direction, uint32, wire.Frame) []wire.Frame { return nil }) // silence both ways
	s.desk.press()
	until(t, "the key let go", func() bool { return !s.desk.holds("key 0xe0") })
	v := s.members.wait(t, "the end", func(v participant.State) bool { return v.Phase == session.Ended })
	if v.Reason != session.ReasonStopKey {
		t.Errorf("got %q, want %q", v.Reason, session.ReasonStopKey)
	}
}
