package handshake

import (
	"bytes"
	"crypto/ed25519"
	"crypto/mlkem"
	"fmt"
	"io"
	"slices"

	"lotse/crypto/canon"
	"lotse/crypto/cpace"
	"lotse/crypto/epoch"
	"lotse/crypto/secret"
)

// ParticipantConfig is what a participant brings to a run.
type ParticipantConfig struct {
	Meeting Meeting
	Secret  Secret
	// Signing is the key that signs this member's messages.
	Signing ed25519.PrivateKey
	// ProfileHash is the hash of the participant's own profile.
	ProfileHash [32]byte
	// Name is what the person wants to be called.
	Name string
	// Certificate is the person's own certificate, at most 2 KiB; empty for
	// none.
	Certificate []byte
	// LinkID tells the master which personal link this is, at most 32 bytes;
	// empty for none.
	LinkID []byte
	// MinVersion is the oldest version accepted; zero means Version.
	MinVersion uint16
	// Rand is where the nonces and keys come from; nil means crypto/rand.
	Rand io.Reader
}

// check fills in the defaults.
func (c *ParticipantConfig) check() error {
	if c.MinVersion == 0 {
		c.MinVersion = Version
	}
	switch {
	case c.MinVersion > Version:
		return fmt.Errorf("%w: MinVersion %d", ErrConfig, c.MinVersion)
	case len(c.Certificate) > maxCertificate:
		return fmt.Errorf("%w: Certificate of %d bytes", ErrConfig, len(c.Certificate))
	case len(c.LinkID) > maxLinkID:
		return fmt.Errorf("%w: LinkID of %d bytes", ErrConfig, len(c.LinkID))
	}
	if err := epoch.CheckName(c.Name); err != nil {
		return fmt.Errorf("%w: Name: %w", ErrConfig, err)
	}
	return nil
}

// Participant is the participant's side of one run. Its steps are Respond and
// Finish, each once, in this order.
type Participant struct {
	cfg   ParticipantConfig
	pake  *cpace.State
	kem   *mlkem.DecapsulationKey768
	nonce []byte
	e1    shares
	offer offer

	keys *schedule
	th   [64]byte
	e3   []byte
	ad   answer
}

// Result is what a participant knows after a run. The notes are the master's
// word under the key agreement; whose licence it is the caller checks.
type Result struct {
	Keys *Keys
	// Decision says whether a Welcome follows.
	Decision Decision
	// MasterKey is the key that signs the rosters.
	MasterKey ed25519.PublicKey
	// Licence and Operator are notes as they travelled; Operator may be
	// empty.
	Licence, Operator []byte
	// PolicyHash and ProfileHash are the master's.
	PolicyHash, ProfileHash [32]byte
}

// NewParticipant begins a run and returns E1.
func NewParticipant(cfg ParticipantConfig) (*Participant, []byte, error) {
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
	p := &Participant{cfg: cfg}
	if p.nonce, err = draw(cfg.Rand, nonceSize); err != nil {
		return nil, nil, err
	}
	seed, err := draw(cfg.Rand, mlkem.SeedSize)
	if err != nil {
		return nil, nil, err
	}
	if p.kem, err = mlkem.NewDecapsulationKey768(seed); err != nil {
		return nil, nil, fmt.Errorf("handshake: ML-KEM key: %w", err)
	}
	sid := cfg.Meeting.SID()
	pake, share, err := cpace.Start(cfg.Rand, prs, cfg.Meeting.ci(), sid[:])
	if err != nil {
		return nil, nil, fmt.Errorf("handshake: %w", err)
	}
	commit := commitment(p.nonce)
	p.pake = pake
	p.offer = offer{
		V: Version, MinV: cfg.MinVersion, Suites: []uint16{suiteOne},
		EK: p.kem.EncapsulationKey().Bytes(), SigKey: public, Commit: commit[:], LinkID: cfg.LinkID,
	}
	p.e1 = shares{Y: share[:], AD: canon.Marshal(p.offer)}
	return p, encode(kindE1, p.e1), nil
}

// Respond reads E2 and returns E3. The run is over on any error: a second
// answer to the same E1 would be a second guess.
func (p *Participant) Respond(e2 []byte) ([]byte, error) {
	pake := p.pake
	if pake == nil {
		return nil, ErrOrder
	}
	p.pake = nil
	m, err := decodeShares(kindE2, e2, &p.ad)
	if err != nil {
		return nil, err
	}
	if err := p.checkAnswer(); err != nil {
		return nil, err
	}
	isk, err := pake.Finish(cpace.Initiator, [cpace.PointSize]byte(m.Y), p.e1.AD, m.AD)
	if err != nil {
		return nil, fmt.Errorf("handshake: %w", err)
	}
	ss, err := p.kem.Decapsulate(p.ad.CT)
	if err != nil {
		return nil, fmt.Errorf("%w: ML-KEM: %w", ErrMalformed, err)
	}
	p.th = transcript(p.cfg.Meeting, p.e1, m)
	keys, err := newSchedule(p.th[:], canon.LV(isk.Reveal(), ss))
	if err != nil {
		return nil, err
	}
	return p.prove(keys)
}

// checkAnswer refuses what the master may not choose.
func (p *Participant) checkAnswer() error {
	if p.ad.V < p.offer.MinV || p.ad.V > p.offer.V {
		return &VersionError{Ours: p.offer.V, Theirs: p.ad.V}
	}
	if !slices.Contains(p.offer.Suites, p.ad.Suite) {
		return fmt.Errorf("%w: suite %d was not offered", ErrMalformed, p.ad.Suite)
	}
	if bytes.Equal(p.ad.SigKey, p.offer.SigKey) || bytes.Equal(p.ad.Nonce, p.nonce) {
		return ErrReflected
	}
	return nil
}

func (p *Participant) prove(keys *schedule) ([]byte, error) {
	m := proof{Tag: tag(keys.confirmP, p.th[:]), Nonce: p.nonce}
	sealed, err := seal(keys.sealP, m.aad(p.th), canon.Marshal(identity{
		Name: p.cfg.Name, ProfileHash: p.cfg.ProfileHash[:], Certificate: p.cfg.Certificate,
		Sig: ed25519.Sign(p.cfg.Signing, identityMessage(p.th)),
	}))
	if err != nil {
		return nil, err
	}
	m.Sealed = sealed
	p.keys, p.e3 = keys, encode(kindE3, m)
	return p.e3, nil
}

// Finish reads E4. The master's tag is checked before anything else in it is
// looked at. The run is over on any error.
func (p *Participant) Finish(e4 []byte) (*Result, error) {
	keys := p.keys
	if keys == nil {
		return nil, ErrOrder
	}
	p.keys = nil
	var m verdict
	if err := decode(kindE4, e4, &m); err != nil {
		return nil, err
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	if !tagMatches(m.Tag, keys.confirmM, p.th[:]) {
		return nil, ErrWrongSecret
	}
	plain, err := open(keys.sealM, m.aad(p.th, p.e3), m.Sealed)
	if err != nil {
		return nil, err
	}
	var c credentials
	if err := decodePart(plain, &c); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	if !ed25519.Verify(p.ad.SigKey, identityMessage(p.th), c.Sig) {
		return nil, ErrIdentity
	}
	out, err := pairKeys(keys, p.th, p.nonce, p.ad.Nonce)
	if err != nil {
		return nil, err
	}
	return &Result{
		Keys: out, Decision: c.Decision, MasterKey: p.ad.SigKey, Licence: c.Licence, Operator: c.Operator,
		PolicyHash: [32]byte(p.ad.PolicyHash), ProfileHash: [32]byte(p.ad.ProfileHash),
	}, nil
}

// pairKeys makes the keys of a first meeting. The string that people compare
// depends on both nonces: neither side could choose its own after it had seen
// the other's, because the participant's was committed to.
func pairKeys(s *schedule, th [64]byte, nonceP, nonceM []byte) (*Keys, error) {
	k, err := s.keys(th)
	if err != nil {
		return nil, err
	}
	var raw secret.Bytes
	if raw, err = s.expand(string(canon.LV([]byte("sas"), nonceP, nonceM))); err != nil {
		return nil, err
	}
	k.SAS, k.SASIndices = sas(raw)
	return k, nil
}
