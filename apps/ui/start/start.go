//go:build cgo && !nogl

package start

import (
	"errors"
	"fmt"
	"log/slog"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/driver"
	"github.com/go-text/typesetting/fontscan"

	"lotse/apps/ui"
)

// New returns Fyne's application in an organisation's look. It has no ID, so Fyne keeps
// no preferences for it, and while it starts the user's folders are out of
// reach: Fyne makes its folders then and only then.
func New(look ui.Look) (fyne.App, error) {
	if !hasDisplay() {
		return nil, ErrNoDisplay
	}
	silence()
	if err := preloadFonts(); err != nil {
		slog.Debug("system fonts are not used", "error", err)
	}
	restore, err := hideFolders()
	if err != nil {
		return nil, err
	}
	a := app.NewWithID("")
	a.Lifecycle().SetOnStarted(restore)
	a.Settings().SetTheme(ui.NewTheme(look))
	a.SetIcon(look.Icon())
	return a, nil
}

// Show shows a window and reports ErrNoWindow where the driver can't, and
// ErrNoDisplay where the display does not answer: Fyne's driver panics then.
func Show(w fyne.Window) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrNoDisplay, r)
		}
	}()
	w.Show()
	n, ok := w.(driver.NativeWindow)
	if !ok {
		return nil
	}
	opened := true
	n.RunNative(func(context any) { opened = hasHandle(context) })
	if !opened {
		return ErrNoWindow
	}
	return nil
}

// preloadFonts lets go-text build its index of the system's fonts once, in a
// folder that is gone afterwards. Later uses in this process find the index
// in memory and write nothing.
func preloadFonts() error {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		return fmt.Errorf("start: folder for the font index: %w", err)
	}
	_, scanErr := fontscan.SystemFonts(quiet{}, dir)
	return errors.Join(scanErr, os.RemoveAll(dir))
}

// quiet drops what go-text says about fonts that it can't read.
type quiet struct{}

func (quiet) Printf(string, ...any) {}

// hideFolders points the variables that name the user's folders at a place
// that can't exist, and returns what points them back.
func hideFolders() (restore func(), err error) {
	type saved struct {
		name, value string
		set         bool
	}
	var old []saved
	restore = func() {
		for _, s := range old {
			if err := put(s.name, s.value, s.set); err != nil {
				slog.Debug("environment not restored", "name", s.name, "error", err)
			}
		}
	}
	for _, name := range folderVariables() {
		value, set := os.LookupEnv(name)
		old = append(old, saved{name, value, set})
		if err := os.Setenv(name, impossible); err != nil {
			restore()
			return nil, fmt.Errorf("start: set %s: %w", name, err)
		}
	}
	for name, value := range settings() {
		if err := os.Setenv(name, value); err != nil {
			restore()
			return nil, fmt.Errorf("start: set %s: %w", name, err)
		}
	}
	return restore, nil
}

func put(name, value string, set bool) error {
	if set {
		return os.Setenv(name, value)
	}
	return os.Unsetenv(name)
}
