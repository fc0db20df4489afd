package checkup

import (
	"time"

	"lotse/apps/ui/words"
)

// copiedFor is how long a window says that it copied something.
const copiedFor = 3 * time.Second

// Doer goes the ways; Checkup is one.
type Doer interface {
	Begin()
	CallOff()
	State() State
}

// Light is the colour of a line.
type Light uint8

// The lights.
const (
	Grey  Light = iota // nothing is known
	Green              // as it should be
	Amber              // look
	Red                // trouble
)

// Part is something on the page that can be pressed.
type Part uint8

// The parts.
const (
	BackPart Part = iota
	CallOffPart
	AgainPart
	DetailsPart
	CopyPart
)

// View is everything a window draws of it. Two equal views look the same; how
// far it is changes meanwhile and comes from Page.Progress.
type View struct {
	Heading, About string
	// Running is while ways are being tried: there are CallOff and no lines yet.
	Running bool
	// Sum says what it comes to, Next what to do about it.
	Light     Light
	Sum, Next string
	Lines     []Line
	// Details leads to Ways and away from them; Ways is empty while they are not
	// shown.
	Details string
	Ways    []string
	// A button without text is not there.
	Copy, Again, Back, CallOff string
	// Focus is what was pressed last, or what is likely next.
	Focus Part
}

// Line is one server, or the clock.
type Line struct {
	Light     Light
	Name      string
	Says      string
	Next      string
	Attention string // what else is to be known of a server that works
}

// Page is what a window keeps of it. One goroutine uses it, the window's. The
// nil page is never open.
type Page struct {
	do      Doer
	now     func() time.Time
	open    bool
	details bool
	copied  time.Time
	focus   Part
}

// NewPage returns a page that is not open.
func NewPage(do Doer, now func() time.Time) *Page { return &Page{do: do, now: now} }

// Offer is the text of the link that leads here; none on the nil page.
func (p *Page) Offer(w *words.Words) string {
	if p == nil {
		return ""
	}
	return w.Text(words.CheckOffer)
}

// Opened reports whether the page is to be shown.
func (p *Page) Opened() bool { return p != nil && p.open }

// Open shows the page and begins.
func (p *Page) Open() {
	if p == nil {
		return
	}
	p.open = true
	p.Again()
}

// Again goes the ways anew.
func (p *Page) Again() {
	p.details, p.copied, p.focus = false, time.Time{}, CallOffPart
	p.do.Begin()
}

// Close leaves the page and calls off what runs.
func (p *Page) Close() {
	if p.Opened() {
		p.open = false
		p.do.CallOff()
	}
}

// CallOff ends what runs.
func (p *Page) CallOff() {
	p.focus = BackPart
	p.do.CallOff()
}

// Details shows every way, or hides them.
func (p *Page) Details() { p.details, p.focus = !p.details, DetailsPart }

// Progress says how far it is; it is empty when nothing runs.
func (p *Page) Progress(w *words.Words) string {
	if s := p.do.State(); s.Phase == Running && s.Ways > 0 {
		return w.Text(words.CheckProgress, s.Tried, s.Ways)
	}
	return ""
}

// View says what the window draws now.
func (p *Page) View(w *words.Words) View {
	s := p.do.State()
	v := View{
		Heading: w.Text(words.CheckHeading), About: w.Text(words.CheckAbout),
		Running: s.Phase == Running, Back: w.Text(words.CheckBack), Focus: p.focus,
	}
	if v.Running {
		v.CallOff, v.Focus = w.Text(words.Cancel), CallOffPart
		return v
	}
	if v.Focus == CallOffPart {
		v.Focus = BackPart
	}
	v.Light, v.Sum, v.Next = sum(w, s)
	v.Lines = lines(w, s)
	for i := range v.Lines {
		if v.Lines[i].Next == v.Next { // it is said above, for all
			v.Lines[i].Next = ""
		}
	}
	v.Again = w.Text(words.CheckAgain)
	if len(s.Findings) > 0 {
		v.Copy, v.Details = w.Text(words.CheckCopy), w.Text(words.CheckDetails)
		if p.now().Sub(p.copied) < copiedFor {
			v.Copy = w.Text(words.CheckCopied)
		}
	}
	if p.details {
		v.Details = w.Text(words.CheckHide)
		for _, f := range s.Findings {
			v.Ways = append(v.Ways, way(w, f))
		}
	}
	return v
}
