package window

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"lotse/apps/ui"
	"lotse/participant/session"
)

// codeWidth is the width of the part to be read aloud, in device independent
// pixels: nine digits in two gaps.
const codeWidth = 400

func colour(l Light) color.Color {
	switch l {
	case Green:
		return ui.FillAllow
	case Amber:
		return ui.FillAmber
	case Red:
		return ui.FillStop
	case Grey:
	}
	return ui.FillDeny
}

// room has the code at the left and the people at the right.
func (w *Window) room(v RoomView) fyne.CanvasObject {
	w.members = make(map[uint8]*widget.Label)
	people := container.NewVBox()
	if len(v.Knocks) > 0 {
		people.Add(ui.SubHeading(v.KnockFor))
		for _, k := range v.Knocks {
			people.Add(w.knock(k))
		}
	}
	people.Add(ui.SubHeading(v.MembersFor))
	if v.None != "" {
		people.Add(ui.Line(v.None))
	}
	for _, m := range v.Members {
		people.Add(w.member(m))
	}
	right := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(8, 8, 4, 18), people))
	return container.NewBorder(nil, nil, w.code(v), nil, right)
}

// code is what the moderator reads aloud, and the state of the room.
func (w *Window) code(v RoomView) fyne.CanvasObject {
	card := container.NewVBox(
		ui.SubHeading(v.ReadAloud),
		ui.Small(v.NumberFor), ui.NewDigits(v.Number),
		ui.Small(v.PINFor), ui.NewDigits(v.PIN.Reveal()),
	)
	if v.Address != "" {
		card.Add(ui.Small(v.AddressFor))
		card.Add(ui.SubHeading(v.Address))
	}
	card.Add(ui.Gap(6))
	card.Add(container.NewGridWithColumns(2,
		ui.NewCompactButton(v.Copy, ui.FillPlain, w.copy),
		ui.NewCompactButton(v.NewPIN, ui.FillPlain, w.act(w.presenter.RenewPIN)),
	))
	if v.Copied != "" {
		card.Add(ui.Small(v.Copied))
	}
	if v.Renewed != "" {
		card.Add(ui.Caution(v.Renewed))
	}
	w.status = ui.Line("")
	about := container.NewVBox(container.NewBorder(nil, nil, ui.NewDot(colour(v.Light)), nil, w.status), ui.Small(v.As))
	links := container.NewHBox(ui.NewLink(v.Invite, w.act(w.presenter.Invite)))
	if v.Check != "" {
		links.Add(ui.NewLink(v.Check, w.act(w.presenter.Check)))
	}
	about.Add(links)
	if v.Locked != "" {
		about.Add(ui.Caution(v.Locked))
	}
	top := container.NewVBox(ui.NewCard(card), container.NewThemeOverride(about, ui.TightRows()))
	body := container.NewBorder(nil, w.ending(v), nil, nil, container.NewVScroll(top))
	wide := container.New(fixedWidth(codeWidth), body)
	return container.New(layout.NewCustomPaddedLayout(10, 10, 16, 12), wide)
}

// ending locks the room or ends it, which asks first.
func (w *Window) ending(v RoomView) fyne.CanvasObject {
	if v.Sure != "" {
		return container.NewVBox(ui.Bold(v.Sure), container.NewGridWithColumns(2,
			ui.NewButton(v.EndNo, ui.FillDeny, w.act(w.presenter.EndNo)),
			ui.NewButton(v.EndYes, ui.FillStop, w.act(w.presenter.EndYes)),
		))
	}
	return container.NewGridWithColumns(2,
		ui.NewButton(v.Lock, ui.FillPlain, w.act(w.presenter.Lock)),
		ui.NewButton(v.End, ui.FillStop, w.act(w.presenter.End)),
	)
}

func (w *Window) knock(k KnockView) fyne.CanvasObject {
	lines := container.NewVBox(ui.Bold(k.Who))
	if k.Link != "" {
		lines.Add(ui.Small(k.Link))
	}
	if k.Words != "" {
		lines.Add(ui.Line(k.Words))
	}
	return ui.NewCard(container.NewVBox(lines, container.NewGridWithColumns(2,
		ui.NewButton(k.Refuse, ui.FillDeny, w.act(func() { w.presenter.Refuse(k.Conn) })),
		ui.NewButton(k.Admit, ui.FillAllow, w.act(func() { w.presenter.Admit(k.Conn) })),
	)))
}

func (w *Window) member(m MemberView) fyne.CanvasObject {
	if m.Left != "" {
		name := container.NewBorder(nil, nil, ui.NewDot(colour(m.Light)), nil, ui.Muted(m.Name))
		return ui.NewCard(container.NewVBox(name, ui.Line(m.Left)))
	}
	status := ui.Line("")
	status.Hidden = true
	w.members[m.ID] = status
	name := container.NewBorder(nil, nil, ui.NewDot(colour(m.Light)), nil, ui.Bold(m.Name))
	if m.Remove != "" {
		remove := ui.NewLink(m.Remove, w.act(func() { w.presenter.Remove(m.ID) }))
		name = container.NewBorder(nil, nil, ui.NewDot(colour(m.Light)), container.NewCenter(remove), ui.Bold(m.Name))
	}
	lines := container.NewVBox(name)
	if m.Words != "" {
		lines.Add(ui.Small(m.Words))
	}
	if m.AllowsFor != "" {
		row := ui.Flow(container.NewCenter(widget.NewLabel(m.AllowsFor)))
		for _, right := range m.Allows {
			row.Add(container.NewCenter(ui.NewBadge(right, ui.FillPlain)))
		}
		lines.Add(row)
	}
	lines.Add(status)
	if m.Trouble != "" {
		lines.Add(ui.Caution(m.Trouble))
	}
	w.asking(lines, m)
	return ui.NewCard(lines)
}

// asking adds the buttons with which a member is asked for rights.
func (w *Window) asking(lines *fyne.Container, m MemberView) {
	if m.Reason != "" {
		lines.Add(w.reasonEntry(m))
	}
	row := container.NewGridWithRows(1)
	ask := func(g session.Grants) func() {
		return w.act(func() { w.presenter.Ask(m.ID, g, w.reason(m.ID)) })
	}
	if m.AskSee != "" {
		row.Add(ui.NewButton(m.AskSee, ui.FillPrimary, ask(session.See)))
	}
	if m.AskControl != "" {
		row.Add(ui.NewButton(m.AskControl, ui.FillPrimary, ask(session.Control)))
	}
	if m.Show != "" {
		row.Add(ui.NewButton(m.Show, ui.FillPlain, func() { w.show(m.ID) }))
	}
	if len(row.Objects) > 0 {
		lines.Add(row)
	}
}

// maxReason is how many characters a reason may have: what a customer reads
// in the time that there is.
const maxReason = 200

func (w *Window) reasonEntry(m MemberView) *widget.Entry {
	e := w.reasons[m.ID]
	if e == nil {
		e = widget.NewEntry()
		e.OnChanged = func(s string) {
			if r := []rune(s); len(r) > maxReason {
				e.SetText(string(r[:maxReason]))
			}
		}
		w.reasons[m.ID] = e
	}
	e.SetPlaceHolder(m.Reason)
	return e
}

func (w *Window) show(id uint8) {
	if v := w.viewers[id]; v != nil {
		v.show()
	}
}

func (w *Window) ended(v EndedView) fyne.CanvasObject {
	w.status = ui.Line("")
	buttons := container.NewGridWithRows(1, ui.NewButton(v.Close, ui.FillDeny, w.close))
	if v.Again != "" {
		fill := ui.FillPrimary
		if v.Update+v.Renew != "" { // something else leads on
			fill = ui.FillPlain
		}
		buttons.Add(ui.NewButton(v.Again, fill, w.act(w.presenter.Reopen)))
	}
	page := container.NewVBox(ui.Heading(v.Heading))
	if v.What != "" {
		page.Add(ui.Bold(v.What))
		page.Add(ui.Line(v.Next))
	}
	page.Add(w.status)
	if v.CheckNow != "" {
		page.Add(container.NewHBox(ui.NewLink(v.CheckNow, w.act(w.presenter.Check))))
	}
	page.Objects = append(page.Objects, ui.NewerButtons(ui.Newer{
		Renew: v.Renew, Stands: v.Stands, DoRenew: w.act(w.presenter.Renew),
		Page: v.Update, DoPage: w.act(w.presenter.UpdatePage),
	})...)
	return container.NewBorder(nil, ui.Column(buttons), nil, nil, w.atFoot(v.Check, ui.Margin(page)))
}

// fixedWidth gives its object this width, whatever it would like.
type fixedWidth float32

// MinSize is the width with the object's own height.
func (f fixedWidth) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(float32(f), o[0].MinSize().Height)
}

// Layout fills the space.
func (f fixedWidth) Layout(o []fyne.CanvasObject, size fyne.Size) { o[0].Resize(size) }
