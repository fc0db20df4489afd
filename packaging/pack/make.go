package pack

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"lotse/packaging/brand"
	"lotse/packaging/profile"
	"lotse/packaging/verify"
)

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

// parse reads all flags of a command that brands.
func (f *brandFlags) parse(c *call) error { return c.parse("template", "profile", "issuer", "out") }

// branded is a program with its profile.
type branded struct {
	program []byte
	profile *profile.Profile
	issuers []string
	kind    brand.Template
	out     string // the file that it is for
}

func (f *brandFlags) brand() (*branded, error) {
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
		return nil, fmt.Errorf("pack: %s: %w", f.template, err)
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

func runBrand(ctx context.Context, c *call) (result, error) {
	f := c.brandFlags()
	if err := f.parse(c); err != nil {
		return result{}, err
	}
	b, err := f.brand()
	if err != nil {
		return result{}, err
	}
	if err := writeFile(ctx, b.out, b.program, modeOf(b.profile, programMode), f.force); err != nil {
		return result{}, err
	}
	s := summaryOf(b.profile)
	return result{fmt.Sprintf("%s: %s; not signed yet\n", b.out, s.line()), map[string]any{"file": b.out, "profile": s}}, nil
}

func runMake(ctx context.Context, c *call) (result, error) {
	f, s, trust := c.brandFlags(), c.signFlags(), c.trustFlags()
	c.flags.BoolVar(&trust.unsigned, "unsigned", false, "do not sign: for Linux, or for a profile with allow_unsigned")
	parts := c.flags.Bool("sbom", false, "write what the program was built from beside it, .cdx.json")
	if err := f.parse(c); err != nil {
		return result{}, err
	}
	if !trust.unsigned {
		if err := s.checkStamp(c, trust); err != nil {
			return result{}, err
		}
	}
	clock := c.timer()
	b, err := f.brand()
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
		r, err = f.unsigned(ctx, c, b, trust, t, clock)
	} else {
		r, err = f.signed(ctx, c, b, s, trust, t, clock)
	}
	if err != nil {
		return result{}, err
	}
	if *parts {
		if err := writeSBOM(ctx, b.out, listOf(b.out), f.force); err != nil {
			return result{}, err
		}
		clock.done("sbom")
	}
	m := madeOf(b.out, r, clock.steps)
	return result{m.text(), m}, nil
}

// unsigned writes a program that nobody signs.
func (f *brandFlags) unsigned(ctx context.Context, c *call, b *branded, trust *trustFlags, t verify.Trust, clock *timer) (verify.Report, error) {
	if !trust.unsigned {
		return verify.Report{}, usagef("%s: programs for Linux are not signed; say -unsigned", c.flags.Name())
	}
	if b.kind.System != brand.Linux && !b.profile.AllowUnsigned {
		return verify.Report{}, usagef("%s: an unsigned program would not start: the profile does not say allow_unsigned", c.flags.Name())
	}
	r, err := verify.Program(b.program, t)
	if err != nil {
		return verify.Report{}, fmt.Errorf("pack: read back: %w", err)
	}
	clock.done("verify")
	return r, writeFile(ctx, b.out, b.program, modeOf(b.profile, programMode), f.force)
}

// signed has a branded program signed and checked.
func (f *brandFlags) signed(ctx context.Context, c *call, b *branded, s *signFlags, trust *trustFlags, t verify.Trust, clock *timer) (verify.Report, error) {
	tmp, err := scratch(b.out, "branded")
	if err != nil {
		return verify.Report{}, err
	}
	defer discard(tmp)
	if err := writeFile(ctx, tmp, b.program, privateMode, false); err != nil {
		return verify.Report{}, err
	}
	return s.sign(ctx, c, tmp, b.program, b.out, f.force, trust, t, clock)
}
