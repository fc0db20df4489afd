//go:build e2e && linux

package e2e

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lotse/apps/stage"
	"lotse/relay/wire"
)

// guest is somebody in a room who speaks to the relay and holds no key: what it
// sends is not sealed and what it gets is not opened, which the relay can't tell
// from a program.
type guest struct {
	conn *tls.Conn
	in   *wire.Reader
	bind wire.Binding
	hi   wire.RelayHello

	mu sync.Mutex // one frame is written at a time
}

// greet reaches a relay from a host.
func (s *lan) greet(h *stage.Host, role wire.Role) (*guest, error) {
	raw, err := h.Dial(s.t.Context(), "tcp", s.seat.Relays[0].Addr)
	if err != nil {
		return nil, err
	}
	g := &guest{conn: tls.Client(raw, wire.ClientTLS(s.seat.Relays[0].Pins))}
	if err := g.conn.HandshakeContext(s.t.Context()); err != nil {
		return nil, err
	}
	g.in = wire.NewReader(g.conn)
	if g.bind, err = wire.Bind(g.conn.ConnectionState()); err != nil {
		return nil, err
	}
	answer, err := g.ask(wire.Hello{V: wire.ProtocolVersion, MinV: wire.ProtocolVersion, Role: role, Build: 1, OS: "test"})
	if err != nil {
		return nil, err
	}
	hi, ok := answer.(wire.RelayHello)
	if !ok {
		return nil, fmt.Errorf("a greeting was answered with %T", answer)
	}
	g.hi = hi
	return g, nil
}

// ask says something in stage 1.
func (g *guest) ask(m wire.Message) (wire.Message, error) {
	if err := g.send(wire.Stage1Frame(m)); err != nil {
		return nil, err
	}
	f, err := g.in.Next()
	if err != nil {
		return nil, err
	}
	answer, err := wire.ParseStage1(f.Payload)
	return answer, errors.Join(err, wire.Refusal(answer))
}

func (g *guest) send(f wire.Frame) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, err := g.conn.Write(wire.AppendFrame(nil, f))
	return err
}

// stand is a room of guests: one who shows pictures to all others.
type stand struct {
	*guest
	lan    *lan
	number string
	// wanted is set while somebody needs a whole picture.
	wanted atomic.Bool

	mu    sync.Mutex
	inner map[uint32]bool // who has been let in
}

// A picture as this stand shows it: 1.6 Mbit/s, three times what the slow viewer's
// line has, and a whole one of half a second there.
const (
	pictureEvery = 40 * time.Millisecond
	pictureSize  = 8 << 10
	wholeSize    = 24 << 10
	// wholeEvery is how often a whole one is made for all who ask, as sharers do.
	wholeEvery = time.Second
)

// openStand opens a room from a host.
func (s *lan) openStand(h *stage.Host) *stand {
	s.t.Helper()
	g, err := s.greet(h, wire.RoleMaster)
	must(s.t, err)
	_, device, err := ed25519.GenerateKey(rand.Reader)
	must(s.t, err)
	proof := wire.Prove{Licence: s.seat.Note, Sig: wire.SignLicence(s.seat.Key, g.bind, g.hi.Nonce, s.seat.Number)}
	copy(proof.Device[:], device[len(device)-ed25519.PublicKeySize:])
	proof.DeviceSig = wire.SignDevice(device, g.bind, g.hi.Nonce, proof.Sig)
	_, err = g.ask(proof)
	must(s.t, err)
	answer, err := g.ask(wire.Open{Digits: wire.MaxDigits})
	must(s.t, err)
	opened, ok := answer.(wire.Opened)
	if !ok {
		s.t.Fatalf("a room was answered with %T", answer)
	}
	g.in.EndStage1()
	st := &stand{guest: g, lan: s, number: opened.Session, inner: make(map[uint32]bool)}
	st.wanted.Store(true)
	go st.hear()
	return st
}

// hear lets everybody in, and takes requests for whole pictures.
func (st *stand) hear() {
	for {
		f, err := st.in.Next()
		if err != nil {
			return
		}
		if f.Type == wire.Record {
			st.wanted.Store(true)
		}
		if f.Type != wire.Notice {
			continue
		}
		if join, err := wire.ParseNotice(f.Payload); err == nil {
			if j, ok := join.(wire.JoinNotify); ok {
				_ = st.send(wire.NoticeFrame(wire.Admit{Conn: j.Conn})) // the next read says so
				st.wanted.Store(true)
				st.mu.Lock()
				st.inner[j.Conn] = true
				st.mu.Unlock()
			}
		}
	}
}

// show shows pictures for a while.
func (st *stand) show(d time.Duration) {
	st.lan.t.Helper()
	tick := time.NewTicker(pictureEvery)
	defer tick.Stop()
	var last time.Time
	for end := time.Now().Add(d); time.Now().Before(end); <-tick.C {
		flags, size := wire.Flags(wire.LanePicture)|wire.First|wire.Last, pictureSize
		if time.Since(last) > wholeEvery && st.wanted.Swap(false) {
			flags, size, last = flags|wire.Refresh, wholeSize, time.Now()
		}
		payload := make([]byte, size)
		_, _ = rand.Read(payload) // never fails
		binary.BigEndian.PutUint64(payload, uint64(time.Now().UnixMicro()))
		must(st.lan.t, st.send(wire.Frame{Type: wire.Record, Flags: flags, Channel: wire.Everybody, Payload: payload}))
	}
}

// watcher is a guest who looks at what a stand shows.
type watcher struct {
	*guest

	mu      sync.Mutex
	seen    []sight
	dropped int // updates that the relay says it dropped
	wholes  int
}

// sight is a picture that came.
type sight struct {
	at  time.Time
	age time.Duration
}

// watch joins a stand. All but the first of a host say that they come back, so
// that they need not stand in the queue of newcomers, which lets one in every
// two seconds.
func (st *stand) watch(h *stage.Host, first bool) *watcher {
	t := st.lan.t
	t.Helper()
	g, err := st.lan.greet(h, wire.RoleParticipant)
	must(t, err)
	answer, err := g.ask(wire.Join{Session: st.number, Resume: !first})
	must(t, err)
	ticket, ok := answer.(wire.Ticket)
	if !ok {
		t.Fatalf("joining was answered with %T", answer)
	}
	g.in.EndStage1()
	must(t, stage.Until(t.Context(), 20*time.Second, "admission", func() (bool, error) {
		st.mu.Lock()
		defer st.mu.Unlock()
		return st.inner[ticket.Conn], nil
	}))
	w := &watcher{guest: g}
	go w.look()
	return w
}

func (w *watcher) look() {
	for n := 0; ; n++ {
		f, err := w.in.Next()
		if err != nil {
			return
		}
		if n%50 == 0 { // as programs do, so that the relay does not think us gone
			_ = w.send(wire.Frame{Type: wire.Ping, Payload: make([]byte, wire.PingSize)}) // the next read says so
		}
		if f.Type == wire.Record {
			now := time.Now()
			sent := time.UnixMicro(int64(binary.BigEndian.Uint64(f.Payload)))
			w.mu.Lock()
			w.seen = append(w.seen, sight{now, now.Sub(sent)})
			if f.Flags&wire.Refresh != 0 {
				w.wholes++
			}
			w.mu.Unlock()
		}
		if f.Type != wire.Notice {
			continue
		}
		notice, err := wire.ParseNotice(f.Payload)
		if d, ok := notice.(wire.Dropped); err == nil && ok {
			w.mu.Lock()
			w.dropped += int(d.Updates)
			w.mu.Unlock()
			ask := wire.Frame{Type: wire.Record, Flags: wire.Flags(wire.LaneControl) | wire.First | wire.Last, Channel: wire.MasterConn, Payload: []byte("a whole one, please")}
			_ = w.send(ask) // the next read says so
		}
	}
}

// ages returns the ages of the pictures that came from one moment to another,
// shortest first.
func (w *watcher) ages(from, to time.Time) (out []time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.seen {
		if s.at.After(from) && s.at.Before(to) {
			out = append(out, s.age)
		}
	}
	slices.Sort(out)
	return out
}

// TestNetSlowViewer puts somebody with a line of 0.5 Mbit/s beside 20 healthy
// viewers of 1.6 Mbit/s. The relay is the real program; the 22 in the room are
// guests of this test, for participants can't watch each other.
func TestNetSlowViewer(t *testing.T) {
	const (
		healthy, slowBits = 20, 0.5e6
		length            = 16 * time.Second
		settle            = 2 * time.Second
	)
	s := layLAN(t, 1, stage.Line{Delay: far})
	ctx := context.WithoutCancel(t.Context())
	slowHost, err := s.net.Host(ctx, netip.MustParseAddr("10.0.4.1"), stage.Line{Delay: far, Bits: slowBits})
	must(t, err)
	st := s.openStand(s.moderator)
	var crowd []*watcher
	for i := range healthy {
		crowd = append(crowd, st.watch(s.customer, i == 0))
	}
	all := func(from, to time.Time) (out []time.Duration) {
		for _, w := range crowd {
			out = append(out, w.ages(from, to)...)
		}
		slices.Sort(out)
		return out
	}
	begun := time.Now()
	st.show(length)
	alone := all(begun.Add(settle), time.Now())

	slow := st.watch(slowHost, true)
	begun = time.Now()
	st.show(length)
	end := time.Now()
	beside := all(begun.Add(settle), end)
	half := begun.Add(settle + (length-settle)/2)
	early, late := slow.ages(begun.Add(settle), half), slow.ages(half, end)
	t.Logf("20 viewers of 1.6 Mbit/s at 40 ms: a picture is %v old at p50 and %v at p99 alone (%d), %v and %v beside one with 0.5 Mbit/s (%d)",
		quantile(alone, 0.5), quantile(alone, 0.99), len(alone), quantile(beside, 0.5), quantile(beside, 0.99), len(beside))
	slow.mu.Lock()
	dropped, wholes := slow.dropped, slow.wholes
	slow.mu.Unlock()
	t.Logf("the slow one: %v and %v in the first half (%d pictures), %v and %v in the second (%d); %d updates dropped, %d whole pictures",
		quantile(early, 0.5), quantile(early, 0.99), len(early), quantile(late, 0.5), quantile(late, 0.99), len(late), dropped, wholes)
	if want := len(alone) * 95 / 100; len(beside) < want {
		t.Errorf("healthy viewers got %d pictures beside the slow one, want %d at least", len(beside), want)
	}
	const little = 100 * time.Millisecond // of a machine that does other things
	if a, b := quantile(alone, 0.99), quantile(beside, 0.99); b > a+little {
		t.Errorf("healthy viewers' pictures are %v old at p99 beside the slow one, %v without", b, a)
	}
	const bound = 2 * time.Second
	if got := quantile(late, 0.99); got > bound || len(late) < 5 {
		t.Errorf("the slow viewer's %d pictures are %v old at p99, want at most %v", len(late), got, bound)
	}
	if dropped == 0 || wholes < 2 {
		t.Errorf("the slow viewer heard of %d dropped updates and got %d whole ones, want some of both", dropped, wholes)
	}
	for i, w := range crowd {
		if w.mu.Lock(); w.dropped != 0 {
			t.Errorf("viewer %d lost %d updates", i, w.dropped)
		}
		w.mu.Unlock()
	}
}
