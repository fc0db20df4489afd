package dial

import (
	"fmt"
	"slices"
	"testing"

	"lotse/packaging/profile"
	"lotse/relay/wire"
)

func TestWaysComeInThisOrder(t *testing.T) {
	pins := [][32]byte{{1}}
	var got []string
	for _, a := range attempts([]profile.Relay{
		{Addr: "a:5000", Also: []string{"a:443", "a:80"}, Pins: pins},
		{Addr: "b:443", Pins: pins},
		{Addr: "10.0.0.1:5005"}, // on this network, the PIN binds its key
		{Addr: "nonsense", Pins: pins},
	}) {
		s := a.way.Relay + " " + a.way.String()
		if a.proxied {
			s += ", proxied"
		}
		got = append(got, s)
	}
	want := []string{
		"a:5000 a:5000, TLS", "b:443 b:443, TLS", "10.0.0.1:5005 10.0.0.1:5005, TLS", "nonsense nonsense, TLS",
		"a:5000 a:443, TLS", "a:5000 a:80, TLS",
		"a:5000 a:5000, TLS, proxied", "b:443 b:443, TLS, proxied", "a:5000 a:443, TLS, proxied", "a:5000 a:80, TLS, proxied",
		"a:5000 a:5000, WSS", "b:443 b:443, WSS", "a:5000 a:443, WSS",
		"a:5000 a:5000, WS", "a:5000 a:80, WS",
		"a:5000 a:5000, WSS, proxied", "b:443 b:443, WSS, proxied", "a:5000 a:443, WSS, proxied",
		"a:5000 a:5000, WS, proxied", "a:5000 a:80, WS, proxied",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// Of several errors the most telling one is returned.
func TestErrorsOfTheRelayWeighMost(t *testing.T) {
	var got []int
	for _, err := range []error{
		nil, errNoProxy, ErrUnreachable, fmt.Errorf("%w: %w", ErrUnreachable, &ProxyError{Status: 403}), ErrRelayKey,
		&wire.WaitError{}, &wire.DeniedError{}, &wire.UpgradeError{},
	} {
		got = append(got, weight(err))
	}
	if want := []int{0, 0, 1, 2, 3, relayAnswered, 5, 5}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
