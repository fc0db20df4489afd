package epoch

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"

	"lotse/crypto/canon"
)

func member(id uint8, role Role, name string) Member {
	return Member{ID: id, Name: name, Role: role, SigKey: [32]byte(public(signKey(id)))}
}

func roster() Roster {
	return Roster{
		Version: 1, Session: [16]byte{1}, Epoch: 1,
		Members: []Member{member(1, RoleMaster, "Erika Mustermann"), member(2, RoleParticipant, "Łukasz 明")},
	}
}

func signed(tb testing.TB, r Roster) (encoded, sig []byte) {
	tb.Helper()
	encoded, sig, err := SignRoster(r, signKey(1))
	if err != nil {
		tb.Fatal(err)
	}
	return encoded, sig
}

func TestRosterHasTheseBytes(t *testing.T) {
	r := roster()
	r.Members = r.Members[:1]
	r.Members[0].Name = "E"
	encoded, _ := signed(t, r)
	want := "a6" + "0101" + "0250" + "01" + strings.Repeat("00", 15) + "0301" +
		"045820" + strings.Repeat("00", 32) + "055820" + strings.Repeat("00", 32) +
		"0681a4" + "0101" + "026145" + "0301" + "045820" + hex.EncodeToString(public(signKey(1)))
	if got := hex.EncodeToString(encoded); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRosterComesBack(t *testing.T) {
	encoded, _ := signed(t, roster())
	got, err := ParseRoster(encoded)
	if err != nil || !reflect.DeepEqual(got, roster()) {
		t.Errorf("got %+v, %v, want %+v", got, err, roster())
	}
	for n := range encoded {
		if got, err := ParseRoster(encoded[:n]); !errors.Is(err, ErrRoster) {
			t.Errorf("cut to %d bytes: got %+v, %v, want %v", n, got, err, ErrRoster)
		}
	}
	if got, err := ParseRoster(append(bytes.Clone(encoded), 0)); !errors.Is(err, ErrRoster) {
		t.Errorf("one byte more: got %+v, %v, want %v", got, err, ErrRoster)
	}
	if _, err := ParseRoster(make([]byte, MaxRoster+1)); !errors.Is(err, ErrRoster) {
		t.Errorf("too long: got %v, want %v", err, ErrRoster)
	}
}

func TestMemberIsFoundByNumber(t *testing.T) {
	r := roster()
	r.Members = append(r.Members, member(9, RoleWeb, "Web"))
	for id, want := range map[uint8]string{0: "", 1: "Erika Mustermann", 2: "Łukasz 明", 3: "", 9: "Web", 255: ""} {
		got, ok := r.Member(id)
		if got.Name != want || ok != (want != "") {
			t.Errorf("member %d: got %q, %v, want %q", id, got.Name, ok, want)
		}
	}
}

func TestBrokenRostersAreRefused(t *testing.T) {
	for name, change := range map[string]func(*Roster){
		"version":           func(r *Roster) { r.Version = 2 },
		"epoch 0":           func(r *Roster) { r.Epoch = 0 },
		"first with a past": func(r *Roster) { r.Prev[0] = 1 },
		"later without":     func(r *Roster) { r.Epoch = 2 },
		"no members":        func(r *Roster) { r.Members = nil },
		"no master":         func(r *Roster) { r.Members = r.Members[1:] },
		"member 0":          func(r *Roster) { r.Members[0].ID = 0 },
		"twice":             func(r *Roster) { r.Members[1].ID = 1 },
		"out of order":      func(r *Roster) { r.Members[0], r.Members[1] = r.Members[1], r.Members[0] },
		"role 0":            func(r *Roster) { r.Members[1].Role = 0 },
		"role 4":            func(r *Roster) { r.Members[1].Role = 4 },
		"two masters":       func(r *Roster) { r.Members[1].Role = RoleMaster },
		"master demoted":    func(r *Roster) { r.Members[0].Role = RoleParticipant },
		"one key twice":     func(r *Roster) { r.Members[1].SigKey = r.Members[0].SigKey },
	} {
		r := roster()
		change(&r)
		if got, err := ParseRoster(canon.Marshal(r)); !errors.Is(err, ErrRoster) {
			t.Errorf("%s: got %+v, %v, want %v", name, got, err, ErrRoster)
		}
		r.Version = min(r.Version, rosterVersion)
		if _, _, err := SignRoster(r, signKey(1)); !errors.Is(err, ErrRoster) && name != "version" {
			t.Errorf("%s: signed with %v, want %v", name, err, ErrRoster)
		}
	}
}

func TestFullRosterFits(t *testing.T) {
	r := roster()
	for id := 3; id <= MaxMembers; id++ {
		r.Members = append(r.Members, member(uint8(id), RoleParticipant, strings.Repeat("n", 64)))
	}
	encoded, sig := signed(t, r)
	c, err := NewChain(r.Session, public(signKey(1)))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Next(encoded, sig); err != nil || len(got.Members) != MaxMembers {
		t.Errorf("%d bytes: got %d members, %v, want %d", len(encoded), len(got.Members), err, MaxMembers)
	}
	for i := range r.Members {
		r.Members[i].Name = strings.Repeat("明", 60)
	}
	if _, _, err := SignRoster(r, signKey(1)); !errors.Is(err, ErrRoster) {
		t.Errorf("too long to travel: got %v, want %v", err, ErrRoster)
	}
}

func TestNamesThatCouldDeceiveAreRefused(t *testing.T) {
	for _, name := range []string{"", "Erika", "a b", "Łukasz 明", "👩", strings.Repeat("ä", 64), "O’Brien (IT)"} {
		if err := CheckName(name); err != nil {
			t.Errorf("%q: got %v", name, err)
		}
	}
	for _, name := range []string{
		" a", "a ", "a\n", "\x00", "a\u202eb", "a\u2066b", "a\u200fb", "a\u200bb", "a\ufeffb", "a\u2028b", "a\u00a0b",
		"a\u00adb", "a\xffb", "\u0080", "a\u061cb", strings.Repeat("a", 65), strings.Repeat("👩", 64) + "a",
	} {
		if err := CheckName(name); !errors.Is(err, ErrName) {
			t.Errorf("%q: got %v, want %v", name, err, ErrName)
		}
	}
}

func chain(t *testing.T) *Chain {
	t.Helper()
	c, err := NewChain([16]byte{1}, public(signKey(1)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// after returns the roster that follows encoded, with the members given.
func after(encoded []byte, number uint64, members ...Member) Roster {
	return Roster{Session: [16]byte{1}, Epoch: number, Prev: RosterHash(encoded), Members: members}
}

func TestChainTakesOnlyWhatFollows(t *testing.T) {
	first, firstSig := signed(t, roster())
	second, secondSig := signed(t, after(first, 2, roster().Members[0]))
	third, thirdSig := signed(t, after(second, 3, roster().Members...))
	fork, forkSig := signed(t, after(first, 2, roster().Members...))
	skip, skipSig := signed(t, after(first, 3, roster().Members...))
	other, otherSig := signed(t, func() Roster { r := after(first, 2, roster().Members...); r.Session[0]++; return r }())
	usurped, usurpedSig, err := SignRoster(func() Roster {
		r := after(first, 2, roster().Members...)
		r.Members[0].SigKey = [32]byte(public(signKey(77)))
		return r
	}(), signKey(1))
	if err != nil {
		t.Fatal(err)
	}
	evil := ed25519.Sign(signKey(2), rosterMessage(second))
	bare := ed25519.Sign(signKey(1), second)

	c := chain(t)
	for _, step := range []struct {
		name         string
		encoded, sig []byte
		want         error
	}{
		{"first by a member", first, ed25519.Sign(signKey(2), rosterMessage(first)), ErrRosterSignature},
		{"first", first, firstSig, nil},
		{"first again", first, firstSig, ErrChain},
		{"third too early", third, thirdSig, ErrChain},
		{"a number left out", skip, skipSig, ErrChain},
		{"other session", other, otherSig, ErrChain},
		{"other master", usurped, usurpedSig, ErrChain},
		{"second by a member", second, evil, ErrRosterSignature},
		{"second without label", second, bare, ErrRosterSignature},
		{"second without signature", second, nil, ErrRosterSignature},
		{"second with the first's signature", second, firstSig, ErrRosterSignature},
		{"second", second, secondSig, nil},
		{"the other second", fork, forkSig, ErrChain},
		{"third on the other second", skip, skipSig, ErrChain},
		{"third", third, thirdSig, nil},
	} {
		before := c.Hash()
		got, err := c.Next(step.encoded, step.sig)
		if !errors.Is(err, step.want) {
			t.Errorf("%s: got %+v, %v, want %v", step.name, got, err, step.want)
		}
		want := before
		if step.want == nil {
			want = RosterHash(step.encoded)
		}
		if c.Hash() != want {
			t.Errorf("%s: hash %x, want %x", step.name, c.Hash(), want)
		}
	}
	if got := c.Last().Epoch; got != 3 {
		t.Errorf("last epoch: got %d, want 3", got)
	}
}

func TestLateJoinerBeginsInTheMiddle(t *testing.T) {
	first, _ := signed(t, roster())
	second, secondSig := signed(t, after(first, 2, roster().Members...))
	third, thirdSig := signed(t, after(second, 3, roster().Members...))
	c := chain(t)
	if _, err := c.Next(second, secondSig); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Next(third, thirdSig); err != nil {
		t.Errorf("third: got %v", err)
	}
}

func TestRejoinSkipsForwardNeverBack(t *testing.T) {
	first, firstSig := signed(t, roster())
	second, secondSig := signed(t, after(first, 2, roster().Members...))
	third, thirdSig := signed(t, after(second, 3, roster().Members...))
	fork, forkSig := signed(t, after(second, 3, roster().Members[0]))
	c := chain(t)
	if _, err := c.Next(first, firstSig); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Rejoin(third, ed25519.Sign(signKey(2), rosterMessage(third))); !errors.Is(err, ErrRosterSignature) {
		t.Errorf("by a member: got %v, want %v", err, ErrRosterSignature)
	}
	for _, step := range []struct {
		name         string
		encoded, sig []byte
		want         error
	}{
		{"third", third, thirdSig, nil},
		{"third again", third, thirdSig, nil},
		{"the other third", fork, forkSig, ErrChain},
		{"second", second, secondSig, ErrChain},
	} {
		if _, err := c.Rejoin(step.encoded, step.sig); !errors.Is(err, step.want) {
			t.Errorf("%s: got %v, want %v", step.name, err, step.want)
		}
	}
}

func TestNewChainWantsAKey(t *testing.T) {
	if c, err := NewChain([16]byte{}, nil); err == nil {
		t.Errorf("got %v", c)
	}
}

func TestReadyIsForOneRoster(t *testing.T) {
	key, hash := signKey(2), [32]byte{9}
	sig := SignReady(key, [16]byte{1}, 5, hash)
	if !VerifyReady(public(key), [16]byte{1}, 5, hash, sig) {
		t.Error("own word is refused")
	}
	switch {
	case VerifyReady(public(key), [16]byte{2}, 5, hash, sig),
		VerifyReady(public(key), [16]byte{1}, 6, hash, sig),
		VerifyReady(public(key), [16]byte{1}, 5, [32]byte{8}, sig),
		VerifyReady(public(signKey(3)), [16]byte{1}, 5, hash, sig),
		VerifyReady(nil, [16]byte{1}, 5, hash, sig):
		t.Error("a word for something else is accepted")
	}
}

func FuzzParseRoster(f *testing.F) {
	encoded, _ := signed(f, roster())
	f.Add(encoded)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseRoster(b)
		if err == nil && !bytes.Equal(canon.Marshal(r), b) {
			t.Fatalf("%x has a second spelling", b)
		}
	})
}

func FuzzCheckName(f *testing.F) {
	f.Add("Erika")
	f.Add("a\u202eb")
	f.Fuzz(func(t *testing.T, name string) {
		if CheckName(name) == nil && (len(name) > maxNameBytes || strings.ContainsAny(name, "\n\r\t\u202a\u202e\u2066\u200f")) {
			t.Fatalf("%q is accepted", name)
		}
	})
}
