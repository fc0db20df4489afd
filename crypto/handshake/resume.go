package handshake

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/mlkem"
	"crypto/sha512"
	"fmt"
	"io"

	"lotse/crypto/canon"
	"lotse/crypto/secret"
)

// ResumeConfig is what both sides bring to resume a lost pairing: the resume
// key of the last run instead of a PIN. The relay may be another one.
type ResumeConfig struct {
	Meeting Meeting
	// Member is the participant's number in the room.
	Member uint8
	// Key is Keys.Resume of the last run, 64 bytes.
	Key secret.Bytes
	// Replays knows the runs of the room; the master's side requires it.
	Replays *Replays
	// Rand is where the nonces and keys come from; nil means crypto/rand. The
	// ML-KEM ciphertext always uses crypto/rand.
	Rand io.Reader
}

func (c ResumeConfig) check() error {
	if len(c.Key) != keySize {
		return fmt.Errorf("%w: Key of %d bytes", ErrConfig, len(c.Key))
	}
	if c.Member < 2 {
		return fmt.Errorf("%w: Member %d", ErrConfig, c.Member)
	}
	return nil
}

// key derives what authenticates one direction's first message.
func (c ResumeConfig) key(label string) (secret.Bytes, error) {
	k, err := hkdf.Expand(sha512.New, c.Key.Reveal(), label, keySize)
	if err != nil {
		return nil, fmt.Errorf("handshake: derive: %w", err)
	}
	return k, nil
}

// bound is what every tag covers besides the messages.
func (c ResumeConfig) bound() []byte {
	sid := c.Meeting.SID()
	return canon.LV(sid[:], c.Meeting.ci(), []byte{c.Member})
}

// resumeOffer is R1 without its tag.
//
// CBOR map: 1 v · 2 member · 3 n_P (32) · 4 X25519 key (32) · 5 ML-KEM-768 key
// (1184).
type resumeOffer struct {
	V      uint16 `cbor:"1,keyasint"`
	Member uint8  `cbor:"2,keyasint"`
	Nonce  []byte `cbor:"3,keyasint"`
	Pub    []byte `cbor:"4,keyasint"`
	EK     []byte `cbor:"5,keyasint"`
}

func (m resumeOffer) check() error {
	if m.Member < 2 {
		return fmt.Errorf("%w: member %d", ErrMalformed, m.Member)
	}
	if err := sized("nonce", m.Nonce, nonceSize); err != nil {
		return err
	}
	if err := sized("X25519 key", m.Pub, x25519Size); err != nil {
		return err
	}
	return sized("ML-KEM key", m.EK, mlkem.EncapsulationKeySize768)
}

// resumeAnswer is R2 without its tag.
//
// CBOR map: 1 v · 2 n_M (32) · 3 X25519 key (32) · 4 ML-KEM-768 ciphertext
// (1088).
type resumeAnswer struct {
	V     uint16 `cbor:"1,keyasint"`
	Nonce []byte `cbor:"2,keyasint"`
	Pub   []byte `cbor:"3,keyasint"`
	CT    []byte `cbor:"4,keyasint"`
}

func (m resumeAnswer) check() error {
	if err := sized("nonce", m.Nonce, nonceSize); err != nil {
		return err
	}
	if err := sized("X25519 key", m.Pub, x25519Size); err != nil {
		return err
	}
	return sized("ML-KEM ciphertext", m.CT, mlkem.CiphertextSize768)
}

// x25519Size is the length of an X25519 public key in bytes.
const x25519Size = 32

// tagged is R1 and R2: a part as it was encoded and a tag over it.
//
// CBOR map: 1 part · 2 tag (64).
type tagged struct {
	Part []byte `cbor:"1,keyasint"`
	Tag  []byte `cbor:"2,keyasint"`
}

// resumeConfirm is R3.
//
// CBOR map: 1 HMAC(confirm P) (64).
type resumeConfirm struct {
	Tag []byte `cbor:"1,keyasint"`
}

func decodeTagged(kind byte, msg []byte, part interface{ check() error }) (tagged, error) {
	var m tagged
	if err := decode(kind, msg, &m); err != nil {
		return tagged{}, err
	}
	if err := sized("tag", m.Tag, sha512.Size); err != nil {
		return tagged{}, err
	}
	if err := decodePart(m.Part, part); err != nil {
		return tagged{}, err
	}
	return m, part.check()
}

// PeekResume returns the member number that an R1 claims, so that the master
// can look up that member's key. Nothing of it is authenticated.
func PeekResume(r1 []byte) (member uint8, err error) {
	var part resumeOffer
	if _, err := decodeTagged(kindR1, r1, &part); err != nil {
		return 0, err
	}
	return part.Member, nil
}

// Resuming is the participant's side of a resume.
type Resuming struct {
	cfg    ResumeConfig
	scalar *ecdh.PrivateKey
	kem    *mlkem.DecapsulationKey768
	r1     []byte
}

// StartResume begins a resume and returns R1.
func StartResume(cfg ResumeConfig) (*Resuming, []byte, error) {
	if err := cfg.check(); err != nil {
		return nil, nil, err
	}
	key, err := cfg.key("resume P")
	if err != nil {
		return nil, nil, err
	}
	r := &Resuming{cfg: cfg}
	nonce, err := draw(cfg.Rand, nonceSize)
	if err != nil {
		return nil, nil, err
	}
	if r.scalar, err = drawScalar(cfg.Rand); err != nil {
		return nil, nil, err
	}
	seed, err := draw(cfg.Rand, mlkem.SeedSize)
	if err != nil {
		return nil, nil, err
	}
	if r.kem, err = mlkem.NewDecapsulationKey768(seed); err != nil {
		return nil, nil, fmt.Errorf("handshake: ML-KEM key: %w", err)
	}
	part := canon.Marshal(resumeOffer{
		V: Version, Member: cfg.Member, Nonce: nonce,
		Pub: r.scalar.PublicKey().Bytes(), EK: r.kem.EncapsulationKey().Bytes(),
	})
	r.r1 = encode(kindR1, tagged{Part: part, Tag: tag(key, cfg.bound(), part)})
	return r, r.r1, nil
}

// Finish reads R2 and returns R3 and the new keys. R3 may get lost: keep the
// old resume key until the first record under the new keys opens.
func (r *Resuming) Finish(r2 []byte) ([]byte, *Keys, error) {
	scalar := r.scalar
	if scalar == nil {
		return nil, nil, ErrOrder
	}
	r.scalar = nil
	var part resumeAnswer
	m, err := decodeTagged(kindR2, r2, &part)
	if err != nil {
		return nil, nil, err
	}
	key, err := r.cfg.key("resume M")
	if err != nil {
		return nil, nil, err
	}
	if !tagMatches(m.Tag, key, r.cfg.bound(), r.r1, m.Part) {
		return nil, nil, ErrWrongSecret
	}
	if part.V != Version {
		return nil, nil, &VersionError{Ours: Version, Theirs: part.V}
	}
	shared, err := x25519(scalar, part.Pub)
	if err != nil {
		return nil, nil, err
	}
	ss, err := r.kem.Decapsulate(part.CT)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: ML-KEM: %w", ErrMalformed, err)
	}
	th, sched, err := r.cfg.schedule(r.r1, r2, shared, ss)
	if err != nil {
		return nil, nil, err
	}
	keys, err := sched.keys(th)
	if err != nil {
		return nil, nil, err
	}
	return encode(kindR3, resumeConfirm{Tag: tag(sched.confirmP, th[:])}), keys, nil
}

// Answering is the master's side of a resume. Until Confirm succeeds the old
// keys stay in force: a replayed R1 changes nothing.
type Answering struct {
	sched *schedule
	th    [64]byte
}

// AnswerResume reads R1 and returns R2.
func AnswerResume(cfg ResumeConfig, r1 []byte) (*Answering, []byte, error) {
	if err := cfg.check(); err != nil {
		return nil, nil, err
	}
	if cfg.Replays == nil {
		return nil, nil, fmt.Errorf("%w: Replays is missing", ErrConfig)
	}
	part, err := cfg.openR1(r1)
	if err != nil {
		return nil, nil, err
	}
	if err := cfg.Replays.Add(cfg.Meeting.SID()); err != nil {
		return nil, nil, err
	}
	nonce, err := draw(cfg.Rand, nonceSize)
	if err != nil {
		return nil, nil, err
	}
	scalar, err := drawScalar(cfg.Rand)
	if err != nil {
		return nil, nil, err
	}
	shared, err := x25519(scalar, part.Pub)
	if err != nil {
		return nil, nil, err
	}
	ek, err := mlkem.NewEncapsulationKey768(part.EK)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: ML-KEM: %w", ErrMalformed, err)
	}
	ss, ct := ek.Encapsulate()
	r2, err := cfg.sealR2(r1, resumeAnswer{V: Version, Nonce: nonce, Pub: scalar.PublicKey().Bytes(), CT: ct})
	if err != nil {
		return nil, nil, err
	}
	th, sched, err := cfg.schedule(r1, r2, shared, ss)
	if err != nil {
		return nil, nil, err
	}
	return &Answering{sched: sched, th: th}, r2, nil
}

func (c ResumeConfig) openR1(r1 []byte) (resumeOffer, error) {
	var part resumeOffer
	m, err := decodeTagged(kindR1, r1, &part)
	if err != nil {
		return resumeOffer{}, err
	}
	key, err := c.key("resume P")
	if err != nil {
		return resumeOffer{}, err
	}
	if part.Member != c.Member || !tagMatches(m.Tag, key, c.bound(), m.Part) {
		return resumeOffer{}, ErrWrongSecret
	}
	if part.V != Version {
		return resumeOffer{}, &VersionError{Ours: Version, Theirs: part.V}
	}
	return part, nil
}

func (c ResumeConfig) sealR2(r1 []byte, a resumeAnswer) ([]byte, error) {
	key, err := c.key("resume M")
	if err != nil {
		return nil, err
	}
	part := canon.Marshal(a)
	return encode(kindR2, tagged{Part: part, Tag: tag(key, c.bound(), r1, part)}), nil
}

// Confirm reads R3 and returns the new keys. The run is over on any error.
func (a *Answering) Confirm(r3 []byte) (*Keys, error) {
	sched := a.sched
	if sched == nil {
		return nil, ErrOrder
	}
	a.sched = nil
	var m resumeConfirm
	if err := decode(kindR3, r3, &m); err != nil {
		return nil, err
	}
	if err := sized("tag", m.Tag, sha512.Size); err != nil {
		return nil, err
	}
	if !tagMatches(m.Tag, sched.confirmP, a.th[:]) {
		return nil, ErrWrongSecret
	}
	return sched.keys(a.th)
}

// schedule makes the fresh secret:
//
//	th  = SHA-512(LV("lotse resume", sid, CI, R1, R2))
//	prk = HKDF-Extract-SHA512(salt th, ikm LV(resume key, x25519, ss))
func (c ResumeConfig) schedule(r1, r2, shared, ss []byte) ([64]byte, *schedule, error) {
	sid := c.Meeting.SID()
	th := sha512.Sum512(canon.LV([]byte("lotse resume"), sid[:], c.Meeting.ci(), r1, r2))
	s, err := newSchedule(th[:], canon.LV(c.Key.Reveal(), shared, ss))
	return th, s, err
}

func drawScalar(random io.Reader) (*ecdh.PrivateKey, error) {
	b, err := draw(random, x25519Size)
	if err != nil {
		return nil, err
	}
	k, err := ecdh.X25519().NewPrivateKey(b)
	if err != nil {
		return nil, fmt.Errorf("handshake: X25519 key: %w", err)
	}
	return k, nil
}

func x25519(scalar *ecdh.PrivateKey, public []byte) ([]byte, error) {
	p, err := ecdh.X25519().NewPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("%w: X25519: %w", ErrMalformed, err)
	}
	shared, err := scalar.ECDH(p)
	if err != nil {
		return nil, fmt.Errorf("%w: X25519: %w", ErrMalformed, err)
	}
	return shared, nil
}
