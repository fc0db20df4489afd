package hub

import (
	"testing"
	"time"

	"lotse/relay/wire"
)

// moved is a room that its master brings along from another relay.
func moved() wire.Open {
	return wire.Open{Digits: 6, Number: "482139", Owner: wire.Owner{1}}
}

func back(session string) wire.Join {
	return wire.Join{Session: session, Nonce: [16]byte{7}, Resume: true}
}

func TestWhoComesBackWaitsForTheMaster(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		came := make(chan time.Duration, 3)
		begun := time.Now()
		for _, from := range []string{office, abroad, here} {
			go func() {
				p, m := s.knock(from, back("482139"))
				if _, ok := m.(wire.Ticket); !ok {
					s.t.Errorf("from %s: got %+v, want a ticket", from, m)
				}
				came <- time.Since(begun)
				p.listen()
			}()
		}
		after(time.Second)
		s.master(here, wire.Open{Digits: 6, Number: "482139", Owner: wire.Owner{1}, MaxMembers: 3})
		for range 3 {
			if took := <-came; took < time.Second || took > time.Second+200*time.Millisecond {
				s.t.Errorf("came in after %v, want as soon as the master", took)
			}
		}
		if n := len(s.server.expected); n != 0 {
			s.t.Errorf("%d numbers are still expected", n)
		}
	})
}

func TestWhoComesBackToNobodyHearsSoInTime(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		begun := time.Now()
		_, got := s.knock(office, back("482139"))
		if want := (wire.Denied{Reason: wire.ReasonUnknownSession}); got != want {
			s.t.Errorf("got %+v, want %+v", got, want)
		}
		if took := time.Since(begun); took != comeTime+refusalDelay {
			s.t.Errorf("took %v, want %v", took, comeTime+refusalDelay)
		}
		if n := len(s.server.expected); n != 0 {
			s.t.Errorf("%d numbers are still expected", n)
		}
		begun = time.Now()
		s.knock(abroad, join("482139")) // a newcomer does not wait
		if took := time.Since(begun); took != refusalDelay {
			s.t.Errorf("a newcomer waited %v, want %v", took, refusalDelay)
		}
	})
}

func TestWhoComesBackWaitsForAMasterThatIsAway(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m := s.master(here, moved())
		m.raw.Close()
		came := make(chan wire.Message, 1)
		go func() {
			_, got := s.knock(office, back("482139"))
			came <- got
		}()
		after(time.Second)
		s.master(here, moved())
		if _, ok := (<-came).(wire.Ticket); !ok {
			s.t.Error("no ticket, want one as soon as the master is back")
		}
	})
}

// A room that moves here has members whom nobody here knows. They do not queue
// behind strangers, nor one after the other.
func TestMembersOfARoomThatMovedNeedNotQueue(t *testing.T) {
	onStage(t, Config{JoinBurst: 1}, func(s *stage) {
		s.master(here, moved())
		s.joiner(office, join("482139")) // takes the newcomers' only place for now
		begun := time.Now()
		for range 2 {
			s.joiner(abroad, back("482139"))
		}
		if took := time.Since(begun); took > 0 {
			s.t.Errorf("took %v, want no queue", took)
		}
	})
}
