// Package signer is how lotse-pack talks to lotse-sign, the one program that
// opens keys: a request on its standard input, an answer on its standard
// output, and its end. Passwords travel inside the request and never as an
// argument. This side of it carries no signing library.
package signer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"lotse/crypto/secret"
)

// The bounds of what is spoken, in bytes.
const (
	// MaxRequest holds a profile to sign in base64, with room for names.
	MaxRequest = 256 << 10
	// MaxAnswer holds a chain of certificates in base64.
	MaxAnswer = 256 << 10
	// maxComplaint is how much of the program's own words is kept.
	maxComplaint = 4 << 10
)

// Op is what is asked for.
type Op string

// What can be asked for.
const (
	// Show returns the key's public half and its certificates.
	Show Op = "show"
	// SignWindows signs the program In into the new file Out (Authenticode).
	SignWindows Op = "windows"
	// SignMacOS signs the bundle in the ZIP file In into the new file Out.
	SignMacOS Op = "macos"
	// SignText signs Text with an Ed25519 key in a token.
	SignText Op = "text"
)

// Key says where a key lies: in a file, or in a token behind a PKCS#11 module.
type Key struct {
	// File is a PEM file with the key, and perhaps certificates, or a PKCS#12
	// file.
	File string `json:"file,omitempty"`
	// Certificates is a PEM file with the signer's certificate and those up to
	// the root, where the key's own place has none.
	Certificates string `json:"certificates,omitempty"`
	// Module is the PKCS#11 module's file; Token and Label name the token and
	// the key in it.
	Module string `json:"module,omitempty"`
	Token  string `json:"token,omitempty"`
	Label  string `json:"label,omitempty"`
	// Password opens the PKCS#12 file, or is the token's PIN.
	Password Password `json:"password,omitzero"`
}

// Password is a secret that is meant to travel: to lotse-sign, through a pipe.
type Password struct{ secret.Text }

// MarshalJSON writes what is hidden everywhere else.
func (p Password) MarshalJSON() ([]byte, error) {
	out, err := json.Marshal(p.Reveal())
	if err != nil {
		return nil, errors.New("signer: password")
	}
	return out, nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *Password) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return errors.New("signer: password")
	}
	p.Text = secret.Text(s)
	return nil
}

// Request is one wish.
type Request struct {
	Op  Op  `json:"op"`
	Key Key `json:"key"`
	// In and Out are files; Out must not be there yet.
	In  string `json:"in,omitempty"`
	Out string `json:"out,omitempty"`
	// Name and Page are what Windows shows with the signature.
	Name string `json:"name,omitempty"`
	Page string `json:"page,omitempty"`
	// Stamp is the address of the time-stamping authority; StampRoots is a PEM
	// file with whom it must lead to, where the system does not know them.
	Stamp      string `json:"stamp,omitempty"`
	StampRoots string `json:"stamp_roots,omitempty"`
	// NoStamp signs without a time stamp.
	NoStamp bool   `json:"no_stamp,omitempty"`
	Text    []byte `json:"text,omitempty"`
}

// Why says what kind of failure an answer reports.
type Why string

// The kinds of failure.
const (
	// WhyKey is a key, password or token that does not open.
	WhyKey Why = "key"
	// WhyStamp is a time-stamping authority that does not answer, or not as it
	// should.
	WhyStamp Why = "stamp"
	// WhyInput is a program that can't be signed.
	WhyInput Why = "input"
	// WhyRequest is a request that makes no sense.
	WhyRequest Why = "request"
)

// Answer is what came of it.
type Answer struct {
	// Why and Error are empty when it was done.
	Why   Why    `json:"why,omitempty"`
	Error string `json:"error,omitempty"`
	// Public is the key's SubjectPublicKeyInfo, and Certificates its chain in
	// DER, the signer's first.
	Public       []byte   `json:"public,omitempty"`
	Certificates [][]byte `json:"certificates,omitempty"`
	Signature    []byte   `json:"signature,omitempty"`
}

// Error is a failure that lotse-sign reported.
type Error struct {
	Why  Why
	Text string
}

// Error returns what lotse-sign said.
func (e *Error) Error() string { return e.Text }

// ErrProgram says that lotse-sign itself could not be run, or did not answer.
var ErrProgram = errors.New("signer: lotse-sign")

// Decode reads one JSON value of at most most bytes, with known fields only and
// nothing behind it.
func Decode(r io.Reader, most int64, into any) error {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return fmt.Errorf("signer: read: %w", err)
	}
	if int64(len(b)) > most {
		return fmt.Errorf("signer: more than %d bytes", most)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return errors.New("signer: not what is spoken here") // the text would hold what was read
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("signer: something follows")
	}
	return nil
}

// Program is lotse-sign.
type Program struct {
	// Path is its file; empty is the one beside the program that runs.
	Path string
}

// Do starts lotse-sign for one request and returns its answer. What it could
// not do is an *Error.
func (p Program) Do(ctx context.Context, r Request) (Answer, error) {
	path, err := p.path()
	if err != nil {
		return Answer{}, err
	}
	request, err := json.Marshal(r)
	if err != nil || len(request) > MaxRequest {
		return Answer{}, fmt.Errorf("%w: request of %d bytes", ErrProgram, len(request))
	}
	said := &bounded{most: MaxAnswer + 1}
	complaint := &bounded{most: maxComplaint}
	cmd := exec.CommandContext(ctx, path) //nolint:gosec // the program that the caller names, without arguments
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(request), said, complaint
	ran := cmd.Run()
	var a Answer
	if err := Decode(&said.b, MaxAnswer, &a); err != nil {
		return Answer{}, fmt.Errorf("%w: %w", ErrProgram, errors.Join(ran, err, words(complaint.b.String())))
	}
	if a.Why != "" || a.Error != "" {
		return Answer{}, &Error{a.Why, a.Error}
	}
	if ran != nil {
		return Answer{}, fmt.Errorf("%w: %w", ErrProgram, ran)
	}
	return a, nil
}

func words(s string) error {
	if s = strings.TrimSpace(s); s != "" {
		return errors.New(s)
	}
	return nil
}

func (p Program) path() (string, error) {
	if p.Path != "" {
		return p.Path, nil
	}
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrProgram, err)
	}
	name := "lotse-sign"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path := filepath.Join(filepath.Dir(self), name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%w is not beside %s; name it with -signer", ErrProgram, filepath.Base(self))
	}
	return path, nil
}

// bounded keeps the first bytes of what is written and drops the rest.
type bounded struct {
	b    bytes.Buffer
	most int
}

// Write keeps what there is room for.
func (b *bounded) Write(p []byte) (int, error) {
	b.b.Write(p[:min(len(p), b.most-b.b.Len())])
	return len(p), nil
}
