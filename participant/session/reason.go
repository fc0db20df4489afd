package session

// Reason says why something was refused or came to an end. The words travel
// and label metrics; apps/ui holds a sentence for each in every language.
type Reason string

// The reasons there are. A new one needs its sentence in apps/ui.
const (
	ReasonNone             Reason = ""
	ReasonWrongPIN         Reason = "wrong_pin"         // the PIN was not right; attempts are left
	ReasonPINRenewed       Reason = "pin_renewed"       // too many wrong PINs, the moderator has a new one
	ReasonUnknownSession   Reason = "unknown_session"   // no room has this number
	ReasonBadCode          Reason = "bad_code"          // what was typed is no number and PIN
	ReasonRelayUnreachable Reason = "relay_unreachable" // no server answered
	ReasonProxyLogin       Reason = "proxy_login"       // the only way out is a proxy that asks who we are
	ReasonRelayKey         Reason = "relay_key"         // a server answered with a foreign key
	ReasonUpgrade          Reason = "upgrade_required"  // this build is too old for the server
	ReasonThrottled        Reason = "throttled"         // too many tries; wait
	ReasonLicence          Reason = "licence"           // the licence was refused
	ReasonNumberTaken      Reason = "number_taken"      // another master has this number
	ReasonRoomFull         Reason = "room_full"         // no place left
	ReasonRoomLocked       Reason = "room_locked"       // the moderator lets nobody else in
	ReasonLinkSpent        Reason = "link_spent"        // a personal link that was used or withdrawn
	ReasonRefused          Reason = "refused"           // the moderator did not admit this person
	ReasonRemoved          Reason = "removed"           // the moderator removed this person
	ReasonEndedByMaster    Reason = "ended_by_master"   // the moderator ended the session
	ReasonLeft             Reason = "left"              // the person left
	ReasonStopKey          Reason = "stop_key"          // the person pressed the stop key
	ReasonStopButton       Reason = "stop_button"       // the person pressed STOP
	ReasonConnectionLost   Reason = "connection_lost"   // gone for longer than a session waits
	ReasonRelayClosing     Reason = "relay_closing"     // the server is being restarted
	ReasonOverflow         Reason = "overflow"          // a peer could not keep up with control messages
	ReasonProtocol         Reason = "protocol_error"    // a peer said what no peer may say
	ReasonTampered         Reason = "tampered"          // records were changed, replayed or forged on the way
	ReasonNoDisplay        Reason = "no_display"        // this computer shows no screen
	ReasonNoPermission     Reason = "no_permission"     // the system's settings keep the screen from this program
	ReasonStoppedOutside   Reason = "stopped_outside"   // the person ended the picture in a menu of the system
	ReasonDisplayLost      Reason = "display_lost"      // the shared screen went away
	ReasonWindowClosed     Reason = "window_closed"     // the shared window was closed
	ReasonWindowHidden     Reason = "window_hidden"     // the shared window is minimised; its last picture stands
	ReasonScreenLocked     Reason = "screen_locked"     // the screen is locked or dark; its last picture stands
	ReasonNoStopKey        Reason = "no_stop_key"       // the stop key could not be armed, so no control
	ReasonNoInput          Reason = "no_input"          // this computer accepts no remote input
	ReasonRaisedWindow     Reason = "raised_window"     // the window in front has more rights than we: input does not reach it
	ReasonSecureDesktop    Reason = "secure_desktop"    // the system asks something on a desktop of its own, or is locked
	ReasonNotRaised        Reason = "not_raised"        // the person or the system did not let us run as administrator
	ReasonNoPointing       Reason = "no_pointing"       // nothing can be drawn over this computer's screen
	ReasonNoClipboard      Reason = "no_clipboard"      // this computer's clipboard can't be reached
	ReasonClipTooLarge     Reason = "clip_too_large"    // what was copied is too large to be shared
	ReasonExpired          Reason = "expired"           // the question was not answered in time
	ReasonTimeOver         Reason = "time_over"         // the time for which it was given is over
	ReasonDeclined         Reason = "declined"          // the person said no
	ReasonProfileOver      Reason = "profile_over"      // the time is over for which our program was made
	ReasonForbidden        Reason = "forbidden"         // the other side's program never gives it
	ReasonUnexpectedCall   Reason = "unexpected_call"   // the person did not expect this call
	ReasonInternal         Reason = "internal"          // a mistake of ours
)
