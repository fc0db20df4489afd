//go:build cgo && !nogl

package start

import (
	"context"

	"fyne.io/fyne/v2"

	"lotse/apps/ui"
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
// the window is closed. Of other errors it shows nothing.
func Unbranded(lang words.Lang, why error) error {
	what, next := profileTrouble(why)
	if what == "" {
		return nil
	}
	a, err := New(ui.Look{})
	if err != nil {
		return err
	}
	w := a.NewWindow(words.Text(lang, words.AppTitle))
	w.SetPadded(false)
	w.SetContent(ui.Notice(
		words.Text(lang, words.AppTitle), words.Text(lang, what),
		words.Text(lang, next), words.Text(lang, words.CloseProgram), w.Close,
	))
	w.Resize(fyne.NewSize(460, 300))
	if err := Show(w); err != nil {
		return err
	}
	a.Run()
	return nil
}
