package hub

import (
	"cmp"
	"encoding/hex"
	"net/netip"
	"time"
)

// What of an Event.
const (
	RoomOpened = "room_opened"
	RoomEnded  = "room_ended"
	Joined     = "joined"
	Left       = "left"
)

// Event is something that belongs into a participation log. A relay knows no
// more than this.
type Event struct {
	At   time.Time
	What string
	// Number is the room's number, Room its life under it.
	Number, Room string
	// Licence is the number of the licence that opened the room.
	Licence string
	// Operator and Name are who opened it; both are empty where somebody else
	// came or went.
	Operator, Name string
	// Members is how many are in the room afterwards, the master included.
	Members int
	// Build is the build number of the program, From where it is.
	Build uint32
	From  netip.Addr
}

// eventLocked returns what happened to m, or to the room if m is nil.
func (r *room) eventLocked(what string, m *member) Event {
	in, _ := r.countLocked()
	if r.master == nil {
		in--
	}
	e := Event{
		At: r.server.cfg.Now(), What: what, Number: r.number, Room: hex.EncodeToString(r.handle[:]), Licence: r.licence, Members: in,
	}
	if m != nil {
		e.Build, e.From = m.build, m.from
	}
	if m == nil || m == r.master {
		e.Operator, e.Name = r.operator.Login, cmp.Or(r.operator.Name, r.claim.Licence.Name)
	}
	return e
}

// record hands events on. It is called without a lock.
func (s *Server) record(events ...Event) {
	if s.cfg.Record == nil {
		return
	}
	for _, e := range events {
		s.cfg.Record(e)
	}
}
