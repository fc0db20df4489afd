package epoch

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"strconv"
	"sync"
	"testing"

	"lotse/crypto/secret"
	"lotse/crypto/sframe"
)

func params() Params {
	return Params{
		Session: [16]byte{1}, Number: 18, RosterHash: [32]byte{2}, PolicyHash: [32]byte{3},
		ProfileHash: [32]byte{4}, RelayKey: [32]byte{5}, Secret: bytes.Repeat([]byte{6}, SecretSize),
	}
}

func derive(tb testing.TB, p Params) *Keys {
	tb.Helper()
	k, err := Derive(p)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func pair(tb testing.TB, seed, generation byte) *Keys {
	tb.Helper()
	k, err := Pair(bytes.Repeat([]byte{seed}, SecretSize), generation)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func sealer(tb testing.TB, k *Keys, s Stream, member uint8) *Sealer {
	tb.Helper()
	out, err := k.Sealer(s, member)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func opener(tb testing.TB, k *Keys, s Stream, member uint8, m Mode) *Opener {
	tb.Helper()
	out, err := k.Opener(s, member, m)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func record(tb testing.TB, s *Sealer, aad, plain string) []byte {
	tb.Helper()
	out, err := s.Seal(nil, []byte(aad), []byte(plain))
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// TestRecordsHaveTheseBytes pins the whole key schedule: a change of any label
// or order makes old and new programs deaf to each other.
func TestRecordsHaveTheseBytes(t *testing.T) {
	for _, c := range []struct {
		name   string
		keys   *Keys
		stream Stream
		member uint8
		want   string
	}{
		{"group", derive(t, params()), Chat, 7, "906072182cabd016fbcc6aef73d3d18d8eda58140a9b5ebc"},
		{"pair", pair(t, 9, 3), PairInput, 2, "90d023e7e62393413395fa70befe913feb6f44a69a439c8a"},
	} {
		got := hex.EncodeToString(record(t, sealer(t, c.keys, c.stream, c.member), "aad", "hello"))
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestKIDSaysStreamMemberAndEpoch(t *testing.T) {
	r := record(t, sealer(t, derive(t, params()), Screen, 255), "", "x")
	got, err := PeekKID(r)
	want := KID{Stream: Screen, Member: 255, Epoch: 2}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	h, err := sframe.ParseHeader(r)
	if err != nil || h.KID != 1<<12|255<<4|2 {
		t.Errorf("got %#x, %v, want %#x", h.KID, err, 1<<12|255<<4|2)
	}
	for _, kid := range []uint64{0, 1 << 12, 14<<12 | 1<<4, 15<<12 | 1<<4, 1<<16 | 1<<12 | 1<<4, 0xff0} {
		if got, err := PeekKID(sframe.AppendHeader(nil, kid, 0)); !errors.Is(err, ErrStream) {
			t.Errorf("kid %#x: got %+v, %v, want %v", kid, got, err, ErrStream)
		}
	}
	for n := range 3 {
		if got, err := PeekKID(r[:n]); err == nil {
			t.Errorf("%d bytes: got %+v", n, got)
		}
	}
}

// TestEveryParameterMatters changes one parameter at a time: the record of the
// one epoch must not open in the other.
func TestEveryParameterMatters(t *testing.T) {
	r := record(t, sealer(t, derive(t, params()), Chat, 2), "aad", "x")
	for name, change := range map[string]func(*Params){
		"session": func(p *Params) { p.Session[15] ^= 1 },
		"number":  func(p *Params) { p.Number += 16 }, // the same KID
		"roster":  func(p *Params) { p.RosterHash[31] ^= 1 },
		"policy":  func(p *Params) { p.PolicyHash[31] ^= 1 },
		"profile": func(p *Params) { p.ProfileHash[31] ^= 1 },
		"relay":   func(p *Params) { p.RelayKey[31] ^= 1 },
		"secret":  func(p *Params) { p.Secret = bytes.Repeat([]byte{7}, SecretSize) },
	} {
		p := params()
		change(&p)
		if got, err := opener(t, derive(t, p), Chat, 2, Ordered).Open(nil, []byte("aad"), r); !errors.Is(err, sframe.ErrOpen) {
			t.Errorf("%s: got %q, %v, want %v", name, got, err, sframe.ErrOpen)
		}
	}
	k := derive(t, params())
	for name, o := range map[string]*Opener{
		"stream": opener(t, k, Control, 2, Ordered),
		"member": opener(t, k, Chat, 3, Ordered),
	} {
		if got, err := o.Open(nil, []byte("aad"), r); !errors.Is(err, sframe.ErrKID) {
			t.Errorf("%s: got %q, %v, want %v", name, got, err, sframe.ErrKID)
		}
	}
	if got, err := opener(t, k, Chat, 2, Ordered).Open(nil, []byte("aad"), r); err != nil || string(got) != "x" {
		t.Errorf("same: got %q, %v, want x", got, err)
	}
}

func TestGenerationsOfAPairDiffer(t *testing.T) {
	r := record(t, sealer(t, pair(t, 1, 0), PairControl, 2), "", "x")
	// generation 16 has the KID of generation 0 and must have another key
	if got, err := opener(t, pair(t, 1, 16), PairControl, 2, Ordered).Open(nil, nil, r); !errors.Is(err, sframe.ErrOpen) {
		t.Errorf("got %q, %v, want %v", got, err, sframe.ErrOpen)
	}
	if got, err := opener(t, pair(t, 1, 1), PairControl, 2, Ordered).Open(nil, nil, r); !errors.Is(err, sframe.ErrKID) {
		t.Errorf("got %q, %v, want %v", got, err, sframe.ErrKID)
	}
}

func TestInputHasNoGroupKey(t *testing.T) {
	k := derive(t, params())
	for _, s := range []Stream{0, PairControl, PairInput, 14, 255} {
		if got, err := k.Sealer(s, 1); !errors.Is(err, ErrStream) {
			t.Errorf("sealer of stream %d: got %v, %v, want %v", s, got, err, ErrStream)
		}
		if got, err := k.Opener(s, 1, Ordered); !errors.Is(err, ErrStream) {
			t.Errorf("opener of stream %d: got %v, %v, want %v", s, got, err, ErrStream)
		}
	}
	for s := Screen; s <= PairInput; s++ {
		if _, err := pair(t, 1, 0).Sealer(s, 1); err != nil {
			t.Errorf("pair stream %d: got %v", s, err)
		}
	}
	if _, err := pair(t, 1, 0).Sealer(14, 1); !errors.Is(err, ErrStream) {
		t.Errorf("pair stream 14: got %v, want %v", err, ErrStream)
	}
}

func TestWrongArgumentsAreRefused(t *testing.T) {
	p := params()
	p.Secret = p.Secret[1:]
	if _, err := Derive(p); !errors.Is(err, ErrSecret) {
		t.Errorf("short epoch secret: got %v, want %v", err, ErrSecret)
	}
	if _, err := Derive(Params{}); !errors.Is(err, ErrSecret) {
		t.Errorf("zero value: got %v, want %v", err, ErrSecret)
	}
	if _, err := Pair(make(secret.Bytes, 65), 0); !errors.Is(err, ErrSecret) {
		t.Errorf("long pair base: got %v, want %v", err, ErrSecret)
	}
	k := derive(t, params())
	if _, err := k.Sealer(Chat, 0); !errors.Is(err, ErrMember) {
		t.Errorf("member 0: got %v, want %v", err, ErrMember)
	}
	if _, err := k.Opener(Chat, 1, 0); err == nil {
		t.Error("mode 0 was accepted")
	}
}

func TestOneSealerForEachStreamAndMember(t *testing.T) {
	k := derive(t, params())
	sealer(t, k, Chat, 1)
	if got, err := k.Sealer(Chat, 1); !errors.Is(err, ErrTaken) || got != nil {
		t.Errorf("second sealer: got %v, %v, want %v", got, err, ErrTaken)
	}
	sealer(t, k, Chat, 2)
	sealer(t, k, File, 1)
}

func TestOrderedTakesEachRecordOnceAndInOrder(t *testing.T) {
	k := derive(t, params())
	s, o := sealer(t, k, Control, 1), opener(t, k, Control, 1, Ordered)
	var rs [][]byte
	for i := range 4 {
		rs = append(rs, record(t, s, "", strconv.Itoa(i)))
	}
	for _, c := range []struct {
		i    int
		want error
	}{{1, ErrGap}, {0, nil}, {0, ErrReplay}, {2, ErrGap}, {1, nil}, {3, ErrGap}, {2, nil}, {1, ErrReplay}, {3, nil}, {3, ErrReplay}} {
		got, err := o.Open(nil, nil, rs[c.i])
		if !errors.Is(err, c.want) || err == nil && string(got) != strconv.Itoa(c.i) {
			t.Errorf("record %d: got %q, %v, want %v", c.i, got, err, c.want)
		}
	}
}

func TestForgedRecordLeavesNoTrace(t *testing.T) {
	for _, mode := range []Mode{Ordered, Windowed} {
		k := derive(t, params())
		s, o := sealer(t, k, Control, 1), opener(t, k, Control, 1, mode)
		good := record(t, s, "aad", "x")
		for i := range good {
			bad := bytes.Clone(good)
			bad[i] ^= 1
			if got, err := o.Open([]byte("dst"), []byte("aad"), bad); err == nil || string(got) != "dst" {
				t.Errorf("byte %d: got %q, %v", i, got, err)
			}
		}
		if _, err := o.Open(nil, []byte("AAD"), good); !errors.Is(err, sframe.ErrOpen) {
			t.Errorf("other aad: got %v, want %v", err, sframe.ErrOpen)
		}
		if got, err := o.Open(nil, []byte("aad"), good); err != nil || string(got) != "x" {
			t.Errorf("good one afterwards: got %q, %v, want x", got, err)
		}
	}
}

func TestWindowTakesLateRecordsOnce(t *testing.T) {
	k := derive(t, params())
	s, o := sealer(t, k, Audio, 1), opener(t, k, Audio, 1, Windowed)
	rs := make([][]byte, 3*windowSize)
	for i := range rs {
		rs[i] = record(t, s, "", "x")
	}
	for _, c := range []struct {
		i    int
		want error
	}{
		{5, nil},
		{0, nil},
		{0, ErrReplay},
		{5, ErrReplay},
		{windowSize + 4, nil},
		{5, ErrReplay}, // still in the window, seen
		{4, ErrReplay}, // one too old
		{6, nil},       // late
		{2*windowSize + 10, nil},
		{windowSize + 10, ErrReplay}, // too old by one
		{windowSize + 11, nil},
		{2*windowSize + 9, nil},
		{windowSize + 11, ErrReplay},
		{3*windowSize - 1, nil},
		{2*windowSize + 10, ErrReplay},
		{2*windowSize + 11, nil},
	} {
		if _, err := o.Open(nil, nil, rs[c.i]); !errors.Is(err, c.want) {
			t.Errorf("record %d: got %v, want %v", c.i, err, c.want)
		}
	}
}

// TestWindowAgreesWithAPlainSet drives the ring of bits next to a map.
func TestWindowAgreesWithAPlainSet(t *testing.T) {
	var w window
	seen, next := map[uint64]bool{}, uint64(0)
	x := uint64(88172645463325252) // xorshift64, Marsaglia 2003
	for i := range 200_000 {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		ctr := next + x%700 - min(next, 600)
		if x%5000 == 0 {
			ctr = next + x%4096
		}
		want := seen[ctr] || ctr+windowSize < next
		if got := w.has(ctr, next); got != want {
			t.Fatalf("step %d, counter %d of %d: got %v, want %v", i, ctr, next, got, want)
		}
		if !want {
			w.add(ctr, next)
			seen[ctr], next = true, max(next, ctr+1)
		}
	}
}

func TestSealerStopsAtItsLimit(t *testing.T) {
	k := derive(t, params())
	s, o := sealer(t, k, Screen, 1), opener(t, k, Screen, 1, Windowed)
	s.next = maxRecords - 1
	last := record(t, s, "", "last")
	if s.Count() != maxRecords {
		t.Errorf("count: got %d, want %d", s.Count(), uint64(maxRecords))
	}
	for range 2 {
		if got, err := s.Seal([]byte("dst"), nil, []byte("x")); !errors.Is(err, ErrRekey) || string(got) != "dst" {
			t.Errorf("after the last: got %q, %v, want %v", got, err, ErrRekey)
		}
	}
	if got, err := s.SealSigned(nil, nil, Signer{Key: signKey(1)}, []byte("x")); !errors.Is(err, ErrRekey) || got != nil {
		t.Errorf("signed after the last: got %q, %v, want %v", got, err, ErrRekey)
	}
	if got, err := o.Open(nil, nil, last); err != nil || string(got) != "last" {
		t.Errorf("last: got %q, %v", got, err)
	}
	if len(last) != len("last")+23 {
		t.Errorf("last: got %d bytes, want %d", len(last), len("last")+23)
	}
	// Somebody with the key who counts on is refused all the same.
	beyond := s.key.Seal(nil, maxRecords, nil, []byte("x"))
	if got, err := o.Open(nil, nil, beyond); !errors.Is(err, ErrRekey) {
		t.Errorf("beyond: got %q, %v, want %v", got, err, ErrRekey)
	}
}

func TestCountersNeverRepeatSideBySide(t *testing.T) {
	s := sealer(t, derive(t, params()), Chat, 1)
	var mu sync.Mutex
	seen := map[uint64]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				r, err := s.Seal(nil, nil, nil)
				h, parseErr := sframe.ParseHeader(r)
				mu.Lock()
				if err != nil || parseErr != nil || seen[h.CTR] {
					t.Errorf("counter %d: %v, %v, seen %v", h.CTR, err, parseErr, seen[h.CTR])
				}
				seen[h.CTR] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != 800 {
		t.Errorf("got %d counters, want 800", len(seen))
	}
}

func signKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

// TestMemberCannotForgeAnother: an evil member holds every key of the epoch,
// seals under the victim's key, and is found out by the signature.
func TestMemberCannotForgeAnother(t *testing.T) {
	victim, evil := signKey(1), signKey(2)
	by := Signer{Label: "lotse chat", Key: victim, Session: [16]byte{1}, Epoch: 18}
	want := Verifier{Label: "lotse chat", Key: public(victim), Session: [16]byte{1}, Epoch: 18}
	k := derive(t, params())
	o := opener(t, k, Chat, 2, Ordered)

	forged, err := sealer(t, derive(t, params()), Chat, 2).SealSigned(nil, nil, Signer{Label: by.Label, Key: evil, Session: by.Session, Epoch: by.Epoch}, []byte("pay"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := o.OpenSigned([]byte("dst"), nil, forged, want); !errors.Is(err, ErrForged) || string(got) != "dst" {
		t.Errorf("forged: got %q, %v, want %v", got, err, ErrForged)
	}
	for _, n := range []int{0, 10, ed25519.SignatureSize - 1, ed25519.SignatureSize} {
		r, err := sealer(t, derive(t, params()), Chat, 2).Seal(nil, nil, make([]byte, n))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := o.OpenSigned([]byte("dst"), nil, r, want); !errors.Is(err, ErrForged) || string(got) != "dst" {
			t.Errorf("%d bytes unsigned: got %q, %v, want %v", n, got, err, ErrForged)
		}
	}
	good, err := sealer(t, k, Chat, 2).SealSigned([]byte("h"), []byte("aad"), by, []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := o.OpenSigned([]byte("dst "), []byte("aad"), good[1:], want); err != nil || string(got) != "dst hello" {
		t.Errorf("good: got %q, %v, want dst hello", got, err)
	}
	if got, err := o.OpenSigned(nil, []byte("aad"), good[1:], want); !errors.Is(err, ErrReplay) {
		t.Errorf("again: got %q, %v, want %v", got, err, ErrReplay)
	}
}

func TestSignatureHoldsInItsPlaceOnly(t *testing.T) {
	key := signKey(1)
	at := Context{Session: [16]byte{1}, Epoch: 2, Stream: Chat, Member: 3, Counter: 4}
	sig := Sign("label", key, at, []byte("msg"))
	if !Verify("label", public(key), at, []byte("msg"), sig) {
		t.Fatal("own signature is refused")
	}
	for name, change := range map[string]func(*Context){
		"session": func(c *Context) { c.Session[0]++ },
		"epoch":   func(c *Context) { c.Epoch++ },
		"stream":  func(c *Context) { c.Stream++ },
		"member":  func(c *Context) { c.Member++ },
		"counter": func(c *Context) { c.Counter++ },
	} {
		c := at
		change(&c)
		if Verify("label", public(key), c, []byte("msg"), sig) {
			t.Errorf("another %s is accepted", name)
		}
	}
	switch {
	case Verify("labe", public(key), at, []byte("lmsg"), sig):
		t.Error("a byte moved from label to message is accepted")
	case Verify("label", public(key), at, []byte("msh"), sig):
		t.Error("another message is accepted")
	case Verify("label", public(signKey(2)), at, []byte("msg"), sig):
		t.Error("another key is accepted")
	case Verify("label", nil, at, []byte("msg"), sig), Verify("label", public(key), at, []byte("msg"), nil):
		t.Error("no key or no signature is accepted")
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(record(f, sealer(f, derive(f, params()), Chat, 2), "", "x"))
	f.Add([]byte{0x99, 0x60, 0x22, 0xff})
	f.Fuzz(func(t *testing.T, r []byte) {
		kid, kidErr := PeekKID(r)
		out, err := opener(t, derive(t, params()), Chat, 2, Windowed).Open(nil, nil, r)
		if err == nil && (kidErr != nil || kid != KID{Chat, 2, 2}) {
			t.Fatalf("record %x of %+v opened to %x", r, kid, out)
		}
	})
}

func BenchmarkSign(b *testing.B) {
	key, msg := signKey(1), make([]byte, 256)
	for b.Loop() {
		Sign("lotse chat", key, Context{}, msg)
	}
}

func BenchmarkVerify(b *testing.B) {
	key, msg := signKey(1), make([]byte, 256)
	sig, pub := Sign("lotse chat", key, Context{}, msg), public(key)
	for b.Loop() {
		if !Verify("lotse chat", pub, Context{}, msg, sig) {
			b.Fatal("refused")
		}
	}
}
