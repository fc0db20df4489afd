package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Heading returns the first line of a page.
func Heading(text string) *widget.Label {
	l := Line(text)
	l.SizeName = theme.SizeNameHeadingText
	l.TextStyle.Bold = true
	return l
}

// SubHeading returns the first line of a part of a page.
func SubHeading(text string) *widget.Label {
	l := Line(text)
	l.SizeName = theme.SizeNameSubHeadingText
	l.TextStyle.Bold = true
	return l
}

// Line returns text that breaks at words and never leaves its window.
func Line(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.Wrapping = fyne.TextWrapWord
	return l
}

// Small returns a wrapped line of less weight.
func Small(text string) *widget.Label {
	l := Line(text)
	l.SizeName = theme.SizeNameCaptionText
	l.Importance = widget.MediumImportance
	return l
}

// Trouble returns a wrapped line in the colour of errors.
func Trouble(text string) *widget.Label {
	l := Line(text)
	l.Importance = widget.DangerImportance
	return l
}

// Caution returns a wrapped line in the colour of warnings.
func Caution(text string) *widget.Label {
	l := Line(text)
	l.Importance = widget.WarningImportance
	return l
}

// Good returns a wrapped line in the colour of success.
func Good(text string) *widget.Label {
	l := Line(text)
	l.Importance = widget.SuccessImportance
	return l
}

// Bold returns a wrapped line of more weight.
func Bold(text string) *widget.Label {
	l := Line(text)
	l.TextStyle.Bold = true
	return l
}

// Notice is a page with something to read, perhaps something more above the foot,
// and a way out.
func Notice(band, what, next, button string, tapped func(), more ...fyne.CanvasObject) fyne.CanvasObject {
	const title = 18
	top := NewBand(container.NewCenter(BandText(band, title, true)), nil)
	foot := Column(append(more, NewButton(button, FillDeny, tapped))...)
	return container.NewBorder(top, foot, nil, nil, Column(SubHeading(what), Line(next)))
}

// Muted returns a bold line in the colour of what is over.
func Muted(text string) *widget.Label {
	l := Bold(text)
	l.Importance = widget.LowImportance
	return l
}
