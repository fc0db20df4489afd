package start

import (
	"errors"

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
	if err != nil && p.UpdatePage != "" {
		err = outdated{err, p.UpdatePage}
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// outdated is why a program does not start, with the page where there is a
// newer one.
type outdated struct {
	error

	page string
}

// Unwrap returns the reason.
func (o outdated) Unwrap() error { return o.error }

// newerAt is the page with a newer program, or empty.
func newerAt(why error) string {
	if o, ok := errors.AsType[outdated](why); ok {
		return o.page
	}
	return ""
}
