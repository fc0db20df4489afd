package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"lotse/apps/participant/presenter"
	"lotse/apps/ui"
	"lotse/apps/ui/words"
)

func (w *Window) start(v presenter.StartView) (fyne.CanvasObject, fyne.Focusable) {
	w.entry.SetPlaceHolder(v.Placeholder)
	button := ui.NewButton(v.Connect, ui.FillPrimary, w.connect)
	button.SetEnabled(v.CanConnect)
	w.text = ui.Line("")
	w.text.Hidden = true
	form := container.NewVBox(
		ui.Heading(v.Heading),
		ui.SubHeading(v.Prompt),
		container.NewThemeOverride(w.entry, ui.BigText()),
	)
	if v.Error != "" {
		form.Add(ui.Trouble(v.Error))
		form.Add(ui.Line(v.ErrorNext))
	}
	form.Add(w.text)
	form.Add(button)
	foot := ui.Column(ui.Caution(v.Caution), ui.Small(v.Footer))
	return container.NewBorder(w.band(w.brand(v.Organisation), v.Development), foot, nil, nil, ui.Margin(form)), w.entry
}

// brand is what the band says: the organisation, or the program's own name.
func (w *Window) brand(organisation string) string {
	if organisation == "" {
		return w.drawn.Title
	}
	return organisation
}

func (w *Window) wait(v presenter.WaitView) (fyne.CanvasObject, fyne.Focusable) {
	cancel := ui.NewButton(v.Cancel, ui.FillDeny, w.act(w.presenter.Cancel))
	spin := widget.NewProgressBarInfinite()
	form := container.NewVBox(ui.Heading(v.Heading), spin)
	for _, text := range []string{v.Detail, v.Number} {
		if text != "" {
			form.Add(ui.Line(text))
		}
	}
	if v.Words != "" {
		form.Add(ui.Bold(v.Words))
	}
	return container.NewBorder(w.band(w.drawn.Title, ""), ui.Column(cancel), nil, nil, ui.Margin(form)), cancel
}

// person is who is on the other side, with the badge that says how sure that
// is.
func person(name, badge string, verified bool) fyne.CanvasObject {
	fill := ui.FillAmber
	if verified {
		fill = ui.FillAllow
	}
	return container.NewBorder(nil, nil, nil, container.NewCenter(ui.NewBadge(badge, fill)), ui.Bold(name))
}

// looseRights is how many rights stand far apart; more of them stand close,
// so that the buttons below stay on the screen.
const looseRights = 4

// rights are the checkboxes of a question.
func (w *Window) rights(v presenter.QuestionView) fyne.CanvasObject {
	rights := container.NewVBox()
	if len(v.Rights) > looseRights {
		rights.Layout = layout.NewCustomPaddedVBoxLayout(0)
	}
	for _, r := range v.Rights {
		check := widget.NewCheck(r.Text, nil)
		check.SetChecked(w.presenter.Choice().Has(r.Grant))
		check.OnChanged = func(on bool) {
			w.presenter.Choose(r.Grant, on)
			w.draw()
		}
		rights.Add(check)
	}
	if len(v.Rights) > looseRights {
		return container.NewThemeOverride(rights, ui.TightRows())
	}
	return rights
}

func (w *Window) question(v presenter.QuestionView) (fyne.CanvasObject, fyne.Focusable) {
	card := container.NewVBox(person(v.Wants, v.Badge, v.Verified), w.rights(v), w.shows(joinLines(v.Choose, v.Shows), v.Change))
	if v.Why != "" {
		card.Add(ui.Line(v.WhyLabel + ": " + v.Why))
	}
	w.allow = ui.NewButton(v.Allow, ui.FillAllow, w.act(w.presenter.Allow))
	w.deny = ui.NewButton(v.Deny, ui.FillDeny, w.act(w.presenter.Deny))
	w.left, w.text = ui.NewCountdown(), widget.NewLabel(w.live.Text)
	w.text.TextStyle.Bold = true
	zero := container.NewBorder(nil, nil, nil, w.text, ui.Line(v.Zero))
	column := ui.Column(
		ui.NewCard(card),
		zero, w.left, ui.Gap(2),
		container.NewGridWithColumns(2, w.deny, w.allow),
		container.NewHBox(layout.NewSpacer(), ui.NewLink(v.Unexpected, w.act(w.presenter.Unexpected)), layout.NewSpacer()),
		ui.Small(v.Paused),
	)
	return container.NewBorder(w.band(v.Heading, ""), nil, nil, nil, column), w.deny
}

func (w *Window) end(v presenter.EndView) fyne.CanvasObject {
	again := ui.NewButton(v.Again, ui.FillPrimary, w.act(w.presenter.Again))
	leave := ui.NewButton(v.Close, ui.FillDeny, w.close)
	top := container.NewVBox(ui.Heading(v.Heading), ui.Bold(v.What))
	if v.Alarm {
		top.Add(ui.NewCard(ui.Trouble(v.Next)))
	} else {
		top.Add(ui.Line(v.Next))
	}
	if v.Who != "" {
		top.Add(ui.Line(v.Who))
	}
	top.Add(ui.SubHeading(v.Ledger))
	log := container.New(layout.NewFormLayout())
	for _, r := range v.Rows {
		log.Add(widget.NewLabel(r.At))
		log.Add(ui.Line(r.Text))
	}
	scroll := container.NewVScroll(log)
	scroll.SetMinSize(fyne.NewSize(0, 120))
	foot := ui.Column(container.NewGridWithColumns(2, leave, again))
	body := container.New(layout.NewCustomPaddedLayout(12, 0, 24, 24), container.NewBorder(top, nil, nil, nil, scroll))
	return container.NewBorder(w.band(w.drawn.Title, ""), foot, nil, nil, body)
}

// bar is small and stays: who, what happens, what is allowed, STOP.
func (w *Window) bar(v presenter.BarView) fyne.CanvasObject {
	doing := ui.Bold(v.Doing)
	switch v.Level {
	case presenter.Controlled:
		doing.Importance = widget.DangerImportance
	case presenter.Seen:
		doing.Importance = widget.WarningImportance
	case presenter.Quiet:
	}
	stop := ui.NewButton(v.Stop, ui.FillStop, w.act(w.presenter.Stop))
	stop.OnHover = w.presenter.Aside
	key := ui.Small(v.StopKey)
	key.Alignment, key.Wrapping = fyne.TextAlignCenter, fyne.TextWrapOff
	stopBox := container.NewVBox(container.NewGridWrap(fyne.NewSize(150, 60), stop), key)
	info := container.NewVBox(person(v.Who, v.Badge, v.Verified), doing)
	column := container.NewVBox(container.NewBorder(nil, nil, nil, stopBox, info))
	if v.Lost {
		w.left, w.text = ui.NewCountdown(), ui.Line(w.live.Text)
		column.Add(w.text)
		column.Add(w.left)
	} else {
		column.Add(w.chips(v))
		if v.Shows != "" {
			column.Add(w.shows(v.Shows, v.Change))
		}
	}
	for _, text := range []string{v.TakeOnly, v.Warning, v.Hint} {
		if text != "" {
			column.Add(ui.Caution(text))
		}
	}
	column.Add(container.NewBorder(nil, nil, nil, w.language(), ui.Small(joinLines(v.Words, v.Relay))))
	return container.New(layout.NewCustomPaddedLayout(8, 4, 12, 12), column)
}

func (w *Window) chips(v presenter.BarView) fyne.CanvasObject {
	row := ui.Flow(container.NewCenter(widget.NewLabel(v.ChipsFor)))
	for _, c := range v.Chips {
		ask := func(on bool) { w.presenter.Grant(c.Grant, on) }
		if c.Fixed {
			ask = nil
		}
		row.Add(ui.NewToggle(c.Text, c.On, ask))
	}
	return row
}

// shows says what is shown, with the way to choose something else.
func (w *Window) shows(text, change string) fyne.CanvasObject {
	if change == "" {
		return ui.Small(text)
	}
	link := ui.NewLink(change, w.choose)
	w.change = link
	return container.NewBorder(nil, nil, nil, container.NewCenter(link), ui.Small(text))
}

// stopRoom is how far STOP reaches from the right, in device independent pixels.
const stopRoom = 176

// choose opens the menu of what can be shown.
func (w *Window) choose() {
	var items []*fyne.MenuItem
	for i, g := range w.presenter.Choices() {
		if i > 0 {
			items = append(items, fyne.NewMenuItemSeparator())
		}
		head := fyne.NewMenuItem(g.Heading, nil)
		head.Disabled = true
		items = append(items, head)
		for _, c := range g.Choices {
			item := fyne.NewMenuItem(c.Text, w.act(func() { w.presenter.Show(c.Target) }))
			item.Checked = c.On
			items = append(items, item)
		}
		if i == 0 {
			items = append(items, fyne.NewMenuItem(w.presenter.Region().Offer, w.act(w.drawRegion)))
		}
	}
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(w.change)
	menu := widget.NewPopUpMenu(fyne.NewMenu("", items...), w.win.Canvas())
	at.X = min(at.X, w.win.Canvas().Size().Width-stopRoom-menu.MinSize().Width) // never over STOP
	menu.ShowAtPosition(at)
}

func (w *Window) language() fyne.CanvasObject {
	return ui.NewLink(languageName(w.drawn.Lang), w.act(w.presenter.SwitchLanguage))
}

func languageName(l words.Lang) string {
	return words.Text(l, words.SwitchLanguage)
}

func joinLines(a, b string) string {
	if a == "" {
		return b
	}
	if b == "" {
		return a
	}
	return a + "\n" + b
}
