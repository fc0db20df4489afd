package profile

import (
	"errors"
	"testing"
)

func TestOnlyListedRelaysAndThisNetworkAreAllowed(t *testing.T) {
	relays := []Relay{{Addr: "relay.example.org:443", Also: []string{"relay.example.org:80", "other.example.org:443"}}, {Addr: "192.0.2.1:5000"}}
	closed, lan := &Profile{Relays: relays}, &Profile{Relays: relays, LAN: true}
	for _, c := range []struct {
		addr        string
		closed, lan bool
	}{
		{"relay.example.org:443", true, true},
		{"192.0.2.1:5000", true, true},
		{"relay.example.org:80", true, true},
		{"other.example.org:443", true, true},
		{"192.0.2.1:80", false, false},
		{"relay.example.org:444", false, false},
		{"RELAY.example.org:443", false, false},
		{"192.0.2.1:5001", false, false},
		{"127.0.0.1:5005", false, true},
		{"[::1]:5005", false, true},
		{"10.1.2.3:5005", false, true},
		{"172.16.0.1:5005", false, true},
		{"192.168.1.1:5005", false, true},
		{"[fd00::1]:5005", false, true},
		{"[fe80::1%eth0]:5005", false, true},
		{"[::ffff:192.168.1.1]:5005", false, true},
		{"169.254.1.1:5005", false, true},
		{"172.32.0.1:5005", false, false},
		{"8.8.8.8:5005", false, false},
		{"[::ffff:8.8.8.8]:5005", false, false},
		{"[2001:db8::1]:5005", false, false},
		{"0.0.0.0:5005", false, false},
		{"localhost:5005", false, false},
		{"127.0.0.1", false, false},
		{"", false, false},
	} {
		for name, p := range map[string]*Profile{"closed": closed, "LAN": lan, "nothing": {}} {
			want := map[string]bool{"closed": c.closed, "LAN": c.lan, "nothing": false}[name]
			if err := p.Allowed(c.addr); (err == nil) != want || err != nil && !errors.Is(err, ErrNotAllowed) {
				t.Errorf("%s, %q: got %v, want allowed %t", name, c.addr, err, want)
			}
		}
	}
}

func TestOnlyAllowedRegionsAreDialled(t *testing.T) {
	p := &Profile{
		Relays:  []Relay{{Addr: "a.example.org:443", Region: "DE"}, {Addr: "b.example.org:443", Region: "US"}, {Addr: "c.example.org:443"}},
		Regions: []string{"DE", "EU"},
	}
	for addr, want := range map[string]bool{"a.example.org:443": true, "b.example.org:443": false, "c.example.org:443": false} {
		if err := p.Allowed(addr); (err == nil) != want {
			t.Errorf("%s: got %v, want allowed %t", addr, err, want)
		}
	}
	if got := p.Servers(); len(got) != 1 || got[0].Region != "DE" || len(p.Relays) != 3 {
		t.Errorf("got %+v of %+v, want the one in DE", got, p.Relays)
	}
}
