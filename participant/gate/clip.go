package gate

import (
	"fmt"

	"lotse/capture/clipboard"
	"lotse/participant/message"
	"lotse/participant/session"
)

// ClipIn puts on board what the other side copied, or says why not.
func ClipIn(allowed Permission, m message.Clip, board clipboard.Clipboard) error {
	return clipIn(allowed, m.Kind(), clipboard.Content{Text: m.Text}, board)
}

// PictureIn puts a picture on board that the other side copied, or says why
// not. The picture is one that clipboard.Prepare wrote anew.
func PictureIn(allowed Permission, picture clipboard.Content, board clipboard.Clipboard) error {
	return clipIn(allowed, message.KindClipPicture, picture, board)
}

func clipIn(allowed Permission, kind message.Kind, c clipboard.Content, board clipboard.Clipboard) error {
	if board == nil || !MayClipIn(allowed) {
		return fmt.Errorf("%w: message %d", ErrDenied, kind)
	}
	return wrap(board.Set(c))
}

// MayClipIn reports whether anything may be put on the clipboard now.
func MayClipIn(allowed Permission) bool { return allowed.Allows(session.ClipboardIn) }

// MayClipOut reports whether the other side may hear now what is copied.
func MayClipOut(allowed Permission) bool { return allowed.Allows(session.ClipboardOut) }

// ClipOut returns the text to tell the other side about what the person
// copied; ok is false when that is nothing: it is not allowed, no text or too
// long.
func ClipOut(allowed Permission, c clipboard.Content) (m message.Clip, ok bool) {
	if !MayClipOut(allowed) || c.Text == "" || len(c.Text) > message.MaxClip {
		return message.Clip{}, false
	}
	return message.Clip{Text: c.Text}, true
}

// PictureOut returns the picture to send to the other side, as a PNG; ok is
// false when there is none or it may not leave.
func PictureOut(allowed Permission, c clipboard.Content) (picture []byte, ok bool) {
	if !MayClipOut(allowed) || len(c.Image) == 0 || len(c.Image) > message.MaxClipPicture {
		return nil, false
	}
	return c.Image, true
}

// ClipTooLarge reports whether what was copied may leave but is too much.
func ClipTooLarge(allowed Permission, c clipboard.Content) bool {
	return MayClipOut(allowed) && (c.TooLarge || len(c.Text) > message.MaxClip || len(c.Image) > message.MaxClipPicture)
}
