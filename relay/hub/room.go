package hub

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"lotse/relay/wire"
)

// maxWaiting is how many people may be at a room's door at once.
const maxWaiting = 16

// room is a number, its master, and who is at the door or in. It has no key
// and no PIN: whom to admit the master says.
type room struct {
	server *Server
	number string
	handle [16]byte
	owner  wire.Owner
	most   int

	// mu guards the fields below. No frame is written under it.
	mu     sync.Mutex
	master *member
	others map[uint32]*member
	next   uint32
	locked bool
	closed bool
	expiry *time.Timer
}

// errRoom says that a room does not take somebody. What exactly is wrong is
// for the log only.
var errRoom = errors.New("hub: no such room, or not now")

// open makes a room for m, or gives one back to its owner.
func (s *Server) open(m *member, o wire.Open, most int) (*room, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.Number != "" {
		if r, ok := s.rooms[o.Number]; ok {
			return r, r.reclaim(m, o.Owner)
		}
	}
	if len(s.rooms) >= s.cfg.MaxRooms {
		return nil, &wire.DeniedError{Reason: wire.ReasonRoomFull}
	}
	number := o.Number
	if number == "" {
		var err error
		if number, err = s.freeNumberLocked(int(o.Digits)); err != nil {
			return nil, err
		}
	}
	r := &room{server: s, number: number, owner: o.Owner, most: most, master: m, others: make(map[uint32]*member), next: wire.MasterConn + 1}
	if err := r.draw(); err != nil {
		return nil, err
	}
	s.rooms[number] = r
	return r, nil
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

// reclaim puts the owner on a new connection. The old one may hang half open.
func (r *room) reclaim(m *member, owner wire.Owner) error {
	if subtle.ConstantTimeCompare(owner[:], r.owner[:]) != 1 {
		return &wire.DeniedError{Reason: wire.ReasonNumberTaken}
	}
	r.mu.Lock()
	old := r.master
	r.master = m
	if r.expiry != nil {
		r.expiry.Stop()
		r.expiry = nil
	}
	others := slices.Collect(maps.Values(r.others))
	if old != nil { // nobody was told that the master was away
		clear(r.others)
	}
	r.mu.Unlock()
	if old != nil {
		old.part(wire.ReasonConnectionLost)
		for _, o := range others {
			o.part(wire.ReasonConnectionLost)
		}
		return nil
	}
	for _, o := range others {
		o.notify(wire.MasterBack{})
	}
	return nil
}

// knock lets m to the door of a room.
func (s *Server) knock(m *member, j wire.Join) (*room, wire.Ticket, error) {
	s.mu.Lock()
	r := s.rooms[j.Session]
	s.mu.Unlock()
	if r == nil {
		return nil, wire.Ticket{}, errRoom
	}
	t := wire.Ticket{Handle: r.handle}
	if _, err := rand.Read(t.SID[:]); err != nil {
		return nil, t, fmt.Errorf("hub: ticket: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	waiting := 0
	for _, o := range r.others {
		if !o.admitted.Load() {
			waiting++
		}
	}
	if r.closed || r.master == nil || r.locked && !j.Resume || waiting >= maxWaiting || len(r.others)-waiting >= r.most {
		return nil, t, errRoom
	}
	m.id = r.next
	r.next++
	r.others[m.id] = m
	m.room = r
	t.Conn = m.id
	return r, t, nil
}

// announce tells the master who is at the door.
func (r *room) announce(m *member, j wire.Join, t wire.Ticket) {
	r.mu.Lock()
	master := r.master
	r.mu.Unlock()
	if master != nil {
		master.notify(wire.JoinNotify{Conn: m.id, SID: t.SID, Nonce: j.Nonce, Resume: j.Resume, Source: classOf(m.from)})
	}
}

// classOf says roughly where somebody comes from.
func classOf(a netip.Addr) wire.Source {
	switch {
	case a.IsLoopback():
		return wire.SourceLoopback
	case a.IsPrivate() || a.IsLinkLocalUnicast():
		return wire.SourcePrivate
	default:
		return wire.SourceInternet
	}
}

// leave takes m out of the room.
func (r *room) leave(m *member) {
	r.mu.Lock()
	if r.master == m {
		r.master = nil
		r.expiry = time.AfterFunc(awayTime, r.expire)
		others := slices.Collect(maps.Values(r.others))
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
	r.mu.Unlock()
	if was && master != nil {
		master.notify(wire.Gone{Conn: m.id, Reason: wire.ReasonConnectionLost})
	}
}

// expire ends a room whose master did not come back.
func (r *room) expire() {
	r.mu.Lock()
	if r.master != nil {
		r.mu.Unlock()
		return
	}
	r.closed = true
	others := slices.Collect(maps.Values(r.others))
	r.mu.Unlock()
	r.server.forget(r)
	for _, o := range others {
		o.part(wire.ReasonConnectionLost)
	}
}

func (s *Server) forget(r *room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rooms[r.number] == r {
		delete(s.rooms, r.number)
	}
}

// order carries out what a master says about its room.
func (r *room) order(m *member, payload []byte) error {
	msg, err := wire.ParseNotice(payload)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.master != m {
		return fmt.Errorf("%w: an order from a member", wire.ErrMessage)
	}
	switch o := msg.(type) {
	case wire.Admit:
		if other := r.others[o.Conn]; other != nil {
			other.admitted.Store(true)
		}
	case wire.Kick:
		if other := r.others[o.Conn]; other != nil {
			delete(r.others, o.Conn)
			other.part(o.Reason)
		}
	case wire.Lock:
		r.locked = o.On
	case wire.End:
		r.closed = true
		for _, other := range r.others {
			other.part(wire.ReasonEnded)
		}
		clear(r.others)
		go r.server.forget(r)
	default:
		return fmt.Errorf("%w: no order: %T", wire.ErrMessage, msg)
	}
	return nil
}

// shake passes a handshake message between the master and one joiner.
func (r *room) shake(m *member, f wire.Frame) error {
	r.mu.Lock()
	to := r.others[f.Channel]
	if r.master != m {
		to = r.master
	}
	r.mu.Unlock()
	if m.id != wire.MasterConn {
		if f.Channel != wire.MasterConn {
			return fmt.Errorf("%w: handshake between members", wire.ErrMessage)
		}
		if m.shakes.Add(1) > maxShakes {
			return fmt.Errorf("%w: too many handshake messages", wire.ErrMessage)
		}
	}
	if to == nil {
		return nil // it has just left
	}
	f.Flags = 0
	f.Channel = m.id
	to.put(f)
	return nil
}

// pass fans a record out. The payload is shared by all who get it.
func (r *room) pass(m *member, f wire.Frame) error {
	r.mu.Lock()
	if m != r.master && !m.admitted.Load() {
		r.mu.Unlock()
		return fmt.Errorf("%w: record from outside", wire.ErrMessage)
	}
	to := r.receiversLocked(m, f.Channel)
	r.mu.Unlock()
	f.Channel = m.id
	for _, o := range to {
		o.put(f)
	}
	return nil
}

// receiversLocked returns who gets what m sends to a channel.
func (r *room) receiversLocked(m *member, channel uint32) []*member {
	if channel == wire.MasterConn && r.master != nil && m != r.master {
		return []*member{r.master}
	}
	if channel != 0 {
		if o := r.others[channel]; o != nil && o != m && o.admitted.Load() {
			return []*member{o}
		}
		return nil
	}
	to := make([]*member, 0, len(r.others)+1)
	if r.master != nil && m != r.master {
		to = append(to, r.master)
	}
	for _, o := range r.others {
		if o != m && o.admitted.Load() {
			to = append(to, o)
		}
	}
	return to
}

// freeNumberLocked draws a number that no room has.
func (s *Server) freeNumberLocked(digits int) (string, error) {
	digits = min(max(digits, wire.MinDigits), wire.MaxDigits)
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
