package words

// Key names a text. A new one needs its line in a table of this package.
type Key string

// What both programs say.
const (
	AppTitle         Key = "app.title"         // organisation-neutral name when the profile has none
	DevelopmentBuild Key = "app.development"   // behind the title
	NoProfile        Key = "app.no_profile"    // a program that nobody has branded
	NoProfileNext    Key = "app.no_profile_do" // and what to do
	NoDisplay        Key = "app.no_display"    // no screen to open a window on
	NoOpenGL         Key = "app.no_opengl"     // the graphics driver can't
	NoWindows        Key = "app.no_windows"    // built without a toolkit
	CloseProgram     Key = "app.close"         // button
	Cancel           Key = "app.cancel"        // button
	Unnamed          Key = "person.unnamed"    // somebody who gave no name
	UnknownCompany   Key = "person.no_company" // a licence without a holder
	Verified         Key = "person.verified"   // badge
	NotVerified      Key = "person.unverified" // badge
	SecondsLeft      Key = "time.seconds_left" // %d
	TimeLeft         Key = "time.left"         // %d minutes, %02d seconds
	RelayOwn         Key = "relay.own"         // connected through the master's own relay
	RelayServer      Key = "relay.server"      // connected through a server
	SwitchLanguage   Key = "language.switch"   // tooltip-like name of DE|EN
	RightSee         Key = "right.see"         // chip
	RightPoint       Key = "right.point"       // chip
	RightControl     Key = "right.control"     // chip
	RightFilesIn     Key = "right.files_in"    // chip
	RightFilesOut    Key = "right.files_out"   // chip
	RightClipIn      Key = "right.clip_in"     // chip
	RightClipOut     Key = "right.clip_out"    // chip
	RightRecord      Key = "right.record"      // chip
	RightChat        Key = "right.chat"        // chip
	AskSee           Key = "ask.see"           // plain sentence beside a checkbox
	AskPoint         Key = "ask.point"         // plain sentence beside a checkbox
	AskControl       Key = "ask.control"       // plain sentence beside a checkbox
	AskFilesIn       Key = "ask.files_in"      // plain sentence beside a checkbox
	AskFilesOut      Key = "ask.files_out"     // plain sentence beside a checkbox
	AskClipIn        Key = "ask.clip_in"       // plain sentence beside a checkbox
	AskClipOut       Key = "ask.clip_out"      // plain sentence beside a checkbox
	AskRecord        Key = "ask.record"        // plain sentence beside a checkbox
	AskChat          Key = "ask.chat"          // plain sentence beside a checkbox
	RightNone        Key = "right.none"        // nothing is allowed
	RightsJoin       Key = "right.join"        // between rights in a line
	NobodyCanReadIt  Key = "relay.blind"       // what the server can't do
	StopAnyTime      Key = "stop.any_time"     // F11
	StopIfSurprised  Key = "stop.if_surprised" // anti-scam line
	CompareWords     Key = "words.compare"     // %s
	WaitSeconds      Key = "time.wait_seconds" // %d
	AttemptsLeft     Key = "pin.attempts_left" // %d
	AttemptLeft      Key = "pin.attempt_left"  // the last one
	DownloadPage     Key = "upgrade.page"      // %s
)

// What the participant's windows say.
const (
	StartHeading       Key = "start.heading"
	StartPrompt        Key = "start.prompt"
	StartPlaceholder   Key = "start.placeholder"
	StartConnect       Key = "start.connect"
	ConnectingTitle    Key = "wait.connecting"
	ProvingTitle       Key = "wait.proving"
	WaitingTitle       Key = "wait.waiting"
	WaitingDetail      Key = "wait.detail" // %s who
	SessionNumber      Key = "wait.number" // %s
	QuestionHeading    Key = "question.heading"
	QuestionWants      Key = "question.wants" // %s who
	QuestionFrom       Key = "question.from"  // %s, %s name and company
	QuestionWhy        Key = "question.why"   // label
	QuestionChoose     Key = "question.choose"
	QuestionZeroNo     Key = "question.zero_no"
	QuestionZeroYes    Key = "question.zero_yes"
	QuestionAllow      Key = "question.allow"
	QuestionDeny       Key = "question.deny"
	QuestionUnexpected Key = "question.unexpected"
	QuestionPaused     Key = "question.paused"
	BarConnected       Key = "bar.connected"
	BarNothing         Key = "bar.nothing"
	BarSeen            Key = "bar.seen"
	BarShowSoon        Key = "bar.show_soon"
	BarMayControl      Key = "bar.may_control"
	BarControlled      Key = "bar.controlled"
	BarStop            Key = "bar.stop"
	BarLeave           Key = "bar.leave"
	BarStopKey         Key = "bar.stop_key"
	BarChips           Key = "bar.chips"
	BarCannotClose     Key = "bar.cannot_close"
	BarLost            Key = "bar.lost"
	BarLostDetail      Key = "bar.lost_detail" // %d, %02d
	EndHeading         Key = "end.heading"
	EndScamHeading     Key = "end.scam_heading"
	EndWho             Key = "end.who" // %s
	EndLedger          Key = "end.ledger"
	EndNew             Key = "end.new"
	LogAsked           Key = "log.asked"
	LogGranted         Key = "log.granted"        // %s rights
	LogGrantedSilent   Key = "log.granted_silent" // %s rights
	LogDeclined        Key = "log.declined"
	LogExpired         Key = "log.expired"
	LogWithdrawn       Key = "log.withdrawn"
	LogChanged         Key = "log.changed"    // %s rights
	LogGivenBack       Key = "log.given_back" // %s rights
	LogPaused          Key = "log.paused"
	LogResumed         Key = "log.resumed"
	LogEnded           Key = "log.ended"
	LogOther           Key = "log.other" // %s
	LogCut             Key = "log.cut"   // %d
)

// What the master's windows say.
const (
	RoomTitle        Key = "room.title"
	RoomOpening      Key = "room.opening"
	RoomOpeningNext  Key = "room.opening_do"
	RoomReadAloud    Key = "room.read_aloud"
	RoomNumber       Key = "room.number"
	RoomPIN          Key = "room.pin"
	RoomAddress      Key = "room.address"
	RoomCopy         Key = "room.copy"
	RoomCopied       Key = "room.copied"
	RoomNewPIN       Key = "room.new_pin"
	RoomPINRenewed   Key = "room.pin_renewed"
	RoomLock         Key = "room.lock"
	RoomUnlock       Key = "room.unlock"
	RoomLocked       Key = "room.locked"
	RoomReady        Key = "room.ready"
	RoomReadyOwn     Key = "room.ready_own"
	RoomLost         Key = "room.lost" // %d, %02d
	RoomEnd          Key = "room.end"
	RoomEndSure      Key = "room.end_sure"
	RoomEndYes       Key = "room.end_yes"
	RoomEndNo        Key = "room.end_no"
	RoomEnded        Key = "room.ended"
	RoomAgain        Key = "room.again"
	RoomAs           Key = "room.as" // %s
	KnockHeading     Key = "knock.heading"
	KnockWho         Key = "knock.who"   // %s
	KnockWords       Key = "knock.words" // %s
	KnockAdmit       Key = "knock.admit"
	KnockRefuse      Key = "knock.refuse"
	MembersHeading   Key = "members.heading"
	MembersNone      Key = "members.none"
	MemberAway       Key = "member.away"
	MemberAllows     Key = "member.allows"
	MemberAsked      Key = "member.asked" // %d
	MemberAskedOver  Key = "member.asked_over"
	MemberGranted    Key = "member.granted"
	MemberAskSee     Key = "member.ask_see"
	MemberAskControl Key = "member.ask_control"
	MemberShow       Key = "member.show"
	MemberRemove     Key = "member.remove"
	MemberReason     Key = "member.reason"
	ViewerTitle      Key = "viewer.title" // %s
	ViewerWaiting    Key = "viewer.waiting"
	ViewerViewing    Key = "viewer.viewing"
	ViewerControl    Key = "viewer.control"
	ViewerPaused     Key = "viewer.paused"
	ViewerAway       Key = "viewer.away"
	ViewerFit        Key = "viewer.fit"
	ViewerFull       Key = "viewer.full"
	ViewerAsk        Key = "viewer.ask"
	ViewerGiveBack   Key = "viewer.give_back"
	ViewerRoundTrip  Key = "viewer.round_trip" // %d
	ViewerClickFirst Key = "viewer.click_first"
	ViewerEnd        Key = "viewer.end"
)
