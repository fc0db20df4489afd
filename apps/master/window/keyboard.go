package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"lotse/apps/ui"
)

// popUp opens a menu below its button. Meanwhile the other side gets no keys:
// whatever is held there is let go of, which the toolkit does not say when
// something lies over the picture. Afterwards the keyboard is where it was.
func (v *Viewer) popUp(below fyne.CanvasObject, items []*fyne.MenuItem) {
	c := v.win.Canvas()
	c.Unfocus()
	menu := widget.NewPopUpMenu(fyne.NewMenu("", items...), c)
	hide := menu.OnDismiss
	menu.OnDismiss = func() {
		hide()
		v.look()
	}
	menu.ShowAtPosition(fyne.CurrentApp().Driver().AbsolutePositionForObject(below).AddXY(0, below.Size().Height))
}

// look lets keys go to the other side, where they may.
func (v *Viewer) look() {
	if v.shown && v.drawn.Sharing && v.drawn.Control {
		v.win.Canvas().Focus(v.screen)
	}
}

// leave takes the keyboard out of the picture, to the bar.
func (v *Viewer) leave() {
	c := v.win.Canvas()
	c.Unfocus()
	for _, b := range []*ui.Button{v.keys, v.menu} {
		if b != nil {
			c.Focus(b)
			return
		}
	}
}

// chooseKeys opens the menu of keys to send. The ones that are missing stand
// below, with the reason.
func (v *Viewer) chooseKeys() {
	var items []*fyne.MenuItem
	for _, k := range v.drawn.KeyChoice {
		items = append(items, fyne.NewMenuItem(k.Text, func() { v.pilot.Press(k.Keys) }))
	}
	items = append(items, fyne.NewMenuItemSeparator())
	for _, text := range v.drawn.KeysNote {
		item := fyne.NewMenuItem(text, nil)
		item.Disabled = true
		items = append(items, item)
	}
	v.popUp(v.keys, items)
}

// grab lets the system's keys go to the customer from now on in every viewer,
// or no longer, until the program ends.
func (w *Window) grab(on bool) {
	w.grabs = on
	for _, v := range w.viewers {
		v.setGrab(on)
	}
}

func (v *Viewer) setGrab(on bool) {
	var by ui.Grabber
	if on {
		by = v.w.grabber(v.win, v.screen, v.w.run)
	}
	v.screen.SetGrab(by)
}
