package hub

import (
	"fmt"
	"net"
	"sync"
	"time"

	"lotse/relay/wire"
)

// tlsBudget is what TLS itself may take of a peer's bytes before stage 1 ends,
// beside wire.Stage1Budget: a ClientHello with a hybrid key share has about
// 1.5 KiB, and every record 22 bytes more.
const tlsBudget = 8 << 10

// pipe lies between TLS and the socket. It bounds what a peer may send before
// stage 1 ends, and lets the records of a batch leave in one system call.
type pipe struct {
	net.Conn
	// left is how many bytes the peer may still send, negative for any
	// number; the goroutine that reads owns it.
	left int
	// reading and writing are the deadlines; the goroutine that reads and the
	// one that writes own one each.
	reading, writing time.Time

	// mu guards the fields below. TLS writes alerts from any goroutine.
	mu   sync.Mutex
	hold bool
	held []byte
}

func newPipe(c net.Conn) *pipe { return &pipe{Conn: c, left: wire.Stage1Budget + tlsBudget} }

// earlier is how much earlier than told a deadline may be: moving one costs as
// much as a tenth of a small write, and none of ours is that exact.
const earlier = time.Second

// readBy sets when the next read has to be done.
func (p *pipe) readBy(t time.Time) error { return by(t, &p.reading, p.SetReadDeadline) }

// writeBy sets when the next write has to be done.
func (p *pipe) writeBy(t time.Time) error { return by(t, &p.writing, p.SetWriteDeadline) }

func by(t time.Time, was *time.Time, set func(time.Time) error) error {
	if t.Sub(*was) < earlier {
		return nil
	}
	*was = t
	if err := set(t); err != nil {
		return fmt.Errorf("hub: deadline: %w", err)
	}
	return nil
}

// Read fails once the budget is used up.
func (p *pipe) Read(b []byte) (int, error) {
	if p.left < 0 {
		return p.Conn.Read(b)
	}
	if p.left == 0 {
		return 0, fmt.Errorf("hub: %w", wire.ErrBudget)
	}
	n, err := p.Conn.Read(b[:min(len(b), p.left)])
	p.left -= n
	return n, err
}

// Write sends b, or keeps it until flush.
func (p *pipe) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hold {
		p.held = append(p.held, b...)
		return len(b), nil
	}
	return p.Conn.Write(b)
}

// begin keeps what is written from now on in buf.
func (p *pipe) begin(buf []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hold, p.held = true, buf[:0]
}

// flush sends what was kept and returns the buffer.
func (p *pipe) flush() ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	buf := p.held
	p.hold, p.held = false, nil
	if _, err := p.Conn.Write(buf); err != nil {
		return buf, fmt.Errorf("hub: write: %w", err)
	}
	return buf, nil
}
