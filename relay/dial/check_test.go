package dial_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"testing"
	"time"

	"lotse/packaging/profile"
	"lotse/relay/dial"
	"lotse/relay/hub"
	"lotse/relay/relaytest"
	"lotse/relay/wire"
)

// went is a finding without its times.
type went struct {
	way dial.Way
	err error
}

// kindOf names the sentinel of an error.
func kindOf(err error) error {
	for _, is := range []error{dial.ErrUnreachable, dial.ErrRelayKey, profile.ErrNotAllowed} {
		if errors.Is(err, is) {
			return is
		}
	}
	return err
}

func TestCheckSaysHowEveryWayWent(t *testing.T) {
	r := relaytest.New(t)
	office := relaytest.NewInterceptor(t, r.Addr())
	shut, onlyHTTP := blocked(t), filter(t, r.Addr(), func(b []byte) bool { return string(b) == "GET " })
	cfg := participantOf(r)
	p := profile.Profile{Relays: pinned(r, r.Addr(), shut, onlyHTTP)}
	cfg.Servers, cfg.Allow = pinned(r, r.Addr(), shut, onlyHTTP, "192.0.2.1:443"), p.Allowed
	cfg.Proxy = proxyAt("http://anna:hunter2@" + office.Addr())
	at := func(addr string, kind dial.Kind, proxy string) dial.Way {
		return dial.Way{Relay: r.Addr(), Addr: addr, Kind: kind, Proxy: proxy}
	}
	forbidden := func(kind dial.Kind) went { return went{at("192.0.2.1:443", kind, ""), profile.ErrNotAllowed} }
	want := []went{
		{at(r.Addr(), dial.TLS, ""), nil},
		{at(shut, dial.TLS, ""), dial.ErrUnreachable},
		{at(onlyHTTP, dial.TLS, ""), dial.ErrUnreachable},
		forbidden(dial.TLS),
		{at(r.Addr(), dial.TLS, office.Addr()), dial.ErrUnreachable},
		{at(shut, dial.TLS, office.Addr()), dial.ErrUnreachable},
		{at(onlyHTTP, dial.TLS, office.Addr()), dial.ErrUnreachable},
		forbidden(dial.TLS),
		{at(r.Addr(), dial.WSS, ""), nil},
		{at(shut, dial.WSS, ""), dial.ErrUnreachable},
		{at(onlyHTTP, dial.WSS, ""), dial.ErrUnreachable},
		forbidden(dial.WSS),
		{at(r.Addr(), dial.WS, ""), nil},
		{at(shut, dial.WS, ""), dial.ErrUnreachable},
		{at(onlyHTTP, dial.WS, ""), nil},
		{at(r.Addr(), dial.WSS, office.Addr()), nil},
		{at(shut, dial.WSS, office.Addr()), nil},
		{at(onlyHTTP, dial.WSS, office.Addr()), nil},
		forbidden(dial.WSS),
		{at(r.Addr(), dial.WS, office.Addr()), dial.ErrUnreachable},
		{at(shut, dial.WS, office.Addr()), dial.ErrUnreachable},
		{at(onlyHTTP, dial.WS, office.Addr()), dial.ErrUnreachable},
	}
	got := dial.Check(t.Context(), cfg)
	if len(got) != len(want) {
		t.Fatalf("got %d findings, want %d: %+v", len(got), len(want), got)
	}
	for i, f := range got {
		if is := (went{f.Way, kindOf(f.Err)}); is != want[i] {
			t.Errorf("%d: got %+v (%v), want %+v", i, is, f.Err, want[i])
		}
	}
}

func TestCheckReadsTheRelaysClock(t *testing.T) {
	r := relaytest.New(t, func(c *hub.Config) { c.Now = func() time.Time { return time.Now().Add(time.Hour) } })
	cfg := participantOf(r)
	cfg.Proxy = dial.NoProxy
	findings := dial.Check(t.Context(), cfg)
	if len(findings) != 3 {
		t.Fatalf("got %+v, want three ways without a proxy", findings)
	}
	for _, f := range findings {
		if off := (f.Skew - time.Hour).Abs(); f.Err != nil || off > 3*time.Second || f.Took <= 0 {
			t.Errorf("got %+v, want a clock one hour ahead", f)
		}
	}
}

// A way that a check was called off on says nothing about the way.
func TestCheckThatIsCalledOffKeepsWhatItFound(t *testing.T) {
	r := relaytest.New(t)
	var lc net.ListenConfig
	mute, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mute.Close() })
	cfg := participantOf(r)
	cfg.Servers, cfg.Proxy = pinned(r, r.Addr(), mute.Addr().String()), dial.NoProxy
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var steps []int
	got := dial.CheckEach(ctx, cfg, func(done, of int) {
		steps = append(steps, done)
		if of != 12 {
			t.Errorf("got %d ways, want 6 direct and 6 that might have a proxy", of)
		}
		if done == 9 { // the relay's own three, and six without a proxy: the others hear nothing
			cancel()
		}
	})
	if want := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}; !slices.Equal(steps, want) {
		t.Errorf("got %v, want %v", steps, want)
	}
	if len(got) != 3 {
		t.Fatalf("got %+v, want the three ways that were gone", got)
	}
	for _, f := range got {
		if f.Err != nil || f.Way.Addr != r.Addr() {
			t.Errorf("got %+v, want a greeting", f)
		}
	}
}

// A check is no way to guess licences, and shows none.
func TestCheckShowsNoLicence(t *testing.T) {
	r, stranger := relaytest.New(t), relaytest.New(t)
	cfg := masterOf(r)
	cfg.Licence, cfg.Proxy = stranger.Licence(), dial.NoProxy
	for _, f := range dial.Check(t.Context(), cfg) {
		if f.Err != nil {
			t.Errorf("got %+v, want a greeting", f)
		}
	}
	if got := r.Stats().Denied; len(got) != 0 {
		t.Errorf("got %v, want nothing refused", got)
	}
	cfg.Allow = nil
	if got := dial.Check(t.Context(), cfg); len(got) != 1 || got[0].Err == nil {
		t.Errorf("without a gate: got %+v, want one error", got)
	}
	if got := dial.Check(t.Context(), dial.Config{Allow: anywhere, Role: wire.RoleMaster}); len(got) != 0 {
		t.Errorf("without servers: got %+v, want nothing", got)
	}
}
