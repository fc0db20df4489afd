package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"lotse/apps/ui/checkup"
)

// CheckActions are what can be pressed on a check's page.
type CheckActions struct{ Back, CallOff, Again, Details, Copy func() }

// CheckPage is whether the servers can be reached, without the window's band.
// Progress is its line while ways are being tried, whose text is the window's
// to change.
func CheckPage(v checkup.View, do CheckActions) (content fyne.CanvasObject, focus fyne.Focusable, progress *widget.Label) {
	progress = Line("")
	progress.Hidden = true
	parts := map[checkup.Part]fyne.Focusable{}
	top := container.NewVBox(Heading(v.Heading))
	foot := container.NewGridWithRows(1)
	back := NewButton(v.Back, FillDeny, do.Back)
	foot.Add(back)
	parts[checkup.BackPart] = back
	if v.Running {
		top.Add(Line(v.About))
		top.Add(NewSpinner())
		top.Add(progress)
		stop := NewButton(v.CallOff, FillDeny, do.CallOff)
		foot.Objects = []fyne.CanvasObject{stop}
		parts[checkup.CallOffPart] = stop
		return container.NewBorder(nil, Column(foot), nil, nil, Margin(top)), parts[v.Focus], progress
	}
	top.Add(container.NewBorder(nil, nil, NewDot(lightFill(v.Light)), nil, Bold(v.Sum)))
	if v.Next != "" {
		top.Add(Line(v.Next))
	}
	if len(v.Ways) == 0 {
		for _, l := range v.Lines {
			top.Add(checkLine(l))
		}
	}
	links := container.NewHBox()
	link := func(part checkup.Part, text string, tapped func()) {
		if text != "" {
			l := NewLink(text, tapped)
			links.Add(l)
			parts[part] = l
		}
	}
	link(checkup.DetailsPart, v.Details, do.Details)
	link(checkup.CopyPart, v.Copy, do.Copy)
	if len(v.Ways) > 0 { // in the place of the lines, so that they are seen
		ways := container.NewVBox()
		for _, text := range v.Ways {
			ways.Add(Small(text))
		}
		top.Add(NewCard(container.NewThemeOverride(ways, TightRows())))
	}
	again := NewButton(v.Again, FillPrimary, do.Again)
	foot.Add(again)
	parts[checkup.AgainPart] = again
	return container.NewBorder(nil, Column(links, foot), nil, nil, container.NewVScroll(Margin(top))), parts[v.Focus], progress
}

// checkLine is one server, or the clock.
func checkLine(l checkup.Line) fyne.CanvasObject {
	says := container.NewVBox()
	if l.Name != "" {
		says.Add(Bold(l.Name))
	}
	line := Line(l.Says)
	if l.Light == checkup.Red {
		line.Importance = widget.DangerImportance
	}
	says.Add(line)
	if l.Attention != "" {
		says.Add(Caution(l.Attention))
	}
	if l.Next != "" {
		says.Add(Small(l.Next))
	}
	dot := container.NewVBox(Gap(firstLine), NewDot(lightFill(l.Light)))
	return NewCard(container.NewBorder(nil, nil, dot, nil, container.NewThemeOverride(says, TightRows())))
}

// firstLine is how far below a card's top its first line of text is in the
// middle, less the half of a light.
const firstLine = 6

func lightFill(l checkup.Light) color.Color {
	switch l {
	case checkup.Green:
		return FillAllow
	case checkup.Amber:
		return FillAmber
	case checkup.Red:
		return FillStop
	case checkup.Grey:
	}
	return FillDeny
}
