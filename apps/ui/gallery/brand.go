//go:build gallery

package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"lotse/apps/ui/renew"
	"lotse/apps/ui/start"
	"lotse/apps/ui/words"
	"lotse/packaging/profile"
	"lotse/packaging/selfcheck"
	"lotse/packaging/update"
)

// branded is the example organisation's profile, with its colours, logo and
// sentences, and a rule.
func branded(lang words.Lang) (*profile.Profile, error) {
	text, err := os.ReadFile("packaging/brands/example/participant.json")
	if err != nil {
		return nil, err
	}
	p, err := profile.Parse(text)
	if err != nil {
		return nil, err
	}
	p.Logo, err = os.ReadFile("packaging/brands/example/logo.png")
	p.Never, p.UpdateInPlace, p.Language = []string{"clipboard_in", "clipboard_out"}, true, lang.Name()
	return p, err
}

// profileFor is whose program a page is.
func profileFor(name string, lang words.Lang) (*profile.Profile, error) {
	if strings.Contains(name, "-brand") {
		p, err := branded(lang)
		if err == nil && strings.HasPrefix(name, "master") {
			p.AppName = "Musterhafen Beratung" // the document of that one needs a licence
		}
		return p, err
	}
	return example(), nil
}

// notices are why a program does not start, which it says in place of its
// windows.
func notices(who *profile.Profile) map[string]error {
	return map[string]error{
		"program-unbranded":     profile.ErrNone,
		"program-altered":       selfcheck.ErrAltered,
		"program-brand-over":    start.OutdatedError{Why: profile.ErrOver, Profile: who},
		"program-brand-too-old": start.OutdatedError{Why: profile.ErrTooOld, Profile: who},
	}
}

// loads is a replacement of the program in the middle of its download.
func loads(ctx context.Context, tell func(update.Step)) error {
	tell(update.Step{Phase: update.Loading, Done: 12_400_000, Total: 30_100_000})
	<-ctx.Done()
	return ctx.Err()
}

// ends is a replacement that is over with err.
func ends(err error) renew.Work {
	return func(context.Context, func(update.Step)) error { return err }
}

// renewals are replacements that somebody has asked for, by how the names of
// their pages end.
func renewals() map[string]renew.Work {
	return map[string]renew.Work{
		"-renewing":  loads,
		"-renewed":   ends(nil),
		"-list-over": ends(update.ErrListOver),
		"-untrusted": ends(update.ErrFile),
		"-place":     ends(update.ErrPlace),
		"-gone":      ends(update.ErrGone),
	}
}

// renewal is that of a branded page; another has none.
func renewal(ctx context.Context, name string) *renew.Renewal {
	if !strings.Contains(name, "-brand") {
		return nil
	}
	r := renew.New(loads)
	for end, work := range renewals() {
		if strings.HasSuffix(name, end) {
			r = renew.New(work)
			r.Press()
		}
	}
	go func() {
		if err := r.Run(ctx); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}()
	return r
}
