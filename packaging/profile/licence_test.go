package profile

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"lotse/crypto/canon"
	"lotse/crypto/note"
	"lotse/crypto/secret"
)

var noon = time.Unix(1_800_000_000, 0)

func issuer(tb testing.TB, seed byte) (secret.Text, string) {
	tb.Helper()
	signer, verifier, err := note.KeyFromSeed("example.org/licences", bytes.Repeat([]byte{seed}, 32))
	if err != nil {
		tb.Fatal(err)
	}
	return signer, verifier
}

func facts() LicenceFacts {
	return LicenceFacts{
		Number: NewNumber("123456789"), Organisation: "Hafen Hilfe", Name: "Marta Lotse",
		ModuleKey: ed25519.PublicKey(bytes.Repeat([]byte{7}, 32)), MaxMembers: 32, NotAfter: noon.Unix(),
	}
}

func TestLicenceHasTheseBytes(t *testing.T) {
	got := hex.EncodeToString(canon.Marshal(facts()))
	want := "a6016a31323334353637383934026b486166656e2048696c6665036b4d61727461204c6f747365045820" +
		strings.Repeat("07", 32) + "051820061a6b49d200"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestLicenceComesBack(t *testing.T) {
	signer, verifier := issuer(t, 1)
	_, other := issuer(t, 2)
	signed, err := IssueLicence(facts(), signer)
	if err != nil {
		t.Fatal(err)
	}
	got, err := OpenLicence(signed, []string{other, verifier}, noon)
	if err != nil || !reflect.DeepEqual(got, facts()) {
		t.Errorf("got %+v, %v, want %+v", got, err, facts())
	}
	for name, err := range map[string]error{
		"of another issuer":   second(OpenLicence(signed, []string{other}, noon)),
		"of no issuer":        second(OpenLicence(signed, nil, noon)),
		"a second too late":   second(OpenLicence(signed, []string{verifier}, noon.Add(time.Second))),
		"with one byte more":  second(OpenLicence(append(bytes.Clone(signed), '\n'), []string{verifier}, noon)),
		"that is not there":   second(OpenLicence(nil, []string{verifier}, noon)),
		"that is another doc": second(OpenLicence(otherKind(t, signer), []string{verifier}, noon)),
	} {
		if !errors.Is(err, ErrLicence) {
			t.Errorf("licence %s: got %v, want %v", name, err, ErrLicence)
		}
	}
	for n := range signed {
		if _, err := OpenLicence(signed[:n], []string{verifier}, noon); !errors.Is(err, ErrLicence) {
			t.Errorf("cut to %d bytes: got %v, want %v", n, err, ErrLicence)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func otherKind(tb testing.TB, signer secret.Text) []byte {
	tb.Helper()
	doc, err := note.Sign("operator", canon.Marshal(facts()), signer)
	if err != nil {
		tb.Fatal(err)
	}
	return doc
}

func TestWrongFactsAreNeitherIssuedNorOpened(t *testing.T) {
	signer, verifier := issuer(t, 1)
	for name, spoil := range map[string]func(*LicenceFacts){
		"number with a wrong check digit": func(f *LicenceFacts) { f.Number = "1234567890" },
		"number of nine digits":           func(f *LicenceFacts) { f.Number = "123456789" },
		"number with a letter":            func(f *LicenceFacts) { f.Number = "12345678a4" },
		"short key":                       func(f *LicenceFacts) { f.ModuleKey = f.ModuleKey[:31] },
		"no room for a second member":     func(f *LicenceFacts) { f.MaxMembers = 1 },
		"no organisation":                 func(f *LicenceFacts) { f.Organisation = "" },
		"long organisation":               func(f *LicenceFacts) { f.Organisation = strings.Repeat("x", maxLicenceText+1) },
		"name in two lines":               func(f *LicenceFacts) { f.Name = "Marta\nHafen" },
		"name that turns round":           func(f *LicenceFacts) { f.Name = "Marta \u202eecnanif" },
		"name with an invisible mark":     func(f *LicenceFacts) { f.Name = "Mar\u200bta" },
	} {
		f := facts()
		spoil(&f)
		if _, err := IssueLicence(f, signer); !errors.Is(err, ErrLicence) {
			t.Errorf("%s: issued: %v", name, err)
		}
		doc, err := note.Sign(licenceKind, canon.Marshal(f), signer)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := OpenLicence(doc, []string{verifier}, noon); !errors.Is(err, ErrLicence) {
			t.Errorf("%s: opened: %v", name, err)
		}
	}
}

// The table is H. M. Damm's; 572 → 5724 is the usual example of it.
func TestCheckDigitFindsSlips(t *testing.T) {
	if got := damm("572"); got != 4 {
		t.Errorf("got %d, want 4", got)
	}
	number := NewNumber("402817365")
	for i := range number {
		for d := byte('0'); d <= '9'; d++ {
			wrong := []byte(number)
			wrong[i] = d
			if d != number[i] && validNumber(string(wrong)) {
				t.Errorf("%s: a wrong digit was not found", wrong)
			}
		}
		if i > 0 && number[i] != number[i-1] {
			wrong := []byte(number)
			wrong[i], wrong[i-1] = wrong[i-1], wrong[i]
			if validNumber(string(wrong)) {
				t.Errorf("%s: swapped neighbours were not found", wrong)
			}
		}
	}
}

func FuzzOpenLicence(f *testing.F) {
	signer, verifier := issuer(f, 1)
	signed, err := IssueLicence(facts(), signer)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Add(otherKind(f, signer))
	f.Fuzz(func(t *testing.T, doc []byte) {
		got, err := OpenLicence(doc, []string{verifier}, noon)
		if err == nil && !reflect.DeepEqual(got, facts()) {
			t.Fatalf("got %+v, which nobody signed", got)
		}
	})
}
