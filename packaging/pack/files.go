package pack

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/term"

	"lotse/crypto/secret"
	"lotse/packaging/brand"
	"lotse/packaging/files"
	"lotse/packaging/profile"
	"lotse/packaging/signer"
)

// errExists says that a file is there already.
var errExists = errors.New("pack: file is there already")

// errKey says that an issuer's key does not open.
var errKey = errors.New("pack: issuer's key")

const (
	programMode fs.FileMode = 0o755
	publicMode  fs.FileMode = 0o644
	privateMode fs.FileMode = 0o600
	// maxLine is the longest password in bytes.
	maxLine = 4 << 10
)

// modeOf is the mode of a file that holds the profile: with a master's licence
// it is for its owner alone, since the key that opens rooms is in it.
func modeOf(p *profile.Profile, otherwise fs.FileMode) fs.FileMode {
	if p.Licence != nil {
		const others fs.FileMode = 0o077
		return otherwise &^ others
	}
	return otherwise
}

// noKey refuses a key that somebody gives in place of a file's name: what is
// said of it lies in logs.
func noKey(name string) error {
	if strings.Contains(name, "PRIVATE+KEY+") {
		return fmt.Errorf("%w: a private key stands where a file's name belongs; draw a new one if others could read that", errKey)
	}
	return nil
}

// readFile reads a file of at most most bytes.
func readFile(name string, most int64) ([]byte, error) {
	if err := noKey(name); err != nil {
		return nil, err
	}
	return files.Read(name, most) //nolint:wrapcheck // names the file
}

// readCertificates reads a PEM file of certificates; there has to be one.
func readCertificates(name string) ([]*x509.Certificate, error) {
	if err := noKey(name); err != nil {
		return nil, err
	}
	return files.Certificates(name) //nolint:wrapcheck // names the file
}

func readProgram(name string) ([]byte, error) { return readFile(name, brand.MaxProgram) }

// scratch returns the name of a file that is not there, in the folder of name,
// so that it can be renamed to name.
func scratch(name, what string) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"."+what+"-*")
	if err != nil {
		return "", fmt.Errorf("pack: write: %w", err)
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return "", fmt.Errorf("pack: write: %w", err)
	}
	return f.Name(), nil
}

// free reports errExists for a file that is there and not to be replaced.
func free(name string, force bool) error {
	if _, err := os.Lstat(name); err == nil && !force {
		return fmt.Errorf("%w: %s", errExists, name)
	}
	return nil
}

// writeFile writes a file whole or not at all, and not once somebody has said
// stop.
func writeFile(ctx context.Context, name string, b []byte, mode fs.FileMode, force bool) error {
	if err := free(name, force); err != nil {
		return err
	}
	tmp, err := scratch(name, "new")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode) //nolint:gosec // beside the file that the person names
	if err != nil {
		return fmt.Errorf("pack: write: %w", err)
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("pack: write %s: %w", name, errors.Join(err, os.Remove(tmp)))
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("pack: write %s: %w", name, errors.Join(err, os.Remove(tmp)))
	}
	return place(tmp, name, force)
}

// place gives a finished file its name.
func place(tmp, name string, force bool) error {
	// A link fails where something came in between; a rename would replace it.
	if !force {
		switch err := os.Link(tmp, name); {
		case err == nil:
			return os.Remove(tmp) //nolint:wrapcheck // names the file
		case errors.Is(err, fs.ErrExist):
			return errors.Join(fmt.Errorf("%w: %s", errExists, name), os.Remove(tmp))
		}
	}
	if err := os.Rename(tmp, name); err != nil {
		return fmt.Errorf("pack: write: %w", errors.Join(err, os.Remove(tmp)))
	}
	return nil
}

// discard removes files that may be there.
func discard(names ...string) {
	for _, name := range names {
		_ = os.Remove(name) // what is not there need not be removed
	}
}

// password reads a secret from where it says: file:PATH, env:NAME or stdin.
func (c *call) password(ctx context.Context, from string) (signer.Password, error) {
	kind, where, _ := strings.Cut(from, ":")
	var b []byte
	var err error
	switch {
	case from == "":
		return signer.Password{}, nil
	case kind == "file" && where != "":
		b, err = readFile(where, maxLine)
	case kind == "env" && where != "":
		value, ok := os.LookupEnv(where)
		if !ok {
			return signer.Password{}, usagef("the environment has no variable %s", where)
		}
		b = []byte(value)
	case from == "stdin" && !c.stdin:
		c.stdin = true
		b, err = c.typed(ctx)
	case from == "stdin":
		return signer.Password{}, usagef("one password comes from the standard input, not two")
	default:
		return signer.Password{}, usagef("a password is not given as an argument: say file:PATH, env:NAME or stdin")
	}
	if err != nil {
		return signer.Password{}, fmt.Errorf("pack: password: %w", err)
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return signer.Password{Text: secret.Text(strings.TrimSuffix(string(line), "\r"))}, nil
}

// typed reads a line of the standard input, for as long as nobody says stop. A
// person who types it is asked for it and does not see it.
func (c *call) typed(ctx context.Context) ([]byte, error) {
	read := func() ([]byte, error) {
		b, err := bufio.NewReader(io.LimitReader(c.std.In, maxLine)).ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return b, err
	}
	if f, ok := c.std.In.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fd := int(f.Fd())
		before, err := term.GetState(fd)
		if err != nil {
			return nil, fmt.Errorf("pack: terminal: %w", err)
		}
		defer func() { _ = term.Restore(fd, before) }() // also when the reading goes on
		fmt.Fprint(c.std.Err, "Password or PIN: ")
		defer fmt.Fprintln(c.std.Err)
		read = func() ([]byte, error) { return term.ReadPassword(fd) }
	}
	type line struct {
		b   []byte
		err error
	}
	// Nothing ends the reading of a terminal but the end of this program, which
	// comes right after.
	done := make(chan line, 1)
	go func() {
		b, err := read()
		done <- line{b, err}
	}()
	select {
	case l := <-done:
		return l.b, l.err
	case <-ctx.Done():
		return nil, ctx.Err() //nolint:wrapcheck // says that somebody said stop
	}
}

// list is a flag that can be given several times.
type list []string

// String joins the values.
func (l *list) String() string { return strings.Join(*l, ",") }

// Set adds a value.
func (l *list) Set(s string) error {
	*l = append(*l, s)
	return nil
}

// profileIssuer is whose keys -issuer names, where it is about programs.
const profileIssuer = "who signs the organisation's profiles"

// issuers registers -issuer, for the verifier keys of whoever it is.
func (c *call) issuers(who string) *list {
	l := new(list)
	c.flags.Var(l, "issuer", "verifier key of "+who+", or a file with such; may be given several times")
	return l
}

// verifiers reads the verifier keys that a flag names: each word is a key, or a
// file with one a line.
func verifiers(flagName string, words []string) ([]string, error) {
	var out []string
	for _, word := range words {
		if _, err := note.NewVerifier(word); err == nil {
			out = append(out, word)
			continue
		}
		b, err := readFile(word, files.MaxText)
		if err != nil {
			return nil, fmt.Errorf("pack: -%s is neither a verifier key nor a file: %w", flagName, err)
		}
		for line := range strings.Lines(string(b)) {
			line = strings.TrimSpace(line)
			if line == "" {
				continue
			}
			if _, err := note.NewVerifier(line); err != nil {
				return nil, fmt.Errorf("%w: %s holds something else than verifier keys", errKey, word)
			}
			out = append(out, line)
		}
	}
	return out, nil
}

// signedFlags name what an issuer signed, and who should have.
type signedFlags struct {
	in      string
	issuers *list
}

func (c *call) signedFlags(what string) *signedFlags {
	f := &signedFlags{issuers: c.issuers("who should have signed it")}
	c.flags.StringVar(&f.in, "in", "", what)
	return f
}

// read parses all flags and reads the file of at most most bytes, and the
// issuers' keys.
func (f *signedFlags) read(c *call, most int64) (b []byte, keys []string, err error) {
	if err := c.parse("in", "issuer"); err != nil {
		return nil, nil, err
	}
	if keys, err = verifiers("issuer", *f.issuers); err != nil {
		return nil, nil, err
	}
	b, err = readFile(f.in, most)
	return b, keys, err
}

// issuerFlags say which key signs profiles and lists.
type issuerFlags struct {
	file                          string
	module, token, label, keyName string
	password, program             string
}

func (c *call) issuerFlags() *issuerFlags {
	f := &issuerFlags{}
	c.flags.StringVar(&f.file, "issuer-key", "", "file with the issuer's key (keys new)")
	c.flags.StringVar(&f.module, "issuer-module", "", "PKCS#11 module of the token with the issuer's Ed25519 key")
	c.flags.StringVar(&f.token, "issuer-token", "", "the token's name")
	c.flags.StringVar(&f.label, "issuer-label", "", "the key's label in the token")
	c.flags.StringVar(&f.keyName, "issuer-name", "", "the issuer's name, for a key in a token")
	c.flags.StringVar(&f.password, "issuer-password", "", "where the token's PIN is: file:PATH, env:NAME or stdin")
	if c.flags.Lookup("signer") == nil {
		c.flags.StringVar(&f.program, "signer", "", "lotse-sign, if it is not beside lotse-pack")
	}
	return f
}

// issuer is an opened issuer's key.
type issuer struct {
	note.Signer

	verifier string
}

// open opens the issuer's key.
func (f *issuerFlags) open(ctx context.Context, c *call) (*issuer, error) {
	switch {
	case (f.file == "") == (f.module == ""):
		return nil, usagef("%s: name the issuer's key with -issuer-key, or with -issuer-module", c.flags.Name())
	case f.file != "":
		b, err := readFile(f.file, files.MaxText)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errKey, err)
		}
		return openIssuerFile(b)
	}
	password, err := c.password(ctx, f.password)
	if err != nil {
		return nil, err
	}
	return openIssuerToken(ctx, signer.Program{Path: f.program}, f.keyName, signer.Key{Module: f.module, Token: f.token, Label: f.label, Password: password})
}

// sign has the issuer's key sign something and reads it back, as whoever
// believes that key alone would.
func (f *issuerFlags) sign(ctx context.Context, c *call, sign func(note.Signer) ([]byte, error), open func(signed []byte, issuers []string) error) (signed []byte, verifier string, err error) {
	i, err := f.open(ctx, c)
	if err != nil {
		return nil, "", err
	}
	if signed, err = sign(i); err != nil {
		return nil, "", err
	}
	if err := open(signed, []string{i.verifier}); err != nil {
		return nil, "", fmt.Errorf("pack: read back: %w", err)
	}
	return signed, i.verifier, nil
}

// usableSlot reads a signed profile that a program is of use with.
func usableSlot(file string, issuers []string) (profile.Slot, *profile.Profile, error) {
	slot, p, err := slotOf(file, issuers)
	if err == nil {
		err = p.Serves()
	}
	return slot, p, err
}

// slotOf reads a signed profile into a slot.
func slotOf(file string, issuers []string) (profile.Slot, *profile.Profile, error) {
	signed, err := readFile(file, files.MaxText)
	if err != nil {
		return profile.Slot{}, nil, err
	}
	keys, err := verifiers("issuer", issuers)
	if err != nil {
		return profile.Slot{}, nil, err
	}
	slot := profile.Slot{Issuers: keys, Note: signed}
	_, p, err := slot.Open()
	if err != nil {
		return profile.Slot{}, nil, fmt.Errorf("pack: %s: %w", file, err)
	}
	return slot, p, nil
}
