package hub

import (
	"crypto/ed25519"
	"errors"
	"maps"
	"slices"
	"time"

	"lotse/packaging/profile"
	"lotse/relay/wire"
)

// Claim is what a master showed to open a room, each part proven.
type Claim struct {
	// Licence is what its licence says.
	Licence profile.LicenceFacts
	// Device is the key of the computer it runs on.
	Device ed25519.PublicKey
	// Operator is the certificate of who uses it, as it came; empty is none.
	Operator []byte
}

// Operator is who opened a room; the zero Operator is nobody in particular.
type Operator struct {
	// ID is the user's, Login what the user types, Name what others see.
	ID, Login, Name string
	// Since is when the certificate was made.
	Since time.Time
}

// Policy decides who opens rooms, beyond what a licence says by itself: what
// was revoked, who has to log in. It must answer from memory.
type Policy interface {
	// Allow returns who the operator is, or why this claim opens no room.
	Allow(c Claim) (Operator, error)
	// Revoked reports whether a room that was opened so has to end. That
	// something ran out meanwhile is no reason: no session ends for that.
	Revoked(c Claim, o Operator) bool
}

// anybody is the policy of a relay that knows of no revocation.
type anybody struct{}

// Allow lets every licence that holds open a room.
func (anybody) Allow(Claim) (Operator, error) { return Operator{}, nil }

// Revoked reports that nothing is.
func (anybody) Revoked(Claim, Operator) bool { return false }

// allow asks the policy.
func (s *Server) allow(c Claim) (Operator, error) {
	o, err := s.cfg.Policy.Allow(c)
	if err != nil {
		return Operator{}, errors.Join(&wire.DeniedError{Reason: wire.ReasonLicence}, err)
	}
	return o, nil
}

// Recheck asks the policy about every room that is open and ends those that
// were revoked. It returns how many it ended.
func (s *Server) Recheck() int {
	s.mu.Lock()
	rooms := slices.Collect(maps.Values(s.rooms))
	s.mu.Unlock()
	ended := 0
	for _, r := range rooms {
		if r.revoke() {
			ended++
		}
	}
	return ended
}

// revoke ends the room if its licence, device or operator was revoked.
func (r *room) revoke() bool {
	r.mu.Lock()
	claim, operator := r.claim, r.operator
	r.mu.Unlock()
	if !r.server.cfg.Policy.Revoked(claim, operator) {
		return false
	}
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return false
	}
	master := r.master
	others := r.closeLocked()
	r.mu.Unlock()
	r.server.forget(r)
	r.server.cfg.Log.Info("room ended: revoked", "number", r.number, "licence", r.licence)
	if master != nil {
		master.part(wire.ReasonLicence)
	}
	for _, o := range others {
		o.part(wire.ReasonLicence)
	}
	return true
}
