package pack

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"lotse/packaging/authenticode"
	"lotse/packaging/brand"
	"lotse/packaging/profile"
	"lotse/packaging/sbom"
	"lotse/packaging/signer"
	"lotse/packaging/verify"
)

// errOther says that a file which came back is not the one that was handed out.
var errOther = errors.New("not the program that was handed out")

// brandFlags say what is put into which template.
type brandFlags struct {
	template, profile, out string
	issuers                *list
	force                  bool
}

func (c *call) brandFlags() *brandFlags {
	f := &brandFlags{}
	c.flags.StringVar(&f.template, "template", "", "the template")
	c.flags.StringVar(&f.profile, "profile", "", "the signed profile")
	f.issuers = c.issuers(profileIssuer)
	c.flags.StringVar(&f.out, "out", "", "file for the program, or a folder")
	c.flags.BoolVar(&f.force, "force", false, "replace the file")
	return f
}

// branded is a program with its profile.
type branded struct {
	program []byte
	profile *profile.Profile
	issuers []string
	kind    brand.Template
	out     string // the file that it is for
}

func (f *brandFlags) brand(c *call) (*branded, error) {
	if err := c.need("template", "profile", "issuer", "out"); err != nil {
		return nil, err
	}
	template, err := readProgram(f.template)
	if err != nil {
		return nil, err
	}
	slot, p, err := usableSlot(f.profile, *f.issuers)
	if err != nil {
		return nil, err
	}
	b := &branded{profile: p, issuers: slot.Issuers, out: f.out}
	if b.kind, err = brand.Look(template); err != nil {
		return nil, fmt.Errorf("%s: %w", f.template, err)
	}
	if info, err := os.Stat(f.out); err == nil && info.IsDir() {
		b.out = filepath.Join(f.out, brand.FileName(p, b.kind.System))
	}
	if err := free(b.out, f.force); err != nil {
		return nil, err
	}
	if b.program, err = brand.Program(template, slot, time.Now()); err != nil {
		return nil, err //nolint:wrapcheck // says what is the matter
	}
	if b.kind.System == brand.Windows {
		err = p.Starts(false)
	}
	return b, err //nolint:wrapcheck // says what is the matter
}

// keyFlags say which key signs code.
type keyFlags struct {
	file, certificates, module, token, label string
	password, program                        string
}

func (c *call) keyFlags() *keyFlags {
	f := &keyFlags{}
	c.flags.StringVar(&f.file, "key", "", "PEM or PKCS#12 file with the key that signs code")
	c.flags.StringVar(&f.certificates, "certificates", "", "PEM file with the signer's certificate and those up to the root")
	c.flags.StringVar(&f.module, "module", "", "PKCS#11 module of the token with the key, instead of -key")
	c.flags.StringVar(&f.token, "token", "", "the token's name")
	c.flags.StringVar(&f.label, "label", "", "the key's label in the token")
	c.flags.StringVar(&f.password, "password", "", "where the password or PIN is: file:PATH, env:NAME or stdin")
	if c.flags.Lookup("signer") == nil {
		c.flags.StringVar(&f.program, "signer", "", "lotse-sign, if it is not beside lotse-pack")
	}
	return f
}

func (f *keyFlags) key(c *call) (signer.Key, error) {
	if (f.file == "") == (f.module == "") {
		return signer.Key{}, usagef("%s: name the key with -key, or with -module, -token and -label", c.flags.Name())
	}
	password, err := c.password(f.password)
	return signer.Key{
		File: f.file, Certificates: f.certificates, Module: f.module, Token: f.token, Label: f.label, Password: password,
	}, err
}

// signFlags say how code is signed and stamped.
type signFlags struct {
	*keyFlags

	stamp string
}

func (c *call) signFlags() *signFlags {
	f := &signFlags{keyFlags: c.keyFlags()}
	c.flags.StringVar(&f.stamp, "stamp", "", "address of the time-stamping authority, http or https")
	return f
}

// trustFlags say what a finished program must be.
type trustFlags struct {
	roots, stampRoots string
	signers           list
	noStamp, unsigned bool
	minSerial         uint
}

func (c *call) trustFlags() *trustFlags {
	f := &trustFlags{}
	c.flags.StringVar(&f.roots, "roots", "", "PEM file with the roots that the signer must lead to; without it the system's")
	c.flags.StringVar(&f.stampRoots, "stamp-roots", "", "PEM file with the roots that the time stamp must lead to; without it as -roots")
	c.flags.Var(&f.signers, "signer-certificate", "PEM certificate of who may have signed; the profile's signers have to name the key as well; may be given several times")
	c.flags.BoolVar(&f.noStamp, "no-stamp", false, "no time stamp: the signature ends with its certificate")
	c.flags.UintVar(&f.minSerial, "min-serial", 0, "refuse a profile with a serial below this")
	return f
}

// forStamps is the file with the roots that time stamps must lead to, or empty
// for the system's.
func (f *trustFlags) forStamps() string { return cmp.Or(f.stampRoots, f.roots) }

func (f *trustFlags) trust(issuers []string) (t verify.Trust, err error) {
	t = verify.Trust{Issuers: issuers, MinSerial: uint32(min(f.minSerial, 1<<32-1)), Unsigned: f.unsigned}
	t.Code.NoStamp = f.noStamp
	if f.roots != "" {
		if t.Code.Roots, err = pool(f.roots); err != nil {
			return t, err
		}
	}
	if f.stampRoots != "" {
		if t.Code.TimeRoots, err = pool(f.stampRoots); err != nil {
			return t, err
		}
	}
	for _, file := range f.signers {
		sum, err := spkiOf(file)
		if err != nil {
			return t, err
		}
		t.Signers = append(t.Signers, sum)
	}
	return t, nil
}

// step is one part of the work and how long it took.
type step struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

// timer tells a person how far it is.
type timer struct {
	c     *call
	began time.Time
	steps []step
}

func (c *call) timer() *timer { return &timer{c: c, began: time.Now()} }

func (t *timer) done(name string) {
	took := time.Since(t.began).Seconds()
	t.steps = append(t.steps, step{name, took})
	t.c.progress("%-8s %6.2f s", name, took)
	t.began = time.Now()
}

// made is what make and sign print.
type made struct {
	File    string  `json:"file"`
	Size    int     `json:"size"`
	SHA256  string  `json:"sha256"`
	Version string  `json:"version"`
	Signer  string  `json:"signer,omitempty"`
	SPKI    string  `json:"spki,omitempty"`
	Stamped string  `json:"stamped,omitempty"`
	Profile summary `json:"profile"`
	Steps   []step  `json:"steps,omitempty"`
}

func madeOf(file string, r verify.Report, steps []step) made {
	m := made{File: file, Size: r.Size, SHA256: hex.EncodeToString(r.SHA256[:]), Version: r.Version, Profile: summaryOf(r.Profile), Steps: steps}
	if s := r.Signature; s.Signer != nil {
		m.Signer, m.SPKI = s.Signer.Subject.String(), hex.EncodeToString(s.SPKI[:])
		if !s.Time.IsZero() {
			m.Stamped = s.Time.UTC().Format(time.RFC3339)
		}
	}
	return m
}

func (m made) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  version  %s\n  profile  %s\n", m.File, m.Version, m.Profile.line())
	if m.Signer != "" {
		fmt.Fprintf(&b, "  signer   %s\n  spki     %s\n", m.Signer, m.SPKI)
	} else {
		b.WriteString("  signer   nobody\n")
	}
	if m.Stamped != "" {
		fmt.Fprintf(&b, "  stamped  %s\n", m.Stamped)
	}
	fmt.Fprintf(&b, "  sha256   %s\n", m.SHA256)
	return b.String()
}

func runBrand(_ context.Context, c *call) (result, error) {
	f := c.brandFlags()
	if err := c.parse(); err != nil {
		return result{}, err
	}
	b, err := f.brand(c)
	if err != nil {
		return result{}, err
	}
	if err := writeFile(b.out, b.program, modeOf(b.profile, programMode), f.force); err != nil {
		return result{}, err
	}
	s := summaryOf(b.profile)
	return result{fmt.Sprintf("%s: %s; not signed yet\n", b.out, s.line()), map[string]any{"file": b.out, "profile": s}}, nil
}

// sign has lotse-sign sign the program in the file in, checks what came of it
// and gives it its name. On any failure there is no new file.
func (f *signFlags) sign(ctx context.Context, c *call, in string, unsigned []byte, out string, force bool, trust *trustFlags, t verify.Trust, clock *timer) (verify.Report, error) {
	key, err := f.key(c)
	if err != nil {
		return verify.Report{}, err
	}
	slot, err := profile.ReadSlot(unsigned)
	if err != nil {
		return verify.Report{}, fmt.Errorf("%s: %w", in, err)
	}
	_, p, err := slot.Open()
	if err != nil {
		return verify.Report{}, fmt.Errorf("%s: %w", in, err)
	}
	tmp, err := scratch(out, "signed")
	if err != nil {
		return verify.Report{}, err
	}
	defer discard(tmp)
	_, err = signer.Program{Path: f.program}.Do(ctx, signer.Request{
		Op: signer.SignWindows, Key: key, In: in, Out: tmp, Name: p.AppName, Page: p.UpdatePage,
		Stamp: f.stamp, StampRoots: trust.forStamps(), NoStamp: trust.noStamp,
	})
	if err != nil {
		return verify.Report{}, err //nolint:wrapcheck // says what is the matter
	}
	clock.done("sign")
	signed, err := readProgram(tmp)
	if err != nil {
		return verify.Report{}, err
	}
	r, err := readBack(unsigned, signed, t)
	if err != nil {
		return verify.Report{}, err
	}
	clock.done("verify")
	// What was verified is what is written, with the mode that is right for it.
	return r, writeFile(out, signed, modeOf(r.Profile, programMode), force)
}

// readBack checks a signed program, and that it is the unsigned one.
func readBack(unsigned, signed []byte, t verify.Trust) (verify.Report, error) {
	want, err := authenticode.Digest(unsigned)
	if err != nil {
		return verify.Report{}, err //nolint:wrapcheck // says what is the matter
	}
	got, err := authenticode.Digest(signed)
	if err != nil {
		return verify.Report{}, err //nolint:wrapcheck // says what is the matter
	}
	if !bytes.Equal(got, want) {
		return verify.Report{}, fmt.Errorf("%w: digest %x, want %x", errOther, got, want)
	}
	r, err := verify.Program(signed, t)
	if err != nil {
		return verify.Report{}, fmt.Errorf("read back: %w", err)
	}
	return r, nil
}

// checkStamp reports a missing decision about the time stamp, before any work.
func (f *signFlags) checkStamp(c *call, trust *trustFlags) error {
	if (f.stamp == "") != trust.noStamp {
		return usagef("%s: name a time-stamping authority with -stamp, or say -no-stamp: then nobody can start the program once the certificate has ended", c.flags.Name())
	}
	return nil
}

func runSign(ctx context.Context, c *call) (result, error) {
	in := c.flags.String("in", "", "the branded program")
	out := c.flags.String("out", "", "file for the signed one")
	force := c.flags.Bool("force", false, "replace the file")
	issuers := c.issuers(profileIssuer)
	f, trust := c.signFlags(), c.trustFlags()
	if err := c.parse(); err != nil {
		return result{}, err
	}
	if err := errors.Join(c.need("in", "out", "issuer"), f.checkStamp(c, trust)); err != nil {
		return result{}, err
	}
	if err := free(*out, *force); err != nil {
		return result{}, err
	}
	t, err := trust.of(*issuers)
	if err != nil {
		return result{}, err
	}
	unsigned, err := readProgram(*in)
	if err != nil {
		return result{}, err
	}
	clock := c.timer()
	r, err := f.sign(ctx, c, *in, unsigned, *out, *force, trust, t, clock)
	if err != nil {
		return result{}, err
	}
	m := madeOf(*out, r, clock.steps)
	return result{m.text(), m}, nil
}

func runMake(ctx context.Context, c *call) (result, error) {
	f, s, trust := c.brandFlags(), c.signFlags(), c.trustFlags()
	c.flags.BoolVar(&trust.unsigned, "unsigned", false, "do not sign: for Linux, or for a profile with allow_unsigned")
	parts := c.flags.Bool("sbom", false, "write what the program was built from beside it, .cdx.json")
	if err := c.parse(); err != nil {
		return result{}, err
	}
	if !trust.unsigned {
		if err := s.checkStamp(c, trust); err != nil {
			return result{}, err
		}
	}
	clock := c.timer()
	b, err := f.brand(c)
	if err != nil {
		return result{}, err
	}
	clock.done("brand")
	if *parts {
		if err := free(listOf(b.out), f.force); err != nil {
			return result{}, err
		}
	}
	t, err := trust.trust(b.issuers)
	if err != nil {
		return result{}, err
	}
	var r verify.Report
	if trust.unsigned || b.kind.System == brand.Linux {
		r, err = f.unsigned(c, b, trust, t, clock)
	} else {
		r, err = f.signed(ctx, c, b, s, trust, t, clock)
	}
	if err != nil {
		return result{}, err
	}
	if *parts {
		if err := writeSBOM(b.out, listOf(b.out), f.force); err != nil {
			return result{}, err
		}
		clock.done("sbom")
	}
	m := madeOf(b.out, r, clock.steps)
	return result{m.text(), m}, nil
}

// unsigned writes a program that nobody signs.
func (f *brandFlags) unsigned(c *call, b *branded, trust *trustFlags, t verify.Trust, clock *timer) (verify.Report, error) {
	if !trust.unsigned {
		return verify.Report{}, usagef("%s: programs for Linux are not signed; say -unsigned", c.flags.Name())
	}
	if b.kind.System != brand.Linux && !b.profile.AllowUnsigned {
		return verify.Report{}, usagef("%s: an unsigned program would not start: the profile does not say allow_unsigned", c.flags.Name())
	}
	r, err := verify.Program(b.program, t)
	if err != nil {
		return verify.Report{}, fmt.Errorf("read back: %w", err)
	}
	clock.done("verify")
	return r, writeFile(b.out, b.program, modeOf(b.profile, programMode), f.force)
}

// signed has a branded program signed and checked.
func (f *brandFlags) signed(ctx context.Context, c *call, b *branded, s *signFlags, trust *trustFlags, t verify.Trust, clock *timer) (verify.Report, error) {
	tmp, err := scratch(b.out, "branded")
	if err != nil {
		return verify.Report{}, err
	}
	defer discard(tmp)
	if err := writeFile(tmp, b.program, privateMode, false); err != nil {
		return verify.Report{}, err
	}
	return s.sign(ctx, c, tmp, b.program, b.out, f.force, trust, t, clock)
}

func runVerify(_ context.Context, c *call) (result, error) {
	in := c.flags.String("in", "", "the finished program")
	issuers := c.issuers(profileIssuer)
	trust := c.trustFlags()
	c.flags.BoolVar(&trust.unsigned, "unsigned", false, "nobody signed it: for Linux, or for a profile with allow_unsigned")
	if err := c.parse(); err != nil {
		return result{}, err
	}
	if err := c.need("in", "issuer"); err != nil {
		return result{}, err
	}
	t, err := trust.of(*issuers)
	if err != nil {
		return result{}, err
	}
	program, err := readProgram(*in)
	if err != nil {
		return result{}, err
	}
	r, err := verify.Program(program, t)
	if err != nil {
		return result{}, err //nolint:wrapcheck // says what is the matter
	}
	m := madeOf(*in, r, nil)
	return result{m.text() + "It is what it should be.\n", m}, nil
}

func runExternalOut(_ context.Context, c *call) (result, error) {
	f := c.brandFlags()
	if err := c.parse(); err != nil {
		return result{}, err
	}
	b, err := f.brand(c)
	if err != nil {
		return result{}, err
	}
	digest, err := authenticode.Digest(b.program)
	if err != nil {
		return result{}, err //nolint:wrapcheck // says what is the matter
	}
	if err := writeFile(b.out, b.program, modeOf(b.profile, programMode), f.force); err != nil {
		return result{}, err
	}
	sum := hex.EncodeToString(digest)
	return result{
		fmt.Sprintf("%s: %s\nAuthenticode SHA-256: %s\nHave it signed with a time stamp, keep this file, and take the signed one back with \"lotse-pack external in\".\n", b.out, summaryOf(b.profile).line(), sum),
		map[string]any{"file": b.out, "authenticode_sha256": sum, "profile": summaryOf(b.profile)},
	}, nil
}

func runExternalIn(_ context.Context, c *call) (result, error) {
	unsigned := c.flags.String("unsigned", "", "the program as it was handed out")
	signed := c.flags.String("signed", "", "the program as it came back")
	out := c.flags.String("out", "", "file for the program, once it is checked")
	force := c.flags.Bool("force", false, "replace the file")
	issuers := c.issuers(profileIssuer)
	trust := c.trustFlags()
	if err := c.parse(); err != nil {
		return result{}, err
	}
	if err := c.need("unsigned", "signed", "out", "issuer"); err != nil {
		return result{}, err
	}
	t, err := trust.of(*issuers)
	if err != nil {
		return result{}, err
	}
	before, err := readProgram(*unsigned)
	if err != nil {
		return result{}, err
	}
	after, err := readProgram(*signed)
	if err != nil {
		return result{}, err
	}
	r, err := readBack(before, after, t)
	if err != nil {
		return result{}, err
	}
	if err := writeFile(*out, after, modeOf(r.Profile, programMode), *force); err != nil {
		return result{}, err
	}
	m := madeOf(*out, r, nil)
	return result{m.text(), m}, nil
}

// listOf is the file with what a program was built from.
func listOf(program string) string { return program + ".cdx.json" }

func writeSBOM(in, out string, force bool) error {
	program, err := readProgram(in)
	if err != nil {
		return err
	}
	b, err := sbom.Of(program, filepath.Base(in))
	if err != nil {
		return err //nolint:wrapcheck // says what is the matter
	}
	return writeFile(out, b, publicMode, force)
}

func runSBOM(_ context.Context, c *call) (result, error) {
	in := c.flags.String("in", "", "the program")
	out := c.flags.String("out", "", "file for the list; without it, the program's name with .cdx.json behind it")
	force := c.flags.Bool("force", false, "replace the file")
	if err := c.parse(); err != nil {
		return result{}, err
	}
	if err := c.need("in"); err != nil {
		return result{}, err
	}
	if *out == "" {
		*out = listOf(*in)
	}
	if err := writeSBOM(*in, *out, *force); err != nil {
		return result{}, err
	}
	return result{*out + "\n", map[string]string{"file": *out}}, nil
}

func runVersion(_ context.Context, c *call) (result, error) {
	if err := c.parse(); err != nil {
		return result{}, err
	}
	goVersion := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		goVersion = info.GoVersion
	}
	return result{
		fmt.Sprintf("lotse-pack %s %s\n", profile.Version, goVersion),
		map[string]string{"version": profile.Version, "go": goVersion},
	}, nil
}
