package window

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"lotse/apps/ui"
	"lotse/apps/ui/checkup"
	"lotse/participant/session"
)

// Offer lets the main window lead to a check of whether the servers can be
// reached. It comes before the window.
func (p *Presenter) Offer(check checkup.Doer) { p.check = checkup.NewPage(check, p.now) }

// Check shows that page and begins. Somebody at the door closes it.
func (p *Presenter) Check() { p.check.Open() }

// offers is the way to the check from the end page: beside the reason where a
// server was the matter.
func (p *Presenter) offers(v *EndedView) {
	ofServer := []session.Reason{session.ReasonRelayUnreachable, session.ReasonRelayKey, session.ReasonProxyLogin, session.ReasonConnectionLost}
	if slices.Contains(ofServer, p.state.Reason) {
		v.CheckNow = p.check.Offer(p.words)
	} else {
		v.Check = p.check.Offer(p.words)
	}
}

// check draws the page.
func (w *Window) check(v checkup.View) (fyne.CanvasObject, fyne.Focusable) {
	p := w.presenter
	content, focus, progress := ui.CheckPage(v, ui.CheckActions{
		Back: w.act(p.check.Close), CallOff: w.act(p.check.CallOff), Again: w.act(p.check.Again), Details: w.act(p.check.Details),
		Copy: w.act(func() { w.app.Clipboard().SetContent(p.check.Copy(p.words)) }),
	})
	w.status = progress
	return content, focus
}

// atFoot puts a discreet link below a page; one without text is not there.
func (w *Window) atFoot(text string, page fyne.CanvasObject) fyne.CanvasObject {
	if text == "" {
		return page
	}
	link := container.NewBorder(nil, nil, nil, ui.NewLink(text, w.act(w.presenter.Check)))
	return container.NewBorder(nil, ui.Margin(link), nil, nil, page)
}
