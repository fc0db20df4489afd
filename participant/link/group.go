package link

import (
	"crypto/ed25519"
	"fmt"
	"sync"

	"lotse/crypto/epoch"
	"lotse/crypto/sframe"
	"lotse/participant/message"
	"lotse/relay/wire"
)

// Group is the sealed channel to everybody in the room. Each epoch has its
// own keys; those of the epoch before still open what was under way.
type Group struct {
	self uint8
	key  ed25519.PrivateKey

	// mu guards the fields below: counters go up in the order of sending.
	mu   sync.Mutex
	now  *generation
	last *generation
}

// generation is one epoch of a group.
type generation struct {
	params epoch.Params
	keys   *epoch.Keys
	roster epoch.Roster
	out    map[epoch.Stream]*epoch.Sealer
	in     map[epoch.KID]*epoch.Opener
	parts  map[epoch.KID]*assembly
}

// NewGroup returns the channel of member self, who signs with key. It can say
// nothing before the first Install.
func NewGroup(self uint8, key ed25519.PrivateKey) *Group {
	return &Group{self: self, key: key}
}

// Install begins an epoch: from now on Seal uses its keys.
func (g *Group) Install(p epoch.Params, roster epoch.Roster) error {
	keys, err := epoch.Derive(p)
	if err != nil {
		return fmt.Errorf("link: %w", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.now != nil && p.Number <= g.now.params.Number {
		return fmt.Errorf("link: epoch %d after %d", p.Number, g.now.params.Number)
	}
	g.last, g.now = g.now, &generation{
		params: p, keys: keys, roster: roster,
		out:   make(map[epoch.Stream]*epoch.Sealer),
		in:    make(map[epoch.KID]*epoch.Opener),
		parts: make(map[epoch.KID]*assembly),
	}
	return nil
}

// Epoch returns the number of the epoch in use, 0 before the first.
func (g *Group) Epoch() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.now == nil {
		return 0
	}
	return g.now.params.Number
}

// Seal returns the frames that carry m to connection conn, or to everybody
// for 0. They must be sent in this order, and before any of the same stream
// that a later Seal returns. refresh marks a picture that needs no earlier
// one.
func (g *Group) Seal(s epoch.Stream, conn uint32, m message.Message, refresh bool) ([]wire.Frame, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.now == nil {
		return nil, ErrNotYet
	}
	sealer, err := g.now.sealer(s, g.self)
	if err != nil {
		return nil, err
	}
	f := wire.Frame{Type: wire.Record, Flags: wire.Flags(lane(s)), Channel: conn}
	if refresh {
		f.Flags |= wire.Refresh
	}
	plain := message.Append(nil, m)
	if len(plain) > limit(s) {
		return nil, fmt.Errorf("link: message of %d bytes on stream %d", len(plain), s)
	}
	return cut(f, plain, func(aad, piece []byte) ([]byte, error) {
		if !g.now.signed(s) {
			return sealer.Seal(nil, aad, piece)
		}
		return sealer.SealSigned(nil, aad, g.now.signer(g.key), piece)
	})
}

// Open returns the message in a record that came from the room. It returns
// false while pieces of the message are still missing.
func (g *Group) Open(f wire.Frame) (Received, bool, error) {
	kid, err := epoch.PeekKID(f.Payload)
	if err != nil {
		return Received{}, false, fmt.Errorf("%w: %w", ErrForged, err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	gen, err := g.generation(kid.Epoch)
	if err != nil {
		return Received{}, false, err
	}
	if _, here := g.now.roster.Member(kid.Member); !here { // sent away: not even what was under way
		return Received{}, false, fmt.Errorf("%w: from member %d, who is gone", ErrForged, kid.Member)
	}
	piece, counter, err := gen.open(g.self, kid, f)
	if err != nil {
		return Received{}, false, err
	}
	plain, done := gen.join(kid, f.Flags, counter, piece)
	if !done {
		return Received{}, false, nil
	}
	m, err := message.Parse(plain)
	if err != nil {
		return Received{}, false, fmt.Errorf("link: %w", err)
	}
	if !m.Kind().Travels(kid.Stream) {
		return Received{}, false, fmt.Errorf("%w: kind %d on stream %d", ErrForged, m.Kind(), kid.Stream)
	}
	return Received{Conn: f.Channel, Member: kid.Member, Stream: kid.Stream, Message: m}, true, nil
}

// generation finds the epoch whose number ends in the four bits of a KID.
func (g *Group) generation(bits uint8) (*generation, error) {
	switch {
	case g.now == nil:
		return nil, ErrNotYet
	case uint8(g.now.params.Number&15) == bits:
		return g.now, nil
	case g.last != nil && uint8(g.last.params.Number&15) == bits:
		return g.last, nil
	case uint8((g.now.params.Number+1)&15) == bits:
		return nil, ErrNotYet
	default:
		return nil, fmt.Errorf("%w: of no epoch in use", ErrForged)
	}
}

func (n *generation) sealer(s epoch.Stream, self uint8) (*epoch.Sealer, error) {
	if sealer, ok := n.out[s]; ok {
		return sealer, nil
	}
	sealer, err := n.keys.Sealer(s, self)
	if err != nil {
		return nil, fmt.Errorf("link: %w", err)
	}
	n.out[s] = sealer
	return sealer, nil
}

// open opens one record and checks who made it.
func (n *generation) open(self uint8, kid epoch.KID, f wire.Frame) (piece []byte, counter uint64, err error) {
	member, known := n.roster.Member(kid.Member)
	if kid.Member == self || !known {
		return nil, 0, fmt.Errorf("%w: from member %d", ErrForged, kid.Member)
	}
	opener, err := n.opener(kid)
	if err != nil {
		return nil, 0, err
	}
	if n.signed(kid.Stream) {
		piece, err = opener.OpenSigned(nil, wire.AAD(f), f.Payload, n.verifier(member))
	} else {
		piece, err = opener.Open(nil, wire.AAD(f), f.Payload)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrForged, err)
	}
	header, err := sframe.ParseHeader(f.Payload)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrForged, err)
	}
	return piece, header.CTR, nil
}

func (n *generation) opener(kid epoch.KID) (*epoch.Opener, error) {
	if opener, ok := n.in[kid]; ok {
		return opener, nil
	}
	mode := epoch.Ordered
	if media(kid.Stream) {
		mode = epoch.Windowed
	}
	opener, err := n.keys.Opener(kid.Stream, kid.Member, mode)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForged, err)
	}
	n.in[kid] = opener
	return opener, nil
}

// media says which streams may lose records on the way.
func media(s epoch.Stream) bool { return s == epoch.Screen || s == epoch.Cursor }

// signed says whether a stream's records carry their sender's signature.
// Between two members the direction of the keys already tells who spoke
// (protocol.md §4), so pictures need none there.
func (n *generation) signed(s epoch.Stream) bool { return !media(s) || len(n.roster.Members) > 2 }

// signLabel keeps these signatures apart from all others.
const signLabel = "lotse message"

func (n *generation) signer(key ed25519.PrivateKey) epoch.Signer {
	return epoch.Signer{Label: signLabel, Key: key, Session: n.params.Session, Epoch: n.params.Number}
}

func (n *generation) verifier(m epoch.Member) epoch.Verifier {
	return epoch.Verifier{Label: signLabel, Key: m.SigKey[:], Session: n.params.Session, Epoch: n.params.Number}
}
