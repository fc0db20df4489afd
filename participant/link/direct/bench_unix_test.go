//go:build unix

package direct

import (
	"context"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"lotse/participant/link"
	"lotse/participant/message"
	"lotse/relay/dial"
	"lotse/relay/relaytest"
	"lotse/relay/wire"
)

// cpu is the processor time that this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measure sends records from one end to the other and reports records a second,
// Gbit/s and the processor time of everybody between and at both ends.
func measure(b *testing.B, from, to link.Transport, conn uint32, size int) {
	b.Helper()
	f := wire.Frame{Type: wire.Record, Flags: wire.Flags(wire.LaneBulk) | wire.First | wire.Last, Channel: conn, Payload: make([]byte, size)}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var got atomic.Int64
	done := make(chan error, 1)
	b.ResetTimer()
	before, began := cpu(b), time.Now()
	go func() {
		for got.Load() < int64(b.N) {
			r, err := to.Receive(ctx)
			if err != nil {
				done <- err
				return
			}
			if r.Type == wire.Record {
				got.Add(1)
			}
		}
		done <- nil
	}()
	for range b.N {
		if err := from.Send(ctx, f); err != nil {
			b.Fatal(err)
		}
	}
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	took, used := time.Since(began), cpu(b)-before
	b.StopTimer()
	bits := float64(b.N) * float64(size) * 8 / 1e9
	b.ReportMetric(float64(b.N)/took.Seconds(), "records/s")
	b.ReportMetric(bits/took.Seconds(), "Gbit/s")
	b.ReportMetric(used.Seconds()/bits, "cpu-s/Gbit")
}

// sizes are those of pieces of a picture and of an input.
func sizes() []int { return []int{16 << 10, 1200, 100} }

// BenchmarkDirect is ICE, DTLS and SCTP between two ends in this process.
func BenchmarkDirect(b *testing.B) {
	for _, size := range sizes() {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			ctx, cancel := context.WithCancel(b.Context())
			ab, ba := newTube[wire.Frame](0), newTube[wire.Frame](0)
			one := New(Config{Relay: (&relay{out: ab, in: ba}).from(theirs), Policy: here(), Loopback: true})
			two := New(Config{Relay: (&relay{out: ba, in: ab}).from(wire.MasterConn), Policy: here(), Loopback: true})
			one.cfg.Say = func(_ context.Context, _ uint32, m message.Message) { two.Heard(wire.MasterConn, m) }
			two.cfg.Say = func(_ context.Context, _ uint32, m message.Message) { one.Heard(theirs, m) }
			ends := make(chan error, 2)
			for _, s := range []*Switch{one, two} {
				go func() { ends <- s.Run(ctx) }()
			}
			one.Offer(theirs)
			for !one.Up(theirs) || !two.Up(wire.MasterConn) {
				<-time.After(time.Millisecond)
			}
			measure(b, one, two, theirs, size)
			if s := one.Stats(); s.RelaySent > 0 { // of a path that was starved
				b.ReportMetric(100*float64(s.RelaySent)/float64(s.RelaySent+s.DirectSent), "%relayed")
			}
			cancel()
			<-ends
			<-ends
		})
	}
}

// BenchmarkRelayed is dial, a relay and dial in this process.
func BenchmarkRelayed(b *testing.B) {
	for _, size := range sizes() {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			r := relaytest.New(b)
			connect := func(role wire.Role, licence bool) *dial.Client {
				cfg := dial.Config{Servers: r.Servers(), Allow: func(string) error { return nil }, Role: role, Build: 1}
				if licence {
					cfg.Licence = r.Licence()
				}
				c, err := dial.Connect(b.Context(), cfg)
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(c.Start(context.WithoutCancel(b.Context())))
				return c
			}
			m, p := connect(wire.RoleMaster, true), connect(wire.RoleParticipant, false)
			opened, err := m.Open(b.Context(), wire.Open{Digits: 6})
			if err != nil {
				b.Fatal(err)
			}
			ticket, err := p.Join(b.Context(), wire.Join{Session: opened.Session, Nonce: [16]byte{1}})
			if err != nil {
				b.Fatal(err)
			}
			if err := m.Admit(b.Context(), ticket.Conn); err != nil {
				b.Fatal(err)
			}
			measure(b, m, p, ticket.Conn, size)
		})
	}
}
