package presenter

import (
	"image"

	"lotse/apps/ui/words"
	"lotse/capture"
	"lotse/capture/screen"
)

// Choice is something that can be shown instead.
type Choice struct {
	Text   string
	Target screen.Target
	On     bool
}

// Group is choices under a heading.
type Group struct {
	Heading string
	Choices []Choice
}

// maxWindows is how many windows a menu offers, those in front first.
const maxWindows = 15

// titleLength is how many characters of a window's title a menu shows.
const titleLength = 60

// Choices lists what can be shown now: the whole computer, one of its screens,
// half of the first one, one window.
func (p *Presenter) Choices() []Group {
	w := p.words
	choice := func(text string, t screen.Target) Choice { return Choice{text, t, t == p.state.Target} }
	out := []Group{{w.Text(words.ShowHeading), []Choice{choice(w.Text(words.ShowWhole), screen.Target{Kind: screen.Desktop})}}}
	displays, err := p.do.Displays()
	if err != nil {
		return out
	}
	for i, d := range displays {
		if len(displays) > 1 {
			text := w.Text(words.ShowScreen, i+1, d.Bounds.Dx(), d.Bounds.Dy())
			out[0].Choices = append(out[0].Choices, choice(text, screen.Target{Kind: screen.Display, ID: d.ID}))
		}
	}
	if first, ok := primary(displays); ok {
		left, right := halves(first.Bounds)
		out[0].Choices = append(out[0].Choices,
			choice(w.Text(words.ShowLeft), screen.Target{Kind: screen.Region, Rect: left}),
			choice(w.Text(words.ShowRight), screen.Target{Kind: screen.Region, Rect: right}))
	}
	windows, err := p.do.Windows()
	if err != nil || len(windows) == 0 {
		return out
	}
	only := Group{Heading: w.Text(words.ShowOnlyWindow)}
	for _, win := range windows[:min(len(windows), maxWindows)] {
		only.Choices = append(only.Choices, choice(shorten(win.Title), screen.Target{Kind: screen.Window, ID: win.ID}))
	}
	return append(out, only)
}

func primary(all []capture.Display) (capture.Display, bool) {
	for _, d := range all {
		if d.Primary {
			return d, true
		}
	}
	return capture.Display{}, false
}

func halves(r image.Rectangle) (left, right image.Rectangle) {
	left, right = r, r
	left.Max.X = r.Min.X + r.Dx()/2
	right.Min.X = left.Max.X
	return left, right
}

func shorten(title string) string {
	if letters := []rune(title); len(letters) > titleLength {
		return string(letters[:titleLength-1]) + "…"
	}
	return title
}

// RegionView is the window in which a part is drawn.
type RegionView struct {
	Offer        string
	Title, How   string
	Show, Cancel string
}

// Region says what the window to draw a part in says.
func (p *Presenter) Region() RegionView {
	w := p.words
	return RegionView{
		Offer: w.Text(words.ShowPart), Title: w.Text(words.RegionTitle), How: w.Text(words.RegionHow),
		Show: w.Text(words.RegionShow), Cancel: w.Text(words.RegionCancel),
	}
}

// RegionSize says how large the drawn part is.
func (p *Presenter) RegionSize(size image.Point) string {
	return p.words.Text(words.RegionSize, size.X, size.Y)
}

// Show shows something else. While somebody controls this computer nothing
// does: a click proves no will of the person's then.
func (p *Presenter) Show(t screen.Target) {
	if !p.takeOnly() {
		p.do.Show(t)
	}
}

// shows says what is shown, or would be, and how to choose something else.
func (p *Presenter) shows() (text, change string) {
	w := p.words
	t, name := p.state.Target, ""
	if p.state.Sharing {
		t, name = p.state.Shown, p.state.ShownName
	}
	what := w.Text(words.ShowWhole)
	switch {
	case t.Kind == screen.Window && name != "":
		what = w.Text(words.ShowsWindow, shorten(name))
	case t.Kind == screen.Window:
		what = w.Text(words.ShowsOneWindow)
	case t.Kind == screen.Region:
		what = w.Text(words.ShowsPart)
	case t.Kind == screen.Display && t.ID != 0 && p.state.Target.Kind == screen.Display:
		what = w.Text(words.ShowsScreen, name)
	}
	if !p.takeOnly() {
		change = w.Text(words.ShowChange)
	}
	return w.Text(words.Shows, what), change
}
