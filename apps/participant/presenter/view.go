// Package presenter decides what a customer sees: one field to get in, a
// question with a countdown, a bar that stays, a page that says how it ended.
//
// It has no toolkit: package window draws it and calls back, and so does
// package native. Neither gives a right: participant.Member does, when the
// person has pressed something.
package presenter

import (
	"time"

	"lotse/apps/ui/checkup"
	"lotse/apps/ui/renew"
	"lotse/apps/ui/words"
	"lotse/participant/session"
)

// Page is which of its faces the window shows.
type Page uint8

// The pages.
const (
	StartPage    Page = iota // one field, one button
	WaitPage                 // connecting, or waiting to be let in
	QuestionPage             // somebody asks for rights
	BarPage                  // somebody is connected
	EndPage                  // it is over
	CheckPage                // whether the servers can be reached
)

// View is everything the window draws. Two equal views look the same.
type View struct {
	Page     Page
	Lang     words.Lang
	Title    string
	Start    StartView
	Wait     WaitView
	Question QuestionView
	Bar      BarView
	End      EndView
	Check    checkup.View
	// Live changes while the rest stays; the window updates it in place.
	Live Live
}

// Live is what changes with every tick.
type Live struct {
	// Left is how much of the countdown is left, 1 for all of it.
	Left float64
	// Text says the same in words; it is empty without a countdown.
	Text string
	// Limits says which rights end by themselves and when; empty for none.
	Limits string
	// CanAllow and CanDeny say which buttons of a question answer now.
	CanAllow, CanDeny bool
}

// StartView is the first page.
type StartView struct {
	Organisation string
	Heading      string
	// Welcome and Contact are the organisation's own sentences; they may be
	// empty.
	Welcome, Contact string
	// Update is the button that opens the page with a newer program, Renew the
	// one that replaces this one; Live says how that goes. Empty is no button.
	Renew  string
	Update string
	// Stands is how the replacement stands.
	Stands      renew.Phase
	Prompt      string
	Placeholder string
	Connect     string
	// CanConnect is false while a person has to wait.
	CanConnect bool
	// Error and ErrorNext say why the last try failed and what to do.
	Error, ErrorNext string
	// CheckNow, beside that, and Check, at the foot, lead to a check of whether
	// the servers can be reached; one of them at most has a text.
	CheckNow, Check string
	Footer          string
	Caution         string
	Development     string
}

// WaitView is shown on the way into a session.
type WaitView struct {
	Heading string
	Detail  string
	Words   string
	Number  string
	Cancel  string
}

// QuestionView is a question to the person.
type QuestionView struct {
	ID      uint32
	Heading string
	Who     string
	// Badge says whether the other side is verified.
	Badge    string
	Verified bool
	// Facts are what the badge stands for, each in words.
	Facts    string
	Wants    string
	Rights   []Right
	WhyLabel string
	Why      string
	Choose   string
	// Shows says what would be shown, Change chooses something else.
	Shows, Change string
	// TimeFor is before Times, for how long it can be allowed; Hold is what is
	// chosen.
	TimeFor string
	Times   []Time
	// Zero says what happens at the end of the countdown.
	Zero  string
	Allow string
	Deny  string
	// Caution warns of callers that nobody expected; Unexpected is the way out.
	Caution    string
	Unexpected string
	Paused     string
}

// Time is a length of time that can be chosen; For 0 is until the end.
type Time struct {
	Text string
	For  time.Duration
}

// Right is one line with a checkbox.
type Right struct {
	Grant session.Grants
	Text  string
}

// Level is how much happens on this computer right now.
type Level uint8

// The levels.
const (
	Quiet      Level = iota // nobody sees anything
	Seen                    // the screen is seen
	Controlled              // keyboard or mouse are used from afar
)

// BarView is the bar of a session.
type BarView struct {
	Who      string
	Badge    string
	Verified bool
	// Facts are what the badge stands for, each in words.
	Facts    string
	Doing    string
	Level    Level
	Chips    []Chip
	ChipsFor string
	// TakeOnly says why some chips are fixed.
	TakeOnly string
	// Shows says what is shown, Change chooses something else and is empty
	// where nothing can be chosen now.
	Shows, Change string
	// Limit leads to Times, for how long what is allowed can hold from now on;
	// it is empty where no time can be chosen. Live.Limits says what ends.
	Limit string
	Times []Time
	// History leads to Past and away from it; Past is empty while it is not
	// shown.
	History string
	Past    []Row
	// Drill is about trying F11, DrillDo the next step, DrillWorked praise.
	// Each may be empty.
	Drill, DrillDo, DrillWorked string
	Stop                        string
	// Raise is about running this program again as administrator.
	Raise   RaiseView
	StopKey string
	Warning string
	Hint    string
	Words   string
	Relay   string
	// Lost says that the connection broke; there are no chips then.
	Lost bool
}

// RaiseView says why, and has two buttons; one without words is not there, and
// without Text nothing is.
type RaiseView struct{ Text, Yes, No string }

// Chip is a right that can be given and taken, or is Fixed for now.
type Chip struct {
	Grant session.Grants
	Text  string
	On    bool
	Fixed bool
}

// EndView is the page after a session.
type EndView struct {
	Heading string
	What    string
	Next    string
	Who     string
	Ledger  string
	Rows    []Row
	// Copy puts the rows into the clipboard.
	Copy  string
	Again string
	Close string
	// Alarm says that the person did not expect the call.
	Alarm bool
}

// Row is one line of what happened.
type Row struct {
	At   string
	Text string
}

// rowLimit is how many lines of the ledger a page shows: as many as anybody
// scrolls through; the oldest and the newest ones stay, and a copy holds all.
const rowLimit = 200

// clock prints the time of a ledger line.
func clock(t time.Time) string { return t.Local().Format("15:04:05") }
