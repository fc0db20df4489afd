// Package native draws what the participant's presenter says with the window
// of Windows' own that package plain has: for computers without OpenGL, which
// are those whose people call for help. It decides nothing that the presenter
// decides.
package native

import (
	"strings"
	"time"

	"lotse/apps/participant/presenter"
	"lotse/apps/ui/plain"
	"lotse/apps/ui/renew"
	"lotse/apps/ui/words"
	"lotse/participant/session"
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
	idLimit
	idHistory
	idDrill
	idCopy
	idRaiseYes
	idRaiseNo
	idCheck
	idCheckBack
	idCheckCallOff
	idCheckAgain
	idCheckDetails
	idCheckCopy
	idUpdate
	idRenew
	idRights  = 200 // and the number of the right in the list
	idChips   = 300
	idTimes   = 400
	idChoices = 500 // the last one: as many as there are windows
)

// The widths of the pages in 1/96 inch.
const (
	pageWidth = 500
	barWidth  = 640
)

// chosen is what a person has chosen of a question that is still open.
type chosen interface {
	Choice() session.Grants
	Holds() time.Duration
}

// form makes a window of a view. What is in l stands in the place of the page.
func form(v presenter.View, c chosen, l list) plain.Form {
	f := plain.Form{Title: v.Title, Width: pageWidth, Page: uint64(v.Page) + 1}
	switch v.Page {
	case presenter.StartPage:
		start(&f, v)
	case presenter.WaitPage:
		wait(&f, v)
	case presenter.QuestionPage:
		question(&f, v, c)
	case presenter.BarPage:
		bar(&f, v)
	case presenter.EndPage:
		end(&f, v)
	case presenter.CheckPage:
		check(&f, v)
	}
	if len(l.parts) > 0 {
		f.Page |= 1 << 40
		choose(&f, v, l)
	}
	f.Rows = append(f.Rows, foot(v, len(l.parts) == 0))
	return f
}

// foot is the last row: ways to more, and to the other language.
func foot(v presenter.View, more bool) plain.Row {
	row := plain.Row{{Kind: plain.Gap}}
	if s := v.Start; s.Check != "" {
		row = append(row, link(idCheck, s.Check))
	}
	if b := v.Bar; more && v.Page == presenter.BarPage {
		if b.Limit != "" {
			row = append(row, link(idLimit, b.Limit))
		}
		if b.History != "" {
			row = append(row, link(idHistory, b.History))
		}
	}
	return append(row, link(idLanguage, words.Text(v.Lang, words.SwitchLanguage)))
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
	line(f, plain.Line, s.Welcome, 0)
	line(f, plain.Line, s.Prompt, 0)
	f.Rows = append(f.Rows, plain.Row{{ID: idEntry, Kind: plain.Field, Text: s.Placeholder}})
	line(f, plain.Bold, s.Error, plain.Stop)
	line(f, plain.Line, s.ErrorNext, 0)
	if s.CheckNow != "" {
		f.Rows = append(f.Rows, plain.Row{link(idCheck, s.CheckNow)})
	}
	line(f, plain.Line, v.Live.Text, 0)
	fills := [...]plain.Colour{renew.Beside: plain.Quiet, renew.Leads: plain.Primary, renew.CallsOff: plain.Deny}
	replacement, page := s.Stands.Weights(s.Renew != "")
	if s.Renew != "" {
		f.Rows = append(f.Rows, plain.Row{button(idRenew, s.Renew, fills[replacement])})
	}
	if s.Update != "" {
		f.Rows = append(f.Rows, plain.Row{button(idUpdate, s.Update, fills[page])})
	}
	connect := button(idConnect, s.Connect, plain.Primary)
	if s.Update+s.Renew != "" { // something else leads on
		connect.Fill = plain.Quiet
	}
	connect.Off = !s.CanConnect
	f.Rows = append(f.Rows, plain.Row{connect}, plain.Row{{Kind: plain.Gap}})
	line(f, plain.Bold, s.Caution, plain.Amber)
	line(f, plain.Small, s.Footer, 0)
	line(f, plain.Bold, s.Contact, 0)
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

// rightsBelow is how many rights stand below each other; more of them stand in
// two columns, so that the window stays small.
const rightsBelow = 4

// inColumns puts cells side by side.
func inColumns(f *plain.Form, n int, cells []plain.Cell) {
	for ; len(cells) > 0; cells = cells[min(n, len(cells)):] {
		row := make(plain.Row, n)
		for i := copy(row, cells); i < n; i++ {
			row[i].Kind = plain.Gap
		}
		f.Rows = append(f.Rows, row)
	}
}

func question(f *plain.Form, v presenter.View, c chosen) {
	q := v.Question
	f.Band, f.Width, f.Above, f.Focus = q.Heading, barWidth, true, idDeny
	f.Page |= uint64(q.ID) << 8
	person(f, q.Wants, q.Badge, q.Verified)
	line(f, plain.Small, q.Facts, 0)
	var rights []plain.Cell
	for i, r := range q.Rights {
		rights = append(rights, plain.Cell{ID: idRights + uint16(i), Kind: plain.Check, Text: r.Text, On: c.Choice().Has(r.Grant)})
	}
	columns := 1
	if len(rights) > rightsBelow {
		columns = 2
	}
	inColumns(f, columns, rights)
	line(f, plain.Small, q.Choose, 0)
	shows(f, q.Shows, q.Change)
	if q.Why != "" {
		line(f, plain.Line, q.WhyLabel+": "+q.Why, 0)
	}
	holds(f, q, c)
	countdown(f, v)
	deny, allow := button(idDeny, q.Deny, plain.Deny), button(idAllow, q.Allow, plain.Allow)
	deny.Off, allow.Off = !v.Live.CanDeny, !v.Live.CanAllow
	f.Rows = append(f.Rows, plain.Row{deny, allow})
	line(f, plain.Bold, q.Caution, plain.Amber)
	f.Rows = append(f.Rows, plain.Row{link(idUnexpected, q.Unexpected)})
	line(f, plain.Small, q.Paused, 0)
}

// holds are the lengths of time for which it can be allowed.
func holds(f *plain.Form, q presenter.QuestionView, c chosen) {
	row := plain.Row{{Kind: plain.Line, Text: q.TimeFor, Own: true}}
	for i, t := range q.Times {
		row = append(row, plain.Cell{ID: idTimes + uint16(i), Kind: plain.Radio, Text: t.Text, On: t.For == c.Holds(), Own: true})
	}
	if len(q.Times) > 0 {
		f.Rows = append(f.Rows, append(row, plain.Cell{Kind: plain.Gap}))
	}
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
	line(f, plain.Small, b.Facts, 0)
	stop(f, b)
	if b.Lost {
		line(f, plain.Line, v.Live.Text, 0)
		f.Rows = append(f.Rows, plain.Row{{Kind: plain.Meter, Value: v.Live.Left, Fill: plain.Amber}})
	} else {
		line(f, plain.Small, b.ChipsFor, 0)
		var chips []plain.Cell
		for i, c := range b.Chips {
			chips = append(chips, plain.Cell{ID: idChips + uint16(i), Kind: plain.Check, Text: c.Text, On: c.On, Off: c.Fixed})
		}
		inColumns(f, chipsInRow, chips)
		shows(f, b.Shows, b.Change)
		line(f, plain.Small, v.Live.Limits, 0)
		drill(f, b)
		raise(f, b.Raise)
	}
	for _, text := range []string{b.TakeOnly, b.Warning, b.Hint} {
		line(f, plain.Line, text, plain.Amber)
	}
	line(f, plain.Small, b.Relay, 0)
	box(f, b.Past)
}

// drill is about trying F11.
func drill(f *plain.Form, b presenter.BarView) {
	if b.Drill != "" {
		f.Rows = append(f.Rows, plain.Row{{Kind: plain.Line, Text: b.Drill}, link(idDrill, b.DrillDo)})
	}
	line(f, plain.Bold, b.DrillWorked, plain.Allow)
}

// raise is about running this program again as administrator.
func raise(f *plain.Form, v presenter.RaiseView) {
	switch {
	case v.Text == "":
	case v.Yes == "":
		line(f, plain.Line, v.Text, 0)
	case v.No == "":
		yes := button(idRaiseYes, v.Yes, plain.Primary)
		yes.Own = true
		f.Rows = append(f.Rows, plain.Row{{Kind: plain.Line, Text: v.Text}, yes})
	default:
		line(f, plain.Bold, v.Text, 0)
		f.Rows = append(f.Rows, plain.Row{button(idRaiseNo, v.No, plain.Deny), button(idRaiseYes, v.Yes, plain.Allow)})
	}
}

// box is lines of what happened.
func box(f *plain.Form, rows []presenter.Row) {
	lines := make([]string, len(rows))
	for i, r := range rows {
		lines[i] = strings.TrimSpace(r.At + "  " + r.Text)
	}
	line(f, plain.Box, strings.Join(lines, "\r\n"), 0)
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
		f.Rows = append(f.Rows, plain.Row{{Kind: plain.Bold, Text: e.Ledger}, link(idCopy, e.Copy)})
		box(f, e.Rows)
	}
	f.Rows = append(f.Rows, plain.Row{button(idClose, e.Close, plain.Deny), button(idAgain, e.Again, plain.Primary)})
}

// choose puts a list in the place of everything but STOP and a question's
// countdown.
func choose(f *plain.Form, v presenter.View, l list) {
	f.Rows, f.Focus = nil, idBack
	if v.Page == presenter.BarPage {
		stop(f, v.Bar)
	} else {
		countdown(f, v)
	}
	n := uint16(0)
	for _, p := range l.parts {
		line(f, plain.Bold, p.heading, 0)
		for _, i := range p.items {
			mark := "     " // as wide as the hook
			if i.on {
				mark = "✓ "
			}
			f.Rows = append(f.Rows, plain.Row{link(idChoices+n, mark+i.text)})
			n++
		}
	}
	f.Rows = append(f.Rows, plain.Row{button(idBack, words.Text(v.Lang, words.RegionCancel), plain.Deny)})
}
