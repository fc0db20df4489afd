package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"lotse/apps/ui"
	"lotse/apps/ui/checkup"
)

func (w *Window) check(v checkup.View) (fyne.CanvasObject, fyne.Focusable) {
	page := w.presenter.Checkup()
	content, focus, progress := ui.CheckPage(v, ui.CheckActions{
		Back: w.act(page.Close), CallOff: w.act(page.CallOff), Again: w.act(page.Again), Details: w.act(page.Details),
		Copy: w.act(func() { w.app.Clipboard().SetContent(w.presenter.CheckReport()) }),
	})
	w.text = progress
	return container.NewBorder(w.band(w.drawn.Title, ""), nil, nil, nil, content), focus
}
