package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"lotse/apps/participant/presenter"
	"lotse/apps/ui"
	"lotse/apps/ui/words"
	"lotse/participant/session"
)

func (w *Window) start(v presenter.StartView) (fyne.CanvasObject, fyne.Focusable) {
	w.entry.SetPlaceHolder(v.Placeholder)
	fill := ui.FillPrimary
	if v.Update+v.Renew != "" { // something else leads on
		fill = ui.FillPlain
	}
	button := ui.NewButton(v.Connect, fill, w.connect)
	button.SetEnabled(v.CanConnect)
	w.text = ui.Line("")
	w.text.Hidden = true
	form := container.NewVBox(ui.Heading(v.Heading))
	if v.Welcome != "" {
		form.Add(ui.Line(v.Welcome))
	}
	form.Objects = append(form.Objects, ui.SubHeading(v.Prompt),
		container.NewThemeOverride(w.entry, ui.BigText()),
	)
	if v.Error != "" {
		form.Add(ui.Trouble(v.Error))
		form.Add(ui.Line(v.ErrorNext))
	}
	if v.CheckNow != "" {
		form.Add(container.NewHBox(ui.NewLink(v.CheckNow, w.act(w.presenter.Check))))
	}
	form.Add(w.text)
	form.Objects = append(form.Objects, ui.NewerButtons(ui.Newer{
		Renew: v.Renew, Stands: v.Stands, DoRenew: w.act(w.presenter.Renew),
		Page: v.Update, DoPage: w.act(w.presenter.UpdatePage),
	})...)
	form.Add(button)
	foot := ui.Column(ui.Caution(v.Caution), ui.Small(v.Footer))
	if v.Check != "" {
		foot = ui.Column(ui.Caution(v.Caution), container.NewBorder(nil, nil, nil,
			container.NewCenter(ui.NewLink(v.Check, w.act(w.presenter.Check))), ui.Small(v.Footer)))
	}
	if v.Contact != "" {
		foot.Objects[0].(*fyne.Container).Add(ui.Bold(v.Contact)) //nolint:forcetypeassert,errcheck // Column's own
	}
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
	spin := ui.NewSpinner()
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

// looseRights is how many rights stand below each other; more of them stand in
// two columns, so that the buttons below stay on the screen.
const looseRights = 4

// rights are the checkboxes of a question.
func (w *Window) rights(v presenter.QuestionView) fyne.CanvasObject {
	rights := container.NewVBox()
	w.checks = make(map[session.Grants]*widget.Check)
	if len(v.Rights) > looseRights {
		rights.Layout = layout.NewGridLayoutWithColumns(2)
	}
	for _, r := range v.Rights {
		check := widget.NewCheck(r.Text, nil)
		check.SetChecked(w.presenter.Choice().Has(r.Grant))
		w.checks[r.Grant] = check
		check.OnChanged = func(on bool) {
			w.presenter.Choose(r.Grant, on)
			w.draw()
		}
		rights.Add(check)
	}
	return rights
}

func (w *Window) question(v presenter.QuestionView) (fyne.CanvasObject, fyne.Focusable) {
	card := container.NewVBox(
		person(v.Wants, v.Badge, v.Verified), ui.Small(v.Facts), w.rights(v), w.shows(joinLines(v.Choose, v.Shows), v.Change),
	)
	if v.Why != "" {
		card.Add(ui.Line(v.WhyLabel + ": " + v.Why))
	}
	card.Add(w.times(v))
	w.allow = ui.NewButton(v.Allow, ui.FillAllow, w.act(w.presenter.Allow))
	w.deny = ui.NewButton(v.Deny, ui.FillDeny, w.act(w.presenter.Deny))
	w.left, w.text = ui.NewCountdown(), widget.NewLabel(w.live.Text)
	w.text.TextStyle.Bold = true
	zero := container.NewBorder(nil, nil, nil, w.text, ui.Line(v.Zero))
	column := ui.Column(
		ui.NewCard(tight(card)),
		zero, w.left, ui.Gap(2),
		container.NewGridWithColumns(2, w.deny, w.allow),
		tight(container.NewVBox(
			ui.Caution(v.Caution), ui.NewLink(v.Unexpected, w.act(w.presenter.Unexpected)), ui.Small(v.Paused),
		)),
	)
	return container.NewBorder(w.band(v.Heading, ""), nil, nil, nil, column), w.deny
}

// tight lets rows stand close, so that the buttons stay on a small screen.
func tight(o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewThemeOverride(o, ui.TightRows())
}

// times are for how long it is allowed, the end of the session first. Each is a
// group of its own: in one of several all are as wide as the widest.
func (w *Window) times(v presenter.QuestionView) fyne.CanvasObject {
	row := container.NewHBox(widget.NewLabel(v.TimeFor))
	var all []*widget.RadioGroup
	for _, t := range v.Times {
		one := widget.NewRadioGroup([]string{t.Text}, nil)
		one.Required = true
		if t.For == w.presenter.Holds() {
			one.Selected = t.Text
		}
		one.OnChanged = func(string) {
			w.presenter.Hold(t.For)
			for _, other := range all {
				if other != one {
					other.Selected = ""
					other.Refresh()
				}
			}
		}
		all = append(all, one)
		row.Add(one)
	}
	return row
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
	copied := ui.NewLink(v.Copy, w.act(func() { w.app.Clipboard().SetContent(w.presenter.Transcript()) }))
	top.Add(container.NewBorder(nil, nil, nil, container.NewCenter(copied), ui.SubHeading(v.Ledger)))
	scroll := rows(v.Rows)
	foot := ui.Column(container.NewGridWithColumns(2, leave, again))
	body := container.New(layout.NewCustomPaddedLayout(12, 0, 24, 24), container.NewBorder(top, nil, nil, nil, scroll))
	return container.NewBorder(w.band(w.drawn.Title, ""), foot, nil, nil, body)
}

// rows are the lines of what happened; they scroll.
func rows(lines []presenter.Row) *container.Scroll {
	const least = 120 // four lines
	log := container.New(layout.NewFormLayout())
	const indent = 6 // what close rows lack at their sides
	for _, r := range lines {
		log.Add(widget.NewLabel(r.At))
		log.Add(ui.Line(r.Text))
	}
	scroll := container.NewVScroll(tight(container.New(layout.NewCustomPaddedLayout(0, 0, indent, indent), log)))
	scroll.SetMinSize(fyne.NewSize(0, least))
	return scroll
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
	info := container.NewVBox(person(v.Who, v.Badge, v.Verified), ui.Small(v.Facts), doing)
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
		w.limits = ui.Small(w.live.Limits)
		w.limits.Hidden = w.live.Limits == ""
		column.Add(w.limits)
		w.drill(column, v)
		w.raises(column, v.Raise)
	}
	for _, text := range []string{v.TakeOnly, v.Warning, v.Hint} {
		if text != "" {
			column.Add(ui.Caution(text))
		}
	}
	column.Add(container.NewBorder(nil, nil, nil, w.links(v), ui.Small(joinLines(v.Words, v.Relay))))
	if len(v.Past) > 0 {
		column.Add(rows(v.Past))
	}
	return container.New(layout.NewCustomPaddedLayout(8, 4, 12, 12), column)
}

// drill is about trying F11.
func (w *Window) drill(column *fyne.Container, v presenter.BarView) {
	if v.Drill != "" {
		link := ui.NewLink(v.DrillDo, w.act(w.presenter.Rehearse))
		column.Add(container.NewBorder(nil, nil, nil, container.NewCenter(link), ui.Line(v.Drill)))
	}
	if v.DrillWorked != "" {
		column.Add(ui.Bold(v.DrillWorked))
	}
}

// raises is about running this program again as administrator.
func (w *Window) raises(column *fyne.Container, v presenter.RaiseView) {
	if v.Text == "" {
		return
	}
	switch {
	case v.Yes == "":
		column.Add(ui.Line(v.Text))
	case v.No == "":
		yes := ui.NewButton(v.Yes, ui.FillPrimary, w.act(w.presenter.RaiseYes))
		column.Add(container.NewBorder(nil, nil, nil, container.NewCenter(yes), ui.Line(v.Text)))
	default:
		column.Add(ui.NewCard(container.NewVBox(ui.Bold(v.Text), container.NewGridWithColumns(2,
			ui.NewButton(v.No, ui.FillDeny, w.act(w.presenter.RaiseNo)),
			ui.NewButton(v.Yes, ui.FillAllow, w.act(w.presenter.RaiseYes))))))
	}
}

// links lead to a time limit, to what happened, and to the other language.
func (w *Window) links(v presenter.BarView) fyne.CanvasObject {
	box := container.NewHBox()
	if v.Limit != "" {
		w.limit = ui.NewLink(v.Limit, w.chooseTime)
		box.Add(w.limit)
	}
	if v.History != "" {
		box.Add(ui.NewLink(v.History, w.act(w.presenter.History)))
	}
	box.Add(w.language())
	return box
}

// chooseTime opens the menu of how long what is allowed may hold.
func (w *Window) chooseTime() {
	var items []*fyne.MenuItem
	for _, t := range w.drawn.Bar.Times {
		items = append(items, fyne.NewMenuItem(t.Text, w.act(func() { w.presenter.Limit(t.For) })))
	}
	w.menu(w.limit, items)
}

// menu opens a menu under a link. As long as it is there nobody else can read
// the window: it may name other windows.
func (w *Window) menu(under fyne.CanvasObject, items []*fyne.MenuItem) {
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(under)
	menu := widget.NewPopUpMenu(fyne.NewMenu("", items...), w.win.Canvas())
	at.X = min(at.X, w.win.Canvas().Size().Width-stopRoom-menu.MinSize().Width) // never over STOP
	menu.ShowAtPosition(at)
	w.private()
}

// private names the windows that are not to be seen from afar now: this one
// while a menu is open, and the one in which a part of the screen is drawn.
func (w *Window) private() {
	var ids []uint32
	if w.owned && w.win.Canvas().Overlays().Top() != nil {
		ids = append(ids, w.own)
	}
	if w.region != nil {
		if id, there := ui.ID(w.region); there {
			ids = append(ids, id)
		}
	}
	w.presenter.Private(ids...)
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
	w.menu(w.change, items)
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
