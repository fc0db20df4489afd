package handshake

import (
	"bytes"
	"crypto/ed25519"
	"crypto/mlkem"
	"crypto/subtle"
	"fmt"
	"io"
	"slices"

	"lotse/crypto/canon"
	"lotse/crypto/cpace"
	"lotse/crypto/secret"
)

// MasterConfig is what a master brings to a run with one joiner.
type MasterConfig struct {
	Meeting Meeting
	Secret  Secret
	// Signing is the key that signs the rosters.
	Signing ed25519.PrivateKey
	// ProfileHash and PolicyHash are the master's own.
	ProfileHash, PolicyHash [32]byte
	// Licence and Operator are signed notes of at most 3 KiB each; Operator
	// may be empty. Only a proven participant sees them.
	Licence, Operator []byte
	// Attempts counts the misses of Secret. It is required.
	Attempts *Attempts
	// Replays knows the runs of the room. It is required.
	Replays *Replays
	// Rand is where the nonces and keys come from; nil means crypto/rand. The
	// ML-KEM ciphertext always uses crypto/rand.
	Rand io.Reader
}

func (c *MasterConfig) check() error {
	switch {
	case c.Attempts == nil:
		return fmt.Errorf("%w: Attempts is missing", ErrConfig)
	case c.Replays == nil:
		return fmt.Errorf("%w: Replays is missing", ErrConfig)
	case len(c.Licence) > maxNote || len(c.Operator) > maxNote:
		return fmt.Errorf("%w: notes of %d and %d bytes", ErrConfig, len(c.Licence), len(c.Operator))
	}
	return nil
}

// Master is the master's side of one run. Its steps are Verify and Decide,
// each once, in this order.
type Master struct {
	cfg   MasterConfig
	keys  *schedule
	th    [64]byte
	nonce []byte
	offer offer

	proven *Peer
	nonceP []byte
	e3     []byte
}

// Peer is a participant that proved it knows the secret. The name is its own
// word.
type Peer struct {
	Name        string
	ProfileHash [32]byte
	SigKey      ed25519.PublicKey
	Certificate []byte
	LinkID      []byte

	refundable bool // guarded by Attempts.mu
}

// PeekLinkID returns the link id in an E1, empty for none, so that the master
// can look up that link's secret. Nothing of it is authenticated.
func PeekLinkID(e1 []byte) ([]byte, error) {
	var ad offer
	if _, err := decodeShares(kindE1, e1, &ad); err != nil {
		return nil, err
	}
	return ad.LinkID, nil
}

// NewMaster reads E1, takes an attempt and returns E2. It fails with
// ErrExhausted, ErrReplay or ErrFull before E2 exists.
func NewMaster(cfg MasterConfig, e1 []byte) (*Master, []byte, error) {
	if err := cfg.check(); err != nil {
		return nil, nil, err
	}
	public, err := publicKey(cfg.Signing)
	if err != nil {
		return nil, nil, err
	}
	prs, err := cfg.Secret.prs()
	if err != nil {
		return nil, nil, err
	}
	m := &Master{cfg: cfg}
	first, err := decodeShares(kindE1, e1, &m.offer)
	if err != nil {
		return nil, nil, err
	}
	ek, err := m.checkOffer(public)
	if err != nil {
		return nil, nil, err
	}
	if err := cfg.Replays.Add(cfg.Meeting.SID()); err != nil {
		return nil, nil, err
	}
	if !cfg.Attempts.Begin() {
		return nil, nil, ErrExhausted
	}
	e2, err := m.answer(prs, first, ek, public)
	if err != nil {
		return nil, nil, err
	}
	return m, e2, nil
}

// checkOffer refuses what this build can't do. None of it costs an attempt:
// nothing that depends on the secret has left.
func (m *Master) checkOffer(public ed25519.PublicKey) (*mlkem.EncapsulationKey768, error) {
	if m.offer.MinV > m.offer.V || Version < m.offer.MinV || Version > m.offer.V {
		return nil, &VersionError{Ours: Version, Theirs: m.offer.V}
	}
	if !slices.Contains(m.offer.Suites, suiteOne) {
		return nil, fmt.Errorf("%w: no common suite", ErrMalformed)
	}
	if bytes.Equal(m.offer.SigKey, public) {
		return nil, ErrReflected
	}
	ek, err := mlkem.NewEncapsulationKey768(m.offer.EK)
	if err != nil {
		return nil, fmt.Errorf("%w: ML-KEM: %w", ErrMalformed, err)
	}
	return ek, nil
}

func (m *Master) answer(prs secret.Bytes, e1 shares, ek *mlkem.EncapsulationKey768, public ed25519.PublicKey) ([]byte, error) {
	nonce, err := draw(m.cfg.Rand, nonceSize)
	if err != nil {
		return nil, err
	}
	sid := m.cfg.Meeting.SID()
	pake, share, err := cpace.Start(m.cfg.Rand, prs, m.cfg.Meeting.ci(), sid[:])
	if err != nil {
		return nil, fmt.Errorf("handshake: %w", err)
	}
	ss, ct := ek.Encapsulate()
	e2 := shares{Y: share[:], AD: canon.Marshal(answer{
		V: Version, Suite: suiteOne, CT: ct, SigKey: public, Nonce: nonce,
		PolicyHash: m.cfg.PolicyHash[:], ProfileHash: m.cfg.ProfileHash[:],
	})}
	isk, err := pake.Finish(cpace.Responder, [cpace.PointSize]byte(e1.Y), e2.AD, e1.AD)
	if err != nil {
		return nil, fmt.Errorf("handshake: %w", err)
	}
	m.nonce, m.th = nonce, transcript(m.cfg.Meeting, e1, e2)
	m.keys, err = newSchedule(m.th[:], canon.LV(isk.Reveal(), ss))
	if err != nil {
		return nil, err
	}
	return encode(kindE2, e2), nil
}

// Verify reads E3. The tag is checked first; ErrWrongSecret means that it does
// not match, and the attempt stays counted. The run is over on any error.
func (m *Master) Verify(e3 []byte) (*Peer, error) {
	if m.keys == nil || m.proven != nil {
		return nil, ErrOrder
	}
	peer, err := m.verify(e3)
	if err != nil {
		m.keys = nil
		return nil, err
	}
	m.proven, m.e3 = peer, bytes.Clone(e3)
	m.cfg.Attempts.Refund(peer)
	return peer, nil
}

func (m *Master) verify(e3 []byte) (*Peer, error) {
	var p proof
	if err := decode(kindE3, e3, &p); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	if !tagMatches(p.Tag, m.keys.confirmP, m.th[:]) {
		return nil, ErrWrongSecret
	}
	commit := commitment(p.Nonce)
	if subtle.ConstantTimeCompare(commit[:], m.offer.Commit) != 1 {
		return nil, ErrCommitment
	}
	if bytes.Equal(p.Nonce, m.nonce) {
		return nil, ErrReflected
	}
	plain, err := open(m.keys.sealP, p.aad(m.th), p.Sealed)
	if err != nil {
		return nil, err
	}
	var id identity
	if err := decodePart(plain, &id); err != nil {
		return nil, err
	}
	if err := id.check(); err != nil {
		return nil, err
	}
	if !ed25519.Verify(m.offer.SigKey, identityMessage(m.th), id.Sig) {
		return nil, ErrIdentity
	}
	m.nonceP = p.Nonce
	return &Peer{
		Name: id.Name, ProfileHash: [32]byte(id.ProfileHash), SigKey: m.offer.SigKey,
		Certificate: id.Certificate, LinkID: m.offer.LinkID, refundable: true,
	}, nil
}

// Decide returns E4 and the keys of the pair. With Deny the keys are good for
// nothing but a farewell.
func (m *Master) Decide(d Decision) ([]byte, *Keys, error) {
	if m.keys == nil || m.proven == nil {
		return nil, nil, ErrOrder
	}
	if !d.valid() {
		return nil, nil, fmt.Errorf("%w: decision %d", ErrConfig, d)
	}
	keys := m.keys
	m.keys = nil
	v := verdict{Tag: tag(keys.confirmM, m.th[:])}
	sealed, err := seal(keys.sealM, v.aad(m.th, m.e3), canon.Marshal(credentials{
		Licence: m.cfg.Licence, Operator: m.cfg.Operator, Decision: d,
		Sig: ed25519.Sign(m.cfg.Signing, identityMessage(m.th)),
	}))
	if err != nil {
		return nil, nil, err
	}
	v.Sealed = sealed
	out, err := pairKeys(keys, m.th, m.nonceP, m.nonce)
	if err != nil {
		return nil, nil, err
	}
	return encode(kindE4, v), out, nil
}
