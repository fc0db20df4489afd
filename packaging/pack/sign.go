package pack

import (
	"context"
	"fmt"

	"lotse/packaging/profile"
	"lotse/packaging/signer"
	"lotse/packaging/verify"
)

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

func (f *keyFlags) key(ctx context.Context, c *call) (signer.Key, error) {
	if (f.file == "") == (f.module == "") {
		return signer.Key{}, usagef("%s: name the key with -key, or with -module, -token and -label", c.flags.Name())
	}
	password, err := c.password(ctx, f.password)
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

// sign has lotse-sign sign the program in the file in, checks what came of it
// and gives it its name. On any failure there is no new file.
func (f *signFlags) sign(ctx context.Context, c *call, in string, unsigned []byte, out string, force bool, trust *trustFlags, t verify.Trust, clock *timer) (verify.Report, error) {
	key, err := f.key(ctx, c)
	if err != nil {
		return verify.Report{}, err
	}
	slot, err := profile.ReadSlot(unsigned)
	if err != nil {
		return verify.Report{}, fmt.Errorf("pack: %s: %w", in, err)
	}
	_, p, err := slot.Open()
	if err != nil {
		return verify.Report{}, fmt.Errorf("pack: %s: %w", in, err)
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
	return r, writeFile(ctx, out, signed, modeOf(r.Profile, programMode), force)
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
	if err := c.parse("in", "out", "issuer"); err != nil {
		return result{}, err
	}
	if err := f.checkStamp(c, trust); err != nil {
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
