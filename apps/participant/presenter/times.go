package presenter

import (
	"slices"
	"strings"
	"time"

	"lotse/apps/ui/words"
	"lotse/participant"
	"lotse/participant/session"
)

// lengths are for how long something can be allowed; a call to a help desk
// takes a quarter of an hour, an installation an hour.
func (p *Presenter) lengths() []Time {
	out := []Time{{Text: p.words.Text(words.TimeEnd)}}
	for _, n := range []int{5, 15, 60} {
		out = append(out, Time{p.words.Text(words.TimeMinutes, n), time.Duration(n) * time.Minute})
	}
	return out
}

// Hold chooses for how long the open question's rights are to be allowed.
func (p *Presenter) Hold(length time.Duration) { p.hold = max(length, 0) }

// Holds returns for how long they are to be allowed; 0 is until the end.
func (p *Presenter) Holds() time.Duration { return p.hold }

// Limit lets what is allowed now end after a while, 0 for with the session.
func (p *Presenter) Limit(length time.Duration) {
	if g := p.limitable(length); g != 0 {
		p.do.Limit(g, length)
	}
}

// limitable are the rights that may get this length: all of them, or those
// that get a shorter one while another's hand may be on the mouse.
func (p *Presenter) limitable(length time.Duration) session.Grants {
	if p.state.Phase != session.Joined {
		return 0
	}
	if !p.takeOnly() {
		return p.state.Grants
	}
	var g session.Grants
	for _, right := range p.state.Grants.Each() {
		end, limited := p.state.Ends[right]
		if length > 0 && (!limited || p.now().Add(length).Before(end)) {
			g |= right
		}
	}
	return g
}

// limits are the lengths that can be chosen now for what is allowed.
func (p *Presenter) limits() (link string, times []Time) {
	times = slices.DeleteFunc(p.lengths(), func(t Time) bool {
		return p.limitable(t.For) == 0 || t.For == 0 && len(p.state.Ends) == 0
	})
	if len(times) == 0 {
		return "", nil
	}
	return p.words.Text(words.TimeChange), times
}

// ends says which rights end by themselves and how soon, the next one first.
func (p *Presenter) ends() string {
	byEnd := map[time.Time]session.Grants{}
	var times []time.Time
	for right, end := range p.state.Ends {
		if byEnd[end] == 0 {
			times = append(times, end)
		}
		byEnd[end] |= right
	}
	slices.SortFunc(times, time.Time.Compare)
	var parts []string
	for _, end := range times {
		left := seconds(end.Sub(p.now()))
		parts = append(parts, p.words.Text(words.TimeEndsEach, p.words.Rights(byEnd[end]), left/60, left%60))
	}
	if len(parts) == 0 {
		return ""
	}
	return p.words.Text(words.TimeEnds, strings.Join(parts, " · "))
}

// times remembers when things began that are shown for a while.
func (p *Presenter) times(next participant.State) {
	if next.Phase == session.Joined && !p.Connected() {
		p.joined = p.now()
	}
	if next.Rehearsal == participant.Rehearsed && p.state.Rehearsal != participant.Rehearsed {
		p.worked = p.now()
	}
}
