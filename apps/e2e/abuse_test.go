//go:build e2e && linux

package e2e

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lotse/relay/wire"
)

// crowd is many strangers, each with an address of its own, who want a relay
// harm.
type crowd struct {
	t      *testing.T
	addr   string
	pins   [][32]byte
	number string        // of a room that there is
	until  time.Duration // since begun, when they stop coming
	begun  time.Time
}

// slowest is how long the relay may keep a connection that does not prove
// itself: its ten seconds, and some for a machine that is busy.
const slowest = 20 * time.Second

// dial calls from the address of stranger i.
func (c *crowd) dial(ctx context.Context, i int) (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 1, byte(i>>8), byte(i))}}
	raw, err := d.DialContext(ctx, "tcp", c.addr)
	if err != nil {
		return nil, fmt.Errorf("stranger %d: %w", i, err)
	}
	return raw, nil
}

// lotse dials and speaks lotse/1 up to the greetings.
func (c *crowd) lotse(ctx context.Context, i int) (*tls.Conn, *wire.Reader, error) {
	raw, err := c.dial(ctx, i)
	if err != nil {
		return nil, nil, err
	}
	conn := tls.Client(raw, wire.ClientTLS(c.pins))
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, nil, errors.Join(err, raw.Close())
	}
	hello := wire.Hello{V: wire.ProtocolVersion, MinV: wire.ProtocolVersion, Role: wire.RoleParticipant, Build: 1, OS: "test"}
	in := wire.NewReader(conn)
	if _, err := conn.Write(wire.AppendFrame(nil, wire.Stage1Frame(hello))); err != nil {
		return nil, nil, errors.Join(err, raw.Close())
	}
	if _, err := in.Next(); err != nil {
		return nil, nil, errors.Join(err, raw.Close())
	}
	return conn, in, nil
}

// ask joins a room and returns the relay's answer.
func ask(conn *tls.Conn, in *wire.Reader, number string) (wire.Message, error) {
	if _, err := conn.Write(wire.AppendFrame(nil, wire.Stage1Frame(wire.Join{Session: number}))); err != nil {
		return nil, err
	}
	f, err := in.Next()
	if err != nil {
		return nil, err
	}
	return wire.ParseStage1(f.Payload)
}

// hungUp waits for the relay to end a connection.
func (c *crowd) hungUp(raw net.Conn, what string) {
	began := time.Now()
	if err := raw.SetReadDeadline(began.Add(slowest)); err != nil {
		c.t.Error(err)
	}
	if _, err := io.Copy(io.Discard, raw); errors.Is(err, os.ErrDeadlineExceeded) {
		c.t.Errorf("%s: the relay still listens after %v", what, slowest)
	}
	_ = raw.Close()
}

// on reports whether strangers still come.
func (c *crowd) on() bool { return time.Since(c.begun) < c.until }

// halfOpen connects and says nothing.
func (c *crowd) halfOpen(ctx context.Context, i int) error {
	raw, err := c.dial(ctx, i)
	if err == nil {
		c.hungUp(raw, "a silent connection")
	}
	return err
}

// drip says one byte at a time: a TLS hello, or a header without an end.
func (c *crowd) drip(ctx context.Context, i int) error {
	raw, err := c.dial(ctx, i)
	if err != nil {
		return err
	}
	hello := append([]byte{0x16, 3, 1, 0x3f, 0}, make([]byte, 1<<10)...)
	if i%2 == 1 {
		hello = []byte("GET /lotse HTTP/1.1\r\nX: " + strings.Repeat("a", 1<<10))
	}
	go func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for _, b := range hello {
			if _, err := raw.Write([]byte{b}); err != nil {
				return
			}
			<-tick.C
		}
	}()
	c.hungUp(raw, "a connection that drips")
	return nil
}

// endless sends a header without an end as fast as it can.
func (c *crowd) endless(ctx context.Context, i int) error {
	raw, err := c.dial(ctx, i)
	if err != nil {
		return err
	}
	go c.hungUp(raw, "an endless header")
	const much = 1 << 30
	if n, err := io.Copy(raw, io.LimitReader(io.MultiReader(strings.NewReader("GET /lotse HTTP/1.1\r\nX: "), letters{}), much)); err == nil {
		c.t.Errorf("the relay took a header of %d bytes", n)
	}
	return nil
}

// letters reads as the letter a without an end.
type letters struct{}

func (letters) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'a'
	}
	return len(b), nil
}

// long announces a message of 1 GiB in lotse/1.
func (c *crowd) long(ctx context.Context, i int) error {
	conn, _, err := c.lotse(ctx, i)
	if err != nil {
		return err
	}
	head := []byte{wire.Version, byte(wire.Stage1), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	binary.BigEndian.PutUint32(head[4:], 1<<30)
	if _, err := conn.Write(head); err != nil {
		return errors.Join(err, conn.Close())
	}
	c.hungUp(conn.NetConn(), "a message of 1 GiB")
	return nil
}

// noise sends random bytes, to the port or inside the TLS.
func (c *crowd) noise(ctx context.Context, i int) error {
	junk := make([]byte, 32<<10)
	_, _ = rand.Read(junk) // never fails
	if i%2 == 1 {
		conn, _, err := c.lotse(ctx, i)
		if err != nil {
			return err
		}
		_, _ = conn.Write(junk) // it may hang up in the middle
		c.hungUp(conn.NetConn(), "noise in TLS")
		return nil
	}
	raw, err := c.dial(ctx, i)
	if err != nil {
		return err
	}
	_, _ = raw.Write(junk) // it may hang up in the middle
	c.hungUp(raw, "noise")
	return nil
}

// mute says nothing more after TLS, or after the greeting.
func (c *crowd) mute(ctx context.Context, i int) error {
	if i%2 == 1 {
		conn, _, err := c.lotse(ctx, i)
		if err == nil {
			c.hungUp(conn.NetConn(), "a connection that is silent after its greeting")
		}
		return err
	}
	raw, err := c.dial(ctx, i)
	if err != nil {
		return err
	}
	conn := tls.Client(raw, wire.ClientTLS(c.pins))
	if err := conn.HandshakeContext(ctx); err != nil {
		return errors.Join(err, raw.Close())
	}
	c.hungUp(raw, "a connection that is silent after TLS")
	return nil
}

// http asks for things that nobody offers, in ways that nobody should.
func (c *crowd) http(ctx context.Context, i int) error {
	junk := make([]byte, 4<<10)
	_, _ = rand.Read(junk) // never fails
	requests := []string{
		"GET /lotse HTTP/1.1\r\n" + string(junk),
		"POST /lotse HTTP/1.1\r\nHost: x\r\nContent-Length: 1099511627776\r\n\r\n" + string(junk),
		"POST /lotse HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\nffffffffffffffff\r\n" + string(junk),
		"GET " + strings.Repeat("/..", 4<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /lotse HTTP/1.1\r\n" + strings.Repeat("X: y\r\n", 4<<10) + "\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + string(junk),
	}
	raw, err := c.dial(ctx, i)
	if err != nil {
		return err
	}
	_, _ = io.WriteString(raw, requests[i%len(requests)]) // it may hang up in the middle
	c.hungUp(raw, "a strange request")
	return nil
}

// socket opens a WebSocket and sends into it what is none, what claims to be
// packed, what claims to be endless, or noise in good frames.
func (c *crowd) socket(ctx context.Context, i int) error {
	raw, err := c.dial(ctx, i)
	if err != nil {
		return err
	}
	_, err = io.WriteString(raw, "GET /lotse HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
	if err != nil {
		return errors.Join(err, raw.Close())
	}
	res, err := http.ReadResponse(bufio.NewReaderSize(raw, 1), nil)
	if err != nil {
		return errors.Join(err, raw.Close())
	}
	_ = res.Body.Close() // it has none
	if got := res.Header.Get("Sec-WebSocket-Extensions"); got != "" {
		c.t.Errorf("the relay would unpack: %s", got)
	}
	const junkSize = 32 << 10
	frame := make([]byte, 14, 14+junkSize)
	frame[0], frame[1] = 0x82, 0xff // a whole binary message, masked, with a length of 8 bytes (RFC 6455 §5.2)
	binary.BigEndian.PutUint64(frame[2:], junkSize)
	junk := make([]byte, junkSize)
	_, _ = rand.Read(junk) // never fails
	switch i % 4 {
	case 0: // no frames at all
		frame = junk
	case 1: // packed (RFC 7692), of which the relay has said that it would not
		frame[0] |= 0x40
		frame = append(frame, junk...)
	case 2: // 4 EiB
		binary.BigEndian.PutUint64(frame[2:], 1<<62)
		frame = append(frame, junk...)
	default:
		frame = append(frame, junk...)
	}
	_, _ = raw.Write(frame) // it may hang up in the middle
	c.hungUp(raw, "a WebSocket with noise")
	return nil
}

// flood goes to the door of a room, and stays there as long as it may.
func (c *crowd) flood(ctx context.Context, i int) error {
	conn, in, err := c.lotse(ctx, i)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := ask(conn, in, c.number); err != nil {
		return nil // turned away without a word
	}
	_ = conn.SetReadDeadline(time.Now().Add(c.until - time.Since(c.begun)))
	_, _ = io.Copy(io.Discard, conn)
	return nil
}

// attack is what some strangers do, so many at a time.
type attack struct {
	name  string
	atOne int // how many at a time
	do    func(*crowd, context.Context, int) error
}

// waited is how long somebody who guessed was told to wait.
type waited struct {
	// left is what the relay said, and whole is that and what had gone by
	// since the guess before.
	left, whole time.Duration
}

// guesses tries numbers from one address, as fast as it is let, and returns the
// times for which it was told to wait.
func (c *crowd) guesses(ctx context.Context, i int) ([]waited, error) {
	var all []waited
	var guessed time.Time
	for n := 0; c.on(); n++ {
		conn, in, err := c.lotse(ctx, i)
		if err != nil {
			return all, err
		}
		asked := time.Now()
		answer, err := ask(conn, in, strconv.Itoa(10_000+n))
		_ = conn.Close()
		if err != nil {
			return all, err
		}
		w, early := answer.(wire.Wait)
		if !early {
			guessed = asked
			continue
		}
		all = append(all, waited{left: w.After(), whole: w.After() + time.Since(guessed)})
		<-time.After(w.After())
	}
	return all, nil
}

// highWater returns the most memory that a process ever had, in MiB.
func highWater(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	must(t, err)
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	kib, err := strconv.Atoi(string(m[1]))
	must(t, err)
	return kib >> 10
}

// TestRelaySurvivesAbuse lets some hundred strangers with addresses of their own
// at a relay. A session goes on meanwhile, others begin, and the relay's memory
// stays bounded.
func TestRelaySurvivesAbuse(t *testing.T) {
	f := newFleet(t, 1)
	relay := f.relays[0]
	c := begin(t, nil, nil)
	foes := &crowd{t: t, addr: relay.Addr, number: c.now().Number, until: 15 * time.Second}
	_, list, _ := strings.Cut(relay.Env[0], "#")
	for pin := range strings.SplitSeq(list, "#") {
		b, err := hex.DecodeString(pin)
		must(t, err)
		foes.pins = append(foes.pins, [32]byte(b))
	}
	began := time.Now()
	begin(t, nil, nil)
	alone := time.Since(began)
	before := highWater(t, relay.PID())
	stop := c.keepTyping(20 * time.Millisecond)
	foes.begun = time.Now()

	var all sync.WaitGroup
	var mu sync.Mutex
	came := make(map[string]int)
	stranger := 0
	for _, a := range []attack{
		{"silent", 100, (*crowd).halfOpen},
		{"dripping", 100, (*crowd).drip},
		{"endless header", 4, (*crowd).endless},
		{"1 GiB announced", 4, (*crowd).long},
		{"noise", 4, (*crowd).noise},
		{"silent after TLS or the greeting", 40, (*crowd).mute},
		{"strange requests", 6, (*crowd).http},
		{"noise in WebSockets", 4, (*crowd).socket},
		{"at one door", 60, (*crowd).flood},
	} {
		for range a.atOne {
			all.Go(func() {
				for foes.on() {
					mu.Lock()
					stranger++
					i := stranger
					came[a.name]++
					mu.Unlock()
					if err := a.do(foes, t.Context(), i); err != nil && !refused(err) {
						t.Errorf("%s: %v", a.name, err)
						return
					}
				}
			})
		}
	}
	waits := make(chan []waited, 1)
	all.Go(func() {
		w, err := foes.guesses(t.Context(), 1<<16-1)
		if err != nil {
			t.Errorf("guesses: %v", err)
		}
		waits <- w
	})

	var took, invited []time.Duration
	for foes.on() {
		invited = append(invited, c.byLink()) // to the door that is flooded
		began = time.Now()
		begin(t, nil, nil)
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	slices.Sort(invited)
	all.Wait()
	typed := stop()
	c.until("the last letter", func() bool { return len(c.heard) >= typed })
	after := highWater(t, relay.PID())
	got := <-waits
	report(t, "abuse.txt", fmt.Sprintf("strangers: %v\nmeanwhile %d sessions began, from nothing to the right to type within %v at p50 and %v at most (%v before); letters typed in another arrived at most %v apart\n"+
		"people with personal links were at the flooded door within %v at p50 and %v at most\n"+
		"guesses at numbers had to wait, after each and counted from it: %v\nthe relay's memory: %d MiB before, at most %d MiB\n",
		came, len(took), quantile(took, 0.5), quantile(took, 1), alone.Round(time.Millisecond), c.longest(foes.begun).Round(time.Millisecond), quantile(invited, 0.5), quantile(invited, 1), got, before, after))
	if after > before+40 {
		t.Errorf("the relay took %d MiB more", after-before)
	}
	if len(took) < 2 {
		t.Errorf("%d sessions began, want several", len(took))
	}
	const soon = 2 * time.Second
	if got := quantile(took, 0.5); got > soon {
		t.Errorf("half of the sessions took more than %v to begin, want at most %v", got, soon)
	}
	if got := quantile(invited, 1); got > soon {
		t.Errorf("somebody with a personal link was at the flooded door after %v, want at most %v", got, soon)
	}
	for i, w := range got {
		if want := time.Second << i; w.left > want || w.whole < want {
			t.Errorf("guess %d had to wait %v, want what is left of %v", i, w, want)
		}
	}
	if len(got) < 3 {
		t.Errorf("got %v, want three waits that double", got)
	}
}

// refused reports whether the relay had no place for a connection.
func refused(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
