package handshake

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"lotse/crypto/canon"
)

func TestResumeGivesBothSidesFreshKeys(t *testing.T) {
	first := run(participantConfig(), masterConfig(), honest)
	pc, mc := resumeConfig(), resumeConfig()
	pc.Key, mc.Key = first.result.Keys.Resume, first.keys.Resume
	var all []*Keys
	for i := range byte(3) {
		pc.Meeting.Ticket[0], mc.Meeting.Ticket[0] = i, i
		o := resume(pc, mc, honest)
		if o.pErr != nil || o.mErr != nil {
			t.Fatal(o.pErr, o.mErr)
		}
		if !reflect.DeepEqual(o.pKeys, o.mKeys) {
			t.Errorf("resume %d: the two sides hold different keys", i)
		}
		if o.pKeys.SAS != "" {
			t.Errorf("resume %d: got a string to compare: %q", i, o.pKeys.SAS)
		}
		pc.Key, mc.Key = o.pKeys.Resume, o.mKeys.Resume
		all = append(all, o.pKeys)
	}
	seen := map[string]bool{string(first.keys.PairPM): true, string(first.keys.PairMP): true, string(first.keys.Resume): true}
	for i, k := range all {
		for _, b := range [][]byte{k.PairPM, k.PairMP, k.Resume, k.Transcript[:]} {
			if len(b) != keySize || seen[string(b)] {
				t.Errorf("resume %d: got a key of %d bytes, seen before: %v", i, len(b), seen[string(b)])
			}
			seen[string(b)] = true
		}
	}
}

// TestResumeKeyAloneReadsNothing: both sides draw anew, so somebody who holds
// the resume key and the recorded run still lacks the fresh secrets. Equal
// participants with equal randomness get other keys each time.
func TestResumeKeyAloneReadsNothing(t *testing.T) {
	a, b := resume(resumeConfig(), resumeConfig(), honest), resume(resumeConfig(), resumeConfig(), honest)
	if !bytes.Equal(a.msgs[0], b.msgs[0]) {
		t.Fatal("the two runs do not begin alike")
	}
	if bytes.Equal(a.pKeys.PairPM, b.pKeys.PairPM) {
		t.Error("the ML-KEM secret does not matter")
	}
}

func TestResumeIsTiedToItsMeeting(t *testing.T) {
	for name, change := range map[string]func(*ResumeConfig){
		"key":       func(c *ResumeConfig) { c.Key = bytes.Repeat([]byte{9}, keySize) },
		"member":    func(c *ResumeConfig) { c.Member = 3 },
		"relay key": func(c *ResumeConfig) { c.Meeting.RelayKey[0] ^= 1 },
		"handle":    func(c *ResumeConfig) { c.Meeting.Handle[0] ^= 1 },
		"ticket":    func(c *ResumeConfig) { c.Meeting.Ticket[0] ^= 1 },
		"nonce":     func(c *ResumeConfig) { c.Meeting.Nonce[0] ^= 1 },
	} {
		mc := resumeConfig()
		change(&mc)
		o := resume(resumeConfig(), mc, honest)
		if !errors.Is(o.mErr, ErrWrongSecret) || o.mKeys != nil || o.msgs[1] != nil {
			t.Errorf("%s: got %v, want %v", name, o.mErr, ErrWrongSecret)
		}
	}
}

// TestReplayedR1ChangesNothing: the recorded R1 of a resume is refused under
// the same identifier, belongs to its own meeting under another, and without
// R3 nobody gets keys.
func TestReplayedR1ChangesNothing(t *testing.T) {
	mc := resumeConfig()
	o := resume(resumeConfig(), mc, honest)
	if o.mErr != nil {
		t.Fatal(o.mErr)
	}
	if _, _, err := AnswerResume(mc, o.msgs[0]); !errors.Is(err, ErrReplay) {
		t.Errorf("same identifier: got %v, want %v", err, ErrReplay)
	}
	mc.Meeting.Ticket[0] ^= 1
	if _, _, err := AnswerResume(mc, o.msgs[0]); !errors.Is(err, ErrWrongSecret) {
		t.Errorf("other identifier: got %v, want %v", err, ErrWrongSecret)
	}
	mc = resumeConfig() // as if the master had forgotten the identifier
	m, _, err := AnswerResume(mc, o.msgs[0])
	if err != nil {
		t.Fatal(err)
	}
	if got, err := m.Confirm(o.msgs[2]); !errors.Is(err, ErrWrongSecret) || got != nil {
		t.Errorf("replayed R3: got %v, %v, want %v", got, err, ErrWrongSecret)
	}
	if got, err := m.Confirm(o.msgs[2]); !errors.Is(err, ErrOrder) || got != nil {
		t.Errorf("a second R3: got %v, %v, want %v", got, err, ErrOrder)
	}
}

func TestEveryChangeEndsTheResume(t *testing.T) {
	t.Parallel()
	whole := resume(resumeConfig(), resumeConfig(), honest)
	for i, kind := range []byte{kindR1, kindR2, kindR3} {
		for at := 0; at < len(whole.msgs[i]); at += stride(whole.msgs[i]) {
			flip := []byte{0x01, 0x20, 0x80}[at/stride(whole.msgs[i])%3]
			o := resume(resumeConfig(), resumeConfig(), func(k byte, msg []byte) []byte {
				if k != kind || at >= len(msg) {
					return msg
				}
				msg = bytes.Clone(msg)
				msg[at] ^= flip
				return msg
			})
			if o.pErr == nil && o.mErr == nil || o.mKeys != nil {
				t.Errorf("R%d byte %d ^ %#x: the master holds keys", i+1, at, flip)
			}
			if i < 2 && o.pKeys != nil {
				t.Errorf("R%d byte %d ^ %#x: the participant holds keys", i+1, at, flip)
			}
		}
	}
}

func TestEveryOtherLengthOfAResumeIsRefused(t *testing.T) {
	p, r1, err := StartResume(resumeConfig())
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range lengths(r1) {
		if _, _, err := AnswerResume(resumeConfig(), bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("R1 of %d bytes: got %v, want %v", len(bad), err, ErrMalformed)
		}
		if got, err := PeekResume(bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("R1 of %d bytes: peeked %d, %v, want %v", len(bad), got, err, ErrMalformed)
		}
	}
	m, r2, err := AnswerResume(resumeConfig(), r1)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range lengths(r2) {
		again := *p
		if _, _, err := again.Finish(bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("R2 of %d bytes: got %v, want %v", len(bad), err, ErrMalformed)
		}
	}
	r3, _, err := p.Finish(r2)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Finish(r2); !errors.Is(err, ErrOrder) {
		t.Errorf("R2 twice: got %v, want %v", err, ErrOrder)
	}
	for _, bad := range lengths(r3) {
		again := *m
		if _, err := again.Confirm(bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("R3 of %d bytes: got %v, want %v", len(bad), err, ErrMalformed)
		}
	}
	if _, err := m.Confirm(r3); err != nil {
		t.Errorf("R3: got %v", err)
	}
}

func TestClaimedMemberIsSeenFirst(t *testing.T) {
	c := resumeConfig()
	c.Member = 200
	_, r1, err := StartResume(c)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := PeekResume(r1); err != nil || got != 200 {
		t.Errorf("got %d, %v, want 200", got, err)
	}
}

// TestResumeRefusesBadValuesFromAKeyHolder: even somebody who holds the
// resume key gets no further with a point of low order, another version or no
// member.
func TestResumeRefusesBadValuesFromAKeyHolder(t *testing.T) {
	c := resumeConfig()
	_, r1, err := StartResume(c)
	if err != nil {
		t.Fatal(err)
	}
	var good resumeOffer
	if _, err := decodeTagged(kindR1, r1, &good); err != nil {
		t.Fatal(err)
	}
	key, err := c.key("resume P")
	if err != nil {
		t.Fatal(err)
	}
	for name, step := range map[string]struct {
		change func(*resumeOffer)
		want   error
	}{
		"low order":  {func(o *resumeOffer) { o.Pub = make([]byte, x25519Size) }, ErrMalformed},
		"bad ML-KEM": {func(o *resumeOffer) { o.EK = bytes.Repeat([]byte{0xff}, len(o.EK)) }, ErrMalformed},
		"member 1":   {func(o *resumeOffer) { o.Member = 1 }, ErrMalformed},
		"member 3":   {func(o *resumeOffer) { o.Member = 3 }, ErrWrongSecret},
	} {
		part := good
		step.change(&part)
		raw := canon.Marshal(part)
		_, _, err := AnswerResume(resumeConfig(), encode(kindR1, tagged{Part: raw, Tag: tag(key, c.bound(), raw)}))
		if !errors.Is(err, step.want) {
			t.Errorf("%s: got %v, want %v", name, err, step.want)
		}
	}
	part := good
	part.V = 2
	raw := canon.Marshal(part)
	_, _, err = AnswerResume(resumeConfig(), encode(kindR1, tagged{Part: raw, Tag: tag(key, c.bound(), raw)}))
	var got *VersionError
	if want := (VersionError{Ours: Version, Theirs: 2}); !errors.As(err, &got) || *got != want {
		t.Errorf("version: got %v, want %v", err, &want)
	}

	for name, step := range map[string]struct {
		change func(*resumeAnswer)
		want   error
	}{
		"low order": {func(a *resumeAnswer) { a.Pub = make([]byte, x25519Size) }, ErrMalformed},
		"short ct":  {func(a *resumeAnswer) { a.CT = a.CT[1:] }, ErrMalformed},
		"version":   {func(a *resumeAnswer) { a.V = 2 }, nil},
	} {
		p, r1, err := StartResume(resumeConfig())
		if err != nil {
			t.Fatal(err)
		}
		_, r2, err := AnswerResume(resumeConfig(), r1)
		if err != nil {
			t.Fatal(err)
		}
		var part resumeAnswer
		if _, err := decodeTagged(kindR2, r2, &part); err != nil {
			t.Fatal(err)
		}
		step.change(&part)
		if r2, err = c.sealR2(r1, part); err != nil {
			t.Fatal(err)
		}
		_, got, err := p.Finish(r2)
		var v *VersionError
		if step.want == nil && !errors.As(err, &v) || step.want != nil && !errors.Is(err, step.want) || got != nil {
			t.Errorf("%s: got %v, want %v", name, err, step.want)
		}
	}
}

func TestWrongResumeConfigurationsAreRefused(t *testing.T) {
	_, r1, err := StartResume(resumeConfig())
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*ResumeConfig){
		"no key":     func(c *ResumeConfig) { c.Key = nil },
		"short key":  func(c *ResumeConfig) { c.Key = c.Key[1:] },
		"no member":  func(c *ResumeConfig) { c.Member = 0 },
		"the master": func(c *ResumeConfig) { c.Member = 1 },
		"no replays": func(c *ResumeConfig) { c.Replays = nil },
	} {
		c := resumeConfig()
		change(&c)
		if _, _, err := AnswerResume(c, r1); !errors.Is(err, ErrConfig) {
			t.Errorf("master with %s: got %v, want %v", name, err, ErrConfig)
		}
		if _, _, err := StartResume(c); !errors.Is(err, ErrConfig) && name != "no replays" {
			t.Errorf("participant with %s: got %v, want %v", name, err, ErrConfig)
		}
	}
}
