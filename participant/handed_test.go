package participant

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"lotse/capture/screen"
	"lotse/crypto/canon"
	"lotse/crypto/epoch"
	"lotse/participant/session"
)

// handedSample uses every field.
func handedSample() handed {
	at := time.Unix(1_700_000_000, 5)
	v := session.Saved{At: at, Grants: session.See | session.Control, LastAsk: 3, Ledger: []session.Entry{
		{At: at, What: "asked", Question: 3, About: session.See},
		{At: at, What: "granted", Grants: session.See, Question: 3, Silent: true, About: session.See, For: time.Minute},
		{At: at, What: "ended", Reason: session.ReasonLeft},
	}}
	v.Until[2] = at.Add(time.Hour)
	return handed{
		Version: handedVersion, Number: "48213", Address: "10.0.0.1:5005", Words: "123456", Self: 2,
		Master: [32]byte{1}, Profile: [32]byte{2}, Licence: []byte("licence"), Seed: bytes.Repeat([]byte{3}, 32),
		Resume: [][]byte{bytes.Repeat([]byte{4}, resumeSize), bytes.Repeat([]byte{5}, resumeSize)},
		Roster: []byte("roster"), Signed: bytes.Repeat([]byte{6}, 64),
		Target:  handTarget(screen.Target{Kind: screen.Region, ID: 7, Rect: image.Rect(-1, 0, 100, 200)}),
		Session: handRights(v),
	}
}

func TestHandedSessionHasTheseBytes(t *testing.T) {
	got := handedSample().encode()
	sum := sha256.Sum256(got)
	if hex.EncodeToString(sum[:]) != handedSum || len(got) != handedLength || hex.EncodeToString(got[:24]) != handedHead {
		t.Errorf("got %d bytes with the sum %x and the head %x, want %d, %s, %s", len(got), sum, got[:24], handedLength, handedSum, handedHead)
	}
}

func TestHandedSessionComesBack(t *testing.T) {
	want := handedSample()
	got, err := readHanded(bytes.NewReader(want.encode()))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got another one, %v", err)
	}
	peer := session.Person{Name: "Hanna"}
	saved := got.Session.saved(peer)
	if again := handRights(saved); !reflect.DeepEqual(again, want.Session) || saved.Peer != peer {
		t.Errorf("got %+v, want %+v", again, want.Session)
	}
	if again := handTarget(got.Target.target()); again != want.Target {
		t.Errorf("got %+v, want %+v", again, want.Target)
	}
}

func TestEveryShorterHandedSessionIsRefused(t *testing.T) {
	whole := handedSample().encode()
	for n := range whole {
		if got, err := readHanded(bytes.NewReader(whole[:n])); !errors.Is(err, errHanded) || !reflect.DeepEqual(got, handed{}) {
			t.Fatalf("%d bytes: got a session, %v, want %v", n, err, errHanded)
		}
		if n < 4 {
			continue
		}
		short := binary.BigEndian.AppendUint32(nil, uint32(n-4))
		if got, err := readHanded(bytes.NewReader(append(short, whole[4:n]...))); !errors.Is(err, errHanded) || !reflect.DeepEqual(got, handed{}) {
			t.Fatalf("a body of %d bytes: got a session, %v, want %v", n-4, err, errHanded)
		}
	}
}

// TestByteBehindAHandedSessionStays says that what follows belongs to the next
// word; inside the length it is a mistake.
func TestByteBehindAHandedSessionStays(t *testing.T) {
	whole := handedSample().encode()
	r := bytes.NewReader(append(bytes.Clone(whole), 9))
	if _, err := readHanded(r); err != nil {
		t.Error(err)
	}
	if rest, err := io.ReadAll(r); err != nil || !bytes.Equal(rest, []byte{9}) {
		t.Errorf("got %v, %v behind it, want the byte", rest, err)
	}
	if _, err := parseHanded(append(bytes.Clone(whole[4:]), 0)); !errors.Is(err, errHanded) {
		t.Errorf("got %v, want %v", err, errHanded)
	}
}

func TestHandedSessionKeepsItsLimits(t *testing.T) {
	for name, spoil := range map[string]func(h *handed){
		"version":        func(h *handed) { h.Version++ },
		"member":         func(h *handed) { h.Self = 1 },
		"number":         func(h *handed) { h.Number = strings.Repeat("1", maxSpoken+1) },
		"address":        func(h *handed) { h.Address = strings.Repeat("1", maxSpoken+1) },
		"words":          func(h *handed) { h.Words = strings.Repeat("1", maxSpoken+1) },
		"licence":        func(h *handed) { h.Licence = make([]byte, maxLicence+1) },
		"roster":         func(h *handed) { h.Roster = make([]byte, epoch.MaxRoster+1) },
		"signature":      func(h *handed) { h.Signed = h.Signed[1:] },
		"seed":           func(h *handed) { h.Seed = h.Seed[1:] },
		"no key":         func(h *handed) { h.Resume = nil },
		"too many keys":  func(h *handed) { h.Resume = append(h.Resume, h.Resume[0]) },
		"a short key":    func(h *handed) { h.Resume[1] = h.Resume[1][1:] },
		"kind of target": func(h *handed) { h.Target.Kind = uint8(screen.Window) + 1 },
		"ledger":         func(h *handed) { h.Session.Ledger = make([]handedEntry, 4097) },
	} {
		h := handedSample()
		spoil(&h)
		if _, err := parseHanded(canon.Marshal(h)); !errors.Is(err, errHanded) {
			t.Errorf("%s: got %v, want %v", name, err, errHanded)
		}
	}
	long := binary.BigEndian.AppendUint32(nil, maxHanded+1)
	if _, err := readHanded(bytes.NewReader(append(long, make([]byte, maxHanded+1)...))); !errors.Is(err, errHanded) {
		t.Errorf("length: got %v, want %v", err, errHanded)
	}
}

func TestFullestSessionFitsIntoAHandover(t *testing.T) {
	h := handedSample()
	h.Roster, h.Licence = make([]byte, epoch.MaxRoster), make([]byte, maxLicence)
	h.Session.Ledger = make([]handedEntry, 4096)
	for i := range h.Session.Ledger {
		h.Session.Ledger[i] = handedEntry{1 << 62, "given_back", session.All, 1 << 31, true, session.ReasonRelayUnreachable, session.All, 1 << 62}
	}
	if _, err := readHanded(bytes.NewReader(h.encode())); err != nil {
		t.Errorf("got %v for %d bytes, want none", err, len(h.encode()))
	}
}

func TestHandedSessionPrintsNothingAndIsWiped(t *testing.T) {
	h := handedSample()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		if got := fmt.Sprintf(verb, h); got != "[redacted]" {
			t.Errorf("%s: got %s", verb, got)
		}
	}
	key := h.Resume[0]
	h.wipe()
	if !bytes.Equal(h.Seed, make([]byte, 32)) || !bytes.Equal(key, make([]byte, resumeSize)) {
		t.Error("got keys, want them wiped")
	}
	spoilt := handedSample()
	spoilt.Resume = append(spoilt.Resume, []byte("secret secret secret"))
	if _, err := parseHanded(canon.Marshal(spoilt)); strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v, want no content", err)
	}
}

func FuzzReadHanded(f *testing.F) {
	f.Add(handedSample().encode())
	f.Add([]byte{0, 0, 0, 1, 0xa0})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := readHanded(bytes.NewReader(b))
		if err != nil {
			if !errors.Is(err, errHanded) {
				t.Fatalf("got %v, want %v", err, errHanded)
			}
			return
		}
		if again := h.encode(); !bytes.HasPrefix(b, again) {
			t.Fatal("got another spelling")
		}
		var s session.Session
		_ = s.Restore(h.Session.saved(session.Person{}))
		if s.Allows(session.See) {
			t.Fatal("got something allowed before the master is back")
		}
	})
}

// What handedSample has always been.
const (
	handedLength = 526
	handedSum    = "d24396dcff3027ad33ab4a2ec2692f386a4e58aa494cfd9c497d544af8a67677"
	handedHead   = "0000020aae010102653438323133036d31302e302e302e31"
)
