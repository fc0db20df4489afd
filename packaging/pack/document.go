package pack

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"lotse/packaging/files"
	"lotse/packaging/profile"
)

// fillFlags are what is not written into a profile by hand: a picture, a
// licence with its key, and who signs the code.
type fillFlags struct {
	in, logo, licence string
	signers           list
	teams             list
	issuers           list // of licences
}

func (c *call) fillFlags() *fillFlags {
	f := &fillFlags{}
	c.flags.StringVar(&f.in, "in", "", "the profile as somebody wrote it, in JSON")
	c.flags.StringVar(&f.logo, "logo", "", "square PNG picture of 32 to 512 pixels, at most 24 KiB")
	c.flags.StringVar(&f.licence, "licence", "", "a master's licence (NUMBER.licence from lotse-relay licence new; NUMBER.key beside it)")
	c.flags.Var(&f.signers, "signer-certificate", "PEM certificate of who signs the code; may be given several times")
	c.flags.Var(&f.teams, "signer-team", "Apple team identifier of who signs for macOS; may be given several times")
	c.flags.Var(&f.issuers, "licence-issuer", "verifier key of who issues licences (lotse-relay licence issuer prints it), or a file with such; may be given several times")
	return f
}

// document reads the profile and puts in what the flags name. The text that
// somebody wrote stays as it is: fields are added at its end, so that one that
// stands there already is refused as twice there.
func (f *fillFlags) document() ([]byte, *profile.Profile, error) {
	text, err := readFile(f.in, profile.MaxDocument)
	if err != nil {
		return nil, nil, err
	}
	more, err := f.fields()
	if err != nil {
		return nil, nil, err
	}
	if text, err = join(text, more); err != nil {
		return nil, nil, err
	}
	p, err := profile.Parse(text)
	if err != nil {
		return nil, nil, fmt.Errorf("pack: %s: %w", f.in, err)
	}
	return text, p, checkLicence(p, time.Now())
}

// fields are what the flags name, each as a line of JSON.
func (f *fillFlags) fields() ([]string, error) {
	var lines []string
	for _, field := range []struct {
		name  string
		given bool
		value func() (any, error)
	}{
		{"logo", f.logo != "", func() (any, error) { return readFile(f.logo, files.MaxText) }},
		{"licence", f.licence != "", func() (any, error) { return readLicence(f.licence) }},
		{"licence_issuers", len(f.issuers) > 0, func() (any, error) { return verifiers("licence-issuer", f.issuers) }},
		{"signers", len(f.signers) > 0 || len(f.teams) > 0, func() (any, error) { return f.who() }},
	} {
		if !field.given {
			continue
		}
		v, err := field.value()
		if err != nil {
			return nil, err
		}
		b, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("pack: %s: %w", field.name, err)
		}
		lines = append(lines, fmt.Sprintf("  %q: %s", field.name, b))
	}
	return lines, nil
}

// checkLicence reports a licence with which the master would open no room: it
// looks at its own before it dials.
func checkLicence(p *profile.Profile, now time.Time) error {
	if p.Licence == nil {
		return nil
	}
	facts, err := profile.OpenLicence(p.Licence.Note, p.LicenceIssuers, now)
	if err != nil {
		return fmt.Errorf("pack: the master would not take its own licence: %w", err)
	}
	if public, ok := p.Licence.Key.Public().(ed25519.PublicKey); !ok || !public.Equal(facts.ModuleKey) || facts.Number != p.Licence.Number {
		return fmt.Errorf("%w: its key or number is another's", profile.ErrLicence)
	}
	return nil
}

// join adds fields before the closing brace.
func join(text []byte, more []string) ([]byte, error) {
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")))
	if len(more) == 0 {
		return append(text, '\n'), nil
	}
	body, ok := bytes.CutSuffix(text, []byte("}"))
	body = bytes.TrimRight(body, " \t\r\n")
	if !ok || len(body) == 0 || bytes.HasSuffix(body, []byte("{")) {
		return nil, fmt.Errorf("%w: not a JSON object with fields", profile.ErrDocument)
	}
	out := bytes.Clone(body)
	for _, field := range more {
		out = append(out, (",\n" + field)...)
	}
	return append(out, "\n}\n"...), nil
}

// signerField is one entry of signers in a document.
type signerField struct {
	SPKI string `json:"spki,omitempty"`
	Team string `json:"team,omitempty"`
}

func (f *fillFlags) who() (out []signerField, err error) {
	for _, file := range f.signers {
		sum, err := spkiOf(file)
		if err != nil {
			return nil, err
		}
		out = append(out, signerField{SPKI: hex.EncodeToString(sum[:])})
	}
	for _, team := range f.teams {
		out = append(out, signerField{Team: team})
	}
	return out, nil
}

// spkiOf hashes the key of the first certificate in a PEM file.
func spkiOf(file string) ([sha256.Size]byte, error) {
	all, err := readCertificates(file)
	if err != nil {
		return [sha256.Size]byte{}, err
	}
	return sha256.Sum256(all[0].RawSubjectPublicKeyInfo), nil
}

// licenceField is a licence in a document.
type licenceField struct {
	Number string `json:"number"`
	Note   string `json:"note"`
	Key    []byte `json:"key"`
}

// readLicence reads a licence and its key as lotse-relay wrote them.
func readLicence(file string) (*licenceField, error) {
	signed, err := readFile(file, files.MaxText)
	if err != nil {
		return nil, err
	}
	base := strings.TrimSuffix(file, ".licence")
	b, err := readFile(base+".key", files.MaxText)
	if err != nil {
		return nil, fmt.Errorf("pack: the licence's key: %w", err)
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("%w: %s.key is not in PEM", profile.ErrLicence, base)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := parsed.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("%w: %s.key is no Ed25519 key", profile.ErrLicence, base)
	}
	return &licenceField{filepath.Base(base), string(signed), key.Seed()}, nil
}
