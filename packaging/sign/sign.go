// Package sign opens keys and signs with them: Windows programs
// (Authenticode), and texts with a key in a token. It lives in a process of
// its own, lotse-sign, and is the only home of the libraries for that: no
// other program carries them. It decides nothing about what is signed;
// lotse-pack has checked that before and reads the result back afterwards.
package sign

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"lotse/packaging/files"
	"lotse/packaging/signer"
	"lotse/packaging/stamp"
)

var (
	// ErrKey says that a key does not open, or is not of a kind that signs.
	ErrKey = errors.New("sign: key")
	// ErrInput says that what is to be signed can't be.
	ErrInput = errors.New("sign: input")
	// ErrRequest says that a request makes no sense.
	ErrRequest = errors.New("sign: request")
	// ErrUnsupported says that this build knows no tokens: it was made without
	// a C compiler.
	ErrUnsupported = errors.New("sign: this build can't open tokens (made without cgo)")
)

// Serve reads one request from r, carries it out and writes the answer to w.
// The error is what it answered, for the exit code.
func Serve(ctx context.Context, r io.Reader, w io.Writer) error {
	var request signer.Request
	err := signer.Decode(r, signer.MaxRequest, &request)
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrRequest, err)
	}
	var a signer.Answer
	if err == nil {
		a, err = do(ctx, request)
	}
	if err != nil {
		a = signer.Answer{Why: why(err), Error: err.Error()}
	}
	if wrote := json.NewEncoder(w).Encode(a); wrote != nil {
		return errors.Join(err, fmt.Errorf("sign: answer: %w", wrote))
	}
	return err
}

func why(err error) signer.Why {
	for _, kind := range []struct {
		err error
		why signer.Why
	}{
		{ErrKey, signer.WhyKey},
		{ErrUnsupported, signer.WhyKey},
		{stamp.ErrUnreachable, signer.WhyStamp},
		{stamp.ErrStamp, signer.WhyStamp},
		{ErrInput, signer.WhyInput},
	} {
		if errors.Is(err, kind.err) {
			return kind.why
		}
	}
	return signer.WhyRequest
}

func do(ctx context.Context, r signer.Request) (a signer.Answer, err error) {
	if r.Op == signer.SignText {
		if r.Key.Module == "" {
			return a, fmt.Errorf("%w: a text is signed with a key in a token", ErrRequest)
		}
		a.Signature, err = signTextInToken(r.Key, r.Text)
		return a, err
	}
	if !slices.Contains([]signer.Op{signer.Show, signer.SignWindows, signer.SignMacOS}, r.Op) {
		return a, fmt.Errorf("%w: unknown wish", ErrRequest)
	}
	if r.Op == signer.Show && r.Key.Module != "" && r.Key.Certificates == "" {
		// An Ed25519 key in a token signs profiles and has no certificate.
		if a.Public, err = showTextKey(r.Key); err == nil || !errors.Is(err, errNoTextKey) {
			return a, err
		}
	}
	key, err := Open(r.Key)
	if err != nil {
		return a, err
	}
	defer key.Close()
	if r.Op != signer.Show {
		return a, signCode(ctx, key, r)
	}
	if a.Public, err = x509.MarshalPKIXPublicKey(key.Signer.Public()); err != nil {
		return a, fmt.Errorf("%w: %w", ErrKey, err)
	}
	for _, c := range key.Chain {
		a.Certificates = append(a.Certificates, c.Raw)
	}
	return a, nil
}

// signCode signs what the request says it is.
func signCode(ctx context.Context, key *Key, r signer.Request) error {
	if r.Op == signer.SignMacOS {
		return signMacOS(ctx, key, r)
	}
	return signWindows(ctx, key, r)
}

// errNoTextKey says that a token has no Ed25519 key of a name.
var errNoTextKey = fmt.Errorf("%w: the token has no Ed25519 key of this label", ErrKey)

// stampClient returns how the request wants its signature stamped, or nil.
func stampClient(r signer.Request) (*Stamper, error) {
	if r.NoStamp == (r.Stamp != "") {
		return nil, fmt.Errorf("%w: either a time-stamping authority or none", ErrRequest)
	}
	if r.NoStamp {
		return nil, nil //nolint:nilnil // none is wanted
	}
	c := &Stamper{URL: r.Stamp}
	if r.StampRoots != "" {
		certificates, err := files.Certificates(r.StampRoots)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrKey, err)
		}
		c.Roots = x509.NewCertPool()
		for _, root := range certificates {
			c.Roots.AddCert(root)
		}
	}
	return c, nil
}

// sameKey reports whether a certificate is for a key.
func sameKey(c *x509.Certificate, public crypto.PublicKey) bool {
	k, ok := c.PublicKey.(interface {
		Equal(other crypto.PublicKey) bool
	})
	return ok && k.Equal(public)
}
