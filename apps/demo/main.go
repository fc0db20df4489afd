//go:build linux

// Command demo plays a support session with the real programs, so that a
// person can watch: a relay, a moderator and a customer, joined, the screen
// shown and steered. Without a display it makes two of its own and leaves
// pictures.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"lotse/apps/stage"
)

func main() {
	seconds := flag.Int("seconds", 60, "how long the session stays open")
	out := flag.String("out", "out/demo", "where pictures and logs go")
	bin := flag.String("bin", "out/bin", "where the programs are")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *bin, *out, time.Duration(*seconds)*time.Second)
	cancel()
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// run plays the session and leaves nothing running.
func run(ctx context.Context, bin, out string, stay time.Duration) error {
	dir, err := os.MkdirTemp("", "lotse-demo-")
	if err != nil {
		return fmt.Errorf("scratch folder: %w", err)
	}
	defer os.RemoveAll(dir)
	play, err := stage.Set(ctx, stage.Scene{
		Bin: bin, Dir: dir, Display: os.Getenv("DISPLAY"), Text: letter,
	})
	if err != nil {
		return err
	}
	defer play.Close()
	fmt.Println("The moderator reads number and PIN aloud, the customer types them …")
	if err := play.Connect(ctx); err != nil {
		return errors.Join(err, play.Pictures(out, "failed"))
	}
	fmt.Println("… and lets the moderator see and control the screen.")
	if err := help(ctx, play, out); err != nil {
		return errors.Join(err, play.Pictures(out, "failed"))
	}
	fmt.Println("Pictures of both screens:", filepath.Join(out, "moderator.png"), filepath.Join(out, "customer.png"))
	fmt.Printf("The session stays open for %v; press F11 at the customer's screen to stop everything.\n", stay)
	select {
	case <-ctx.Done():
	case <-time.After(stay):
	case <-play.Customer.Done():
	}
	return nil
}

// letter is what the customer has on the screen.
const letter = `Dear support,

my printer prints every page twice since Monday. Could you please have a
look? I have already switched it off and on.

Größe A4, beidseitig, Fach 2.

Kind regards
Petra Muster

`

// help asks, lets the customer allow, and types a line at the customer's.
func help(ctx context.Context, play *stage.Support, out string) error {
	if err := play.SeeAndSteer(ctx); err != nil {
		return err
	}
	if play.Own() { // on a person's display the mouse is the person's
		if err := typeLine(ctx, play); err != nil {
			return err
		}
	}
	if err := play.Settle(ctx); err != nil {
		return err
	}
	return errors.Join(
		play.Moderator.Save(filepath.Join(out, "moderator.png")),
		play.Customer.Save(filepath.Join(out, "customer.png")),
	)
}

func typeLine(ctx context.Context, play *stage.Support) error {
	if err := play.ClickThere(ctx, stage.Paper()); err != nil {
		return err
	}
	return play.Moderator.Type(ctx, "Hello! Two-sided printing is on twice. I switch it off now.")
}
