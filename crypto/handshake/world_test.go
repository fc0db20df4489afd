package handshake

import (
	"bytes"
	"crypto/ed25519"
	"io"
	"math/rand/v2"
	"testing"

	"lotse/crypto/secret"
)

// seeded returns the same random bytes for the same seed.
func seeded(seed uint64) io.Reader {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	return rand.NewChaCha8(key)
}

func signKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func meeting() Meeting {
	return Meeting{RelayKey: [32]byte{1}, Handle: [16]byte{2}, Ticket: [16]byte{3}, Nonce: [16]byte{4}}
}

func pin(s secret.Text) Secret { return Secret{Kind: KindPIN, PIN: s} }

func participantConfig() ParticipantConfig {
	return ParticipantConfig{
		Meeting: meeting(), Secret: pin("739204"), Signing: signKey(2), ProfileHash: [32]byte{5}, Name: "Erika",
		Rand: seeded(1),
	}
}

func masterConfig() MasterConfig {
	return MasterConfig{
		Meeting: meeting(), Secret: pin("739204"), Signing: signKey(1), ProfileHash: [32]byte{6}, PolicyHash: [32]byte{7},
		Licence: []byte("licence"), Operator: []byte("operator"), Attempts: new(Attempts), Replays: new(Replays),
		Rand: seeded(2),
	}
}

// relay may change any message on its way.
type relay func(kind byte, msg []byte) []byte

func honest(_ byte, msg []byte) []byte { return msg }

// outcome is how far each side came.
type outcome struct {
	pErr, mErr error
	result     *Result
	peer       *Peer
	keys       *Keys // the master's
	msgs       [4][]byte
}

// run plays one run through a relay. A side that fails is not asked again.
func run(pc ParticipantConfig, mc MasterConfig, through relay) (o outcome) {
	p, e1, err := NewParticipant(pc)
	if err != nil {
		o.pErr = err
		return o
	}
	o.msgs[0] = e1
	m, e2, err := NewMaster(mc, through(kindE1, e1))
	if err != nil {
		o.mErr = err
		return o
	}
	o.msgs[1] = e2
	e3, err := p.Respond(through(kindE2, e2))
	if err != nil {
		o.pErr = err
		return o
	}
	o.msgs[2] = e3
	if o.peer, o.mErr = m.Verify(through(kindE3, e3)); o.mErr != nil {
		return o
	}
	e4, keys, err := m.Decide(Admit)
	if err != nil {
		o.mErr = err
		return o
	}
	o.msgs[3], o.keys = e4, keys
	o.result, o.pErr = p.Finish(through(kindE4, e4))
	return o
}

// started returns both sides after E1 and E2.
func started(tb testing.TB, pc ParticipantConfig, mc MasterConfig) (*Participant, *Master, []byte) {
	tb.Helper()
	p, e1, err := NewParticipant(pc)
	if err != nil {
		tb.Fatal(err)
	}
	m, e2, err := NewMaster(mc, e1)
	if err != nil {
		tb.Fatal(err)
	}
	return p, m, e2
}

// proven returns both sides after E3.
func proven(tb testing.TB, pc ParticipantConfig, mc MasterConfig) (*Participant, *Master) {
	tb.Helper()
	p, m, e2 := started(tb, pc, mc)
	e3, err := p.Respond(e2)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := m.Verify(e3); err != nil {
		tb.Fatal(err)
	}
	return p, m
}

func resumeConfig() ResumeConfig {
	return ResumeConfig{Meeting: meeting(), Member: 2, Key: bytes.Repeat([]byte{8}, keySize), Replays: new(Replays), Rand: seeded(3)}
}

// resumed is how far each side of a resume came.
type resumed struct {
	pErr, mErr   error
	pKeys, mKeys *Keys
	msgs         [3][]byte
}

func resume(pc, mc ResumeConfig, through relay) (o resumed) {
	p, r1, err := StartResume(pc)
	if err != nil {
		o.pErr = err
		return o
	}
	o.msgs[0] = r1
	m, r2, err := AnswerResume(mc, through(kindR1, r1))
	if err != nil {
		o.mErr = err
		return o
	}
	o.msgs[1] = r2
	r3, keys, err := p.Finish(through(kindR2, r2))
	if err != nil {
		o.pErr = err
		return o
	}
	o.msgs[2], o.pKeys = r3, keys
	o.mKeys, o.mErr = m.Confirm(through(kindR3, r3))
	return o
}
