//go:build gallery

package main

import (
	"context"
	"image"
	"slices"
	"time"

	"lotse/capture"
	"lotse/capture/screen"
	"lotse/packaging/profile"
	"lotse/participant"
	"lotse/participant/session"
)

// nothing is a session that does nothing; a picture needs none.
type nothing struct{}

func (nothing) Connect(session.Code)                         {}
func (nothing) Cancel()                                      {}
func (nothing) Answer(uint32, session.Grants, time.Duration) {}
func (nothing) Touch(uint32)                                 {}
func (nothing) Limit(session.Grants, time.Duration)          {}
func (nothing) Rehearse(bool)                                {}
func (nothing) Own(participant.Own)                          {}
func (nothing) SetGrants(session.Grants)                     {}
func (nothing) Stop(session.Reason)                          {}
func (nothing) Show(screen.Target)                           {}
func (nothing) AskRaise(bool)                                {}
func (nothing) Raise()                                       {}

func (nothing) Displays() ([]capture.Display, error) {
	return []capture.Display{{ID: 1, Bounds: image.Rect(0, 0, 1920, 1080), Primary: true}}, nil
}

func (nothing) Aside(bool) {}
func (nothing) Alive()     {}
func (nothing) Windows() ([]capture.Window, error) {
	return []capture.Window{{ID: 9, Title: "Rechnung.xlsx"}}, nil
}

func (nothing) Browse(string) error { return nil }

func (nothing) Picture(context.Context) (*image.RGBA, image.Point, error) {
	return image.NewRGBA(image.Rect(0, 0, 1280, 800)), image.Point{}, nil
}

func example() *profile.Profile {
	return &profile.Profile{Organisation: "Stadtwerke Musterhafen", AppName: "Lotse", Development: true}
}

type participantState struct {
	name  string
	state participant.State
	// check is a check of the servers that is shown, nil for none.
	check *checked
}

// offered is the check that the first page leads to.
func (s participantState) offered() *checked {
	if s.check == nil {
		return &checked{}
	}
	return s.check
}

func participantStates(now time.Time) []participantState {
	states := slices.Concat(sessionStates(now), brandStates(now))
	for _, c := range checks(now) {
		states = append(states, participantState{"participant-check-" + c.name, participant.State{}, c})
	}
	return states
}

// joinedOf is a session at its quietest.
func joinedOf(now time.Time) participant.State {
	peer := session.Person{Name: "Hanna Petersen", Organisation: "Stadtwerke Musterhafen", Verified: true, PIN: true, Licence: "4821390277", LicenceUntil: now.AddDate(1, 0, 0)}
	return participant.State{Phase: session.Joined, Number: "48213", Peer: peer, Words: "123 456", Relay: "relay.musterhafen.example:443", Region: "DE"}
}

// joinedWith returns a func that changes such a session.
func joinedWith(now time.Time) func(func(*participant.State)) participant.State {
	return func(f func(*participant.State)) participant.State {
		s := joinedOf(now)
		f(&s)
		return s
	}
}

func ask(now time.Time, from session.Person, g session.Grants, why string) *session.Question {
	return &session.Question{ID: 1, From: from, Grants: g, Why: why, Asked: now.Add(-9 * time.Second), Deadline: now.Add(21 * time.Second)}
}

// ledgerOf is what happened in the sessions that are shown.
func ledgerOf(now time.Time) []session.Entry {
	return []session.Entry{
		{At: now.Add(-9 * time.Minute), What: "asked", Question: 1, About: session.See},
		{At: now.Add(-8*time.Minute - 50*time.Second), What: "granted", Grants: session.See, Question: 1},
		{At: now.Add(-6 * time.Minute), What: "asked", Grants: session.See, Question: 2, About: session.Control},
		{
			At: now.Add(-6*time.Minute + 8*time.Second), What: "granted", Grants: session.See | session.Control, Question: 2,
			About: session.Control, For: 5 * time.Minute,
		},
		{At: now.Add(-time.Minute + 8*time.Second), What: "time_over", Grants: session.See, About: session.Control},
		{At: now.Add(-1 * time.Second), What: "ended", Reason: session.ReasonStopKey},
	}
}

func sessionStates(now time.Time) []participantState {
	joined := joinedOf(now)
	stranger := session.Person{Name: "Thomas Berger"}
	with := joinedWith(now)
	ledger := ledgerOf(now)
	return []participantState{
		{name: "participant-start", state: participant.State{}},
		{name: "participant-unreachable", state: participant.State{Phase: session.Ended, Reason: session.ReasonRelayUnreachable}},
		{name: "participant-outdated", state: participant.State{Phase: session.Ended, Reason: session.ReasonUpgrade}},
		{name: "participant-wrong", state: participant.State{Phase: session.Ended, Reason: session.ReasonWrongPIN, AttemptsLeft: 3, Number: "48213"}},
		{name: "participant-throttled", state: participant.State{Phase: session.Ended, Reason: session.ReasonThrottled, RetryAfter: 16 * time.Second}},
		{name: "participant-connecting", state: participant.State{Phase: session.Connecting, Number: "48213"}},
		{name: "participant-waiting", state: with(func(s *participant.State) { s.Phase = session.Waiting })},
		{name: "participant-question", state: with(func(s *participant.State) {
			s.Question = ask(now, joined.Peer, session.See|session.Control, "Drucker einrichten, Ticket 4711")
		})},
		{name: "participant-question-all", state: with(func(s *participant.State) {
			s.Peer, s.Question = stranger, ask(now, stranger, session.All, "")
			s.Question.YesAtZero = true
		})},
		{name: "participant-quiet", state: joined},
		{name: "participant-seen", state: with(func(s *participant.State) { s.Grants, s.Sharing = session.See, true })},
		{name: "participant-controlled", state: with(func(s *participant.State) {
			s.Grants, s.Sharing, s.Steered = session.See|session.Control|session.ClipboardIn, true, true
		})},
		{name: "participant-limited", state: with(func(s *participant.State) {
			s.Grants, s.Sharing, s.Ledger = session.See|session.Control|session.Point, true, ledger[:4]
			s.Ends = map[session.Grants]time.Time{
				session.Control: now.Add(4*time.Minute + 10*time.Second), session.Point: now.Add(14 * time.Minute),
			}
			s.Rehearsal = participant.Unrehearsable
		})},
		{name: "participant-rehearsing", state: with(func(s *participant.State) { s.Rehearsal = participant.Rehearsing })},
		{name: "participant-rehearsed", state: with(func(s *participant.State) { s.Rehearsal = participant.Rehearsed })},
		{name: "participant-licence-over", state: with(func(s *participant.State) {
			s.Peer.LicenceUntil = now.AddDate(0, 0, -1)
			s.Question = ask(now, s.Peer, session.See|session.Point|session.Control, "Drucker einrichten, Ticket 4711")
		})},
		{name: "participant-take-only", state: with(func(s *participant.State) {
			s.Grants, s.Steered = session.Control, true
		})},
		{name: "participant-warned", state: with(func(s *participant.State) {
			s.Grants, s.Sharing, s.Warning = session.See, true, session.ReasonNoStopKey
		})},
		{name: "participant-raise-offer", state: with(func(s *participant.State) {
			s.Grants, s.Sharing, s.Raise, s.Warning = session.See|session.Control, true, participant.RaiseOffered, session.ReasonRaisedWindow
		})},
		{name: "participant-raise-question", state: with(func(s *participant.State) {
			s.Grants, s.Sharing, s.Raise, s.Warning = session.See|session.Control, true, participant.RaiseAsked, session.ReasonRaisedWindow
		})},
		{name: "participant-lost", state: with(func(s *participant.State) {
			s.Phase, s.Grants, s.ResumeUntil = session.Lost, session.See, now.Add(9*time.Minute+12*time.Second)
		})},
		{name: "participant-ended", state: with(func(s *participant.State) {
			s.Phase, s.Reason, s.Ledger = session.Ended, session.ReasonStopKey, ledger
		})},
		{name: "participant-alarm", state: with(func(s *participant.State) {
			s.Phase, s.Reason, s.Ledger, s.Peer = session.Ended, session.ReasonUnexpectedCall, ledger[:2], stranger
		})},
	}
}

// brandStates are shown as a customer's brand has them.
func brandStates(now time.Time) []participantState {
	with, ledger := joinedWith(now), ledgerOf(now)
	var states []participantState
	for end := range renewals() {
		states = append(states, participantState{name: "participant-brand" + end, state: participant.State{Phase: session.Ended, Reason: session.ReasonUpgrade}})
	}
	return append(states, []participantState{
		{name: "participant-brand-start", state: participant.State{}},
		{name: "participant-brand-outdated", state: participant.State{Phase: session.Ended, Reason: session.ReasonUpgrade}},
		{name: "participant-brand-over", state: participant.State{Phase: session.Ended, Reason: session.ReasonProfileOver}},
		{name: "participant-brand-waiting", state: with(func(s *participant.State) { s.Phase = session.Waiting })},
		{name: "participant-brand-question", state: with(func(s *participant.State) {
			s.Question = ask(now, s.Peer, session.See|session.Control, "Drucker einrichten, Ticket 4711")
		})},
		{name: "participant-brand-seen", state: with(func(s *participant.State) { s.Grants, s.Sharing = session.See|session.Control, true })},
		{name: "participant-brand-ended", state: with(func(s *participant.State) {
			s.Phase, s.Reason, s.Ledger = session.Ended, session.ReasonEndedByMaster, slices.Concat(ledger[:2], []session.Entry{
				{At: now.Add(-time.Minute), What: "forbidden", Question: 3, About: session.ClipboardIn | session.ClipboardOut, Grants: session.See},
				{At: now, What: "ended"},
			})
		})},
	}...)
}
