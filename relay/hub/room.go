package hub

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net/netip"
	"slices"
	"sync"
	"time"

	"lotse/relay/wire"
)

const (
	// maxWaiting is how many people may be at a room's door at once: with one
	// let to it in two seconds, and masters sending away after 30 s who has
	// not proven the PIN, strangers fill 20 places.
	maxWaiting = 32
	// maxKnown is how many sources of members a room remembers.
	maxKnown = 256
)

// room is a number, its master, and who is at the door or in. It has no key
// and no PIN: whom to admit the master says.
type room struct {
	server   *Server
	number   string
	handle   [16]byte
	owner    wire.Owner
	licence  string
	most     int
	autoLock bool

	// mu guards the fields below. No frame is written under it.
	mu       sync.Mutex
	master   *member
	claim    Claim // the last one of its master, and whose it was
	operator Operator
	others   map[uint32]*member
	known    map[netip.Prefix]bool // where members came from
	line     line                  // of newcomers
	returns  line                  // of those who say that they were here before
	next     uint32
	links    map[[32]byte]bool // of the open personal links, and whether one was used here
	locked   bool
	closed   bool
	standby  bool // kept in readiness: open on another relay, as far as we know
	expiry   *time.Timer
}

// errRoom says that a room does not take somebody. What exactly is wrong is
// for the log only.
var errRoom = errors.New("hub: no such room, or not now")

// open makes a room for m, or gives one back to its owner.
func (s *Server) open(ctx context.Context, m *member, o wire.Open, c Claim, operator Operator) (*room, error) {
	r, fresh, err := s.openRoom(m, o, c, operator)
	for ; fresh && o.Number == ""; r, fresh, err = s.openRoom(m, o, c, operator) {
		if _, taken := s.cfg.Peers.Find(ctx, r.number); !taken {
			break
		}
		s.takeBack(r) // another relay drew the same
	}
	if fresh && !o.Standby {
		s.cfg.Peers.Opened(r.number, r.attended)
		r.mu.Lock()
		opened := r.eventLocked(RoomOpened, m)
		r.mu.Unlock()
		s.record(opened)
	}
	return r, err
}

func (s *Server) openRoom(m *member, o wire.Open, c Claim, operator Operator) (made *room, fresh bool, err error) {
	s.mu.Lock()
	end, err := s.renewLocked(o, c)
	if err == nil {
		made, fresh, err = s.openRoomLocked(m, o, c, operator)
	}
	s.mu.Unlock()
	end()
	return made, fresh, err
}

func (s *Server) openRoomLocked(m *member, o wire.Open, c Claim, operator Operator) (made *room, fresh bool, err error) {
	facts := c.Licence
	if r, ok := s.rooms[o.Number]; ok {
		taken, err := r.reclaim(m, o, c, operator)
		if taken {
			s.arrivedLocked(o.Number)
		}
		if taken || err != nil {
			return r, false, err
		}
	}
	if len(s.rooms) >= s.cfg.MaxRooms {
		return nil, false, &wire.DeniedError{Reason: wire.ReasonRoomFull}
	}
	number := o.Number
	if number == "" {
		if number, err = s.freeNumberLocked(int(o.Digits)); err != nil {
			return nil, false, err
		}
	}
	most := int(facts.MaxMembers)
	if o.MaxMembers > 0 {
		most = min(most, int(o.MaxMembers))
	}
	r := &room{
		server: s, number: number, owner: o.Owner, licence: facts.Number, operator: operator, most: most, autoLock: o.AutoLock, standby: o.Standby, master: m, claim: c,
		others: make(map[uint32]*member), known: make(map[netip.Prefix]bool), next: wire.MasterConn + 1,
		line: line{burst: s.cfg.JoinBurst}, returns: line{burst: s.cfg.JoinBurst},
	}
	r.linkLocked(o.Links) // nobody else has it yet
	if err := r.draw(); err != nil {
		return nil, false, err
	}
	if o.Number != "" {
		r.returns.burst = most // it had members elsewhere
	}
	m.room = r
	s.rooms[number] = r
	if !o.Standby {
		s.arrivedLocked(number)
	}
	return r, true, nil
}

// draw makes the room's handle, and its owner's token when there is none.
func (r *room) draw() error {
	if _, err := rand.Read(r.handle[:]); err != nil {
		return fmt.Errorf("hub: handle: %w", err)
	}
	if r.owner != (wire.Owner{}) {
		return nil
	}
	if _, err := rand.Read(r.owner[:]); err != nil {
		return fmt.Errorf("hub: token: %w", err)
	}
	return nil
}

// reclaim puts the owner on a new connection. The old one may hang half open:
// then nobody was told that the master was away, and everybody has to come
// back. It returns false for a room that has just ended.
func (r *room) reclaim(m *member, o wire.Open, c Claim, operator Operator) (bool, error) {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return false, nil
	}
	if subtle.ConstantTimeCompare(o.Owner[:], r.owner[:]) != 1 || c.Licence.Number != r.licence {
		r.mu.Unlock()
		return false, &wire.DeniedError{Reason: wire.ReasonNumberTaken}
	}
	old := r.master
	r.master, r.claim, r.operator, m.room = m, c, operator, r
	r.linkLocked(o.Links)
	if r.expiry != nil {
		r.expiry.Stop()
		r.expiry = nil
	}
	others := slices.Collect(maps.Values(r.others))
	if old != nil {
		clear(r.others)
	}
	r.mu.Unlock()
	if old == nil {
		for _, o := range others {
			o.notify(wire.MasterBack{})
		}
		return true, nil
	}
	for _, o := range others {
		m.notify(wire.Gone{Conn: o.id, Reason: wire.ReasonConnectionLost})
	}
	for _, o := range append(others, old) {
		o.part(wire.ReasonConnectionLost)
	}
	return true, nil
}

// leave takes m out of the room; why is what ended its connection.
func (r *room) leave(m *member, why error) {
	r.mu.Lock()
	if r.master == m && r.standby {
		others := r.closeLocked() // nothing was in it yet
		r.master = nil
		r.mu.Unlock()
		r.server.forget(r)
		for _, o := range others {
			o.part(wire.ReasonConnectionLost)
		}
		return
	}
	if r.master == m {
		others := r.masterLeftLocked()
		r.mu.Unlock()
		for _, o := range others {
			o.notify(wire.MasterAway{})
		}
		return
	}
	master := r.master
	was := r.others[m.id] == m
	if was {
		delete(r.others, m.id)
	}
	others := slices.Collect(maps.Values(r.others))
	left := r.newsLocked(Left, m)
	r.mu.Unlock()
	if !was {
		return
	}
	if m.admitted.Load() {
		r.server.record(left...)
	}
	for _, o := range others {
		o.queue.forget(m.id)
	}
	if master != nil {
		master.queue.forget(m.id)
		master.notify(wire.Gone{Conn: m.id, Reason: reasonOf(why)})
	}
}

// reasonOf says in a word why a connection ended.
func reasonOf(err error) wire.Reason {
	if errors.Is(err, wire.ErrMessage) || errors.Is(err, wire.ErrHeader) || errors.Is(err, wire.ErrTooLong) {
		return wire.ReasonProtocol
	}
	return wire.ReasonConnectionLost
}

// masterLeftLocked starts the clock of a room without a master, and returns
// who has to be told.
func (r *room) masterLeftLocked() []*member {
	r.master = nil
	if r.closed {
		return nil
	}
	r.expiry = time.AfterFunc(awayTime, r.expire)
	return slices.Collect(maps.Values(r.others))
}

// expire ends a room whose master did not come back.
func (r *room) expire() {
	r.mu.Lock()
	if r.master != nil || r.closed {
		r.mu.Unlock()
		return
	}
	others := r.closeLocked()
	r.mu.Unlock()
	r.server.forget(r)
	for _, o := range others {
		o.part(wire.ReasonConnectionLost)
	}
}

// closeLocked ends the room and returns who was in it.
func (r *room) closeLocked() []*member {
	r.closed = true
	others := slices.Collect(maps.Values(r.others))
	clear(r.others)
	return others
}

// takeBack takes a room away that nobody has heard of.
func (s *Server) takeBack(r *room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rooms, r.number)
}

// forget takes an ended room away. Only the first call of it counts.
func (s *Server) forget(r *room) {
	s.mu.Lock()
	there := s.rooms[r.number] == r
	if there {
		delete(s.rooms, r.number)
	}
	s.mu.Unlock()
	if there {
		s.ended(r)
	}
}

// ended tells the other relays and the log of a room's end.
func (s *Server) ended(r *room) {
	s.cfg.Peers.Ended(r.number)
	r.mu.Lock()
	news := r.newsLocked(RoomEnded, nil)
	r.mu.Unlock()
	for i := range news {
		news[i].Members = 0
	}
	s.record(news...)
}

func (s *Server) find(number string) *room {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rooms[number]
}

// freeNumberLocked draws a number that no room has.
func (s *Server) freeNumberLocked(digits int) (string, error) {
	for range 100 {
		n, err := drawNumber(digits)
		if err != nil {
			return "", err
		}
		if _, taken := s.rooms[n]; !taken {
			return n, nil
		}
	}
	return "", &wire.DeniedError{Reason: wire.ReasonRoomFull}
}

// drawNumber draws a number of so many digits that does not begin with 0.
func drawNumber(digits int) (string, error) {
	low := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits-1)), nil)
	n, err := rand.Int(rand.Reader, new(big.Int).Mul(low, big.NewInt(9)))
	if err != nil {
		return "", fmt.Errorf("hub: number: %w", err)
	}
	return n.Add(n, low).String(), nil
}
