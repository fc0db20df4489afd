package pack

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	ournote "lotse/crypto/note"
	"lotse/crypto/secret"
	"lotse/packaging/signer"
)

// openIssuerFile reads a key as keys new writes it.
func openIssuerFile(b []byte) (*issuer, error) {
	text := secret.Text(strings.TrimSpace(string(b)))
	s, err := note.NewSigner(text.Reveal())
	if err != nil {
		return nil, fmt.Errorf("%w: the file holds no key of an issuer", errKey)
	}
	// PRIVATE+KEY+name+hash+base64 of the kind's byte and the seed
	parts := strings.SplitN(text.Reveal(), "+", 5)
	seed, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(seed) != 1+ed25519.SeedSize {
		return nil, fmt.Errorf("%w: the file holds a key of another kind", errKey)
	}
	_, verifier, err := ournote.KeyFromSeed(s.Name(), seed[1:])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errKey, err)
	}
	return &issuer{s, verifier}, nil
}

// openIssuerToken asks lotse-sign for the public half of a key in a token.
func openIssuerToken(ctx context.Context, p signer.Program, name string, k signer.Key) (*issuer, error) {
	if name == "" {
		return nil, usagef("a key in a token needs the issuer's name: -issuer-name")
	}
	a, err := p.Do(ctx, signer.Request{Op: signer.Show, Key: k})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errKey, err)
	}
	parsed, err := x509.ParsePKIXPublicKey(a.Public)
	public, ok := parsed.(ed25519.PublicKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("%w: profiles are signed with Ed25519, this key is %T", errKey, parsed)
	}
	verifier, err := note.NewEd25519VerifierKey(name, public)
	if err != nil {
		return nil, fmt.Errorf("%w: name %q: %w", errKey, name, err)
	}
	v, err := note.NewVerifier(verifier)
	if err != nil {
		return nil, fmt.Errorf("%w: name %q: %w", errKey, name, err)
	}
	sign := func(text []byte) ([]byte, error) {
		a, err := p.Do(ctx, signer.Request{Op: signer.SignText, Key: k, Text: text})
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errKey, err)
		}
		if !ed25519.Verify(public, text, a.Signature) {
			return nil, fmt.Errorf("%w: what the token returned is no signature", errKey)
		}
		return a.Signature, nil
	}
	return &issuer{tokenSigner{v, sign}, verifier}, nil
}

// tokenSigner is a note.Signer whose key lies in a token.
type tokenSigner struct {
	v    note.Verifier
	sign func([]byte) ([]byte, error)
}

// Name is the issuer's name.
func (t tokenSigner) Name() string { return t.v.Name() }

// KeyHash tells keys of one name apart.
func (t tokenSigner) KeyHash() uint32 { return t.v.KeyHash() }

// Sign has the token sign.
func (t tokenSigner) Sign(msg []byte) ([]byte, error) { return t.sign(msg) }

func runKeysNew(ctx context.Context, c *call) (result, error) {
	name := c.flags.String("name", "", "the issuer's name, without spaces, such as musterhafen")
	out := c.flags.String("out", "", "file for the key; the public half goes into the same with .pub behind it")
	force := c.flags.Bool("force", false, "replace files: what the old key signed can't be signed again")
	if err := c.parse("name", "out"); err != nil {
		return result{}, err
	}
	key, verifier, err := ournote.GenerateKey(*name)
	if err != nil {
		return result{}, usagef("keys new: -name %q: no spaces and no plus signs", *name)
	}
	if err := free(*out+".pub", *force); err != nil {
		return result{}, err
	}
	if err := writeFile(ctx, *out, []byte(key.Reveal()+"\n"), privateMode, *force); err != nil {
		return result{}, err
	}
	if err := writeFile(ctx, *out+".pub", []byte(verifier+"\n"), publicMode, *force); err != nil {
		return result{}, err
	}
	text := fmt.Sprintf("%s\nThe key is in %s: keep it, and keep a copy where nobody finds it. %s.pub is for everybody.\n", verifier, *out, *out)
	return result{text, map[string]string{"verifier": verifier, "key": *out, "public": *out + ".pub"}}, nil
}

// codeKey is what keys show says about who signs code.
type codeKey struct {
	Subject  string    `json:"subject"`
	Issuer   string    `json:"issuer"`
	Key      string    `json:"key"`
	SPKI     string    `json:"spki"`
	NotAfter time.Time `json:"not_after"`
	Chain    int       `json:"chain"`
}

func runKeysShow(ctx context.Context, c *call) (result, error) {
	by := c.issuerFlags()
	code := c.keyFlags()
	if err := c.parse(); err != nil {
		return result{}, err
	}
	if by.file != "" || by.module != "" {
		i, err := by.open(ctx, c)
		if err != nil {
			return result{}, err
		}
		return result{i.verifier + "\n", map[string]string{"verifier": i.verifier}}, nil
	}
	key, err := code.key(ctx, c)
	if err != nil {
		return result{}, err
	}
	a, err := signer.Program{Path: by.program}.Do(ctx, signer.Request{Op: signer.Show, Key: key})
	if err != nil {
		return result{}, err //nolint:wrapcheck // says what is the matter
	}
	if len(a.Certificates) == 0 {
		return result{}, fmt.Errorf("%w: it is an issuer's; show it with -issuer-module", errKey)
	}
	leaf, err := x509.ParseCertificate(a.Certificates[0])
	if err != nil {
		return result{}, fmt.Errorf("%w: certificate: %w", errKey, err)
	}
	spki := sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
	k := codeKey{leaf.Subject.String(), leaf.Issuer.String(), leaf.PublicKeyAlgorithm.String(), hex.EncodeToString(spki[:]), leaf.NotAfter, len(a.Certificates)}
	text := fmt.Sprintf("signer   %s\nissuer   %s\nuntil    %s\nkey      %s\nspki     %s\n", k.Subject, k.Issuer, k.NotAfter.Format(time.DateOnly), k.Key, k.SPKI)
	return result{text, k}, nil
}
