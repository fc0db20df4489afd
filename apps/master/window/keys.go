package window

import (
	"slices"

	"lotse/apps/ui/words"
	"lotse/capture/input"
	"lotse/master"
	"lotse/participant/message"
)

// Keys of HID page 7 in combinations that the moderator's own system acts on
// (HID Usage Tables 1.5, section 10).
const (
	keyEscape input.Usage = 0x29
	keyTab    input.Usage = 0x2B
	keyF4     input.Usage = 0x3D
	keyPrint  input.Usage = 0x46
	keyDelete input.Usage = 0x4C
	keyCtrl   input.Usage = 0xE0
	keyShift  input.Usage = 0xE1
	keyAlt    input.Usage = 0xE2
	keySuper  input.Usage = 0xE3
)

// combination is one that can be sent; inside says that it stays in the one
// window that somebody shows.
type combination struct {
	text   words.Key
	keys   []input.Usage
	inside bool
}

// combinations are in the order of the menu. Of those that people look for,
// F11 is missing because it is the customer's, and Windows key+L because it
// locks the computer behind a screen that nobody reaches from afar.
func combinations() []combination {
	return []combination{
		{words.KeysSuper, []input.Usage{keySuper}, false},
		{words.KeysSwitch, []input.Usage{keyAlt, keyTab}, false},
		{words.KeysClose, []input.Usage{keyAlt, keyF4}, true},
		{words.KeysStart, []input.Usage{keyCtrl, keyEscape}, false},
		{words.KeysTasks, []input.Usage{keyCtrl, keyShift, keyEscape}, false},
		{words.KeysSecure, []input.Usage{keyCtrl, keyAlt, keyDelete}, false},
		{words.KeysPrint, []input.Usage{keyPrint}, false},
		{words.KeysEscape, []input.Usage{keyEscape}, true},
	}
}

// keys fills the menu of keys to send.
func (p *Presenter) keys(v *ViewerView, m master.Member) {
	w := p.words
	v.Keys, v.Grab, v.Grabbed = w.Text(words.ViewerKeys), w.Text(words.ViewerGrab), w.Text(words.ViewerGrabbed)
	v.GrabTitle = w.Text(words.ViewerGrabTitle, v.Title)
	window := m.Target == message.TargetWindow
	for _, c := range combinations() {
		if c.inside || !window {
			v.KeyChoice = append(v.KeyChoice, KeyChoice{w.Text(c.text), c.keys})
		}
	}
	missing := []words.Key{words.KeysNotSecure, words.KeysNotLock, words.KeysNotStop}
	if window {
		missing = []words.Key{words.KeysOneWindow, words.KeysNotStop}
	}
	for _, k := range missing {
		v.KeysNote = append(v.KeysNote, w.Text(k))
	}
}

// Press presses keys one after the other and lets go of them in reverse.
func (p pilot) Press(keys []input.Usage) {
	for _, u := range keys {
		p.Key(u, true)
	}
	for _, u := range slices.Backward(keys) {
		p.Key(u, false)
	}
}
