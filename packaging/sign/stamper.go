package sign

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"time"

	"lotse/packaging/stamp"
)

const (
	// maxAnswer is the longest answer in bytes; those of public authorities
	// have 3 to 8 KB.
	maxAnswer = 64 << 10
	// timeLimit is how long an authority may take.
	timeLimit = 15 * time.Second
	// maxSkew is how far the authority's clock may be from ours when it
	// answers; a day off is a wrong clock on one of both sides.
	maxSkew = 24 * time.Hour
)

// Stamper asks a time-stamping authority.
type Stamper struct {
	// URL is the authority's address.
	URL string
	// Roots are whom the answer must lead to; nil is whom the system trusts.
	Roots *x509.CertPool
	// Apple takes what Apple's authority answers (stamp.VerifyApple).
	Apple bool
	// HTTP carries the question; nil is a client of our own.
	HTTP *http.Client
}

// Fetch has the authority stamp the signature and returns the token, checked:
// hash, nonce, chain, and that its clock is not far off.
func (c Stamper) Fetch(ctx context.Context, signature []byte) ([]byte, error) {
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		return nil, fmt.Errorf("sign: nonce: %w", err)
	}
	query, err := stamp.Query(signature, nonce)
	if err != nil {
		return nil, err //nolint:wrapcheck // says what for
	}
	answer, err := c.post(ctx, query)
	if err != nil {
		return nil, err
	}
	token, err := stamp.Token(answer)
	if err != nil {
		return nil, err //nolint:wrapcheck // says what is the matter
	}
	verify := stamp.VerifyAnswer
	if c.Apple {
		verify = stamp.VerifyApple
	}
	s, err := verify(token, signature, nonce, c.Roots)
	if err != nil {
		return nil, err //nolint:wrapcheck // says what is the matter
	}
	if off := time.Since(s.Time).Abs(); off > maxSkew {
		return nil, fmt.Errorf("%w: its clock is %v from ours", stamp.ErrStamp, off.Round(time.Minute))
	}
	return token, nil
}

func (c Stamper) post(ctx context.Context, query []byte) ([]byte, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%w: %q is no http or https address", stamp.ErrUnreachable, c.URL)
	}
	ctx, cancel := context.WithTimeout(ctx, timeLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(query))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", stamp.ErrUnreachable, err)
	}
	request.Header.Set("Content-Type", "application/timestamp-query")
	client := c.HTTP
	if client == nil {
		client = &http.Client{
			Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", stamp.ErrUnreachable, err)
	}
	defer response.Body.Close()
	if kind := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || kind != "application/timestamp-reply" {
		return nil, fmt.Errorf("%w: %s with %q", stamp.ErrUnreachable, response.Status, kind)
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", stamp.ErrUnreachable, err)
	}
	if len(answer) > maxAnswer {
		return nil, fmt.Errorf("%w: more than %d bytes", stamp.ErrUnreachable, maxAnswer)
	}
	return answer, nil
}
