// Package participant is every member's side of a session, without a window:
// it joins, shows the screen, carries out what was allowed and stops at once
// when its person says so.
//
// It never gives a right that its own person has not given, whatever a
// master, a relay or a profile asks for.
package participant

import (
	"time"

	"lotse/capture/screen"
	"lotse/participant/session"
)

// State is everything a window needs to draw. It is a value: each change
// delivers a new one.
type State struct {
	// Phase is where the session stands.
	Phase session.Phase
	// Reason says why the last attempt failed or the session ended.
	Reason session.Reason
	// AttemptsLeft is how many tries the PIN has left; it counts after
	// ReasonWrongPIN only.
	AttemptsLeft int
	// RetryAfter is how long to wait after ReasonThrottled.
	RetryAfter time.Duration
	// Number is the session number that was typed.
	Number string
	// Peer is who is on the other side, once proven.
	Peer session.Person
	// Words are the short authentication string: six digits that both sides
	// see alike when nobody sits in between.
	Words string
	// Question is what the person is being asked, nil for nothing.
	Question *session.Question
	// Grants is what the person has allowed.
	Grants session.Grants
	// Ends is when rights end by themselves; a right that is not there ends
	// with the session.
	Ends map[session.Grants]time.Time
	// Rehearsal is how trying the stop key stands.
	Rehearsal Rehearsal
	// Sharing says that pictures are being sent.
	Sharing bool
	// Target is what the person chose to show; of Kind Desktop it is the whole
	// computer, of which a viewer may choose the monitor.
	Target screen.Target
	// Shown is what is shown of it now: one display, all of them, or Target.
	// It counts only while Sharing.
	Shown screen.Target
	// ShownName is the system's word for it, a monitor's name or a window's
	// title; empty for several monitors and for a region.
	ShownName string
	// Steered says that keys or pointer were used from afar within the last
	// second.
	Steered bool
	// StopWays names the ways in which the stop key is listened for; empty
	// until control was asked for.
	StopWays []string
	// Warning is a trouble that does not end the session, such as
	// ReasonNoStopKey or ReasonNoDisplay.
	Warning session.Reason
	// Raise is where running this program again as administrator stands.
	Raise Raise
	// ResumeUntil is when a lost session is given up; zero unless Lost.
	ResumeUntil time.Time
	// Relay is the address of the server in use; BuiltIn says that it is the
	// master's own one.
	Relay   string
	BuiltIn bool
	// Direct says that what goes between us and the master goes past it.
	Direct bool
	// Region is where that server is, as the profile says. Standby is the address
	// of the one that takes over should it end; empty is none yet.
	Region, Standby string
	// Ledger is what was asked and allowed when, oldest first.
	Ledger []session.Entry
}
