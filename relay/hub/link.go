package hub

import "lotse/relay/wire"

// linkLocked takes the verifiers of the room's open personal links. One that
// was used here stays used.
func (r *room) linkLocked(verifiers [][32]byte) {
	links := make(map[[32]byte]bool, len(verifiers))
	for _, v := range verifiers {
		links[v] = r.links[v]
	}
	r.links = links
}

// holder finds the link whose holder made j's proof, and says whether it was
// used before. It opens nothing: that is for the key agreement with the master.
func (r *room) holder(g *gate, j wire.Join) (verifier [32]byte, used, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for v, used := range r.links {
		if wire.VerifyLinkMAC(v, g.bind, g.nonce, j) {
			return v, used, true
		}
	}
	return verifier, false, false
}

// useLocked spends a link, which works past the queue once.
func (r *room) useLocked(verifier [32]byte) {
	if _, open := r.links[verifier]; open {
		r.links[verifier] = true
	}
}

// way returns the unused link that j's proof leads past the queue with, or nil:
// whoever shows a used one waits like everybody. A proof that no open link made
// counts like a wrong number.
func (r *room) way(g *gate, j wire.Join) (*[32]byte, error) {
	if len(j.LinkMAC) == 0 {
		return nil, nil //nolint:nilnil // as it says
	}
	verifier, used, known := r.holder(g, j)
	switch {
	case !known:
		return nil, errRoom
	case used:
		return nil, nil //nolint:nilnil // as it says
	default:
		return &verifier, nil
	}
}
