package session

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
)

// The one promise: nothing holds that a person did not say yes to. person is
// written from that promise alone and shares no code with Session.
type person struct {
	yes      Grants // what the person has said yes to and not taken back
	room     bool   // in the room, with a line
	lost     bool
	asked    Grants // the open question, 0 for none
	id       uint32
	used     uint32
	deadline time.Time
	silence  bool // the person's own profile says yes for it at zero
	broke    time.Time
	over     bool
	ends     map[Grants]time.Time // when a yes was said to end
	never    Grants               // what the person's own profile lets nobody be given
}

// forgets drops the limits of rights that are gone.
func (p *person) forgets() {
	for right := range p.ends {
		if p.yes&right == 0 {
			delete(p.ends, right)
		}
	}
}

// says gives rights that end a while after the time at, 0 for never.
func (p *person) says(g Grants, at time.Time, length time.Duration) {
	p.yes |= g
	for bit := Grants(1); bit != 0; bit <<= 1 {
		if g&bit != 0 && length > 0 {
			p.ends[bit] = at.Add(length)
		} else if g&bit != 0 {
			delete(p.ends, bit)
		}
	}
}

// hears takes in an event. It does not know what the session made of it.
func (p *person) hears(e Event) {
	switch e := e.(type) {
	case Asked:
		if p.room && p.asked == 0 && e.ID > p.used && e.Grants != 0 && e.Grants <= 511 && e.Countdown > 0 {
			p.used = e.ID
			if e.Grants&^p.never == 0 {
				return // nobody is asked
			}
			p.asked, p.id, p.deadline = e.Grants&^p.never, e.ID, e.At.Add(e.Countdown)
			p.silence = e.YesAtZero && e.Grants&See != 0 && p.yes&See == 0
		}
	case Withdrawn:
		if p.asked != 0 && e.ID == p.id {
			p.asked = 0
		}
	case Answered:
		if p.room && p.asked != 0 && e.ID == p.id && e.At.Before(p.deadline) && e.Grants|p.asked == p.asked && e.For >= 0 {
			p.says(e.Grants, e.At, e.For)
			p.asked = 0
		}
	case Touched:
		p.silence = p.silence && (p.asked == 0 || e.ID != p.id)
	case Limited:
		p.hearsALimit(e)
	case Changed:
		less := e.Grants|p.yes == p.yes
		steered := p.yes&Control != 0 && p.asked == 0 // the hand on the mouse may be another's
		if e.Grants <= 511 && e.Grants&p.never == 0 && (p.room && !steered || (p.room || p.lost) && less) {
			p.silence = p.silence && p.yes|e.Grants == e.Grants
			p.yes = e.Grants
			p.forgets()
		}
	case GaveBack:
		if p.room {
			p.yes &^= e.Grants
			p.forgets()
		}
	default:
		p.hearsOfTheLine(e)
	}
}

func (p *person) hearsALimit(e Limited) {
	if !p.room && !p.lost || e.Grants == 0 || e.Grants|p.yes != p.yes || e.For < 0 {
		return
	}
	if p.lost || p.yes&Control != 0 && p.asked == 0 {
		for right, old := range p.ends {
			if e.Grants&right != 0 && (e.For == 0 || e.At.Add(e.For).After(old)) {
				return // longer, which only a person's own hand may say
			}
		}
	}
	p.says(e.Grants, e.At, e.For)
}

// lets takes away what was said for a while that is over.
func (p *person) lets(now time.Time) {
	for right, end := range p.ends {
		if !now.Before(end) {
			p.yes &^= right
			if right == See {
				p.yes &^= Control | Point
			}
		}
	}
	p.forgets()
}

func (p *person) hearsOfTheLine(e Event) {
	switch e := e.(type) {
	case Tick:
		p.lets(e.At)
		if p.asked != 0 && !e.At.Before(p.deadline) {
			if p.silence {
				p.yes |= See
			}
			p.asked = 0
		}
		if p.lost && e.At.Sub(p.broke) > 10*time.Minute {
			p.yes, p.lost, p.over = 0, false, true
			p.forgets()
		}
	case LinkLost:
		if p.room {
			p.room, p.lost, p.asked, p.broke = false, true, 0, e.At
		}
	case LinkBack:
		if p.lost && e.At.Sub(p.broke) <= 10*time.Minute {
			p.room, p.lost = true, false
		}
	case Finished:
		p.yes, p.asked, p.room, p.lost, p.over = 0, 0, false, false, true
		p.forgets()
	}
}

// chance makes events: mostly sensible ones, some from nowhere.
type chance struct {
	*rand.Rand
	now time.Time
	id  uint32
}

func (c *chance) grants() Grants {
	switch c.IntN(8) {
	case 0:
		return Grants(c.Uint32()) // rights that do not exist as well
	case 1:
		return 0
	case 2:
		return All
	default:
		return Grants(c.Uint32()) & All & Grants(c.Uint32())
	}
}

func (c *chance) question() uint32 {
	if c.IntN(4) == 0 {
		return c.Uint32N(c.id + 3)
	}
	return c.id
}

// length is for how long something is allowed.
func (c *chance) length() time.Duration {
	return time.Duration(max(c.IntN(60)-30, -1)) * time.Second
}

func (c *chance) event() Event {
	c.now = c.now.Add(time.Duration(c.IntN(8000)) * time.Millisecond)
	switch c.IntN(24) {
	case 0, 1, 2, 3:
		c.id += c.Uint32N(3)
		return Asked{
			At: c.now, ID: c.id, Grants: c.grants(), YesAtZero: c.IntN(3) != 0,
			Countdown: time.Duration(c.IntN(16)-1) * time.Second,
		}
	case 4, 5, 6, 7:
		return Answered{c.now, c.question(), c.grants(), c.length()}
	case 8, 9:
		return Withdrawn{c.now, c.question()}
	case 10, 11, 12:
		return Changed{c.now, c.grants()}
	case 13, 14:
		return GaveBack{c.now, c.grants()}
	case 15, 16:
		return LinkLost{c.now}
	case 17:
		return Limited{c.now, 1 << c.IntN(9), c.length()}
	case 18:
		if c.IntN(40) == 0 {
			c.now = c.now.Add(ResumeWindow)
		}
		return LinkBack{c.now}
	default:
		return c.rare()
	}
}

func (c *chance) rare() Event {
	switch c.IntN(60) {
	case 0:
		return Finished{c.now, ReasonLeft}
	case 1:
		return Dialled{c.now}
	case 2:
		return Reached{c.now}
	case 3:
		return Proven{c.now, Person{Name: "Mallory"}}
	case 4:
		return Admitted{c.now}
	case 5, 6:
		return Touched{c.now, c.question()}
	default:
		return Tick{c.now}
	}
}

// seen counts what came up, so that the test can't pass by doing nothing.
type seen struct{ events, refused, controlled, paused, silent, resumed, ended, over, forbidden int }

func TestNothingHoldsThatAPersonDidNotSayYesTo(t *testing.T) {
	const runs, perRun = 2000, 150 // 300 000 events, under 3 s
	var count seen
	for run := range uint64(runs) {
		c := &chance{Rand: rand.New(rand.NewPCG(7, run)), now: noon}
		var s Session
		p := person{ends: map[Grants]time.Time{}}
		if run%2 == 0 { // a profile that forbids something
			p.never = Grants(c.Uint32()) & All &^ See
			if err := s.Forbid(p.never); err != nil {
				t.Fatal(err)
			}
		}
		if run%10 != 0 { // the others find their own way in, or not
			apply(t, &s, Dialled{noon}, Reached{noon}, Proven{noon, alice}, Admitted{noon})
			p.room = true
		}
		for i := range perRun {
			e := c.event()
			if !follow(&s, &p, e, &count) {
				t.Fatalf("run %d, event %d, %#v:\ngot  %+v\nwant %+v", run, i, e, s, p)
			}
		}
	}
	if min(count.refused, count.controlled, count.paused, count.silent, count.resumed, count.ended, count.over, count.forbidden) < 200 {
		t.Errorf("got %+v, want at least 200 of each", count)
	}
	t.Logf("%+v", count)
}

// follow applies e to both and reports whether they still agree.
func follow(s *Session, p *person, e Event, count *seen) bool {
	old, lines, wasOver := *s, slices.Clone(s.ledger), p.over
	err := s.Apply(e)
	if _, ok := e.(Admitted); ok && err == nil {
		p.room = true
	}
	p.hears(e)
	if wasOver {
		p.yes, p.asked, p.room, p.lost = 0, 0, false, false
	}
	count.add(s, &old, e, err)
	if err != nil && (!errors.Is(err, ErrOrder) || !unchanged(s, &old, lines)) {
		return false
	}
	return agrees(s, p)
}

func unchanged(s, old *Session, lines []Entry) bool {
	a, b := *s, *old
	same := slices.Equal(a.ledger, lines)
	a.ledger, b.ledger = nil, nil
	return same && reflect.DeepEqual(a, b)
}

func agrees(s *Session, p *person) bool {
	for bit := Grants(1); bit != 0; bit <<= 1 {
		may := p.room && p.yes&bit != 0 && (bit != Control && bit != Point || p.asked == 0)
		if s.Allows(bit) != may {
			return false
		}
	}
	q, open := s.Question()
	if (s.Grants()|q.Grants)&p.never != 0 {
		return false
	}
	for right := Grants(1); right != 0; right <<= 1 {
		if !s.Until(right).Equal(p.ends[right]) {
			return false
		}
	}
	return s.Grants() == p.yes && open == (p.asked != 0) && q.Grants == p.asked &&
		(s.Phase() == Joined) == p.room && (s.Phase() == Lost) == p.lost && (s.Phase() == Ended) == p.over
}

func (n *seen) add(s, old *Session, e Event, err error) {
	n.events++
	one := func(to *int, when bool) {
		if when {
			*to++
		}
	}
	_, tick := e.(Tick)
	_, open := s.Question()
	one(&n.refused, err != nil)
	one(&n.forbidden, err == nil && len(s.ledger) > 0 && s.ledger[len(s.ledger)-1].What == "forbidden")
	one(&n.controlled, s.Allows(Control))
	one(&n.paused, open && s.Grants().Has(Control) && !s.Allows(Control))
	one(&n.silent, tick && s.Grants()&^old.Grants() != 0)
	one(&n.over, tick && s.Phase() == old.Phase() && old.Grants()&^s.Grants() != 0)
	one(&n.resumed, old.Phase() == Lost && s.Phase() == Joined)
	one(&n.ended, old.Phase() != Ended && s.Phase() == Ended)
}
