//go:build gallery

// Command gallery shows one page of a window with an example state, for
// looking at and for the screenshots in the documents.
//
//	go run -tags gallery ./apps/ui/gallery participant-question de
package main

import (
	"fmt"
	"os"
	"time"

	"fyne.io/fyne/v2"

	"lotse/apps/participant/window"
	"lotse/apps/ui/start"
	"lotse/apps/ui/words"
	"lotse/packaging/profile"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 1 {
		for _, s := range participantStates(time.Now()) {
			fmt.Println(s.name)
		}
		return nil
	}
	lang := words.English
	if len(args) > 1 {
		lang = words.FromLocale(args[1])
	}
	a, err := start.New()
	if err != nil {
		return err
	}
	win, err := open(a, args[0], lang)
	if err != nil {
		return err
	}
	if err := start.Show(win); err != nil {
		return err
	}
	a.Run()
	return nil
}

func exampleProfile() *profile.Profile {
	return &profile.Profile{Organisation: "Stadtwerke Musterhafen", AppName: "Lotse", Development: true}
}

func open(a fyne.App, name string, lang words.Lang) (fyne.Window, error) {
	now := time.Now()
	for _, s := range participantStates(now) {
		if s.name != name {
			continue
		}
		p := window.NewPresenter(nothing{}, exampleProfile(), lang, time.Now)
		w := window.New(a, p, fyne.Do)
		w.Update(s.state)
		return w.Window(), nil
	}
	return nil, fmt.Errorf("gallery: no page %q", name)
}
