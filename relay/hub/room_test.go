package hub

import (
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"lotse/relay/wire"
)

// met is a master and an admitted member.
func met(s *stage, o wire.Open) (m, p *peer) {
	s.t.Helper()
	m = s.master(here, o)
	p = s.joiner(office, join(m.opened.Session))
	m.expect(fmt.Sprintf("wire.JoinNotify%+v", wire.JoinNotify{
		Conn: p.ticket.Conn, SID: p.ticket.SID, Nonce: [16]byte{7}, Source: wire.SourceInternet,
	}))
	m.tell(wire.Admit{Conn: p.ticket.Conn})
	synctest.Wait()
	return m, p
}

func record(to uint32, text string) wire.Frame {
	return wire.Frame{Type: wire.Record, Flags: wire.First | wire.Last, Channel: to, Payload: []byte(text)}
}

func TestMasterAwayForTenMinutesEndsTheRoom(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m, p := met(s, wire.Open{Digits: 6})
		go p.pings()
		begun := time.Now()
		m.raw.Close()
		p.expect("wire.MasterAway{}")
		if got, want := p.next(), "wire.Gone{Conn:2 Reason:connection_lost}"; got != want {
			s.t.Fatalf("got %s, want %s", got, want)
		}
		if got := time.Since(begun); got != awayTime {
			s.t.Errorf("got %v, want %v", got, awayTime)
		}
		p.expect("end")
		synctest.Wait()
		if got := s.server.Stats(); got.Rooms != 0 || got.Links != 0 {
			s.t.Errorf("got %+v, want nothing left", got)
		}
	})
}

// TestOwnerLearnsWhoHasToComeBack: the owner's old connection hangs half open, so
// nobody was told that the master was away.
func TestOwnerLearnsWhoHasToComeBack(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m, p := met(s, wire.Open{Digits: 6})
		again := s.master(here, wire.Open{Digits: 6, Number: m.opened.Session, Owner: m.opened.Owner})
		gone := "wire.Gone{Conn:2 Reason:connection_lost}"
		p.expect(gone, "end")
		again.expect(gone)
		if _, got := s.knock(office, back(m.opened.Session)); got == (wire.Denied{Reason: wire.ReasonUnknownSession}) {
			s.t.Error("who was in the room does not get to the door")
		}
	})
}

func TestOwnerComesBackToItsRoom(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m, p := met(s, wire.Open{Digits: 6})
		go p.pings()
		m.raw.Close()
		p.expect("wire.MasterAway{}")
		again := s.master(here, wire.Open{Digits: 6, Number: m.opened.Session, Owner: m.opened.Owner})
		if again.opened != m.opened {
			s.t.Errorf("got %+v, want %+v", again.opened, m.opened)
		}
		go again.pings()
		if got := p.next(); got != "wire.MasterBack{}" {
			s.t.Errorf("got %s, want the master back", got)
		}
		after(awayTime + time.Minute) // the clock was stopped
		if got := s.server.Stats().Rooms; got != 1 {
			s.t.Errorf("got %d rooms, want 1", got)
		}
	})
}

func TestHalfOpenMasterIsReplaced(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m, p := met(s, wire.Open{Digits: 6})
		s.master(here, wire.Open{Digits: 6, Number: m.opened.Session, Owner: m.opened.Owner})
		m.expect("wire.Gone{Conn:1 Reason:connection_lost}", "end")
		p.expect("wire.Gone{Conn:2 Reason:connection_lost}", "end")
		s.joiner(office, wire.Join{Session: m.opened.Session, Resume: true})
	})
}

func TestForeignOwnerGetsNothing(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m := s.master(here, wire.Open{Digits: 6})
		for _, owner := range []wire.Owner{{}, {1}} {
			p := s.call(here).greet(wire.RoleMaster)
			p.say(p.proof())
			p.hear()
			p.say(wire.Open{Digits: 6, Number: m.opened.Session, Owner: owner})
			if got := p.hear(); got != (wire.Denied{Reason: wire.ReasonNumberTaken}) {
				s.t.Errorf("got %+v, want number_taken", got)
			}
		}
		if err := m.quiet(); err != nil {
			s.t.Errorf("the owner heard of it: %v", err)
		}
	})
}

func TestSilentLinksEnd(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m, p := met(s, wire.Open{Digits: 6})
		go m.pings()
		begun := time.Now()
		p.expect("end")
		if got := time.Since(begun); got != silence {
			s.t.Errorf("got %v, want %v", got, silence)
		}
		if got := m.next(); got != "wire.Gone{Conn:2 Reason:connection_lost}" {
			s.t.Errorf("got %s, want the member gone", got)
		}
	})
}

func TestOnlyTheMasterGivesOrders(t *testing.T) {
	for _, order := range []wire.Message{wire.Admit{Conn: 3}, wire.Kick{Conn: 3, Reason: "removed"}, wire.Lock{On: true}, wire.End{}, wire.MasterAway{}} {
		onStage(t, Config{}, func(s *stage) {
			m, p := met(s, wire.Open{Digits: 6})
			other := s.joiner(abroad, join(m.opened.Session))
			m.next()
			p.tell(order)
			p.expect("end")
			m.expect("wire.Gone{Conn:2 Reason:protocol_error}")
			if err := other.quiet(); err != nil {
				s.t.Errorf("%T had an effect: %v", order, err)
			}
			s.joiner(abroad, join(m.opened.Session)) // neither locked nor ended
		})
	}
}

func TestMembersHearOnlyWhatIsForThem(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m, p := met(s, wire.Open{Digits: 6})
		q := s.joiner(abroad, join(m.opened.Session))
		m.next()
		m.send(record(wire.Everybody, "to members"))
		p.expect("4 from 1: to members")
		if err := q.quiet(); err != nil {
			s.t.Errorf("somebody at the door heard a record: %v", err)
		}
		m.tell(wire.Admit{Conn: q.ticket.Conn})
		m.send(record(wire.Everybody, "to both"))
		p.expect("4 from 1: to both")
		q.expect("4 from 1: to both")
		p.send(record(q.ticket.Conn, "to one"))
		q.expect("4 from 2: to one")
		p.send(record(wire.MasterConn, "to the master"))
		m.expect("4 from 2: to the master")
		p.send(record(99, "to nobody"))
		p.send(record(p.ticket.Conn, "to myself"))
		for _, x := range []*peer{m, p, q} {
			if err := x.quiet(); err != nil {
				s.t.Error(err)
			}
		}
	})
}

func TestJoinersSpeakToTheMasterOnlyAndNotForEver(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m, p := met(s, wire.Open{Digits: 6})
		shake := wire.Frame{Type: wire.Handshake, Channel: wire.MasterConn, Payload: []byte("E")}
		q := s.joiner(abroad, join(m.opened.Session))
		m.next()
		q.send(wire.Frame{Type: wire.Handshake, Channel: p.ticket.Conn, Payload: []byte("psst")})
		q.expect("end")
		m.expect("wire.Gone{Conn:3 Reason:protocol_error}")
		q = s.joiner(abroad, join(m.opened.Session))
		m.next()
		m.send(wire.Frame{Type: wire.Handshake, Channel: q.ticket.Conn, Payload: []byte("E2")})
		q.expect("3 from 1: E2")
		for range maxShakes {
			q.send(shake)
			m.expect("3 from 4: E")
		}
		q.send(shake)
		q.expect("end")
		q = s.joiner(abroad, join(m.opened.Session))
		q.send(record(wire.Everybody, "from outside"))
		q.expect("end")
		if err := p.quiet(); err != nil {
			s.t.Error(err)
		}
	})
}

func TestKickedAndRefusedHearWhy(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m, p := met(s, wire.Open{Digits: 6})
		m.tell(wire.Kick{Conn: p.ticket.Conn, Reason: "removed"})
		p.expect("wire.Gone{Conn:2 Reason:removed}", "end")
		m.tell(wire.End{})
		p = s.call(office).greet(wire.RoleParticipant)
		p.say(join(m.opened.Session))
		if got := p.hear(); got != (wire.Denied{Reason: wire.ReasonUnknownSession}) {
			s.t.Errorf("got %+v, want no such room", got)
		}
		if err := m.quiet(); err != nil {
			s.t.Errorf("the master heard of what it did itself: %v", err)
		}
	})
}

// Whoever was sent away and goes on talking is not heard, even while its last
// word waits because it does not read.
func TestSentAwayIsNotHeard(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m, p := met(s, wire.Open{Digits: 6})
		q, ticket := s.knock(abroad, join(m.opened.Session)) // reads nothing from now on
		conn := ticket.(wire.Ticket).Conn
		m.next()
		m.tell(wire.Admit{Conn: conn})
		synctest.Wait()
		q.send(record(wire.Everybody, "in the room"))
		m.expect("4 from 3: in the room")
		p.expect("4 from 3: in the room")
		m.tell(wire.Kick{Conn: conn, Reason: "removed"})
		synctest.Wait()
		q.send(record(wire.Everybody, "out of it"))
		q.send(record(p.ticket.Conn, "out of it"))
		q.send(wire.Frame{Type: wire.Handshake, Channel: wire.MasterConn, Payload: []byte("E")})
		for _, x := range []*peer{m, p} {
			if err := x.quiet(); err != nil {
				s.t.Error(err)
			}
		}
		q.raw.Close()
	})
}

func TestAnotherLicenceDoesNotOwnTheRoom(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m := s.master(here, wire.Open{Digits: 6})
		s.licence = s.issue("987654321")
		p := s.call(here).greet(wire.RoleMaster)
		p.say(p.proof())
		p.hear()
		p.say(wire.Open{Digits: 6, Number: m.opened.Session, Owner: m.opened.Owner})
		if got := p.hear(); got != (wire.Denied{Reason: wire.ReasonNumberTaken}) {
			s.t.Errorf("got %+v, want number_taken", got)
		}
	})
}

func TestRoomHoldsNoMoreThanTheLicenceAllows(t *testing.T) {
	onStage(t, Config{}, func(s *stage) { // three, the master included
		m, p := met(s, wire.Open{Digits: 6})
		if m.opened.MaxMembers != 3 {
			s.t.Errorf("got %d members, want 3", m.opened.MaxMembers)
		}
		q, r := s.joiner(office, join(m.opened.Session)), s.joiner(office, join(m.opened.Session))
		m.next()
		m.next()
		m.tell(wire.Admit{Conn: q.ticket.Conn})
		m.tell(wire.Admit{Conn: r.ticket.Conn})
		r.expect("wire.Gone{Conn:4 Reason:room_full}", "end")
		m.expect("wire.Gone{Conn:4 Reason:room_full}")
		m.send(record(wire.Everybody, "x"))
		p.expect("4 from 1: x")
		q.expect("4 from 1: x")
	})
}

func TestAutoLockLetsNobodyInAfterTheFirst(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m, _ := met(s, wire.Open{Digits: 6, AutoLock: true})
		if _, got := s.knock(abroad, join(m.opened.Session)); got != (wire.Denied{Reason: wire.ReasonUnknownSession}) {
			s.t.Errorf("got %+v, want a refusal", got)
		}
		s.joiner(office, wire.Join{Session: m.opened.Session, Resume: true}) // back at the door
	})
}

func TestClosingRelayTellsEverybodyAndEnds(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m, p := met(s, wire.Open{Digits: 6})
		s.call(abroad) // in the middle of stage 1
		begun := time.Now()
		s.stop()
		if got := time.Since(begun); got > drainTime {
			s.t.Errorf("took %v, want at most %v", got, drainTime)
		}
		want := fmt.Sprintf("wire.Closing{RetryAfter:%d Reason:relay_closing}", closingPause)
		m.expect(want, "end")
		p.expect(want, "end")
	})
}

func TestReaderWhoDoesNotReadCannotHoldUpTheEnd(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m := s.master(here, wire.Open{Digits: 6})
		p, ticket := s.knock(office, join(m.opened.Session)) // reads nothing from now on
		m.next()
		m.tell(wire.Admit{Conn: ticket.(wire.Ticket).Conn})
		for i := range 3000 { // more than a batch and the lane hold
			m.send(record(wire.Everybody, strconv.Itoa(i)))
		}
		m.expect("wire.Gone{Conn:2 Reason:connection_lost}")
		if got := s.server.Stats().Dropped[Drop{wire.LaneControl, wire.ReasonOverflow}]; got == 0 {
			s.t.Error("the overflow was not counted")
		}
		begun := time.Now()
		s.stop()
		if got := time.Since(begun); got > drainTime {
			s.t.Errorf("took %v, want at most %v", got, drainTime)
		}
		p.raw.Close()
	})
}

func TestBulkCreditComesBack(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m, p := met(s, wire.Open{Digits: 6})
		bulk := wire.Frame{Type: wire.Record, Flags: wire.Flags(wire.LaneBulk) | wire.First | wire.Last, Channel: p.ticket.Conn, Payload: []byte("chunk")}
		m.send(bulk)
		p.expect("4 from 1: chunk")
		m.expect("wire.Credit{Conn:2 Bytes:5}")
		bulk.Channel = 99
		m.send(bulk) // to nobody
		m.expect("wire.Credit{Conn:99 Bytes:5}")
		bulk.Channel = wire.Everybody
		m.send(bulk)
		m.expect("end")
	})
}
