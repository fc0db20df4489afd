//go:build gallery && !cgo

// Command gallery without cgo shows the customer's window that needs no
// toolkit, on Windows or under Wine:
//
//	GOOS=windows CGO_ENABLED=0 go build -tags gallery,nogl ./apps/ui/gallery
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"lotse/apps/participant/native"
	"lotse/apps/participant/presenter"
	"lotse/apps/ui/start"
	"lotse/apps/ui/words"
)

func main() {
	start.Log(os.Stderr)
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	states := participantStates(time.Now())
	for i, s := range states {
		states[i].name = strings.Replace(s.name, "participant", "native", 1)
		if len(args) == 0 {
			fmt.Println(states[i].name)
		}
	}
	if len(args) == 0 {
		for name := range notices(nil) {
			fmt.Println("native-" + name)
		}
		return nil
	}
	lang := words.English
	if len(args) > 1 {
		lang = words.FromLocale(args[1])
	}
	who, err := profileFor(args[0], lang)
	if err != nil {
		return err
	}
	if why, ok := notices(who)[strings.TrimPrefix(args[0], "native-")]; ok {
		start.Report(os.Stderr, lang, errors.Join(why, start.ErrNoWindow))
		return nil
	}
	for _, s := range states {
		if s.name == args[0] {
			p := presenter.New(nothing{}, who, lang, time.Now)
			p.Offer(s.offered())
			p.Renews(renewal(ctx, s.name))
			w, err := native.New(p)
			if err != nil {
				return err
			}
			if s.check != nil {
				s.check.show(p.Checkup())
			} else {
				w.Update(s.state)
			}
			return w.Run(ctx)
		}
	}
	return fmt.Errorf("gallery: no page %q", args[0])
}
