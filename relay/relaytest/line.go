package relaytest

import (
	"context"
	"net"
	"slices"
	"sync"
	"time"

	"lotse/packaging/profile"
)

// Line returns what a profile says about this relay at the end of a line of
// so many bits a second each way and a way of so long, with next to no room in
// its queue. The line ends with the test.
func (r *Relay) Line(bits float64, delay time.Duration) []profile.Relay {
	r.t.Helper()
	var lc net.ListenConfig
	listener, err := lc.Listen(r.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	l := &line{bits: bits, delay: delay}
	l.all.Go(func() { l.accept(ctx, listener, r.addr) })
	r.t.Cleanup(func() {
		cancel()
		_ = listener.Close() // nothing is left to save
		l.all.Wait()
	})
	servers := slices.Clone(r.Servers())
	for i := range servers {
		servers[i].Addr = listener.Addr().String()
	}
	return servers
}

// line is slow and long.
type line struct {
	bits  float64
	delay time.Duration
	all   sync.WaitGroup
}

// packet is how much travels at once, queueBytes about what a system may hold
// at either end of the line, beside what is on its way.
const (
	packet     = 1460
	queueBytes = 16 << 10
)

func (l *line) accept(ctx context.Context, from net.Listener, to string) {
	for {
		near, err := from.Accept()
		if err != nil {
			return
		}
		var d net.Dialer
		far, err := d.DialContext(ctx, "tcp", to)
		if err != nil {
			_ = near.Close() // the peer tries again
			continue
		}
		for _, c := range []net.Conn{near, far} {
			if tcp, ok := c.(*net.TCPConn); ok {
				_ = tcp.SetReadBuffer(queueBytes) // a larger queue only makes the line worse
			}
			context.AfterFunc(ctx, func() { _ = c.Close() })
		}
		l.all.Go(func() { l.carry(far, near) })
		l.all.Go(func() { l.carry(near, far) })
	}
}

// flying is what is on its way.
type flying struct {
	data    []byte
	arrives time.Time
}

// carry carries one way until either end closes.
func (l *line) carry(to, from net.Conn) {
	way := make(chan flying, 1<<10)
	l.all.Go(func() {
		defer to.Close()
		for f := range way {
			<-time.After(time.Until(f.arrives))
			if _, err := to.Write(f.data); err != nil {
				_ = from.Close()
			}
		}
	})
	defer close(way)
	free := time.Now()
	for {
		data := make([]byte, packet)
		n, err := from.Read(data)
		if err != nil {
			return
		}
		if now := time.Now(); free.Before(now) {
			free = now
		}
		free = free.Add(time.Duration(float64(8*n) / l.bits * float64(time.Second)))
		way <- flying{data[:n], free.Add(l.delay)}
		<-time.After(time.Until(free))
	}
}
