package cms_test

import (
	"bytes"
	"crypto/x509"
	"errors"
	"math/big"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"lotse/packaging/cms"
	"lotse/packaging/sign"
	"lotse/packaging/signtest"
	"lotse/packaging/stamp"
)

// signature is what the tests' time stamps are for.
const signature = "a signature"

// token returns a time stamp's token, which is signed data, and its root.
func token(tb testing.TB) ([]byte, *x509.CertPool) {
	tb.Helper()
	ca, err := signtest.New("authority")
	if err != nil {
		tb.Fatal(err)
	}
	stamper, err := ca.NewStamper()
	if err != nil {
		tb.Fatal(err)
	}
	server := httptest.NewServer(stamper)
	tb.Cleanup(server.Close)
	out, err := sign.Stamper{URL: server.URL, Roots: ca.Pool()}.Fetch(tb.Context(), []byte(signature))
	if err != nil {
		tb.Fatal(err)
	}
	return out, ca.Pool()
}

func TestSignedDataIsReadAndChecked(t *testing.T) {
	der, roots := token(t)
	s, err := cms.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := s.Verify()
	if err != nil || len(s.Certificates) != 1 || !leaf.Equal(s.Certificates[0]) {
		t.Errorf("got %v, %v", leaf, err)
	}
	for name, row := range map[string]struct {
		roots *x509.CertPool
		usage x509.ExtKeyUsage
		at    time.Time
		want  error
	}{
		"as it is":      {roots, x509.ExtKeyUsageTimeStamping, time.Now(), nil},
		"another usage": {roots, x509.ExtKeyUsageCodeSigning, time.Now(), cms.ErrChain},
		"another root":  {x509.NewCertPool(), x509.ExtKeyUsageTimeStamping, time.Now(), cms.ErrChain},
		"too late":      {roots, x509.ExtKeyUsageTimeStamping, time.Now().AddDate(9, 0, 0), cms.ErrChain},
		"too early":     {roots, x509.ExtKeyUsageTimeStamping, time.Now().AddDate(-1, 0, 0), cms.ErrChain},
	} {
		if err := s.Chain(row.roots, row.usage, row.at); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", name, err, row.want)
		}
	}
	for n := range der {
		if _, err := cms.Parse(der[:n]); err == nil {
			t.Errorf("%d bytes of %d: taken", n, len(der))
		}
	}
	if _, err := cms.Parse(append(slices.Clone(der), 0)); !errors.Is(err, cms.ErrMalformed) {
		t.Errorf("one byte more: got %v", err)
	}
}

// TestEveryAlteredByteIsNoticed alters each byte of a token once: it is not
// read, or does not fit, or leads nowhere, or is no stamp.
func TestEveryAlteredByteIsNoticed(t *testing.T) {
	der, roots := token(t)
	for i := range der {
		b := slices.Clone(der)
		b[i] ^= 1
		if _, err := stamp.Verify(b, []byte(signature), roots); err == nil {
			t.Errorf("byte %d altered: taken", i)
		}
	}
	if _, err := stamp.Verify(der, []byte("another"), roots); !errors.Is(err, stamp.ErrStamp) {
		t.Errorf("for something else: got %v", err)
	}
	if _, err := stamp.VerifyAnswer(der, []byte(signature), big.NewInt(7), roots); !errors.Is(err, stamp.ErrStamp) {
		t.Errorf("the answer to another question: got %v", err)
	}
	if _, err := stamp.Verify(der, []byte(signature), roots); err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	der, _ := token(f)
	f.Add(der)
	f.Add([]byte{0x30, 0x80, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := cms.Parse(b)
		if err != nil {
			return
		}
		if _, err := s.Verify(); err == nil && !bytes.Equal(b, der) && !bytes.Contains(b, s.Signature) {
			t.Error("a signature from nowhere")
		}
	})
}
