package dial_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"lotse/packaging/profile"
	"lotse/relay/dial"
	"lotse/relay/hub"
	"lotse/relay/relaytest"
	"lotse/relay/wire"
)

// best is connect with a probe before it.
func best(t *testing.T, cfg dial.Config) *dial.Client {
	t.Helper()
	c, err := dial.Best(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	stop := c.Start(context.WithoutCancel(t.Context()))
	t.Cleanup(stop)
	return c
}

// TestNearerRelayIsTaken: the first of the list is a second away, another hangs;
// neither holds anybody up, and the licence is shown to the one that was taken.
func TestNearerRelayIsTaken(t *testing.T) {
	far := relaytest.New(t)
	near := relaytest.New(t, func(c *hub.Config) { c.LicenceIssuers = far.Issuers() })
	hung := listener(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	cfg := masterOf(far)
	cfg.Servers = []profile.Relay{
		far.Line(1e9, time.Second)[0], {Addr: hung, Pins: near.Servers()[0].Pins}, near.Servers()[0],
	}
	c := best(t, cfg)
	if c.Addr() != near.Addr() {
		t.Errorf("got %s, want the near one, %s", c.Addr(), near.Addr())
	}
	if _, err := c.Open(t.Context(), wire.Open{Digits: 5}); err != nil {
		t.Error(err)
	}
	if got := far.Stats(); got.Links != 0 {
		t.Errorf("got %+v on the far relay, want no link", got)
	}
}

func TestProbeOfRelaysThatAreNotThere(t *testing.T) {
	r := relaytest.New(t)
	dead := listener(t, func(net.Conn) {})
	pins := r.Servers()[0].Pins
	cfg := masterOf(r)
	cfg.Servers = []profile.Relay{{Addr: dead, Pins: pins}, r.Servers()[0]}
	if c := best(t, cfg); c.Addr() != r.Addr() {
		t.Errorf("got %s, want the one that is there", c.Addr())
	}
	cfg.Servers = nil
	for range 10 { // more than are looked at first
		cfg.Servers = append(cfg.Servers, profile.Relay{Addr: dead, Pins: pins})
	}
	if _, err := dial.Best(t.Context(), cfg); !errors.Is(err, dial.ErrUnreachable) {
		t.Errorf("got %v, want %v", err, dial.ErrUnreachable)
	}
	cfg.Servers = append(cfg.Servers, r.Servers()[0])
	if c := best(t, cfg); c.Addr() != r.Addr() {
		t.Errorf("got %s, want the last of the list", c.Addr())
	}
}

// TestProbeKeepsToGateAndKeys: what Connect refuses, it refuses.
func TestProbeKeepsToGateAndKeys(t *testing.T) {
	r, other := relaytest.New(t), relaytest.New(t)
	cfg := masterOf(r)
	cfg.Servers = []profile.Relay{{Addr: r.Addr(), Pins: other.Servers()[0].Pins}, {Addr: other.Addr(), Pins: r.Servers()[0].Pins}}
	if _, err := dial.Best(t.Context(), cfg); !errors.Is(err, dial.ErrRelayKey) {
		t.Errorf("got %v, want %v", err, dial.ErrRelayKey)
	}
	cfg.Servers = []profile.Relay{r.Servers()[0], other.Servers()[0]}
	gate := errors.New("closed")
	cfg.Allow = func(string) error { return gate }
	if _, err := dial.Best(t.Context(), cfg); !errors.Is(err, gate) {
		t.Errorf("got %v, want %v", err, gate)
	}
	var denied *wire.DeniedError
	cfg = masterOf(r)
	stranger := relaytest.New(t) // does not know the licence
	cfg.Servers = append(stranger.Servers(), relaytest.New(t).Servers()...)
	if _, err := dial.Best(t.Context(), cfg); !errors.As(err, &denied) || denied.Reason != wire.ReasonLicence {
		t.Errorf("got %v, want a word on the licence", err)
	}
}
