// Package window is what a moderator sees: the number and the PIN to read
// aloud, who is at the door, who allows what, and the screen that somebody
// shows.
//
// The presenter decides what is shown and has no toolkit; the window draws it
// and calls back. Keys and pointer leave only from a viewer whose member gave
// control.
package window

import (
	"lotse/apps/ui/checkup"
	"lotse/apps/ui/renew"
	"lotse/apps/ui/words"
	"lotse/capture/input"
	"lotse/crypto/secret"
	"lotse/master"
	"lotse/participant/session"
)

// Page is which of its faces the main window shows.
type Page uint8

// The pages.
const (
	OpeningPage Page = iota // reaching a relay
	RoomPage                // number, door, members
	EndedPage               // over, or it could not be opened
	CheckPage               // whether the servers can be reached
	InvitePage              // personal links
)

// Light is the colour of a state.
type Light uint8

// The lights.
const (
	Grey  Light = iota // nothing to say
	Green              // as it should be
	Amber              // wait, or look
	Red                // trouble
)

// View is everything the main window draws. Two equal views look the same.
type View struct {
	Page         Page
	Lang         words.Lang
	Title        string
	Organisation string
	Development  string
	Opening      OpeningView
	Room         RoomView
	Ended        EndedView
	Check        checkup.View
	Invite       InviteView
	// Live changes while the rest stays; the window updates it in place.
	Live Live
}

// Live is what changes with every tick.
type Live struct {
	// Status is the text beside the room's light.
	Status string
	// Members are the texts of the members' lines.
	Members map[uint8]string
}

// OpeningView is shown until the room is open.
type OpeningView struct {
	Heading string
	Detail  string
	// Check leads to a check of whether the servers can be reached, here and
	// elsewhere; a link without text is not there.
	Check string
}

// RoomView is the open room.
type RoomView struct {
	ReadAloud string
	// NumberFor and PINFor label the digits, which stand in groups of three.
	NumberFor, Number string
	PINFor            string
	PIN               secret.Text
	// Address says what to type without a server.
	AddressFor, Address string
	Copy                string
	Copied              string
	NewPIN              string
	Renewed             string
	Light               Light
	As                  string
	Lock                string
	Locked              string
	KnockFor            string
	Knocks              []KnockView
	MembersFor          string
	None                string
	Members             []MemberView
	End                 string
	// Sure asks before the end; EndYes and EndNo answer.
	Sure, EndYes, EndNo string
	// Invite leads to the personal links.
	Invite, Check string
}

// KnockView is somebody at the door.
type KnockView struct {
	Conn   uint32
	Who    string
	Words  string
	Link   string
	Admit  string
	Refuse string
}

// MemberView is somebody in the room.
type MemberView struct {
	ID    uint8
	Name  string
	Words string
	// Allows are the rights that the person gave us.
	AllowsFor string
	Allows    []string
	Light     Light
	Trouble   string
	// Left says how somebody left; there is nothing else to say then.
	Left string
	// A button without text is not there.
	AskSee, AskControl, Show, Remove string
	Reason                           string
}

// EndedView is shown when the room is over.
type EndedView struct {
	Heading string
	What    string
	Next    string
	// Update is the button that opens the page with a newer program, Renew the
	// one that replaces this one. Empty is no button.
	Update string
	Renew  string
	// Stands is how the replacement stands.
	Stands renew.Phase
	// Again is empty where only the new program helps.
	Again string
	Close string
	// CheckNow stands beside the reason, Check at the foot.
	CheckNow, Check string
}

// ViewerView is the window with a member's screen.
type ViewerView struct {
	Title string
	Text  string
	Light Light
	// Control says that keys and pointer may be sent.
	Control bool
	// Sharing says that there is a picture.
	Sharing bool
	Waiting string
	Hint    string
	// Left and LeftNext say how the member left; there is nothing else then.
	Left, LeftNext string
	// A button without text is not there.
	Ask, GiveBack, End, Close string
	// AskFor is what the button asks for.
	AskFor session.Grants
	// Point is the button of a menu of what to draw with; NoteFor, NoteSend and
	// NoteNot belong to the note's small form.
	Point                      string
	Tools                      []ToolChoice
	NoteFor, NoteSend, NoteNot string
	Wipe                       string
	// View is the button of a menu: how large, which monitor, how good.
	View       string
	Zooms      [3]string
	FullScreen string
	// MonitorsFor heads the monitors that can be looked at; none is listed
	// when there is nothing to choose.
	MonitorsFor string
	Monitors    []Choice
	// QualityFor heads what can be asked of the other side.
	QualityFor string
	Qualities  []Choice
	// Keys is the button of a menu of keys to send, KeysNote says which are not
	// there and why.
	Keys      string
	KeyChoice []KeyChoice
	KeysNote  []string
	// Grab says that the system's keys can go to the customer as well. While
	// they do, Grabbed says how to get them back, and so does GrabTitle.
	Grab, Grabbed, GrabTitle string
	// ClipAsk asks for both clipboards, ClipEnd hands them back.
	ClipAsk, ClipEnd string
	Note             string
}

// Tool is what the mouse does in a viewer.
type Tool uint8

// The tools.
const (
	Hand Tool = iota // keyboard and mouse of the other side, where they may be used
	PointerTool
	ArrowTool
	MarkerTool
	BoxTool
	NoteTool
)

// KeyChoice is one combination in the menu of keys.
type KeyChoice struct {
	Text string
	// Keys go down in this order and up in the reverse.
	Keys []input.Usage
}

// ToolChoice is one tool in the menu.
type ToolChoice struct {
	Text string
	Tool Tool
}

// Choice is one of several in a menu.
type Choice struct {
	Text string
	On   bool
	// Display is the monitor, Wish the quality that it stands for.
	Display uint32
	Wish    master.Wish
}
