//go:build unix

package hub_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"lotse/packaging/profile"
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

// bound is what no relay can beat: copying n records of size bytes and sealing
// each with AES-256-GCM, in processor seconds per Gbit.
func bound(tb testing.TB, size int) float64 {
	tb.Helper()
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		tb.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		tb.Fatal(err)
	}
	src, plain, out := make([]byte, size), make([]byte, size), make([]byte, 0, size+16)
	nonce := make([]byte, aead.NonceSize())
	begun, bits := cpu(tb), 0.0
	for range (256 << 20) / size {
		copy(plain, src)
		out = aead.Seal(out[:0], nonce, plain, nil)
		bits += float64(size) * 8
	}
	return (cpu(tb) - begun) / bits * 1e9
}

// readerVariable makes this test program a number of readers instead, so that
// a benchmark's processor time is the relay's and not theirs:
// "address pin session number".
const readerVariable = "LOTSE_BENCH_READERS"

// ackEvery is after how many records a reader says so. The sender waits for
// all of them, so nothing is dropped.
const ackEvery = 16

func TestMain(m *testing.M) {
	if os.Getenv(readerVariable) == "" {
		m.Run()
		return
	}
	ctx, cancel := context.WithCancel(context.Background()) //nolint:forbidigo // this is main
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends with the benchmark
		cancel()
	}()
	if err := readers(ctx, os.Getenv(readerVariable)); err != nil && ctx.Err() == nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
	}
}

// readers joins as many times as it is told and reads.
func readers(ctx context.Context, what string) error {
	var addr, pin, session string
	var n int
	if _, err := fmt.Sscan(what, &addr, &pin, &session, &n); err != nil {
		return err
	}
	raw, err := hex.DecodeString(pin)
	if err != nil {
		return err
	}
	cfg := dial.Config{
		Servers: []profile.Relay{{Addr: addr, Pins: [][32]byte{[32]byte(raw)}}}, Allow: allow, Role: wire.RoleParticipant, Build: 1,
	}
	var all sync.WaitGroup
	for range n {
		c, err := dial.Connect(ctx, cfg)
		if err != nil {
			return err
		}
		all.Go(func() { _ = c.Run(ctx) })
		if _, err := c.Join(ctx, wire.Join{Session: session}); err != nil {
			return err
		}
		all.Go(func() { read(ctx, c) })
	}
	all.Wait()
	return nil
}

func read(ctx context.Context, c *dial.Client) {
	ack := wire.Frame{Type: wire.Record, Flags: wire.First | wire.Last, Channel: wire.MasterConn}
	for got := 0; ; {
		f, err := c.Receive(ctx)
		if err != nil {
			return
		}
		if f.Type != wire.Record {
			continue
		}
		if got++; got%ackEvery == 0 && c.Send(ctx, ack) != nil {
			return
		}
	}
}

// BenchmarkFanOut sends records from one to many readers, which live in a
// process of their own, over TLS on loopback. cpu-s/Gbit is the processor time
// of the relay and the one sender by delivered bit, the kernel's included;
// bound is copy and AES alone, measured in the same run.
func BenchmarkFanOut(b *testing.B) {
	for _, size := range []int{16 << 10, 64 << 10} {
		for _, n := range []int{1, 10, 50, 200} {
			b.Run(fmt.Sprintf("%dKiB/1to%d", size>>10, n), func(b *testing.B) { fanOut(b, n, size) })
		}
	}
}

func fanOut(b *testing.B, n, size int) {
	b.Helper()
	r := relaytest.New(b)
	m := audience(b, r, n)
	limit := bound(b, size)
	f := wire.Frame{Type: wire.Record, Flags: wire.Flags(wire.LanePicture) | wire.First | wire.Last, Payload: make([]byte, size)}
	begun, rounds := cpu(b), 0
	b.SetBytes(int64(n * size * ackEvery))
	for b.Loop() {
		rounds++
		for range ackEvery {
			if err := m.Send(b.Context(), f); err != nil {
				b.Fatal(err)
			}
		}
		for range n {
			nextRecord(b, m)
		}
	}
	perGbit := (cpu(b) - begun) / float64(rounds*ackEvery*n*size*8) * 1e9
	b.ReportMetric(perGbit, "cpu-s/Gbit")
	b.ReportMetric(limit, "bound-cpu-s/Gbit")
	b.ReportMetric(perGbit/limit, "ratio")
	if dropped := r.Stats().Dropped; len(dropped) > 0 {
		b.Fatalf("dropped %v", dropped)
	}
}

func nextRecord(tb testing.TB, m *dial.Client) {
	tb.Helper()
	for {
		f, err := m.Receive(tb.Context())
		if err != nil {
			tb.Fatal(err)
		}
		if f.Type == wire.Record {
			return
		}
	}
}

// audience opens a room and fills it with n readers of another process.
func audience(tb testing.TB, r *relaytest.Relay, n int) *dial.Client {
	tb.Helper()
	m := reach(tb, r, wire.RoleMaster)
	opened, err := m.Open(tb.Context(), wire.Open{Digits: 6})
	if err != nil {
		tb.Fatal(err)
	}
	pin := r.Servers()[0].Pins[0]
	child := exec.CommandContext(tb.Context(), os.Args[0])
	child.Env = append(os.Environ(), fmt.Sprintf("%s=%s %x %s %d", readerVariable, r.Addr(), pin, opened.Session, n))
	child.Stderr = os.Stderr
	quit, err := child.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := child.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = quit.Close()
		_ = child.Wait()
	})
	for joined := 0; joined < n; {
		f, err := m.Receive(tb.Context())
		if err != nil {
			tb.Fatal(err)
		}
		if f.Type != wire.Notice {
			continue
		}
		if notice, _ := wire.ParseNotice(f.Payload); notice != nil && notice.Kind() == wire.KindJoinNotify {
			if err := m.Admit(tb.Context(), notice.(wire.JoinNotify).Conn); err != nil {
				tb.Fatal(err)
			}
			joined++
		}
	}
	m.Flush(tb.Context())
	return m
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
