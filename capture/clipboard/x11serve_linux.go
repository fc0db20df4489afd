package clipboard

import (
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// maxMoves is how many programs may be fetching large contents at a time; the
// one that waited longest makes room.
const maxMoves = 16

// maxPiece is how many bytes go into one property: half of what the smallest
// server takes in one request.
const maxPiece = 128 << 10

// served is what we offer while the selection is ours.
type served struct {
	time xproto.Timestamp
	kind []kind
}

// kind is one form of the content.
type kind struct {
	target, as xproto.Atom
	format     byte
	data       []byte
}

// transfer is where a program fetches a large content.
type transfer struct {
	window   xproto.Window
	property xproto.Atom
}

// movement is how far it got.
type movement struct {
	kind
	rest  []byte
	ended bool // the empty piece was sent
	since time.Time
}

// served prepares a content: every form, what forms there are, and since when.
func (a *atoms) served(o offer, now xproto.Timestamp) *served {
	const letters, longs = 8, 32
	s := &served{time: now}
	add := func(target, as xproto.Atom, format byte, data []byte) {
		s.kind = append(s.kind, kind{target, as, format, data})
	}
	if o.png != nil {
		add(a.png, a.png, letters, o.png)
	} else {
		text := []byte(o.text)
		add(a.utf8, a.utf8, letters, text)
		add(a.plainUTF8, a.plainUTF8, letters, text)
		add(a.plain, a.plain, letters, text)
		add(a.text, a.utf8, letters, text)
		if latin, ok := latin1(o.text); ok {
			add(xproto.AtomString, xproto.AtomString, letters, latin)
		}
	}
	add(a.secret, a.secret, letters, []byte("secret"))
	add(a.timestamp, xproto.AtomInteger, longs, long(uint32(now)))
	targets := long(uint32(a.targets))
	for _, k := range s.kind {
		targets = append(targets, long(uint32(k.target))...)
	}
	add(a.targets, xproto.AtomAtom, longs, targets)
	return s
}

func long(v uint32) []byte {
	b := make([]byte, 4)
	xgb.Put32(b, v)
	return b
}

// latin1 encodes text as what X calls STRING, if it can be.
func latin1(text string) ([]byte, bool) {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return nil, false
		}
		out = append(out, byte(r))
	}
	return out, true
}

// serve answers a program that wants to paste. Several forms in one request
// (MULTIPLE) are refused; nobody pastes that way.
func (s *x11System) serve(e xproto.SelectionRequestEvent) {
	if e.Property == xproto.AtomNone {
		e.Property = e.Target // programs from before 1994
	}
	if k, ok := s.form(e); ok {
		s.give(e, k)
	} else {
		e.Property = xproto.AtomNone
	}
	answer := xproto.SelectionNotifyEvent{Time: e.Time, Requestor: e.Requestor, Selection: e.Selection, Target: e.Target, Property: e.Property}
	xproto.SendEvent(s.conn.Conn, false, e.Requestor, xproto.EventMaskNoEvent, string(answer.Bytes()))
}

// form returns what was asked for. A request of our own is one that was meant
// for the owner before.
func (s *x11System) form(e xproto.SelectionRequestEvent) (kind, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ours := uint32(e.Requestor)&^s.conn.Setup.ResourceIdMask == s.conn.Setup.ResourceIdBase
	if s.offered == nil || ours || e.Owner != s.window || e.Selection != s.names.clipboard {
		return kind{}, false
	}
	if e.Time != xproto.TimeCurrentTime && after(s.offered.time, e.Time) {
		return kind{}, false
	}
	for _, k := range s.offered.kind {
		if k.target == e.Target {
			return k, true
		}
	}
	return kind{}, false
}

// give puts the content on the program's window, or the word that it comes in
// pieces.
func (s *x11System) give(e xproto.SelectionRequestEvent, k kind) {
	if len(k.data) <= maxPiece {
		s.change(e.Requestor, e.Property, k, k.data)
		return
	}
	s.makeRoom()
	const watched = xproto.EventMaskPropertyChange | xproto.EventMaskStructureNotify
	xproto.ChangeWindowAttributes(s.conn.Conn, e.Requestor, xproto.CwEventMask, []uint32{watched})
	s.moves[transfer{e.Requestor, e.Property}] = &movement{kind: k, rest: k.data, since: time.Now()}
	s.change(e.Requestor, e.Property, kind{as: s.names.incr, format: 32}, long(uint32(len(k.data))))
}

func (s *x11System) change(window xproto.Window, property xproto.Atom, k kind, data []byte) {
	const bits = 8
	units := len(data) * bits / int(k.format)
	xproto.ChangeProperty(s.conn.Conn, xproto.PropModeReplace, window, property, k.as, k.format, uint32(units), data)
}

// makeRoom gives up the transfer that has waited longest when there are too
// many.
func (s *x11System) makeRoom() {
	if len(s.moves) < maxMoves {
		return
	}
	var oldest transfer
	for t, m := range s.moves {
		if o, ok := s.moves[oldest]; !ok || m.since.Before(o.since) {
			oldest = t
		}
	}
	s.end(oldest)
}

// property hears that the time was told, that a piece for us is there or that
// a piece of ours was taken.
func (s *x11System) property(e xproto.PropertyNotifyEvent) {
	switch {
	case e.State == xproto.PropertyDelete:
		s.move(transfer{e.Window, e.Atom})
	case e.Window == s.window:
		select {
		case s.clock <- e.Time:
		default:
		}
	case e.Atom == s.names.scratch:
		s.answer(e.Window, answered{property: e.Atom})
	}
}

// move sends the next piece, an empty one after the last, and then no more.
func (s *x11System) move(t transfer) {
	m := s.moves[t]
	switch {
	case m == nil:
		return
	case m.ended:
		s.end(t)
		return
	}
	piece := m.rest[:min(len(m.rest), maxPiece)]
	m.rest, m.ended, m.since = m.rest[len(piece):], len(piece) == 0, time.Now()
	s.change(t.window, t.property, m.kind, piece)
}

// end forgets a transfer and, after the last of a window, its events.
func (s *x11System) end(t transfer) {
	delete(s.moves, t)
	for other := range s.moves {
		if other.window == t.window {
			return
		}
	}
	xproto.ChangeWindowAttributes(s.conn.Conn, t.window, xproto.CwEventMask, []uint32{xproto.EventMaskNoEvent})
}

// forget drops what was meant for a window that is gone.
func (s *x11System) forget(window xproto.Window) {
	for t := range s.moves {
		if t.window == window {
			delete(s.moves, t)
		}
	}
}
