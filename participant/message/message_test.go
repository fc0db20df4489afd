package message

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"lotse/crypto/epoch"
	"lotse/crypto/secret"
)

func TestMessagesAreTheBytesOfTheProtocol(t *testing.T) {
	for _, s := range samples() {
		if got, want := Append(nil, s.m), unhex(t, s.hex); !bytes.Equal(got, want) {
			t.Errorf("%s:\ngot  %x\nwant %x", s.name, got, want)
		}
	}
}

func TestAppendKeepsWhatIsThere(t *testing.T) {
	for _, s := range samples() {
		want := append([]byte("before"), unhex(t, s.hex)...)
		if got := Append([]byte("before"), s.m); !bytes.Equal(got, want) {
			t.Errorf("%s:\ngot  %x\nwant %x", s.name, got, want)
		}
	}
}

func TestMessagesComeBackAsTheyWere(t *testing.T) {
	for _, s := range samples() {
		got, err := Parse(unhex(t, s.hex))
		if err != nil || !reflect.DeepEqual(got, s.m) {
			t.Errorf("%s: got %#v, %v, want %#v", s.name, got, err, s.m)
		}
	}
}

func TestEveryShorterPrefixIsRefused(t *testing.T) {
	for _, s := range samples() {
		whole := unhex(t, s.hex)
		for n := range whole {
			got, err := Parse(whole[:n])
			if s.open && err == nil {
				if again := Append(nil, got); !bytes.Equal(again, whole[:n]) {
					t.Errorf("%s, %d bytes: got %x, want %x", s.name, n, again, whole[:n])
				}
				continue
			}
			if got != nil || !errors.Is(err, ErrMalformed) {
				t.Errorf("%s, %d of %d bytes: got %#v, %v, want %v", s.name, n, len(whole), got, err, ErrMalformed)
			}
		}
	}
}

func TestOneByteMoreIsRefused(t *testing.T) {
	for _, s := range samples() {
		for _, extra := range []byte{0, 'a', 0xff} {
			longer := append(unhex(t, s.hex), extra)
			got, err := Parse(longer)
			if s.open && err == nil {
				if again := Append(nil, got); !bytes.Equal(again, longer) {
					t.Errorf("%s: got %x, want %x", s.name, again, longer)
				}
				continue
			}
			if got != nil || !errors.Is(err, ErrMalformed) {
				t.Errorf("%s and %#x: got %#v, %v, want %v", s.name, extra, got, err, ErrMalformed)
			}
		}
	}
}

func TestEveryKindHasASampleUnderItsOwnName(t *testing.T) {
	kinds := kindsInSource(t)
	sampled := make(map[Kind]bool)
	for _, s := range samples() {
		name := reflect.TypeOf(s.m).Name()
		if kinds[name] != s.m.Kind() {
			t.Errorf("%s: got kind %d, want %d", name, s.m.Kind(), kinds[name])
		}
		sampled[s.m.Kind()] = true
	}
	for name, k := range kinds {
		if !sampled[k] {
			t.Errorf("%s has no sample", name)
		}
	}
}

func TestUnknownKindsAreSkippedUnlessCritical(t *testing.T) {
	known := make(map[Kind]bool)
	for _, k := range kindsInSource(t) {
		known[k] = true
	}
	for i := range 256 {
		if known[Kind(i)] {
			continue
		}
		for flags, want := range []error{ErrUnknown, ErrUnknownCritical} {
			for _, body := range []string{"", "body"} {
				got, err := Parse(append([]byte{byte(i), byte(flags)}, body...))
				if got != nil || !errors.Is(err, want) {
					t.Errorf("kind %d, flags %d: got %#v, %v, want %v", i, flags, got, err, want)
				}
			}
		}
	}
	if errors.Is(ErrUnknownCritical, ErrUnknown) || errors.Is(ErrUnknown, ErrUnknownCritical) {
		t.Error("a critical message can be taken for one that may be skipped")
	}
}

func TestTheCriticalBitBelongsToTheKind(t *testing.T) {
	for _, s := range samples() {
		b := unhex(t, s.hex)
		right := b[1]
		for flags := range 256 {
			b[1] = byte(flags)
			_, err := Parse(b)
			if byte(flags) == right {
				if err != nil {
					t.Errorf("%s, flags %#x: got %v, want nil", s.name, flags, err)
				}
			} else if !errors.Is(err, ErrMalformed) {
				t.Errorf("%s, flags %#x: got %v, want %v", s.name, flags, err, ErrMalformed)
			}
		}
	}
}

func TestOtherFlagsAreRefusedForUnknownKindsToo(t *testing.T) {
	for flags := 2; flags < 256; flags++ {
		if got, err := Parse([]byte{200, byte(flags)}); got != nil || !errors.Is(err, ErrMalformed) {
			t.Errorf("flags %#x: got %#v, %v, want %v", flags, got, err, ErrMalformed)
		}
	}
}

func TestEveryKindTravelsOnOneStream(t *testing.T) {
	want := map[string]epoch.Stream{
		"Welcome": epoch.PairControl, "Ready": epoch.PairControl, "Bye": epoch.PairControl, "Standby": epoch.PairControl,
		"Ask": epoch.PairControl, "Withdraw": epoch.PairControl, "Status": epoch.PairControl,
		"GiveBack": epoch.PairControl, "Clip": epoch.PairControl, "ClipPicture": epoch.PairControl,
		"ClipTaken": epoch.PairControl, "ClipDrop": epoch.PairControl, "ClipPiece": epoch.Clipboard,
		"Direct": epoch.PairControl, "Candidate": epoch.PairControl, "Ping": epoch.PairControl, "Pong": epoch.PairControl,
		"Sharing": epoch.Control, "Refresh": epoch.Control, "Ack": epoch.Control,
		"Wish": epoch.Control, "Look": epoch.Control, "Screens": epoch.Control, "Pace": epoch.Control,
		"Update": epoch.Screen, "Cursor": epoch.Cursor,
		"Key": epoch.PairInput, "Text": epoch.PairInput, "Move": epoch.PairInput,
		"Letter": epoch.PairInput, "Button": epoch.PairInput, "Wheel": epoch.PairInput, "Release": epoch.PairInput,
		"Mark": epoch.PairInput, "Wipe": epoch.PairInput, "Locks": epoch.PairInput,
	}
	for name, k := range kindsInSource(t) {
		var got []epoch.Stream
		for s := range 256 {
			if k.Travels(epoch.Stream(s)) {
				got = append(got, epoch.Stream(s))
			}
		}
		if !reflect.DeepEqual(got, []epoch.Stream{want[name]}) {
			t.Errorf("%s: got %v, want %v", name, got, want[name])
		}
	}
	for s := range 256 {
		if Kind(99).Travels(epoch.Stream(s)) {
			t.Errorf("an unknown kind travels on %d", s)
		}
	}
}

func TestAWelcomeDoesNotPrintItsSecret(t *testing.T) {
	marker := secret.Bytes(strings.Repeat("Geheim!!", epochSecretSize/8))
	m := Welcome{Secret: EpochSecret{marker}}
	spellings := []string{"Geheim", "47656865696d", "47656865696D", "71 101 104", "0x47, 0x65", "R2VoZWlt"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		got := fmt.Sprintf(verb, m)
		for _, s := range spellings {
			if strings.Contains(got, s) {
				t.Errorf("%s: got %s, want it without the secret", verb, got)
			}
		}
	}
}

func TestErrorsDoNotRepeatASecret(t *testing.T) {
	m := Welcome{
		Member: 1, Secret: EpochSecret{secret.Bytes(strings.Repeat("Geheim!!", epochSecretSize/8))},
		Roster: []byte{1}, Signature: repeated(1, signatureSize),
	}
	_, err := Parse(Append(nil, m))
	if !errors.Is(err, ErrMalformed) || strings.Contains(err.Error(), "Geheim") {
		t.Errorf("got %v, want %v without the secret", err, ErrMalformed)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range samples() {
		f.Add(unhex(f, s.hex))
	}
	for _, s := range badCBOR() {
		f.Add(append([]byte{byte(KindAsk), 0}, unhex(f, s.body)...))
	}
	f.Add([]byte{99, 0})
	f.Add([]byte{99, 1, 2, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Parse(b)
		if err != nil {
			if m != nil || !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrUnknown) && !errors.Is(err, ErrUnknownCritical) {
				t.Fatalf("got %#v, %v", m, err)
			}
			return
		}
		if got := Append(nil, m); !bytes.Equal(got, b) {
			t.Fatalf("%#v:\ngot  %x\nwant %x", m, got, b)
		}
		if m.Kind() != Kind(b[0]) {
			t.Fatalf("got kind %d, want %d", m.Kind(), b[0])
		}
	})
}
