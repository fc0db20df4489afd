package native

import (
	"context"
	"sync"

	"lotse/apps/participant/presenter"
	"lotse/apps/ui/plain"
	"lotse/participant"
)

// Window shows what the presenter says.
type Window struct {
	win       screen
	presenter *presenter.Presenter

	// mu guards next, the newest state that was not drawn yet.
	mu   sync.Mutex
	next *participant.State

	// The window's thread owns the fields below.
	choices []presenter.Group
	// on is the page that the choices belong to.
	on    page
	ended bool
}

// page tells one page from another, and one question from the next.
type page struct {
	kind     presenter.Page
	question uint32
}

// screen is what can be drawn on; plain.Window is one.
type screen interface {
	Show(f plain.Form)
	Wake()
	Close()
	Typed(id uint16) string
	Clear(id uint16)
	Run(ctx context.Context) error
}

// New returns a window that is not shown yet, or plain.ErrUnsupported.
func New(p *presenter.Presenter) (*Window, error) {
	w := &Window{presenter: p}
	win, err := plain.New(w)
	if err != nil {
		return nil, err
	}
	w.win = win
	return w, nil
}

// Update shows a state soon. It may be called from any goroutine.
func (w *Window) Update(s participant.State) {
	w.mu.Lock()
	w.next = &s
	w.mu.Unlock()
	w.win.Wake()
}

// Run shows the window until the person closes it or ctx ends.
func (w *Window) Run(ctx context.Context) error {
	w.draw()
	return w.win.Run(ctx)
}

func (w *Window) draw() {
	v := w.presenter.View()
	if now := (page{v.Page, v.Question.ID}); now != w.on { // a question must not come up behind a list
		w.on, w.choices = now, nil
	}
	w.win.Show(form(v, func(r presenter.Right) bool { return w.presenter.Choice().Has(r.Grant) }, w.choices))
}

// Ticks draws what is new and lets countdowns run.
func (w *Window) Ticks() {
	w.presenter.Alive()
	w.mu.Lock()
	next := w.next
	w.next = nil
	w.mu.Unlock()
	if next != nil {
		w.presenter.Update(*next)
	}
	w.draw()
}

// Pressed carries out a button or a link.
func (w *Window) Pressed(id uint16) {
	if id >= idChoices {
		w.pick(int(id - idChoices))
	} else if do, ok := w.buttons()[id]; ok {
		do()
	}
	if !w.ended {
		w.draw()
	}
}

func (w *Window) buttons() map[uint16]func() {
	p := w.presenter
	return map[uint16]func(){
		idConnect:    func() { w.connect(w.win.Typed(idEntry)) },
		idCancel:     p.Cancel,
		idAllow:      p.Allow,
		idDeny:       p.Deny,
		idUnexpected: p.Unexpected,
		idStop:       p.Stop,
		idChange:     func() { w.choices = p.Choices() },
		idBack:       func() { w.choices = nil },
		idAgain:      p.Again,
		idClose:      w.leave,
		idLanguage:   p.SwitchLanguage,
	}
}

// pick shows what was chosen.
func (w *Window) pick(n int) {
	for _, g := range w.choices {
		if n < len(g.Choices) {
			w.presenter.Show(g.Choices[n].Target)
			break
		}
		n -= len(g.Choices)
	}
	w.choices = nil
}

// leave closes the window.
func (w *Window) leave() {
	if w.presenter.Close() {
		w.ended = true
		w.win.Close()
	}
}

func (w *Window) connect(typed string) {
	w.presenter.Connect(typed)
	if w.presenter.View().Page == presenter.WaitPage {
		w.win.Clear(idEntry)
	}
}

// Ticked gives or takes a right, or chooses one of a question.
func (w *Window) Ticked(id uint16, on bool) {
	v := w.presenter.View()
	switch r, c := int(id)-idRights, int(id)-idChips; {
	case v.Page == presenter.QuestionPage && r >= 0 && r < len(v.Question.Rights):
		w.presenter.Choose(v.Question.Rights[r].Grant, on)
	case v.Page == presenter.BarPage && c >= 0 && c < len(v.Bar.Chips):
		w.presenter.Grant(v.Bar.Chips[c].Grant, on)
	}
	w.draw()
}

// Entered is Enter in the field.
func (w *Window) Entered(_ uint16, text string) {
	w.connect(text)
	w.draw()
}

// Hovered keeps input from afar away while the pointer is over STOP.
func (w *Window) Hovered(id uint16) { w.presenter.Aside(id == idStop) }

// StopKey is F11 while the window has the focus.
func (w *Window) StopKey() {
	w.presenter.StopKey()
	w.draw()
}

// Closed reports whether the window may close.
func (w *Window) Closed() bool {
	if w.ended || w.presenter.Close() {
		return true
	}
	w.draw()
	return false
}
