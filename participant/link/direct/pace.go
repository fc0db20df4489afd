package direct

import "time"

// The path's own bound of what is under way: SCTP never goes below 128 KiB, so
// that one lost packet in a hundred does not stop it, and would fill any line.
const (
	// leastSlack and mostSlack bound how much longer than the shortest round
	// trip what is under way may take, which is another round trip: it fills a
	// line of changing speed, and hardly delays. On a line without delay 50 ms
	// would be more than a socket holds.
	leastSlack = 5 * time.Millisecond
	mostSlack  = 50 * time.Millisecond
	// firstWindow is what may be under way on a line that is unknown.
	firstWindow = 32 << 10
	// leastWindow and maxWindow bound it in bytes. The latter is what systems
	// hold for a socket that is read late, what a relay allows of bulk, and
	// 50 Mbit/s at a round trip of 40 ms.
	leastWindow = 16 << 10
	maxWindow   = 256 << 10
	// bucket is how long a measured rate counts at the least.
	bucket = 500 * time.Millisecond
)

// pace measures a path by what is acknowledged (as in Cheng et al., "Delivery
// Rate Estimation", draft-cheng-iccrg-delivery-rate-estimation-02) and says how
// much may be under way. It has no clock.
type pace struct {
	delivered int64     // bytes acknowledged in all
	at        time.Time // since when
	trip      time.Duration
	now, last float64 // the best rate of this bucket and of the one before, bytes a second
	begun     time.Time
}

// departure is what was known when something was sent.
type departure struct {
	at        time.Time
	delivered int64
	since     time.Time
	full      bool // the window let no more in, so the line is measured and not the sender
}

// depart notes that something is sent. idle says that nothing was under way.
func (p *pace) depart(now time.Time, idle, full bool) departure {
	if idle {
		p.at = now
	}
	return departure{at: now, delivered: p.delivered, since: p.at, full: full}
}

// arrive notes an acknowledgement of so many bytes, the newest of which left
// with d.
func (p *pace) arrive(d departure, bytes int, now time.Time) {
	p.delivered += int64(bytes)
	p.at = now
	trip := max(now.Sub(d.at), time.Millisecond/10)
	if p.trip == 0 || trip < p.trip {
		p.trip = trip
	} else {
		p.trip += (trip - p.trip) / 256 // forgets a way that was shorter
	}
	took := now.Sub(d.since)
	if took <= 0 {
		return
	}
	rate := float64(p.delivered-d.delivered) / took.Seconds()
	if !d.full {
		if rate > p.rate() {
			p.now = rate
		}
		return
	}
	if now.Sub(p.begun) > max(bucket, 8*p.trip) {
		p.begun, p.last, p.now = now, p.now, 0
	}
	p.now = max(p.now, rate)
}

// rate is the line's in bytes a second, 0 while it is unknown.
func (p *pace) rate() float64 { return max(p.now, p.last) }

// window is how many bytes may be under way.
func (p *pace) window() int {
	rate := p.rate()
	if rate == 0 {
		return firstWindow
	}
	slack := min(max(p.trip, leastSlack), mostSlack)
	return min(max(int(rate*(p.trip+slack).Seconds()), leastWindow), maxWindow)
}
