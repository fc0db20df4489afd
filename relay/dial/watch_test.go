package dial

import (
	"errors"
	"testing"
	"time"
)

// linkAt is a connection without a network that was heard at a moment.
func linkAt(at time.Time, trip time.Duration) *Client {
	c := &Client{cfg: Config{Ping: defaultPing, Dead: defaultDead}, out: newOutbox(), born: at}
	c.trip.Store(int64(trip))
	return c
}

// course is what happens on a line, from the moment on at which a relay falls
// silent.
type course struct {
	trip   time.Duration
	warm   bool                           // there is a connection beside it
	beside func(sent time.Duration) bool  // whether a ping there is answered that was sent so long after
	speaks func(after time.Duration) bool // whether the relay speaks after all
	want   func(took time.Duration) bool  // when it is given up; 0 is never within 20 s
}

func TestSilenceIsTheRelaysOnlyWhenAnotherAnswers(t *testing.T) {
	never := func(time.Duration) bool { return false }
	always := func(time.Duration) bool { return true }
	between := func(low, high time.Duration) func(time.Duration) bool {
		return func(took time.Duration) bool { return took >= low && took <= high }
	}
	for name, c := range map[string]course{
		"hung, another answers": {trip: 40 * time.Millisecond, warm: true, beside: always, speaks: never, want: between(500*time.Millisecond, 900*time.Millisecond)},
		"hung, far away":        {trip: 300 * time.Millisecond, warm: true, beside: always, speaks: never, want: between(1200*time.Millisecond, 1600*time.Millisecond)},
		"hung, nothing beside":  {trip: 40 * time.Millisecond, beside: never, speaks: never, want: between(900*time.Millisecond, 1300*time.Millisecond)},
		"a pulled cable":        {trip: 40 * time.Millisecond, warm: true, beside: never, speaks: never, want: between(900*time.Millisecond, 1300*time.Millisecond)},
		"a cable that is pulled a moment later": {
			trip: 40 * time.Millisecond, warm: true, beside: func(sent time.Duration) bool { return sent < 250*time.Millisecond },
			speaks: never, want: between(900*time.Millisecond, 1300*time.Millisecond),
		},
		"a lost packet": {
			trip: 40 * time.Millisecond, warm: true, beside: always,
			speaks: func(after time.Duration) bool { return after > 300*time.Millisecond }, want: func(took time.Duration) bool { return took == 0 },
		},
	} {
		if took := c.play(); !c.want(took) {
			t.Errorf("%s: given up after %v", name, took)
		}
	}
}

// play lets 20 s pass and returns after how long the relay was given up.
func (c course) play() time.Duration {
	begun := time.Now().Add(-time.Hour) // all of it is over: what is under way is late
	link, beside := linkAt(begun, c.trip), linkAt(begun, c.trip)
	link.Brisk(true)
	if c.warm {
		link.Beside(beside)
	}
	var w silence
	for now := begun; now.Sub(begun) < 20*time.Second; now = now.Add(briskLook) {
		after := now.Sub(begun)
		if c.speaks(after) {
			link.pong.Store(int64(after))
		}
		if err := w.look(link, now); errors.Is(err, ErrClosed) {
			return after
		}
		link.out.take(nil)
		if len(beside.out.take(nil)) > 0 && c.beside(after) {
			beside.answered(after)
		}
	}
	return 0
}
