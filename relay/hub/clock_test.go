package hub

import (
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lotse/relay/wire"
)

// TestDeadlinesFollowNoClockThatIsSet looks at every time that this package
// keeps to compare with: each has the reading of a clock that only goes forward
// (package time, "Monotonic Clocks").
func TestDeadlinesFollowNoClockThatIsSet(t *testing.T) {
	now := time.Now()
	th := newThrottle()
	th.failed(prefix(1), now, false)
	th.failed(prefix(2), now, true)
	q := newQueue()
	q.put(on(wire.LanePicture, 2, whole|wire.Refresh, "x"), now)
	q.put(on(wire.LanePicture, 2, whole, "y"), now)
	q.take(nil, 1, now)
	p := pace{most: batchBytes}
	p.took(batchBytes, time.Microsecond, now)
	var b bucket
	b.take(now, 1, time.Second)
	for name, at := range map[string]time.Time{
		"when a source may come again": th.sources[prefix(1)].until, "its last failure": th.sources[prefix(1)].last,
		"what coming back costs": th.sources[prefix(2)].spare.filled, "a picture that waits": q.lanes[wire.LanePicture][0].at,
		"a whole picture that left": q.paint[2].began, "tokens at a door": b.filled,
	} {
		if !strings.Contains(at.String(), " m=") {
			t.Errorf("%s: %v follows the clock on the wall", name, at)
		}
	}
	files, err := filepath.Glob("../*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		folder := filepath.Base(filepath.Dir(name))
		if strings.HasSuffix(name, "_test.go") || folder != "hub" && folder != "dial" {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, strips := range []string{"UnixNano()", "UnixMilli()", "UnixMicro()", "time.Unix(0", ".Round(0)"} {
			if strings.Contains(string(text), strips) {
				t.Errorf("%s: %s makes of a time one that follows the clock on the wall", name, strips)
			}
		}
	}
}

// TestClockThatIsSetEndsNoRoom sets the relay's clock ten years forward and
// back: rooms go on and take people in; what holds until a day holds by the
// clock on the wall.
func TestClockThatIsSetEndsNoRoom(t *testing.T) {
	var ahead atomic.Int64
	set := func(d time.Duration) { ahead.Store(int64(d)) }
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	onStage(t, Config{Now: now}, func(s *stage) {
		m, p := met(s, wire.Open{Digits: 6})
		go m.pings()
		go p.pings()
		const years = 10 * 365 * 24 * time.Hour
		for _, jump := range []time.Duration{years, -years, 0} {
			set(jump)
			after(time.Minute)
			guest, answer := s.knock(abroad, join(m.opened.Session))
			if _, ok := answer.(wire.Ticket); !ok {
				s.t.Errorf("%v: got %+v at the door, want a ticket", jump, answer)
			}
			guest.raw.Close()
			late := s.call(office).greet(wire.RoleMaster)
			late.say(late.proof())
			_, refused := late.hear().(wire.Denied)
			if want := jump == years; refused != want {
				s.t.Errorf("%v: licence refused is %t, want %t", jump, refused, want)
			}
			late.raw.Close()
			after(time.Hour)
		}
		if got := s.server.Stats(); got.Rooms != 1 || got.Links < 2 {
			s.t.Errorf("got %+v, want the room and who was in it", got)
		}
	})
}
