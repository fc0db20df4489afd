package hub

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/netip"
	"time"

	"lotse/relay/wire"
)

// expects reports whether somebody comes back from where members came from;
// such people need not stand in the queue. What they claim is for the key
// agreement to prove.
func (r *room) expects(from netip.Prefix, j wire.Join) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return j.Resume && r.known[from]
}

// openLocked reports whether the door is open to j. Whoever says that it was
// here before may come to a locked one; to one of a room in readiness nobody
// comes but who knows its handle.
func (r *room) openLocked(j wire.Join) bool {
	switch {
	case r.closed || r.master == nil:
		return false
	case r.standby:
		return r.handled(j)
	case len(j.Door) > 0: // has become open
		return false
	default:
		return !r.locked || j.Resume
	}
}

// queueUp waits in the room's queue until its turn has come.
func (r *room) queueUp(ctx context.Context, from netip.Prefix, j wire.Join) error {
	r.mu.Lock()
	if !r.openLocked(j) {
		r.mu.Unlock()
		return errRoom
	}
	l := &r.line
	if j.Resume {
		l = &r.returns
	}
	p, ok := l.join(from)
	r.mu.Unlock()
	if !ok {
		return &wire.WaitError{After: joinEvery}
	}
	limit := time.NewTimer(lineTime)
	defer limit.Stop()
	for {
		r.mu.Lock()
		again, _ := l.move(r.server.cfg.Now())
		r.mu.Unlock()
		timer := time.NewTimer(again)
		select {
		case <-p.done:
			timer.Stop()
			if p.evicted {
				return &wire.WaitError{After: joinEvery}
			}
			return nil
		case <-timer.C:
			continue
		case <-limit.C:
		case <-ctx.Done():
		}
		timer.Stop()
		r.mu.Lock()
		l.remove(p)
		r.mu.Unlock()
		return &wire.WaitError{After: joinEvery}
	}
}

// knock lets m to the door. The holder of an unused personal link finds room
// there even when strangers fill it; wire.MaxLinks bounds how many do.
func (r *room) knock(m *member, j wire.Join, link *[32]byte) (wire.Ticket, error) {
	t := wire.Ticket{Handle: r.handle}
	if _, err := rand.Read(t.SID[:]); err != nil {
		return t, fmt.Errorf("hub: ticket: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	in, waiting := r.countLocked()
	if !r.openLocked(j) || waiting >= maxWaiting && (link == nil || waiting >= maxWaiting+wire.MaxLinks) || in >= r.most {
		return t, errRoom
	}
	if link != nil {
		r.useLocked(*link)
	}
	m.id, m.room = r.next, r
	t.Conn = m.id
	r.next++
	r.others[m.id] = m
	return t, nil
}

// countLocked returns how many are in the room, the master included, and how
// many at the door.
func (r *room) countLocked() (in, waiting int) {
	for _, o := range r.others {
		if !o.admitted.Load() {
			waiting++
		}
	}
	return len(r.others) - waiting + 1, waiting
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
