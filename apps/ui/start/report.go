package start

import (
	"errors"
	"fmt"
	"io"

	"lotse/apps/ui/browse"
	"lotse/apps/ui/words"
	"lotse/packaging/profile"
	"lotse/packaging/selfcheck"
	"lotse/participant/session"
)

// ErrNoDisplay says that there is no screen to open a window on.
var ErrNoDisplay = errors.New("start: no display")

// ErrNoWindow says that the graphics driver could not open a window; Fyne
// needs OpenGL 2.1.
var ErrNoWindow = errors.New("start: no OpenGL window")

// The exit codes besides 0.
const (
	exitFailed    = 1
	exitNoProfile = 3 // no profile, or no signature, that this program may run with
	exitNoWindow  = 4 // no display, or no OpenGL
)

// Harden keeps foreign libraries out of this process. It comes first in main,
// before anything is loaded.
func Harden() { harden() }

// Report says why the program ended, in lang unless its profile names a
// language: on w, and on Windows, where nobody sees that, in a message box
// unless a window has said it already. There it offers to open the page with a
// newer program, if there is one. It returns the exit code.
func Report(w io.Writer, lang words.Lang, err error) int {
	if err == nil {
		return 0
	}
	p := profileOf(err)
	lang = languageOf(p, lang)
	text, code, seen := explain(words.In(lang), err)
	fmt.Fprintln(w, text)
	if code == exitFailed {
		fmt.Fprintln(w, err)
	}
	switch {
	case seen:
	case p.UpdatePage == "":
		box(titleOf(p, lang), text)
	case ask(titleOf(p, lang), text+"\n\n"+words.Text(lang, words.UpdateAsk)):
		if err := browse.Open(p.UpdatePage); err != nil { // the text has the address
			fmt.Fprintln(w, err)
		}
	}
	return code
}

// explain returns the sentence and the exit code for an error; seen says that
// a window showed the sentence.
func explain(w *words.Words, err error) (text string, code int, seen bool) {
	noWindow := errors.Is(err, ErrNoDisplay) || errors.Is(err, ErrNoWindow)
	what, next := profileTrouble(err)
	switch {
	case what != "":
		text = w.Text(what) + "\n" + w.Text(next)
		if page := profileOf(err).UpdatePage; page != "" {
			text += "\n" + w.Text(words.DownloadPage, page)
		}
		return text, exitNoProfile, !noWindow
	case errors.Is(err, ErrNoDisplay):
		return w.Text(words.NoDisplay), exitNoWindow, false
	case noWindow:
		return w.Text(words.NoOpenGL), exitNoWindow, false
	}
	return w.Reason(words.Customer, session.ReasonInternal).String(), exitFailed, false
}

// profileTrouble says what is the matter with a profile, or with the program that
// carries it, and what to do, or nothing when err is about something else.
func profileTrouble(err error) (what, next words.Key) {
	for _, row := range []struct {
		err        error
		what, next words.Key
	}{
		{profile.ErrNone, words.NoProfile, words.NoProfileNext},
		{profile.ErrEdition, words.ProfileEdition, words.ProfileNext},
		{profile.ErrOver, words.ProfileOver, words.ProfileNext},
		{profile.ErrTooOld, words.ProfileTooOld, words.ProfileNext},
		{profile.ErrDamaged, words.ProfileDamaged, words.ProfileNext},
		{profile.ErrDocument, words.ProfileDamaged, words.ProfileNext},
		{profile.ErrGuarded, words.ProfileDamaged, words.ProfileNext},
		{selfcheck.ErrUnsigned, words.SelfUnsigned, words.SelfNext},
		{selfcheck.ErrAltered, words.SelfAltered, words.SelfNext},
		{selfcheck.ErrStranger, words.SelfStranger, words.SelfNext},
		{selfcheck.ErrUnchecked, words.SelfUnchecked, words.SelfNext},
	} {
		if errors.Is(err, row.err) {
			return row.what, row.next
		}
	}
	return "", ""
}
