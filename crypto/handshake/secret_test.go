package handshake

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"

	"lotse/crypto/canon"
	"lotse/crypto/secret"
)

func sprintf(format string, a any) string { return fmt.Sprintf(format, a) }

func TestSecretHasTheseBytes(t *testing.T) {
	got, err := Secret{Kind: KindPIN, PIN: "739204", Password: "pa"}.prs()
	want := "\x00\x00\x00\x09lotse prs\x00\x00\x00\x01\x01\x00\x00\x00\x06739204\x00\x00\x00\x02pa"
	if err != nil || string(got.Reveal()) != want {
		t.Errorf("got %q, %v, want %q", got.Reveal(), err, want)
	}
}

func TestPasswordsAreOneHoweverTyped(t *testing.T) {
	for _, same := range [][2]secret.Text{
		{"Gr\u00fc\u00dfe", "Gru\u0308\u00dfe"},  // one letter or letter and mark
		{"a\u00a0b", "a b"},                      // a no-break space is a space
		{"a\u3000b", "a b"},                      // and so is an ideographic one
		{"\u212bngstro\u0308m", "\u00c5ngström"}, // Angstrom sign and A with ring
	} {
		a, errA := preparePassword(same[0])
		b, errB := preparePassword(same[1])
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%q and %q: got %q, %v and %q, %v", same[0].Reveal(), same[1].Reveal(), a.Reveal(), errA, b.Reveal(), errB)
		}
	}
	a, _ := preparePassword("Password")
	b, _ := preparePassword("password")
	if bytes.Equal(a, b) {
		t.Error("upper and lower case are one")
	}
}

func TestBadSecretsAreRefused(t *testing.T) {
	for _, s := range []Secret{
		{},
		{PIN: "1"},
		{Kind: 4, PIN: "1"},
		{Kind: KindPIN},
		{Kind: KindPIN, PIN: "12a456"},
		{Kind: KindPIN, PIN: "１２３"},
		{Kind: KindPIN, PIN: "1234567890123"},
		{Kind: KindLink},
		{Kind: KindLink, PIN: "739204"},
		{Kind: KindLink, PIN: "AAAAAAAAAAAAAAAAAAAAAB"}, // idle bits set
		{Kind: KindNumberOnly, PIN: "1"},
		{Kind: KindPIN, PIN: "1", Password: "a\x00"},
		{Kind: KindPIN, PIN: "1", Password: "a\xff"},
		{Kind: KindPIN, PIN: "1", Password: secret.Text(bytes.Repeat([]byte{'a'}, maxPassword+1))},
	} {
		if got, err := s.prs(); !errors.Is(err, ErrConfig) {
			t.Errorf("kind %d, pin %q: got %q, %v, want %v", s.Kind, s.PIN.Reveal(), got.Reveal(), err, ErrConfig)
		}
	}
}

// TestDigitsAreDrawnByRejection: 250 to 255 would favour the digits 0 to 5.
func TestDigitsAreDrawnByRejection(t *testing.T) {
	got, err := NewPIN(bytes.NewReader([]byte{250, 255, 0, 249, 10, 254, 123, 7, 208}))
	if err != nil || got.Reveal() != "090378" {
		t.Errorf("pin: got %q, %v, want 090378", got.Reveal(), err)
	}
	number, err := NewNumber(bytes.NewReader([]byte{0, 10, 250, 4, 0, 0, 0, 9}), 5)
	if err != nil || number != "40009" {
		t.Errorf("number: got %q, %v, want 40009", number, err)
	}
	for _, n := range []int{-1, 0, 4, 10} {
		if got, err := NewNumber(nil, n); !errors.Is(err, ErrConfig) {
			t.Errorf("%d digits: got %q, %v, want %v", n, got, err, ErrConfig)
		}
	}
	if got, err := NewPIN(bytes.NewReader([]byte{1, 2, 3, 4, 5})); err == nil {
		t.Errorf("too few random bytes: got %q", got.Reveal())
	}
}

func TestDigitsAreEquallyLikely(t *testing.T) {
	var count [PINDigits][10]int
	random := seeded(7)
	const pins = 20_000
	for range pins {
		p, err := NewPIN(random)
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range []byte(p.Reveal()) {
			count[i][d-'0']++
		}
	}
	for i := range count {
		chi := 0.0
		for _, n := range count[i] {
			d := float64(n) - pins/10
			chi += d * d / (pins / 10)
		}
		if chi > 27.9 { // nine degrees of freedom, one in a thousand
			t.Errorf("digit %d: chi square %.1f, counts %v", i, chi, count[i])
		}
	}
}

func TestLinkHolds128Bits(t *testing.T) {
	got, err := NewLink(bytes.NewReader([]byte("0123456789abcdef")))
	if err != nil || got.Reveal() != "MDEyMzQ1Njc4OWFiY2RlZg" {
		t.Errorf("got %q, %v, want MDEyMzQ1Njc4OWFiY2RlZg", got.Reveal(), err)
	}
	if _, err := (Secret{Kind: KindLink, PIN: got}).prs(); err != nil {
		t.Errorf("as a secret: got %v", err)
	}
}

func TestShortStringHasTheseDigits(t *testing.T) {
	raw := make(secret.Bytes, 64)
	raw[52], raw[53], raw[54], raw[55] = 0x05, 0xf5, 0xe1, 0x05 // 10^8 + 5
	raw[56], raw[61] = 0xff, 0x41
	text, indices := sas(raw)
	if want := "00 00 00 05"; text != want || indices != [6]uint8{63, 0, 0, 0, 0, 1} {
		t.Errorf("got %q %v, want %q", text, indices, want)
	}
}

func TestAttemptIsRefundedOnlyByAValidE3(t *testing.T) {
	a, replays := new(Attempts), new(Replays)
	config := func(n byte, p secret.Text) (ParticipantConfig, MasterConfig) {
		pc, mc := participantConfig(), masterConfig()
		pc.Secret.PIN, mc.Attempts, mc.Replays = p, a, replays
		pc.Meeting.Nonce[0], mc.Meeting.Nonce[0] = n, n
		return pc, mc
	}
	left := func(what string, want int) {
		t.Helper()
		if got := a.Left(); got != want {
			t.Errorf("%s: got %d left, want %d", what, got, want)
		}
	}
	left("new", 5)
	pc, mc := config(1, "739204")
	p, m, e2 := started(t, pc, mc)
	left("E2 is out", 4)
	e3, err := p.Respond(e2)
	if err != nil {
		t.Fatal(err)
	}
	peer, err := m.Verify(e3)
	if err != nil {
		t.Fatal(err)
	}
	left("valid E3", 5)
	for _, p := range []*Peer{nil, {}, {Name: "Erika", SigKey: make([]byte, 32)}, peer} {
		if a.Refund(p) {
			t.Errorf("%+v got a second refund", p)
		}
	}
	pc, mc = config(2, "739204")
	started(t, pc, mc)
	left("a run never finished", 4)
	for i := range byte(4) {
		pc, mc = config(3+i, "000000")
		if o := run(pc, mc, honest); !errors.Is(o.mErr, ErrWrongSecret) {
			t.Errorf("miss %d: got %v, want %v", i, o.mErr, ErrWrongSecret)
		}
		left("miss", 3-int(i))
	}
	if !a.Exhausted() {
		t.Error("five misses do not exhaust")
	}
	pc, mc = config(10, "739204")
	if o := run(pc, mc, honest); !errors.Is(o.mErr, ErrExhausted) || o.msgs[1] != nil {
		t.Errorf("the right PIN too late: got %v and E2 of %d bytes, want %v", o.mErr, len(o.msgs[1]), ErrExhausted)
	}
}

// TestRunsSideBySideGetNoMoreGuesses begins many runs at once and finishes
// none.
func TestRunsSideBySideGetNoMoreGuesses(t *testing.T) {
	a, replays := new(Attempts), new(Replays)
	var mu sync.Mutex
	begun := 0
	var wg sync.WaitGroup
	for i := range byte(20) {
		wg.Go(func() {
			pc, mc := participantConfig(), masterConfig()
			mc.Attempts, mc.Replays = a, replays
			pc.Meeting.Nonce[0], mc.Meeting.Nonce[0] = i, i
			_, e1, err := NewParticipant(pc)
			if err != nil {
				t.Error(err)
				return
			}
			if _, _, err := NewMaster(mc, e1); err == nil {
				mu.Lock()
				begun++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if begun != maxAttempts {
		t.Errorf("got %d runs, want %d", begun, maxAttempts)
	}
}

func TestRepeatedRunIsRefused(t *testing.T) {
	mc := masterConfig()
	if o := run(participantConfig(), mc, honest); o.mErr != nil || o.pErr != nil {
		t.Fatal(o.mErr, o.pErr)
	}
	o := run(participantConfig(), mc, honest)
	if !errors.Is(o.mErr, ErrReplay) || o.msgs[1] != nil {
		t.Errorf("got %v and E2 of %d bytes, want %v", o.mErr, len(o.msgs[1]), ErrReplay)
	}
	if got := mc.Attempts.Left(); got != maxAttempts {
		t.Errorf("got %d left, want %d", got, maxAttempts)
	}
}

func TestFullRoomForgetsNobody(t *testing.T) {
	var r Replays
	sid := func(i uint64) [32]byte { return [32]byte(append(canon.Uint(i), make([]byte, 24)...)) }
	for i := range uint64(maxReplays) {
		if err := r.Add(sid(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Add(sid(maxReplays)); !errors.Is(err, ErrFull) {
		t.Errorf("one more: got %v, want %v", err, ErrFull)
	}
	if err := r.Add(sid(0)); !errors.Is(err, ErrReplay) {
		t.Errorf("the first again: got %v, want %v", err, ErrReplay)
	}
}
