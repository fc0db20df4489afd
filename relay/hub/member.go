package hub

import (
	"crypto/tls"
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"lotse/relay/wire"
)

// member is a connection that has a place in a room: the master, a member, or
// somebody at the door.
type member struct {
	server *Server
	room   *room
	id     uint32
	conn   *tls.Conn
	pipe   *pipe
	from   netip.Addr
	build  uint32
	in     *wire.Reader
	queue  *queue
	// flushed is closed when nothing more is written.
	flushed  chan struct{}
	admitted atomic.Bool
	shakes   atomic.Int32 // handshake messages that a joiner has sent
	standing bool         // has a place among those that stand by; Server.mu guards it
}

// maxShakes is how many handshake messages a joiner may send: E1, E3 and R1,
// R3 are two, a few more are patience.
const maxShakes = 16

// hangUp ends the connection at once. It never waits: closing TLS properly
// would, for a reader that does not read.
func (m *member) hangUp() { closeQuietly(m.pipe.Conn) }

// read takes frames until the connection ends.
func (m *member) read() error {
	for {
		if err := m.pipe.readBy(time.Now().Add(silence)); err != nil {
			return err
		}
		raw, err := m.in.Raw()
		if err != nil {
			return fmt.Errorf("hub: read: %w", err)
		}
		m.server.tape.bytes(raw)
		f, err := wire.Parse(raw)
		if err != nil {
			return fmt.Errorf("hub: read: %w", err)
		}
		m.server.stats.in(f)
		if m.server.cfg.Tap == nil {
			if err := m.handle(item{frame: f, raw: raw}); err != nil {
				return err
			}
			continue
		}
		for _, f := range m.server.cfg.Tap(In, m.id, f) {
			if err := m.handle(itemOf(f)); err != nil {
				return err
			}
		}
	}
}

func (m *member) handle(it item) error {
	switch it.frame.Type {
	case wire.Ping:
		m.put(itemOf(wire.Frame{Type: wire.Pong, Payload: it.frame.Payload}))
		return nil
	case wire.Pong:
		return nil
	case wire.Notice:
		return m.room.order(m, it.frame.Payload)
	case wire.Handshake:
		return m.room.shake(m, it)
	case wire.Record:
		return m.room.pass(m, it)
	case wire.Stage1:
		fallthrough
	default:
		return fmt.Errorf("%w: type %d in a room", wire.ErrMessage, it.frame.Type)
	}
}

// put queues a frame. When a lane that must not drop is full, the connection
// ends with a last word that says so.
func (m *member) put(it item) {
	l := m.queue.put(it, m.server.cfg.Now())
	m.server.stats.drop(Drop{it.frame.Flags.Lane(), l.reason}, l.frames)
	if l.fatal {
		m.server.cfg.Log.Info("reader too slow", "conn", m.id, "lane", it.frame.Flags.Lane().String())
		m.queue.fail(itemOf(wire.NoticeFrame(wire.Gone{Conn: m.id, Reason: l.reason})))
		if err := m.pipe.SetWriteDeadline(time.Now().Add(lastWordTime)); err != nil {
			m.hangUp()
		}
	}
}

// notify tells the member something.
func (m *member) notify(n wire.Message) { m.put(itemOf(wire.NoticeFrame(n))) }

// part tells the member why its connection ends, and ends it once that has
// left.
func (m *member) part(reason wire.Reason) {
	m.notify(wire.Gone{Conn: m.id, Reason: reason})
	m.queue.close()
}

// write sends what waits until the queue is closed and empty, then ends the
// connection. One write is under way at a time.
func (m *member) write() {
	defer close(m.flushed)
	defer m.hangUp()
	p := pace{most: batchBytes}
	for range m.queue.wake {
		b := m.server.batches.get(p.allows(time.Now()))
		more, err := true, error(nil)
		for more && err == nil {
			if b.items, more = m.queue.take(b.items[:0], p.most, m.server.cfg.Now()); len(b.items) == 0 {
				break
			}
			err = m.send(b, &p)
		}
		m.server.batches.put(b)
		if !more || err != nil {
			return
		}
	}
}

// send writes a batch.
func (m *member) send(b *batch, p *pace) error {
	begun := time.Now()
	if err := m.pipe.writeBy(begun.Add(writeTime)); err != nil {
		return err
	}
	m.pipe.begin(b.held)
	err := m.seal(b)
	sealed := time.Now()
	if b.held, err = m.flush(err); err != nil {
		return err
	}
	m.room.credit(m, b.items)
	done := time.Now()
	p.took(len(b.held), done.Sub(sealed), done)
	return nil
}

// flush lets what was sealed leave, unless sealing failed.
func (m *member) flush(sealed error) ([]byte, error) {
	held, err := m.pipe.flush()
	if sealed != nil {
		return held, sealed
	}
	m.server.stats.bytesOut.Add(uint64(len(held)))
	return held, err
}

// seal hands the frames of a batch to TLS: small ones share a record, long
// ones go as they are, without a copy.
func (m *member) seal(b *batch) error {
	b.small = b.small[:0]
	rest := func() error {
		if len(b.small) == 0 {
			return nil
		}
		_, err := m.conn.Write(b.small)
		b.small = b.small[:0]
		return err
	}
	for _, it := range b.items {
		for _, raw := range m.tapped(it) {
			if len(b.small)+len(raw) > cap(b.small) {
				if err := rest(); err != nil {
					return fmt.Errorf("hub: seal: %w", err)
				}
			}
			if len(raw) <= cap(b.small) {
				b.small = append(b.small, raw...)
				continue
			}
			if _, err := m.conn.Write(raw); err != nil {
				return fmt.Errorf("hub: seal: %w", err)
			}
		}
	}
	return rest()
}

// tapped is what leaves in the place of a frame: itself.
func (m *member) tapped(it item) [][]byte {
	s := m.server
	if s.cfg.Tap == nil {
		s.tape.bytes(it.raw)
		return [][]byte{it.raw}
	}
	var out [][]byte
	for _, f := range s.cfg.Tap(Out, m.id, it.frame) {
		out = append(out, wire.AppendFrame(nil, f))
		s.tape.bytes(out[len(out)-1])
	}
	return out
}
