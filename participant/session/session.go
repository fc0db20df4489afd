// Package session is one session as values: where it stands, what a person
// allowed and why it ended. What is allowed is decided here and nowhere else.
//
// It has no clock, no network and no window. Every event brings its own time.
package session

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Phase is where a session stands.
type Phase uint8

// The phases, in the order in which they come.
const (
	Idle       Phase = iota // nothing has begun
	Connecting              // reaching a relay
	Proving                 // agreeing on a key with the master
	Waiting                 // proven, the moderator has not yet admitted us
	Joined                  // in the room
	Lost                    // the connection broke; it is being resumed
	Ended                   // over; only a new session follows
)

// ResumeWindow is how long a broken connection may be resumed without asking
// the person again (protocol.md §3).
const ResumeWindow = 10 * time.Minute

// ErrOrder is returned for an event that can't happen now. Nothing changed.
var ErrOrder = errors.New("session: event does not fit the phase")

// Person is who is on the other side, as proven in the handshake.
type Person struct {
	// Name is what the person is called.
	Name string
	// Organisation is the licence's holder.
	Organisation string
	// Verified says that name and organisation stand in a licence whose issuer
	// our own profile names, and that the licence is that side's own.
	Verified bool
	// PIN says that the key agreement proved the PIN that our person typed:
	// the other side is who told it to them.
	PIN bool
	// Link says that it was a personal link's secret and no PIN.
	Link bool
	// Licence is the licence's number; a handle, no secret.
	Licence string
	// LicenceUntil is when the licence runs out; zero is unknown.
	LicenceUntil time.Time
}

// Question is what a person is asked. The zero Question asks nothing.
type Question struct {
	// ID tells questions apart; the master counts them up from 1.
	ID uint32
	// From is who asks.
	From Person
	// Grants is what is asked for.
	Grants Grants
	// Why is the asker's own sentence; it may be empty.
	Why string
	// Asked is when the question was put.
	Asked time.Time
	// Deadline is when the countdown is at zero.
	Deadline time.Time
	// YesAtZero says that silence is a yes then, to what AtZero returns.
	YesAtZero bool
}

// Entry is one line of the consent ledger.
type Entry struct {
	At time.Time
	// What happened: "asked", "granted", "declined", "expired", "withdrawn",
	// "forbidden", "changed", "limited", "time_over", "given_back", "paused", "resumed",
	// "ended".
	What string
	// Grants holds after it.
	Grants Grants
	// Question is the number of the question it answers, or 0.
	Question uint32
	// Silent marks a "granted" that nobody spoke: the countdown came to zero
	// and the profile says yes.
	Silent bool
	// Reason is set for "ended".
	Reason Reason
	// About is what was asked for, granted, limited or over.
	About Grants
	// For is how long "granted" and "limited" hold; 0 is until the end.
	For time.Duration
}

// maxLedger is how many lines are kept. A session that is fuller has a peer
// that asks without end or a line that breaks without end: the oldest of
// those lines goes first, what the person allowed stays.
const maxLedger = 4096

// Session is the participant's own record of one session. The zero value is
// Idle and allows nothing. It is a value: whoever owns it guards it.
type Session struct {
	phase    Phase
	never    Grants
	grants   Grants
	question Question
	lastAsk  uint32
	peer     Person
	reason   Reason
	lostAt   time.Time
	until    limits
	ledger   []Entry
}

// Event is something that happened to a session.
type Event interface{ event() }

// The events.
type (
	// Dialled says that the person typed a code and connecting began.
	Dialled struct{ At time.Time }
	// Reached says that a relay knows the room.
	Reached struct{ At time.Time }
	// Proven says that the key agreement succeeded and who is there.
	Proven struct {
		At   time.Time
		Peer Person
	}
	// Admitted says that the moderator let us in.
	Admitted struct{ At time.Time }
	// Asked is the master's question. Countdown and YesAtZero come from our
	// own profile, never from the peer.
	Asked struct {
		At        time.Time
		ID        uint32
		Grants    Grants
		Why       string
		Countdown time.Duration
		YesAtZero bool
	}
	// Withdrawn says that the asker took the question back.
	Withdrawn struct {
		At time.Time
		ID uint32
	}
	// Answered is the person's own answer: what of the question is granted;
	// nothing is "no". What is granted ends by itself after For; 0 is with
	// the session.
	Answered struct {
		At     time.Time
		ID     uint32
		Grants Grants
		For    time.Duration
	}
	// Touched says that the person has begun to answer, by taking a tick away
	// for example: silence no longer answers the question with yes.
	Touched struct {
		At time.Time
		ID uint32
	}
	// Tick lets time pass; a question whose countdown is over is settled, and
	// a right whose time is over is taken away.
	Tick struct{ At time.Time }
	// Changed is the person setting the rights anew: taking some away, at any
	// time in the room, or giving some unasked, while the other side is
	// there and does not control this computer. A person who takes rights away
	// has not gone: silence no longer answers an open question with yes. What
	// is given this way has no time limit; what stays keeps its own.
	Changed struct {
		At     time.Time
		Grants Grants
	}
	// Limited is the person setting anew how long rights hold that are given;
	// For 0 is until the end of the session. While this computer is
	// controlled, or nobody is there, time can only be made shorter.
	Limited struct {
		At     time.Time
		Grants Grants
		For    time.Duration
	}
	// GaveBack is the master handing rights back.
	GaveBack struct {
		At     time.Time
		Grants Grants
	}
	// LinkLost says that the connection broke.
	LinkLost struct{ At time.Time }
	// LinkBack says that the same peer is there again, proven by the resume
	// key.
	LinkBack struct{ At time.Time }
	// Finished ends the session for good.
	Finished struct {
		At     time.Time
		Reason Reason
	}
)

func (Dialled) event()   {}
func (Reached) event()   {}
func (Proven) event()    {}
func (Admitted) event()  {}
func (Asked) event()     {}
func (Withdrawn) event() {}
func (Answered) event()  {}
func (Tick) event()      {}
func (Touched) event()   {}
func (Limited) event()   {}
func (Changed) event()   {}
func (GaveBack) event()  {}
func (LinkLost) event()  {}
func (LinkBack) event()  {}
func (Finished) event()  {}

// Forbid takes rights out of this session for good, before anything begins:
// whoever asks for them hears that they are forbidden, and not even the person
// can give them.
func (s *Session) Forbid(g Grants) error {
	if s.phase != Idle || g&^All != 0 {
		return fmt.Errorf("%w: forbid in phase %d", ErrOrder, s.phase)
	}
	s.never |= g
	return nil
}

// Phase returns where the session stands.
func (s *Session) Phase() Phase { return s.phase }

// Grants returns what the person allowed. Use Allows to ask whether a right
// may be used at this moment.
func (s *Session) Grants() Grants { return s.grants }

// Question returns the open question and whether there is one.
func (s *Session) Question() (Question, bool) { return s.question, s.question.ID != 0 }

// Peer returns who is on the other side; the zero Person before Proven.
func (s *Session) Peer() Person { return s.peer }

// Reason returns why the session ended.
func (s *Session) Reason() Reason { return s.reason }

// ResumeUntil returns when a lost session is given up; zero unless Lost.
func (s *Session) ResumeUntil() time.Time {
	if s.phase != Lost {
		return time.Time{}
	}
	return s.lostAt.Add(ResumeWindow)
}

// Ledger returns what was asked and allowed when, oldest first.
func (s *Session) Ledger() []Entry { return slices.Clone(s.ledger) }

// Allows reports whether every right in g may be used at this moment. While a
// question is open nobody controls: the answer must be the person's own.
func (s *Session) Allows(g Grants) bool {
	if s.phase != Joined || !s.grants.Has(g) || g&s.never != 0 {
		return false
	}
	return s.question.ID == 0 || g&(Control|Point) == 0
}

// Apply moves the session along. On error nothing has changed.
func (s *Session) Apply(e Event) error {
	switch e := e.(type) {
	case Dialled:
		return s.step(e, Connecting, Idle)
	case Reached:
		return s.step(e, Proving, Connecting)
	case Proven:
		if err := s.step(e, Waiting, Proving); err != nil {
			return err
		}
		s.peer = e.Peer
	case Admitted:
		return s.step(e, Joined, Waiting)
	case Asked:
		return s.ask(e)
	case Withdrawn:
		if s.question.ID == 0 || s.question.ID != e.ID {
			return orderError(e, s.phase)
		}
		s.question = Question{}
		s.note(Entry{At: e.At, What: "withdrawn", Question: e.ID})
	case Tick:
		s.tick(e.At)
	default:
		return s.person(e)
	}
	return nil
}

// person applies what people do to rights.
func (s *Session) person(e Event) error {
	switch e := e.(type) {
	case Answered:
		return s.answer(e)
	case Touched:
		return s.touch(e)
	case Changed:
		return s.change(e)
	case Limited:
		return s.limit(e)
	case GaveBack:
		return s.giveBack(e)
	default:
		return s.line(e)
	}
}

// line applies what happens to the connection.
func (s *Session) line(e Event) error {
	switch e := e.(type) {
	case LinkLost:
		if s.phase != Joined {
			return orderError(e, s.phase)
		}
		s.phase, s.lostAt, s.question = Lost, e.At, Question{}
		s.note(Entry{At: e.At, What: "paused"})
	case LinkBack:
		if s.phase != Lost || e.At.After(s.ResumeUntil()) {
			return orderError(e, s.phase)
		}
		s.phase = Joined
		s.note(Entry{At: e.At, What: "resumed"})
	case Finished:
		if s.phase == Ended {
			return orderError(e, s.phase)
		}
		s.end(e.At, e.Reason)
	default: // nil, or a pointer to an event
		return orderError(e, s.phase)
	}
	return nil
}

func (s *Session) step(e Event, to Phase, from ...Phase) error {
	if !slices.Contains(from, s.phase) {
		return orderError(e, s.phase)
	}
	s.phase = to
	return nil
}

// change sets the rights anew. While the connection is lost nobody is there
// to be given anything, and while another's hand may be on the mouse a click
// proves no will of the person's; but a "no" counts at any time.
func (s *Session) change(e Changed) error {
	if e.Grants&^All != 0 || e.Grants&s.never != 0 || s.phase != Joined && s.phase != Lost {
		return orderError(e, s.phase)
	}
	if narrows := e.Grants&^s.grants == 0; !narrows && (s.phase == Lost || s.Allows(Control)) {
		return orderError(e, s.phase)
	}
	if s.grants&^e.Grants != 0 {
		s.question.YesAtZero = false
	}
	s.hold(e.Grants)
	s.note(Entry{At: e.At, What: "changed"})
	return nil
}

// giveBack takes away what the master no longer wants. Giving back what it
// does not have leaves no line: that would cost it nothing.
func (s *Session) giveBack(e GaveBack) error {
	if s.phase != Joined {
		return orderError(e, s.phase)
	}
	if s.grants&e.Grants != 0 {
		about := s.grants & e.Grants
		s.hold(s.grants &^ e.Grants)
		s.note(Entry{At: e.At, What: "given_back", About: about})
	}
	return nil
}

// ask opens a question. A second one while the first is open is refused, and
// so is a number that was used before. What is forbidden is left out of it; a
// question for nothing else is answered at once and reaches nobody.
func (s *Session) ask(e Asked) error {
	if s.phase != Joined || s.question.ID != 0 || e.ID <= s.lastAsk {
		return orderError(e, s.phase)
	}
	if e.Grants == 0 || e.Grants&^All != 0 || e.Countdown <= 0 {
		return orderError(e, s.phase)
	}
	s.lastAsk = e.ID
	may := e.Grants &^ s.never
	if may == 0 {
		s.note(Entry{At: e.At, What: "forbidden", Question: e.ID, About: e.Grants})
		return nil
	}
	s.question = Question{
		ID: e.ID, From: s.peer, Grants: may, Why: e.Why,
		Asked: e.At, Deadline: e.At.Add(e.Countdown), YesAtZero: e.YesAtZero && may&silent&^s.grants != 0,
	}
	s.note(Entry{At: e.At, What: "asked", Question: e.ID, About: may})
	return nil
}

// answer settles the open question with the person's own word, which counts
// only before the deadline and only for what was asked.
func (s *Session) answer(e Answered) error {
	q := s.question
	if s.phase != Joined || q.ID == 0 || q.ID != e.ID || e.Grants&^q.Grants != 0 || !e.At.Before(q.Deadline) || e.For < 0 {
		return orderError(e, s.phase)
	}
	if e.Grants == 0 {
		s.settle(Entry{At: e.At, What: "declined", About: q.Grants}, 0)
		return nil
	}
	s.until.set(e.Grants, end(e.At, e.For))
	s.settle(Entry{At: e.At, What: "granted", About: e.Grants, For: e.For}, e.Grants)
	return nil
}

// touch makes silence a no.
func (s *Session) touch(e Touched) error {
	if s.question.ID == 0 || s.question.ID != e.ID {
		return orderError(e, s.phase)
	}
	s.question.YesAtZero = false
	return nil
}

func (s *Session) tick(at time.Time) {
	s.expire(at)
	switch {
	case s.phase == Joined && s.question.ID != 0 && !at.Before(s.question.Deadline):
		if yes := s.question.AtZero(); yes != 0 {
			s.settle(Entry{At: at, What: "granted", Silent: true, About: yes}, yes)
			return
		}
		s.settle(Entry{At: at, What: "expired", About: s.question.Grants}, 0)
	case s.phase == Lost && at.After(s.ResumeUntil()):
		s.end(at, ReasonConnectionLost)
	}
}

// settle closes the open question; e is the line about it.
func (s *Session) settle(e Entry, granted Grants) {
	e.Question = s.question.ID
	s.grants |= granted
	s.question = Question{}
	s.note(e)
}

func (s *Session) end(at time.Time, why Reason) {
	s.phase, s.question, s.reason = Ended, Question{}, why
	s.hold(0)
	s.note(Entry{At: at, What: "ended", Reason: why})
}

func (s *Session) note(e Entry) {
	e.Grants = s.grants
	if len(s.ledger) == maxLedger {
		i := max(slices.IndexFunc(s.ledger, Entry.idle), 0)
		s.ledger = slices.Delete(s.ledger, i, i+1)
	}
	s.ledger = append(s.ledger, e)
}

// idle reports whether a line changed no right: somebody else can add such
// lines without end.
func (e Entry) idle() bool {
	switch e.What {
	case "asked", "withdrawn", "expired", "forbidden", "paused", "resumed":
		return true
	default:
		return false
	}
}

func orderError(e Event, p Phase) error {
	return fmt.Errorf("%w: %T in phase %d", ErrOrder, e, p)
}
