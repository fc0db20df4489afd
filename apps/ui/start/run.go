//go:build cgo && !nogl

package start

import (
	"context"

	"fyne.io/fyne/v2"

	"lotse/apps/ui"
	"lotse/apps/ui/browse"
	"lotse/apps/ui/words"
)

// QuitWith closes the application when ctx ends.
func QuitWith(a fyne.App) func(context.Context) error {
	return func(ctx context.Context) error {
		<-ctx.Done()
		fyne.Do(a.Quit)
		return ctx.Err()
	}
}

// Unbranded shows why there is no profile that this program may run with, until
// the window is closed. Of other errors it shows nothing. A program that is too
// old has its organisation's look still, and speaks its language.
func Unbranded(lang words.Lang, why error) error {
	if what, _ := profileTrouble(why); what == "" {
		return nil
	}
	p := profileOf(why)
	lang = languageOf(p, lang)
	a, err := New(ui.LookOf(p))
	if err != nil {
		return err
	}
	w := a.NewWindow(titleOf(p, lang))
	w.SetPadded(false)
	notice(w, lang, why, browse.Open)
	w.Resize(fyne.NewSize(460, 300))
	if err := Show(w); err != nil {
		return err
	}
	a.Run()
	return nil
}

// notice fills the window of Unbranded. Where there is a page with a newer program, a
// button opens it; where no browser comes up, its address is shown to be typed.
func notice(w fyne.Window, lang words.Lang, why error, open func(page string) error) {
	what, next := profileTrouble(why)
	p := profileOf(why)
	var show func(next string)
	show = func(next string) {
		var more []fyne.CanvasObject
		if page := p.UpdatePage; page != "" {
			more = append(more, ui.NewButton(words.Text(lang, words.UpdateOpen), ui.FillPrimary, func() {
				if open(page) != nil {
					show(words.Text(lang, words.UpdateNoOpen, page))
				}
			}))
		}
		w.SetContent(ui.Notice(titleOf(p, lang), words.Text(lang, what), next, words.Text(lang, words.CloseProgram), w.Close, more...))
	}
	show(words.Text(lang, next))
}
