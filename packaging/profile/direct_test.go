package profile

import (
	"net/netip"
	"testing"
)

func TestAddressesOnTheDirectPath(t *testing.T) {
	never, network, anywhere := &Profile{}, &Profile{Direct: DirectNetwork}, &Profile{Direct: DirectAnywhere}
	development := &Profile{Direct: DirectAnywhere, Development: true}
	closed := &Profile{Development: true}
	for _, row := range []struct {
		addr string
		want [5]bool // never, network, anywhere, development, development with never
	}{
		{"203.0.113.7", [5]bool{false, false, true, false, false}},
		{"2001:db8::7", [5]bool{false, false, true, false, false}},
		{"::ffff:203.0.113.7", [5]bool{false, false, true, false, false}},
		{"10.1.2.3", [5]bool{false, true, true, true, false}},
		{"192.168.1.2", [5]bool{false, true, true, true, false}},
		{"169.254.1.2", [5]bool{false, true, true, true, false}},
		{"fd00::1", [5]bool{false, true, true, true, false}},
		{"127.0.0.1", [5]bool{false, false, false, true, false}},
		{"::1", [5]bool{false, false, false, true, false}},
		{"::ffff:127.0.0.1", [5]bool{false, false, false, true, false}},
		{"fe80::1", [5]bool{}},
		{"fe80::1%eth0", [5]bool{}},
		{"0.0.0.0", [5]bool{}},
		{"0.1.2.3", [5]bool{}},
		{"::", [5]bool{}},
		{"224.0.0.251", [5]bool{}},
		{"ff02::fb", [5]bool{}},
		{"255.255.255.255", [5]bool{}},
		{"240.0.0.1", [5]bool{}},
	} {
		var got [5]bool
		for i, p := range []*Profile{never, network, anywhere, development, closed} {
			got[i] = p.DirectAllowed(netip.MustParseAddr(row.addr))
		}
		if got != row.want {
			t.Errorf("%s: got %v, want %v", row.addr, got, row.want)
		}
	}
	if anywhere.DirectAllowed(netip.Addr{}) {
		t.Error("no address at all: allowed")
	}
}

func TestDirectIsOneOfThreeWords(t *testing.T) {
	for word, want := range map[string]Direct{"never": DirectNever, "network": DirectNetwork, "anywhere": DirectAnywhere, "": DirectAnywhere} {
		f := fields(t)
		f["policy"] = map[string]any{"direct": word}
		got, err := Parse(encode(t, f))
		if err != nil || got.Direct != want {
			t.Errorf("%q: got %v, %v, want %v", word, got, err, want)
		}
	}
	f := fields(t)
	delete(f, "policy")
	if got, err := Parse(encode(t, f)); err != nil || got.Direct != DirectAnywhere {
		t.Errorf("no word: got %v, %v", got, err)
	}
	for _, word := range []string{"always", "Never", "unknown"} {
		f["policy"] = map[string]any{"direct": word}
		if _, err := Parse(encode(t, f)); err == nil {
			t.Errorf("%q was taken", word)
		}
	}
}
