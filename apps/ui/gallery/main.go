//go:build gallery && cgo

// Command gallery shows one page of a window with an example state, for
// looking at and for the pictures in the documents.
//
//	go run -tags gallery ./apps/ui/gallery participant-question de
//
// Without a page it prints the names of all.
package main

import (
	"context"
	"fmt"
	"image"
	"os"
	"time"

	"fyne.io/fyne/v2"

	mwindow "lotse/apps/master/window"
	"lotse/apps/participant/presenter"
	pwindow "lotse/apps/participant/window"
	"lotse/apps/ui"
	"lotse/apps/ui/start"
	"lotse/apps/ui/words"
	"lotse/packaging/profile"
)

func main() {
	start.Log(os.Stderr)
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	pages := all(time.Now())
	if len(args) == 0 {
		for name := range notices(nil) {
			fmt.Println(name)
		}
		for _, p := range pages {
			fmt.Println(p.name)
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
	if why, ok := notices(who)[args[0]]; ok {
		fmt.Println("drawn") // is all there is to wait for
		return start.Unbranded(lang, why)
	}
	a, err := start.New(ui.LookOf(who))
	if err != nil {
		return err
	}
	for _, p := range pages {
		if p.name == args[0] {
			win, update := p.open(a, who, lang)
			if err := start.Show(win); err != nil {
				return err
			}
			go update(context.Background()) // from another goroutine, as in the programs
			a.Run()
			return nil
		}
	}
	return fmt.Errorf("gallery: no page %q", args[0])
}

// page is one example; update brings the state once the window is there.
type page struct {
	name string
	open func(fyne.App, *profile.Profile, words.Lang) (win fyne.Window, update func(context.Context))
}

func all(now time.Time) []page {
	var pages []page
	for _, s := range participantStates(now) {
		pages = append(pages, page{s.name, func(a fyne.App, who *profile.Profile, lang words.Lang) (fyne.Window, func(context.Context)) {
			p := presenter.New(nothing{}, who, lang, time.Now)
			p.Offer(s.offered())
			p.Renews(renewal(context.Background(), s.name))
			w := pwindow.New(a, p, fyne.Do)
			return w.Window(), func(ctx context.Context) {
				w.Update(s.state)
				if s.check != nil {
					fyne.DoAndWait(func() { s.check.show(p.Checkup()) })
				}
				tick(ctx, w.Run)
			}
		}})
	}
	for _, s := range masterStates(now) {
		pages = append(pages, page{s.name, func(a fyne.App, who *profile.Profile, lang words.Lang) (fyne.Window, func(context.Context)) {
			room := pictures{screen: picture(image.Pt(1280, 800))}
			p := mwindow.NewPresenter(nothing{}, who, lang, time.Now)
			check := &checked{}
			if s.check != nil {
				check = s.check
			}
			p.Offer(check)
			p.Renews(renewal(context.Background(), s.name))
			w := mwindow.New(a, p, room, fyne.Do)
			return w.Window(), func(ctx context.Context) {
				w.Update(s.before)
				fyne.DoAndWait(func() {}) // drawn before the next one comes
				w.Update(s.state)
				if s.check != nil {
					fyne.DoAndWait(p.Check)
				}
				if s.invite {
					fyne.DoAndWait(p.Invite)
				}
				tick(ctx, w.Run)
			}
		}})
	}
	return pages
}

// tick says that the state is drawn, and lets countdowns run for as long as
// the gallery does.
func tick(ctx context.Context, run func(context.Context) error) {
	fyne.DoAndWait(func() {})
	fmt.Println("drawn")
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}
