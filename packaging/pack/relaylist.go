package pack

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

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
	if err := c.parse(); err != nil {
		return result{}, err
	}
	if err := c.need("in", "out"); err != nil {
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
		return result{}, fmt.Errorf("%s: %w", *in, err)
	}
	i, err := by.open(ctx, c)
	if err != nil {
		return result{}, err
	}
	signed, err := profile.SignList(text, i)
	if err != nil {
		return result{}, err //nolint:wrapcheck // says what is the matter
	}
	if l, err = profile.OpenList(signed, []string{i.verifier}); err != nil {
		return result{}, fmt.Errorf("read back: %w", err)
	}
	if err := writeFile(ctx, *out, signed, publicMode, *force); err != nil {
		return result{}, err
	}
	s := listSummaryOf(l)
	s.Issuer = i.verifier
	return result{fmt.Sprintf("%s: %s\nsigned by %s\n", *out, s.line(), i.verifier), s}, nil
}

func runListShow(_ context.Context, c *call) (result, error) {
	in := c.flags.String("in", "", "the signed list")
	signed := c.flags.String("profile", "", "a signed profile: would its programs take the list?")
	serial := c.flags.Uint64("min-serial", 0, "refuse a list with a serial below this")
	issuers := c.issuers("who should have signed it")
	if err := c.parse(); err != nil {
		return result{}, err
	}
	if err := c.need("in", "issuer"); err != nil {
		return result{}, err
	}
	keys, err := verifiers("issuer", *issuers)
	if err != nil {
		return result{}, err
	}
	b, err := readFile(*in, maxText)
	if err != nil {
		return result{}, err
	}
	l, err := profile.OpenList(b, keys)
	if err != nil {
		return result{}, fmt.Errorf("%s: %w", *in, err)
	}
	if err := current(l, time.Now()); err != nil {
		return result{}, fmt.Errorf("%s: %w", *in, err)
	}
	if l.Serial < *serial {
		return result{}, fmt.Errorf("%s: %w: number %d, want %d", *in, profile.ErrListOld, l.Serial, *serial)
	}
	if *signed != "" {
		_, p, err := slotOf(*signed, *issuers)
		if err != nil {
			return result{}, err
		}
		if err := profile.NewBook(p, time.Now).Take(b); err != nil {
			return result{}, fmt.Errorf("programs with %s would not take it: %w", *signed, err)
		}
	}
	s := listSummaryOf(l)
	return result{s.line() + "\n", s}, nil
}
