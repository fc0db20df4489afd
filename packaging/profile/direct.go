package profile

import "net/netip"

// Direct is how far two programs may talk to each other past the relay. Both
// sides' profiles count, and the narrower one wins: each looks at every address
// before it is told, and before anything is sent to it.
type Direct uint8

// How far. The zero value is the narrowest; a document that says nothing means
// DirectAnywhere.
const (
	// DirectNever leaves everything on the relay.
	DirectNever Direct = iota
	// DirectNetwork is for computers of one private network.
	DirectNetwork
	// DirectAnywhere is wherever a way is found.
	DirectAnywhere
)

// String returns the word that a document has for it.
func (d Direct) String() string {
	switch d {
	case DirectNever:
		return "never"
	case DirectNetwork:
		return "network"
	case DirectAnywhere:
		return "anywhere"
	default:
		return "unknown"
	}
}

// DirectAllowed is the one gate of every address on the way past the relay, our
// own as well as the other side's. It lets unicast addresses through: with
// DirectNetwork, and in a development build, private ones only (RFC 1918,
// RFC 3927, RFC 4193); this machine's own in a development build alone.
func (p *Profile) DirectAllowed(a netip.Addr) bool {
	a = a.Unmap()
	switch {
	case !a.IsValid() || a.IsUnspecified() || a.IsMulticast() || a.Zone() != "":
		return false
	case a.Is4() && (a.As4()[0] == 0 || a.As4()[0] >= reserved4), a.Is6() && a.IsLinkLocalUnicast():
		return false // an IPv6 one means nothing without the name of a card
	case a.IsLoopback():
		return p.Development && p.Direct != DirectNever
	case p.Direct == DirectAnywhere && !p.Development:
		return true
	default:
		return p.Direct != DirectNever && local(a)
	}
}

// reserved4 is where the IPv4 addresses begin that no computer has (RFC 1112 §4).
const reserved4 = 240
