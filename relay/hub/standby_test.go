package hub

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lotse/relay/wire"
)

// ready is a room that its master keeps in readiness.
func ready() wire.Open {
	o := moved()
	o.Standby = true
	return o
}

// door asks to stand by at a room in readiness.
func door(handle [16]byte) wire.Join {
	j := back("482139")
	j.Door = handle[:]
	return j
}

// told writes down what a relay records.
type told struct {
	mu   sync.Mutex
	what []string
}

func (e *told) record(v Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.what = append(e.what, v.What)
}

func (e *told) all() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string{}, e.what...)
}

func TestNobodyFindsARoomInReadiness(t *testing.T) {
	log, peers := &told{}, &others{}
	onStage(t, Config{Record: log.record, Peers: peers}, func(s *stage) {
		m := s.master(here, ready())
		want := wire.Denied{Reason: wire.ReasonUnknownSession}
		for name, row := range map[string]struct {
			from string
			join wire.Join
			took time.Duration
		}{
			"a newcomer":     {"203.0.113.76:1", join("482139"), refusalDelay},
			"who comes back": {abroad, back("482139"), refusalDelay + comeTime},
			"a guessed door": {"203.0.113.77:1", door([16]byte{1}), refusalDelay},
		} {
			begun := time.Now()
			if _, got := s.knock(row.from, row.join); got != want || time.Since(begun) != row.took {
				s.t.Errorf("%s: got %+v after %v, want %+v after %v", name, got, time.Since(begun), want, row.took)
			}
		}
		p := s.joiner(office, door(m.opened.Handle))
		m.tell(wire.Admit{Conn: p.ticket.Conn})
		if err := p.quiet(); err != nil {
			s.t.Error(err)
		}
		if got := s.server.Stats(); got.Standby != 2 || len(log.all()) != 0 || len(peers.ours) != 0 {
			s.t.Errorf("got %d standing by, log %v, %d rooms told to others, want 2 and nothing", got.Standby, log.all(), len(peers.ours))
		}
		m.raw.Close()
		p.expect("wire.Gone{Conn:2 Reason:connection_lost}", "end")
		after(time.Second)
		if got := s.server.Stats(); got.Standby != 0 || got.Rooms != 0 || len(s.server.standing) != 0 || len(log.all()) != 0 {
			s.t.Errorf("got %+v, log %v: something is left of the room", got, log.all())
		}
	})
}

// TestHandleOpensNoRoomThatIsOpen: everybody who was once at a door knows the
// room's handle. It must not pass the queue, nor a lock, nor a full log of
// guesses, when the room is open or has become so.
func TestHandleOpensNoRoomThatIsOpen(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		closed := wire.Denied{Reason: wire.ReasonUnknownSession}
		m := s.master(here, moved())
		p := s.joiner(office, join("482139"))
		m.next()
		for range 20 {
			if _, got := s.knock(office, door(p.ticket.Handle)); got != closed {
				s.t.Fatalf("got %+v, want %+v", got, closed)
			}
		}
		if err := m.quiet(); err != nil {
			s.t.Error(err)
		}
		if _, got := s.knock(office, back("482139")); got == closed {
			s.t.Error("who comes back is taken for one that guesses")
		}
		m.raw.Close()
		after(awayTime + time.Second)
		m = s.master(here, ready())
		m.tell(wire.Live{})
		synctest.Wait()
		if _, got := s.knock(abroad, door(m.opened.Handle)); got != closed {
			s.t.Errorf("got %+v where the room has become open, want %+v", got, closed)
		}
		if got := s.server.Stats().Standby; got != 0 {
			s.t.Errorf("%d stand by, want none", got)
		}
	})
}

// curious are other relays that ask ours something whenever they hear of it.
type curious struct {
	others
	ours *Server
}

func (c *curious) Ended(number string) {
	c.ours.Stats()
	c.others.Ended(number)
}

// TestNobodyIsToldUnderALock puts a room aside that its master has left.
func TestNobodyIsToldUnderALock(t *testing.T) {
	c := &curious{}
	onStage(t, Config{Peers: c}, func(s *stage) {
		c.ours = s.server
		m := s.master(here, moved())
		m.raw.Close()
		after(time.Second)
		s.master(here, ready())
		if got := s.server.Stats(); got.Rooms != 1 || got.Standby != 1 {
			s.t.Errorf("got %+v, want one room in readiness", got)
		}
	})
}

func TestLiveOpensARoomInReadiness(t *testing.T) {
	log, peers := &told{}, &others{}
	onStage(t, Config{Record: log.record, Peers: peers}, func(s *stage) {
		m := s.master(here, ready())
		p := s.joiner(office, door(m.opened.Handle))
		m.expect(notifyOf(p))
		m.tell(wire.Admit{Conn: p.ticket.Conn})
		synctest.Wait()
		p.send(wire.Frame{Type: wire.Record, Channel: wire.MasterConn, Flags: wire.Flags(wire.LaneControl) | wire.First | wire.Last, Payload: []byte("here")})
		p.send(wire.Frame{Type: wire.Record, Channel: wire.Everybody, Flags: wire.Flags(wire.LanePicture) | wire.First | wire.Last | wire.Refresh, Payload: []byte("picture")})
		m.expect("4 from 2: here")
		if err := m.quiet(); err != nil {
			s.t.Error(err)
		}
		if got := s.server.Stats().Dropped[Drop{wire.LanePicture, wire.ReasonStandby}]; got != 1 {
			s.t.Errorf("%d pictures were dropped, want 1", got)
		}
		came := make(chan wire.Message)
		go func() {
			_, got := s.knock(abroad, back("482139"))
			came <- got
		}()
		after(time.Second)
		m.tell(wire.Lock{On: true})
		m.tell(wire.Live{})
		if got, ok := (<-came).(wire.Ticket); !ok {
			s.t.Errorf("who came back and waited got %+v, want a ticket", got)
		}
		if _, got := s.knock("203.0.113.78:1", join("482139")); got != (wire.Denied{Reason: wire.ReasonUnknownSession}) {
			s.t.Errorf("a newcomer got %+v at a locked room", got)
		}
		if got, want := log.all(), []string{RoomOpened, Joined}; len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
			s.t.Errorf("the log has %v, want %v", got, want)
		}
		if here := peers.ours["482139"]; here == nil || !here() {
			s.t.Error("the others do not learn of the room")
		}
		if got := s.server.Stats().Standby; got != 0 {
			s.t.Errorf("%d stand by, want none", got)
		}
	})
}

// notifyOf is what a master hears of somebody who stands by.
func notifyOf(p *peer) string {
	n := wire.JoinNotify{Conn: p.ticket.Conn, SID: p.ticket.SID, Nonce: [16]byte{7}, Source: wire.SourceInternet, Resume: true}
	return fmt.Sprintf("wire.JoinNotify%+v", n)
}

func TestPlacesToStandByAreBounded(t *testing.T) {
	onStage(t, Config{MaxStandby: 3, MaxStandbyFrom: 1}, func(s *stage) {
		full := wire.Denied{Reason: wire.ReasonStandbyFull}
		m := s.master(here, ready())
		p := s.joiner(office, door(m.opened.Handle))
		if _, got := s.knock(office, door(m.opened.Handle)); got != full {
			s.t.Errorf("a second one of a source got %+v, want %+v", got, full)
		}
		s.joiner(abroad, door(m.opened.Handle))
		if _, got := s.knock("203.0.113.79:1", door(m.opened.Handle)); got != full {
			s.t.Errorf("a fourth one got %+v, want %+v", got, full)
		}
		if got := s.server.Stats().Denied[wire.ReasonStandbyFull]; got != 2 {
			s.t.Errorf("%d refusals are counted, want 2", got)
		}
		p.raw.Close()
		after(time.Second)
		if _, got := s.knock("203.0.113.79:1", door(m.opened.Handle)); got == full {
			s.t.Error("a place that was left is not free again")
		}
	})
}

// TestRoomInUseIsNotPutAside: a room that its master has left becomes one in
// readiness, one with its master in it does not, and nobody else's ever.
func TestRoomInUseIsNotPutAside(t *testing.T) {
	log := &told{}
	onStage(t, Config{Record: log.record}, func(s *stage) {
		taken := wire.Denied{Reason: wire.ReasonNumberTaken}
		m := s.master(here, moved())
		if got := s.tryOpen(ready()); got != taken {
			s.t.Errorf("got %+v for a room in use, want %+v", got, taken)
		}
		if err := m.quiet(); err != nil {
			s.t.Error(err)
		}
		m.raw.Close()
		after(time.Second)
		foreign := ready()
		foreign.Owner = wire.Owner{2}
		if got := s.tryOpen(foreign); got != taken {
			s.t.Errorf("got %+v for somebody else's, want %+v", got, taken)
		}
		m = s.master(here, ready())
		if got := s.server.Stats(); got.Rooms != 1 || got.Standby != 1 {
			s.t.Errorf("got %+v, want one room in readiness", got)
		}
		m2 := s.master(here, moved()) // the line broke, and the master is here before it is noticed
		m.expect("wire.Gone{Conn:1 Reason:connection_lost}", "end")
		if m2.opened.Handle == m.opened.Handle {
			s.t.Error("another room has the same handle")
		}
		if got, want := log.all(), 3; len(got) != want || got[1] != RoomEnded || got[2] != RoomOpened {
			s.t.Errorf("the log has %v, want opened, ended, opened", got)
		}
	})
}

// tryOpen asks for a room and returns the answer.
func (s *stage) tryOpen(o wire.Open) wire.Message {
	s.t.Helper()
	p := s.call(here).greet(wire.RoleMaster)
	p.say(p.proof())
	p.hear()
	p.say(o)
	return p.hear()
}

func TestListIsHandedOutToWhoAsks(t *testing.T) {
	onStage(t, Config{Lists: map[string]List{"desk": {Serial: 7, Note: []byte("a list")}}}, func(s *stage) {
		p := s.call(office).greet(wire.RoleParticipant)
		p.say(wire.AskList{Profile: "desk"})
		if got, ok := p.hear().(wire.List); !ok || string(got.Note) != "a list" {
			s.t.Errorf("got %+v, want the list", got)
		}
		p.say(join("482139"))
		if got := p.hear(); got != (wire.Denied{Reason: wire.ReasonUnknownSession}) {
			s.t.Errorf("got %+v, want a word on the room", got)
		}
		for profile, want := range map[string]uint64{"desk": 7, "another": 0, "": 0} {
			p := s.call(abroad)
			p.say(wire.Hello{V: 1, MinV: 1, Role: wire.RoleParticipant, OS: "test", Profile: profile})
			if got, ok := p.hear().(wire.RelayHello); !ok || got.ListSerial != want {
				s.t.Errorf("%q: got %+v, want list %d", profile, got, want)
			}
		}
		p = s.call(abroad).greet(wire.RoleParticipant)
		p.say(wire.AskList{Profile: "another"})
		if got, ok := p.hear().(wire.List); !ok || len(got.Note) != 0 {
			s.t.Errorf("got %+v, want none", got)
		}
		p.say(wire.AskList{Profile: "desk"}) // once is enough
		if took := p.ended(); took > time.Second {
			s.t.Errorf("the connection ended after %v, want at once", took)
		}
	})
}
