package presenter

import (
	"slices"
	"strings"
	"time"

	"lotse/apps/ui/words"
	"lotse/participant/session"
)

// copiedFor is how long a window says that it copied something.
const copiedFor = 3 * time.Second

// History shows what was asked and allowed so far, or hides it.
func (p *Presenter) History() { p.past = !p.past }

// history is the way to what happened so far, and that itself when it is
// shown.
func (p *Presenter) history() (link string, past []Row) {
	if p.past {
		return p.words.Text(words.HistoryHide), p.rows()
	}
	if len(p.state.Ledger) == 0 {
		return "", nil
	}
	return p.words.Text(words.History), nil
}

// Transcript returns everything that happened as text, for the clipboard.
func (p *Presenter) Transcript() string {
	p.copied = p.now()
	s, w := p.state, p.words
	lines := []string{p.title(), w.Text(words.EndLedger), ""}
	if s.Peer != (session.Person{}) {
		lines = append(lines, w.Text(words.EndWho, p.who(s.Peer)), p.facts(s.Peer))
	}
	if s.Number != "" {
		lines = append(lines, w.Text(words.SessionNumber, s.Number))
	}
	day := ""
	for _, e := range s.Ledger {
		if d := p.date(e.At); d != day {
			day = d
			lines = append(lines, "", day)
		}
		lines = append(lines, clock(e.At)+"  "+p.entry(e))
	}
	return strings.Join(lines, "\n") + "\n"
}

func (p *Presenter) date(t time.Time) string { return t.Local().Format(p.words.Text(words.DateForm)) }

func (p *Presenter) rows() []Row {
	var rows []Row
	for _, e := range p.state.Ledger {
		rows = append(rows, Row{At: clock(e.At), Text: p.entry(e)})
	}
	if cut := len(rows) - rowLimit; cut > 0 {
		half := rowLimit / 2
		gap := Row{Text: p.words.Text(words.LogCut, cut)}
		rows = slices.Concat(rows[:half], []Row{gap}, rows[half+cut:])
	}
	return rows
}

// entry is one line of the ledger in words.
func (p *Presenter) entry(e session.Entry) string {
	w := p.words
	rights, about := w.Rights(e.Grants), w.Rights(e.About)
	switch e.What {
	case "asked":
		return w.Text(words.LogAsked, about)
	case "forbidden":
		return w.Text(words.LogForbidden, about)
	case "granted":
		return p.yes(e)
	case "changed":
		return w.Text(words.LogChanged, rights)
	case "limited":
		if e.For == 0 {
			return w.Text(words.LogUnlimited, about)
		}
		return w.Text(words.LogLimited, minutes(e.For), about)
	case "time_over":
		return w.Text(words.LogTimeOver, about, rights)
	case "given_back":
		return w.Text(words.LogGivenBack, rights)
	}
	return p.plainEntry(e.What)
}

// yes is a line about something that was allowed.
func (p *Presenter) yes(e session.Entry) string {
	w, rights := p.words, p.words.Rights(e.Grants)
	switch {
	case e.Silent:
		return w.Text(words.LogGrantedSilent, rights)
	case e.For > 0:
		return w.Text(words.LogGrantedFor, minutes(e.For), rights)
	}
	return w.Text(words.LogGranted, rights)
}

// plainEntry is a line that is about no right.
func (p *Presenter) plainEntry(what string) string {
	key, ok := map[string]words.Key{
		"declined": words.LogDeclined, "expired": words.LogExpired, "withdrawn": words.LogWithdrawn,
		"paused": words.LogPaused, "resumed": words.LogResumed, "ended": words.LogEnded,
	}[what]
	if !ok {
		return p.words.Text(words.LogOther, what)
	}
	return p.words.Text(key)
}

func minutes(d time.Duration) int { return int(d.Round(time.Minute) / time.Minute) }
