package message

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

type badBody struct{ name, body string }

// badCBOR returns other spellings, and worse, of Ask{ID: 7, Grants: 4}, whose
// one spelling is a3 01 07 02 04 03 60 (RFC 8949 §4.2.1).
func badCBOR() []badBody {
	return []badBody{
		{"nothing", ""},
		{"duplicate key", "a4 01 07 01 07 02 04 03 60"},
		{"duplicate key in place of another", "a3 01 07 01 07 02 04"},
		{"map without length", "bf 01 07 02 04 03 60 ff"},
		{"text without length", "a3 01 07 02 04 03 7f 60 ff"},
		{"tag around the map", "d9d9f7 a3 01 07 02 04 03 60"},
		{"tag around a number", "a3 01 c1 07 02 04 03 60"},
		{"bignum", "a3 01 c2 41 07 02 04 03 60"},
		{"unknown field", "a4 01 07 02 04 03 60 04 00"},
		{"unknown field by name", "a4 01 07 02 04 03 60 63 576879 60"},
		{"missing field", "a2 01 07 02 04"},
		{"missing all fields", "a0"},
		{"keys in another order", "a3 02 04 01 07 03 60"},
		{"number in two bytes", "a3 01 1807 02 04 03 60"},
		{"number in three bytes", "a3 01 190007 02 04 03 60"},
		{"number in five bytes", "a3 01 1a00000007 02 04 03 60"},
		{"number in nine bytes", "a3 01 1b0000000000000007 02 04 03 60"},
		{"key in two bytes", "a3 1801 07 02 04 03 60"},
		{"length of the map in two bytes", "b803 01 07 02 04 03 60"},
		{"length of the text in two bytes", "a3 01 07 02 04 03 7800"},
		{"key as text", "a3 61 31 07 02 04 03 60"},
		{"key as name", "a3 62 4944 07 02 04 03 60"},
		{"number as float", "a3 01 f94700 02 04 03 60"},
		{"number as text", "a3 01 61 37 02 04 03 60"},
		{"number as true", "a3 01 f5 02 04 03 60"},
		{"null for a number", "a3 01 f6 02 04 03 60"},
		{"null for a text", "a3 01 07 02 04 03 f6"},
		{"undefined for a text", "a3 01 07 02 04 03 f7"},
		{"null for the map", "f6"},
		{"bytes for a text", "a3 01 07 02 04 03 40"},
		{"array for the map", "83 07 04 60"},
		{"negative number", "a3 01 26 02 04 03 60"},
		{"number of 33 bits", "a3 01 1b0000000100000000 02 04 03 60"},
		{"rights of 17 bits", "a3 01 07 02 1a00010004 03 60"},
		{"bad UTF-8", "a3 01 07 02 04 03 61 ff"},
		{"surrogate", "a3 01 07 02 04 03 63 eda080"},
		{"overlong UTF-8", "a3 01 07 02 04 03 62 c0af"},
		{"nine arrays deep", "a3 01 07 02 04 03" + strings.Repeat("81", 9) + "60"},
		{"thousands of arrays deep", strings.Repeat("81", 40_000) + "60"},
		{"array of 4097", "a3 01 07 02 04 03 991001" + strings.Repeat("00", 4097)},
		{"map of 2^63 pairs", "bb 8000000000000000"},
		{"text of 2^63 bytes", "a3 01 07 02 04 03 7b 8000000000000000"},
		{"text longer than the body", "a3 01 07 02 04 03 79 0190 61"},
		{"two values", "a3 01 07 02 04 03 60 a3 01 07 02 04 03 60"},
		{"break alone", "ff"},
		{"reserved length", "1c"},
	}
}

func TestCBORHasOneSpelling(t *testing.T) {
	head := []byte{byte(KindAsk), 0}
	if _, err := Parse(append(slices.Clone(head), unhex(t, "a3 01 07 02 04 03 60")...)); err != nil {
		t.Fatalf("the one spelling: got %v, want nil", err)
	}
	for _, row := range badCBOR() {
		got, err := Parse(append(slices.Clone(head), unhex(t, row.body)...))
		if got != nil || !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %#v, %v, want %v", row.name, got, err, ErrMalformed)
		}
	}
}

func TestByteStringsHaveOneSpelling(t *testing.T) {
	zeros := strings.Repeat("00", 64)
	one := func(key, value string) string {
		parts := []string{"a5 01 02 02 5840" + zeros, "03 41 01", "04 5840" + zeros, "05 40"}
		for i, p := range parts {
			if strings.HasPrefix(p, key) || i == 0 && key == "02" {
				parts[i] = map[bool]string{true: "a5 01 02 ", false: ""}[i == 0] + key + value
			}
		}
		return strings.Join(parts, "")
	}
	head := []byte{byte(KindWelcome), flagCritical}
	if _, err := Parse(append(slices.Clone(head), unhex(t, one("05", "40"))...)); err != nil {
		t.Fatalf("the one spelling: got %v, want nil", err)
	}
	for _, row := range []struct{ name, key, value string }{
		{"null secret", "02", "f6"},
		{"secret as text", "02", "7840" + zeros},
		{"secret as array", "02", "9840" + zeros},
		{"long secret length", "02", "590040" + zeros},
		{"tagged secret", "02", "c2 5840" + zeros},
		{"null roster", "03", "f6"},
		{"roster as array", "03", "81 01"},
		{"roster in pieces", "03", "5f 41 01 ff"},
		{"null signature", "04", "f6"},
		{"signature as array", "04", "9840" + zeros},
		{"null policy", "05", "f6"},
		{"policy as text", "05", "60"},
		{"policy as array", "05", "80"},
		{"long policy length", "05", "5800"},
	} {
		got, err := Parse(append(slices.Clone(head), unhex(t, one(row.key, row.value))...))
		if got != nil || !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %#v, %v, want %v", row.name, got, err, ErrMalformed)
		}
	}
}
