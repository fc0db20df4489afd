package pack

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"lotse/packaging/authenticode"
	"lotse/packaging/verify"
)

// errOther says that a file which came back is not the one that was handed out.
var errOther = errors.New("pack: not the program that was handed out")

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
		return verify.Report{}, fmt.Errorf("pack: read back: %w", err)
	}
	return r, nil
}

func runExternalOut(ctx context.Context, c *call) (result, error) {
	f := c.brandFlags()
	if err := f.parse(c); err != nil {
		return result{}, err
	}
	b, err := f.brand()
	if err != nil {
		return result{}, err
	}
	digest, err := authenticode.Digest(b.program)
	if err != nil {
		return result{}, err //nolint:wrapcheck // says what is the matter
	}
	if err := writeFile(ctx, b.out, b.program, modeOf(b.profile, programMode), f.force); err != nil {
		return result{}, err
	}
	sum := hex.EncodeToString(digest)
	return result{
		fmt.Sprintf("%s: %s\nAuthenticode SHA-256: %s\nHave it signed with a time stamp, keep this file, and take the signed one back with \"lotse-pack external in\".\n", b.out, summaryOf(b.profile).line(), sum),
		map[string]any{"file": b.out, "authenticode_sha256": sum, "profile": summaryOf(b.profile)},
	}, nil
}

func runExternalIn(ctx context.Context, c *call) (result, error) {
	unsigned := c.flags.String("unsigned", "", "the program as it was handed out")
	signed := c.flags.String("signed", "", "the program as it came back")
	out := c.flags.String("out", "", "file for the program, once it is checked")
	force := c.flags.Bool("force", false, "replace the file")
	issuers := c.issuers(profileIssuer)
	trust := c.trustFlags()
	if err := c.parse("unsigned", "signed", "out", "issuer"); err != nil {
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
	if err := writeFile(ctx, *out, after, modeOf(r.Profile, programMode), *force); err != nil {
		return result{}, err
	}
	m := madeOf(*out, r, nil)
	return result{m.text(), m}, nil
}
