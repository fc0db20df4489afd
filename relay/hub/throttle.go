package hub

import (
	"net/netip"
	"sync"
	"time"
)

// The doubling time-out of a source that names rooms that are not there:
// 1 s · 2^(n−1), at most 15 minutes, halved by each ten quiet minutes
// (protocol.md §2).
const (
	firstWait   = time.Second
	longestWait = 15 * time.Minute
	quietTime   = 10 * time.Minute
)

// The fair queue of a source: so many joins at once, and then one in so long.
const (
	defaultBurst = 5
	joinEvery    = 2 * time.Second
)

// maxSources is how many sources are remembered. The quietest is forgotten
// first.
const maxSources = 1 << 16

// throttle counts joins and failures per source: an IPv4 address or an IPv6
// /64. Rooms and licences never lock, so nobody can lock others out.
type throttle struct {
	burst float64

	// mu guards the field below.
	mu      sync.Mutex
	sources map[netip.Prefix]*source
}

type source struct {
	tokens float64
	filled time.Time
	fails  int
	last   time.Time // of a failure
	until  time.Time
}

func newThrottle(burst int) *throttle {
	if burst <= 0 {
		burst = defaultBurst
	}
	return &throttle{burst: float64(burst), sources: make(map[netip.Prefix]*source)}
}

// sourceOf returns what counts as one source.
func sourceOf(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// pass lets a join through, or says how long to wait.
func (t *throttle) pass(from netip.Addr, now time.Time) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.sourceLocked(sourceOf(from), now)
	if left := s.until.Sub(now); left > 0 {
		return left
	}
	s.tokens = min(t.burst, s.tokens+float64(now.Sub(s.filled))/float64(joinEvery))
	s.filled = now
	if s.tokens < 1 {
		return time.Duration((1 - s.tokens) * float64(joinEvery))
	}
	s.tokens--
	return 0
}

// failed counts a failure.
func (t *throttle) failed(from netip.Addr, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.sourceLocked(sourceOf(from), now)
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
	s := &source{tokens: t.burst, filled: now}
	t.sources[p] = s
	return s
}

// forgetLocked makes room: everybody who is not being made to wait goes, or,
// where all are, the one whose wait ends first.
func (t *throttle) forgetLocked(now time.Time) {
	var soonest netip.Prefix
	var end time.Time
	for p, s := range t.sources {
		if !s.until.After(now) {
			delete(t.sources, p)
			continue
		}
		if end.IsZero() || s.until.Before(end) {
			soonest, end = p, s.until
		}
	}
	if len(t.sources) >= maxSources {
		delete(t.sources, soonest)
	}
}
