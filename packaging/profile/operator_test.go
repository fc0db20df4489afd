package profile

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"lotse/crypto/canon"
)

func operator() OperatorFacts {
	return OperatorFacts{
		User: "0a", Login: "marta", Name: "Marta Lotse", Licence: NewNumber("123456789"),
		Device: bytes.Repeat([]byte{9}, 32), NotBefore: noon.Unix(), NotAfter: noon.Add(8 * time.Hour).Unix(),
	}
}

func TestOperatorCertificateHasTheseBytes(t *testing.T) {
	got := hex.EncodeToString(canon.Marshal(operator()))
	want := "a701623061" + "02656d61727461" + "036b4d61727461204c6f747365" + "046a31323334353637383934" +
		"055820" + strings.Repeat("09", 32) + "061a6b49d200" + "071a6b4a4280"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestOperatorCertificateComesBack(t *testing.T) {
	signer, verifier := issuer(t, 1)
	_, other := issuer(t, 2)
	signed, err := IssueOperator(operator(), signer)
	if err != nil {
		t.Fatal(err)
	}
	device, later := operator().Device, noon.Add(8*time.Hour)
	got, err := OpenOperator(signed, []string{other, verifier}, device, later)
	if err != nil || !reflect.DeepEqual(got, operator()) {
		t.Errorf("got %+v, %v, want %+v", got, err, operator())
	}
	licence, err := IssueLicence(facts(), signer)
	if err != nil {
		t.Fatal(err)
	}
	open := func(data []byte, by string, device []byte, now time.Time) error {
		_, err := OpenOperator(data, []string{by}, device, now)
		return err
	}
	for name, err := range map[string]error{
		"of another issuer":   open(signed, other, device, noon),
		"of another computer": open(signed, verifier, bytes.Repeat([]byte{8}, 32), noon),
		"a second too early":  open(signed, verifier, device, noon.Add(-time.Second)),
		"a second too late":   open(signed, verifier, device, later.Add(time.Second)),
		"with one byte more":  open(append(bytes.Clone(signed), '\n'), verifier, device, noon),
		"that is a licence":   open(licence, verifier, device, noon),
	} {
		if !errors.Is(err, ErrOperator) {
			t.Errorf("%s: got %v, want %v", name, err, ErrOperator)
		}
	}
	for n := range signed {
		if err := open(signed[:n], verifier, device, noon); !errors.Is(err, ErrOperator) {
			t.Fatalf("the first %d bytes: got %v, want %v", n, err, ErrOperator)
		}
	}
}

func TestOperatorCertificateSaysNothingWrong(t *testing.T) {
	signer, _ := issuer(t, 1)
	for name, change := range map[string]func(*OperatorFacts){
		"no user":      func(f *OperatorFacts) { f.User = "" },
		"no login":     func(f *OperatorFacts) { f.Login = "" },
		"hidden name":  func(f *OperatorFacts) { f.Name = "a\u202eb" },
		"wrong digit":  func(f *OperatorFacts) { f.Licence = "1234567890" },
		"short device": func(f *OperatorFacts) { f.Device = f.Device[:31] },
		"no time":      func(f *OperatorFacts) { f.NotAfter = f.NotBefore },
		"two days":     func(f *OperatorFacts) { f.NotAfter = f.NotBefore + 86401 },
	} {
		f := operator()
		change(&f)
		if _, err := IssueOperator(f, signer); !errors.Is(err, ErrOperator) {
			t.Errorf("%s: got %v, want %v", name, err, ErrOperator)
		}
	}
}
