//go:build cgo

package start

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"

	"fyne.io/fyne/v2"

	"lotse/apps/ui"
	"lotse/apps/ui/words"
)

// Log makes the program's log, and what libraries print with the log package
// goes there too, as noise: Fyne reports every folder that it did not get.
func Log(w io.Writer) *slog.Logger {
	l := slog.New(slog.NewTextHandler(w, nil))
	slog.SetLogLoggerLevel(slog.LevelDebug)
	slog.SetDefault(l)
	return l
}

// Version says which build this is.
func Version(name string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return name
	}
	revision := "unknown"
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			revision = s.Value
		}
	}
	return fmt.Sprintf("%s %s %s", name, info.Main.Version, revision)
}

// QuitWith closes the application when ctx ends.
func QuitWith(a fyne.App) func(context.Context) error {
	return func(ctx context.Context) error {
		<-ctx.Done()
		fyne.Do(a.Quit)
		return ctx.Err()
	}
}

// Unbranded shows that nobody made this program ready, until the window is
// closed.
func Unbranded(lang words.Lang) error {
	a, err := New()
	if err != nil {
		return err
	}
	w := a.NewWindow(words.Text(lang, words.AppTitle))
	w.SetPadded(false)
	w.SetContent(ui.Notice(
		words.Text(lang, words.AppTitle), words.Text(lang, words.NoProfile),
		words.Text(lang, words.NoProfileNext), words.Text(lang, words.CloseProgram), w.Close,
	))
	w.Resize(fyne.NewSize(460, 300))
	if err := Show(w); err != nil {
		return err
	}
	a.Run()
	return nil
}
