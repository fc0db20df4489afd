//go:build gallery

package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"lotse/apps/ui/checkup"
	"lotse/relay/dial"
)

// checked is a check that has gone somehow.
type checked struct {
	name    string
	state   checkup.State
	details bool
}

// Begin and CallOff do nothing; State is what it is.
func (*checked) Begin()                 {}
func (*checked) CallOff()               {}
func (c *checked) State() checkup.State { return c.state }

// show opens the page on it.
func (c *checked) show(page *checkup.Page) {
	page.Open()
	if c.details {
		page.Details()
	}
}

func checks(now time.Time) []*checked {
	const first, second, proxy = "relay.musterhafen.example:5000", "relay2.musterhafen.example:5000", "proxy.musterhafen.example:3128"
	way := func(relay, addr string, kind dial.Kind, took time.Duration, err error) dial.Finding {
		return dial.Finding{Way: dial.Way{Relay: relay, Addr: addr, Kind: kind}, Took: took, Err: err}
	}
	through := func(f dial.Finding) dial.Finding {
		f.Way.Proxy = proxy
		return f
	}
	late := func(f dial.Finding) dial.Finding {
		f.Skew = 7 * time.Minute
		return f
	}
	silence := fmt.Errorf("%w: %w", dial.ErrUnreachable, context.DeadlineExceeded)
	asks := fmt.Errorf("%w: %w", dial.ErrUnreachable, &dial.ProxyError{Proxy: proxy, Status: 407, Schemes: []string{"NTLM", "Negotiate"}})
	unnamed := fmt.Errorf("%w: %w", dial.ErrUnreachable, &net.DNSError{Err: "no such host", Name: "relay2.musterhafen.example"})
	state := func(f ...dial.Finding) checkup.State {
		return checkup.State{Phase: checkup.Done, Servers: []string{first, second}, Findings: f, At: now}
	}
	const ms = time.Millisecond
	return []*checked{
		{"running", checkup.State{Phase: checkup.Running, Servers: []string{first, second}, Tried: 7, Ways: 20}, false},
		{"works", state(way(first, first, dial.TLS, 38*ms, nil), way(second, second, dial.TLS, 52*ms, nil)), false},
		{"clock", state(late(way(first, first, dial.TLS, 38*ms, nil)), way(first, "relay.musterhafen.example:443", dial.TLS, 41*ms, dial.ErrRelayKey),
			way(second, second, dial.TLS, 8000*ms, silence), late(through(way(second, "relay2.musterhafen.example:443", dial.WSS, 96*ms, nil)))), true},
		{"blocked", state(way(first, first, dial.TLS, 8000*ms, silence), through(way(first, first, dial.TLS, 12*ms, asks)),
			way(second, second, dial.TLS, 3*ms, unnamed)), false},
		{"danger", state(way(first, first, dial.TLS, 8000*ms, silence), way(first, "relay.musterhafen.example:443", dial.TLS, 21*ms, dial.ErrRelayKey),
			way(second, second, dial.TLS, 24*ms, dial.ErrRelayKey)), false},
	}
}
