package presenter

import (
	"lotse/apps/ui/words"
	"lotse/participant/session"
)

// verified reports whether everything that can be known about the other side
// is: it was told the PIN, and its licence is good now.
func (p *Presenter) verified(q session.Person) bool { return q.PIN && q.Verified && !p.licenceOver(q) }

// licenceOver reports whether a licence ran out, during the session perhaps.
func (p *Presenter) licenceOver(q session.Person) bool {
	return !q.LicenceUntil.IsZero() && p.now().After(q.LicenceUntil)
}

// badge is the shortest word for how sure it is who is there.
func (p *Presenter) badge(q session.Person) string {
	switch {
	case !q.Verified:
		return p.words.Text(words.NotVerified)
	case p.licenceOver(q):
		return p.words.Text(words.BadgeLicenceOver)
	case !q.PIN:
		return p.words.Text(words.BadgeNoPIN)
	}
	return p.words.Text(words.Verified)
}

// facts are what is known, each by itself: that the PIN was right says nothing
// about the licence, and the other way round.
func (p *Presenter) facts(q session.Person) string {
	w := p.words
	pin := w.Text(words.FactNoPIN)
	switch {
	case q.PIN && q.Link:
		pin = w.Text(words.FactLink)
	case q.PIN:
		pin = w.Text(words.FactPIN)
	}
	licence := w.Text(words.FactNoLicence)
	switch {
	case !q.Verified:
	case p.licenceOver(q):
		licence = w.Text(words.FactLicenceOver, p.date(q.LicenceUntil))
	case q.LicenceUntil.IsZero():
		licence = w.Text(words.FactLicence)
	default:
		licence = w.Text(words.FactLicenceUntil, p.date(q.LicenceUntil))
	}
	return pin + " · " + licence
}
