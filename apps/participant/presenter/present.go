package presenter

import (
	"fmt"
	"math"
	"slices"
	"time"

	"lotse/apps/ui/renew"
	"lotse/apps/ui/words"
	"lotse/participant/session"
)

// View says what to draw now.
func (p *Presenter) View() View {
	v := View{Page: p.page(), Lang: p.words.Lang(), Title: p.title()}
	switch v.Page {
	case StartPage:
		v.Start, v.Live = p.start()
	case WaitPage:
		v.Wait = p.wait()
	case QuestionPage:
		v.Question, v.Live = p.question(), p.countdown()
	case BarPage:
		v.Bar, v.Live = p.bar(), p.resuming()
	case EndPage:
		v.End = p.end()
	case CheckPage:
		v.Check, v.Live = p.check.View(p.words), Live{Text: p.check.Progress(p.words)}
	}
	return v
}

func (p *Presenter) page() Page {
	switch p.state.Phase {
	case session.Idle:
		if p.trying {
			return WaitPage
		}
	case session.Connecting, session.Proving, session.Waiting:
		return WaitPage
	case session.Joined:
		if p.state.Question != nil {
			return QuestionPage
		}
		return BarPage
	case session.Lost:
		return BarPage
	case session.Ended:
		if p.trying {
			return WaitPage
		}
		if p.wasInside() && !p.again {
			return EndPage
		}
	}
	if p.check.Opened() {
		return CheckPage
	}
	return StartPage
}

// wasInside reports whether the session that ended had been joined, or ended
// by an alarm.
func (p *Presenter) wasInside() bool {
	if p.state.Reason == session.ReasonUnexpectedCall {
		return true
	}
	return slices.ContainsFunc(p.state.Ledger, func(e session.Entry) bool { return e.What != "ended" }) ||
		slices.Contains([]session.Reason{
			session.ReasonEndedByMaster, session.ReasonRemoved, session.ReasonStopKey, session.ReasonStopButton,
		}, p.state.Reason)
}

func (p *Presenter) title() string {
	title := p.profile.AppName
	if title == "" {
		title = p.words.Text(words.AppTitle)
	}
	if p.profile.Development {
		title += " – " + p.words.Text(words.DevelopmentBuild)
	}
	return title
}

func (p *Presenter) start() (StartView, Live) {
	w := p.words
	v := StartView{
		Organisation: p.profile.Organisation,
		Heading:      w.Text(words.StartHeading),
		Welcome:      p.profile.Texts.Welcome.In(w.Lang().Name()),
		Contact:      p.profile.Texts.Contact.In(w.Lang().Name()),
		Prompt:       w.Text(words.StartPrompt),
		Placeholder:  w.Text(words.StartPlaceholder),
		Connect:      w.Text(words.StartConnect),
		CanConnect:   p.waitLeft() <= 0,
		Footer:       w.Text(words.StopAnyTime),
		Caution:      w.Text(words.StopIfSurprised),
	}
	if p.profile.Development {
		v.Development = w.Text(words.DevelopmentBuild)
	}
	reason := p.failure()
	s := w.Reason(words.Customer, reason)
	v.Error, v.ErrorNext = s.What, s.Next
	p.offers(&v, reason)
	switch {
	case reason == session.ReasonWrongPIN && p.state.AttemptsLeft == 1:
		v.Error += " " + w.Text(words.AttemptLeft)
	case reason == session.ReasonWrongPIN && p.state.AttemptsLeft > 1:
		v.Error += " " + w.Text(words.AttemptsLeft, p.state.AttemptsLeft)
	}
	if v.Update = p.updatePage(); v.Update != "" {
		v.ErrorNext = w.Text(words.DownloadPage, p.profile.UpdatePage)
		if p.unseen {
			v.ErrorNext = w.Text(words.UpdateNoOpen, p.profile.UpdatePage)
		}
	}
	var live Live
	if p.outdated() {
		v.Renew, v.Stands, live.Text = p.renewal.Button(w), p.renewal.State().Phase, p.renewal.Says(w)
		if v.Stands == renew.Done { // only the new program helps now
			v.Error, v.ErrorNext, v.Update, v.CanConnect = "", "", "", false
		}
	}
	if left := p.waitLeft(); left > 0 && reason == session.ReasonThrottled {
		live.Text = w.Text(words.WaitSeconds, seconds(left))
	}
	return v, live
}

// failure is what the first page explains: a bad code first, then why the
// last try ended before it began.
func (p *Presenter) failure() session.Reason {
	switch {
	case p.typed != session.ReasonNone:
		return p.typed
	case p.state.Phase != session.Ended || p.wasInside() || p.state.Reason == session.ReasonLeft:
		return session.ReasonNone
	}
	return p.state.Reason
}

func (p *Presenter) wait() WaitView {
	w := p.words
	v := WaitView{Heading: w.Text(words.ConnectingTitle), Cancel: w.Text(words.Cancel)}
	if p.state.Number != "" {
		v.Number = w.Text(words.SessionNumber, p.state.Number)
	}
	if p.state.Phase == session.Proving {
		v.Heading = w.Text(words.ProvingTitle)
	}
	if p.state.Phase == session.Waiting {
		v.Heading = w.Text(words.WaitingTitle)
		v.Detail = w.Text(words.WaitingDetail, p.who(p.state.Peer))
		v.Words = p.compare()
	}
	return v
}

func (p *Presenter) compare() string {
	if p.state.Words == "" {
		return ""
	}
	return p.words.Text(words.CompareWords, p.state.Words)
}

// who names the other side: the person, then the organisation.
func (p *Presenter) who(q session.Person) string {
	name, org := q.Name, q.Organisation
	if name == "" && org == "" {
		name = p.words.Text(words.Unnamed)
	}
	if org == "" {
		org = p.words.Text(words.UnknownCompany)
	}
	return p.words.Person(name, org)
}

func (p *Presenter) question() QuestionView {
	q, w := p.state.Question, p.words
	v := QuestionView{
		ID:         q.ID,
		Heading:    w.Text(words.QuestionHeading),
		Who:        p.who(q.From),
		Badge:      p.badge(q.From),
		Verified:   p.verified(q.From),
		Facts:      p.facts(q.From),
		Wants:      w.Text(words.QuestionWants, p.who(q.From)),
		Why:        q.Why,
		Choose:     w.Text(words.QuestionChoose),
		Zero:       w.Text(words.QuestionZeroNo),
		Allow:      w.Text(words.QuestionAllow),
		Deny:       w.Text(words.QuestionDeny),
		TimeFor:    w.Text(words.TimeFor),
		Times:      p.lengths(),
		Caution:    w.Text(words.QuestionCaution),
		Unexpected: w.Text(words.QuestionUnexpected),
		Paused:     w.Text(words.QuestionPaused),
	}
	if q.Why != "" {
		v.WhyLabel = w.Text(words.QuestionWhy)
	}
	if q.AtZero() != 0 {
		v.Zero = w.Text(words.QuestionZeroSee)
	}
	if (q.Grants | p.state.Grants).Has(session.See) {
		v.Shows, v.Change = p.shows()
	}
	for _, g := range q.Grants.Each() {
		v.Rights = append(v.Rights, Right{Grant: g, Text: w.Ask(g)})
	}
	return v
}

func (p *Presenter) countdown() Live {
	q := p.state.Question
	live := Live{CanAllow: p.canAllow(), CanDeny: p.settled()}
	whole, left := q.Deadline.Sub(q.Asked), q.Deadline.Sub(p.now())
	if whole > 0 {
		live.Left = min(max(float64(left)/float64(whole), 0), 1)
		live.Text = p.words.Text(words.SecondsLeft, seconds(left))
	}
	return live
}

func (p *Presenter) bar() BarView {
	s, w := p.state, p.words
	v := BarView{
		Who:      p.who(s.Peer),
		Badge:    p.badge(s.Peer),
		Verified: p.verified(s.Peer),
		Facts:    p.facts(s.Peer),
		ChipsFor: w.Text(words.BarChips),
		Stop:     w.Text(words.BarStop),
		StopKey:  w.Text(words.BarStopKey),
		Warning:  w.Reason(words.Customer, s.Warning).String(),
		Words:    p.compare(),
		Relay:    w.Text(words.RelayOwn) + ". " + w.Text(words.NobodyCanReadIt),
	}
	if !s.BuiltIn {
		v.Relay = w.Text(words.RelayServer, w.Relay(s.Relay, s.Region)) + ". " + w.Text(words.NobodyCanReadIt)
	}
	if s.Direct && !s.BuiltIn {
		v.Relay = w.Text(words.RelayDirect, s.Relay) + ". " + w.Text(words.NobodyCanReadIt)
	}
	if p.hint {
		v.Hint = w.Text(words.BarCannotClose)
	}
	v.Doing, v.Level = p.doing()
	v.History, v.Past = p.history()
	if s.Phase == session.Lost {
		v.Doing, v.Level, v.Lost = w.Text(words.BarLost), Quiet, true
		return v
	}
	if s.Grants.Has(session.See) {
		v.Shows, v.Change = p.shows()
	}
	v.Limit, v.Times = p.limits()
	p.drill(&v)
	v.Raise = p.raise()
	if p.takeOnly() {
		v.ChipsFor = w.Text(words.BarTakeOnly)
	}
	for _, g := range ((session.See | session.Control | p.given) &^ p.never).Each() {
		on := s.Grants.Has(g)
		fixed := !on && p.takeOnly()
		v.Chips = append(v.Chips, Chip{Grant: g, Text: w.Right(g), On: on, Fixed: fixed})
		if fixed {
			v.TakeOnly = w.Text(words.BarTakeOnlyWhy)
		}
	}
	return v
}

func (p *Presenter) doing() (string, Level) {
	s, w := p.state, p.words
	switch {
	case s.Steered:
		return w.Text(words.BarControlled), Controlled
	case s.Sharing && s.Grants.Has(session.Control):
		return w.Text(words.BarMayControl), Seen
	case s.Sharing:
		return w.Text(words.BarSeen), Seen
	case s.Grants.Has(session.See):
		return w.Text(words.BarShowSoon), Seen
	}
	return w.Text(words.BarNothing), Quiet
}

func (p *Presenter) resuming() Live {
	if p.state.Phase != session.Lost {
		return Live{Limits: p.ends()}
	}
	left := p.state.ResumeUntil.Sub(p.now())
	s := seconds(left)
	return Live{
		Left: min(max(float64(left)/float64(session.ResumeWindow), 0), 1),
		Text: p.words.Text(words.BarLostDetail, s/60, s%60),
	}
}

// seconds rounds up, so that the last second reads 1 and not 0.
func seconds(d time.Duration) int { return int(math.Ceil(max(d, 0).Seconds())) }

func (p *Presenter) end() EndView {
	s, w := p.state, p.words
	why := w.Reason(words.Customer, s.Reason)
	v := EndView{
		Heading: w.Text(words.EndHeading),
		What:    why.What,
		Next:    why.Next,
		Ledger:  w.Text(words.EndLedger),
		Rows:    p.rows(),
		Copy:    w.Text(words.HistoryCopy),
		Again:   w.Text(words.EndNew),
		Close:   w.Text(words.CloseProgram),
		Alarm:   s.Reason == session.ReasonUnexpectedCall,
	}
	if p.now().Sub(p.copied) < copiedFor {
		v.Copy = w.Text(words.HistoryCopied)
	}
	if v.Alarm {
		v.Heading = w.Text(words.EndScamHeading)
	}
	if s.Peer != (session.Person{}) {
		v.Who = w.Text(words.EndWho, fmt.Sprintf("%s (%s)", p.who(s.Peer), p.badge(s.Peer)))
	}
	return v
}
