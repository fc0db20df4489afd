package profile

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// ErrNotAllowed says that the profile does not let a program dial an address.
var ErrNotAllowed = errors.New("profile: address not allowed")

// Allowed is the one gate of every dial of a session; only packaging/update, where
// the profile lets it and a person asks, fetches past it. It lets through the relays that the
// profile lists in an allowed region and, with LAN, literal addresses of this network.
func (p *Profile) Allowed(addr string) error {
	for _, r := range p.Servers() {
		if slices.Contains(r.Addrs(), addr) {
			return nil
		}
	}
	ap, err := netip.ParseAddrPort(addr)
	if err != nil || !p.LAN || !local(ap.Addr()) {
		return fmt.Errorf("%w: %s", ErrNotAllowed, addr)
	}
	return nil
}

// local reports whether an address lies on this machine or this network
// (RFC 1918, RFC 3927, RFC 4193).
func local(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast()
}
