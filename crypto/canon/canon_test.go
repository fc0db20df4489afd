package canon

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"lotse/crypto/secret"
)

type sample struct {
	ID    uint16   `cbor:"1,keyasint"`
	Name  string   `cbor:"2,keyasint"`
	Key   [3]byte  `cbor:"3,keyasint"`
	More  []uint16 `cbor:"4,keyasint"`
	Maybe []byte   `cbor:"5,keyasint,omitempty"`
}

func value() sample { return sample{ID: 500, Name: "ä", Key: [3]byte{1, 2, 3}, More: []uint16{1, 24}} }

const valueHex = "a4" + "011901f4" + "0262c3a4" + "0343010203" + "0482011818"

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestValueHasTheseBytes(t *testing.T) {
	if got := hex.EncodeToString(Marshal(value())); got != valueHex {
		t.Errorf("got %s, want %s", got, valueHex)
	}
}

func TestValueComesBack(t *testing.T) {
	for _, s := range []string{valueHex, "a5" + valueHex[2:] + "054109"} {
		var got sample
		if err := Unmarshal(unhex(t, s), &got); err != nil {
			t.Errorf("%s: got %v", s, err)
		}
		if again := hex.EncodeToString(Marshal(got)); again != s {
			t.Errorf("got %s, want %s", again, s)
		}
	}
	whole := unhex(t, valueHex)
	for n := range whole {
		var got sample
		if err := Unmarshal(whole[:n], &got); err == nil {
			t.Errorf("cut to %d bytes: got %+v", n, got)
		}
	}
}

// TestOtherSpellingsAreRefused: each is CBOR of the same or nearly the same
// value.
func TestOtherSpellingsAreRefused(t *testing.T) {
	for name, s := range map[string]string{
		"one byte more":          valueHex + "00",
		"second value":           valueHex + valueHex,
		"long number":            "a4" + "011a000001f4" + valueHex[10:],
		"long key":               "a4" + "18011901f4" + valueHex[10:],
		"long map head":          "b804" + valueHex[2:],
		"keys out of order":      "a4" + "0262c3a4" + "011901f4" + valueHex[18:],
		"key twice":              "a5" + "011901f4" + valueHex[2:],
		"unknown key":            "a5" + valueHex[2:] + "0600",
		"key missing":            "a3" + "011901f4" + "0262c3a4" + "0343010203",
		"empty that is left out": "a5" + valueHex[2:] + "0540",
		"short array":            "a4" + "011901f4" + "0262c3a4" + "03420102" + "0482011818",
		"long array":             "a4" + "011901f4" + "0262c3a4" + "034401020304" + "0482011818",
		"null":                   "a4" + "01f6" + valueHex[10:],
		"float":                  "a4" + "01f95fd0" + valueHex[10:],
		"bad UTF-8":              "a4" + "011901f4" + "0262c328" + valueHex[18:],
		"tag":                    "c1" + valueHex,
		"tag inside":             "a4" + "01c11901f4" + valueHex[10:],
		"indefinite map":         "bf" + valueHex[2:] + "ff",
		"indefinite text":        "a4" + "011901f4" + "027f62c3a4ff" + valueHex[18:],
		"indefinite list":        "a4" + valueHex[2:len(valueHex)-8] + "9f011818ff",
		"empty":                  "",
		"list instead":           "80",
		"nothing instead":        "f6",
	} {
		var got sample
		if err := Unmarshal(unhex(t, s), &got); err == nil {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	var got sample
	if err := Unmarshal(unhex(t, "a4011a000001f4"+valueHex[10:]), &got); !errors.Is(err, ErrSpelling) {
		t.Errorf("long number: got %v, want %v", err, ErrSpelling)
	}
}

// TestLimitsHoldBeforeAllocation: a few bytes that promise much.
func TestLimitsHoldBeforeAllocation(t *testing.T) {
	for name, s := range map[string]string{
		"list of 4097":        "991001",
		"list of 2^32":        "9affffffff",
		"text of 2^62":        "7b4000000000000000",
		"bytes of 2^31":       "5a80000000",
		"map of 2^32":         "baffffffff",
		"nine lists in lists": "818181818181818181" + "80",
	} {
		var got any
		if err := Unmarshal(unhex(t, s), &got); err == nil {
			t.Errorf("%s: got %v", name, got)
		}
	}
	long := append([]byte{0x99, 0x10, 0x00}, make([]byte, maxElements)...)
	var list []uint16
	if err := Unmarshal(long, &list); err != nil || len(list) != maxElements {
		t.Errorf("list of 4096: got %d, %v", len(list), err)
	}
}

func TestLVKeepsPartsApart(t *testing.T) {
	if got, want := LV([]byte("ab"), nil, []byte{9}), []byte("\x00\x00\x00\x02ab\x00\x00\x00\x00\x00\x00\x00\x01\x09"); !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
	if bytes.Equal(LV([]byte("a"), []byte("b")), LV([]byte("ab"))) {
		t.Error("two parts and their join are one")
	}
	if got, want := Uint(0x0102), []byte{0, 0, 0, 0, 0, 0, 1, 2}; !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

func TestSecretDoesNotTravelByAccident(t *testing.T) {
	got := Marshal(struct {
		B secret.Bytes
		T secret.Text
	}{secret.Bytes("hunter2"), "hunter2"})
	if bytes.Contains(got, []byte("hunter2")) || !bytes.Contains(got, []byte("[redacted]")) {
		t.Errorf("got %q", got)
	}
}

func FuzzUnmarshal(f *testing.F) {
	f.Add(unhex(f, valueHex))
	f.Fuzz(func(t *testing.T, b []byte) {
		var v sample
		if Unmarshal(b, &v) == nil && !bytes.Equal(Marshal(v), b) {
			t.Fatalf("%x has a second spelling", b)
		}
	})
}
