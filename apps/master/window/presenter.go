package window

import (
	"slices"
	"time"

	"lotse/apps/ui/checkup"
	"lotse/apps/ui/renew"
	"lotse/apps/ui/words"
	"lotse/master"
	"lotse/packaging/profile"
	"lotse/participant/session"
)

// Commands is what the windows ask of a room.
type Commands interface {
	Admit(conn uint32)
	Refuse(conn uint32)
	Ask(member uint8, g session.Grants, why string)
	GiveBack(member uint8, g session.Grants)
	Remove(member uint8)
	RenewPIN()
	Lock(on bool)
	End()
	// Invite makes a personal link, Withdraw takes one back, HideLink ends that
	// the newest is shown.
	Invite(name string)
	Withdraw(id uint32)
	HideLink()
	// Reopen opens the next room after one has ended.
	Reopen()
	// Browse shows a page in the browser.
	Browse(page string) error
}

// copiedFor is how long the window says that the code was copied.
const copiedFor = 4 * time.Second

// Presenter turns states into views and what was pressed into commands. One
// goroutine uses it, Fyne's.
type Presenter struct {
	do      Commands
	profile *profile.Profile
	words   *words.Words
	now     func() time.Time

	state      master.State
	since      time.Time // when state came
	copied     time.Time
	sure       bool           // End was pressed once
	reopened   bool           // the end page was left
	inviting   bool           // the page of personal links is shown
	linkCopied time.Time      // when the newest was copied
	check      *checkup.Page  // whether the servers can be reached; nil is not offered
	unseen     bool           // the download page did not come up
	renewal    *renew.Renewal // replaces this program; nil is not offered
	never      session.Grants // what the profile lets nobody ask for
}

// NewPresenter returns a presenter that waits for the first state.
func NewPresenter(do Commands, p *profile.Profile, lang words.Lang, now func() time.Time) *Presenter {
	never, ok := session.Named(p.Never)
	if !ok { // the room has refused such a profile
		never = session.All
	}
	return &Presenter{do: do, profile: p, words: words.In(lang), now: now, since: now(), never: never}
}

// UpdatePage opens the profile's page with a newer program, and nothing else: no
// address comes from the network.
func (p *Presenter) UpdatePage() {
	if p.updatePage() != "" {
		p.unseen = p.do.Browse(p.profile.UpdatePage) != nil
	}
}

// Renews lets the end page offer to replace this program, when it is too old.
func (p *Presenter) Renews(r *renew.Renewal) { p.renewal = r }

// Renew begins to replace this program, or calls that off.
func (p *Presenter) Renew() { p.renewal.Press() }

// outdated reports whether a newer program is what helps.
func (p *Presenter) outdated() bool {
	return p.state.Reason == session.ReasonUpgrade || p.state.Reason == session.ReasonProfileOver
}

// updatePage is what the button says that opens the page, or nothing where it
// would not help or there is no page.
func (p *Presenter) updatePage() string {
	if p.profile.UpdatePage == "" || !p.outdated() {
		return ""
	}
	return p.words.Text(words.UpdateOpen)
}

// Update takes a new state.
func (p *Presenter) Update(s master.State) {
	if s.Phase != p.state.Phase {
		p.sure, p.reopened, p.unseen = false, false, false
	}
	if p.somebodyWaits(s) {
		p.check.Close()
		p.InviteDone()
	}
	p.state, p.since = s, p.now()
}

// Admit lets somebody in, Refuse sends somebody away. Both are for those who
// are still at the door only.
func (p *Presenter) Admit(conn uint32) {
	if p.knocks(conn) {
		p.do.Admit(conn)
	}
}

// Refuse sends somebody away who is at the door.
func (p *Presenter) Refuse(conn uint32) {
	if p.knocks(conn) {
		p.do.Refuse(conn)
	}
}

func (p *Presenter) knocks(conn uint32) bool {
	return slices.ContainsFunc(p.state.Knocks, func(k master.Knock) bool { return k.Conn == conn })
}

// Ask asks a member for a right that the profile does not forbid. Control without a picture is of no use, so
// it asks for both.
func (p *Presenter) Ask(member uint8, g session.Grants, why string) {
	m, ok := p.member(member)
	if !ok || m.Asked != 0 {
		return
	}
	if g.Has(session.Control) {
		g |= session.See
	}
	if g.Has(session.See) && !m.Grants.Has(session.See) { // showing where is the first way to help
		g |= session.Point
	}
	if g &^= m.Grants | p.never; g != 0 {
		p.do.Ask(member, g, why)
	}
}

// GiveBack hands rights back, as far as we have them.
func (p *Presenter) GiveBack(member uint8, g session.Grants) {
	if m, ok := p.member(member); ok && m.Grants&g != 0 {
		p.do.GiveBack(member, m.Grants&g)
	}
}

// Remove sends a member out.
func (p *Presenter) Remove(member uint8) { p.do.Remove(member) }

// RenewPIN draws a new PIN.
func (p *Presenter) RenewPIN() { p.do.RenewPIN() }

// Lock locks the room, or unlocks it.
func (p *Presenter) Lock() { p.do.Lock(!p.state.Locked) }

// End asks first; EndYes ends, EndNo goes on.
func (p *Presenter) End() { p.sure = true }

// EndYes ends the session for everybody.
func (p *Presenter) EndYes() {
	p.sure = false
	p.do.End()
}

// EndNo goes on.
func (p *Presenter) EndNo() { p.sure = false }

// Reopen leaves the end page for the next room.
func (p *Presenter) Reopen() {
	if p.state.Phase != master.Ended || p.reopened || p.waitLeft() > 0 {
		return
	}
	p.reopened = true
	p.do.Reopen()
}

// Close reports whether the window may close. With somebody in the room it
// asks first.
func (p *Presenter) Close() bool {
	if p.open() && len(p.present()) > 0 && !p.sure {
		p.sure = true
		p.check.Close()
		p.InviteDone()
		return false
	}
	if p.state.Phase != master.Ended {
		p.do.End()
	}
	p.check.Close()
	return true
}

// Copy returns the code for the clipboard and says so for a while; it is
// empty while there is none.
func (p *Presenter) Copy() string {
	if !p.open() || p.state.Number == "" {
		return ""
	}
	p.copied = p.now()
	return p.state.Code()
}

// SwitchLanguage goes to the other language.
func (p *Presenter) SwitchLanguage() { p.words = words.In(p.words.Lang().Other()) }

// Controls reports whether keys and pointer may be sent to a member now.
func (p *Presenter) Controls(member uint8) bool {
	m, ok := p.member(member)
	return ok && p.state.Phase == master.Open && !m.Away && m.Asked == 0 &&
		m.Sharing && m.Grants.Has(session.See|session.Control)
}

// Points reports whether marks may be sent to a member now.
func (p *Presenter) Points(member uint8) bool {
	m, ok := p.member(member)
	return ok && p.state.Phase == master.Open && !m.Away && m.Asked == 0 &&
		m.Sharing && m.Grants.Has(session.See|session.Point)
}

// Shares reports whether a member's screen is there to be seen.
func (p *Presenter) Shares(member uint8) bool {
	m, ok := p.member(member)
	return ok && m.Sharing && m.Grants.Has(session.See)
}

// Sharers are the members whose screens are there to be seen.
func (p *Presenter) Sharers() []uint8 {
	var ids []uint8
	for _, m := range p.present() {
		if p.Shares(m.ID) {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

func (p *Presenter) open() bool {
	return p.state.Phase == master.Open || p.state.Phase == master.Lost
}

// present are the members who have not left.
func (p *Presenter) present() []master.Member {
	return slices.DeleteFunc(slices.Clone(p.state.Members), func(m master.Member) bool {
		return m.Gone != session.ReasonNone
	})
}

// member finds one who has not left.
func (p *Presenter) member(id uint8) (master.Member, bool) {
	return find(p.state.Members, func(m master.Member) bool { return m.ID == id && m.Gone == session.ReasonNone })
}

// left finds who left last under a number; the numbers are given out again.
func (p *Presenter) left(id uint8) (master.Member, bool) {
	latest := slices.Clone(p.state.Members)
	slices.Reverse(latest)
	return find(latest, func(m master.Member) bool { return m.ID == id && m.Gone != session.ReasonNone })
}

func find(members []master.Member, is func(master.Member) bool) (master.Member, bool) {
	if i := slices.IndexFunc(members, is); i >= 0 {
		return members[i], true
	}
	return master.Member{}, false
}

// waitLeft is how long a throttled master still has to wait.
func (p *Presenter) waitLeft() time.Duration {
	if p.state.Reason != session.ReasonThrottled {
		return 0
	}
	return p.since.Add(p.state.RetryAfter).Sub(p.now())
}
