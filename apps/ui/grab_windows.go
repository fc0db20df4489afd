package ui

import (
	"fyne.io/fyne/v2"

	"lotse/capture/keygrab"
)

const canGrab = true

// hookGrabber hears the system's keys beside the window, which gets all others
// as ever. The hook ends together with its program.
type hookGrabber struct {
	view *ScreenView
	run  func(func())
	grab *keygrab.Grab
}

func newGrabber(_ fyne.Window, v *ScreenView, run func(func())) Grabber {
	return &hookGrabber{view: v, run: run}
}

func (g *hookGrabber) Take() bool {
	grab, err := keygrab.Open(func(k keygrab.Key) {
		g.run(func() { g.view.caught(g.chord(k)) })
	})
	if err != nil {
		return false
	}
	g.grab = grab
	return true
}

// Give ends it; a hook that does not end in time ends with the program, and
// its keys are for nobody then.
func (g *hookGrabber) Give() {
	if err := g.grab.Close(); err != nil {
		fyne.LogError("the keys of the system", err)
	}
}

func (g *hookGrabber) chord(k keygrab.Key) chord {
	c := chord{usage: g.view.scan[k.Scan], letter: k.Letter, down: k.Down}
	for _, scan := range k.With {
		if u := g.view.scan[scan]; u != 0 {
			c.with = append(c.with, u)
		}
	}
	return c
}
