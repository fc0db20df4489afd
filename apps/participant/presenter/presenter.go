package presenter

import (
	"context"
	"image"
	"slices"
	"time"

	"lotse/apps/ui/checkup"
	"lotse/apps/ui/renew"
	"lotse/apps/ui/words"
	"lotse/capture"
	"lotse/capture/screen"
	"lotse/packaging/profile"
	"lotse/participant"
	"lotse/participant/session"
)

// Commands is what the window asks of a session.
type Commands interface {
	// Connect begins a session; Cancel gives up on the way into it.
	Connect(code session.Code)
	Cancel()
	// Answer says what of a question is granted, and for how long: 0 is until
	// the end. Touch says that the person has begun to answer.
	Answer(question uint32, granted session.Grants, hold time.Duration)
	Touch(question uint32)
	SetGrants(g session.Grants)
	// Limit sets anew how long rights hold.
	Limit(g session.Grants, hold time.Duration)
	// Rehearse lets the next F11 show that it works, or no longer does.
	Rehearse(on bool)
	// Own names the program's windows, so that pictures do not show them while
	// they ask something; those that are private are never shown.
	Own(w participant.Own)
	Stop(why session.Reason)
	// Aside lets nobody press anything for a moment, while the person is about
	// to.
	Aside(on bool)
	// AskRaise opens or closes the program's own question whether it shall run
	// again as administrator; Raise is the yes to it.
	AskRaise(open bool)
	Raise()
	// Alive is a sign of life of the thread on which buttons are pressed.
	Alive()
	// Show chooses what is shown; Displays and Windows list what can be.
	Show(t screen.Target)
	Displays() ([]capture.Display, error)
	Windows() ([]capture.Window, error)
	// Picture returns the whole computer as it looks now, and where on the
	// desktop its first pixel lies.
	Picture(ctx context.Context) (*image.RGBA, image.Point, error)
	// Browse shows a page in the browser.
	Browse(page string) error
}

// settleTime is how long a fresh question takes no answer: whoever was typing
// when it came must not have given one.
const settleTime = 500 * time.Millisecond

// Presenter turns states into views and what was pressed into commands. One
// goroutine uses it, Fyne's.
type Presenter struct {
	do      Commands
	profile *profile.Profile
	words   *words.Words
	now     func() time.Time

	state participant.State
	since time.Time // when state came

	typed   session.Reason // why the last code was not even tried
	trying  bool           // Connect was pressed, no state came yet
	again   bool           // the end page was left
	hint    bool           // somebody tried to close the bar
	shown   uint32         // the question that is shown
	shownAt time.Time
	choice  session.Grants
	hold    time.Duration   // for how long it is to be allowed
	touched bool            // the person has begun to answer it
	past    bool            // the history is shown
	joined  time.Time       // when the session was joined
	worked  time.Time       // when the rehearsal of F11 worked
	copied  time.Time       // when the history was copied
	own     participant.Own // our windows
	given   session.Grants  // what was allowed at some time in this session
	check   *checkup.Page   // whether the servers can be reached; nil is not offered
	never   session.Grants  // what the profile lets nobody be given
	unseen  bool            // the download page did not come up
	renewal *renew.Renewal  // replaces this program; nil is not offered
}

// New returns a presenter that shows the first page.
func New(do Commands, p *profile.Profile, lang words.Lang, now func() time.Time) *Presenter {
	never, ok := session.Named(p.Never)
	if !ok { // participant.New has refused such a profile
		never = session.All
	}
	return &Presenter{do: do, profile: p, words: words.In(lang), now: now, since: now(), never: never}
}

// Colours are the organisation's own.
func (p *Presenter) Colours() profile.Colours { return p.profile.Colours }

// UpdatePage opens the profile's page with a newer program, and nothing else: no
// address comes from the network.
func (p *Presenter) UpdatePage() {
	if p.updatePage() != "" {
		p.unseen = p.do.Browse(p.profile.UpdatePage) != nil
	}
}

// Renews lets the first page offer to replace this program, when it is too old.
func (p *Presenter) Renews(r *renew.Renewal) { p.renewal = r }

// Renew begins to replace this program, or calls that off.
func (p *Presenter) Renew() { p.renewal.Press() }

// outdated reports whether a newer program is what helps.
func (p *Presenter) outdated() bool {
	why := p.failure()
	return why == session.ReasonUpgrade || why == session.ReasonProfileOver
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
func (p *Presenter) Update(s participant.State) {
	if s.Phase != p.state.Phase {
		p.unseen = false
		p.again, p.hint, p.past = false, false, false
		p.check.Close()
	}
	p.times(s)
	p.state, p.since, p.trying = s, p.now(), false
	p.given |= s.Grants
	if !p.Connected() {
		p.given = 0
	}
	if s.Phase != session.Idle && s.Phase != session.Ended {
		p.typed = session.ReasonNone
	}
	if q := s.Question; q != nil && q.ID != p.shown {
		p.shown, p.shownAt, p.choice, p.hold, p.touched = q.ID, p.now(), q.Grants, 0, false
	}
}

// Connect tries what was typed.
func (p *Presenter) Connect(typed string) {
	if p.busy() || p.waitLeft() > 0 {
		return
	}
	code, err := session.ParseCode(typed)
	if err != nil {
		p.typed, p.again = session.ReasonBadCode, true
		return
	}
	p.typed, p.trying, p.shown = session.ReasonNone, true, 0
	p.do.Connect(code)
}

// Cancel gives up on the way into a session.
func (p *Presenter) Cancel() { p.do.Cancel() }

// Choose ticks or unticks one right of the open question. Nobody steers or
// points at what nobody sees. A person who chooses is not silent.
func (p *Presenter) Choose(g session.Grants, on bool) {
	q := p.state.Question
	if q == nil {
		return
	}
	if q.YesAtZero && !p.touched {
		p.touched = true
		p.do.Touch(q.ID)
	}
	const blind = session.Control | session.Point
	sees := p.state.Grants.Has(session.See)
	switch {
	case on && g&blind != 0 && !sees:
		p.choice |= g | q.Grants&session.See
	case on:
		p.choice |= g
	case g.Has(session.See) && !sees:
		p.choice &^= g | blind
	default:
		p.choice &^= g
	}
}

// Choice returns what is ticked.
func (p *Presenter) Choice() session.Grants { return p.choice }

// Allow grants what is ticked. It does nothing in the question's first moment
// and without a tick.
func (p *Presenter) Allow() {
	q := p.state.Question
	if q == nil || !p.canAllow() {
		return
	}
	p.do.Answer(q.ID, p.choice&q.Grants, p.hold)
}

// Deny answers no, but for the question's first moment too: a stray key is no
// answer either.
func (p *Presenter) Deny() {
	if q := p.state.Question; q != nil && p.settled() {
		p.do.Answer(q.ID, 0, 0)
	}
}

// canAllow reports whether there is something to allow, after the question's
// first moment.
func (p *Presenter) canAllow() bool {
	return p.settled() && p.choice&p.state.Question.Grants != 0
}

// takeOnly reports whether rights can only be taken away: while another's
// hand may be on the mouse, a click proves no will of the person's.
func (p *Presenter) takeOnly() bool { return p.state.Grants.Has(session.Control) }

func (p *Presenter) settled() bool { return p.now().Sub(p.shownAt) >= settleTime }

// Unexpected is the way out of a call that the person did not expect.
func (p *Presenter) Unexpected() { p.do.Stop(session.ReasonUnexpectedCall) }

// Stop is the STOP button, and StopKey F11 in our own window.
func (p *Presenter) Stop() { p.do.Stop(session.ReasonStopButton) }

// StopKey is F11 pressed while our window has the focus; elsewhere the stop
// key's own listener hears it.
func (p *Presenter) StopKey() {
	if p.Connected() {
		p.do.Stop(session.ReasonStopKey)
	}
}

// Grant gives or takes one right, at any time.
func (p *Presenter) Grant(g session.Grants, on bool) {
	if p.state.Phase != session.Joined || on && (p.takeOnly() || g&p.never != 0) {
		return
	}
	next := p.state.Grants &^ g
	if on {
		next |= g
	}
	if on && g == session.Control { // nobody steers what nobody sees
		next |= session.See
	}
	if !on && g == session.See {
		next &^= session.Control | session.Point
	}
	p.do.SetGrants(next)
}

// Close reports whether the window may close. It may not while somebody is
// connected; the bar says why.
func (p *Presenter) Close() bool {
	if p.Connected() {
		p.hint = true
		return false
	}
	if p.busy() {
		p.do.Cancel()
	}
	p.check.Close()
	return true
}

// Connected reports whether somebody is in a session with this computer.
func (p *Presenter) Connected() bool {
	return p.state.Phase == session.Joined || p.state.Phase == session.Lost
}

// Again leaves the end page.
func (p *Presenter) Again() { p.again = true }

// SwitchLanguage goes to the other language.
func (p *Presenter) SwitchLanguage() { p.words = words.In(p.words.Lang().Other()) }

func (p *Presenter) busy() bool {
	return p.trying || !slices.Contains([]session.Phase{session.Idle, session.Ended}, p.state.Phase)
}

// waitLeft is how long a throttled person still has to wait.
func (p *Presenter) waitLeft() time.Duration {
	if p.state.Reason != session.ReasonThrottled {
		return 0
	}
	return p.since.Add(p.state.RetryAfter).Sub(p.now())
}

// Aside keeps input from afar away while the pointer is over STOP.
func (p *Presenter) Aside(on bool) { p.do.Aside(on) }

// Alive is the window's sign of life: whoever draws it calls this four times a
// second from the thread on which its buttons are pressed. When it stays away,
// nothing from afar is let in and a STOP without a toolkit comes up.
func (p *Presenter) Alive() { p.do.Alive() }

// Picture returns the whole computer as it looks now, and where on the desktop
// its first pixel lies.
func (p *Presenter) Picture(ctx context.Context) (*image.RGBA, image.Point, error) {
	return p.do.Picture(ctx)
}
