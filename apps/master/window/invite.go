package window

import (
	"cmp"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"lotse/apps/ui"
	"lotse/apps/ui/words"
	"lotse/crypto/secret"
	"lotse/master"
	"lotse/participant/session"
	"lotse/relay/wire"
)

// InviteView is where personal links are made and taken back.
type InviteView struct {
	Heading, About string
	// NameFor is what the field wants; Make is empty while no more can be made,
	// and Full says so.
	NameFor, Make, Full string
	// New is the newest link, shown once; Copy is its button.
	NewFor     string
	New        secret.Text
	Send, Copy string
	ListFor    string
	None       string
	Links      []LinkView
	Back       string
}

// LinkView is one link of the session.
type LinkView struct {
	ID   uint32
	Name string
	Says string
	// Withdraw is empty for one that opens nothing any more.
	Withdraw string
}

// Invite shows where links are made. Somebody at the door closes it.
func (p *Presenter) Invite() {
	if p.open() {
		p.inviting = true
	}
}

// InviteDone leaves it. A link that was shown is not shown again.
func (p *Presenter) InviteDone() {
	if p.inviting && p.state.NewLink != 0 {
		p.do.HideLink()
	}
	p.inviting = false
}

// MakeLink makes a link for somebody, whose name may be empty.
func (p *Presenter) MakeLink(name string) { p.do.Invite(name) }

// Withdraw takes a link back.
func (p *Presenter) Withdraw(id uint32) { p.do.Withdraw(id) }

// CopyLink returns the newest link for the clipboard and says so for a while.
func (p *Presenter) CopyLink() string {
	p.linkCopied = p.now()
	return p.state.NewLinkText.Reveal()
}

func (p *Presenter) invite() InviteView {
	s, w := p.state, p.words
	v := InviteView{
		Heading: w.Text(words.InviteHeading), About: w.Text(words.InviteAbout), NameFor: w.Text(words.InviteName),
		ListFor: w.Text(words.InviteList), Back: w.Text(words.CheckBack),
	}
	unused := 0
	for _, l := range slices.Backward(s.Links) { // the newest first
		row := LinkView{ID: l.ID, Name: cmp.Or(l.Name, w.Text(words.InviteUnnamed)), Says: p.linkSays(l)}
		if l.Use == master.LinkUnused {
			unused++
			row.Withdraw = w.Text(words.InviteWithdraw)
		}
		if l.ID == s.NewLink {
			v.NewFor = w.Text(words.InviteNew)
			if l.Name != "" {
				v.NewFor = w.Text(words.InviteNewFor, l.Name)
			}
		}
		v.Links = append(v.Links, row)
	}
	if len(v.Links) == 0 {
		v.None = w.Text(words.InviteNone)
	}
	if unused < wire.MaxLinks {
		v.Make = w.Text(words.InviteMake)
	} else {
		v.Full = w.Text(words.InviteFull)
	}
	if v.NewFor != "" {
		v.New, v.Send, v.Copy = s.NewLinkText, w.Text(words.InviteSend), w.Text(words.InviteCopy)
		if p.now().Sub(p.linkCopied) < copiedFor {
			v.Copy = w.Text(words.InviteCopied)
		}
	}
	return v
}

func (p *Presenter) linkSays(l master.Link) string {
	switch {
	case l.Use == master.LinkWithdrawn:
		return p.words.Text(words.InviteTaken)
	case l.Use == master.LinkUsed && l.By != "":
		return p.words.Text(words.InviteUsedBy, l.By)
	case l.Use == master.LinkUsed:
		return p.words.Text(words.InviteUsed)
	default:
		return p.words.Text(words.InviteUnused)
	}
}

// somebodyWaits reports whether s has something that must not be covered by
// another page.
func (p *Presenter) somebodyWaits(s master.State) bool {
	if s.Phase != p.state.Phase {
		return s.Phase != master.Lost || p.state.Phase != master.Open // it comes back by itself
	}
	return len(s.Knocks) > len(p.state.Knocks) || s.Reason != session.ReasonNone && p.state.Reason == session.ReasonNone
}

// inviting draws the page. The name's field stays the same, so that what is
// typed there and the focus stay.
func (w *Window) inviting(v InviteView) fyne.CanvasObject {
	w.guest.SetPlaceHolder(v.NameFor)
	top := container.NewVBox(ui.Heading(v.Heading), ui.Line(v.About))
	if v.Make != "" {
		make := ui.NewButton(v.Make, ui.FillPrimary, w.makeLink)
		top.Add(container.NewBorder(nil, nil, nil, container.New(fixedWidth(codeWidth/2), make), w.guest))
	} else {
		top.Add(ui.Caution(v.Full))
	}
	if v.NewFor != "" {
		text := widget.NewLabel(v.New.Reveal())
		text.Wrapping, text.Selectable = fyne.TextWrapBreak, true
		text.TextStyle.Monospace = true
		copied := w.act(func() { w.app.Clipboard().SetContent(w.presenter.CopyLink()) })
		top.Add(ui.NewCard(container.NewVBox(ui.Bold(v.NewFor), text,
			container.NewBorder(nil, nil, nil, container.New(fixedWidth(codeWidth/2), ui.NewButton(v.Copy, ui.FillPlain, copied)), ui.Caution(v.Send)))))
	}
	list := container.NewVBox(ui.SubHeading(v.ListFor))
	if v.None != "" {
		list.Add(ui.Line(v.None))
	}
	for _, l := range v.Links {
		row := container.NewGridWithColumns(3, ui.Bold(l.Name), ui.Line(l.Says), layout.NewSpacer())
		if l.Withdraw != "" {
			row.Objects[2] = container.NewHBox(layout.NewSpacer(), ui.NewLink(l.Withdraw, w.act(func() { w.presenter.Withdraw(l.ID) })))
		}
		list.Add(row)
	}
	top.Add(list)
	foot := ui.Column(ui.NewButton(v.Back, ui.FillDeny, w.act(w.presenter.InviteDone)))
	return container.NewBorder(nil, foot, nil, nil, container.NewVScroll(ui.Margin(top)))
}

func (w *Window) makeLink() {
	w.presenter.MakeLink(w.guest.Text)
	w.guest.SetText("")
	w.draw()
}

// newGuest returns the field for the name of whoever is invited.
func (w *Window) newGuest() *widget.Entry {
	e := widget.NewEntry()
	e.OnSubmitted = func(string) { w.makeLink() }
	e.OnChanged = func(s string) {
		if r := []rune(s); len(r) > maxGuest {
			e.SetText(string(r[:maxGuest]))
		}
	}
	return e
}

// maxGuest is how many characters a name may have.
const maxGuest = 60
