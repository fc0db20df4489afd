// Package native draws what the participant's presenter says with the window
// of Windows' own that package plain has: for computers without OpenGL, which
// are those whose people call for help. It decides nothing that the presenter
// decides.
package native

import (
	"strings"

	"lotse/apps/participant/presenter"
	"lotse/apps/ui/plain"
	"lotse/apps/ui/words"
)

// What can be pressed, ticked or typed into.
const (
	idEntry uint16 = 100 + iota
	idConnect
	idCancel
	idAllow
	idDeny
	idUnexpected
	idStop
	idChange
	idBack
	idAgain
	idClose
	idLanguage
	idRights  = 200 // and the number of the right in the list
	idChips   = 300
	idChoices = 400
)

// The widths of the pages in 1/96 inch.
const (
	pageWidth = 500
	barWidth  = 640
)

// form makes a window of a view. Choices are there while the person chooses
// what is shown.
func form(v presenter.View, ticked func(presenter.Right) bool, choices []presenter.Group) plain.Form {
	f := plain.Form{Title: v.Title, Width: pageWidth, Page: uint64(v.Page) + 1}
	switch v.Page {
	case presenter.StartPage:
		start(&f, v)
	case presenter.WaitPage:
		wait(&f, v)
	case presenter.QuestionPage:
		question(&f, v, ticked)
	case presenter.BarPage:
		bar(&f, v)
	case presenter.EndPage:
		end(&f, v)
	}
	if len(choices) > 0 {
		f.Page |= 1 << 40
		choose(&f, v, choices)
	}
	f.Rows = append(f.Rows, language(v.Lang))
	return f
}

func language(l words.Lang) plain.Row {
	return plain.Row{{Kind: plain.Gap}, link(idLanguage, words.Text(l, words.SwitchLanguage))}
}

// line is a row of one text; an empty one is no row.
func line(f *plain.Form, k plain.Kind, text string, fill plain.Colour) {
	if text != "" {
		f.Rows = append(f.Rows, plain.Row{{Kind: k, Text: text, Fill: fill}})
	}
}

func link(id uint16, text string) plain.Cell {
	return plain.Cell{ID: id, Kind: plain.Link, Text: text, Fill: plain.Primary, Own: true}
}

func button(id uint16, text string, fill plain.Colour) plain.Cell {
	return plain.Cell{ID: id, Kind: plain.Button, Text: text, Fill: fill}
}

// person is who is on the other side, and how sure that is.
func person(f *plain.Form, who, badge string, verified bool) {
	fill := plain.Amber
	if verified {
		fill = plain.Allow
	}
	f.Rows = append(f.Rows, plain.Row{
		{Kind: plain.Bold, Text: who}, {Kind: plain.Badge, Text: badge, Fill: fill, Own: true},
	})
}

func start(f *plain.Form, v presenter.View) {
	s := v.Start
	f.Band, f.Under, f.Focus = s.Organisation, s.Development, idEntry
	if f.Band == "" {
		f.Band = v.Title
	}
	line(f, plain.Heading, s.Heading, 0)
	line(f, plain.Line, s.Prompt, 0)
	f.Rows = append(f.Rows, plain.Row{{ID: idEntry, Kind: plain.Field, Text: s.Placeholder}})
	line(f, plain.Bold, s.Error, plain.Stop)
	line(f, plain.Line, s.ErrorNext, 0)
	line(f, plain.Bold, v.Live.Text, 0)
	connect := button(idConnect, s.Connect, plain.Primary)
	connect.Off = !s.CanConnect
	f.Rows = append(f.Rows, plain.Row{connect}, plain.Row{{Kind: plain.Gap}})
	line(f, plain.Bold, s.Caution, plain.Amber)
	line(f, plain.Small, s.Footer, 0)
}

func wait(f *plain.Form, v presenter.View) {
	w := v.Wait
	f.Band, f.Focus = v.Title, idCancel
	line(f, plain.Heading, w.Heading, 0)
	f.Rows = append(f.Rows, plain.Row{{Kind: plain.Meter, Value: -1, Fill: plain.Primary}})
	line(f, plain.Line, w.Detail, 0)
	line(f, plain.Line, w.Number, 0)
	line(f, plain.Bold, w.Words, 0)
	f.Rows = append(f.Rows, plain.Row{{Kind: plain.Gap}}, plain.Row{button(idCancel, w.Cancel, plain.Deny)})
}

func question(f *plain.Form, v presenter.View, ticked func(presenter.Right) bool) {
	q := v.Question
	f.Band, f.Width, f.Above, f.Focus = q.Heading, barWidth, true, idDeny
	f.Page |= uint64(q.ID) << 8
	person(f, q.Wants, q.Badge, q.Verified)
	for i, r := range q.Rights {
		f.Rows = append(f.Rows, plain.Row{{ID: idRights + uint16(i), Kind: plain.Check, Text: r.Text, On: ticked(r)}})
	}
	line(f, plain.Small, q.Choose, 0)
	shows(f, q.Shows, q.Change)
	if q.Why != "" {
		line(f, plain.Line, q.WhyLabel+": "+q.Why, 0)
	}
	countdown(f, v)
	deny, allow := button(idDeny, q.Deny, plain.Deny), button(idAllow, q.Allow, plain.Allow)
	deny.Off, allow.Off = !v.Live.CanDeny, !v.Live.CanAllow
	f.Rows = append(f.Rows, plain.Row{deny, allow}, plain.Row{link(idUnexpected, q.Unexpected)})
	line(f, plain.Small, q.Paused, 0)
}

// countdown says what happens at its end.
func countdown(f *plain.Form, v presenter.View) {
	f.Rows = append(f.Rows,
		plain.Row{{Kind: plain.Line, Text: v.Question.Zero}, {Kind: plain.Bold, Text: v.Live.Text, Own: true}},
		plain.Row{{Kind: plain.Meter, Value: v.Live.Left, Fill: plain.Amber}})
}

// shows says what is shown, and leads to choosing something else.
func shows(f *plain.Form, text, change string) {
	switch {
	case text == "":
	case change == "":
		line(f, plain.Small, text, 0)
	default:
		f.Rows = append(f.Rows, plain.Row{{Kind: plain.Small, Text: text}, link(idChange, change)})
	}
}

// levelFill is the colour of what happens.
func levelFill(l presenter.Level) plain.Colour {
	switch l {
	case presenter.Controlled:
		return plain.Stop
	case presenter.Seen:
		return plain.Amber
	case presenter.Quiet:
	}
	return 0
}

// stop is the row with the button that ends everything.
func stop(f *plain.Form, b presenter.BarView) {
	s := button(idStop, "  "+b.Stop+"  ", plain.Stop)
	s.Own = true
	f.Rows = append(f.Rows, plain.Row{{Kind: plain.Bold, Text: b.Doing, Fill: levelFill(b.Level)}, s},
		plain.Row{{Kind: plain.Small, Text: b.Words}, {Kind: plain.Small, Text: b.StopKey, Own: true}})
}

// chipsInRow is how many rights stand side by side.
const chipsInRow = 3

func bar(f *plain.Form, v presenter.View) {
	b := v.Bar
	f.Width, f.Above = barWidth, true
	person(f, b.Who, b.Badge, b.Verified)
	stop(f, b)
	if b.Lost {
		line(f, plain.Line, v.Live.Text, 0)
		f.Rows = append(f.Rows, plain.Row{{Kind: plain.Meter, Value: v.Live.Left, Fill: plain.Amber}})
	} else {
		line(f, plain.Small, b.ChipsFor, 0)
		for i := 0; i < len(b.Chips); i += chipsInRow {
			row := make(plain.Row, chipsInRow)
			for j := range row {
				row[j].Kind = plain.Gap
				if k := i + j; k < len(b.Chips) {
					c := b.Chips[k]
					row[j] = plain.Cell{ID: idChips + uint16(k), Kind: plain.Check, Text: c.Text, On: c.On, Off: c.Fixed}
				}
			}
			f.Rows = append(f.Rows, row)
		}
		shows(f, b.Shows, b.Change)
	}
	for _, text := range []string{b.TakeOnly, b.Warning, b.Hint} {
		line(f, plain.Line, text, plain.Amber)
	}
	line(f, plain.Small, b.Relay, 0)
}

func end(f *plain.Form, v presenter.View) {
	e := v.End
	f.Band = v.Title
	line(f, plain.Heading, e.Heading, 0)
	line(f, plain.Bold, e.What, 0)
	fill := plain.Colour(0)
	if e.Alarm {
		fill = plain.Stop
	}
	line(f, plain.Line, e.Next, fill)
	line(f, plain.Line, e.Who, 0)
	if len(e.Rows) > 0 {
		lines := make([]string, len(e.Rows))
		for i, r := range e.Rows {
			lines[i] = strings.TrimSpace(r.At + "  " + r.Text)
		}
		line(f, plain.Bold, e.Ledger, 0)
		line(f, plain.Box, strings.Join(lines, "\r\n"), 0)
	}
	f.Rows = append(f.Rows, plain.Row{button(idClose, e.Close, plain.Deny), button(idAgain, e.Again, plain.Primary)})
}

// choose puts what can be shown in the place of everything but STOP and a
// question's countdown.
func choose(f *plain.Form, v presenter.View, groups []presenter.Group) {
	f.Rows, f.Focus = nil, idBack
	if v.Page == presenter.BarPage {
		stop(f, v.Bar)
	} else {
		countdown(f, v)
	}
	n := uint16(0)
	for _, g := range groups {
		line(f, plain.Bold, g.Heading, 0)
		for _, c := range g.Choices {
			mark := "    "
			if c.On {
				mark = "✓ "
			}
			cell := link(idChoices+n, mark+c.Text)
			f.Rows = append(f.Rows, plain.Row{cell})
			n++
		}
	}
	f.Rows = append(f.Rows, plain.Row{button(idBack, words.Text(v.Lang, words.RegionCancel), plain.Deny)})
}
