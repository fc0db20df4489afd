// Package relaytest runs a real relay inside a test: a listener on loopback,
// real TLS, a licence of its own issuer. Only tests use it.
package relaytest

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"net"
	"sync"
	"testing"
	"time"

	"lotse/crypto/note"
	"lotse/packaging/profile"
	"lotse/relay/hub"
)

// Relay is a relay that a test can stop and start again.
type Relay struct {
	t        testing.TB
	cfg      hub.Config
	addr     string
	verifier string
	licence  *profile.Licence

	// mu guards the fields below.
	mu     sync.Mutex
	server *hub.Server
	cancel context.CancelFunc
	done   chan error
}

// joinBurst lets tests join as often as they like.
const joinBurst = 1000

// New starts a relay that ends with the test. Each change may alter its
// settings.
func New(tb testing.TB, change ...func(*hub.Config)) *Relay {
	tb.Helper()
	identity, err := hub.NewIdentity()
	if err != nil {
		tb.Fatal(err)
	}
	r := &Relay{t: tb, addr: "127.0.0.1:0"}
	r.issue()
	r.cfg = hub.Config{
		Identity: identity, LicenceIssuers: []string{r.verifier}, JoinBurst: joinBurst, MaxStage1: joinBurst,
	}
	for _, c := range change {
		c(&r.cfg)
	}
	r.Restart()
	tb.Cleanup(r.Stop)
	return r
}

// NewEvil starts a relay that can be told to lie.
func NewEvil(tb testing.TB, change ...func(*hub.Config)) (*Relay, *Evil) {
	tb.Helper()
	e := new(Evil)
	return New(tb, append(change, func(c *hub.Config) { c.Tap = e.tap })...), e
}

// issue makes an issuer and a licence.
func (r *Relay) issue() {
	r.t.Helper()
	issuer, verifier, err := note.GenerateKey("relaytest")
	if err != nil {
		r.t.Fatal(err)
	}
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		r.t.Fatal(err)
	}
	number := profile.NewNumber("123456789")
	signed, err := profile.IssueLicence(profile.LicenceFacts{
		Number: number, Organisation: "Hafen Hilfe", Name: "Marta Lotse", ModuleKey: public, MaxMembers: 255,
		NotAfter: time.Now().Add(time.Hour).Unix(),
	}, issuer)
	if err != nil {
		r.t.Fatal(err)
	}
	r.verifier, r.licence = verifier, &profile.Licence{Number: number, Note: signed, Key: key}
}

// Addr returns host:port.
func (r *Relay) Addr() string { return r.addr }

// Servers returns what a profile says about this relay.
func (r *Relay) Servers() []profile.Relay {
	return []profile.Relay{{Addr: r.addr, Region: "test", Pins: [][32]byte{r.cfg.Identity.Pin()}}}
}

// Licence returns a licence that this relay accepts.
func (r *Relay) Licence() *profile.Licence { return r.licence }

// Issuers returns the verifier keys of the licence.
func (r *Relay) Issuers() []string { return []string{r.verifier} }

// Stats returns what the running relay counted.
func (r *Relay) Stats() hub.Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.server.Stats()
}

// Restart starts the relay again after Stop, on the same address and with the
// same key. Its rooms are gone.
func (r *Relay) Restart() {
	r.t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(r.t.Context(), "tcp", r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.addr = l.Addr().String()
	server, err := hub.New(r.cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.t.Context()))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.server, r.cancel, r.done = server, cancel, make(chan error, 1)
	go func(done chan<- error) { done <- server.Run(ctx, l) }(r.done)
}

// Stop ends the relay; a second Stop does nothing.
func (r *Relay) Stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cancel == nil {
		return
	}
	r.cancel()
	if err := <-r.done; err != nil {
		r.t.Errorf("relay: %v", err)
	}
	r.cancel = nil
}
