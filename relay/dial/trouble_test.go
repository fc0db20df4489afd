package dial_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"lotse/packaging/profile"
	"lotse/relay/dial"
	"lotse/relay/hub"
	"lotse/relay/relaytest"
	"lotse/relay/wire"
)

// listener accepts connections on loopback and hands them to do.
func listener(t *testing.T, do func(net.Conn)) string {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				do(c)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		all.Wait()
	})
	return l.Addr().String()
}

func TestNothingIsDialledPastTheGate(t *testing.T) {
	r := relaytest.New(t)
	cfg := participantOf(r)
	gate := errors.New("closed")
	cfg.Allow = func(addr string) error {
		if addr != r.Addr() {
			t.Errorf("asked for %q, want %q", addr, r.Addr())
		}
		return gate
	}
	if _, err := dial.Connect(t.Context(), cfg); !errors.Is(err, gate) {
		t.Errorf("got %v, want %v", err, gate)
	}
	cfg.Allow = nil
	if _, err := dial.Connect(t.Context(), cfg); err == nil {
		t.Error("dialled without a gate")
	}
	if got := r.Stats(); got.Links != 0 || got.Stage1Failed != 0 {
		t.Errorf("got %+v, want an untouched relay", got)
	}
}

func TestUnpinnedRelaysAreForThisNetworkOnly(t *testing.T) {
	r := relaytest.New(t)
	cfg := participantOf(r)
	pin := cfg.Servers[0].Pins[0]
	cfg.Servers = []profile.Relay{{Addr: r.Addr()}}
	if _, err := dial.Connect(t.Context(), cfg); !errors.Is(err, dial.ErrRelayKey) {
		t.Errorf("without LAN: got %v, want %v", err, dial.ErrRelayKey)
	}
	cfg.LAN = true
	if c := connect(t, cfg); c.RelayKey() != pin {
		t.Errorf("got key %x, want %x", c.RelayKey(), pin)
	}
	for _, addr := range []string{"192.0.2.1:5005", "localhost:5005", "relay.example.org:5005"} {
		cfg.Servers[0].Addr = addr
		if _, err := dial.Connect(t.Context(), cfg); !errors.Is(err, dial.ErrRelayKey) {
			t.Errorf("%s: got %v, want %v", addr, err, dial.ErrRelayKey)
		}
	}
}

// A hung server and a dead one hold nobody up.
func TestTheServerThatAnswersWins(t *testing.T) {
	r := relaytest.New(t)
	hung := listener(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	dead := listener(t, func(net.Conn) {})
	cfg := participantOf(r)
	good := cfg.Servers[0]
	cfg.Servers = []profile.Relay{{Addr: hung, Pins: good.Pins}, {Addr: dead, Pins: good.Pins}, good}
	begun := time.Now()
	c := connect(t, cfg)
	if c.Addr() != r.Addr() {
		t.Errorf("got %s, want %s", c.Addr(), r.Addr())
	}
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("took %v", took)
	}
	cfg.Servers = cfg.Servers[1:2]
	if _, err := dial.Connect(t.Context(), cfg); !errors.Is(err, dial.ErrUnreachable) {
		t.Errorf("got %v, want %v", err, dial.ErrUnreachable)
	}
	cfg.Servers = []profile.Relay{{Addr: hung, Pins: good.Pins}}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := dial.Connect(ctx, cfg); err == nil {
		t.Error("connected to nothing")
	}
}

// Whatever a false relay does, it gets to see no byte of the licence.
func TestFalseRelaySeesNoLicence(t *testing.T) {
	r := relaytest.New(t)
	var mu sync.Mutex
	var seen bytes.Buffer
	upstream := r.Addr()
	false1 := listener(t, func(c net.Conn) { // passes everything on, and reads along
		up, err := net.Dial("tcp", upstream) //nolint:noctx // a stranger's code
		if err != nil {
			return
		}
		defer up.Close()
		go func() { _, _ = io.Copy(c, up) }()
		buf := make([]byte, 1<<10)
		for {
			n, err := c.Read(buf)
			mu.Lock()
			seen.Write(buf[:n])
			mu.Unlock()
			if _, werr := up.Write(buf[:n]); err != nil || werr != nil {
				return
			}
		}
	})
	identity, err := hub.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	cfg := masterOf(r)
	cfg.Servers = []profile.Relay{{Addr: false1, Pins: [][32]byte{identity.Pin()}}} // expects somebody else
	if _, err := dial.Connect(t.Context(), cfg); !errors.Is(err, dial.ErrRelayKey) {
		t.Errorf("got %v, want %v", err, dial.ErrRelayKey)
	}
	cfg.Servers[0].Pins = [][32]byte{identity.Pin(), r.Servers()[0].Pins[0]}
	m := connect(t, cfg)
	if _, err := m.Open(t.Context(), wire.Open{Digits: 5}); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, part := range []string{"lotse licence", string(r.Licence().Note[:40]), r.Licence().Number, "Hafen"} {
		if strings.Contains(seen.String(), part) {
			t.Errorf("saw %q on the wire", part)
		}
	}
}

func TestGreetingWithAWrongSignatureIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*wire.RelayHello){
		"signature": func(h *wire.RelayHello) { h.Sig[0] ^= 1 },
		"nonce":     func(h *wire.RelayHello) { h.Nonce[0] ^= 1 },
		"id":        func(h *wire.RelayHello) { h.RelayID[0] ^= 1 },
	} {
		r, evil := relaytest.NewEvil(t)
		evil.Play(func(d hub.Direction, _ uint32, f wire.Frame) []wire.Frame {
			m, err := wire.ParseStage1(f.Payload)
			if hello, ok := m.(wire.RelayHello); ok && err == nil && d == hub.Out {
				spoil(&hello)
				return []wire.Frame{wire.Stage1Frame(hello)}
			}
			return []wire.Frame{f}
		})
		if _, err := dial.Connect(t.Context(), masterOf(r)); !errors.Is(err, dial.ErrRelayKey) {
			t.Errorf("%s: got %v, want %v", name, err, dial.ErrRelayKey)
		}
		if evil.Played() != 3 { // TLS, WSS and WS
			t.Errorf("%s: played %d times, want once on each way", name, evil.Played())
		}
	}
}

// An answer that does not belong where it comes ends the connection; nothing
// of it is believed.
func TestAnswersOutOfPlaceAreRefused(t *testing.T) {
	for _, answer := range []wire.Message{
		wire.Ticket{Conn: 2}, wire.ProveOK{Features: []string{}}, wire.Hello{V: 1, MinV: 1, Role: wire.RoleMaster},
	} {
		r, evil := relaytest.NewEvil(t)
		evil.Play(func(d hub.Direction, _ uint32, f wire.Frame) []wire.Frame {
			if m, _ := wire.ParseStage1(f.Payload); d == hub.Out && m != nil && m.Kind() == wire.KindOpened {
				return []wire.Frame{wire.Stage1Frame(answer)}
			}
			return []wire.Frame{f}
		})
		m := connect(t, masterOf(r))
		if got, err := m.Open(t.Context(), wire.Open{Digits: 5}); !errors.Is(err, wire.ErrMessage) {
			t.Errorf("%T: got %+v, %v, want %v", answer, got, err, wire.ErrMessage)
		}
	}
}

func TestRelayIsRestartedAndTheRoomOpenedAgain(t *testing.T) {
	r := relaytest.New(t)
	m, p, _ := met(t, r)
	opened, err := connect(t, masterOf(r)).Open(t.Context(), wire.Open{Digits: 7})
	if err != nil || len(opened.Session) != 7 {
		t.Fatalf("got %+v, %v", opened, err)
	}
	r.Stop()
	for _, c := range []*dial.Client{m, p} {
		n, err := wire.ParseNotice(next(t, c, wire.Notice).Payload)
		if closing, ok := n.(wire.Closing); err != nil || !ok || closing.Reason != wire.ReasonRelayClosing {
			t.Errorf("got %+v, %v, want the relay to say that it closes", n, err)
		}
		if _, err := c.Receive(t.Context()); !errors.Is(err, dial.ErrClosed) {
			t.Errorf("got %v, want %v", err, dial.ErrClosed)
		}
		if err := c.Send(t.Context(), wire.Frame{Type: wire.Record}); !errors.Is(err, dial.ErrClosed) {
			t.Errorf("got %v, want %v", err, dial.ErrClosed)
		}
	}
	if _, err := dial.Connect(t.Context(), masterOf(r)); !errors.Is(err, dial.ErrUnreachable) {
		t.Errorf("got %v, want %v", err, dial.ErrUnreachable)
	}
	r.Restart()
	again, err := connect(t, masterOf(r)).Open(t.Context(), wire.Open{Digits: 6, Number: opened.Session, Owner: opened.Owner})
	if err != nil || again.Session != opened.Session || again.Owner != opened.Owner || again.Handle == opened.Handle {
		t.Errorf("got %+v, %v, want the number and the owner of %+v with another handle", again, err, opened)
	}
}

// A viewer that does not read loses pictures, not its connection and not
// others' time; when it reads again it hears what it lost and sees the next
// refresh.
func TestSlowViewerLosesPicturesAndNothingElse(t *testing.T) {
	r := relaytest.New(t)
	m, slow, conn := met(t, r)
	if err := m.Admit(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	picture := wire.Frame{
		Type: wire.Record, Flags: wire.Flags(wire.LanePicture) | wire.First | wire.Last, Payload: make([]byte, 256<<10),
	}
	for range 200 { // 50 MiB: more than sockets and lanes hold
		if err := m.Send(t.Context(), picture); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Send(t.Context(), wire.Frame{Type: wire.Record, Flags: wire.First | wire.Last, Payload: []byte("control")}); err != nil {
		t.Fatal(err)
	}
	for r.Stats().Dropped[hub.Drop{Lane: wire.LanePicture, Reason: wire.ReasonSlow}] == 0 {
		if err := m.Send(t.Context(), picture); err != nil {
			t.Fatal(err)
		}
	}
	picture.Flags |= wire.Refresh
	picture.Payload = []byte("refresh")
	if err := m.Send(t.Context(), picture); err != nil {
		t.Fatal(err)
	}
	var pictures, controls, dropped int
	for {
		f, err := slow.Receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if f.Type == wire.Notice {
			n, err := wire.ParseNotice(f.Payload)
			if d, ok := n.(wire.Dropped); err == nil && ok && d.Conn == wire.MasterConn && d.Lane == wire.LanePicture {
				dropped++
			}
			continue
		}
		if f.Flags.Lane() == wire.LaneControl {
			controls++
			continue
		}
		if string(f.Payload) == "refresh" {
			break
		}
		pictures++
	}
	if pictures < 1 || pictures >= 200 || controls != 1 || dropped == 0 {
		t.Errorf("got %d pictures, %d control, %d notices of loss, want some, one, some", pictures, controls, dropped)
	}
}

// What is urgent overtakes pictures on a slow line, whatever the systems at its
// ends would like to hold.
func TestUrgentWaitsForOnePieceOnASlowLine(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows can't be told to hold little")
	}
	r := relaytest.New(t)
	m := connect(t, masterOf(r))
	opened, err := m.Open(t.Context(), wire.Open{Digits: 6})
	if err != nil {
		t.Fatal(err)
	}
	cfg := participantOf(r)
	cfg.Servers = r.Line(8_000_000, 10*time.Millisecond)
	p := connect(t, cfg)
	ticket, err := p.Join(t.Context(), wire.Join{Session: opened.Session, Nonce: [16]byte{1}})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Admit(t.Context(), ticket.Conn); err != nil {
		t.Fatal(err)
	}
	begin := wire.Frame{Type: wire.Record, Flags: wire.First | wire.Last, Channel: ticket.Conn, Payload: []byte("go")}
	if err := m.Send(t.Context(), begin); err != nil {
		t.Fatal(err)
	}
	next(t, p, wire.Record)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	const piece = 16 << 10
	go func() {
		picture := wire.Frame{
			Type: wire.Record, Flags: wire.Flags(wire.LanePicture) | wire.First | wire.Last, Payload: make([]byte, piece),
		}
		for p.Send(ctx, picture) == nil { // it ends with the test
		}
	}()
	for range 20 { // the line and its ends are full
		next(t, m, wire.Record)
	}
	if err := p.Send(t.Context(), wire.Frame{Type: wire.Record, Flags: wire.First | wire.Last, Payload: []byte("urgent")}); err != nil {
		t.Fatal(err)
	}
	before := 0
	for f := next(t, m, wire.Record); string(f.Payload) != "urgent"; f = next(t, m, wire.Record) {
		before++
	}
	t.Logf("%d pieces arrived before", before)
	if before > 4 { // one leaves, one the system holds, and what the line of the test holds
		t.Errorf("got %d pieces before what is urgent, want at most 4", before)
	}
}

func TestFlushWaitsForWhatWasSent(t *testing.T) {
	r := relaytest.New(t)
	for i := range 20 {
		m, p, conn := met(t, r)
		if err := m.Admit(t.Context(), conn); err != nil {
			t.Fatal(err)
		}
		bye := fmt.Sprint("bye ", i)
		for _, text := range []string{"one", "two", bye} {
			if err := m.Send(t.Context(), wire.Frame{Type: wire.Record, Flags: wire.First | wire.Last, Payload: []byte(text)}); err != nil {
				t.Fatal(err)
			}
		}
		m.Flush(t.Context())
		m.Close()
		for {
			f := next(t, p, wire.Record)
			if string(f.Payload) == bye {
				break
			}
		}
	}
}

func TestBulkWaitsForCreditAndControlDoesNot(t *testing.T) {
	r, evil := relaytest.NewEvil(t)
	m, p, conn := met(t, r)
	if err := m.Admit(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	evil.Play(relaytest.Drop(func(d hub.Direction, c uint32, f wire.Frame) bool { // no credit comes back
		return d == hub.Out && c == wire.MasterConn && f.Type == wire.Notice
	}))
	bulk := wire.Frame{
		Type: wire.Record, Flags: wire.Flags(wire.LaneBulk) | wire.First | wire.Last, Channel: conn, Payload: make([]byte, 16<<10),
	}
	for i := range wire.BulkWindow / len(bulk.Payload) {
		if err := m.Send(t.Context(), bulk); err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		next(t, p, wire.Record)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := m.Send(ctx, bulk); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want it to wait", err)
	}
	if err := m.Send(t.Context(), wire.Frame{Type: wire.Record, Flags: wire.First | wire.Last, Payload: []byte("control")}); err != nil {
		t.Error(err)
	}
	if got := next(t, p, wire.Record); string(got.Payload) != "control" {
		t.Errorf("got %d bytes, want control", len(got.Payload))
	}
	r2 := relaytest.New(t) // an honest one gives it back
	m, p, conn = met(t, r2)
	if err := m.Admit(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	bulk.Channel = conn
	for range 100 {
		if err := m.Send(t.Context(), bulk); err != nil {
			t.Fatal(err)
		}
		next(t, p, wire.Record)
	}
}

func TestDeadRelayIsNoticed(t *testing.T) {
	r, evil := relaytest.NewEvil(t)
	cfg := participantOf(r)
	cfg.Ping, cfg.Dead = 10*time.Millisecond, 200*time.Millisecond
	c, err := dial.Connect(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	m := connect(t, masterOf(r))
	opened, err := m.Open(t.Context(), wire.Open{Digits: 5})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Run(t.Context()) }()
	if _, err := c.Join(t.Context(), wire.Join{Session: opened.Session}); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for c.RTT() == 0 {
		<-tick.C
	}
	evil.Play(relaytest.Drop(func(d hub.Direction, _ uint32, f wire.Frame) bool { return d == hub.Out && f.Type == wire.Pong }))
	if err := <-done; !errors.Is(err, dial.ErrClosed) || !strings.Contains(err.Error(), "nothing heard") {
		t.Errorf("got %v, want it to give up", err)
	}
}

// A link that somebody would miss is given up long before an idle one, but not
// because it was idle before.
func TestBriskLinkNoticesADeadRelayEarly(t *testing.T) {
	r, evil := relaytest.NewEvil(t)
	c, err := dial.Connect(t.Context(), participantOf(r)) // 5 s and 15 s
	if err != nil {
		t.Fatal(err)
	}
	m := connect(t, masterOf(r))
	opened, err := m.Open(t.Context(), wire.Open{Digits: 5})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Run(t.Context()) }()
	if _, err := c.Join(t.Context(), wire.Join{Session: opened.Session}); err != nil {
		t.Fatal(err)
	}
	<-time.After(1500 * time.Millisecond) // longer than a brisk link may be silent
	c.Brisk(true)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for before := c.RTT(); c.RTT() == before; {
		select {
		case err := <-done:
			t.Fatalf("gave up on a relay that answers: %v", err)
		case <-tick.C:
		}
	}
	evil.Play(relaytest.Drop(func(d hub.Direction, _ uint32, f wire.Frame) bool { return d == hub.Out && f.Type == wire.Pong }))
	begun := time.Now()
	if err := <-done; !errors.Is(err, dial.ErrClosed) || !strings.Contains(err.Error(), "nothing heard") {
		t.Errorf("got %v, want it to give up", err)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("noticed after %v, want about one second", took)
	}
}

// What the lying relay can do is what a network can do: drop, double, delay,
// and spoil what the seal will refuse.
func TestEvilRelayDoesWhatItIsTold(t *testing.T) {
	r, evil := relaytest.NewEvil(t)
	m, p, conn := met(t, r)
	if err := m.Admit(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	records := relaytest.To(conn, wire.Record)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	play := func(trick relaytest.Trick, times int, sent ...string) string {
		t.Helper()
		evil.Play(trick)
		for _, text := range append(sent, "end") {
			if text == "end" {
				for evil.Played() < times {
					<-tick.C
				}
				evil.Play(nil)
			}
			f := wire.Frame{Type: wire.Record, Flags: wire.First | wire.Last, Payload: []byte(text)}
			if err := m.Send(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for {
			text := string(next(t, p, wire.Record).Payload)
			if text == "end" {
				return strings.Join(got, " ")
			}
			got = append(got, text)
		}
	}
	for _, c := range []struct {
		name  string
		trick relaytest.Trick
		times int
		sent  []string
		want  string
	}{
		{"drop", relaytest.Drop(relaytest.Nth(1, records)), 1, []string{"a"}, ""},
		{"double", relaytest.Double(relaytest.Nth(1, records)), 1, []string{"a"}, "a a"},
		{"flip", relaytest.Flip(relaytest.Nth(1, records), -1), 1, []string{"ab"}, "ac"},
		{"truncate", relaytest.Truncate(relaytest.Nth(1, records), 2), 1, []string{"abcd"}, "ab"},
		{"swap", relaytest.Swap(records), 2, []string{"a", "b"}, "b a"},
	} {
		if got := play(c.trick, c.times, c.sent...); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
