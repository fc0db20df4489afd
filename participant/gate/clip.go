package gate

import (
	"fmt"

	"lotse/capture/clipboard"
	"lotse/participant/message"
	"lotse/participant/session"
)

// ClipIn puts on board what the other side copied, or says why not.
func ClipIn(allowed Permission, m message.Clip, board clipboard.Clipboard) error {
	if board == nil || !allowed.Allows(session.ClipboardIn) {
		return fmt.Errorf("%w: message %d", ErrDenied, m.Kind())
	}
	return wrap(board.Set(clipboard.Content{Text: m.Text}))
}

// ClipOut returns what to tell the other side about what the person copied; ok
// is false when that is nothing: it is not allowed, no text or too long.
func ClipOut(allowed Permission, c clipboard.Content) (m message.Clip, ok bool) {
	if !allowed.Allows(session.ClipboardOut) || c.Text == "" || len(c.Text) > message.MaxClip {
		return message.Clip{}, false
	}
	return message.Clip{Text: c.Text}, true
}
