package hub

import (
	"context"
	"sync"
	"testing"
	"time"

	"lotse/relay/wire"
)

// others are the other relays, as a test has them.
type others struct {
	mu    sync.Mutex
	rooms map[string][32]byte
	ours  map[string]func() bool
	asked int
	taken int // so many numbers are somebody's, whatever they are
}

func (o *others) Find(_ context.Context, number string) (pin [32]byte, found bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked++
	if o.taken > 0 {
		o.taken--
		return pin, true
	}
	pin, found = o.rooms[number]
	return pin, found
}

func (o *others) Opened(number string, here func() bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ours == nil {
		o.ours = make(map[string]func() bool)
	}
	o.ours[number] = here
}

func (o *others) Ended(number string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.ours, number)
}

func TestRoomOfAnotherRelayIsPointedAt(t *testing.T) {
	o := &others{rooms: map[string][32]byte{"482139": {7}}}
	onStage(t, Config{Peers: o}, func(s *stage) {
		for range 20 { // no guess: nobody has to wait
			begun := time.Now()
			if _, got := s.knock(office, join("482139")); got != (wire.Elsewhere{Relay: [32]byte{7}}) {
				s.t.Fatalf("got %+v, want the other relay", got)
			}
			if took := time.Since(begun); took != 0 {
				s.t.Errorf("took %v, want an answer at once", took)
			}
		}
		begun := time.Now()
		_, got := s.knock(office, join("999999"))
		if want := (wire.Denied{Reason: wire.ReasonUnknownSession}); got != want || time.Since(begun) != refusalDelay {
			s.t.Errorf("got %+v after %v, want %+v after %v", got, time.Since(begun), want, refusalDelay)
		}
		asked := o.asked
		_, got = s.knock(office, join("999999"))
		if _, waits := got.(wire.Wait); !waits || o.asked != asked {
			s.t.Errorf("got %+v and %d questions more: who guesses waits, and asks nobody else", got, o.asked-asked)
		}
	})
}

func TestWhoComesBackIsPointedAtTheMastersNewRelay(t *testing.T) {
	o := &others{rooms: map[string][32]byte{}}
	onStage(t, Config{Peers: o}, func(s *stage) {
		m := s.master(here, moved())
		if _, got := s.knock(office, back("482139")); got == (wire.Elsewhere{Relay: [32]byte{7}}) || o.asked != 0 {
			s.t.Errorf("got %+v after %d questions, want a place here", got, o.asked)
		}
		m.raw.Close()
		after(time.Second)
		o.rooms["482139"] = [32]byte{7}
		if _, got := s.knock(office, back("482139")); got != (wire.Elsewhere{Relay: [32]byte{7}}) {
			s.t.Errorf("got %+v, want the other relay", got)
		}
	})
}

func TestNumbersAreDrawnOnceInACluster(t *testing.T) {
	o := &others{taken: 3}
	onStage(t, Config{Peers: o}, func(s *stage) {
		m := s.master(here, wire.Open{Digits: 6})
		if o.asked != 4 || len(s.server.rooms) != 1 {
			s.t.Errorf("got %d questions and %d rooms, want 4 and 1", o.asked, len(s.server.rooms))
		}
		attended := o.ours[m.opened.Session]
		if attended == nil || !attended() {
			s.t.Error("the others do not learn of the room")
		}
		m.raw.Close()
		after(time.Second)
		if attended() {
			s.t.Error("the room says that its master is there")
		}
		after(awayTime)
		o.mu.Lock()
		defer o.mu.Unlock()
		if len(o.ours) != 0 {
			s.t.Errorf("%d rooms are still announced", len(o.ours))
		}
	})
}
