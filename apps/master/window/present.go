package window

import (
	"cmp"
	"math"
	"strings"
	"time"

	"lotse/apps/ui/renew"
	"lotse/apps/ui/words"
	"lotse/crypto/secret"
	"lotse/master"
	"lotse/participant/message"
	"lotse/participant/session"
	"lotse/participant/watch"
)

// View says what the main window draws now.
func (p *Presenter) View() View {
	w := p.words
	v := View{Lang: w.Lang(), Title: p.title(), Organisation: p.profile.Organisation}
	if p.profile.Development {
		v.Development = w.Text(words.DevelopmentBuild)
	}
	switch {
	case p.check.Opened():
		v.Page, v.Check, v.Live = CheckPage, p.check.View(p.words), Live{Status: p.check.Progress(p.words)}
	case p.inviting && p.open():
		v.Page, v.Invite = InvitePage, p.invite()
	case p.state.Phase == master.Ended && !p.reopened:
		v.Page, v.Ended, v.Live = EndedPage, p.ended(), p.waiting()
	case p.open():
		v.Page, v.Room, v.Live = RoomPage, p.room(), p.live()
	default:
		v.Opening = OpeningView{Heading: w.Text(words.RoomOpening), Detail: w.Text(words.RoomOpeningNext), Check: p.check.Offer(w)}
	}
	return v
}

func (p *Presenter) title() string {
	title := p.profile.AppName
	if title == "" {
		title = p.words.Text(words.AppTitle)
	}
	title += " – " + p.words.Text(words.RoomTitle)
	if p.profile.Development {
		title += " – " + p.words.Text(words.DevelopmentBuild)
	}
	return title
}

func (p *Presenter) ended() EndedView {
	w := p.words
	why := w.Reason(words.Moderator, p.state.Reason)
	v := EndedView{
		Heading: w.Text(words.RoomEnded), What: why.What, Next: why.Next, Update: p.updatePage(),
		Again: w.Text(words.RoomAgain), Close: w.Text(words.CloseProgram),
	}
	if p.state.Number == "" {
		v.Heading = w.Text(words.RoomNotOpened)
	}
	p.offers(&v)
	if p.outdated() {
		v.Renew, v.Stands = p.renewal.Button(w), p.renewal.State().Phase
	}
	if v.Stands == renew.Done { // only the new program helps now
		v.What, v.Next, v.Update, v.Again = "", "", "", ""
	}
	if v.Update != "" {
		v.Next = w.Text(words.DownloadPage, p.profile.UpdatePage)
		if p.unseen {
			v.Next = w.Text(words.UpdateNoOpen, p.profile.UpdatePage)
		}
	}
	return v
}

func (p *Presenter) waiting() Live {
	if left := p.waitLeft(); left > 0 {
		return Live{Status: p.words.Text(words.WaitSeconds, seconds(left))}
	}
	if p.outdated() {
		return Live{Status: p.renewal.Says(p.words)}
	}
	return Live{}
}

func (p *Presenter) room() RoomView {
	s, w := p.state, p.words
	v := RoomView{
		ReadAloud: w.Text(words.RoomReadAloud),
		NumberFor: w.Text(words.RoomNumber), Number: groups(s.Number),
		PINFor: w.Text(words.RoomPIN), PIN: secret.Text(groups(s.PIN.Reveal())),
		Copy: w.Text(words.RoomCopy), NewPIN: w.Text(words.RoomNewPIN),
		Light: Green,
		As:    w.Text(words.RoomAs, p.us()),
		Lock:  w.Text(words.RoomLock),
		End:   w.Text(words.RoomEnd),
		Check: p.check.Offer(w), Invite: w.Text(words.InviteOffer),

		KnockFor: w.Text(words.KnockHeading), MembersFor: w.Text(words.MembersHeading),
	}
	if s.Address != "" {
		v.AddressFor, v.Address = w.Text(words.RoomAddress), "@"+s.Address
	}
	if p.now().Sub(p.copied) < copiedFor {
		v.Copied = w.Text(words.RoomCopied)
	}
	if s.PINRenewed > 0 {
		v.Renewed = w.Text(words.RoomPINRenewed)
	}
	if s.Phase == master.Lost {
		v.Light = Amber
	}
	if s.Locked {
		v.Lock, v.Locked = w.Text(words.RoomUnlock), w.Text(words.RoomLocked)
	}
	if p.sure {
		v.Sure, v.EndYes, v.EndNo = w.Text(words.RoomEndSure), w.Text(words.RoomEndYes), w.Text(words.RoomEndNo)
	}
	for _, k := range s.Knocks {
		knock := KnockView{
			Conn: k.Conn, Who: w.Text(words.KnockWho, p.name(k.Name, words.Unnamed)), Words: p.compare(k.Words),
			Admit: w.Text(words.KnockAdmit), Refuse: w.Text(words.KnockRefuse),
		}
		if k.Link {
			knock.Link = w.Text(words.KnockLink)
		}
		v.Knocks = append(v.Knocks, knock)
	}
	for _, m := range s.Members {
		v.Members = append(v.Members, p.memberView(m))
	}
	if len(v.Members) == 0 {
		v.None = w.Text(words.MembersNone)
	}
	return v
}

// us is how the customer sees us.
func (p *Presenter) us() string { return p.words.Person(p.state.Name, p.state.Organisation) }

// name is what to call somebody; unnamed is for those who gave no name.
func (p *Presenter) name(name string, unnamed words.Key) string {
	return cmp.Or(name, p.words.Text(unnamed))
}

func (p *Presenter) compare(sas string) string {
	if sas == "" {
		return ""
	}
	return p.words.Text(words.KnockWords, sas)
}

// groups puts digits into groups of three, as they are read out.
func groups(digits string) string {
	var parts []string
	for len(digits) > 3 {
		parts = append(parts, digits[:3])
		digits = digits[3:]
	}
	return strings.Join(append(parts, digits), " ")
}

func (p *Presenter) memberView(m master.Member) MemberView {
	w := p.words
	v := MemberView{
		ID: m.ID, Name: p.name(m.Name, words.UnnamedCustomer), Light: p.light(m),
		Left: w.Reason(words.Parting, m.Gone).String(),
	}
	if v.Left != "" {
		return v
	}
	v.AllowsFor, v.Words = w.Text(words.MemberAllows), p.compare(m.Words)
	v.Trouble = w.Reason(words.Moderator, m.Trouble).String()
	for _, g := range m.Grants.Each() {
		v.Allows = append(v.Allows, w.Right(g))
	}
	if len(v.Allows) == 0 {
		v.Allows = []string{w.Text(words.RightNone)}
	}
	v.Remove = w.Text(words.MemberRemove)
	if p.Shares(m.ID) {
		v.Show = w.Text(words.MemberShow)
	}
	if m.Asked != 0 || m.Away {
		return v
	}
	if !m.Grants.Has(session.See) {
		v.AskSee = w.Text(words.MemberAskSee)
	}
	if !(m.Grants | p.never).Has(session.Control) {
		v.AskControl = w.Text(words.MemberAskControl)
	}
	if v.AskSee+v.AskControl != "" {
		v.Reason = w.Text(words.MemberReason)
	}
	return v
}

func (p *Presenter) light(m master.Member) Light {
	switch {
	case m.Gone != session.ReasonNone:
		return Grey
	case m.Away, m.Asked != 0:
		return Amber
	case m.Answer == session.ReasonStopKey, m.Answer == session.ReasonStopButton, m.Answer == session.ReasonUnexpectedCall:
		return Red
	case m.Grants != 0:
		return Green
	}
	return Grey
}

func (p *Presenter) live() Live {
	s, w := p.state, p.words
	l := Live{Members: make(map[uint8]string)}
	switch {
	case s.Phase == master.Lost:
		left := seconds(s.ResumeUntil.Sub(p.now()))
		l.Status = w.Text(words.RoomLost, left/60, left%60)
	case s.BuiltIn:
		l.Status = w.Text(words.RoomReadyOwn)
	default:
		l.Status = w.Text(words.RoomReady, w.Relay(s.Relay, s.Region))
	}
	for _, m := range p.present() {
		l.Members[m.ID] = p.status(m)
	}
	return l
}

// status is how things stand with a member, in words.
func (p *Presenter) status(m master.Member) string {
	w := p.words
	switch {
	case m.Away:
		return w.Text(words.MemberAway)
	case m.Asked != 0:
		if left := m.AskedUntil.Sub(p.now()); left > 0 {
			return w.Text(words.MemberAsked, seconds(left))
		}
		return w.Text(words.MemberAskedOver)
	case m.Answer != session.ReasonNone:
		return w.Reason(words.Moderator, m.Answer).String()
	case m.Grants != 0:
		return w.Text(words.MemberGranted)
	}
	return ""
}

// seconds rounds up, so that the last second reads 1 and not 0.
func seconds(d time.Duration) int { return int(math.Ceil(max(d, 0).Seconds())) }

// Viewer says what the window with a member's screen draws now.
func (p *Presenter) Viewer(id uint8) ViewerView {
	w := p.words
	m, ok := p.member(id)
	if !ok {
		return p.over(id)
	}
	v := ViewerView{
		Title: p.viewerTitle(m), Text: w.Text(words.ViewerViewing),
		Waiting: w.Text(words.ViewerWaiting), End: w.Text(words.ViewerEnd),
		Sharing: p.Shares(id), Control: p.Controls(id),
	}
	if v.Sharing {
		p.choices(&v, m)
	}
	if v.Control {
		p.keys(&v, m)
	}
	if p.Points(id) {
		p.tools(&v)
	}
	v.Note = p.viewerNote(m)
	holds := m.Grants.Has(session.Control)
	switch {
	case m.Away || p.state.Phase == master.Lost:
		v.Text, v.Light = w.Text(words.ViewerAway), Amber
	case holds && m.Asked != 0:
		v.Text, v.Light = w.Text(words.ViewerPaused), Amber
	case v.Control:
		v.Text, v.Light, v.Hint = w.Text(words.ViewerControl), Red, w.Text(words.ViewerClickFirst)
	case !m.Grants.Has(session.See):
		v.Text, v.Waiting = w.Text(words.ViewerHidden), w.Text(words.ViewerHiddenNext)
	}
	p.offer(&v, m)
	return v
}

// tools fills the menu of what to draw with.
func (p *Presenter) tools(v *ViewerView) {
	w := p.words
	v.Point, v.Wipe, v.Hint = w.Text(words.ViewerPoint), w.Text(words.ViewerWipe), w.Text(words.ViewerPointHow)
	v.NoteFor, v.NoteSend, v.NoteNot = w.Text(words.ViewerNoteFor), w.Text(words.ViewerNoteSend), w.Text(words.ViewerNoteNot)
	if v.Control {
		v.Tools = append(v.Tools, ToolChoice{w.Text(words.ToolHand), Hand})
	}
	for _, c := range []struct {
		key  words.Key
		tool Tool
	}{
		{words.ToolPointer, PointerTool},
		{words.ToolArrow, ArrowTool},
		{words.ToolMarker, MarkerTool},
		{words.ToolBox, BoxTool},
		{words.ToolNote, NoteTool},
	} {
		v.Tools = append(v.Tools, ToolChoice{w.Text(c.key), c.tool})
	}
}

// choices fills the menu of the viewer.
func (p *Presenter) choices(v *ViewerView, m master.Member) {
	w := p.words
	v.View, v.FullScreen = w.Text(words.ViewerView), w.Text(words.ViewerFullScreen)
	v.Zooms = [3]string{w.Text(words.ViewerFit), w.Text(words.ViewerFull), w.Text(words.ViewerDouble)}
	if len(m.Monitors) > 1 {
		v.MonitorsFor = w.Text(words.ViewerMonitors)
		for i, d := range m.Monitors {
			text := w.Text(words.ViewerMonitor, i+1, d.Width, d.Height)
			v.Monitors = append(v.Monitors, Choice{Text: text, On: m.Shown == d.ID, Display: d.ID})
		}
		v.Monitors = append(v.Monitors, Choice{Text: w.Text(words.ViewerAllMonitors), On: m.Target == message.TargetAll})
	}
	v.QualityFor = w.Text(words.ViewerQuality)
	for _, c := range []Choice{
		{Text: w.Text(words.ViewerBest)},
		{Text: w.Text(words.ViewerLess), Wish: master.Wish{Rate: lessRate}},
		{Text: w.Text(words.ViewerGrey), Wish: master.Wish{Rate: lessRate, Grey: true}},
	} {
		c.On = m.Wish == c.Wish
		v.Qualities = append(v.Qualities, c)
	}
	p.clips(v, m)
}

// clipboards are both directions.
const clipboards = session.ClipboardIn | session.ClipboardOut

// clips offers to share the clipboard, or to stop.
func (p *Presenter) clips(v *ViewerView, m master.Member) {
	switch {
	case m.Grants&clipboards != 0:
		v.ClipEnd = p.words.Text(words.ViewerClipEnd)
	case m.Asked == 0 && !m.Away && !p.never.Has(clipboards):
		v.ClipAsk = p.words.Text(words.ViewerClipAsk)
	}
}

// lessRate is how many pictures a second a moderator on a slow line asks for.
const lessRate = 5

// Flow says in words how well the pictures come: what they take, how late they
// are and how good.
func (p *Presenter) Flow(id uint8, s watch.Stats) string {
	m, ok := p.member(id)
	if !ok || !p.Shares(id) {
		return ""
	}
	trip := max(m.Trip, m.RoundTrip)
	if trip == 0 {
		return ""
	}
	const good, fair = 1, 3
	quality := words.ViewerReduced
	switch {
	case m.Step <= good:
		quality = words.ViewerSharp
	case m.Step <= fair:
		quality = words.ViewerFair
	}
	flow := p.words.Text(words.ViewerFlow, (s.Bits+500)/1000, max(trip.Milliseconds(), 1), p.words.Text(quality))
	if m.Direct {
		flow += " · " + p.words.Text(words.Directly)
	}
	return flow
}

// offer adds what can be asked for or handed back.
func (p *Presenter) offer(v *ViewerView, m master.Member) {
	w := p.words
	switch {
	case m.Grants.Has(session.Control):
		v.GiveBack = w.Text(words.ViewerGiveBack)
	case m.Asked != 0 || m.Away:
	case m.Grants.Has(session.See) && p.never.Has(session.Control):
	case m.Grants.Has(session.See):
		v.Ask, v.AskFor = w.Text(words.ViewerAsk), session.Control
	default:
		v.Ask, v.AskFor = w.Text(words.MemberAskSee), session.See
	}
}

// over is what the viewer says after its member left.
func (p *Presenter) over(id uint8) ViewerView {
	w := p.words
	m, ok := p.left(id)
	if !ok {
		m.Gone = session.ReasonLeft
	}
	why := w.Reason(words.Parting, m.Gone)
	return ViewerView{
		Title: p.viewerTitle(m), Text: w.Text(words.ViewerOver), Light: Grey,
		Left: why.What, LeftNext: why.Next, Close: w.Text(words.ViewerClose),
	}
}

func (p *Presenter) viewerTitle(m master.Member) string {
	if m.Name == "" {
		return p.words.Text(words.ViewerUnnamed)
	}
	return p.words.Text(words.ViewerTitle, m.Name)
}

// viewerNote is what the viewer says about the last question or a trouble.
func (p *Presenter) viewerNote(m master.Member) string {
	nothingArrives := m.Trouble == session.ReasonRaisedWindow || m.Trouble == session.ReasonSecureDesktop
	if nothingArrives && m.Asked == 0 {
		return p.words.Reason(words.Moderator, m.Trouble).String()
	}
	if note := p.clipNote(m); note != "" && m.Asked == 0 {
		return note
	}
	if m.Asked != 0 || m.Answer != session.ReasonNone {
		return p.status(m)
	}
	return p.words.Reason(words.Moderator, m.Trouble).String()
}

// clipNote is what the viewer says about something copied that takes a while
// or can't go.
func (p *Presenter) clipNote(m master.Member) string {
	switch {
	case m.ClipTooLarge:
		return p.words.Text(words.ViewerClipTooMuch)
	case m.Clip.Total == 0:
		return ""
	case m.Clip.Incoming:
		return p.words.Text(words.ViewerClipFrom, m.Clip.Percent())
	}
	return p.words.Text(words.ViewerClipTo, m.Clip.Percent())
}
