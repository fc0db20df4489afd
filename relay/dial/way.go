package dial

import (
	"net"
	"slices"

	"lotse/packaging/profile"
)

// Kind is what the first bytes to a relay are.
type Kind string

// The kinds (protocol.md §2). Inside each of them is the same pinned TLS.
const (
	// TLS is lotse/1 at once.
	TLS Kind = "TLS"
	// WSS is a WebSocket in TLS of which nothing is believed: it is there for
	// firewalls that want to see HTTPS, and for those that look into it.
	WSS Kind = "WSS"
	// WS is a WebSocket in plain HTTP.
	WS Kind = "WS"
)

// The ports on which a firewall expects one thing and no other.
const (
	portHTTP  = "80"
	portHTTPS = "443"
)

// Way is one way to a relay.
type Way struct {
	// Relay is the relay's first address, Addr the one that is dialled.
	Relay, Addr string
	// Kind is what is spoken there.
	Kind Kind
	// Proxy is host:port of the HTTP proxy that dials for us; empty is none.
	Proxy string
}

// String names the addresses and the kind, such as
// "relay.example.org:443, WSS, through proxy.example.org:3128".
func (w Way) String() string {
	s := w.Addr + ", " + string(w.Kind)
	if w.Proxy != "" {
		s += ", through " + w.Proxy
	}
	return s
}

// attempt is one way that is to be tried.
type attempt struct {
	server  profile.Relay
	place   int // of the server in its list
	way     Way // Proxy is known only once it was looked for
	proxied bool
}

// attempts lists every way to the servers, the most likely and cheapest first,
// the servers in turn: directly before through a proxy, TLS before WebSockets.
func attempts(servers []profile.Relay) []attempt {
	var out []attempt
	for _, step := range []struct {
		kind    Kind
		proxied bool
	}{{TLS, false}, {TLS, true}, {WSS, false}, {WS, false}, {WSS, true}, {WS, true}} {
		out = append(out, inTurn(servers, step.kind, step.proxied)...)
	}
	return out
}

// inTurn lists one kind of way: each server's first address, then each
// server's second, and so on.
func inTurn(servers []profile.Relay, kind Kind, proxied bool) []attempt {
	var out []attempt
	for n, more := 0, true; more; n++ {
		more = false
		for place, s := range servers {
			addrs := s.Addrs()
			if n >= len(addrs) {
				continue
			}
			more = true
			if a := (attempt{s, place, Way{s.Addr, addrs[n], kind, ""}, proxied}); a.sensible() {
				out = append(out, a)
			}
		}
	}
	return out
}

// sensible leaves out what no network would want. A relay without pins is on
// this network: it is reached at once or not at all.
func (a *attempt) sensible() bool {
	if len(a.server.Pins) == 0 {
		return a.way.Kind == TLS && !a.proxied
	}
	_, port, err := net.SplitHostPort(a.way.Addr)
	if err != nil {
		return a.way.Kind == TLS && !a.proxied // which will say what is wrong
	}
	strange := map[Kind][]string{WSS: {portHTTP}, WS: {portHTTPS}}
	return !slices.Contains(strange[a.way.Kind], port)
}
