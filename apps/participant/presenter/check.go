package presenter

import (
	"slices"

	"lotse/apps/ui/checkup"
	"lotse/participant/session"
)

// Offer lets the first page lead to a check of whether the servers can be
// reached. It comes before the window.
func (p *Presenter) Offer(check checkup.Doer) { p.check = checkup.NewPage(check, p.now) }

// Check shows that page and begins. There is no way to it out of a session.
func (p *Presenter) Check() {
	if p.page() == StartPage {
		p.check.Open()
	}
}

// Checkup is the page, to be told what was pressed on it while it is shown.
func (p *Presenter) Checkup() *checkup.Page { return p.check }

// CheckReport returns what was found, for the clipboard.
func (p *Presenter) CheckReport() string { return p.check.Copy(p.words) }

// offers is the way to the check: beside why the last try failed, where a
// server was the matter, and at the foot of the page otherwise.
func (p *Presenter) offers(v *StartView, why session.Reason) {
	ofServer := []session.Reason{session.ReasonRelayUnreachable, session.ReasonRelayKey, session.ReasonProxyLogin}
	if slices.Contains(ofServer, why) {
		v.CheckNow = p.check.Offer(p.words)
	} else {
		v.Check = p.check.Offer(p.words)
	}
}
