package sframe

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"lotse/crypto/secret"
)

// vectors is the part of the RFC's test vectors (appendix C) that is used.
type vectors struct {
	Header []struct {
		KID     uint64 `json:"kid"`
		CTR     uint64 `json:"ctr"`
		Encoded string `json:"encoded"`
	} `json:"header"`
	SFrame []struct {
		Suite    uint16 `json:"cipher_suite"`
		KID      uint64 `json:"kid"`
		CTR      uint64 `json:"ctr"`
		BaseKey  string `json:"base_key"`
		KeyLabel string `json:"sframe_key_label"`
		SltLabel string `json:"sframe_salt_label"`
		Key      string `json:"sframe_key"`
		Salt     string `json:"sframe_salt"`
		Metadata string `json:"metadata"`
		Nonce    string `json:"nonce"`
		AAD      string `json:"aad"`
		PT       string `json:"pt"`
		CT       string `json:"ct"`
	} `json:"sframe"`
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	raw, err := os.ReadFile("../testdata/vectors/sframe/test-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestHeaderVectorsMatch(t *testing.T) {
	all := readVectors(t).Header
	if len(all) != 289 {
		t.Fatalf("got %d header vectors, want 289", len(all))
	}
	for _, v := range all {
		encoded := unhex(t, v.Encoded)
		if got := AppendHeader([]byte("x"), v.KID, v.CTR); !bytes.Equal(got[1:], encoded) {
			t.Errorf("kid %d ctr %d: got %x, want %x", v.KID, v.CTR, got[1:], encoded)
		}
		got, err := ParseHeader(append(bytes.Clone(encoded), 0xff))
		want := Header{KID: v.KID, CTR: v.CTR, Size: len(encoded)}
		if err != nil || got != want {
			t.Errorf("%x: got %+v, %v, want %+v", encoded, got, err, want)
		}
		for n := range encoded {
			if got, err := ParseHeader(encoded[:n]); !errors.Is(err, ErrHeader) {
				t.Errorf("%x: got %+v, %v, want %v", encoded[:n], got, err, ErrHeader)
			}
		}
	}
}

func TestLongerHeadersThanNeededAreRefused(t *testing.T) {
	for _, s := range []string{
		"8000",             // kid 0 in one byte
		"8007",             // kid 7 in one byte
		"0800",             // ctr 0 in one byte
		"0807",             // ctr 7 in one byte
		"090001",           // ctr 1 in two bytes
		"0900ff",           // ctr 255 in two bytes
		"900001",           // kid 1 in two bytes
		"0f0000000000ffff", // cut short
		"0f00ffffffffffffff",
		"f000ffffffffffffff",
	} {
		if got, err := ParseHeader(unhex(t, s)); !errors.Is(err, ErrHeader) {
			t.Errorf("%s: got %+v, %v, want %v", s, got, err, ErrHeader)
		}
	}
}

func TestSuiteFiveVectorMatches(t *testing.T) {
	found := 0
	for _, v := range readVectors(t).SFrame {
		if v.Suite != Suite {
			continue
		}
		found++
		base := secret.Bytes(unhex(t, v.BaseKey))
		if got := []byte(label("SFrame 1.0 Secret key ", v.KID)); !bytes.Equal(got, unhex(t, v.KeyLabel)) {
			t.Errorf("key label: got %x, want %s", got, v.KeyLabel)
		}
		if got := []byte(label("SFrame 1.0 Secret salt ", v.KID)); !bytes.Equal(got, unhex(t, v.SltLabel)) {
			t.Errorf("salt label: got %x, want %s", got, v.SltLabel)
		}
		key, salt, err := derive(v.KID, base.Reveal())
		if err != nil || !bytes.Equal(key, unhex(t, v.Key)) || !bytes.Equal(salt, unhex(t, v.Salt)) {
			t.Errorf("derive: got %x %x %v, want %s %s", key, salt, err, v.Key, v.Salt)
		}
		k := newKey(t, v.KID, base)
		got := k.Seal(nil, v.CTR, unhex(t, v.Metadata), unhex(t, v.PT))
		if !bytes.Equal(got, unhex(t, v.CT)) {
			t.Errorf("record: got %x, want %s", got, v.CT)
		}
		if !bytes.Equal(k.nonce[:], unhex(t, v.Nonce)) || !bytes.Equal(k.scratch, unhex(t, v.AAD)) {
			t.Errorf("nonce and aad: got %x %x, want %s %s", k.nonce, k.scratch, v.Nonce, v.AAD)
		}
		plain, ctr, err := k.Open(nil, unhex(t, v.Metadata), unhex(t, v.CT))
		if err != nil || ctr != v.CTR || !bytes.Equal(plain, unhex(t, v.PT)) {
			t.Errorf("open: got %x, %d, %v, want %s, %d", plain, ctr, err, v.PT, v.CTR)
		}
	}
	if found != 1 {
		t.Fatalf("got %d vectors of suite 5, want 1", found)
	}
}

func newKey(tb testing.TB, kid uint64, base secret.Bytes) *Key {
	tb.Helper()
	k, err := NewKey(kid, base)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func TestEveryChangedByteIsRefused(t *testing.T) {
	k := newKey(t, 0x1234, secret.Bytes("base"))
	meta, plain := []byte("lane 1"), []byte("a record")
	record := k.Seal(nil, 300, meta, plain)
	for i := range record {
		for _, flip := range []byte{1, 0x10, 0x80} {
			bad := bytes.Clone(record)
			bad[i] ^= flip
			if got, _, err := k.Open([]byte("x"), meta, bad); err == nil || string(got) != "x" {
				t.Errorf("byte %d ^ %#x: got %q, %v", i, flip, got, err)
			}
		}
		if got, _, err := k.Open(nil, meta, record[:i]); err == nil {
			t.Errorf("cut to %d bytes: got %q", i, got)
		}
	}
	if _, _, err := k.Open(nil, meta, append(bytes.Clone(record), 0)); !errors.Is(err, ErrOpen) {
		t.Errorf("one byte more: got %v, want %v", err, ErrOpen)
	}
	if _, _, err := k.Open(nil, []byte("lane 2"), record); !errors.Is(err, ErrOpen) {
		t.Errorf("other metadata: got %v, want %v", err, ErrOpen)
	}
	if _, _, err := newKey(t, 0x1235, secret.Bytes("base")).Open(nil, meta, record); !errors.Is(err, ErrKID) {
		t.Errorf("other key number: got %v, want %v", err, ErrKID)
	}
	if _, _, err := newKey(t, 0x1234, secret.Bytes("Base")).Open(nil, meta, record); !errors.Is(err, ErrOpen) {
		t.Errorf("other base: got %v, want %v", err, ErrOpen)
	}
}

// TestHeaderAndMetadataDoNotMix moves a byte from the header's end to the
// metadata's start: the associated data is a plain join (RFC 9605), and only
// the header's own length keeps the parts apart.
func TestHeaderAndMetadataDoNotMix(t *testing.T) {
	k := newKey(t, 1, secret.Bytes("base"))
	a := k.Seal(nil, 0xff, []byte("m"), []byte("content"))
	b := k.Seal(nil, 0x01, []byte("\xffm"), []byte("content"))
	if bytes.Equal(a[len(a)-TagSize:], b[len(b)-TagSize:]) {
		t.Error("two counters give one tag")
	}
}

func TestSealAppendsWithoutAllocating(t *testing.T) {
	k := newKey(t, 0x1234, secret.Bytes("base"))
	plain, meta := make([]byte, 1200), make([]byte, 12)
	dst := make([]byte, 0, len(plain)+Overhead)
	record := k.Seal(nil, 70000, meta, plain)
	out := make([]byte, 0, len(plain))
	got := testing.AllocsPerRun(100, func() {
		dst = k.Seal(dst[:0], 70000, meta, plain)
		if _, _, err := k.Open(out[:0], meta, record); err != nil {
			t.Fatal(err)
		}
	})
	if got != 0 {
		t.Errorf("got %v allocations a record, want 0", got)
	}
	if over := len(record) - len(plain); over != 22 {
		t.Errorf("got %d bytes of overhead, want 22", over)
	}
}

func FuzzOpen(f *testing.F) {
	k := newKey(f, 0x1234, secret.Bytes("base"))
	f.Add(k.Seal(nil, 0, nil, []byte("x")), []byte(nil))
	f.Add([]byte{0xff}, []byte("meta"))
	f.Fuzz(func(t *testing.T, record, meta []byte) {
		h, err := ParseHeader(record)
		if err != nil {
			return
		}
		if again := AppendHeader(nil, h.KID, h.CTR); !bytes.Equal(again, record[:h.Size]) {
			t.Fatalf("header %x reads as %x", record[:h.Size], again)
		}
		k := newKey(t, 0x1234, secret.Bytes("base"))
		plain, ctr, err := k.Open(nil, meta, record)
		if err == nil && !bytes.Equal(k.Seal(nil, ctr, meta, plain), record) {
			t.Fatalf("record %x does not seal again", record)
		}
	})
}
