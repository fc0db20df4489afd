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
	fills := [...]Fill{renew.Beside: FillPlain, renew.Leads: FillPrimary, renew.CallsOff: FillDeny}
	replacement, page := n.Stands.Weights(n.Renew != "")
	var all []fyne.CanvasObject
	if n.Renew != "" {
		all = append(all, NewButton(n.Renew, fills[replacement], n.DoRenew))
	}
	if n.Page != "" {
		all = append(all, NewButton(n.Page, fills[page], n.DoPage))
	}
	return all
}
