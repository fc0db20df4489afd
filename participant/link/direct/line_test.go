package direct

import (
	"context"
	"crypto/sha256"
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/pion/sctp"

	"lotse/crypto/epoch"
	"lotse/packaging/profile"
	"lotse/participant/message"
	"lotse/relay/stun"
	"lotse/relay/wire"
)

// here is a policy that lets programs talk on this machine.
func here() *profile.Profile {
	return &profile.Profile{Development: true, Direct: profile.DirectAnywhere, LAN: true}
}

// real has both ends of a pair look for a path with ICE on this machine.
func (p *pair) real(master, member Policy) {
	p.master.cfg.Policy, p.master.cfg.Loopback = master, true
	p.member.cfg.Policy, p.member.cfg.Loopback = member, true
	p.master.cfg.Say = func(_ context.Context, _ uint32, m message.Message) { p.member.Heard(wire.MasterConn, m) }
	p.member.cfg.Say = func(_ context.Context, _ uint32, m message.Message) { p.master.Heard(theirs, m) }
}

// await waits for the path on both sides, in a machine's own time.
func (p *pair) await() {
	p.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		if p.master.Up(theirs) && p.member.Up(wire.MasterConn) {
			return
		}
	}
	p.t.Fatal("no path after half a minute")
}

// TestTwoProgramsFindEachOther goes the whole way: ICE, DTLS, SCTP. Then paths
// end under a load of three lanes, and others take their place.
func TestTwoProgramsFindEachOther(t *testing.T) {
	p := newPair(t, time.Millisecond)
	p.real(here(), here())
	p.master.Offer(theirs)
	p.await()
	want := map[epoch.Stream]int{epoch.PairControl: 1500, epoch.PairInput: 1500, epoch.Clipboard: 800}
	for s, n := range want {
		p.all.Go(func() { p.send(s, n, 2*time.Millisecond) })
	}
	ends := make(chan struct{})
	p.all.Go(func() {
		defer close(ends)
		for range 2 {
			<-time.After(300 * time.Millisecond)
			end := p.master.peer(theirs)
			end.mu.Lock()
			if end.path != nil {
				end.path.carrier.Close() // as when a network is gone
			}
			end.mu.Unlock()
			p.await()
		}
	})
	p.receive(want)
	<-ends
	s := p.master.Stats()
	p.close()
	if s.DirectSent == 0 || s.RelaySent == 0 {
		t.Errorf("got %+v, want both ways used", s)
	}
}

// twoLines are the ends of a way in the making, with each other's addresses.
func twoLines(t *testing.T, change func(m *message.Direct)) (offers, answers *line, errs [2]error) {
	t.Helper()
	cfg := Config{Policy: here(), Loopback: true}
	var lines [2]*line
	var said [2]message.Direct
	for i := range lines {
		l, err := newLine(cfg, i == 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(l.close)
		lines[i], said[i] = l, l.parameters()
	}
	change(&said[0])
	for i := range lines {
		other := lines[1-i]
		err := lines[i].gather(func(addr netip.AddrPort, seen bool) {
			if err := other.add(addr, seen); err != nil {
				t.Error(err)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var all sync.WaitGroup
	for i := range lines {
		all.Go(func() {
			_, errs[i] = lines[i].connect(ctx, said[1-i]) // who refuses tells the other
		})
	}
	all.Wait()
	return lines[0], lines[1], errs
}

// TestNobodyIsSpokenToWithAnotherCertificate has somebody in between who knows
// everything but the key.
func TestNobodyIsSpokenToWithAnotherCertificate(t *testing.T) {
	_, _, errs := twoLines(t, func(m *message.Direct) { m.Fingerprint[0] ^= 1 })
	if !errors.Is(errs[1], errFingerprint) || errs[0] == nil {
		t.Errorf("got %v, want %v on the side that was lied to", errs, errFingerprint)
	}
	if err := sameCertificate([][]byte{{1}, {2}}, make([]byte, sha256.Size)); !errors.Is(err, errFingerprint) {
		t.Errorf("two certificates: got %v", err)
	}
}

// TestAnotherChannelIsRubbish has a peer open what was not agreed on, and send
// what is too long.
func TestAnotherChannelIsRubbish(t *testing.T) {
	a, b, errs := twoLines(t, func(*message.Direct) {})
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	other := make(chan error, 1)
	go func() { other <- a.Other() }()
	s, err := b.assoc.OpenStream(200, sctp.PayloadTypeWebRTCBinary)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.WriteSCTP([]byte{1}, sctp.PayloadTypeWebRTCBinary); err != nil {
		t.Fatal(err)
	}
	if err := <-other; !errors.Is(err, errRubbish) {
		t.Errorf("channel 200: got %v, want %v", err, errRubbish)
	}
	if _, err := b.streams[0].WriteSCTP([]byte("x"), sctp.PayloadTypeWebRTCString); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, maxPacket)
	if _, err := a.Read(0, buf); !errors.Is(err, errRubbish) {
		t.Errorf("a text: got %v, want %v", err, errRubbish)
	}
	b.assoc.SetMaxMessageSize(1 << 20)
	if _, err := b.streams[2].WriteSCTP(make([]byte, maxPacket+1), sctp.PayloadTypeWebRTCBinary); err != nil {
		t.Fatal(err)
	}
	if n, err := a.Read(2, buf); err == nil {
		t.Errorf("too long: got %d bytes", n)
	}
}

// only is a policy for one kind of address, which writes down what it was asked.
type only struct {
	allow func(netip.Addr) bool
	mu    sync.Mutex
	asked []string
}

func (o *only) DirectAllowed(a netip.Addr) bool { return o.allow(a) }

func (o *only) Allowed(addr string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked = append(o.asked, addr)
	return nil
}

// TestOnlyAllowedAddressesAreToldAndTaken has each side forbid what the other
// has.
func TestOnlyAllowedAddressesAreToldAndTaken(t *testing.T) {
	loopback := &only{allow: func(a netip.Addr) bool { return a.IsLoopback() }}
	p := newPair(t, 0)
	p.real(loopback, &only{allow: func(a netip.Addr) bool { return !a.IsLoopback() }})
	var mu sync.Mutex
	var told [2][]message.Candidate
	answered := make(chan struct{}, 1)
	gone := make(chan struct{}, 64)
	for i, s := range []*Switch{p.master, p.member} {
		say := s.cfg.Say
		s.cfg.Say = func(ctx context.Context, conn uint32, m message.Message) {
			if c, ok := m.(message.Candidate); ok {
				mu.Lock()
				told[i] = append(told[i], c)
				mu.Unlock()
				gone <- struct{}{}
			}
			if d, ok := m.(message.Direct); ok && d.Answers {
				answered <- struct{}{}
			}
			say(ctx, conn, m)
		}
	}
	p.master.Offer(theirs)
	<-answered
	<-gone // the master's own, at the least
	for _, addr := range []string{"8.8.8.8:53", "224.0.0.1:9", "10.0.0.1:9"} {
		p.master.Heard(theirs, message.Candidate{Round: 1, Address: netip.MustParseAddrPort(addr)})
	}
	if p.master.Up(theirs) {
		t.Error("a path over an address that is not allowed")
	}
	p.close()
	for i, all := range told {
		for _, c := range all {
			if c.Address.Addr().IsLoopback() != (i == 0) {
				t.Errorf("side %d told %v", i, c.Address)
			}
		}
	}
}

// TestNothingIsSaidWhereTheProfileForbidsIt offers to a side, and by a side,
// without a policy.
func TestNothingIsSaidWhereTheProfileForbidsIt(t *testing.T) {
	p := newPair(t, 0)
	for _, s := range []*Switch{p.master, p.member} {
		s.cfg.Say = func(context.Context, uint32, message.Message) { t.Error("something was said") }
	}
	p.master.Offer(theirs)
	p.member.Heard(wire.MasterConn, message.Direct{Round: 1, User: "user", Password: "passwordpasswordpasswo", Fingerprint: make([]byte, 32)})
	p.member.Heard(wire.MasterConn, message.Candidate{Round: 1, Address: netip.MustParseAddrPort("127.0.0.1:1")})
	p.close()
	if len(p.master.peers)+len(p.member.peers) > 0 {
		t.Error("somebody looks for a path")
	}
}

// TestRelayIsAskedForOurAddressThroughTheGate counts what a relay of the
// profile answers, and asks none that is not.
func TestRelayIsAskedForOurAddressThroughTheGate(t *testing.T) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var server stun.Server
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, conn) }()
	addr := conn.LocalAddr().String()
	strict := &profile.Profile{Direct: profile.DirectAnywhere, Relays: []profile.Relay{{Addr: addr}}}
	for at, want := range map[string]bool{addr: true, "127.0.0.1:9": false, "example.invalid:5000": false, "": false} {
		if got := stunOf(Config{Policy: strict, STUN: at}) != nil; got != want {
			t.Errorf("%q: asked %t, want %t", at, got, want)
		}
	}
	l, err := newLine(Config{Policy: &only{allow: func(netip.Addr) bool { return true }}, STUN: addr, Loopback: true}, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.gather(func(netip.AddrPort, bool) {}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); server.Stats().Answered == 0; <-time.After(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("got %+v, want an answer", server.Stats())
		}
	}
	if s := server.Stats(); s.Ignored > 0 {
		t.Errorf("got %+v: a request was too short", s)
	}
	l.close()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
