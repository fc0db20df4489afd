package hub

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lotse/packaging/profile"
	"lotse/relay/wire"
)

// ban is a policy that can be told whom to refuse.
type ban struct {
	mu       sync.Mutex
	licence  string
	operator Operator
	asked    []Claim
}

func (b *ban) Allow(c Claim) (Operator, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, c)
	if c.Licence.Number == b.licence {
		return Operator{}, errors.New("banned")
	}
	return b.operator, nil
}

func (b *ban) Revoked(c Claim, o Operator) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return c.Licence.Number == b.licence && o == b.operator
}

func (b *ban) put(number string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.licence = number
}

func TestPolicySeesWhatTheMasterShowedAndMayRefuse(t *testing.T) {
	b := &ban{}
	onStage(t, Config{Policy: b}, func(s *stage) {
		s.master(here, wire.Open{Digits: 6})
		facts, err := profile.OpenLicence(s.licence.Note, s.server.cfg.LicenceIssuers, time.Now())
		if err != nil {
			s.t.Fatal(err)
		}
		p := s.call(here).greet(wire.RoleMaster)
		proof := p.proof()
		if want := []Claim{{Licence: facts, Device: proof.Device[:]}}; !reflect.DeepEqual(b.asked, want) {
			s.t.Errorf("got %+v, want %+v", b.asked, want)
		}
		b.put(s.licence.Number)
		p.say(proof)
		if got, want := p.hear(), (wire.Denied{Reason: wire.ReasonLicence}); got != want {
			s.t.Errorf("got %+v, want %+v", got, want)
		}
		p.ended()
	})
}

func TestRevokedRoomEndsForEverybody(t *testing.T) {
	b := &ban{operator: Operator{ID: "7", Login: "marta"}}
	onStage(t, Config{Policy: b}, func(s *stage) {
		m, p := met(s, wire.Open{Digits: 6})
		if got := s.server.Recheck(); got != 0 {
			s.t.Errorf("got %d rooms ended, want none yet", got)
		}
		b.put(s.licence.Number)
		if got := s.server.Recheck(); got != 1 {
			s.t.Errorf("got %d rooms ended, want one", got)
		}
		m.expect("wire.Gone{Conn:1 Reason:licence}", "end")
		p.expect("wire.Gone{Conn:2 Reason:licence}", "end")
		synctest.Wait()
		if got := s.server.Stats(); got.Rooms != 0 || got.Links != 0 {
			s.t.Errorf("got %+v, want nothing left", got)
		}
		if got := s.server.Recheck(); got != 0 {
			s.t.Errorf("got %d rooms ended the second time, want none", got)
		}
	})
}

func TestEventsTellWhoCameAndWent(t *testing.T) {
	var mu sync.Mutex
	var got []Event
	cfg := Config{Policy: &ban{operator: Operator{ID: "7", Login: "marta"}}, Record: func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, e)
	}}
	onStage(t, cfg, func(s *stage) {
		begun := time.Now()
		m, p := met(s, wire.Open{Digits: 6})
		m.tell(wire.Admit{Conn: p.ticket.Conn}) // twice is once
		stranger := s.joiner("203.0.113.9:4000", join(m.opened.Session))
		synctest.Wait()
		stranger.raw.Close() // never let in: nobody came
		synctest.Wait()
		p.raw.Close()
		synctest.Wait()
		m.tell(wire.End{})
		synctest.Wait()
		base := Event{At: begun, Number: m.opened.Session, Room: fmt.Sprintf("%x", m.opened.Handle), Licence: s.licence.Number}
		event := func(what string, members int, build uint32, from string) Event {
			e := base
			e.What, e.Members, e.Build = what, members, build
			if from != "" {
				e.From = netip.MustParseAddrPort(from).Addr()
			}
			return e
		}
		opened := event(RoomOpened, 1, 5, here)
		opened.Operator, opened.Name = "marta", "Marta"
		ended := event(RoomEnded, 0, 0, "")
		ended.Operator, ended.Name = "marta", "Marta"
		want := []Event{opened, event(Joined, 2, 5, office), event(Left, 1, 5, office), ended}
		mu.Lock()
		defer mu.Unlock()
		if !reflect.DeepEqual(got, want) {
			s.t.Errorf("got %+v, want %+v", got, want)
		}
	})
}
