package hub

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"
)

func prefix(n int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}), 32)
}

func (p *place) in() bool {
	select {
	case <-p.done:
		return !p.evicted
	default:
		return false
	}
}

func TestLineLetsABurstInAndThenOneInTwoSeconds(t *testing.T) {
	l, now := line{burst: 3}, time.Unix(100, 0)
	var places []*place
	for range 5 {
		p, ok := l.join(prefix(1))
		if !ok {
			t.Fatal("no place")
		}
		places = append(places, p)
	}
	for _, c := range []struct {
		after time.Duration
		in    int
		again time.Duration
	}{{0, 3, joinEvery}, {joinEvery - time.Second, 3, time.Second}, {time.Second, 4, joinEvery}, {joinEvery, 5, 0}} {
		now = now.Add(c.after)
		again, waits := l.move(now)
		in := 0
		for _, p := range places {
			if p.in() {
				in++
			}
		}
		if in != c.in || again != c.again || waits != (in < 5) {
			t.Errorf("at %v: got %d in, again after %v, %t, want %d and %v", now.Unix(), in, again, waits, c.in, c.again)
		}
	}
}

func TestSourcesTakeTurns(t *testing.T) {
	l, now := line{burst: 1}, time.Unix(100, 0)
	names := map[*place]string{}
	add := func(source int, name string) {
		p, ok := l.join(prefix(source))
		if !ok {
			t.Fatalf("no place for %s", name)
		}
		names[p] = name
	}
	for i := range 4 {
		add(1, fmt.Sprint("crowd ", i))
	}
	add(2, "late")
	add(3, "later")
	var order []string
	for range 6 {
		l.move(now)
		for p, name := range names {
			if p.in() {
				order = append(order, name)
				delete(names, p)
			}
		}
		now = now.Add(joinEvery)
	}
	if got, want := fmt.Sprint(order), "[crowd 0 late later crowd 1 crowd 2 crowd 3]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Whoever comes with many makes way for somebody from elsewhere.
func TestFullLineMakesWayForAnotherSource(t *testing.T) {
	l := line{burst: 1}
	l.tokens.take(time.Unix(100, 0), 1, joinEvery)
	var crowd []*place
	for range maxLine {
		p, ok := l.join(prefix(1))
		if !ok {
			t.Fatal("no place")
		}
		crowd = append(crowd, p)
	}
	if _, ok := l.join(prefix(1)); ok {
		t.Error("the crowd got a place more than there are")
	}
	other, ok := l.join(prefix(2))
	if !ok || !crowd[maxLine-1].evicted || crowd[maxLine-2].evicted || l.size != maxLine {
		t.Errorf("got %t, last of the crowd evicted %t, %d in line", ok, crowd[maxLine-1].evicted, l.size)
	}
	l.remove(other)
	l.remove(other)
	if l.size != maxLine-1 {
		t.Errorf("got %d in line, want %d", l.size, maxLine-1)
	}
}

// Whatever happens: the line is bounded, its books agree, and nobody is let in
// faster than the rate.
func TestLineKeepsItsBooks(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	start := time.Unix(100, 0)
	l, now, in := line{burst: 5}, start, 0
	var open []*place
	for step := range 20_000 {
		switch r.IntN(4) {
		case 0, 1:
			if p, ok := l.join(prefix(r.IntN(6))); ok {
				open = append(open, p)
			}
		case 2:
			if len(open) > 0 {
				i := r.IntN(len(open))
				l.remove(open[i])
				open = append(open[:i], open[i+1:]...)
			}
		case 3:
			now = now.Add(time.Duration(r.IntN(3000)) * time.Millisecond)
		}
		l.move(now)
		var rest []*place
		for _, p := range open {
			switch {
			case p.in():
				in++
			case !p.evicted:
				rest = append(rest, p)
			}
		}
		open = rest
		sum := 0
		for from, places := range l.waiting {
			if len(places) == 0 {
				t.Fatalf("step %d: an empty queue of %v", step, from)
			}
			sum += len(places)
		}
		if sum != l.size || l.size > maxLine || len(open) != l.size || len(l.turns) != len(l.waiting) {
			t.Fatalf("step %d: %d waiting, %d counted, %d open, %d turns for %d sources", step, sum, l.size, len(open), len(l.turns), len(l.waiting))
		}
		if most := 5 + int(now.Sub(start)/joinEvery) + 1; in > most {
			t.Fatalf("step %d: %d let in, want at most %d", step, in, most)
		}
	}
	if in == 0 {
		t.Fatal("nobody was let in")
	}
}
