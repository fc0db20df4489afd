package sign

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"

	"software.sslmate.com/src/go-pkcs12"

	"lotse/packaging/files"
	"lotse/packaging/signer"
)

// Key is an opened key with its certificates: the signer's own, and those
// between it and a root.
type Key struct {
	Signer crypto.Signer
	Chain  []*x509.Certificate

	token io.Closer
}

// Close lets go of the token.
func (k *Key) Close() {
	if k.token != nil {
		_ = k.token.Close() // there is nothing left to do with it
	}
}

// Open opens a key for signing code: an RSA or EC key with its certificate.
func Open(k signer.Key) (*Key, error) {
	if (k.File == "") == (k.Module == "") {
		return nil, fmt.Errorf("%w: name a file or a token's module", ErrRequest)
	}
	var out *Key
	var err error
	if k.Module != "" {
		out, err = openToken(k)
	} else {
		out, err = openFile(k)
	}
	if err != nil {
		return nil, err
	}
	if err := out.complete(k.Certificates); err != nil {
		out.Close()
		return nil, err
	}
	return out, nil
}

// complete adds the certificates of a file, and puts those that lead from the
// key to a root into their order. The root itself is left out: whoever checks
// has it.
func (k *Key) complete(file string) error {
	all := k.Chain
	if file != "" {
		more, err := files.Certificates(file)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrKey, err)
		}
		all = append(all, more...)
	}
	switch k.Signer.Public().(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey:
	default:
		return fmt.Errorf("%w: code is signed with an RSA or EC key, this one is %T", ErrKey, k.Signer.Public())
	}
	k.Chain = nil
	next := func(fits func(c *x509.Certificate) bool) *x509.Certificate {
		for _, c := range all {
			if fits(c) {
				return c
			}
		}
		return nil
	}
	c := next(func(c *x509.Certificate) bool { return sameKey(c, k.Signer.Public()) })
	if c == nil {
		return fmt.Errorf("%w: no certificate among %d belongs to it", ErrKey, len(all))
	}
	for c != nil && len(k.Chain) <= len(all) {
		k.Chain = append(k.Chain, c)
		child := c
		c = next(func(c *x509.Certificate) bool {
			return bytes.Equal(c.RawSubject, child.RawIssuer) && !bytes.Equal(c.RawSubject, c.RawIssuer) && child.CheckSignatureFrom(c) == nil
		})
	}
	return nil
}

// openFile reads a PEM or PKCS#12 file.
func openFile(k signer.Key) (*Key, error) {
	b, err := files.Read(k.File, files.MaxText)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	if bytes.Contains(b, []byte("-----BEGIN ")) {
		return openPEM(b)
	}
	return openPKCS12(b, k.Password)
}

func openPEM(b []byte) (*Key, error) {
	out := &Key{}
	var err error
	if out.Chain, err = files.ParseCertificates(b); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		var private any
		switch block.Type {
		case "PRIVATE KEY":
			private, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			private, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			private, err = x509.ParseECPrivateKey(block.Bytes)
		case "ENCRYPTED PRIVATE KEY":
			return nil, fmt.Errorf("%w: the PEM file is encrypted; make a PKCS#12 file of it (openssl pkcs12 -export)", ErrKey)
		default:
			continue
		}
		key, ok := private.(crypto.Signer)
		switch {
		case err != nil || !ok || block.Headers["DEK-Info"] != "":
			return nil, fmt.Errorf("%w: the PEM file's key can't be read", ErrKey)
		case out.Signer != nil:
			return nil, fmt.Errorf("%w: the PEM file holds two", ErrKey)
		}
		out.Signer = key
	}
	if out.Signer == nil {
		return nil, fmt.Errorf("%w: the PEM file holds none", ErrKey)
	}
	return out, nil
}

func openPKCS12(b []byte, password signer.Password) (*Key, error) {
	private, leaf, more, err := pkcs12.DecodeChain(b, password.Reveal())
	if errors.Is(err, pkcs12.ErrIncorrectPassword) {
		return nil, fmt.Errorf("%w: the password does not open the PKCS#12 file", ErrKey)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: neither PEM nor PKCS#12 with one key: %w", ErrKey, err)
	}
	key, ok := private.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%w: key of kind %T", ErrKey, private)
	}
	return &Key{Signer: key, Chain: append([]*x509.Certificate{leaf}, more...)}, nil
}
