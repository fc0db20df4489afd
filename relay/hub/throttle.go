package hub

import (
	"net/netip"
	"sync"
	"time"
)

// The doubling time-out of a source that names rooms that are not there or
// shows licences that are none: 1 s · 2^(n−1), at most 15 minutes, halved by
// each ten quiet minutes (protocol.md §2).
const (
	firstWait   = time.Second
	longestWait = 15 * time.Minute
	quietTime   = 10 * time.Minute
)

// Members that come back after a relay was restarted name rooms that are not
// there yet. An office of twenty behind one address tries about four times a
// second.
const (
	resumeBurst = 100
	resumeEvery = 200 * time.Millisecond
)

// maxSources is how many sources are remembered: about 10 MB.
const maxSources = 1 << 16

// throttle counts failures per source: an IPv4 address or an IPv6 /64. Rooms
// and licences never lock, so nobody can lock others out.
type throttle struct {
	// mu guards the field below.
	mu      sync.Mutex
	sources map[netip.Prefix]*source
}

// source is what is known of one source.
type source struct {
	fails int
	last  time.Time // of a failure
	until time.Time
	spare bucket // of failures that cost nothing
}

// bucket holds tokens that come back with time. Its zero value is full once
// it has been filled.
type bucket struct {
	tokens float64
	filled time.Time
}

// take takes a token, or says how long until there is one.
func (b *bucket) take(now time.Time, burst int, every time.Duration) (wait time.Duration, ok bool) {
	if b.filled.IsZero() {
		b.tokens = float64(burst)
	} else {
		b.tokens = min(float64(burst), b.tokens+max(float64(now.Sub(b.filled)), 0)/float64(every))
	}
	b.filled = now
	if b.tokens < 1 {
		return time.Duration((1 - b.tokens) * float64(every)), false
	}
	b.tokens--
	return 0, true
}

func newThrottle() *throttle { return &throttle{sources: make(map[netip.Prefix]*source)} }

// sourceOf returns what counts as one source.
func sourceOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// wait returns for how long a source has to wait.
func (t *throttle) wait(from netip.Prefix, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, known := t.sources[from]
	if !known {
		return 0
	}
	return min(max(s.until.Sub(now), 0), longestWait)
}

// failed counts a failure. One of somebody who comes back costs nothing, up to
// a bound.
func (t *throttle) failed(from netip.Prefix, now time.Time, resume bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.sourceLocked(from, now)
	if resume {
		if _, ok := s.spare.take(now, resumeBurst, resumeEvery); ok {
			return
		}
	}
	for ; s.fails > 0 && now.Sub(s.last) >= quietTime; s.last = s.last.Add(quietTime) {
		s.fails--
	}
	s.fails++
	s.last = now
	s.until = now.Add(min(firstWait<<min(s.fails-1, 20), longestWait))
}

func (t *throttle) sourceLocked(p netip.Prefix, now time.Time) *source {
	if s, ok := t.sources[p]; ok {
		return s
	}
	if len(t.sources) >= maxSources {
		t.forgetLocked(now)
	}
	s := new(source)
	t.sources[p] = s
	return s
}

// sample is how many sources are looked at to make room for one: looking at
// all would let a flood of sources cost more than it sends.
const sample = 64

// forgetLocked makes room: of a sample, everybody who is not being made to
// wait goes, or, where all are, the one whose wait ends first.
func (t *throttle) forgetLocked(now time.Time) {
	var soonest netip.Prefix
	var end time.Time
	looked, forgotten := 0, 0
	for p, s := range t.sources { // begins anywhere
		if looked++; looked > sample {
			break
		}
		if !s.until.After(now) {
			delete(t.sources, p)
			forgotten++
			continue
		}
		if end.IsZero() || s.until.Before(end) {
			soonest, end = p, s.until
		}
	}
	if forgotten == 0 {
		delete(t.sources, soonest)
	}
}
