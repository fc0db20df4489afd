package handshake

import (
	"bytes"
	"crypto/ecdh"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"filippo.io/edwards25519/field"

	"lotse/crypto/canon"
	"lotse/crypto/cpace"
	"lotse/crypto/secret"
)

// TestRelayInTheMiddleHasOneGuess: a relay plays the master to the participant
// and the participant to the master, with one guess at a PIN of one digit. It
// is in the middle only if both sides end up with keys that it holds. The
// randomness is seeded, so the share of runs is the same every time.
//
// A relay may as well spend two different guesses, one on each side; then it
// can never be in the middle, and each side sees its miss.
func TestRelayInTheMiddleHasOneGuess(t *testing.T) {
	t.Parallel()
	const runs = 2000
	won, random := 0, rand.New(rand.NewPCG(1, 2))
	for i := range runs {
		right, guess := random.IntN(10), random.IntN(10)
		inside, left := relayInTheMiddle(t, i, right, guess)
		if inside != (right == guess) {
			t.Fatalf("run %d, PIN %d, guess %d: inside is %v", i, right, guess, inside)
		}
		if want := maxAttempts - 1; !inside && left != want {
			t.Fatalf("run %d: got %d attempts left after a miss, want %d", i, left, want)
		}
		if inside {
			won++
		}
	}
	t.Logf("%d of %d runs, %.1f %%", won, runs, 100*float64(won)/runs)
	if won < runs*8/100 || won > runs*12/100 {
		t.Errorf("got %d of %d runs, want 8 to 12 %%", won, runs)
	}
}

// relayInTheMiddle plays one run and reports whether the relay holds both
// sides' keys, and the attempts that the master has left.
func relayInTheMiddle(t *testing.T, i, right, guess int) (inside bool, left int) {
	t.Helper()
	pc, mc := participantConfig(), masterConfig()
	pc.Rand, mc.Rand = seeded(uint64(4*i)), seeded(uint64(4*i+1))
	pc.Secret = pin(secret.Text(strconv.Itoa(right)))
	mc.Secret = pc.Secret
	fakeM, fakeP := masterConfig(), participantConfig()
	fakeM.Secret = pin(secret.Text(strconv.Itoa(guess)))
	fakeP.Secret = fakeM.Secret
	fakeM.Signing, fakeP.Signing = signKey(66), signKey(67)
	fakeM.Rand, fakeP.Rand = seeded(uint64(4*i+2)), seeded(uint64(4*i+3))

	toP := run(pc, fakeM, honest)
	toM := run(fakeP, mc, honest)
	for _, o := range []outcome{toP, toM} {
		if o.mErr != nil && !errors.Is(o.mErr, ErrWrongSecret) {
			t.Fatal(o.mErr)
		}
	}
	// toP.keys are the relay's and toP.result.Keys the participant's; with
	// toM it is the other way round.
	inside = toP.result != nil && toM.result != nil &&
		bytes.Equal(toP.keys.PairPM, toP.result.Keys.PairPM) && bytes.Equal(toM.keys.PairPM, toM.result.Keys.PairPM)
	return inside, mc.Attempts.Left()
}

// TestShortStringShowsTheMiddle: with the number alone a relay gets into the
// middle every time, and the strings that the two people see then differ.
func TestShortStringShowsTheMiddle(t *testing.T) {
	for i := range 50 {
		pc, mc, fakeP, fakeM := participantConfig(), masterConfig(), participantConfig(), masterConfig()
		for j, s := range []*Secret{&pc.Secret, &mc.Secret, &fakeP.Secret, &fakeM.Secret} {
			*s = Secret{Kind: KindNumberOnly}
			seed := seeded(uint64(1000 + 4*i + j))
			switch j {
			case 0:
				pc.Rand = seed
			case 1:
				mc.Rand = seed
			case 2:
				fakeP.Rand = seed
			case 3:
				fakeM.Rand = seed
			}
		}
		fakeP.Signing, fakeM.Signing = signKey(66), signKey(67)
		toP, toM := run(pc, fakeM, honest), run(fakeP, mc, honest)
		if toP.result == nil || toM.keys == nil {
			t.Fatalf("run %d: %v %v %v %v", i, toP.pErr, toP.mErr, toM.pErr, toM.mErr)
		}
		if toP.result.Keys.SAS == toM.keys.SAS || toP.result.Keys.SASIndices == toM.keys.SASIndices {
			t.Errorf("run %d: both people see %q", i, toM.keys.SAS)
		}
	}
}

// TestRecordedRunTellsNothing gives an attacker a whole recorded run, the
// relay's view, and more than it could have: the ML-KEM secret, as if ML-KEM
// were broken. It then tries every candidate PIN on it. For each it computes
// the generator, and everything that follows from generator and transcript
// without a private scalar: whether the shares are points that such a run can
// have, and whether any point at hand, taken as the shared secret, makes the
// participant's tag. The answers must be the same for every candidate.
//
// That is evidence, not proof: it shows that nothing within reach of these
// checks, such as a forgotten check value, a share on the wrong curve for a
// wrong PIN or an unkeyed tag, tells a PIN apart. That nothing at all does is
// what CPace's proof says, under the assumption that Diffie-Hellman is hard on
// Curve25519 (draft-irtf-cfrg-cpace-21 section 12). The control at the end
// hands the attacker the private scalar; the same code must then find the PIN.
func TestRecordedRunTellsNothing(t *testing.T) {
	const right = 739
	candidates := 1000
	if os.Getenv(allPINs) != "" {
		candidates = 1_000_000
	}
	pc, mc := participantConfig(), masterConfig()
	pc.Secret, mc.Secret = pin(candidate(right)), pin(candidate(right))
	var e1, e2, e3 []byte
	p, e1, err := NewParticipant(pc)
	if err != nil {
		t.Fatal(err)
	}
	if _, e2, err = NewMaster(mc, e1); err != nil {
		t.Fatal(err)
	}
	if e3, err = p.Respond(e2); err != nil {
		t.Fatal(err)
	}
	rec := record(t, p, e1, e2, e3)

	want := rec.look(t, candidate(0), nil)
	for i := range candidates {
		if got := rec.look(t, candidate(i), nil); got != want {
			t.Errorf("PIN %s: got %s, want %s", candidate(i).Reveal(), got, want)
		}
	}
	var found []int
	plain := rec.look(t, candidate(0), rec.scalar)
	for i := range candidates {
		if rec.look(t, candidate(i), rec.scalar) != plain {
			found = append(found, i)
		}
	}
	if len(found) != 1 || found[0] != right {
		t.Errorf("with the scalar: got %v, want [%d]: the checks see nothing", found, right)
	}
}

// allPINs has every PIN of six digits tried, which takes a core for some ten
// minutes, instead of the first thousand.
const allPINs = "LOTSE_ALL_PINS"

func candidate(i int) secret.Text { return secret.Text(fmt.Sprintf("%06d", i)) }

// recording is what the attacker has.
type recording struct {
	ya, yb, tag, ss []byte
	th              [64]byte
	scalar          *ecdh.PrivateKey // for the control only
}

func record(t *testing.T, p *Participant, e1, e2, e3 []byte) recording {
	t.Helper()
	var first, second shares
	var third proof
	for _, d := range []error{decode(kindE1, e1, &first), decode(kindE2, e2, &second), decode(kindE3, e3, &third)} {
		if d != nil {
			t.Fatal(d)
		}
	}
	ss, err := p.kem.Decapsulate(p.ad.CT)
	if err != nil {
		t.Fatal(err)
	}
	// The same seed draws the same bytes: nonce, ML-KEM seed, scalar.
	drawn, err := draw(seeded(1), nonceSize+64+32)
	if err != nil {
		t.Fatal(err)
	}
	scalar, err := ecdh.X25519().NewPrivateKey(drawn[nonceSize+64:])
	if err != nil {
		t.Fatal(err)
	}
	return recording{ya: first.Y, yb: second.Y, tag: third.Tag, ss: ss, th: transcript(meeting(), first, second), scalar: scalar}
}

// look returns everything that the attacker sees of one candidate, as text.
func (r recording) look(t *testing.T, pin secret.Text, scalar *ecdh.PrivateKey) string {
	t.Helper()
	// crypto/cpace keeps the generator to itself. A run of the attacker's own,
	// with a scalar that it knows, shows a fixed multiple g of it, which is as
	// good: one determines the other.
	prs, err := Secret{Kind: KindPIN, PIN: pin}.prs()
	if err != nil {
		t.Fatal(err)
	}
	sid := meeting().SID()
	ownScalar := append([]byte{8}, make([]byte, 31)...)
	_, g, err := cpace.Start(bytes.NewReader(ownScalar), prs, meeting().ci(), sid[:])
	if err != nil {
		t.Fatal(err)
	}
	if scalar != nil { // the control: one more run, with the victim's scalar
		_, y, err := cpace.Start(bytes.NewReader(scalar.Bytes()), prs, meeting().ci(), sid[:])
		return fmt.Sprint(bytes.Equal(y[:], r.ya), err)
	}
	var out strings.Builder
	fmt.Fprint(&out, onCurve(t, r.ya), onCurve(t, r.yb), onCurve(t, g[:]), bytes.Equal(g[:], r.ya), bytes.Equal(g[:], r.yb))
	known, err := ecdh.X25519().NewPrivateKey(ownScalar)
	if err != nil {
		t.Fatal(err)
	}
	for _, point := range [][]byte{r.ya, r.yb, g[:]} {
		public, err := ecdh.X25519().NewPublicKey(point)
		if err != nil {
			t.Fatal(err)
		}
		k, err := known.ECDH(public)
		fmt.Fprint(&out, " ", err, r.opens(t, point), r.opens(t, k))
	}
	return out.String()
}

// opens reports whether k as the shared secret makes the participant's tag.
func (r recording) opens(t *testing.T, k []byte) bool {
	t.Helper()
	for _, isk := range [][]byte{k, func() []byte { s := sha512.Sum512(k); return s[:] }()} {
		s, err := newSchedule(r.th[:], canon.LV(isk, r.ss))
		if err != nil {
			t.Fatal(err)
		}
		if tagMatches(r.tag, s.confirmP, r.th[:]) {
			return true
		}
	}
	return false
}

// onCurve reports whether x is the u-coordinate of a point on Curve25519 and
// not of one on its twist.
func onCurve(t *testing.T, x []byte) bool {
	t.Helper()
	u, err := new(field.Element).SetBytes(x)
	if err != nil {
		t.Fatal(err)
	}
	one := new(field.Element).One()
	v := new(field.Element).Add(u, new(field.Element).Mult32(one, 486662))
	v.Multiply(v, u)
	v.Add(v, one)
	v.Multiply(v, u)
	_, square := new(field.Element).SqrtRatio(v, one)
	return square == 1
}

// stride is how many bytes the matrix goes on after each change of a long
// message. Every byte of the short ones is changed.
func stride(msg []byte) int {
	if len(msg) > 1000 {
		return 5
	}
	return 1
}

// TestEveryChangeEndsTheRun changes one byte of one message at a time, in
// three ways. Whatever the relay changes, somebody notices.
func TestEveryChangeEndsTheRun(t *testing.T) {
	t.Parallel()
	whole := run(participantConfig(), masterConfig(), honest)
	kinds := []byte{kindE1, kindE2, kindE3, kindE4}
	for i, kind := range kinds {
		for at := 0; at < len(whole.msgs[i]); at += stride(whole.msgs[i]) {
			flip := []byte{0x01, 0x20, 0x80}[at/stride(whole.msgs[i])%3]
			o := run(participantConfig(), masterConfig(), func(k byte, msg []byte) []byte {
				if k != kind || at >= len(msg) {
					return msg
				}
				msg = bytes.Clone(msg)
				msg[at] ^= flip
				return msg
			})
			if o.pErr == nil && o.mErr == nil {
				t.Errorf("E%d byte %d ^ %#x: both sides are content", i+1, at, flip)
			}
			if i < 3 && o.keys != nil {
				t.Errorf("E%d byte %d ^ %#x: the master holds keys", i+1, at, flip)
			}
			if o.result != nil {
				t.Errorf("E%d byte %d ^ %#x: the participant holds keys", i+1, at, flip)
			}
		}
	}
}

// lengths returns ways to cut a message and to make it longer.
func lengths(msg []byte) [][]byte {
	var out [][]byte
	for n := range msg {
		out = append(out, msg[:n])
	}
	return append(out, append(bytes.Clone(msg), 0), append(bytes.Clone(msg), msg...), append(bytes.Clone(msg), make([]byte, MaxMessage)...))
}

func TestEveryOtherLengthIsRefused(t *testing.T) {
	p, e1, err := NewParticipant(participantConfig())
	if err != nil {
		t.Fatal(err)
	}
	mc := masterConfig()
	for _, bad := range lengths(e1) {
		if _, _, err := NewMaster(mc, bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("E1 of %d bytes: got %v, want %v", len(bad), err, ErrMalformed)
		}
	}
	if mc.Attempts.Left() != maxAttempts {
		t.Errorf("got %d attempts left, want %d", mc.Attempts.Left(), maxAttempts)
	}
	m, e2, err := NewMaster(mc, e1)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range lengths(e2) {
		again := *p
		if _, err := again.Respond(bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("E2 of %d bytes: got %v, want %v", len(bad), err, ErrMalformed)
		}
	}
	e3, err := p.Respond(e2)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range lengths(e3) {
		again := *m
		if _, err := again.Verify(bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("E3 of %d bytes: got %v, want %v", len(bad), err, ErrMalformed)
		}
	}
	if _, err := m.Verify(e3); err != nil {
		t.Fatal(err)
	}
	e4, _, err := m.Decide(Wait)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range lengths(e4) {
		again := *p
		if _, err := again.Finish(bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("E4 of %d bytes: got %v, want %v", len(bad), err, ErrMalformed)
		}
	}
	if got, err := p.Finish(e4); err != nil || got.Decision != Wait {
		t.Errorf("whole: got %+v, %v, want Wait", got, err)
	}
}

// TestMessagesOfAnotherRunAreRefused sends each message of one run into
// another run with the same PIN.
func TestMessagesOfAnotherRunAreRefused(t *testing.T) {
	pc, mc := participantConfig(), masterConfig()
	pc.Rand, mc.Rand = seeded(100), seeded(101)
	other := run(pc, mc, honest)
	if other.pErr != nil || other.mErr != nil {
		t.Fatal(other.pErr, other.mErr)
	}
	for i, kind := range []byte{kindE1, kindE2, kindE3, kindE4} {
		o := run(participantConfig(), masterConfig(), func(k byte, msg []byte) []byte {
			if k == kind {
				return other.msgs[i]
			}
			return msg
		})
		if o.result != nil || i < 3 && o.keys != nil {
			t.Errorf("E%d of another run: got keys", i+1)
		}
		if !errors.Is(errors.Join(o.pErr, o.mErr), ErrWrongSecret) {
			t.Errorf("E%d of another run: got %v and %v, want %v", i+1, o.pErr, o.mErr, ErrWrongSecret)
		}
	}
}

// TestMessagesHaveOneSpelling writes the same values in another encoding: the
// map's keys in another order, a length in more bytes than it needs.
func TestMessagesHaveOneSpelling(t *testing.T) {
	_, e1, err := NewParticipant(participantConfig())
	if err != nil {
		t.Fatal(err)
	}
	var m shares
	if err := decode(kindE1, e1, &m); err != nil {
		t.Fatal(err)
	}
	ad := append(binary.BigEndian.AppendUint16([]byte{0x59}, uint16(len(m.AD))), m.AD...)
	y := append([]byte{0x58, 32}, m.Y...)
	if same := bytes.Join([][]byte{{kindE1, 0xa2, 1}, y, {2}, ad}, nil); !bytes.Equal(same, e1) {
		t.Fatalf("got %x, want %x", same[:8], e1[:8])
	}
	for name, bad := range map[string][]byte{
		"keys out of order": bytes.Join([][]byte{{kindE1, 0xa2, 2}, ad, {1}, y}, nil),
		"long length":       bytes.Join([][]byte{{kindE1, 0xa2, 1, 0x59, 0, 32}, m.Y, {2}, ad}, nil),
		"long key":          bytes.Join([][]byte{{kindE1, 0xa2, 0x18, 1}, y, {2}, ad}, nil),
		"further key":       bytes.Join([][]byte{{kindE1, 0xa3, 1}, y, {2}, ad, {3, 0}}, nil),
		"key twice":         bytes.Join([][]byte{{kindE1, 0xa3, 1}, y, {1}, y, {2}, ad}, nil),
		"tagged":            bytes.Join([][]byte{{kindE1, 0xc0, 0xa2, 1}, y, {2}, ad}, nil),
		"no definite end":   bytes.Join([][]byte{{kindE1, 0xbf, 1}, y, {2}, ad, {0xff}}, nil),
		"other kind":        append([]byte{kindE2}, e1[1:]...),
	} {
		if _, _, err := NewMaster(masterConfig(), bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %v, want %v", name, err, ErrMalformed)
		}
	}
}
