package handshake

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func TestRefusalHasTheseBytes(t *testing.T) {
	got := hex.EncodeToString(Refusal{Reason: "wrong_pin", Left: 4}.Encode())
	if want := "ee" + "a2" + "0169" + hex.EncodeToString([]byte("wrong_pin")) + "0204"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRefusalComesBack(t *testing.T) {
	want := Refusal{Reason: strings.Repeat("a", maxRefusalReason), Left: 5}
	msg := want.Encode()
	if got, ours, err := ParseRefusal(msg); got != want || !ours || err != nil {
		t.Errorf("got %+v, %v, %v, want %+v", got, ours, err, want)
	}
	for n := 1; n < len(msg); n++ {
		if got, ours, err := ParseRefusal(msg[:n]); !ours || !errors.Is(err, ErrMalformed) {
			t.Errorf("cut to %d bytes: got %+v, %v, %v, want %v", n, got, ours, err, ErrMalformed)
		}
	}
	if got, ours, err := ParseRefusal(append(msg, 0)); !ours || !errors.Is(err, ErrMalformed) {
		t.Errorf("one byte more: got %+v, %v, %v, want %v", got, ours, err, ErrMalformed)
	}
}

// TestRefusalCarriesNoSentence: what it says comes from anybody on the way.
func TestRefusalCarriesNoSentence(t *testing.T) {
	for _, reason := range []string{"call us", "Call", "a.b", "é", "a\n", strings.Repeat("a", maxRefusalReason+1)} {
		if got, ours, err := ParseRefusal(Refusal{Reason: reason}.Encode()); !ours || !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: got %+v, %v, %v, want %v", reason, got, ours, err, ErrMalformed)
		}
	}
}

// TestKindsAreToldApart asks of every message of both runs what it is.
func TestKindsAreToldApart(t *testing.T) {
	o, r := run(participantConfig(), masterConfig(), honest), resume(resumeConfig(), resumeConfig(), honest)
	type kinds struct{ first, resume, refusal, sealed bool }
	see := func(msg []byte) kinds {
		_, refusal, _ := ParseRefusal(msg)
		_, sealed := UnwrapSealed(msg)
		return kinds{IsFirst(msg), IsResume(msg), refusal, sealed}
	}
	for name, c := range map[string]struct {
		msg  []byte
		want kinds
	}{
		"nothing": {nil, kinds{}},
		"E1":      {o.msgs[0], kinds{first: true}},
		"E2":      {o.msgs[1], kinds{}},
		"E3":      {o.msgs[2], kinds{}},
		"E4":      {o.msgs[3], kinds{}},
		"R1":      {r.msgs[0], kinds{resume: true}},
		"R2":      {r.msgs[1], kinds{}},
		"R3":      {r.msgs[2], kinds{}},
		"refusal": {Refusal{Reason: "x"}.Encode(), kinds{refusal: true}},
		"sealed":  {WrapSealed([]byte("record")), kinds{sealed: true}},
		"no more": {WrapSealed(nil), kinds{}},
	} {
		if got := see(c.msg); got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
	if got, ok := UnwrapSealed(WrapSealed([]byte("record"))); !ok || string(got) != "record" {
		t.Errorf("sealed: got %q, %v, want record", got, ok)
	}
}

func FuzzParseRefusal(f *testing.F) {
	f.Add(Refusal{Reason: "wrong_pin", Left: 4}.Encode())
	f.Fuzz(func(t *testing.T, msg []byte) {
		r, ours, err := ParseRefusal(msg)
		if ours && err == nil && !bytes.Equal(r.Encode(), msg) {
			t.Fatalf("%x has a second spelling", msg)
		}
	})
}
