package profile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"testing"
	"time"
)

// signedSlot is a slot with the tests' profile in it.
func signedSlot(t *testing.T) Slot {
	t.Helper()
	signer, verifier := issuerOf(t, "musterhafen")
	signed, err := Sign(encode(t, fields(t)), signer)
	if err != nil {
		t.Fatal(err)
	}
	return Slot{Issuers: []string{verifier}, Note: signed}
}

// The file that is linked into every program is the empty slot, and its mark
// stands nowhere else in the package's code.
func TestTemplatesCarryTheEmptySlot(t *testing.T) {
	got, err := os.ReadFile("slot.bin")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, EmptySlot()) {
		t.Error("slot.bin is not the empty slot")
	}
	if _, err := ParseSlot(got); !errors.Is(err, ErrNone) {
		t.Errorf("got %v, want %v", err, ErrNone)
	}
}

func TestFillAndReadBack(t *testing.T) {
	want := signedSlot(t)
	program := append(bytes.Repeat([]byte{0x90}, 1000), append(EmptySlot(), "the rest of the program"...)...)
	size := len(program)
	if err := Fill(program, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadSlot(program)
	if err != nil || !bytes.Equal(got.Note, want.Note) || got.Issuers[0] != want.Issuers[0] || len(program) != size {
		t.Fatalf("got %+v, %v", got, err)
	}
	if _, p, err := got.Open(); err != nil || p.Organisation != "Stadtwerke Musterhafen" {
		t.Errorf("got %+v, %v", p, err)
	}
	if err := Fill(program, want); !errors.Is(err, ErrSlot) {
		t.Errorf("a second profile: got %v, want %v", err, ErrSlot)
	}
}

func TestFillWantsOneSlot(t *testing.T) {
	s := signedSlot(t)
	for name, program := range map[string][]byte{
		"none":    []byte("MZ"),
		"cut off": EmptySlot()[:SlotSize-1],
		"two":     append(EmptySlot(), EmptySlot()...),
	} {
		if err := Fill(program, s); !errors.Is(err, ErrSlot) {
			t.Errorf("%s: got %v, want %v", name, err, ErrSlot)
		}
	}
	if got := FindSlots(append(EmptySlot(), EmptySlot()...)); len(got) != 2 || got[1] != SlotSize {
		t.Errorf("got %v", got)
	}
}

func TestSlotRefusesWhatNobodySigned(t *testing.T) {
	s := signedSlot(t)
	_, other := issuerOf(t, "somebody")
	for name, bad := range map[string]Slot{
		"another issuer": {Issuers: []string{other}, Note: s.Note},
		"no note":        {Issuers: s.Issuers},
	} {
		if _, err := bad.Bytes(); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: got %v, want %v", name, err, ErrDamaged)
		}
	}
	if _, err := (Slot{Note: s.Note}).Bytes(); !errors.Is(err, ErrSlot) {
		t.Errorf("no issuer: got %v, want %v", err, ErrSlot)
	}
}

// No byte of a slot is without a guard: each one that is altered is noticed by
// the slot's own form. Of the zeros behind the content every 61st is tried.
func TestEveryByteOfASlotCounts(t *testing.T) {
	b, err := signedSlot(t).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	end := slotHead + int(binary.BigEndian.Uint32(b[magicSize+4:]))
	for i := 0; i < len(b); i++ {
		if i > end {
			i = min(i+60, len(b)-1)
		}
		b[i] ^= 0x20
		if _, err := ParseSlot(b); err == nil {
			t.Fatalf("byte %d of %d can be altered", i, len(b))
		}
		b[i] ^= 0x20
	}
}

func TestRunsOnlyWhereItMay(t *testing.T) {
	p, err := Parse(encode(t, fields(t)))
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2027, 12, 31, 23, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		edition Edition
		version string
		at      time.Time
		want    error
	}{
		{ParticipantEdition, "0.1.0", day, nil},
		{ParticipantEdition, "1.0.0", day, nil},
		{MasterEdition, "0.1.0", day, ErrEdition},
		{ParticipantEdition, "0.1.0", day.Add(time.Hour), ErrOver},
		{ParticipantEdition, "0.0.9", day, ErrTooOld},
		{ParticipantEdition, "unknown", day, ErrTooOld},
	} {
		if err := p.Runs(row.edition, row.version, row.at); !errors.Is(err, row.want) {
			t.Errorf("%s %s at %v: got %v, want %v", row.edition, row.version, row.at, err, row.want)
		}
	}
}

func TestBuildCountsVersions(t *testing.T) {
	if _, ok := parseVersion(Version); !ok {
		t.Fatalf("Version %q is not of the form 1.2.3", Version)
	}
	if Build() == 0 {
		t.Error("build 0 is what a program without a number says")
	}
	for _, row := range []struct{ a, b [3]uint16 }{{[3]uint16{0, 9, 9}, [3]uint16{1, 0, 0}}, {[3]uint16{1, 2, 3}, [3]uint16{1, 2, 4}}, {[3]uint16{1, 9, 3}, [3]uint16{1, 10, 0}}} {
		if !older(row.a, row.b) || older(row.b, row.a) || older(row.a, row.a) {
			t.Errorf("%v, %v", row.a, row.b)
		}
	}
}

func TestVersionIsReadOutOfTheBytes(t *testing.T) {
	program := func(version string) []byte { return []byte("MZ of a program " + markHead + version + " of it\n") }
	for name, row := range map[string]struct {
		program []byte
		want    string
	}{
		"this one's":      {[]byte("MZ" + mark + "more"), Version},
		"another":         {program("0.0.9\n"), "0.0.9"},
		"the longest":     {program("999.999.999\n"), "999.999.999"},
		"at the end":      {[]byte(markHead + "1.2.3\n"), "1.2.3"},
		"none":            {[]byte("MZ 0.1.0\n"), ""},
		"nothing":         {nil, ""},
		"two":             {append(program("0.1.0\n"), program("0.1.0\n")...), ""},
		"no number":       {program("new\n"), ""},
		"no end":          {program("0.1.0"), ""},
		"cut off":         {[]byte(markHead + "0.1.0"), ""},
		"longer than any": {program("1000.999.999\n"), ""},
	} {
		got, err := VersionOf(row.program)
		if got != row.want || (row.want == "") != errors.Is(err, ErrVersion) {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, row.want)
		}
	}
	if running != Version {
		t.Errorf("got %q, want %q", running, Version)
	}
}

func FuzzParseSlot(f *testing.F) {
	f.Add(EmptySlot())
	f.Add(EmptySlot()[:100])
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := ParseSlot(b); err == nil {
			if _, _, err := s.Open(); err == nil {
				t.Fatal("somebody forged a profile")
			}
		}
	})
}
