//go:build unix

package hub_test

import (
	"context"
	"syscall"
	"testing"
	"time"

	"lotse/relay/dial"
	"lotse/relay/relaytest"
	"lotse/relay/wire"
)

// cpu returns the processor time of this process in seconds.
func cpu(tb testing.TB) float64 {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func allow(string) error { return nil }

// reach connects and runs a client until the benchmark ends.
func reach(tb testing.TB, r *relaytest.Relay, role wire.Role) *dial.Client {
	tb.Helper()
	cfg := dial.Config{Servers: r.Servers(), Allow: allow, Role: role, Build: 1}
	if role == wire.RoleMaster {
		cfg.Licence = r.Licence()
	}
	c, err := dial.Connect(tb.Context(), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Run(context.WithoutCancel(tb.Context())) }()
	tb.Cleanup(func() {
		c.Close()
		<-done
	})
	return c
}

// room is a master and n admitted members.
func room(tb testing.TB, r *relaytest.Relay, n int) (*dial.Client, []*dial.Client) {
	tb.Helper()
	m := reach(tb, r, wire.RoleMaster)
	opened, err := m.Open(tb.Context(), wire.Open{Digits: 6})
	if err != nil {
		tb.Fatal(err)
	}
	var members []*dial.Client
	for range n {
		p := reach(tb, r, wire.RoleParticipant)
		ticket, err := p.Join(tb.Context(), wire.Join{Session: opened.Session})
		if err != nil {
			tb.Fatal(err)
		}
		if err := m.Admit(tb.Context(), ticket.Conn); err != nil {
			tb.Fatal(err)
		}
		members = append(members, p)
	}
	return m, members
}

// BenchmarkStage1 is one way in: TLS, greetings, licence and a room.
func BenchmarkStage1(b *testing.B) {
	r := relaytest.New(b)
	begun := cpu(b)
	for b.Loop() {
		c, err := dial.Connect(b.Context(), dial.Config{
			Servers: r.Servers(), Allow: allow, Role: wire.RoleMaster, Build: 1, Licence: r.Licence(),
		})
		if err != nil {
			b.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- c.Run(context.WithoutCancel(b.Context())) }()
		if _, err := c.Open(b.Context(), wire.Open{Digits: 9}); err != nil {
			b.Fatal(err)
		}
		if err := c.End(b.Context()); err != nil {
			b.Fatal(err)
		}
		c.Flush(b.Context())
		c.Close()
		<-done
	}
	b.ReportMetric((cpu(b)-begun)/float64(b.N)*1e3, "cpu-ms/op")
}

// BenchmarkLatency is the time of a small record from one member to another
// through the relay and back.
func BenchmarkLatency(b *testing.B) {
	r := relaytest.New(b)
	m, members := room(b, r, 1)
	p := members[0]
	go func() {
		for {
			f, err := p.Receive(b.Context())
			if err != nil {
				return
			}
			if f.Type == wire.Record {
				f.Channel = wire.MasterConn
				if p.Send(b.Context(), f) != nil {
					return
				}
			}
		}
	}()
	f := wire.Frame{Type: wire.Record, Flags: wire.Flags(wire.LaneInput) | wire.First | wire.Last, Payload: make([]byte, 64)}
	begun := time.Now()
	for b.Loop() {
		if err := m.Send(b.Context(), f); err != nil {
			b.Fatal(err)
		}
		for {
			got, err := m.Receive(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			if got.Type == wire.Record {
				break
			}
		}
	}
	b.ReportMetric(float64(time.Since(begun).Microseconds())/float64(b.N), "µs/round-trip")
}
