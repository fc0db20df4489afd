package hub

import (
	"crypto/subtle"
	"maps"
	"slices"

	"lotse/relay/wire"
)

// A room in readiness waits for the relay to end where it is open: its master
// has opened it here with the same number and owner's token, members stand by,
// and Live opens it. Nobody finds it before. Whoever stands by has shown a
// licence, or the room's handle, which its master tells under seal, so that no
// stranger comes to hold a place.

// stand gives a connection a place among those that stand by, if there is one.
func (s *Server) stand(m *member) error {
	from := sourceOf(m.from)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.standby >= s.cfg.MaxStandby || s.standing[from] >= s.cfg.MaxStandbyFrom {
		return &wire.DeniedError{Reason: wire.ReasonStandbyFull}
	}
	m.standing = true
	s.standby++
	s.standing[from]++
	return nil
}

// seat takes connections out of those that stand by; others stay as they are.
func (s *Server) seat(members ...*member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range members {
		if !m.standing {
			continue
		}
		m.standing = false
		s.standby--
		from := sourceOf(m.from)
		if s.standing[from]--; s.standing[from] <= 0 {
			delete(s.standing, from)
		}
	}
}

// standby lets somebody stand by who knows the handle of a room in readiness.
// Everybody who was at a door knows that of an open one, so there it opens
// nothing, and is no guess either: who stood by comes back like others.
func (g *gate) standby(m *member, r *room, j wire.Join) (*room, wire.Ticket, error) {
	if r == nil {
		return nil, wire.Ticket{}, errRoom
	}
	if r.wasReady(j) {
		return nil, wire.Ticket{}, &wire.DeniedError{Reason: wire.ReasonUnknownSession}
	}
	if err := g.s.stand(m); err != nil {
		return nil, wire.Ticket{}, err
	}
	ticket, err := r.knock(m, j, nil)
	if err != nil {
		g.s.seat(m)
	}
	return r, ticket, err
}

// wasReady reports whether a room is open for whose handle somebody wants to
// stand by.
func (r *room) wasReady(j wire.Join) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.standby && r.handled(j)
}

// handled reports whether j knows the room's handle.
func (r *room) handled(j wire.Join) bool {
	return subtle.ConstantTimeCompare(j.Door, r.handle[:]) == 1
}

// liveLocked opens a room that was kept in readiness, others stay as they are.
// It returns who stood by, and what the log gets to hear of it.
func (r *room) liveLocked() (seated []*member, news []Event) {
	if !r.standby || r.closed {
		return nil, nil
	}
	r.standby = false
	news = append(news, r.eventLocked(RoomOpened, r.master))
	for _, o := range r.others {
		if o.admitted.Load() {
			news = append(news, r.eventLocked(Joined, o))
		}
	}
	return append(slices.Collect(maps.Values(r.others)), r.master), news
}

// wentLive tells the other relays, and those who wait here, that a room is open.
func (s *Server) wentLive(r *room, seated []*member) {
	s.seat(seated...)
	s.cfg.Peers.Opened(r.number, r.attended)
	s.mu.Lock()
	s.arrivedLocked(r.number)
	s.mu.Unlock()
	s.cfg.Log.Info("room open, kept in readiness before", "number", r.number)
}

// renewLocked ends what the room of a number was when its owner opens it as
// something else: one in readiness as open, or one that it left in readiness.
// A room that is in use, as far as we know, is not put aside. What it returns is
// to be called once s.mu is free.
func (s *Server) renewLocked(o wire.Open, c Claim) (end func(), err error) {
	nothing := func() {}
	r := s.rooms[o.Number]
	if r == nil {
		return nothing, nil
	}
	r.mu.Lock()
	if r.standby == o.Standby || r.closed {
		r.mu.Unlock()
		return nothing, nil
	}
	mine := subtle.ConstantTimeCompare(o.Owner[:], r.owner[:]) == 1 && c.Licence.Number == r.licence
	if !mine || o.Standby && r.master != nil {
		r.mu.Unlock()
		return nothing, &wire.DeniedError{Reason: wire.ReasonNumberTaken}
	}
	if r.expiry != nil {
		r.expiry.Stop()
	}
	others := r.closeLocked()
	if r.master != nil {
		others = append(others, r.master)
		r.master = nil
	}
	r.mu.Unlock()
	delete(s.rooms, r.number)
	return func() {
		s.ended(r)
		for _, m := range others {
			m.part(wire.ReasonConnectionLost)
		}
	}, nil
}

// newsLocked is what the log gets to hear of a member: nothing while the room is
// only kept in readiness.
func (r *room) newsLocked(what string, m *member) []Event {
	if r.standby {
		return nil
	}
	return []Event{r.eventLocked(what, m)}
}

// load is how much of what the relay can take is in use, in percent.
func (s *Server) load() uint8 {
	s.mu.Lock()
	defer s.mu.Unlock()
	used := max(float64(s.taken)/float64(s.cfg.MaxLinks), float64(len(s.rooms))/float64(s.cfg.MaxRooms))
	return uint8(min(100*used, 100)) // of people and rooms, which come first: what a core can carry is far above
}
