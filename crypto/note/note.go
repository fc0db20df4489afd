// Package note signs and opens short documents: licences, operator
// certificates, server lists. It is a thin layer over the signed notes of
// golang.org/x/mod/sumdb/note (Ed25519, several signatures a document): the
// text's first line is "lotse <kind>", the second the body in base64.
//
// It says who signed bytes, not what they mean and not whether they are still
// valid: dates and revocation are the caller's.
package note

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"lotse/crypto/secret"
)

const (
	// MaxBody is the longest body in bytes. The largest document, a server
	// list, has a few hundred lines.
	MaxBody = 64 << 10
	// maxSigners is how many keys may sign one document.
	maxSigners = 16
	// maxNote is the longest document in bytes: body in base64 and room for
	// the signatures.
	maxNote = MaxBody*4/3 + 8<<10
	// maxKind is the longest kind in bytes.
	maxKind = 32
	prefix  = "lotse "
)

var (
	// ErrMalformed says that a document is not in the one form that Sign
	// writes.
	ErrMalformed = errors.New("note: malformed")
	// ErrKind says that a document is of another kind than wanted.
	ErrKind = errors.New("note: document of another kind")
	// ErrSigner says that no key among those trusted signed the document, or
	// that it was altered.
	ErrSigner = errors.New("note: no trusted signature")
)

// Sign makes a document of the kind with a signature of each signer key.
func Sign(kind string, body []byte, signers ...secret.Text) ([]byte, error) {
	keys := make([]note.Signer, len(signers))
	for i, s := range signers {
		k, err := note.NewSigner(s.Reveal())
		if err != nil {
			return nil, fmt.Errorf("note: signer key %d: %w", i, err)
		}
		keys[i] = k
	}
	return SignWith(kind, body, keys...)
}

// SignWith is Sign for keys that lie elsewhere, such as in a token.
func SignWith(kind string, body []byte, signers ...note.Signer) ([]byte, error) {
	if !validKind(kind) {
		return nil, fmt.Errorf("%w: kind %q", ErrMalformed, kind)
	}
	if len(body) > MaxBody {
		return nil, fmt.Errorf("%w: body of %d bytes", ErrMalformed, len(body))
	}
	if len(signers) == 0 || len(signers) > maxSigners {
		return nil, fmt.Errorf("%w: %d signers", ErrMalformed, len(signers))
	}
	out, err := note.Sign(&note.Note{Text: text(kind, body)}, signers...)
	if err != nil {
		return nil, fmt.Errorf("note: sign: %w", err)
	}
	return out, nil
}

// Open checks that data is a document of the kind and that one of the
// verifier keys signed it. It returns the body and the name of that key; when
// several signed, the first in the order of verifiers.
func Open(kind string, data []byte, verifiers []string) (body []byte, signer string, err error) {
	body, names, err := OpenAll(kind, data, verifiers)
	if err != nil {
		return nil, "", err
	}
	return body, names[0], nil
}

// OpenAll is Open for documents that want several signatures: it returns the
// names of all trusted keys that signed, in the order of verifiers. Names are
// unique in it: two keys of one name count once.
func OpenAll(kind string, data []byte, verifiers []string) (body []byte, signers []string, err error) {
	if len(data) > maxNote {
		return nil, nil, fmt.Errorf("%w: %d bytes", ErrMalformed, len(data))
	}
	keys := make([]note.Verifier, len(verifiers))
	for i, v := range verifiers {
		if keys[i], err = note.NewVerifier(v); err != nil {
			return nil, nil, fmt.Errorf("note: verifier key %d: %w", i, err)
		}
	}
	n, err := note.Open(data, note.VerifierList(keys...))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrSigner, err)
	}
	if body, err = parseText(kind, n.Text); err != nil {
		return nil, nil, err
	}
	return body, names(keys, n.Sigs), nil
}

// Peek returns the body of a document that nobody has checked, for those who
// hand it on and do not act on it.
func Peek(kind string, data []byte) ([]byte, error) {
	if len(data) > maxNote {
		return nil, fmt.Errorf("%w: %d bytes", ErrMalformed, len(data))
	}
	_, err := note.Open(data, note.VerifierList()) // knows nobody
	var unverified *note.UnverifiedNoteError
	if !errors.As(err, &unverified) {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return parseText(kind, unverified.Note.Text)
}

func names(keys []note.Verifier, sigs []note.Signature) []string {
	var out []string
	for _, k := range keys {
		signed := slices.ContainsFunc(sigs, func(s note.Signature) bool {
			return s.Name == k.Name() && s.Hash == k.KeyHash()
		})
		if signed && !slices.Contains(out, k.Name()) {
			out = append(out, k.Name())
		}
	}
	return out
}

func text(kind string, body []byte) string {
	return prefix + kind + "\n" + base64.StdEncoding.EncodeToString(body) + "\n"
}

// parseText reads what text wrote. Comparing with a second text refuses every
// other spelling of the same body.
func parseText(kind, s string) ([]byte, error) {
	first, rest, ok := strings.Cut(s, "\n")
	got, isOurs := strings.CutPrefix(first, prefix)
	if !ok || !isOurs || !validKind(got) {
		return nil, fmt.Errorf("%w: first line", ErrMalformed)
	}
	if got != kind {
		return nil, fmt.Errorf("%w: %q, want %q", ErrKind, got, kind)
	}
	body, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSuffix(rest, "\n"))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if len(body) > MaxBody || !bytes.Equal([]byte(text(kind, body)), []byte(s)) {
		return nil, fmt.Errorf("%w: body", ErrMalformed)
	}
	return body, nil
}

// validKind reports whether kind is lower-case letters, digits and dashes.
func validKind(kind string) bool {
	ok := func(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' }
	return kind != "" && len(kind) <= maxKind && strings.IndexFunc(kind, func(r rune) bool { return !ok(r) }) < 0
}
