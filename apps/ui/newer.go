package ui

import (
	"fyne.io/fyne/v2"

	"lotse/apps/ui/renew"
)

// Newer are the ways to a newer program. A button without text is not there.
type Newer struct {
	// Renew replaces this program, or calls that off; Stands is how that stands.
	Renew   string
	Stands  renew.Phase
	DoRenew func()
	// Page opens the page to download one from.
	Page   string
	DoPage func()
}

// NewerButtons returns the buttons of n; one of them at most leads on.
func NewerButtons(n Newer) []fyne.CanvasObject {
	var all []fyne.CanvasObject
	page := FillPrimary
	if n.Renew != "" {
		fill := FillPrimary
		switch n.Stands {
		case renew.Running:
			fill, page = FillDeny, FillPlain
		case renew.Failed:
			fill = FillPlain
		case renew.Idle, renew.CalledOff, renew.Done:
			page = FillPlain
		}
		all = append(all, NewButton(n.Renew, fill, n.DoRenew))
	}
	if n.Page != "" {
		all = append(all, NewButton(n.Page, page, n.DoPage))
	}
	return all
}
