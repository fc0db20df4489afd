package pack

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"lotse/packaging/files"
	"lotse/packaging/profile"
)

// listSummary is what is said about a list of relays.
type listSummary struct {
	Profile  string   `json:"profile"`
	Serial   uint64   `json:"serial"`
	NotAfter string   `json:"not_after"`
	Relays   []string `json:"relays"`
	Issuer   string   `json:"issuer,omitempty"`
}

func listSummaryOf(l *profile.RelayList) listSummary {
	s := listSummary{Profile: l.Profile, Serial: l.Serial, NotAfter: l.NotAfter.Format(time.DateOnly)}
	for _, r := range l.Relays {
		s.Relays = append(s.Relays, r.Addrs()...)
	}
	return s
}

func (s listSummary) line() string {
	return fmt.Sprintf("list %d for %s, used until %s, relays %s", s.Serial, s.Profile, s.NotAfter, strings.Join(s.Relays, ", "))
}

// current refuses a list that no program takes any more.
func current(l *profile.RelayList, now time.Time) error {
	if now.After(l.NotAfter) {
		return fmt.Errorf("%w: over since %s", profile.ErrListOld, l.NotAfter.Format(time.DateTime))
	}
	return nil
}

func runListSign(ctx context.Context, c *call) (result, error) {
	in := c.flags.String("in", "", "the list as somebody wrote it, in JSON: schema, profile, serial, not_after, relays as in a profile")
	out := c.flags.String("out", "", "file for the signed list, for lotse-relay serve -list")
	force := c.flags.Bool("force", false, "replace the file")
	by := c.issuerFlags()
	if err := c.parse("in", "out"); err != nil {
		return result{}, err
	}
	text, err := readFile(*in, profile.MaxList)
	if err != nil {
		return result{}, err
	}
	text = append(bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))), '\n')
	l, err := profile.ParseList(text)
	if err == nil {
		err = current(l, time.Now())
	}
	if err != nil {
		return result{}, fmt.Errorf("pack: %s: %w", *in, err)
	}
	signed, verifier, err := by.sign(ctx, c,
		func(i note.Signer) ([]byte, error) { return profile.SignList(text, i) },
		func(signed []byte, issuers []string) (err error) {
			l, err = profile.OpenList(signed, issuers)
			return err
		})
	if err != nil {
		return result{}, err
	}
	if err := writeFile(ctx, *out, signed, publicMode, *force); err != nil {
		return result{}, err
	}
	s := listSummaryOf(l)
	s.Issuer = verifier
	return result{fmt.Sprintf("%s: %s\nsigned by %s\n", *out, s.line(), verifier), s}, nil
}

func runListShow(_ context.Context, c *call) (result, error) {
	f := c.signedFlags("the signed list")
	signed := c.flags.String("profile", "", "a signed profile: would its programs take the list?")
	serial := c.flags.Uint64("min-serial", 0, "refuse a list with a serial below this")
	b, keys, err := f.read(c, files.MaxText)
	if err != nil {
		return result{}, err
	}
	l, err := profile.OpenList(b, keys)
	if err == nil {
		err = current(l, time.Now())
	}
	if err != nil {
		return result{}, fmt.Errorf("pack: %s: %w", f.in, err)
	}
	if l.Serial < *serial {
		return result{}, fmt.Errorf("pack: %s: %w: number %d, want %d", f.in, profile.ErrListOld, l.Serial, *serial)
	}
	if *signed != "" {
		_, p, err := slotOf(*signed, *f.issuers)
		if err != nil {
			return result{}, err
		}
		if err := profile.NewBook(p, time.Now).Take(b); err != nil {
			return result{}, fmt.Errorf("pack: programs with %s would not take it: %w", *signed, err)
		}
	}
	s := listSummaryOf(l)
	return result{s.line() + "\n", s}, nil
}
