//go:build cgo && !nogl

package main

import (
	"context"
	"log/slog"

	"fyne.io/fyne/v2"

	"lotse/apps/participant/window"
	"lotse/apps/ui"
	"lotse/apps/ui/start"
	"lotse/apps/ui/words"
	"lotse/packaging/profile"
	"lotse/participant"
)

// withToolkit shows Fyne's window, or returns start.ErrNoWindow where its
// graphics can't be had.
func withToolkit(ctx context.Context, p *profile.Profile, log *slog.Logger) error {
	if !start.HasOpenGL() {
		return start.ErrNoWindow
	}
	app, err := start.New(ui.LookOf(p))
	if err != nil {
		return err
	}
	var win *window.Window
	prog, err := newProgram(p, log, func(s participant.State) { win.Update(s) })
	if err != nil {
		return err
	}
	win = window.New(app, prog.presenter, fyne.Do)
	if err := start.Show(win.Window()); err != nil {
		return err
	}
	show := func(context.Context) error {
		app.Run()
		return nil
	}
	return beside(ctx, log, show, prog.runner.Run, prog.checkup.Run, prog.renewal.Run, win.Run, start.QuitWith(app))
}

// unbranded says why there is no profile to run with.
func unbranded(why error) error {
	if !start.HasOpenGL() {
		return start.ErrNoWindow
	}
	return start.Unbranded(words.System(), why)
}
