//go:build e2e && linux

package e2e

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"lotse/apps/stage"
	"lotse/crypto/note"
	"lotse/packaging/profile"
)

// lan is a session on hosts of its own: relays, a moderator, a customer.
type lan struct {
	t         *testing.T
	net       *stage.Net
	relays    []*stage.Process
	homes     []*stage.Host // of the relays
	moderator *stage.Host
	customer  *stage.Host
	seat      seat
	log       map[string]string   // of each side
	env       map[string][]string // of each side, beside ours
	picture   []byte              // that a side copies
}

// healthAt is where a relay shows its counters, on its own host.
const healthAt = "127.0.0.1:5001"

// far is a line's delay to the router: between two hosts it is 20 ms, and back
// another 20.
const far = 10 * time.Millisecond

// netVariable has the tests of this file run: they take two minutes and need
// root.
const netVariable = "LOTSE_NET"

// newLAN starts so many relays and brings the two sides together until somebody
// types. It skips the test where namespaces are not to be had.
func newLAN(t *testing.T, relays int, l stage.Line, change ...func(*lan)) *lan {
	t.Helper()
	s := layLAN(t, relays, l)
	for _, f := range change {
		f(s)
	}
	s.meet()
	return s
}

// layLAN starts so many relays, and a host for each of the two sides.
func layLAN(t *testing.T, relays int, l stage.Line) *lan {
	t.Helper()
	if os.Getenv(netVariable) == "" {
		t.Skip("make test-net runs this")
	}
	n, err := stage.NewNet()
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { must(t, n.Close()) })
	ctx := context.WithoutCancel(t.Context())
	s := &lan{t: t, net: n, log: make(map[string]string), env: make(map[string][]string)}
	s.licence()
	for i := range relays {
		s.relay(ctx, netip.AddrFrom4([4]byte{10, 0, 1, byte(i + 1)}), l)
	}
	s.moderator, err = n.Host(ctx, netip.MustParseAddr("10.0.2.1"), l)
	must(t, err)
	s.customer, err = n.Host(ctx, netip.MustParseAddr("10.0.3.1"), l)
	must(t, err)
	return s
}

// meet brings the two sides together until somebody types.
func (s *lan) meet() {
	s.t.Helper()
	ctx := context.WithoutCancel(s.t.Context())
	s.seat.Stop = filepath.Join(s.t.TempDir(), "stop")
	s.sit(ctx, s.moderator, "moderator")
	code := s.wait("moderator", "code ")
	s.seat.Code = strings.TrimPrefix(code.what, "code ")
	s.sit(ctx, s.customer, "customer")
	s.wait("moderator", "rights")
	s.wait("customer", "heard ")
	s.wait("moderator", "picture")
}

// licence makes an issuer and a licence.
func (s *lan) licence() {
	s.t.Helper()
	issuer, verifier, err := note.GenerateKey("net")
	must(s.t, err)
	public, key, err := ed25519.GenerateKey(rand.Reader)
	must(s.t, err)
	s.seat.Number, s.seat.Key, s.seat.Issuers = profile.NewNumber("123456789"), key, []string{verifier}
	s.seat.Note, err = profile.IssueLicence(profile.LicenceFacts{
		Number: s.seat.Number, Organisation: "Hafen Hilfe", Name: "Marta", ModuleKey: public, MaxMembers: 32,
		NotAfter: time.Now().Add(time.Hour).Unix(),
	}, issuer)
	must(s.t, err)
}

// relay starts a relay on a host of its own.
func (s *lan) relay(ctx context.Context, at netip.Addr, l stage.Line) {
	s.t.Helper()
	h, err := s.net.Host(ctx, at, l)
	must(s.t, err)
	dir := s.t.TempDir()
	program, addr := filepath.Join(bin, "lotse-relay"), netip.AddrPortFrom(at, 5000).String()
	p, err := h.Start(ctx, stage.Command{
		Name: program, Args: []string{"serve", "-listen", addr, "-health", healthAt, "-state", dir, "-licence-issuer", s.seat.Issuers[0]},
		Log: filepath.Join(dir, "log"),
	})
	must(s.t, err)
	s.t.Cleanup(func() { _ = p.Signal(syscall.SIGCONT); _ = p.Kill() }) // it may be gone
	s.relays, s.homes = append(s.relays, p), append(s.homes, h)
	relay := profile.Relay{Addr: addr, Region: "lab"}
	must(s.t, stage.Until(ctx, 20*time.Second, "a relay", func() (bool, error) {
		out, err := exec.CommandContext(ctx, program, "pin", "-state", dir).Output()
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		if err != nil || !strings.Contains(string(log), "relay serves") {
			return false, nil // not yet
		}
		for pin := range strings.FieldsSeq(string(out)) {
			b, err := hex.DecodeString(pin)
			if err != nil {
				return false, err
			}
			relay.Pins = append(relay.Pins, [32]byte(b))
		}
		return true, nil
	}))
	s.seat.Relays = append(s.seat.Relays, relay)
}

// sit starts one side.
func (s *lan) sit(ctx context.Context, h *stage.Host, name string) {
	s.t.Helper()
	self, err := os.Executable()
	must(s.t, err)
	text, err := json.Marshal(s.seat) //nolint:musttag // both ends are this program
	must(s.t, err)
	s.log[name] = filepath.Join(s.t.TempDir(), name)
	p, err := h.Start(ctx, stage.Command{
		Name: self, Args: []string{"-test.run=^TestSeat$"}, Env: append(s.env[name], seatOf+"="+string(text)), Log: s.log[name],
	})
	must(s.t, err)
	s.t.Cleanup(func() {
		_ = p.Kill() // it may be gone
		if s.t.Failed() {
			b, err := os.ReadFile(s.log[name])
			s.t.Logf("%s: %v\n%s", name, err, tail(string(b)))
		}
	})
}

// tail is the end of a long text.
func tail(s string) string { return s[max(0, len(s)-3000):] }

// wait waits for a side to say something that begins so.
func (s *lan) wait(side, begins string) line {
	s.t.Helper()
	var found line
	must(s.t, stage.Until(s.t.Context(), 60*time.Second, side+": "+begins, func() (bool, error) {
		for _, l := range lines(s.t, s.log[side]) {
			if strings.HasPrefix(l.what, begins) {
				found = l
				return true, nil
			}
		}
		return false, nil
	}))
	return found
}

// since waits until a side has said something that begins so, after a moment.
func (s *lan) since(side, begins string, at time.Time, limit time.Duration) {
	s.t.Helper()
	must(s.t, stage.Until(s.t.Context(), limit, side+": "+begins+", again", func() (bool, error) {
		all := lines(s.t, s.log[side])
		return slices.ContainsFunc(all, func(l line) bool { return l.at.After(at) && strings.HasPrefix(l.what, begins) }), nil
	}))
}

// run lets time pass.
func (s *lan) run(d time.Duration) { <-time.After(d) }

// end stops the typing and returns how the session went.
func (s *lan) end() course {
	s.t.Helper()
	must(s.t, os.WriteFile(s.seat.Stop, nil, 0o600))
	all := s.wait("moderator", "typed in all ")
	var c course
	n, err := strconv.Atoi(strings.TrimPrefix(all.what, "typed in all "))
	must(s.t, err)
	for _, l := range lines(s.t, s.log["moderator"]) {
		switch {
		case l.what == "picture":
			c.pictures = append(c.pictures, l.at)
		case strings.HasPrefix(l.what, "typed ") && len(c.typed) < n:
			c.typed = append(c.typed, l)
		}
	}
	s.run(time.Second) // the last letters
	for _, l := range lines(s.t, s.log["customer"]) {
		if strings.HasPrefix(l.what, "heard ") {
			c.heard = append(c.heard, l)
		}
	}
	return c
}

// course is how a session went: what was typed and heard, and when a picture
// was there.
type course struct {
	typed, heard []line
	pictures     []time.Time
}

// whole asserts that every letter arrived once and in order.
func (c course) whole(t *testing.T) {
	t.Helper()
	if len(c.heard) != len(c.typed) {
		t.Errorf("%d letters of %d arrived", len(c.heard), len(c.typed))
	}
	for i, h := range c.heard {
		if got := strings.TrimPrefix(h.what, "heard "); got != strconv.Itoa(i%10) {
			t.Fatalf("letter %d of %d is %s: one was lost or came twice", i, len(c.typed), got)
		}
	}
}

// gap is the longest time without a letter, and without a picture, from a
// moment on.
func (c course) gap(from time.Time) (letters, pictures time.Duration) {
	var at []time.Time
	for _, h := range c.heard {
		at = append(at, h.at)
	}
	return longest(at, from), longest(c.pictures, from)
}

func longest(at []time.Time, from time.Time) time.Duration {
	var worst time.Duration
	before := from
	for _, t := range at {
		if t.Before(from) {
			continue
		}
		worst = max(worst, t.Sub(before))
		before = t
	}
	return worst
}

// ages are how long letters took, shortest first. Every letter has to have
// arrived.
func (c course) ages() []time.Duration {
	var out []time.Duration
	for i := range min(len(c.typed), len(c.heard)) {
		out = append(out, c.heard[i].at.Sub(c.typed[i].at))
	}
	slices.Sort(out)
	return out
}

func quantile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	return d[min(int(q*float64(len(d))), len(d)-1)].Round(time.Millisecond)
}

// TestNetRelayEnds kills and hangs the relay of a session at a round trip of
// 40 ms between a side and the relay.
func TestNetRelayEnds(t *testing.T) {
	for name, end := range map[string]func(*stage.Process) error{
		"killed": (*stage.Process).Kill, "hung": func(p *stage.Process) error { return p.Signal(syscall.SIGSTOP) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newLAN(t, 3, stage.Line{Delay: far})
			s.run(time.Second)
			at := time.Now()
			must(t, end(s.relays[0]))
			s.since("moderator", "relay 10.0.1.2", at, 20*time.Second)
			s.run(3 * time.Second)
			c := s.end()
			letters, pictures := c.gap(at)
			t.Logf("relay %s at 40 ms: no letter for %v, no picture for %v", name, letters.Round(time.Millisecond), pictures.Round(time.Millisecond))
			c.whole(t)
		})
	}
}

// TestNetAnotherNetwork gives the customer another address, as when somebody
// walks from a cable to a mobile network.
func TestNetAnotherNetwork(t *testing.T) {
	s := newLAN(t, 2, stage.Line{Delay: far})
	s.run(time.Second)
	at := time.Now()
	must(t, s.customer.Move(t.Context(), netip.MustParseAddr("10.0.3.99")))
	s.since("customer", "heard ", at.Add(500*time.Millisecond), 30*time.Second)
	s.run(4 * time.Second)
	c := s.end()
	letters, pictures := c.gap(at)
	t.Logf("another network: no letter for %v, no picture for %v", letters.Round(time.Millisecond), pictures.Round(time.Millisecond))
	c.whole(t)
}

// TestNetCablePulled takes the customer's line away for half a minute. What was
// typed in the last seconds arrives; older letters do not, and none out of
// order.
func TestNetCablePulled(t *testing.T) {
	s := newLAN(t, 2, stage.Line{Delay: far})
	s.run(time.Second)
	at := time.Now()
	s.customer.Set(func(l *stage.Line) { l.Cut = true })
	s.run(30 * time.Second)
	s.customer.Set(func(l *stage.Line) { l.Cut = false })
	back := time.Now()
	s.since("customer", "heard ", back, 30*time.Second)
	s.run(2 * time.Second)
	c := s.end()
	letters, pictures := c.gap(at)
	t.Logf("30 s without a line: back %v after the cable; no letter for %v, no picture for %v",
		(letters - 30*time.Second).Round(time.Millisecond), letters.Round(time.Millisecond), pictures.Round(time.Millisecond))
	if n := len(c.heard); n > 0 && c.heard[n-1].what[len("heard "):] != c.typed[len(c.typed)-1].what[len("typed "):] {
		t.Errorf("the last letter is %q, want %q", c.heard[n-1].what, c.typed[len(c.typed)-1].what)
	}
	if lost := len(c.typed) - len(c.heard); lost <= 0 || lost > 50*32 {
		t.Errorf("%d letters of half a minute were lost, want some and no others", lost)
	}
}

// TestNetLoss loses one packet in a hundred at a round trip of 40 ms.
func TestNetLoss(t *testing.T) {
	s := newLAN(t, 1, stage.Line{Delay: far, Loss: 0.005})
	s.run(20 * time.Second)
	c := s.end()
	c.whole(t)
	ages := c.ages()
	t.Logf("1 %% loss, 40 ms: %d letters took %v at p50, %v at p99, %v at most", len(ages), quantile(ages, 0.5), quantile(ages, 0.99), quantile(ages, 1))
}
