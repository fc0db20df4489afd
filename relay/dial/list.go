package dial

import (
	"slices"

	"lotse/packaging/profile"
)

// From returns the relays from the one at addr on, and then those before it:
// when that is gone, all who were on it go to the same next one. addr may be
// none of theirs.
func From(servers []profile.Relay, addr string) []profile.Relay {
	at := slices.IndexFunc(servers, func(r profile.Relay) bool { return r.Addr == addr })
	if at < 1 {
		return servers
	}
	return slices.Concat(servers[at:], servers[:at])
}

// Without returns the relays but the one at addr.
func Without(servers []profile.Relay, addr string) []profile.Relay {
	return slices.DeleteFunc(slices.Clone(servers), func(r profile.Relay) bool { return r.Addr == addr })
}

// WithPin returns the relays that a key belongs to.
func WithPin(servers []profile.Relay, pin [32]byte) []profile.Relay {
	return slices.DeleteFunc(slices.Clone(servers), func(r profile.Relay) bool { return !slices.Contains(r.Pins, pin) })
}
