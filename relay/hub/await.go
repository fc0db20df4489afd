package hub

import (
	"context"
	"time"
)

// comeTime is how long somebody who comes back waits for the master, who may
// have lost the same relay and be on the way here.
const comeTime = 2 * time.Second

// arrival is what people wait for who came back before their master.
type arrival struct {
	here  chan struct{} // closed when the master is there
	count int           // who waits
}

// await returns the room with a number, for somebody who comes back: one
// without its master only when that does not come in time.
func (s *Server) await(ctx context.Context, number string) *room {
	ctx, cancel := context.WithTimeout(ctx, comeTime)
	defer cancel()
	for {
		r, a := s.expect(number)
		if a == nil {
			return r
		}
		select {
		case <-a.here:
		case <-ctx.Done():
			s.unexpect(number, a)
			return r
		}
	}
}

// expect returns a room whose master is there, or what to wait for until it is
// and the room as it is now.
func (s *Server) expect(number string) (*room, *arrival) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[number]
	if r != nil && r.attended() {
		return r, nil
	}
	a := s.expected[number]
	if a == nil {
		a = &arrival{here: make(chan struct{})}
		s.expected[number] = a
	}
	a.count++
	return r, a
}

// unexpect stops waiting.
func (s *Server) unexpect(number string, a *arrival) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.count--; a.count == 0 && s.expected[number] == a {
		delete(s.expected, number)
	}
}

// arrivedLocked tells those who wait that the master is there.
func (s *Server) arrivedLocked(number string) {
	if a := s.expected[number]; a != nil {
		close(a.here)
		delete(s.expected, number)
	}
}

// attended reports whether the room is open and its master there.
func (r *room) attended() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.master != nil && !r.closed && !r.standby
}
