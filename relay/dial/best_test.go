package dial

import (
	"testing"
	"time"
)

func TestTheListDecidesUnlessARelayIsCrowded(t *testing.T) {
	with := func(loads ...int) []*Client {
		var out []*Client
		for _, l := range loads {
			if l < 0 {
				out = append(out, nil) // did not greet us in time
				continue
			}
			out = append(out, &Client{load: uint8(l)})
		}
		return out
	}
	for _, c := range []struct {
		greeted []*Client
		want    int
	}{
		{with(0, 0, 0), 0},
		{with(79, 0), 0},
		{with(80, 51), 0},
		{with(80, 50), 1},
		{with(100, 90, 60, 20), 2},
		{with(100, 90), 0},
		{with(-1, 40, 0), 1},
		{with(-1, -1, 99), 2},
	} {
		if got := suitable(c.greeted); got != c.greeted[c.want] {
			t.Errorf("%v: got %+v, want number %d", c.greeted, got, c.want)
		}
	}
	if got := suitable(with(-1, -1)); got != nil {
		t.Errorf("got %+v of nobody", got)
	}
}

func TestGraceIsARoundTripWithinBounds(t *testing.T) {
	for trip, want := range map[time.Duration]time.Duration{
		0: leastGrace, time.Millisecond: leastGrace, 80 * time.Millisecond: 80 * time.Millisecond, time.Minute: mostGrace,
	} {
		if got := grace(trip); got != want {
			t.Errorf("%v: got %v, want %v", trip, got, want)
		}
	}
}
