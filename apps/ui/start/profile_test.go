package start

import (
	"errors"
	"strings"
	"testing"

	"lotse/apps/ui/words"
	"lotse/packaging/profile"
	"lotse/packaging/selfcheck"
)

const page = "https://musterhafen.example/help"

func TestOutdatedProgramSaysWhereTheNewerOneIs(t *testing.T) {
	p := &profile.Profile{UpdatePage: page}
	fine := func(*profile.Profile) error { return nil }
	altered := func(*profile.Profile) error { return selfcheck.ErrAltered }
	for name, row := range map[string]struct {
		p    *profile.Profile
		err  error
		look func(*profile.Profile) error
		want error
		page string
	}{
		"fine":              {p, nil, fine, nil, ""},
		"altered":           {p, nil, altered, selfcheck.ErrAltered, ""},
		"over":              {p, profile.ErrOver, fine, profile.ErrOver, page},
		"too old":           {p, profile.ErrTooOld, fine, profile.ErrTooOld, page},
		"over and altered":  {p, profile.ErrOver, altered, selfcheck.ErrAltered, ""},
		"over, and no page": {&profile.Profile{}, profile.ErrOver, fine, profile.ErrOver, ""},
		"none":              {nil, profile.ErrNone, altered, profile.ErrNone, ""},
	} {
		got, err := checked(row.p, row.err, row.look)
		if !errors.Is(err, row.want) || (got != nil) != (err == nil) || profileOf(err).UpdatePage != row.page {
			t.Errorf("%s: got %v, %v with %q, want %v with %q", name, got, err, profileOf(err).UpdatePage, row.want, row.page)
		}
		// Where no window can be shown, a sentence has the address.
		text, _, _ := explain(words.In(words.German), errors.Join(err, ErrNoWindow))
		if strings.Contains(text, page) != (row.page != "") {
			t.Errorf("%s: got %q, want the page: %v", name, text, row.page != "")
		}
	}
}

func TestOutdatedProgramSpeaksItsLanguage(t *testing.T) {
	for name, want := range map[string]words.Lang{"": words.English, "en": words.English, "de": words.German} {
		p := profileOf(errors.Join(OutdatedError{profile.ErrOver, &profile.Profile{Language: name}}, ErrNoWindow))
		if got := languageOf(p, words.English); got != want {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}
}
