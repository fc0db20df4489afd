package hub

import (
	"fmt"

	"lotse/relay/wire"
)

// order carries out what a master says about its room.
func (r *room) order(m *member, payload []byte) error {
	msg, err := wire.ParseNotice(payload)
	if err != nil {
		return err
	}
	r.mu.Lock()
	if r.master != m {
		r.mu.Unlock()
		return fmt.Errorf("%w: an order from a member", wire.ErrMessage)
	}
	done, err := r.orderLocked(msg)
	ended := r.closed
	r.mu.Unlock()
	if done.seated != nil {
		r.server.wentLive(r, done.seated)
	}
	r.server.record(done.news...)
	if ended {
		r.server.forget(r)
	}
	for _, o := range done.gone {
		o.part(done.why)
	}
	if done.full != 0 {
		m.notify(wire.Gone{Conn: done.full, Reason: wire.ReasonRoomFull})
	}
	return err
}

// ordered is what follows from an order once the room is free again.
type ordered struct {
	gone   []*member
	why    wire.Reason // why they go
	full   uint32      // the connection that found no place, or zero
	seated []*member   // who stood by until now
	news   []Event
}

func (r *room) orderLocked(msg wire.Message) (ordered, error) {
	done := ordered{why: wire.ReasonEnded}
	switch o := msg.(type) {
	case wire.Admit:
		other := r.others[o.Conn]
		switch {
		case other == nil || other.admitted.Load():
		case r.admitLocked(other):
			done.news = r.newsLocked(Joined, other)
		default:
			done.gone, done.why, done.full = []*member{other}, wire.ReasonRoomFull, o.Conn
		}
	case wire.Kick:
		if other := r.others[o.Conn]; other != nil {
			delete(r.others, o.Conn)
			if other.admitted.Load() {
				done.news = r.newsLocked(Left, other)
			}
			done.gone, done.why = []*member{other}, o.Reason
		}
	case wire.Lock:
		r.locked = o.On
	case wire.Links:
		r.linkLocked(o.Verifiers)
	case wire.Live:
		done.seated, done.news = r.liveLocked()
	case wire.End:
		done.gone = r.closeLocked()
	default:
		return done, fmt.Errorf("%w: no order: %T", wire.ErrMessage, msg)
	}
	return done, nil
}

// admitLocked lets a joiner take part, if there is a place left.
func (r *room) admitLocked(m *member) bool {
	if in, _ := r.countLocked(); in >= r.most && !m.admitted.Load() {
		delete(r.others, m.id)
		return false
	}
	m.admitted.Store(true)
	if len(r.known) < maxKnown {
		r.known[sourceOf(m.from)] = true
	}
	r.locked = r.locked || r.autoLock
	return true
}

// shake passes a handshake message between the master and one joiner.
func (r *room) shake(m *member, it item) error {
	r.mu.Lock()
	to, master, here := r.others[it.frame.Channel], r.master == m, r.others[m.id] == m
	if !master {
		to = r.master
	}
	r.mu.Unlock()
	if !master && !here {
		return nil // sent away, and still talking
	}
	if !master {
		if it.frame.Channel != wire.MasterConn {
			return fmt.Errorf("%w: handshake between members", wire.ErrMessage)
		}
		if m.shakes.Add(1) > maxShakes {
			return fmt.Errorf("%w: too many handshake messages", wire.ErrMessage)
		}
		if to != nil && !m.admitted.Load() && to.queue.busier(joinerDepth) {
			r.server.stats.drop(Drop{wire.LaneControl, wire.ReasonThrottled}, 1)
			m.part(wire.ReasonThrottled)
			return nil
		}
	}
	if to == nil { // it has just left
		r.server.stats.drop(Drop{wire.LaneControl, reasonNobody}, 1)
		return nil
	}
	to.put(it.from(m.id))
	return nil
}

// from returns the frame as receivers get it. It must be called before anybody
// else has it.
func (it item) from(conn uint32) item {
	it.frame.Channel = conn
	wire.SetChannel(it.raw, conn)
	return it
}

// pass fans a record out. Its bytes are shared by all who get it.
func (r *room) pass(m *member, it item) error {
	channel := it.frame.Channel
	r.mu.Lock()
	if m != r.master && !m.admitted.Load() {
		r.mu.Unlock()
		return fmt.Errorf("%w: record from outside", wire.ErrMessage)
	}
	if r.standby && (it.frame.Flags.Lane() != wire.LaneControl || channel == wire.Everybody) {
		r.mu.Unlock()
		r.server.stats.drop(Drop{it.frame.Flags.Lane(), wire.ReasonStandby}, 1)
		return nil
	}
	to := r.receiversLocked(m, channel)
	r.mu.Unlock()
	if channel == wire.Everybody && it.frame.Flags.Lane() == wire.LaneBulk {
		return fmt.Errorf("%w: bulk to everybody", wire.ErrMessage)
	}
	if len(to) == 0 && it.frame.Flags.Lane() == wire.LaneBulk && len(it.frame.Payload) > 0 {
		n := min(len(it.frame.Payload), wire.BulkWindow) // nobody will give it back
		m.notify(wire.Credit{Conn: channel, Bytes: uint32(n)})
	}
	if len(to) == 0 {
		r.server.stats.drop(Drop{it.frame.Flags.Lane(), reasonNobody}, 1)
		return nil
	}
	it = it.from(m.id)
	for _, o := range to {
		o.put(it)
	}
	return nil
}

// receiversLocked returns who gets what m sends to a channel.
func (r *room) receiversLocked(m *member, channel uint32) []*member {
	if m != r.master && r.others[m.id] != m {
		return nil // sent away, and still talking
	}
	if channel != wire.Everybody {
		o := r.others[channel]
		if channel == wire.MasterConn {
			o = r.master
		}
		if o == nil || o == m || !o.admitted.Load() {
			return nil
		}
		return []*member{o}
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

// credit gives the senders of bulk frames that m has got their window back.
func (r *room) credit(m *member, written []item) {
	var bytes map[uint32]int
	for _, it := range written {
		if it.frame.Type == wire.Record && it.frame.Flags.Lane() == wire.LaneBulk && len(it.frame.Payload) > 0 {
			if bytes == nil {
				bytes = make(map[uint32]int)
			}
			bytes[it.frame.Channel] += len(it.frame.Payload)
		}
	}
	for conn, n := range bytes {
		r.mu.Lock()
		to := r.others[conn]
		if conn == wire.MasterConn {
			to = r.master
		}
		r.mu.Unlock()
		if to != nil {
			to.notify(wire.Credit{Conn: m.id, Bytes: uint32(min(n, wire.BulkWindow))})
		}
	}
}
