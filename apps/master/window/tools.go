package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"lotse/apps/ui"
	"lotse/participant/message"
)

// hold puts the tool that fits into the moderator's hand: the pointer as soon
// as pointing is allowed, keyboard and mouse when those are given.
func (v *Viewer) hold(view ViewerView) {
	before := v.sketch.tool
	switch {
	case view.Point == "":
		v.sketch.tool = Hand
	case view.Control && !v.drawn.Control:
		v.sketch.tool = Hand
	case before == Hand && !view.Control:
		v.sketch.tool = PointerTool
	}
	v.take(before)
}

// take brings the view in line with the tool.
func (v *Viewer) take(before Tool) {
	if v.sketch.tool == before {
		return
	}
	v.built = false // the toolbar names the tool
	if v.sketch.tool == Hand {
		v.screen.SetDrawing(nil)
		return
	}
	v.screen.SetDrawing(v.sketch)
}

// chooseTool opens the menu of tools below its button.
func (v *Viewer) chooseTool() {
	var items []*fyne.MenuItem
	for _, c := range v.drawn.Tools {
		item := fyne.NewMenuItem(c.Text, func() {
			before := v.sketch.tool
			v.sketch.tool = c.Tool
			v.take(before)
			v.draw()
		})
		item.Checked = c.Tool == v.sketch.tool
		items = append(items, item)
	}
	items = append(items, fyne.NewMenuItemSeparator(), fyne.NewMenuItem(v.drawn.Wipe, func() { v.w.steer.Wipe(v.member, 0) }))
	v.popUp(v.tools, items)
}

// askNote shows the small form for a note: Enter shows the note, Escape does
// not.
func (v *Viewer) askNote(done func(text string)) {
	const width = 420 // device independent pixels
	entry := &noteEntry{}
	entry.ExtendBaseWidget(entry)
	var form *widget.PopUp
	end := func(text string) {
		form.Hide()
		done(text)
	}
	entry.OnSubmitted, entry.escape = end, func() { end("") }
	entry.OnChanged = func(s string) {
		if r := []rune(s); len(r) > message.MaxNoteRunes {
			entry.SetText(string(r[:message.MaxNoteRunes]))
		}
	}
	buttons := container.NewHBox(layout.NewSpacer(),
		ui.NewCompactButton(v.drawn.NoteNot, ui.FillPlain, func() { end("") }),
		ui.NewCompactButton(v.drawn.NoteSend, ui.FillPrimary, func() { end(entry.Text) }))
	content := container.NewVBox(ui.SubHeading(v.drawn.NoteFor), container.New(fixedWidth(width), entry), buttons)
	form = widget.NewModalPopUp(container.NewPadded(content), v.win.Canvas())
	v.win.Canvas().Unfocus() // let go of everything over there
	form.Show()
	v.win.Canvas().Focus(entry)
}

// noteEntry is a field that Escape leaves.
type noteEntry struct {
	widget.Entry

	escape func()
}

// TypedKey hears Escape.
func (e *noteEntry) TypedKey(k *fyne.KeyEvent) {
	if k.Name == fyne.KeyEscape {
		e.escape()
		return
	}
	e.Entry.TypedKey(k)
}
