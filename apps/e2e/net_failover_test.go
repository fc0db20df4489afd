//go:build e2e && linux

package e2e

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"lotse/apps/stage"
	"lotse/packaging/profile"
)

// The goals at a round trip of 40 ms between a side and the relay (relay.md §2):
// how long no letter may arrive when a relay is killed, and when it hangs.
const (
	killedGoal = 300 * time.Millisecond
	hungGoal   = 1500 * time.Millisecond
)

// failovers says how often a relay is ended in each way; more tell more.
const failovers = "LOTSE_FAILOVERS"

// TestNetFailover ends the relay of a session in each way, as soon as both sides
// stand by on another. Not a letter is lost, and none takes longer than the goals.
func TestNetFailover(t *testing.T) {
	times := 5
	if n, err := strconv.Atoi(os.Getenv(failovers)); err == nil {
		times = n
	}
	for _, way := range []struct {
		name  string
		goal  time.Duration
		end   func(*stage.Process) error
		again func(*stage.Process) error
	}{
		{"killed", killedGoal, (*stage.Process).Kill, nil},
		{"hung", hungGoal, func(p *stage.Process) error { return p.Signal(syscall.SIGSTOP) }, func(p *stage.Process) error { return p.Signal(syscall.SIGCONT) }},
		{"ended in order", killedGoal, func(p *stage.Process) error { return p.Signal(syscall.SIGTERM) }, nil},
	} {
		t.Run(way.name, func(t *testing.T) {
			var letters, pictures []time.Duration
			for range times {
				s := newLAN(t, 3, stage.Line{Delay: far})
				s.wait("moderator", "standby ")
				s.wait("customer", "standby ")
				s.run(500 * time.Millisecond)
				relay := s.relays[s.relayOf()]
				at := time.Now()
				must(t, way.end(relay))
				s.since("moderator", "relay ", at, 20*time.Second)
				s.run(2 * time.Second)
				c := s.end()
				l, p := c.gap(at)
				letters, pictures = append(letters, l), append(pictures, p)
				c.whole(t)
				if way.again != nil {
					must(t, way.again(relay))
				}
			}
			t.Logf("%s at 40 ms: no letter for %v at p50, %v at worst; no picture for %v, %v; %d times", way.name,
				quantile(sorted(letters), 0.5), quantile(sorted(letters), 1), quantile(sorted(pictures), 0.5), quantile(sorted(pictures), 1), times)
			if worst := quantile(sorted(letters), 1); worst > way.goal {
				t.Errorf("no letter for %v, want at most %v: %v", worst, way.goal, letters)
			}
		})
	}
}

// TestNetFailoverFlapsForNothing: one packet in a hundred is lost, and the
// customer's line is cut for a moment; nobody leaves the relay.
func TestNetFailoverFlapsForNothing(t *testing.T) {
	s := newLAN(t, 2, stage.Line{Delay: far, Loss: 0.005})
	s.wait("moderator", "standby ")
	s.wait("customer", "standby ")
	s.run(30 * time.Second)
	s.customer.Set(func(l *stage.Line) { l.Cut = true })
	s.run(300 * time.Millisecond)
	s.customer.Set(func(l *stage.Line) { l.Cut = false })
	s.run(3 * time.Second)
	c := s.end()
	c.whole(t)
	for _, l := range lines(t, s.log["moderator"]) {
		if strings.HasPrefix(l.what, "relay ") {
			t.Errorf("the session moved: %s", l.what)
		}
	}
}

func sorted(d []time.Duration) []time.Duration {
	d = slices.Clone(d)
	slices.Sort(d)
	return d
}

// relayOf returns the number of the relay that the session began on.
func (s *lan) relayOf() int {
	s.t.Helper()
	on := strings.TrimPrefix(s.wait("moderator", "on ").what, "on ")
	return slices.IndexFunc(s.seat.Relays, func(r profile.Relay) bool { return r.Addr == on })
}
