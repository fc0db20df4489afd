package sign

import (
	"bytes"
	"context"
	"crypto"
	"encoding/asn1"
	"errors"
	"fmt"
	"os"

	"github.com/sassoftware/relic/v8/lib/authenticode"
	"github.com/sassoftware/relic/v8/lib/certloader"
	"github.com/sassoftware/relic/v8/lib/pkcs7"
	"github.com/sassoftware/relic/v8/lib/pkcs9"

	ours "lotse/packaging/authenticode"
	"lotse/packaging/files"
	"lotse/packaging/signer"
	"lotse/packaging/stamp"
)

// maxProgram is the longest program in bytes, as packaging/brand has it.
const maxProgram = 256 << 20

// Windows returns the program signed, and stamped where stamper is not nil. A
// program that carries a signature already is refused.
func Windows(ctx context.Context, program []byte, key *Key, name, page string, stamper *Stamper) ([]byte, error) {
	if signed, err := ours.Signed(program); err != nil || signed {
		if err == nil {
			err = errors.New("it is signed already")
		}
		return nil, fmt.Errorf("%w: %w", ErrInput, err)
	}
	digest, err := authenticode.DigestPE(bytes.NewReader(program), crypto.SHA256, false)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInput, err)
	}
	certificate := &certloader.Certificate{Leaf: key.Chain[0], Certificates: key.Chain, PrivateKey: key.Signer}
	if stamper != nil {
		certificate.Timestamper = stamping{stamper}
	}
	_, signature, err := digest.Sign(ctx, certificate, &authenticode.OpusParams{Description: name, URL: page})
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return ours.Attach(program, signature.Raw) //nolint:wrapcheck // says what it could not do
}

// stamping lets the library ask our own client for time stamps.
type stamping struct{ client *Stamper }

// Timestamp asks for a token for the signature.
func (s stamping) Timestamp(ctx context.Context, r *pkcs9.Request) (*pkcs7.ContentInfoSignedData, error) {
	token, err := s.client.Fetch(ctx, r.EncryptedDigest)
	if err != nil {
		return nil, err //nolint:wrapcheck // says what is the matter
	}
	out := new(pkcs7.ContentInfoSignedData)
	if rest, err := asn1.Unmarshal(token, out); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("%w: token", stamp.ErrStamp)
	}
	return out, nil
}

// signWindows signs a file into a new one.
func signWindows(ctx context.Context, key *Key, r signer.Request) error {
	stamper, err := stampClient(r)
	if err != nil {
		return err
	}
	program, err := files.Read(r.In, maxProgram)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInput, err)
	}
	signed, err := Windows(ctx, program, key, r.Name, r.Page, stamper)
	if err != nil {
		return err
	}
	return writeNew(r.Out, signed)
}

// writeNew writes a file that is not there yet, whole or not at all.
func writeNew(name string, b []byte) (err error) {
	const mode = 0o600                                                   // lotse-pack, which asked, says who may read the finished one
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode) //nolint:gosec // the file that the caller names
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInput, err)
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("%w: %w", ErrInput, errors.Join(err, os.Remove(name)))
	}
	return nil
}
