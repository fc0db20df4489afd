package share

import (
	"time"

	"lotse/participant/message"
)

// slack is how much longer than a round trip what is under way may take
// (screen.md §2): it fills a line of changing speed, and hardly delays.
const slack = 50 * time.Millisecond

// stall is how long a viewer may owe an acknowledgement before nobody waits
// for it any more: its line is dead, or the way back lost something.
const stall = 2 * time.Second

// present is how long a viewer counts after it was last heard of.
const present = 10 * time.Second

// samples is how many measurements of a line's rate count, newest first; the
// best of them is the rate. About ten round trips.
const samples = 10

// maxFlight bounds what is remembered of updates under way.
const maxFlight = 256

// firstWindow is how many bytes may be under way to a viewer whose line is
// unknown: 130 ms at 1 Mbit/s.
const firstWindow = 16 << 10

// leastWindow is what may always be under way, in bytes.
const leastWindow = 3 << 10

// pace decides how much may be sent when. It has no clock.
type pace struct {
	flight  []flight
	viewers map[uint8]*viewer
	// sent is how many bytes were sent in all.
	sent int64
}

// flight is an update that not everybody has acknowledged.
type flight struct {
	number uint32
	at     time.Time
	// end is what sent was behind it.
	end int64
	// full says that the window let no more than this in: only such updates
	// measure the line and not the screen.
	full bool
	// done is what each viewer had, and since when, when this was sent.
	done map[uint8]mark
}

type mark struct {
	bytes int64
	at    time.Time
}

// viewer is the line to one member.
type viewer struct {
	heard time.Time
	wish  message.Wish
	// done is what is acknowledged, and since when.
	done  mark
	acked uint32
	// slow says that it stalled and is not waited for.
	slow bool
	trip time.Duration // the shortest of late
	rate [samples]float64
	next int
}

func newPace() pace { return pace{viewers: map[uint8]*viewer{}} }

// viewer returns what is known of a member, from now on.
func (p *pace) viewer(id uint8, now time.Time) *viewer {
	v := p.viewers[id]
	if v == nil {
		v = &viewer{done: mark{bytes: p.sent, at: now}}
		if n := len(p.flight); n > 0 {
			v.acked = p.flight[n-1].number
		}
		p.viewers[id] = v
	}
	v.heard = now
	return v
}

// forget drops what is under way: everybody gets a picture that needs nothing
// of it.
func (p *pace) forget(now time.Time) {
	p.flight = p.flight[:0]
	for _, v := range p.viewers {
		v.done = mark{bytes: p.sent, at: now}
	}
}

// sending notes an update on its way.
func (p *pace) sending(number uint32, size int, full bool, now time.Time) {
	if len(p.flight) == maxFlight {
		p.flight = append(p.flight[:0], p.flight[1:]...)
	}
	done := make(map[uint8]mark, len(p.viewers))
	for id, v := range p.viewers {
		if v.done.bytes == p.sent { // nothing was under way: the line was idle
			v.done.at = now
		}
		done[id] = v.done
	}
	p.sent += int64(size)
	p.flight = append(p.flight, flight{number: number, at: now, end: p.sent, full: full, done: done})
}

// acked notes that a viewer has drawn an update, and all before.
func (p *pace) acked(id uint8, number uint32, now time.Time) {
	v := p.viewers[id]
	if v == nil {
		v = p.viewer(id, now)
		v.acked = 0
	}
	v.heard, v.slow = now, false
	for _, f := range p.flight {
		if f.number != number {
			continue
		}
		v.measure(f, id, now)
		v.done, v.acked = mark{bytes: max(f.end, v.done.bytes), at: now}, number
	}
	p.land(now)
}

// measure takes a round trip and a rate from an acknowledgement (the rate as
// in Cheng et al., "Delivery Rate Estimation", draft-cheng-iccrg-delivery-
// rate-estimation-02: what arrived between the sending and the acknowledging
// of one update, divided by that time).
func (v *viewer) measure(f flight, id uint8, now time.Time) {
	trip := max(now.Sub(f.at), time.Millisecond/10)
	if v.trip == 0 || trip < v.trip {
		v.trip = trip
	} else {
		v.trip += (trip - v.trip) / 256 // forgets a way that was shorter
	}
	before, known := f.done[id]
	took := now.Sub(before.at)
	if !known || took <= 0 {
		return
	}
	rate := float64(f.end-before.bytes) * 8 / took.Seconds()
	if f.full || rate > v.best() {
		v.rate[v.next] = rate
		v.next = (v.next + 1) % samples
	}
}

// best is the line's rate in bits a second, 0 while it is unknown.
func (v *viewer) best() float64 {
	best := 0.0
	for _, r := range v.rate {
		best = max(best, r)
	}
	return best
}

// land forgets updates that everybody has, or who has not is not waited for.
func (p *pace) land(now time.Time) {
	for len(p.flight) > 0 {
		f := p.flight[0]
		for _, v := range p.viewers {
			if p.awaited(v, now) && v.done.bytes < f.end {
				return
			}
		}
		if len(p.viewers) == 0 && now.Sub(f.at) < stall {
			return
		}
		p.flight = append(p.flight[:0], p.flight[1:]...)
	}
}

// awaited reports whether others wait for a viewer.
func (p *pace) awaited(v *viewer, now time.Time) bool { return !v.slow && now.Sub(v.heard) < present }

// room returns how many bytes may be sent now, and if none, when to look
// again at the latest.
func (p *pace) room(now time.Time) (bytes int, wait time.Duration) {
	p.expire(now)
	bytes, wait = maxWindow, stall
	alone := true
	for _, v := range p.viewers {
		if !p.awaited(v, now) {
			continue
		}
		alone = false
		bytes = min(bytes, v.window()-int(p.sent-v.done.bytes))
	}
	if alone { // nobody has answered yet
		bytes = firstWindow
		for _, f := range p.flight {
			bytes = 0
			wait = min(wait, max(f.at.Add(stall).Sub(now), time.Millisecond))
		}
	}
	return bytes, wait
}

// maxWindow is the most that may be under way in bytes.
const maxWindow = 4 << 20

// window is how many bytes may be under way to a viewer.
func (v *viewer) window() int {
	rate := v.best()
	if rate == 0 {
		return firstWindow
	}
	return min(max(int(rate/8*(v.trip+slack).Seconds()), leastWindow), maxWindow)
}

// expire gives up waiting for viewers that owe an acknowledgement for long.
func (p *pace) expire(now time.Time) {
	for id, v := range p.viewers {
		if now.Sub(v.heard) >= present && v.slow {
			delete(p.viewers, id)
			continue
		}
		for _, f := range p.flight {
			if f.end > v.done.bytes {
				if now.Sub(f.at) >= stall {
					v.slow = true
				}
				break
			}
		}
	}
	p.land(now)
}

// line is what the slowest viewer that is waited for can take: bits a second,
// 0 while unknown, and the longest round trip.
func (p *pace) line(now time.Time) (rate float64, trip time.Duration) {
	for _, v := range p.viewers {
		if !p.awaited(v, now) {
			continue
		}
		if r := v.best(); r > 0 && (rate == 0 || r < rate) {
			rate = r
		}
		trip = max(trip, v.trip)
	}
	return rate, trip
}

// wish is what all viewers agree to: the most that any of them wants, and
// video only if each understands it.
func (p *pace) wish(now time.Time) message.Wish {
	out := message.Wish{H264: true, Grey: true, Rate: 1}
	any := false
	for _, v := range p.viewers {
		if now.Sub(v.heard) >= present {
			continue
		}
		any = true
		out.H264 = out.H264 && v.wish.H264
		out.Grey = out.Grey && v.wish.Grey
		if v.wish.Rate == 0 || out.Rate == 0 {
			out.Rate = 0
		} else {
			out.Rate = max(out.Rate, v.wish.Rate)
		}
	}
	if !any {
		return message.Wish{}
	}
	return out
}
