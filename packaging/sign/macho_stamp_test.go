package sign

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/sassoftware/relic/v8/lib/fruit/csblob"

	"lotse/packaging/signtest"
	"lotse/packaging/stamp"
)

// The stamp is a real one: Apple's authority made it for the signature of
// Deno 2.9.5 for arm64. It has SHA-1 and names its certificate by SHA-1.
func TestApplesOwnTimeStampIsTaken(t *testing.T) {
	token, err := os.ReadFile("testdata/apple-stamp.der")
	if err != nil {
		t.Fatal(err)
	}
	signature, err := os.ReadFile("testdata/apple-stamped.sig")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(csblob.RootCA))
	root, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	got, err := stamp.VerifyApple(token, signature, nil, roots)
	if err != nil || got.Time.Year() < 2025 || got.By.Subject.Organization[0] != "Apple Inc." {
		t.Fatalf("got %v, %v", got.Time.Format(time.DateTime), err)
	}
	if _, err := stamp.Verify(token, signature, roots); !errors.Is(err, stamp.ErrStamp) {
		t.Errorf("where it is not asked for: got %v, want %v", err, stamp.ErrStamp)
	}
	if _, err := stamp.VerifyApple(token, bytes.Clone(signature[1:]), nil, roots); !errors.Is(err, stamp.ErrStamp) {
		t.Errorf("for another signature: got %v, want %v", err, stamp.ErrStamp)
	}
	if _, err := stamp.VerifyApple(token, signature, nil, x509.NewCertPool()); !errors.Is(err, stamp.ErrStamp) {
		t.Errorf("without its root: got %v, want %v", err, stamp.ErrStamp)
	}
	for at := range token {
		bad := bytes.Clone(token)
		bad[at] ^= 1
		if s, err := stamp.VerifyApple(bad, signature, nil, roots); err == nil {
			t.Errorf("byte %d altered: taken, %v", at, s.Time)
		}
	}
}

// SHA-1 is taken from Apple's authority and from nobody else.
func TestNobodyElseStampsWithSHA1(t *testing.T) {
	w := newMacWorld(t)
	signature := []byte("a signature")
	usage, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	if err != nil {
		t.Fatal(err)
	}
	for who, want := range map[string]error{"Apple Inc.": nil, "Somebody": stamp.ErrStamp} {
		key := macKey(t, 2048)
		leaf := issue(t, &x509.Certificate{
			Subject: pkix.Name{CommonName: "time stamps", Organization: []string{who}}, KeyUsage: x509.KeyUsageDigitalSignature,
			ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: usage}},
		}, w.root, key.Public(), w.rootK)
		answer, err := signtest.AnswerSHA1(leaf, key, signature)
		if err != nil {
			t.Fatal(err)
		}
		token, err := stamp.Token(answer)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stamp.VerifyApple(token, signature, nil, w.pool); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", who, err, want)
		}
		if _, err := stamp.Verify(token, signature, w.pool); !errors.Is(err, stamp.ErrStamp) {
			t.Errorf("%s, where it is not asked for: got %v, want %v", who, err, stamp.ErrStamp)
		}
	}
}
