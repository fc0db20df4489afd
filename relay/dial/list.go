package dial

import (
	"slices"

	"lotse/packaging/profile"
)

// First returns the relays with the one at addr before the others, whose order
// stays: when that is gone, all who were on it go to the same next one. addr
// may be none of theirs.
func First(servers []profile.Relay, addr string) []profile.Relay {
	at := slices.IndexFunc(servers, func(r profile.Relay) bool { return r.Addr == addr })
	if at < 1 {
		return servers
	}
	return slices.Concat(servers[at:at+1], servers[:at], servers[at+1:])
}

// Without returns the relays but the one at addr.
func Without(servers []profile.Relay, addr string) []profile.Relay {
	return slices.DeleteFunc(slices.Clone(servers), func(r profile.Relay) bool { return r.Addr == addr })
}
