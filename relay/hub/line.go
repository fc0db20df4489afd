package hub

import (
	"net/netip"
	"slices"
	"time"
)

// The fair queue at a room's door: so many at once, and then one in so long
// (protocol.md §2).
const (
	defaultBurst = 5
	joinEvery    = 2 * time.Second
)

// maxLine is how many wait in the queue of one room.
const maxLine = 16

// line is the fair queue at a room's door. Sources take turns, so that one who
// comes with many does not keep another out. It is a value: time is handed in,
// and the room's lock guards it.
type line struct {
	burst   int
	tokens  bucket
	turns   []netip.Prefix // the sources that wait, the next one first
	waiting map[netip.Prefix][]*place
	size    int
}

// place is somebody's place in a line. done is closed when its turn has come,
// or when it had to make way.
type place struct {
	from    netip.Prefix
	done    chan struct{}
	evicted bool
}

// join adds somebody to the end of its source's queue. When the line is full
// the newest of the source with the most makes way, unless that is the
// newcomer's own: then it gets no place.
func (l *line) join(from netip.Prefix) (*place, bool) {
	if l.size >= maxLine {
		most := l.longest()
		if len(l.waiting[most]) <= len(l.waiting[from])+1 {
			return nil, false
		}
		last := l.waiting[most][len(l.waiting[most])-1]
		last.evicted = true
		l.remove(last)
		close(last.done)
	}
	if l.waiting == nil {
		l.waiting = make(map[netip.Prefix][]*place)
	}
	if len(l.waiting[from]) == 0 {
		l.turns = append(l.turns, from)
	}
	p := &place{from: from, done: make(chan struct{})}
	l.waiting[from] = append(l.waiting[from], p)
	l.size++
	return p, true
}

// longest returns the source with the most waiting, the first in turn of
// several.
func (l *line) longest() netip.Prefix {
	var most netip.Prefix
	for _, from := range l.turns {
		if len(l.waiting[from]) > len(l.waiting[most]) {
			most = from
		}
	}
	return most
}

// move lets in whom it may, and says when to ask again; false is never, since
// nobody waits.
func (l *line) move(now time.Time) (again time.Duration, waits bool) {
	for len(l.turns) > 0 {
		wait, ok := l.tokens.take(now, l.burst, joinEvery)
		if !ok {
			return max(wait, time.Millisecond), true
		}
		from := l.turns[0]
		p := l.waiting[from][0]
		l.remove(p)
		if len(l.waiting[from]) > 0 { // to the end of the round
			l.turns = append(slices.DeleteFunc(l.turns, func(f netip.Prefix) bool { return f == from }), from)
		}
		close(p.done)
	}
	return 0, false
}

// remove takes a place out of the line; one that is not in it does nothing.
func (l *line) remove(p *place) {
	i := slices.Index(l.waiting[p.from], p)
	if i < 0 {
		return
	}
	l.waiting[p.from] = slices.Delete(l.waiting[p.from], i, i+1)
	l.size--
	if len(l.waiting[p.from]) == 0 {
		delete(l.waiting, p.from)
		l.turns = slices.DeleteFunc(l.turns, func(f netip.Prefix) bool { return f == p.from })
	}
}
