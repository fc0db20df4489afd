package pack

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"lotse/packaging/darwin"
	"lotse/packaging/profile"
	"lotse/packaging/signer"
	"lotse/packaging/verify"
)

// macCommands are those for macOS, where two templates become one bundle.
func macCommands() []command {
	return []command{
		{"macos make", "brand two templates, make a bundle of them, sign and verify it", runMacMake},
		{"macos verify", "read a finished bundle back, strictly", runMacVerify},
		{"macos notarised", "take a bundle back from Apple's notary: is it the same one?", runMacNotarised},
	}
}

// macRefusals are what exit code 3 stands for.
func macRefusals() []error {
	return []error{
		darwin.ErrProgram, darwin.ErrBundle, darwin.ErrSignature, darwin.ErrUnsigned, darwin.ErrSigned, darwin.ErrIssuer, darwin.ErrSerial,
		darwin.ErrSigner, darwin.ErrOther,
	}
}

// macTrust is what a bundle must be.
func macTrust(t verify.Trust, adhoc bool) darwin.Trust {
	return darwin.Trust{
		Issuers: t.Issuers, MinSerial: t.MinSerial, Roots: t.Code.Roots, TimeRoots: t.Code.TimeRoots, NoStamp: t.Code.NoStamp,
		Signers: t.Signers, Adhoc: adhoc,
	}
}

// bundleMade is what is printed of a bundle.
type bundleMade struct {
	made

	Team     string `json:"team,omitempty"`
	Intel    string `json:"cdhash_amd64"`
	Apple    string `json:"cdhash_arm64"`
	Notarise string `json:"notarised"`
}

func bundleOf(name string, file []byte, r darwin.Report, steps []step) bundleMade {
	sum := sha256.Sum256(file)
	m := bundleMade{
		made: made{File: name, Size: len(file), SHA256: hex.EncodeToString(sum[:]), Version: r.Version, Profile: summaryOf(r.Profile), Steps: steps},
		Team: r.Team, Intel: hex.EncodeToString(r.Intel[:]), Apple: hex.EncodeToString(r.Apple[:]), Notarise: "no ticket",
	}
	if r.Stapled {
		m.Notarise = "ticket stapled; macOS checks it"
	}
	if r.Signer != nil {
		m.Signer, m.SPKI = r.Signer.Subject.String(), hex.EncodeToString(r.SPKI[:])
	}
	if !r.Time.IsZero() {
		m.Stamped = r.Time.UTC().Format(time.RFC3339)
	}
	return m
}

func (m bundleMade) text() string {
	team := m.Team
	if team == "" {
		team = "none"
	}
	return m.made.text() + fmt.Sprintf("  team     %s\n  cdhash   %s (amd64)\n           %s (arm64)\n  notary   %s\n", team, m.Intel, m.Apple, m.Notarise)
}

func runMacMake(ctx context.Context, c *call) (result, error) {
	intel := c.flags.String("intel", "", "the template for Intel's processors")
	apple := c.flags.String("apple", "", "the template for Apple's processors")
	signed := c.flags.String("profile", "", "the signed profile")
	out := c.flags.String("out", "", "ZIP file for the bundle, or a folder")
	force := c.flags.Bool("force", false, "replace the file")
	adhoc := c.flags.Bool("adhoc", false, "signed by nobody: for a profile with allow_unsigned, on Macs that insist on it")
	issuers := c.issuers(profileIssuer)
	s, trust := c.signFlags(), c.trustFlags()
	if err := c.parse("intel", "apple", "profile", "issuer", "out"); err != nil {
		return result{}, err
	}
	if !*adhoc {
		if err := s.checkStamp(c, trust); err != nil {
			return result{}, err
		}
	}
	clock := c.timer()
	b, p, keys, err := makeBundle(*intel, *apple, *signed, *issuers)
	if err != nil {
		return result{}, err
	}
	clock.done("bundle")
	if info, err := os.Stat(*out); err == nil && info.IsDir() {
		*out = filepath.Join(*out, darwin.FileName(p))
	}
	if err := free(*out, *force); err != nil {
		return result{}, err
	}
	t, err := trust.trust(keys)
	if err != nil {
		return result{}, err
	}
	file, r, err := signBundle(ctx, c, b, s, trust, macTrust(t, *adhoc), *out, clock)
	if err != nil {
		return result{}, err
	}
	if err := writeFile(ctx, *out, file, modeOf(r.Profile, publicMode), *force); err != nil {
		return result{}, err
	}
	m := bundleOf(*out, file, r, clock.steps)
	return result{m.text(), m}, nil
}

// makeBundle reads templates and profile.
func makeBundle(intel, apple, signed string, issuers list) (*darwin.Bundle, *profile.Profile, []string, error) {
	slot, p, err := usableSlot(signed, issuers)
	if err == nil {
		err = p.Starts(true)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	first, err := readProgram(intel)
	if err != nil {
		return nil, nil, nil, err
	}
	second, err := readProgram(apple)
	if err != nil {
		return nil, nil, nil, err
	}
	b, err := darwin.Make(first, second, slot, time.Now())
	return b, p, slot.Issuers, err //nolint:wrapcheck // says what is the matter
}

// signBundle has the bundle signed and reads it back: the ZIP file it returns
// is the one that was checked.
func signBundle(ctx context.Context, c *call, b *darwin.Bundle, s *signFlags, trust *trustFlags, t darwin.Trust, out string, clock *timer) ([]byte, darwin.Report, error) {
	var file []byte
	var err error
	if t.Adhoc {
		if err := b.Sign(darwin.Signer{}); err != nil {
			return nil, darwin.Report{}, err //nolint:wrapcheck // says what is the matter
		}
		file, err = zipped(b)
	} else {
		file, err = s.signMac(ctx, c, b, trust, out)
	}
	if err != nil {
		return nil, darwin.Report{}, err
	}
	clock.done("sign")
	back, err := darwin.Unzip(file)
	if err != nil {
		return nil, darwin.Report{}, fmt.Errorf("pack: read back: %w", err)
	}
	if err := darwin.SameCode(b, back); err != nil {
		return nil, darwin.Report{}, fmt.Errorf("pack: read back: %w", err)
	}
	r, err := darwin.Verify(back, t)
	if err != nil {
		return nil, darwin.Report{}, fmt.Errorf("pack: read back: %w", err)
	}
	clock.done("verify")
	return file, r, nil
}

func zipped(b *darwin.Bundle) ([]byte, error) {
	var file bytes.Buffer
	if err := b.Zip(&file); err != nil {
		return nil, err //nolint:wrapcheck // says what it could not do
	}
	return file.Bytes(), nil
}

// signMac has lotse-sign sign a bundle, from one file beside out to another.
func (f *signFlags) signMac(ctx context.Context, c *call, b *darwin.Bundle, trust *trustFlags, out string) ([]byte, error) {
	key, err := f.key(ctx, c)
	if err != nil {
		return nil, err
	}
	file, err := zipped(b)
	if err != nil {
		return nil, err
	}
	var names [2]string
	for i, what := range []string{"bundle", "signed"} {
		if names[i], err = scratch(out, what); err != nil {
			return nil, err
		}
	}
	defer discard(names[:]...)
	if err := writeFile(ctx, names[0], file, privateMode, false); err != nil {
		return nil, err
	}
	_, err = signer.Program{Path: f.program}.Do(ctx, signer.Request{
		Op: signer.SignMacOS, Key: key, In: names[0], Out: names[1], Stamp: f.stamp, StampRoots: trust.forStamps(), NoStamp: trust.noStamp,
	})
	if err != nil {
		return nil, err //nolint:wrapcheck // says what is the matter
	}
	return readFile(names[1], darwin.MaxBundle)
}

// readBundle reads a ZIP file, or a folder with the bundle in it.
func readBundle(name string) (*darwin.Bundle, []byte, error) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		b, err := darwin.ReadFolder(os.DirFS(name))
		if err != nil {
			return nil, nil, fmt.Errorf("pack: %s: %w", name, err)
		}
		file, err := zipped(b)
		return b, file, err
	}
	file, err := readFile(name, darwin.MaxBundle)
	if err != nil {
		return nil, nil, err
	}
	b, err := darwin.Unzip(file)
	if err != nil {
		return nil, nil, fmt.Errorf("pack: %s: %w", name, err)
	}
	return b, file, nil
}

func runMacVerify(_ context.Context, c *call) (result, error) {
	in := c.flags.String("in", "", "the bundle's ZIP file, or the folder that it was unpacked in")
	adhoc := c.flags.Bool("adhoc", false, "take one that nobody signed, if its profile says allow_unsigned")
	issuers := c.issuers(profileIssuer)
	trust := c.trustFlags()
	if err := c.parse("in", "issuer"); err != nil {
		return result{}, err
	}
	t, err := trust.of(*issuers)
	if err != nil {
		return result{}, err
	}
	b, file, err := readBundle(*in)
	if err != nil {
		return result{}, err
	}
	r, err := darwin.Verify(b, macTrust(t, *adhoc))
	if err != nil {
		return result{}, err //nolint:wrapcheck // says what is the matter
	}
	m := bundleOf(*in, file, r, nil)
	return result{m.text() + "It is what it should be.\n", m}, nil
}

func runMacNotarised(ctx context.Context, c *call) (result, error) {
	before := c.flags.String("handed-out", "", "the bundle's ZIP file as it was handed out")
	after := c.flags.String("returned", "", "as it came back: a ZIP file, or the folder with the stapled bundle in it")
	out := c.flags.String("out", "", "ZIP file for the bundle, once it is checked")
	force := c.flags.Bool("force", false, "replace the file")
	issuers := c.issuers(profileIssuer)
	trust := c.trustFlags()
	if err := c.parse("handed-out", "returned", "out", "issuer"); err != nil {
		return result{}, err
	}
	t, err := trust.of(*issuers)
	if err != nil {
		return result{}, err
	}
	was, _, err := readBundle(*before)
	if err != nil {
		return result{}, err
	}
	is, _, err := readBundle(*after)
	if err != nil {
		return result{}, err
	}
	if err := darwin.SameBut(was, is); err != nil {
		return result{}, err //nolint:wrapcheck // says what is the matter
	}
	r, err := darwin.Verify(is, macTrust(t, false))
	if err == nil && !r.Stapled {
		err = fmt.Errorf("%w: no ticket was stapled", darwin.ErrBundle)
	}
	if err != nil {
		return result{}, err //nolint:wrapcheck // says what is the matter
	}
	file, err := zipped(is) // ours again: the same bundle gives the same bytes
	if err != nil {
		return result{}, err
	}
	if err := writeFile(ctx, *out, file, modeOf(r.Profile, publicMode), *force); err != nil {
		return result{}, err
	}
	m := bundleOf(*out, file, r, nil)
	return result{m.text(), m}, nil
}
