package hub

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"lotse/relay/wire"
)

// invited asks for a room's door with the proof of a link.
func (s *stage) invited(from, session string, verifier [32]byte) (*peer, wire.Message) {
	s.t.Helper()
	p := s.call(from).greet(wire.RoleParticipant)
	j := join(session)
	j.LinkMAC = wire.LinkMAC(verifier, p.bind, p.nonce, j)
	p.say(j)
	return p, p.hear()
}

// crowded fills a room's queue with sources of their own, each of which waits.
func crowded(s *stage, session string, sources int) {
	for i := range sources {
		p := s.call(fmt.Sprintf("198.51.%d.%d:1", 100+i/200, i%200)).greet(wire.RoleParticipant)
		p.say(join(session))
		go func() { _, _ = p.in.Raw() }() // a ticket, or to come again
	}
	synctest.Wait()
}

func TestHolderOfALinkGoesPastTheQueueOnce(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m := s.master(here, wire.Open{Digits: 6, MaxMembers: 3})
		link := seed(11)
		m.tell(wire.Links{Verifiers: [][32]byte{seed(12), link}})
		synctest.Wait()
		crowded(s, m.opened.Session, 20)
		begun := time.Now()
		p, got := s.invited(office, m.opened.Session, link)
		ticket, ok := got.(wire.Ticket)
		if !ok || time.Since(begun) != 0 {
			s.t.Fatalf("got %+v after %v, want a ticket at once", got, time.Since(begun))
		}
		p.listen()
		begun = time.Now()
		_, got = s.invited(abroad, m.opened.Session, link) // the link of somebody who was here
		if waited := time.Since(begun); waited < joinEvery {
			s.t.Errorf("got %+v after %v, want a turn in the queue", got, waited)
		}
		m.tell(wire.Links{Verifiers: [][32]byte{link}}) // told again, it is not unused again
		synctest.Wait()
		begun = time.Now()
		if _, got = s.invited("203.0.113.77:1", m.opened.Session, link); time.Since(begun) == 0 {
			s.t.Errorf("got %+v at once, want a turn in the queue", got)
		}
		m.tell(wire.Admit{Conn: ticket.Conn})
		synctest.Wait()
		if err := p.quiet(); err != nil {
			s.t.Error(err)
		}
	})
}

// A proof that no open link made is what a wrong number is.
func TestWrongProofOfALinkCountsAsAFailure(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m := s.master(here, wire.Open{Digits: 6})
		m.tell(wire.Links{Verifiers: [][32]byte{seed(11)}})
		synctest.Wait()
		_, right := s.knock("203.0.113.9:1", join("99999"))
		begun := time.Now()
		_, got := s.invited(office, m.opened.Session, seed(12))
		if got != right || time.Since(begun) != refusalDelay {
			s.t.Errorf("got %+v after %v, want %+v as for a wrong number", got, time.Since(begun), right)
		}
		if _, got := s.knock(office, join(m.opened.Session)); got != wire.WaitFor(firstWait-refusalDelay) {
			s.t.Errorf("got %+v, want a wait", got)
		}
		m.tell(wire.Links{}) // withdrawn
		synctest.Wait()
		if _, got := s.invited(abroad, m.opened.Session, seed(11)); got != right {
			s.t.Errorf("got %+v, want %+v for a link that was withdrawn", got, right)
		}
		m.tell(wire.Links{Verifiers: [][32]byte{seed(11)}})
		m.tell(wire.Lock{On: true})
		synctest.Wait()
		if _, got := s.invited("203.0.113.10:1", m.opened.Session, seed(11)); got != right {
			s.t.Errorf("got %+v, want %+v: a link opens no locked room", got, right)
		}
	})
}

// Another connection's proof is of no use, nor another room's.
func TestProofOfALinkIsNotReplayed(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m, other := s.master(here, wire.Open{Digits: 6}), s.master(here, wire.Open{Digits: 6})
		m.tell(wire.Links{Verifiers: [][32]byte{seed(11)}})
		synctest.Wait()
		p := s.call(office).greet(wire.RoleParticipant)
		heard := join(m.opened.Session)
		heard.LinkMAC = wire.LinkMAC(seed(11), p.bind, p.nonce, heard)
		denied := wire.Denied{Reason: wire.ReasonUnknownSession}
		if _, got := s.knock("203.0.113.1:1", heard); got != denied {
			s.t.Errorf("got %+v, want a refusal on another connection", got)
		}
		if _, got := s.invited("203.0.113.2:1", other.opened.Session, seed(11)); got != denied {
			s.t.Errorf("got %+v, want a refusal in another room", got)
		}
		p.say(heard)
		if got, ok := p.hear().(wire.Ticket); !ok {
			s.t.Errorf("got %+v, want a ticket on its own", got)
		}
	})
}

func TestOnlyTheMasterNamesLinks(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m := s.master(here, wire.Open{Digits: 6})
		p := s.joiner(office, join(m.opened.Session))
		m.tell(wire.Admit{Conn: p.ticket.Conn})
		synctest.Wait()
		p.tell(wire.Links{Verifiers: [][32]byte{seed(11)}})
		synctest.Wait()
		for got := p.next(); got != "end"; got = p.next() {
		}
		if _, got := s.invited(abroad, m.opened.Session, seed(11)); got != (wire.Denied{Reason: wire.ReasonUnknownSession}) {
			s.t.Errorf("got %+v, want a refusal", got)
		}
	})
}

// Strangers who fill the door leave room for whoever was invited.
func TestFullDoorHasRoomForAnInvited(t *testing.T) {
	onStage(t, Config{JoinBurst: 2 * maxWaiting}, func(s *stage) {
		m := s.master(here, wire.Open{Digits: 6})
		links := wire.Links{}
		for i := range wire.MaxLinks {
			links.Verifiers = append(links.Verifiers, seed(byte(100+i)))
		}
		m.tell(links)
		synctest.Wait()
		crowded(s, m.opened.Session, maxWaiting)
		if _, got := s.knock(office, join(m.opened.Session)); got != (wire.Denied{Reason: wire.ReasonUnknownSession}) {
			s.t.Errorf("got %+v, want a full door", got)
		}
		for i, v := range links.Verifiers {
			p, got := s.invited(fmt.Sprintf("203.0.113.%d:1", i), m.opened.Session, v)
			if _, ok := got.(wire.Ticket); !ok {
				s.t.Errorf("%d: got %+v, want a ticket", i, got)
			}
			p.listen()
		}
	})
}
