package window

import (
	"context"
	"reflect"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"lotse/apps/ui"
	"lotse/capture/input"
	"lotse/master"
)

// tick is how often a countdown is drawn anew: a number of whole seconds is
// late by a quarter of one at most.
const tick = 250 * time.Millisecond

// Window draws what the presenter says, and opens a viewer for everybody who
// shows a screen. All but Update, Picture and Run belongs to Fyne's goroutine.
type Window struct {
	app       fyne.App
	win       fyne.Window
	presenter *Presenter
	steer     Steering
	run       func(func())
	states    *ui.Slot[master.State]
	ticks     *ui.Slot[struct{}]
	pictures  *ui.Slot[struct{}]
	seen      *marks

	drawn   View
	built   bool
	status  *widget.Label
	members map[uint8]*widget.Label
	reasons map[uint8]*widget.Entry
	viewers map[uint8]*Viewer
	guest   *widget.Entry // the name of whoever is invited by link

	grabs   bool // the system's keys go to the customer, too
	grabber func(fyne.Window, *ui.ScreenView, func(func())) ui.Grabber
	locks   func() (input.LockState, error)
}

// New returns the main window of app; it is not shown yet. run is fyne.Do.
func New(app fyne.App, p *Presenter, steer Steering, run func(func())) *Window {
	w := &Window{
		app: app, win: app.NewWindow(p.View().Title), presenter: p, steer: steer, run: run,
		seen: newMarks(), reasons: make(map[uint8]*widget.Entry), viewers: make(map[uint8]*Viewer),
		grabber: ui.NewGrabber, locks: input.ReadLocks,
	}
	w.guest = w.newGuest()
	w.states = ui.NewSlot(run, func(s master.State) { p.Update(s); w.draw() })
	w.ticks = ui.NewSlot(run, func(struct{}) { w.draw() })
	w.pictures = ui.NewSlot(run, func(struct{}) { w.picture() })
	w.win.SetIcon(ui.IconOf(app))
	w.win.SetPadded(false)
	w.win.SetMaster()
	w.win.SetCloseIntercept(w.close)
	w.win.Canvas().AddShortcut(&fyne.ShortcutCopy{}, func(fyne.Shortcut) { w.copy() })
	w.win.Resize(fyne.NewSize(windowWidth, windowHeight))
	w.draw()
	return w
}

// The main window's least size in device independent pixels.
const (
	windowWidth  = 940
	windowHeight = 660
)

// Window returns what Fyne knows it by.
func (w *Window) Window() fyne.Window { return w.win }

// Update shows a state soon. It may be called from any goroutine.
func (w *Window) Update(s master.State) { w.states.Put(s) }

// Picture shows a member's newest picture soon. It may be called from any
// goroutine.
func (w *Window) Picture(member uint8) {
	w.seen.add(member)
	w.pictures.Put(struct{}{})
}

// Run lets countdowns run until ctx ends.
func (w *Window) Run(ctx context.Context) error {
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
			w.ticks.Put(struct{}{})
		}
	}
}

// picture lets the viewers whose picture changed take it.
func (w *Window) picture() {
	for _, id := range w.seen.take() {
		if v := w.viewers[id]; v != nil {
			v.picture()
		}
	}
}

// draw builds the window anew when anything but a countdown changed.
func (w *Window) draw() {
	v := w.presenter.View()
	live := v.Live
	v.Live = Live{}
	if !w.built || !reflect.DeepEqual(v, w.drawn) {
		w.build(v)
	}
	set(w.status, live.Status)
	for id, l := range w.members {
		set(l, live.Members[id])
	}
	w.follow()
}

func set(l *widget.Label, text string) {
	empty := text == ""
	if l == nil || l.Text == text && l.Hidden == empty {
		return
	}
	l.Hidden = empty
	l.SetText(text)
}

// follow opens a viewer for everybody who began to show a screen, and closes
// those of people who left once nobody reads how.
func (w *Window) follow() {
	sharers := w.presenter.Sharers()
	for _, id := range sharers {
		if w.viewers[id] == nil {
			w.viewers[id] = newViewer(w, id)
			w.viewers[id].show()
		}
	}
	for id, v := range w.viewers {
		if w.done(v) {
			v.gone()
			delete(w.viewers, id)
			continue
		}
		v.draw()
	}
}

// done reports whether a viewer is of no more use: its member left, and it
// does not say so to anybody.
func (w *Window) done(v *Viewer) bool {
	if _, here := w.presenter.member(v.member); here {
		return false
	}
	_, told := w.presenter.left(v.member)
	return !told || !v.shown
}

func (w *Window) build(v View) {
	w.built, w.drawn, w.status, w.members = true, v, nil, nil
	w.win.SetTitle(v.Title)
	var content fyne.CanvasObject
	var focus fyne.Focusable
	switch v.Page {
	case OpeningPage:
		content = w.atFoot(v.Opening.Check, ui.Column(ui.Heading(v.Opening.Heading), ui.Line(v.Opening.Detail), ui.NewSpinner()))
	case RoomPage:
		content = w.room(v.Room)
	case EndedPage:
		content = w.ended(v.Ended)
	case InvitePage:
		content = w.inviting(v.Invite)
		if w.win.Canvas().Focused() == nil {
			focus = w.guest
		}
	case CheckPage:
		content, focus = w.check(v.Check)
	}
	focused := w.win.Canvas().Focused()
	w.win.SetContent(container.NewBorder(w.band(v), nil, nil, nil, content))
	if e, ok := focused.(*widget.Entry); ok {
		w.win.Canvas().Focus(e)
	}
	if focus != nil {
		w.win.Canvas().Focus(focus)
	}
}

func (w *Window) copy() {
	if code := w.presenter.Copy(); code != "" {
		w.app.Clipboard().SetContent(code)
		w.draw()
	}
}

func (w *Window) close() {
	if !w.presenter.Close() {
		w.draw()
		return
	}
	w.win.Close()
}

// act makes a callback that redraws after the presenter did something.
func (w *Window) act(do func()) func() {
	return func() {
		do()
		w.draw()
	}
}

// reason returns what the moderator typed as the reason for a member.
func (w *Window) reason(id uint8) string {
	if e := w.reasons[id]; e != nil {
		return e.Text
	}
	return ""
}

// band is the dark top of the window, with the way to the other language.
func (w *Window) band(v View) fyne.CanvasObject {
	const flag, large, small = 34, 18, 13
	name := v.Organisation
	if name == "" {
		name = v.Title
	}
	lines := container.NewVBox(ui.BandText(name, large, true))
	if v.Development != "" {
		lines.Add(ui.BandText(v.Development, small, false))
	}
	left := container.NewHBox(
		container.NewGridWrap(fyne.NewSquareSize(flag), widget.NewIcon(ui.IconOf(w.app))), container.NewCenter(lines),
	)
	return ui.NewBand(left, container.NewCenter(ui.NewLanguageSwitch(v.Lang, w.act(w.presenter.SwitchLanguage))))
}
