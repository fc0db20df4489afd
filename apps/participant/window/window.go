// Package window draws what the participant's presenter says, with Fyne, and
// calls it back when something was pressed.
package window

import (
	"context"
	"reflect"
	"slices"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"lotse/apps/participant/presenter"
	"lotse/apps/ui"
	"lotse/participant"
	"lotse/participant/session"
)

// tick is how often a countdown is drawn anew and the window says that it is
// alive: a number of whole seconds is late by a quarter of one at most.
const tick = 250 * time.Millisecond

// Window draws what the presenter says. All but Update and Run belongs to
// Fyne's goroutine.
type Window struct {
	app       fyne.App
	win       fyne.Window
	run       func(func())
	presenter *presenter.Presenter
	// errands are done beside the window, as long as Run runs.
	errands chan func(context.Context)
	states  *ui.Slot[participant.State]
	ticks   *ui.Slot[struct{}]

	drawn presenter.View
	live  presenter.Live
	built bool
	above bool
	// ticked counts ticks.
	ticked uint
	entry  *widget.Entry
	left   *ui.Countdown
	text   *widget.Label
	limits *widget.Label
	allow  *ui.Button
	deny   *ui.Button
	checks map[session.Grants]*widget.Check
	change *ui.Link
	limit  *ui.Link
	// own is the window's number once the presenter knows it.
	own   uint32
	owned bool
	// region is the window in which a part is drawn, nil for none.
	region fyne.Window
}

// New returns a window of app; it is not shown yet. run is fyne.Do.
func New(app fyne.App, p *presenter.Presenter, run func(func())) *Window {
	w := &Window{app: app, win: app.NewWindow(p.View().Title), run: run, presenter: p, errands: make(chan func(context.Context), 1)}
	w.states = ui.NewSlot(run, func(s participant.State) { p.Update(s); w.draw() })
	w.ticks = ui.NewSlot(run, func(struct{}) { p.Alive(); w.draw(); w.stay() })
	w.entry = widget.NewEntry()
	w.entry.OnSubmitted = func(string) { w.connect() }
	w.win.SetIcon(ui.IconOf(app))
	w.win.SetPadded(false)
	w.win.SetCloseIntercept(w.close)
	w.win.Canvas().SetOnTypedKey(w.key)
	w.draw()
	return w
}

// Window returns what Fyne knows it by.
func (w *Window) Window() fyne.Window { return w.win }

// Update shows a state soon. It may be called from any goroutine.
func (w *Window) Update(s participant.State) { w.states.Put(s) }

// Run lets countdowns run, and does errands, until ctx ends.
func (w *Window) Run(ctx context.Context) error {
	t := time.NewTicker(tick)
	defer t.Stop()
	var errands sync.WaitGroup
	defer errands.Wait()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case f := <-w.errands:
			errands.Go(func() { f(ctx) })
		case <-t.C:
			w.ticks.Put(struct{}{})
		}
	}
}

// draw builds the page anew when anything but a countdown changed.
func (w *Window) draw() {
	v := w.presenter.View()
	live := v.Live
	v.Live, w.live = presenter.Live{}, live
	if !w.built || !reflect.DeepEqual(v, w.drawn) {
		w.build(v)
	}
	if w.allow != nil {
		w.allow.SetEnabled(live.CanAllow)
		w.deny.SetEnabled(live.CanDeny)
	}
	for right, check := range w.checks {
		if on := w.presenter.Choice().Has(right); check.Checked != on {
			check.Checked = on
			check.Refresh()
		}
	}
	if w.limits != nil && w.limits.Text != live.Limits {
		w.limits.SetText(live.Limits)
		w.limits.Hidden = live.Limits == ""
	}
	if w.left != nil {
		w.left.SetLeft(live.Left)
	}
	if w.text != nil && w.text.Text != live.Text {
		w.text.SetText(live.Text)
		w.text.Hidden = live.Text == ""
	}
}

// pageSize is the least size of a page in device independent pixels; content
// that needs more gets it.
func pageSize(p presenter.Page) fyne.Size {
	switch p {
	case presenter.QuestionPage:
		return fyne.NewSize(600, 0)
	case presenter.BarPage:
		return fyne.NewSize(600, 0)
	case presenter.StartPage, presenter.WaitPage:
		return fyne.NewSize(500, 470)
	case presenter.EndPage:
		return fyne.NewSize(500, 580) // six lines of the ledger
	case presenter.CheckPage:
		return fyne.NewSize(560, 580)
	}
	return fyne.Size{}
}

func (w *Window) build(v presenter.View) {
	fresh := !w.built || v.Page != w.drawn.Page || v.Question.ID != w.drawn.Question.ID
	w.built, w.drawn = true, v
	w.left, w.text, w.limits, w.allow, w.deny, w.checks = nil, nil, nil, nil, nil, nil
	w.win.SetTitle(v.Title)
	var focus fyne.Focusable
	var content fyne.CanvasObject
	switch v.Page {
	case presenter.StartPage:
		content, focus = w.start(v.Start)
	case presenter.WaitPage:
		content, focus = w.wait(v.Wait)
	case presenter.QuestionPage:
		content, focus = w.question(v.Question)
	case presenter.BarPage:
		content = w.bar(v.Bar)
	case presenter.EndPage:
		content = w.end(v.End) // no focus: a stray Enter must not lead away
	case presenter.CheckPage:
		content, focus = w.check(v.Check)
		fresh = true // the page says itself where the focus was
	}
	w.show(content, pageSize(v.Page))
	if focus != nil && fresh {
		w.win.Canvas().Focus(focus)
	}
	w.raise(v.Page == presenter.QuestionPage || v.Page == presenter.BarPage)
	if fresh && !slices.Contains([]presenter.Page{presenter.StartPage, presenter.WaitPage, presenter.CheckPage}, v.Page) {
		w.win.RequestFocus() // last: a window that is let go sinks below others
	}
}

// show puts a page into the window, which gets the size that the page wants. It
// has its width before that: Fyne asks how high the page is as soon as it is
// there, and lets the window get no smaller.
func (w *Window) show(content fyne.CanvasObject, least fyne.Size) {
	size := ui.Settle(content, least)
	w.win.Resize(size)
	w.win.SetContent(content)
	w.win.Resize(size)
}

// raise keeps the bar above all windows and lets the other pages go.
func (w *Window) raise(above bool) {
	if above == w.above {
		return
	}
	w.above = above
	ui.KeepAbove(w.win, above)
	if above {
		ui.PlaceTop(w.win, pageSize(presenter.BarPage).Width)
	}
}

// reshowEvery is how many ticks lie between two looks at whether the bar was
// minimised: a second, short enough to have STOP back at hand.
const reshowEvery = 4

// stay brings the bar back when it was minimised. F11 works meanwhile.
func (w *Window) stay() {
	w.name()
	w.private()
	if w.ticked++; w.above && w.ticked%reshowEvery == 0 {
		ui.Reshow(w.win)
	}
}

// name tells the presenter which window this is, as soon as it is there.
func (w *Window) name() {
	if w.owned {
		return
	}
	if w.own, w.owned = ui.ID(w.win); w.owned {
		w.presenter.Main(w.own)
	}
}

func (w *Window) connect() {
	w.name()
	w.presenter.Connect(w.entry.Text)
	if w.presenter.View().Page == presenter.WaitPage {
		w.entry.SetText("")
	}
	w.draw()
}

func (w *Window) close() {
	if w.presenter.Close() {
		w.win.Close()
		return
	}
	w.draw()
}

func (w *Window) key(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyF11 {
		w.presenter.StopKey()
		w.draw()
	}
	if e.Name == fyne.KeyEscape && w.drawn.Page == presenter.CheckPage {
		w.presenter.Checkup().Close()
		w.draw()
	}
}

// act makes a callback that redraws after the presenter did something.
func (w *Window) act(do func()) func() {
	return func() {
		do()
		w.draw()
	}
}

// band is the dark top of the window, with the way to the other language.
func (w *Window) band(title, under string) fyne.CanvasObject {
	const flag, large, small = 34, 18, 13
	icon := widget.NewIcon(ui.IconOf(w.app))
	lines := container.NewVBox(ui.BandText(title, large, true))
	if under != "" {
		lines.Add(ui.BandText(under, small, false))
	}
	left := container.NewHBox(container.NewGridWrap(fyne.NewSquareSize(flag), icon), container.NewCenter(lines))
	right := container.NewCenter(ui.NewLanguageSwitch(w.drawn.Lang, w.act(w.presenter.SwitchLanguage)))
	return ui.NewBand(left, right)
}
