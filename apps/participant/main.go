// Command participant is the customer's program: one field to get in, a
// question before anything is seen, F11 to stop it all. It is not installed
// and leaves nothing behind.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"time"

	"lotse/apps/participant/native"
	"lotse/apps/participant/presenter"
	"lotse/apps/ui/checkup"
	"lotse/apps/ui/plain"
	"lotse/apps/ui/renew"
	"lotse/apps/ui/start"
	"lotse/apps/ui/words"
	"lotse/capture/elevation"
	"lotse/capture/input"
	"lotse/packaging/profile"
	"lotse/participant"
	"lotse/relay/wire"
)

// forceRaised makes every window count as an administrator's, where there are
// no others to try it with: under Wine.
const forceRaised = "LOTSE_FORCE_RAISED"

// forceNative makes a program that has a toolkit do without it.
const forceNative = "LOTSE_FORCE_NATIVE"

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
	os.Exit(start.Report(os.Stderr, words.System(), err))
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
	p, err := start.Profile(profile.ParticipantEdition)
	if err != nil {
		return errors.Join(err, unbranded(err))
	}
	if os.Getenv(forceNative) != "1" {
		err := withToolkit(ctx, p, log)
		if !errors.Is(err, start.ErrNoWindow) && !errors.Is(err, start.ErrNoDisplay) {
			return err
		}
		return instead(ctx, p, log, err)
	}
	return withoutToolkit(ctx, p, log)
}

// instead shows Windows' own window where the toolkit's can't be had, or says
// why it can't on systems that have no such window.
func instead(ctx context.Context, p *profile.Profile, log *slog.Logger, why error) error {
	log.Info("no window of the toolkit, so Windows' own if there is one", "error", why)
	err := withoutToolkit(ctx, p, log)
	if errors.Is(err, start.ErrNoWindow) {
		return why
	}
	return err
}

// program is a member, what runs its sessions, and what its window says.
type program struct {
	runner    *presenter.Runner
	renewal   *renew.Renewal
	checkup   *checkup.Checkup
	presenter *presenter.Presenter
}

// newProgram makes a program that tells its window of each new state.
func newProgram(p *profile.Profile, log *slog.Logger, changed func(participant.State)) (program, error) {
	member, err := participant.New(participant.Config{
		Profile: p, Build: profile.Build(), Log: log, Edge: edge(),
		StopText: words.Text(words.Preferred(p.Language), words.BarStop), OnChange: changed,
	})
	if err != nil {
		return program{}, err
	}
	runner := presenter.NewRunner(member, log)
	if len(os.Args) == 2 && elevation.IsArgument(os.Args[1]) {
		runner.Follow(func() (io.ReadWriteCloser, error) { return elevation.Join(os.Args[1]) })
	}
	renewal := start.Renewal(p, log)
	prog := program{runner, renewal, checkup.New(p, wire.RoleParticipant), presenter.New(runner, p, words.Preferred(p.Language), time.Now)}
	prog.presenter.Offer(prog.checkup)
	prog.presenter.Renews(renewal)
	return prog, nil
}

// edge is this computer.
func edge() participant.Edge {
	e := participant.Edge{Input: input.OpenWatched}
	if os.Getenv(forceRaised) == "1" {
		e.Front = func() (elevation.Front, error) { return elevation.Raised, nil }
		e.Raisable = func() bool { return true }
	}
	return e
}

// beside runs parts until show returns, and ends them then.
func beside(ctx context.Context, log *slog.Logger, show func(context.Context) error, parts ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	for _, part := range parts {
		all.Go(func() {
			if err := part(ctx); err != nil && !errors.Is(err, context.Canceled) {
				log.Warn("part ended", "error", err)
				if errors.Is(err, participant.ErrHandedOver) || errors.Is(err, participant.ErrNotTaken) {
					cancel() // another run of this program has the session
				}
			}
		})
	}
	err := show(ctx)
	cancel()
	all.Wait()
	return err
}

// withoutToolkit shows the window that needs nothing but Windows.
func withoutToolkit(ctx context.Context, p *profile.Profile, log *slog.Logger) error {
	var win *native.Window
	prog, err := newProgram(p, log, func(s participant.State) { win.Update(s) })
	if err != nil {
		return err
	}
	win, err = native.New(prog.presenter)
	if errors.Is(err, plain.ErrUnsupported) {
		return start.ErrNoWindow
	}
	if err != nil {
		return err
	}
	err = beside(ctx, log, win.Run, win.Beside(prog.runner.Run), prog.checkup.Run, prog.renewal.Run)
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
