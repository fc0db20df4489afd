//go:build cgo

// Command participant is the customer's program: one field to get in, a
// question before anything is seen, F11 to stop it all. It is not installed
// and leaves nothing behind.
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

	"lotse/apps/participant/presenter"
	"lotse/apps/participant/window"
	"lotse/apps/ui/start"
	"lotse/apps/ui/words"
	"lotse/capture/input"
	"lotse/packaging/profile"
	"lotse/participant"
)

func main() {
	start.Harden()
	if len(os.Args) == 2 && os.Args[1] == "-version" {
		fmt.Println(start.Version("lotse-participant"))
		return
	}
	if len(os.Args) == 2 && os.Args[1] == input.ReleaseArgument {
		os.Exit(letGo())
	}
	log := start.Log(os.Stderr)
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, log)
	cancel()
	os.Exit(start.Report(os.Stderr, err))
}

// letGo is this program as its own watchdog: it lets go of keys that the other
// process held when it died.
func letGo() int {
	if err := input.ReleaseOnEOF(os.Stdin, input.Open); err != nil {
		return 1
	}
	return 0
}

func run(ctx context.Context, log *slog.Logger) error {
	p, err := profile.Current(profile.ParticipantEdition)
	if err != nil {
		return errors.Join(err, start.Unbranded(words.System()))
	}
	app, err := start.New()
	if err != nil {
		return err
	}
	var win *window.Window
	member, err := participant.New(participant.Config{
		Profile: p, Log: log, Edge: participant.Edge{Input: input.OpenWatched},
		StopText: words.In(words.System()).Text(words.BarStop),
		OnChange: func(s participant.State) { win.Update(s) },
	})
	if err != nil {
		return err
	}
	runner := presenter.NewRunner(member, log)
	win = window.New(app, presenter.New(runner, p, words.System(), time.Now), fyne.Do)
	if err := start.Show(win.Window()); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	for _, part := range []func(context.Context) error{runner.Run, win.Run, start.QuitWith(app)} {
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
