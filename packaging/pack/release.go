package pack

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"lotse/packaging/files"
	"lotse/packaging/release"
)

func runReleaseSign(ctx context.Context, c *call) (result, error) {
	var programs list
	c.flags.Var(&programs, "file", "a finished program; may be given several times")
	serial := c.flags.Uint("serial", 0, "counts the lists up from 1")
	days := c.flags.Int("days", 30, "for how many days the list is believed; sign a new one before")
	minimum := c.flags.String("minimum", "", "the oldest program that may go on being used; without it only those in the list")
	out := c.flags.String("out", "", "file for the list, such as releases.json")
	force := c.flags.Bool("force", false, "replace the file")
	by := c.issuerFlags()
	if err := c.parse("file", "out"); err != nil {
		return result{}, err
	}
	const maxDays = 366
	if *serial == 0 || *serial > math.MaxUint32 || *days < 1 || *days > maxDays {
		return result{}, usagef("release sign: -serial counts up from 1, -days is 1 to %d", maxDays)
	}
	l := release.List{
		Serial: uint32(*serial), Expires: time.Now().UTC().AddDate(0, 0, *days).Truncate(time.Second),
		Minimum: *minimum,
	}
	if err := addFiles(&l, programs); err != nil {
		return result{}, err
	}
	l.Minimum = cmp.Or(l.Minimum, l.Version)
	signed, _, err := by.sign(ctx, c,
		func(i note.Signer) ([]byte, error) { return release.Sign(l, i) },
		func(signed []byte, issuers []string) (err error) {
			l, err = release.Open(signed, issuers, time.Now(), l.Serial)
			return err
		})
	if err != nil {
		return result{}, err
	}
	if err := writeFile(ctx, *out, signed, publicMode, *force); err != nil {
		return result{}, err
	}
	return result{describe(l), l}, nil
}

// addFiles adds programs to a list, which is of the version that all of them
// say.
func addFiles(l *release.List, names []string) error {
	for _, name := range names {
		f, version, err := listed(name)
		if err != nil {
			return fmt.Errorf("pack: %s: %w", name, err)
		}
		if l.Version = cmp.Or(l.Version, version); version != l.Version {
			return fmt.Errorf("pack: %s: %w: version %s, the others have %s", name, release.ErrList, version, l.Version)
		}
		l.Files = append(l.Files, f)
	}
	return nil
}

// listed is a finished program as it stands in a list, and the program's own
// version. One that would not run is not listed: who replaces a program by it
// has none.
func listed(name string) (f release.File, version string, err error) {
	program, err := readProgram(name)
	if err != nil {
		return f, "", err
	}
	kind, err := lookAt(program)
	if err != nil {
		return f, "", err
	}
	slot, err := carriedBy(program)
	if err != nil {
		return f, "", err
	}
	_, p, err := slot.Open()
	if err == nil {
		err = p.Runs(kind.Edition, kind.Version, time.Now())
	}
	if err != nil {
		return f, "", err //nolint:wrapcheck // says what is the matter
	}
	sum := sha256.Sum256(program)
	f = release.File{Name: filepath.Base(name), System: string(kind.System), Edition: kind.Edition.String(), Size: int64(len(program)), SHA256: hex.EncodeToString(sum[:])}
	if info, err := buildinfo.Read(bytes.NewReader(program)); err == nil { // a bundle's is none: it is not replaced in place
		f.Variant = release.Variant(info.Settings)
	}
	return f, kind.Version, nil
}

func describe(l release.List) string {
	var b strings.Builder
	fmt.Fprintf(&b, "list %d, version %s, programs before %s are too old; believed until %s\n", l.Serial, l.Version, l.Minimum, l.Expires.Format(time.DateOnly))
	for _, f := range l.Files {
		kind := f.Edition + ", " + f.System
		if f.Variant != "" {
			kind += ", " + f.Variant
		}
		fmt.Fprintf(&b, "  %s  %d bytes  %s  (%s)\n", f.SHA256, f.Size, f.Name, kind)
	}
	return b.String()
}

func runReleaseShow(_ context.Context, c *call) (result, error) {
	f := c.signedFlags("the list")
	var programs list
	c.flags.Var(&programs, "file", "a program to compare with the list; may be given several times")
	serial := c.flags.Uint("min-serial", 0, "refuse a list with a serial below this")
	b, keys, err := f.read(c, files.MaxText)
	if err != nil {
		return result{}, err
	}
	l, err := release.Open(b, keys, time.Now(), uint32(min(*serial, math.MaxUint32)))
	if err != nil {
		return result{}, err //nolint:wrapcheck // says what is the matter
	}
	for _, name := range programs {
		if err := compare(l, name); err != nil {
			return result{}, err
		}
	}
	return result{describe(l), l}, nil
}

// compare checks a file against the list's entry of its name.
func compare(l release.List, name string) error {
	for _, f := range l.Files {
		if f.Name != filepath.Base(name) {
			continue
		}
		r, err := os.Open(name) //nolint:gosec // the file that the person names
		if err != nil {
			return fmt.Errorf("pack: read: %w", err)
		}
		return errors.Join(f.Check(r), r.Close())
	}
	return fmt.Errorf("%w: it has no %s", release.ErrFile, filepath.Base(name))
}
