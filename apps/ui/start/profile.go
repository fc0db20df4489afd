package start

import (
	"cmp"
	"errors"

	"lotse/apps/ui/words"
	"lotse/packaging/profile"
	"lotse/packaging/selfcheck"
)

// Profile returns the profile that this program carries, once the program has
// looked at itself.
func Profile(e profile.Edition) (*profile.Profile, error) {
	p, err := profile.Current(e)
	return checked(p, err, selfcheck.Program)
}

// checked lets a program look at itself. Only the page of one that is what was
// signed is shown when its time is over.
func checked(p *profile.Profile, err error, look func(*profile.Profile) error) (*profile.Profile, error) {
	if p == nil {
		return nil, err
	}
	if altered := look(p); altered != nil {
		return nil, altered
	}
	if err != nil {
		return nil, OutdatedError{Why: err, Profile: p}
	}
	return p, nil
}

// OutdatedError is why a program that is what was signed does not start any more. Its
// profile says how it looks, and where there is a newer one.
type OutdatedError struct {
	Why     error
	Profile *profile.Profile
}

// Error says why.
func (o OutdatedError) Error() string { return o.Why.Error() }

// Unwrap returns the reason.
func (o OutdatedError) Unwrap() error { return o.Why }

// profileOf is whose program does not start; a profile without anything where
// nobody can say that.
func profileOf(why error) *profile.Profile {
	if o, ok := errors.AsType[OutdatedError](why); ok {
		return o.Profile
	}
	return &profile.Profile{}
}

// titleOf is what such a program is called.
func titleOf(p *profile.Profile, lang words.Lang) string {
	return cmp.Or(p.AppName, words.Text(lang, words.AppTitle))
}

// languageOf is the language of its profile, or lang where that names none.
func languageOf(p *profile.Profile, lang words.Lang) words.Lang {
	if p.Language == "" {
		return lang
	}
	return words.FromLocale(p.Language)
}
