package hub

import (
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"lotse/relay/wire"
)

// batchBytes is how much is written at once: small frames share a TLS record,
// and a reader waits for no more than this before something urgent.
const batchBytes = 16 << 10

// member is a connection that has a place in a room: the master, a member, or
// somebody at the door.
type member struct {
	server *Server
	room   *room
	id     uint32
	conn   net.Conn
	from   netip.Addr
	in     *wire.Reader
	queue  *queue
	// flushed is closed when nothing more is written.
	flushed  chan struct{}
	admitted atomic.Bool
	shakes   atomic.Int32 // handshake messages that a joiner may still send
}

// maxShakes is how many handshake messages a joiner may send before it is
// admitted: E1, E3 and R1, R3 are two, a few more are patience.
const maxShakes = 16

// read takes frames until the connection ends.
func (m *member) read() error {
	for {
		if err := m.conn.SetReadDeadline(time.Now().Add(silence)); err != nil {
			return fmt.Errorf("hub: deadline: %w", err)
		}
		f, err := m.in.Next()
		if err != nil {
			return fmt.Errorf("hub: read: %w", err)
		}
		m.server.tape.write(f)
		m.server.stats.in(f)
		if err := m.handle(f); err != nil {
			return err
		}
	}
}

func (m *member) handle(f wire.Frame) error {
	switch f.Type {
	case wire.Ping:
		m.put(wire.Frame{Type: wire.Pong, Payload: f.Payload})
		return nil
	case wire.Pong:
		return nil
	case wire.Notice:
		return m.room.order(m, f.Payload)
	case wire.Handshake:
		return m.room.shake(m, f)
	case wire.Record:
		return m.room.pass(m, f)
	case wire.Stage1:
		fallthrough
	default:
		return fmt.Errorf("%w: type %d in a room", wire.ErrMessage, f.Type)
	}
}

// put queues a frame; when a lane that must not drop is full the connection
// ends.
func (m *member) put(f wire.Frame) {
	dropped, overflow := m.queue.put(f, m.server.cfg.Now())
	if dropped != "" {
		m.server.stats.drop(dropped)
	}
	if overflow {
		m.server.cfg.Log.Info("reader too slow for control", "conn", m.id)
		closeQuietly(m.conn)
	}
}

// notify tells the member something.
func (m *member) notify(n wire.Message) {
	m.put(wire.Frame{Type: wire.Notice, Payload: wire.Encode(n)})
}

// part tells the member why its connection ends, and ends it.
func (m *member) part(reason wire.Reason) {
	m.notify(wire.Gone{Conn: m.id, Reason: reason})
	m.queue.close()
}

// write sends what waits until the queue is closed and empty, then closes the
// connection.
func (m *member) write() {
	defer close(m.flushed)
	defer closeQuietly(m.conn)
	buf := make([]byte, 0, 2*batchBytes)
	for range m.queue.wake {
		for {
			out, more := m.queue.take(buf[:0], batchBytes)
			if !more {
				return
			}
			if len(out) == 0 {
				break
			}
			if err := m.send(out); err != nil {
				return
			}
			if cap(out) <= 4*batchBytes {
				buf = out
			}
		}
	}
}

func (m *member) send(out []byte) error {
	if err := m.conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return fmt.Errorf("hub: deadline: %w", err)
	}
	m.server.tape.bytes(out)
	m.server.stats.bytesOut.Add(uint64(len(out)))
	if _, err := m.conn.Write(out); err != nil {
		return fmt.Errorf("hub: write: %w", err)
	}
	return nil
}
