package stamp_test

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"lotse/packaging/cms"
	"lotse/packaging/signtest"
	"lotse/packaging/stamp"
)

// A certificate that is for something else as well, or does not say what it is
// for, is nobody's who stamps.
func TestOnlyWhoStampsAloneStamps(t *testing.T) {
	const codeSigning, stamping, unknown = 3, 8, 99
	signature := []byte("a signature")
	ca, err := signtest.New("authority")
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		critical bool
		kinds    []int
		want     error
		chain    error
	}{
		"as it has to be":           {true, []int{stamping}, nil, nil},
		"no word on its use":        {false, nil, stamp.ErrStamp, cms.ErrChain},
		"not critical":              {false, []int{stamping}, stamp.ErrStamp, nil},
		"for code as well":          {true, []int{stamping, codeSigning}, stamp.ErrStamp, nil},
		"for something unknown too": {true, []int{stamping, unknown}, stamp.ErrStamp, nil},
		"for code":                  {true, []int{codeSigning}, stamp.ErrStamp, cms.ErrChain},
	} {
		var extensions []pkix.Extension
		if row.kinds != nil {
			usage, err := signtest.Usage(row.critical, row.kinds...)
			if err != nil {
				t.Fatal(err)
			}
			extensions = append(extensions, usage)
		}
		token := tokenBy(t, ca, signature, extensions)
		if _, err := stamp.Verify(token, signature, ca.Pool()); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", name, err, row.want)
		}
		signed, err := cms.Parse(token)
		if err != nil {
			t.Fatal(err)
		}
		if err := signed.Chain(ca.Pool(), x509.ExtKeyUsageTimeStamping, time.Now()); !errors.Is(err, row.chain) {
			t.Errorf("%s: the chain: got %v, want %v", name, err, row.chain)
		}
	}
}

// tokenBy is the token of a stamper whose certificate has the extensions.
func tokenBy(t *testing.T, ca *signtest.Authority, signature []byte, extensions []pkix.Extension) []byte {
	t.Helper()
	stamper, err := ca.NewStamperAs(extensions...)
	if err != nil {
		t.Fatal(err)
	}
	question, err := stamp.Query(signature, big.NewInt(7))
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	stamper.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", bytes.NewReader(question)))
	token, err := stamp.Token(answer.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return token
}
