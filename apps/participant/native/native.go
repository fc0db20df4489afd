package native

import (
	"context"
	"strings"
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
	list list
	// on is the page that the list belongs to.
	on    page
	named uint32
	ended bool
}

// list is something to choose from, which stands in the place of a page.
type list struct {
	parts []part
	// names says that other programs' windows are named in it, so that nobody
	// else may read it.
	names bool
}

// part is items under a heading.
type part struct {
	heading string
	items   []item
}

// item is one thing that can be chosen.
type item struct {
	text string
	on   bool
	do   func()
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
	Copy(text string)
	ID() uint32
	Shown() <-chan struct{}
	Run(ctx context.Context) error
}

// New returns a window that is not shown yet, or plain.ErrUnsupported.
func New(p *presenter.Presenter) (*Window, error) {
	w := &Window{presenter: p}
	c := p.Colours()
	win, err := plain.New(w, plain.Brand{Primary: plain.Colour(c.Primary), Banner: plain.Colour(c.Banner)})
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

// Beside returns part as it is to run beside Run: it begins once the window is
// on the screen, so that no session goes on unseen.
func (w *Window) Beside(part func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-w.win.Shown():
			return part(ctx)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (w *Window) draw() {
	v := w.presenter.View()
	if now := (page{v.Page, v.Question.ID}); now != w.on { // a question must not come up behind a list
		w.on, w.list = now, list{}
	}
	w.names()
	w.win.Show(form(v, w.presenter, w.list))
}

// names tells the presenter which window this is, and whether others may read
// it now: the pictures that they get leave it out accordingly.
func (w *Window) names() {
	id := w.win.ID()
	if id == 0 {
		return
	}
	if id != w.named {
		w.named = id
		w.presenter.Main(id)
	}
	if w.list.names {
		w.presenter.Private(id)
		return
	}
	w.presenter.Private()
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
		idChange:     func() { w.list = targets(p) },
		idLimit:      func() { w.list = times(p) },
		idBack:       func() { w.list = list{} },
		idHistory:    p.History,
		idDrill:      p.Rehearse,
		idRaiseYes:   p.RaiseYes,
		idRaiseNo:    p.RaiseNo,
		idCopy:       func() { w.win.Copy(strings.ReplaceAll(p.Transcript(), "\n", "\r\n")) },
		idAgain:      p.Again,
		idClose:      w.leave,
		idLanguage:   p.SwitchLanguage,
		idUpdate:     p.UpdatePage,
		idRenew:      p.Renew,

		idCheck:        p.Check,
		idCheckBack:    p.Checkup().Close,
		idCheckCallOff: p.Checkup().CallOff,
		idCheckAgain:   p.Checkup().Again,
		idCheckDetails: p.Checkup().Details,
		idCheckCopy:    func() { w.win.Copy(strings.ReplaceAll(p.CheckReport(), "\n", "\r\n")) },
	}
}

// pick does what was chosen of a list.
func (w *Window) pick(n int) {
	for _, part := range w.list.parts {
		if n < len(part.items) {
			part.items[n].do()
			break
		}
		n -= len(part.items)
	}
	w.list = list{}
}

// targets is what can be shown.
func targets(p *presenter.Presenter) list {
	out := list{names: true}
	for _, g := range p.Choices() {
		of := part{heading: g.Heading}
		for _, c := range g.Choices {
			of.items = append(of.items, item{c.Text, c.On, func() { p.Show(c.Target) }})
		}
		out.parts = append(out.parts, of)
	}
	return out
}

// times is for how long what is allowed can hold from now on.
func times(p *presenter.Presenter) list {
	b := p.View().Bar
	of := part{heading: b.Limit}
	for _, t := range b.Times {
		of.items = append(of.items, item{text: t.Text, do: func() { p.Limit(t.For) }})
	}
	return list{parts: []part{of}}
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

// Ticked gives or takes a right, or chooses something of a question.
func (w *Window) Ticked(id uint16, on bool) {
	v := w.presenter.View()
	switch r, c, t := int(id)-idRights, int(id)-idChips, int(id)-idTimes; {
	case v.Page == presenter.QuestionPage && r >= 0 && r < len(v.Question.Rights):
		w.presenter.Choose(v.Question.Rights[r].Grant, on)
	case v.Page == presenter.QuestionPage && t >= 0 && t < len(v.Question.Times):
		w.presenter.Hold(v.Question.Times[t].For)
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
