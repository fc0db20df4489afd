package master_test

import (
	"image"
	"slices"
	"testing"
	"time"

	"lotse/capture/capturetest"
	"lotse/master"
	"lotse/participant"
	"lotse/participant/session"
	"lotse/participant/watch"
	"lotse/relay/relaytest"
)

// attempts is how often a test that looks at a clock is tried: on a busy
// machine the programs wait for a processor, not for the line.
const attempts = 3

// overLine shows p to a moderator; the customer is at the end of a line of
// bits a second and 20 ms.
func overLine(t *testing.T, p *capturetest.Player, bits float64) *scene {
	t.Helper()
	if raced {
		t.Skip("the race detector is slower than the line; make e2e runs this without it")
	}
	s := &scene{
		t: t, relay: relaytest.New(t), desk: newDesk(), masters: newStates[master.State](),
		members: newStates[participant.State](),
		roomEnd: make(chan error, 1), endings: make(chan error, 4), ctx: t.Context(),
	}
	s.line, s.desk.played = s.relay.Line(bits, 20*time.Millisecond), p
	s.openRoom()
	s.newMember()
	s.admitted()
	s.grant(session.See)
	return s
}

// follow calls see with the picture whenever it may have changed, until see
// has had enough.
func (s *scene) follow(see func(watch.View) bool) {
	s.t.Helper()
	until(s.t, "the picture", func() (enough bool) {
		if v := s.room.Screen(2); v != nil {
			v.Take(func(w watch.View) { enough = w.Size != image.Point{} && see(w) })
		}
		return enough
	})
}

func TestTextIsExactSoonAfterTheLastChangeThroughTheRelay(t *testing.T) {
	const after = 300 * time.Millisecond
	for _, name := range []string{"typing", "scroll"} {
		t.Run(name, func(t *testing.T) {
			var took time.Duration
			for range attempts {
				p := capturetest.Play(name, 1280, 720, 60)
				s := overLine(t, p, 2_000_000)
				text := capturetest.TextOf(p.Last())
				s.follow(func(w watch.View) bool { return text.Wrong(w.Pix, w.Stride) == 0 })
				took = time.Since(p.LastChange())
				t.Logf("all %d pixels of text are right %v after the last change", text.Pixels(), took)
				if took <= after {
					return
				}
			}
			t.Errorf("got %v in the last of %d attempts, want %v", took, attempts, after)
		})
	}
}

func TestScrollingOverAMegabitComesInTimeThroughTheRelay(t *testing.T) {
	var p95, worst time.Duration
	for range attempts {
		delays := scrollDelays(t)
		slices.Sort(delays)
		p95, worst = delays[len(delays)*95/100], delays[len(delays)-1]
		t.Logf("%d updates: p95 %v, worst %v", len(delays), p95, worst)
		if p95 <= 120*time.Millisecond && worst <= 400*time.Millisecond {
			return
		}
	}
	t.Errorf("got p95 %v and %v at worst in the last of %d attempts, want 120 ms and 400 ms", p95, worst, attempts)
}

// scrollDelays returns how long after the customer's screen the moderator's
// showed each picture of a page that is scrolled, over 1 Mbit/s.
func scrollDelays(t *testing.T) []time.Duration {
	t.Helper()
	const pictures = 100
	p := capturetest.Play("scroll", 1280, 720, pictures)
	p.Stamp()
	s := overLine(t, p, 1_000_000)
	seen := 0
	var delays []time.Duration
	s.follow(func(w watch.View) bool {
		if n := capturetest.Stamped(w.Pix, w.Stride); n > seen {
			seen = n
			delays = append(delays, time.Since(p.Due(n)))
		}
		return seen == pictures-1
	})
	return delays
}
