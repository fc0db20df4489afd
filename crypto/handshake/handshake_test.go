package handshake

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"reflect"
	"regexp"
	"testing"

	"lotse/crypto/canon"
	"lotse/crypto/cpace"
	"lotse/crypto/epoch"
	"lotse/crypto/secret"
	"lotse/crypto/sframe"
)

func TestBothSidesAgree(t *testing.T) {
	link, err := NewLink(seeded(9))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []Secret{
		pin("739204"), pin("0"),
		{Kind: KindPIN, PIN: "739204", Password: "Grüße"},
		{Kind: KindLink, PIN: link},
		{Kind: KindNumberOnly},
	} {
		pc, mc := participantConfig(), masterConfig()
		pc.Secret, mc.Secret = s, s
		pc.Certificate, pc.LinkID = []byte("certificate"), []byte("link")
		o := run(pc, mc, honest)
		if o.pErr != nil || o.mErr != nil {
			t.Fatalf("kind %d: %v, %v", s.Kind, o.pErr, o.mErr)
		}
		if !reflect.DeepEqual(o.result.Keys, o.keys) {
			t.Errorf("kind %d: the two sides hold different keys", s.Kind)
		}
		wantPeer := &Peer{Name: "Erika", ProfileHash: pc.ProfileHash, SigKey: pc.Signing.Public().(ed25519.PublicKey), Certificate: pc.Certificate, LinkID: pc.LinkID}
		if !reflect.DeepEqual(o.peer, wantPeer) {
			t.Errorf("kind %d: got %+v, want %+v", s.Kind, o.peer, wantPeer)
		}
		want := &Result{
			Keys: o.keys, Decision: Admit, MasterKey: mc.Signing.Public().(ed25519.PublicKey),
			Licence: mc.Licence, Operator: mc.Operator, PolicyHash: mc.PolicyHash, ProfileHash: mc.ProfileHash,
		}
		if !reflect.DeepEqual(o.result, want) {
			t.Errorf("kind %d: got %+v, want %+v", s.Kind, o.result, want)
		}
		for i, m := range o.msgs {
			if len(m) > MaxMessage {
				t.Errorf("E%d: got %d bytes, want at most %d", i+1, len(m), MaxMessage)
			}
		}
	}
}

func TestKeysAreAllDifferent(t *testing.T) {
	o := run(participantConfig(), masterConfig(), honest)
	again := run(participantConfig(), masterConfig(), honest)
	seen := map[string]bool{}
	for _, k := range []*Keys{o.keys, again.keys} {
		for _, b := range [][]byte{k.PairPM, k.PairMP, k.Resume, k.Transcript[:]} {
			if len(b) != keySize || seen[string(b)] {
				t.Errorf("got a key of %d bytes, seen before: %v", len(b), seen[string(b)])
			}
			seen[string(b)] = true
		}
		if _, err := epoch.Pair(k.PairPM, 0); err != nil {
			t.Errorf("epoch.Pair: %v", err)
		}
	}
	if !regexp.MustCompile(`^\d\d \d\d \d\d \d\d$`).MatchString(o.keys.SAS) || o.keys.SAS == again.keys.SAS {
		t.Errorf("short string: got %q and %q", o.keys.SAS, again.keys.SAS)
	}
	for _, i := range o.keys.SASIndices {
		if i > 63 {
			t.Errorf("symbol: got %d, want below 64", i)
		}
	}
}

// TestLargestMessagesFit fills every variable field to its limit.
func TestLargestMessagesFit(t *testing.T) {
	pc, mc := participantConfig(), masterConfig()
	pc.Certificate, pc.LinkID = make([]byte, maxCertificate), make([]byte, maxLinkID)
	mc.Licence, mc.Operator = make([]byte, maxNote), make([]byte, maxNote)
	o := run(pc, mc, honest)
	if o.pErr != nil || o.mErr != nil {
		t.Errorf("got %v, %v", o.pErr, o.mErr)
	}
	for i, m := range o.msgs {
		if len(m) > MaxMessage {
			t.Errorf("E%d: got %d bytes, want at most %d", i+1, len(m), MaxMessage)
		}
	}
}

// TestAnyDifferenceIsAWrongSecret changes what one side believes, one thing
// at a time.
func TestAnyDifferenceIsAWrongSecret(t *testing.T) {
	link, err := NewLink(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*MasterConfig){
		"pin":            func(c *MasterConfig) { c.Secret.PIN = "739205" },
		"longer pin":     func(c *MasterConfig) { c.Secret.PIN = "7392040" },
		"password":       func(c *MasterConfig) { c.Secret.Password = "x" },
		"pin in parts":   func(c *MasterConfig) { c.Secret.PIN, c.Secret.Password = "73920", "4" },
		"kind link":      func(c *MasterConfig) { c.Secret = Secret{Kind: KindLink, PIN: link} },
		"kind none":      func(c *MasterConfig) { c.Secret = Secret{Kind: KindNumberOnly} },
		"pin as passwd":  func(c *MasterConfig) { c.Secret = Secret{Kind: KindNumberOnly, Password: "739204"} },
		"relay key":      func(c *MasterConfig) { c.Meeting.RelayKey[31] ^= 1 },
		"handle":         func(c *MasterConfig) { c.Meeting.Handle[15] ^= 1 },
		"ticket":         func(c *MasterConfig) { c.Meeting.Ticket[15] ^= 1 },
		"nonce":          func(c *MasterConfig) { c.Meeting.Nonce[15] ^= 1 },
		"ticket - nonce": func(c *MasterConfig) { c.Meeting.Ticket, c.Meeting.Nonce = c.Meeting.Nonce, c.Meeting.Ticket },
	} {
		mc := masterConfig()
		change(&mc)
		o := run(participantConfig(), mc, honest)
		if !errors.Is(o.mErr, ErrWrongSecret) || o.peer != nil || o.keys != nil {
			t.Errorf("%s: got %v, want %v", name, o.mErr, ErrWrongSecret)
		}
		if got := mc.Attempts.Left(); got != maxAttempts-1 {
			t.Errorf("%s: got %d attempts left, want %d", name, got, maxAttempts-1)
		}
	}
}

// TestFalseMasterIsRefused: the participant proves first, so a master that
// can't know the secret must invent E4.
func TestFalseMasterIsRefused(t *testing.T) {
	mc := masterConfig()
	mc.Secret = pin("000000")
	p, m, e2 := started(t, participantConfig(), mc)
	if _, err := p.Respond(e2); err != nil {
		t.Fatal(err)
	}
	v := verdict{Tag: tag(m.keys.confirmM, m.th[:])}
	v.Sealed = []byte("not even a record")
	if got, err := p.Finish(encode(kindE4, v)); !errors.Is(err, ErrWrongSecret) || got != nil {
		t.Errorf("got %+v, %v, want %v", got, err, ErrWrongSecret)
	}
}

// TestTagIsNotTakenBack: the participant's own tag, sent back, opens nothing.
func TestTagIsNotTakenBack(t *testing.T) {
	p, _, e2 := started(t, participantConfig(), masterConfig())
	e3, err := p.Respond(e2)
	if err != nil {
		t.Fatal(err)
	}
	var sent proof
	if err := decode(kindE3, e3, &sent); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Finish(encode(kindE4, verdict{Tag: sent.Tag, Sealed: sent.Sealed})); !errors.Is(err, ErrWrongSecret) {
		t.Errorf("got %v, want %v", err, ErrWrongSecret)
	}
}

// TestTagCountsEvenWhenTheSealIsRight: the tag is checked on its own and
// before the seal, with everything else as it should be.
func TestTagCountsEvenWhenTheSealIsRight(t *testing.T) {
	p, m := proven(t, participantConfig(), masterConfig())
	v := verdict{Tag: tag(m.keys.confirmP, m.th[:])}
	var err error
	v.Sealed, err = seal(m.keys.sealM, v.aad(m.th, m.e3), canon.Marshal(credentials{
		Sig: ed25519.Sign(m.cfg.Signing, identityMessage(m.th)), Decision: Admit,
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Finish(encode(kindE4, v)); !errors.Is(err, ErrWrongSecret) || got != nil {
		t.Errorf("E4: got %+v, %v, want %v", got, err, ErrWrongSecret)
	}
}

func TestSealedPartHasOneCounter(t *testing.T) {
	k, err := sframe.NewKey(0, secret.Bytes("key"))
	if err != nil {
		t.Fatal(err)
	}
	for ctr, want := range []error{nil, ErrWrongSecret} {
		got, err := open(secret.Bytes("key"), []byte("aad"), k.Seal(nil, uint64(ctr), []byte("aad"), []byte("x")))
		if !errors.Is(err, want) || (string(got) == "x") != (want == nil) {
			t.Errorf("counter %d: got %q, %v, want %v", ctr, got, err, want)
		}
	}
}

// TestMastersNonceIsNotTakenBack: a participant that committed to the nonce
// which the master then drew.
func TestMastersNonceIsNotTakenBack(t *testing.T) {
	p, m, e2 := started(t, participantConfig(), masterConfig())
	e3, err := p.Respond(e2)
	if err != nil {
		t.Fatal(err)
	}
	m.nonce = bytes.Clone(p.nonce)
	if got, err := m.Verify(e3); !errors.Is(err, ErrReflected) || got != nil {
		t.Errorf("got %+v, %v, want %v", got, err, ErrReflected)
	}
}

// TestLongMessagesAreNotParsed: well-formed, and longer than allowed.
func TestLongMessagesAreNotParsed(t *testing.T) {
	for size, want := range map[int]error{MaxMessage - 200: ErrWrongSecret, MaxMessage: ErrMalformed} {
		_, m, _ := started(t, participantConfig(), masterConfig())
		msg := encode(kindE3, proof{Tag: make([]byte, 64), Nonce: make([]byte, nonceSize), Sealed: make([]byte, size)})
		if _, err := m.Verify(msg); !errors.Is(err, want) {
			t.Errorf("E3 of %d bytes: got %v, want %v", len(msg), err, want)
		}
	}
}

func TestEqualConfirmKeysAreRefused(t *testing.T) {
	k := bytes.Repeat([]byte{1}, keySize)
	if err := (&schedule{confirmP: k, confirmM: bytes.Clone(k)}).distinct(); !errors.Is(err, ErrReflected) {
		t.Errorf("equal: got %v, want %v", err, ErrReflected)
	}
	s, err := newSchedule([]byte("salt"), []byte("ikm"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(s.confirmP, s.confirmM) || bytes.Equal(s.sealP, s.sealM) {
		t.Error("the two directions share a key")
	}
}

// TestUnusableSharesAbort puts a point of low order, and our own share, where
// the other side's should be.
func TestUnusableSharesAbort(t *testing.T) {
	lowOrder := make([]byte, cpace.PointSize)
	swapE1 := func(y func(old []byte) []byte) relay {
		return func(kind byte, msg []byte) []byte {
			var m shares
			if kind != kindE1 || decode(kind, msg, &m) != nil {
				return msg
			}
			m.Y = y(m.Y)
			return encode(kind, m)
		}
	}
	mc := masterConfig()
	o := run(participantConfig(), mc, swapE1(func([]byte) []byte { return lowOrder }))
	if !errors.Is(o.mErr, cpace.ErrAbort) || mc.Attempts.Left() != maxAttempts-1 {
		t.Errorf("Ya of low order: got %v with %d left, want %v", o.mErr, mc.Attempts.Left(), cpace.ErrAbort)
	}
	for name, c := range map[string]struct {
		y    func(own []byte) []byte
		want error
	}{
		"Yb of low order": {func([]byte) []byte { return lowOrder }, cpace.ErrAbort},
		"Yb is Ya":        {func(own []byte) []byte { return own }, cpace.ErrReflected},
		"Yb is Ya with the top bit": {func(own []byte) []byte {
			own = bytes.Clone(own)
			own[31] |= 0x80
			return own
		}, cpace.ErrAbort},
	} {
		p, _, e2 := started(t, participantConfig(), masterConfig())
		var m shares
		if err := decode(kindE2, e2, &m); err != nil {
			t.Fatal(err)
		}
		m.Y = c.y(p.e1.Y)
		if _, err := p.Respond(encode(kindE2, m)); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestOwnIdentityIsNotTakenBack(t *testing.T) {
	mc := masterConfig()
	mc.Signing = participantConfig().Signing
	o := run(participantConfig(), mc, honest)
	if !errors.Is(o.mErr, ErrReflected) {
		t.Errorf("master: got %v, want %v", o.mErr, ErrReflected)
	}
	p, m, e2 := started(t, participantConfig(), masterConfig())
	for name, change := range map[string]func(*answer){
		"signing key": func(a *answer) { a.SigKey = p.offer.SigKey },
		"nonce":       func(a *answer) { a.Nonce = p.nonce },
	} {
		p, _, _ := started(t, participantConfig(), masterConfig())
		if _, err := p.Respond(changeE2(t, e2, change)); !errors.Is(err, ErrReflected) {
			t.Errorf("%s: got %v, want %v", name, err, ErrReflected)
		}
	}
	// a participant that repeats the master's nonce must have committed to it
	p.nonce = m.nonce
	e3, err := p.Respond(e2)
	if !errors.Is(err, ErrReflected) {
		t.Errorf("n_P = n_M: got %x, %v, want %v", e3, err, ErrReflected)
	}
}

func changeE2(tb testing.TB, e2 []byte, change func(*answer)) []byte {
	tb.Helper()
	var a answer
	m, err := decodeShares(kindE2, e2, &a)
	if err != nil {
		tb.Fatal(err)
	}
	change(&a)
	m.AD = canon.Marshal(a)
	return encode(kindE2, m)
}

func changeE1(tb testing.TB, e1 []byte, change func(*offer)) []byte {
	tb.Helper()
	var o offer
	m, err := decodeShares(kindE1, e1, &o)
	if err != nil {
		tb.Fatal(err)
	}
	change(&o)
	m.AD = canon.Marshal(o)
	return encode(kindE1, m)
}

// TestAnotherNonceThanCommittedIsRefused: somebody who knows the PIN and wants
// to choose the short string after the fact.
func TestAnotherNonceThanCommittedIsRefused(t *testing.T) {
	mc := masterConfig()
	p, m, e2 := started(t, participantConfig(), mc)
	p.nonce = bytes.Repeat([]byte{1}, nonceSize)
	e3, err := p.Respond(e2)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := m.Verify(e3); !errors.Is(err, ErrCommitment) || got != nil {
		t.Errorf("got %+v, %v, want %v", got, err, ErrCommitment)
	}
	if got := mc.Attempts.Left(); got != maxAttempts-1 {
		t.Errorf("got %d attempts left, want %d", got, maxAttempts-1)
	}
}

func TestIdentityMustBeOnesOwn(t *testing.T) {
	p, m, e2 := started(t, participantConfig(), masterConfig())
	p.cfg.Signing = signKey(66)
	e3, err := p.Respond(e2)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := m.Verify(e3); !errors.Is(err, ErrIdentity) || got != nil {
		t.Errorf("participant: got %+v, %v, want %v", got, err, ErrIdentity)
	}
	p, m = proven(t, participantConfig(), masterConfig())
	m.cfg.Signing = signKey(66)
	e4, _, err := m.Decide(Admit)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Finish(e4); !errors.Is(err, ErrIdentity) || got != nil {
		t.Errorf("master: got %+v, %v, want %v", got, err, ErrIdentity)
	}
}

// TestOffersCannotBeNarrowed: a relay that rewrites what is offered or chosen
// ends the run, whether or not the change alone would be acceptable.
func TestOffersCannotBeNarrowed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*offer)
		want   error
	}{
		"newer v":         {func(o *offer) { o.V = 2 }, ErrWrongSecret},
		"older min v":     {func(o *offer) { o.MinV = 0 }, ErrWrongSecret},
		"more suites":     {func(o *offer) { o.Suites = []uint16{suiteOne, 9} }, ErrWrongSecret},
		"own signing key": {func(o *offer) { o.SigKey = bytes.Repeat([]byte{1}, 32) }, ErrWrongSecret},
		"link id":         {func(o *offer) { o.LinkID = []byte{1} }, ErrWrongSecret},
		"no common suite": {func(o *offer) { o.Suites = []uint16{9} }, ErrMalformed},
		"no suites":       {func(o *offer) { o.Suites = nil }, ErrMalformed},
		"many suites":     {func(o *offer) { o.Suites = make([]uint16, maxSuites+1) }, ErrMalformed},
		"long link id":    {func(o *offer) { o.LinkID = make([]byte, maxLinkID+1) }, ErrMalformed},
		"bad ML-KEM key":  {func(o *offer) { o.EK = bytes.Repeat([]byte{0xff}, len(o.EK)) }, ErrMalformed},
		"short key":       {func(o *offer) { o.SigKey = o.SigKey[1:] }, ErrMalformed},
	} {
		o := run(participantConfig(), masterConfig(), func(kind byte, msg []byte) []byte {
			if kind == kindE1 {
				return changeE1(t, msg, c.change)
			}
			return msg
		})
		if !errors.Is(o.mErr, c.want) {
			t.Errorf("%s: got %v, want %v", name, o.mErr, c.want)
		}
	}
	for name, c := range map[string]struct {
		change func(*answer)
		want   error
	}{
		"other suite":  {func(a *answer) { a.Suite = 9 }, ErrMalformed},
		"short ct":     {func(a *answer) { a.CT = a.CT[1:] }, ErrMalformed},
		"policy hash":  {func(a *answer) { a.PolicyHash = make([]byte, 32) }, nil},
		"profile hash": {func(a *answer) { a.ProfileHash = make([]byte, 32) }, nil},
	} {
		o := run(participantConfig(), masterConfig(), func(kind byte, msg []byte) []byte {
			if kind == kindE2 {
				return changeE2(t, msg, c.change)
			}
			return msg
		})
		if !errors.Is(o.pErr, c.want) {
			t.Errorf("%s: got %v, want %v", name, o.pErr, c.want)
		}
		if c.want == nil && !errors.Is(o.mErr, ErrWrongSecret) {
			t.Errorf("%s: got %v, want %v", name, o.mErr, ErrWrongSecret)
		}
	}
}

func TestVersionsMustMeet(t *testing.T) {
	_, e1, err := NewParticipant(participantConfig())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range [][2]uint16{{3, 2}, {0, 0}, {1, 2}} {
		mc := masterConfig()
		_, _, err := NewMaster(mc, changeE1(t, e1, func(o *offer) { o.V, o.MinV = v[0], v[1] }))
		var got *VersionError
		if want := (VersionError{Ours: Version, Theirs: v[0]}); !errors.As(err, &got) || *got != want {
			t.Errorf("master meets %v: got %v, want %v", v, err, &want)
		}
		if mc.Attempts.Left() != maxAttempts {
			t.Errorf("master meets %v: the attempt was counted", v)
		}
	}
	for _, v := range []uint16{0, 2} {
		p, _, e2 := started(t, participantConfig(), masterConfig())
		_, err := p.Respond(changeE2(t, e2, func(a *answer) { a.V = v }))
		var got *VersionError
		if want := (VersionError{Ours: Version, Theirs: v}); !errors.As(err, &got) || *got != want {
			t.Errorf("participant meets %d: got %v, want %v", v, err, &want)
		}
	}
}

func TestStepsComeOnceAndInOrder(t *testing.T) {
	p, _, err := NewParticipant(participantConfig())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Finish(nil); !errors.Is(err, ErrOrder) {
		t.Errorf("finish first: got %v, want %v", err, ErrOrder)
	}
	p, m, e2 := started(t, participantConfig(), masterConfig())
	if _, _, err := m.Decide(Admit); !errors.Is(err, ErrOrder) {
		t.Errorf("decide before verify: got %v, want %v", err, ErrOrder)
	}
	e3, err := p.Respond(e2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Respond(e2); !errors.Is(err, ErrOrder) {
		t.Errorf("respond twice: got %v, want %v", err, ErrOrder)
	}
	if _, err := m.Verify(e3); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Verify(e3); !errors.Is(err, ErrOrder) {
		t.Errorf("verify twice: got %v, want %v", err, ErrOrder)
	}
	if _, _, err := m.Decide(0); !errors.Is(err, ErrConfig) {
		t.Errorf("decision 0: got %v, want %v", err, ErrConfig)
	}
	e4, _, err := m.Decide(Deny)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.Decide(Admit); !errors.Is(err, ErrOrder) {
		t.Errorf("decide twice: got %v, want %v", err, ErrOrder)
	}
	if got, err := p.Finish(e4); err != nil || got.Decision != Deny {
		t.Errorf("finish: got %+v, %v, want Deny", got, err)
	}
	if _, err := p.Finish(e4); !errors.Is(err, ErrOrder) {
		t.Errorf("finish twice: got %v, want %v", err, ErrOrder)
	}
}

// TestFailedRunGivesNoSecondGuess: after one wrong message neither side
// listens any more.
func TestFailedRunGivesNoSecondGuess(t *testing.T) {
	p, m, e2 := started(t, participantConfig(), masterConfig())
	if _, err := p.Respond([]byte("junk")); !errors.Is(err, ErrMalformed) {
		t.Errorf("junk E2: got %v, want %v", err, ErrMalformed)
	}
	if _, err := p.Respond(e2); !errors.Is(err, ErrOrder) {
		t.Errorf("good E2 after junk: got %v, want %v", err, ErrOrder)
	}
	if _, err := m.Verify([]byte("junk")); !errors.Is(err, ErrMalformed) {
		t.Errorf("junk E3: got %v, want %v", err, ErrMalformed)
	}
	if _, err := m.Verify(nil); !errors.Is(err, ErrOrder) {
		t.Errorf("E3 after junk: got %v, want %v", err, ErrOrder)
	}
	p, m = proven(t, participantConfig(), masterConfig())
	e4, _, err := m.Decide(Admit)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Finish(e4[:len(e4)-1]); !errors.Is(err, ErrMalformed) {
		t.Errorf("cut E4: got %v, want %v", err, ErrMalformed)
	}
	if _, err := p.Finish(e4); !errors.Is(err, ErrOrder) {
		t.Errorf("good E4 after cut: got %v, want %v", err, ErrOrder)
	}
}

func TestWrongConfigurationsAreRefused(t *testing.T) {
	for name, change := range map[string]func(*ParticipantConfig){
		"no secret":        func(c *ParticipantConfig) { c.Secret = Secret{} },
		"no signing key":   func(c *ParticipantConfig) { c.Signing = nil },
		"deceiving name":   func(c *ParticipantConfig) { c.Name = "a\u202eb" },
		"version to come":  func(c *ParticipantConfig) { c.MinVersion = Version + 1 },
		"long certificate": func(c *ParticipantConfig) { c.Certificate = make([]byte, maxCertificate+1) },
		"long link id":     func(c *ParticipantConfig) { c.LinkID = make([]byte, maxLinkID+1) },
	} {
		c := participantConfig()
		change(&c)
		if _, _, err := NewParticipant(c); !errors.Is(err, ErrConfig) {
			t.Errorf("participant with %s: got %v, want %v", name, err, ErrConfig)
		}
	}
	_, e1, err := NewParticipant(participantConfig())
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*MasterConfig){
		"no secret":      func(c *MasterConfig) { c.Secret = Secret{} },
		"no signing key": func(c *MasterConfig) { c.Signing = nil },
		"no attempts":    func(c *MasterConfig) { c.Attempts = nil },
		"no replays":     func(c *MasterConfig) { c.Replays = nil },
		"long licence":   func(c *MasterConfig) { c.Licence = make([]byte, maxNote+1) },
		"long operator":  func(c *MasterConfig) { c.Operator = make([]byte, maxNote+1) },
	} {
		c := masterConfig()
		change(&c)
		if _, _, err := NewMaster(c, e1); !errors.Is(err, ErrConfig) {
			t.Errorf("master with %s: got %v, want %v", name, err, ErrConfig)
		}
	}
	empty := bytes.NewReader(nil)
	pc, mc := participantConfig(), masterConfig()
	pc.Rand, mc.Rand = empty, empty
	if _, _, err := NewParticipant(pc); err == nil {
		t.Error("participant without random bytes began")
	}
	if _, _, err := NewMaster(mc, e1); err == nil {
		t.Error("master without random bytes began")
	}
}

func TestLinkIDIsSeenBeforeTheSecretIsChosen(t *testing.T) {
	pc := participantConfig()
	pc.LinkID = []byte("id 1")
	_, e1, err := NewParticipant(pc)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := PeekLinkID(e1); err != nil || string(got) != "id 1" {
		t.Errorf("got %q, %v, want id 1", got, err)
	}
	if got, err := PeekLinkID(e1[1:]); !errors.Is(err, ErrMalformed) {
		t.Errorf("cut: got %q, %v, want %v", got, err, ErrMalformed)
	}
}

func TestNothingSecretIsPrinted(t *testing.T) {
	s := Secret{Kind: KindPIN, PIN: "739204", Password: "hunter2"}
	o := run(participantConfig(), masterConfig(), honest)
	for _, v := range []any{s, &s, o.keys} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
			got := sprintf(format, v)
			for _, leak := range []string{"739204", "hunter2", "373339323034", sprintf("%x", o.keys.Resume.Reveal()[:4]), sprintf("%d", o.keys.PairPM.Reveal())} {
				if bytes.Contains([]byte(got), []byte(leak)) {
					t.Errorf("%s of %T holds %s: %s", format, v, leak, got)
				}
			}
		}
	}
	for _, wrong := range []Secret{{Kind: KindPIN, PIN: "hunter2"}, {Kind: KindPIN, PIN: "1", Password: "hunter2\x00"}} {
		if _, err := wrong.prs(); err == nil || bytes.Contains([]byte(err.Error()), []byte("hunter2")) {
			t.Errorf("got %v, want an error that does not quote the secret", err)
		}
	}
}
