package session

import (
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"
)

func TestSharedZeroAllowsNothing(t *testing.T) {
	var s Shared
	for g := Grants(1); g != 0; g++ {
		if s.Allows(g) {
			t.Fatalf("%v is allowed", g)
		}
	}
}

func TestSharedIsTheSameSession(t *testing.T) {
	var plain Session
	var shared Shared
	events := []Event{
		Dialled{noon},
		Admitted{noon}, // out of order
		Reached{noon},
		Proven{noon, alice},
		Admitted{noon},
		Changed{noon, See | Control},
		Asked{At: noon, ID: 1, Grants: Chat, Countdown: countdown},
	}
	for _, e := range events {
		got, want := shared.Apply(e), plain.Apply(e)
		if errors.Is(got, ErrOrder) != errors.Is(want, ErrOrder) {
			t.Errorf("%#v: got %v, want %v", e, got, want)
		}
		shared.Look(func(s *Session) {
			if !reflect.DeepEqual(*s, plain) {
				t.Errorf("%#v: got %+v, want %+v", e, *s, plain)
			}
		})
		for g := Grants(1); g != 0; g++ {
			if shared.Allows(g) != plain.Allows(g) {
				t.Fatalf("%#v: Allows(%v): got %v", e, g, shared.Allows(g))
			}
		}
	}
}

// Run it with -race: several goroutines ask while one gives and takes away.
func TestSharedAllowsNothingAfterARightWasTakenAway(t *testing.T) {
	var s Shared
	for _, e := range []Event{Dialled{noon}, Reached{noon}, Proven{noon, alice}, Admitted{noon}} {
		if err := s.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	stop := make(chan struct{})
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				s.Allows(Control)
				s.Look(func(s *Session) {
					if s.Allows(Control) && s.Phase() != Joined {
						t.Errorf("control in phase %d", s.Phase())
					}
				})
			}
		})
	}
	for i := range 2000 {
		at := noon.Add(time.Duration(i) * time.Second)
		for _, row := range []struct {
			e    Event
			want bool
		}{{Changed{at, Control}, true}, {LinkLost{at}, false}, {LinkBack{at}, true}, {Changed{at, 0}, false}} {
			if err := s.Apply(row.e); err != nil {
				t.Fatal(err)
			}
			if got := s.Allows(Control); got != row.want {
				t.Fatalf("after %#v: got %v, want %v", row.e, got, row.want)
			}
		}
	}
	close(stop)
	asking.Wait()
}
