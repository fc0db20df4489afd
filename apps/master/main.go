//go:build cgo

// Command master is the moderator's program: a number and a PIN to read
// aloud, a door, and the screen of whoever shows one. It is not installed and
// leaves nothing behind.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"lotse/apps/master/window"
	"lotse/apps/ui"
	"lotse/apps/ui/checkup"
	"lotse/apps/ui/start"
	"lotse/apps/ui/words"
	"lotse/master"
	"lotse/packaging/profile"
	"lotse/relay/wire"
)

func main() {
	start.Harden()
	if len(os.Args) == 2 && os.Args[1] == "-version" {
		fmt.Println(start.Version("lotse-master"))
		return
	}
	log := start.Log(os.Stderr)
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, log)
	cancel()
	os.Exit(start.Report(os.Stderr, words.System(), err))
}

// commands is everything the windows may ask: the room's part and the next
// room.
type commands struct {
	*master.Room
	*window.Runner
}

// Run tells apart the two that are embedded; the runner runs the room.
func (c commands) Run(ctx context.Context) error { return c.Runner.Run(ctx) }

func run(ctx context.Context, log *slog.Logger) error {
	p, err := start.Profile(profile.MasterEdition)
	if err != nil {
		return errors.Join(err, start.Unbranded(words.System(), err))
	}
	app, err := start.New(ui.LookOf(p))
	if err != nil {
		return err
	}
	var win *window.Window
	room, err := master.New(master.Config{
		Profile: p, Build: profile.Build(), Log: log,
		OnChange:  func(s master.State) { win.Update(s) },
		OnPicture: func(member uint8) { win.Picture(member) },
	})
	if err != nil {
		return err
	}
	do := commands{Room: room, Runner: window.NewRunner(room, log)}
	check, presenter := checkup.New(p, wire.RoleMaster), window.NewPresenter(do, p, words.Preferred(p.Language), time.Now)
	presenter.Offer(check)
	renewal := start.Renewal(p, log)
	presenter.Renews(renewal)
	win = window.New(app, presenter, room, fyne.Do)
	if err := start.Show(win.Window()); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	for _, part := range []func(context.Context) error{do.Run, win.Run, check.Run, renewal.Run, start.QuitWith(app)} {
		all.Go(func() {
			if err := part(ctx); err != nil && !errors.Is(err, context.Canceled) {
				log.Warn("part ended", "error", err)
			}
		})
	}
	app.Run()
	cancel()
	all.Wait()
	return nil
}
