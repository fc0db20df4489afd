// Package master is what only the moderator's side of a session does, without
// a window: it opens the room, admits, asks and steers.
//
// It decides who may be in the room. It cannot give itself a right on another
// computer: there the other side's own session decides.
package master

import (
	"image"
	"time"

	"lotse/crypto/secret"
	"lotse/participant/haul"
	"lotse/participant/message"
	"lotse/participant/session"
)

// Phase is where a room stands.
type Phase uint8

// The phases of a room.
const (
	Starting Phase = iota // reaching a relay
	Open                  // number and PIN can be read out
	Lost                  // the connection broke; it is being resumed
	Ended                 // over
)

// State is everything a window needs to draw. It is a value: each change
// delivers a new one.
type State struct {
	// Phase is where the room stands.
	Phase Phase
	// Reason says why it ended or could not be opened.
	Reason session.Reason
	// RetryAfter is how long to wait after ReasonThrottled.
	RetryAfter time.Duration
	// Number and PIN are what the moderator reads out.
	Number string
	PIN    secret.Text
	// PINRenewed counts how often the PIN had to be changed because somebody
	// guessed.
	PINRenewed int
	// Address is where the built-in relay listens, host without port; empty
	// with a server.
	Address string
	// Relay is the address of the server in use; BuiltIn says that it is our
	// own one.
	Relay   string
	BuiltIn bool
	// Region is where that server is, as the profile says. Standby is the address
	// of the one on which the room is kept in readiness; empty is none yet.
	Region, Standby string
	// Organisation and Name are what the other side gets to see about us.
	Organisation, Name string
	// Locked says that nobody else is let in.
	Locked bool
	// Knocks are people who proved the PIN and wait to be admitted.
	Knocks []Knock
	// Members are the people in the room, ourselves not among them.
	Members []Member
	// Links are the personal links of the room. NewLink is the one whose text
	// is NewLinkText, shown once; 0 is none.
	Links       []Link
	NewLink     uint32
	NewLinkText secret.Text
	// ResumeUntil is when a lost room is given up; zero unless Lost.
	ResumeUntil time.Time
}

// Code is what the moderator reads out, as the participant types it:
// "48213-739204", or "48213-739204@192.168.1.20" without a server.
func (s State) Code() string {
	code := s.Number + "-" + s.PIN.Reveal()
	if s.Address != "" {
		code += "@" + s.Address
	}
	return code
}

// Knock is somebody at the door.
type Knock struct {
	// Conn names the person towards Room.Admit and Room.Refuse.
	Conn uint32
	// Name is what the person calls itself; empty is somebody without a name.
	Name string
	// Words are the short authentication string, to compare by voice.
	Words string
	// Link says that the person came with a personal link.
	Link bool
	// At is when the person knocked.
	At time.Time
}

// Wish is how a screen is wanted, for lines that carry little.
type Wish struct {
	// Grey says that colours are not needed.
	Grey bool
	// Rate is how many pictures a second are wanted at the most, 0 for all.
	Rate uint8
}

// Member is somebody in the room.
type Member struct {
	// ID names the member towards the methods of Room, 2 to 255.
	ID uint8
	// Name is what the person calls itself; empty is somebody without a name.
	Name string
	// Words are the short authentication string, to compare by voice.
	Words string
	// Grants is what the person allows now.
	Grants session.Grants
	// Asked is what we asked for and got no answer to yet; AskedUntil is when
	// the countdown there ends.
	Asked      session.Grants
	AskedUntil time.Time
	// Answer is how the last question was settled: ReasonNone for granted,
	// ReasonDeclined, ReasonExpired, ReasonTimeOver once the time is over for
	// which something was allowed, or ReasonStopKey and ReasonStopButton when
	// the person stopped everything.
	Answer session.Reason
	// Sharing says that pictures are coming.
	Sharing bool
	// Screen is the size of the shared screen in pixels.
	Screen image.Point
	// Target is what of the computer is shown, Shown the number of the monitor
	// if it is one, Monitors those that may be looked at.
	Target   message.Target
	Shown    uint32
	Monitors []message.Monitor
	// Clip is how far a copied picture is that goes from one clipboard to the
	// other. ClipTooLarge says that what was copied here is too much to send.
	Clip         haul.Progress
	ClipTooLarge bool
	// Wish is how we want the screen. Step is the quality that the line
	// allows, 0 for the best, Trip the time of a picture there and back.
	Wish Wish
	Step uint8
	Trip time.Duration
	// Trouble is something on that side that limits us, such as
	// ReasonNoDisplay, ReasonNoStopKey or ReasonNoInput.
	Trouble session.Reason
	// Away says that the connection broke and may come back.
	Away bool
	// Standby says that the person stands by there, too.
	Standby bool
	// Gone says why the member has left for good; ReasonNone for one who is
	// here. Those who left stay in the list for a while, without rights.
	Gone session.Reason
	// Direct says that what goes between us and the member goes past the relay.
	Direct bool
	// RoundTrip is the last measured time to that member and back.
	RoundTrip time.Duration
}
