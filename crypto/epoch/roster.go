package epoch

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"lotse/crypto/canon"
)

const (
	// MaxMembers is how many members an epoch has at most: a member number is
	// one byte and 0 is nobody.
	MaxMembers = 255
	// MaxRoster is the longest encoded roster in bytes: 255 members with keys
	// and names of 64 bytes. It travels in one Welcome, which must fit a
	// control frame of 64 KiB.
	MaxRoster = 32 << 10
	// MasterID is the member number of the master.
	MasterID uint8 = 1
	// rosterVersion is the layout below.
	rosterVersion = 1
)

var (
	// ErrRoster says that a roster breaks a rule of its layout.
	ErrRoster = errors.New("epoch: bad roster")
	// ErrRosterSignature says that the master did not sign a roster.
	ErrRosterSignature = errors.New("epoch: roster not signed by the master")
	// ErrChain says that a roster does not follow the one before it.
	ErrChain = errors.New("epoch: roster does not follow the one before")
)

// Role is what a member is. The zero Role is refused.
type Role uint8

// The roles, as numbers that travel.
const (
	RoleMaster      Role = 1
	RoleParticipant Role = 2
	RoleWeb         Role = 3 // a browser: weaker, shown as such
)

// Member is one line of a roster.
//
// CBOR map: 1 id · 2 name · 3 role · 4 signing key (32).
type Member struct {
	ID     uint8    `cbor:"1,keyasint"`
	Name   string   `cbor:"2,keyasint"`
	Role   Role     `cbor:"3,keyasint"`
	SigKey [32]byte `cbor:"4,keyasint"`
}

// Roster says who is in an epoch. Members stand in the order of their
// numbers; the master is number 1.
//
// CBOR map: 1 version · 2 session · 3 epoch · 4 hash of the roster before,
// zeros in epoch 1 · 5 hash of the policy · 6 members.
type Roster struct {
	Version uint8    `cbor:"1,keyasint"`
	Session [16]byte `cbor:"2,keyasint"`
	Epoch   uint64   `cbor:"3,keyasint"`
	Prev    [32]byte `cbor:"4,keyasint"`
	Policy  [32]byte `cbor:"5,keyasint"`
	Members []Member `cbor:"6,keyasint"`
}

// RosterHash identifies a roster: SHA-256 over its bytes as they travelled.
func RosterHash(encoded []byte) [32]byte { return sha256.Sum256(encoded) }

// SignRoster encodes r and signs it with the master's key: sig_M("lotse
// roster" ‖ bytes). Version is filled in.
func SignRoster(r Roster, master ed25519.PrivateKey) (encoded, sig []byte, err error) {
	r.Version = rosterVersion
	if err := r.check(); err != nil {
		return nil, nil, err
	}
	encoded = canon.Marshal(r)
	if len(encoded) > MaxRoster {
		return nil, nil, fmt.Errorf("%w: %d bytes", ErrRoster, len(encoded))
	}
	return encoded, ed25519.Sign(master, rosterMessage(encoded)), nil
}

// ParseRoster reads a roster and checks its rules. It does not know who signed
// it; use Chain.
func ParseRoster(encoded []byte) (Roster, error) {
	if len(encoded) > MaxRoster {
		return Roster{}, fmt.Errorf("%w: %d bytes", ErrRoster, len(encoded))
	}
	var r Roster
	if err := canon.Unmarshal(encoded, &r); err != nil {
		return Roster{}, fmt.Errorf("%w: %w", ErrRoster, err)
	}
	if err := r.check(); err != nil {
		return Roster{}, err
	}
	return r, nil
}

// Member returns the line of a member number.
func (r Roster) Member(id uint8) (Member, bool) {
	i, ok := slices.BinarySearchFunc(r.Members, id, func(m Member, id uint8) int { return int(m.ID) - int(id) })
	if !ok {
		return Member{}, false
	}
	return r.Members[i], true
}

func (r Roster) check() error {
	switch {
	case r.Version != rosterVersion:
		return fmt.Errorf("%w: version %d", ErrRoster, r.Version)
	case r.Epoch == 0:
		return fmt.Errorf("%w: epoch 0", ErrRoster)
	case (r.Epoch == 1) != (r.Prev == [32]byte{}):
		return fmt.Errorf("%w: epoch %d and the hash before", ErrRoster, r.Epoch)
	case len(r.Members) == 0 || len(r.Members) > MaxMembers:
		return fmt.Errorf("%w: %d members", ErrRoster, len(r.Members))
	}
	keys := make(map[[32]byte]bool, len(r.Members))
	for i, m := range r.Members {
		if i > 0 && m.ID <= r.Members[i-1].ID {
			return fmt.Errorf("%w: member %d after %d", ErrRoster, m.ID, r.Members[i-1].ID)
		}
		if err := m.check(); err != nil {
			return err
		}
		if keys[m.SigKey] {
			return fmt.Errorf("%w: member %d has another's key", ErrRoster, m.ID)
		}
		keys[m.SigKey] = true
	}
	if r.Members[0].ID != MasterID {
		return fmt.Errorf("%w: no master", ErrRoster)
	}
	return nil
}

func (m Member) check() error {
	if m.ID == 0 || m.Role < RoleMaster || m.Role > RoleWeb || (m.Role == RoleMaster) != (m.ID == MasterID) {
		return fmt.Errorf("%w: member %d with role %d", ErrRoster, m.ID, m.Role)
	}
	if err := CheckName(m.Name); err != nil {
		return fmt.Errorf("%w: member %d: %w", ErrRoster, m.ID, err)
	}
	return nil
}

func rosterMessage(encoded []byte) []byte { return append([]byte("lotse roster"), encoded...) }

// Chain follows the rosters of a session, as a member that learned the
// master's key in its handshake.
type Chain struct {
	session [16]byte
	master  ed25519.PublicKey
	last    Roster
	hash    [32]byte
}

// NewChain returns a chain that accepts any first roster of the session by
// the master's key and from then on only the ones that follow it.
func NewChain(session [16]byte, master ed25519.PublicKey) (*Chain, error) {
	if len(master) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("epoch: master key of %d bytes", len(master))
	}
	return &Chain{session: session, master: slices.Clone(master)}, nil
}

// Next checks that the roster is signed by the master, is of this session,
// counts up by one and names the hash of the one before. On error nothing has
// changed.
func (c *Chain) Next(encoded, sig []byte) (Roster, error) {
	r, err := c.open(encoded, sig)
	if err != nil {
		return Roster{}, err
	}
	switch first := c.last.Epoch == 0; {
	case !first && r.Epoch != c.last.Epoch+1:
		return Roster{}, fmt.Errorf("%w: epoch %d after %d", ErrChain, r.Epoch, c.last.Epoch)
	case !first && r.Prev != c.hash:
		return Roster{}, fmt.Errorf("%w: another history", ErrChain)
	}
	c.last, c.hash = r, RosterHash(encoded)
	return r, nil
}

// Rejoin accepts a later roster although others in between were missed. It is
// for the first Welcome after a proven resume and for nothing else: what
// happened in between is the master's word alone. On error nothing has changed.
func (c *Chain) Rejoin(encoded, sig []byte) (Roster, error) {
	r, err := c.open(encoded, sig)
	if err != nil {
		return Roster{}, err
	}
	hash := RosterHash(encoded)
	if r.Epoch < c.last.Epoch || r.Epoch == c.last.Epoch && hash != c.hash {
		return Roster{}, fmt.Errorf("%w: epoch %d after %d", ErrChain, r.Epoch, c.last.Epoch)
	}
	c.last, c.hash = r, hash
	return r, nil
}

// open checks what every roster of this session must be.
func (c *Chain) open(encoded, sig []byte) (Roster, error) {
	if len(encoded) > MaxRoster {
		return Roster{}, fmt.Errorf("%w: %d bytes", ErrRoster, len(encoded))
	}
	if !ed25519.Verify(c.master, rosterMessage(encoded), sig) {
		return Roster{}, ErrRosterSignature
	}
	r, err := ParseRoster(encoded)
	if err != nil {
		return Roster{}, err
	}
	switch {
	case r.Session != c.session:
		return Roster{}, fmt.Errorf("%w: of another session", ErrChain)
	case r.Members[0].SigKey != [32]byte(c.master):
		return Roster{}, fmt.Errorf("%w: another master", ErrChain)
	}
	return r, nil
}

// Hash returns the hash of the last roster; zeros before the first.
func (c *Chain) Hash() [32]byte { return c.hash }

// Last returns the last roster; its Epoch is 0 before the first.
func (c *Chain) Last() Roster { return c.last }

// SignReady is a member's word that it uses an epoch with this roster:
// sig_P(LV("lotse ready", session, epoch, roster hash)).
func SignReady(key ed25519.PrivateKey, session [16]byte, number uint64, rosterHash [32]byte) []byte {
	return ed25519.Sign(key, readyMessage(session, number, rosterHash))
}

// VerifyReady reports whether sig is the member's word for this roster.
func VerifyReady(key ed25519.PublicKey, session [16]byte, number uint64, rosterHash [32]byte, sig []byte) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, readyMessage(session, number, rosterHash), sig)
}

func readyMessage(session [16]byte, number uint64, rosterHash [32]byte) []byte {
	return canon.LV([]byte("lotse ready"), session[:], canon.Uint(number), rosterHash[:])
}
