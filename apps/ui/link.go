package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"lotse/apps/ui/words"
)

// linkPad is the room around a link's text, in device independent pixels.
const linkPad = 6

// Link is underlined text that can be pressed.
type Link struct {
	widget.BaseWidget

	text    string
	onBand  bool
	tapped  func()
	focused bool
}

// NewLink returns a link on an ordinary ground.
func NewLink(text string, tapped func()) *Link {
	l := &Link{text: text, tapped: tapped}
	l.ExtendBaseWidget(l)
	return l
}

// NewBandLink returns a link for the dark band.
func NewBandLink(text string, tapped func()) *Link {
	l := &Link{text: text, tapped: tapped, onBand: true}
	l.ExtendBaseWidget(l)
	return l
}

// Text returns what the link says.
func (l *Link) Text() string { return l.text }

// Tapped follows the link.
func (l *Link) Tapped(*fyne.PointEvent) {
	if l.tapped != nil {
		l.tapped()
	}
}

// FocusGained shows the ring.
func (l *Link) FocusGained() { l.focused = true; l.Refresh() }

// FocusLost hides the ring.
func (l *Link) FocusLost() { l.focused = false; l.Refresh() }

// TypedRune ignores text.
func (l *Link) TypedRune(rune) {}

// TypedKey follows the link with Space or Enter.
func (l *Link) TypedKey(e *fyne.KeyEvent) {
	if presses(e) {
		l.Tapped(nil)
	}
}

// Cursor is a hand.
func (l *Link) Cursor() desktop.Cursor { return desktop.PointerCursor }

// CreateRenderer draws the link.
func (l *Link) CreateRenderer() fyne.WidgetRenderer {
	r := &linkRenderer{link: l, ring: canvas.NewRectangle(nil), label: canvas.NewText(l.text, onFill), line: canvas.NewRectangle(nil)}
	r.Refresh()
	return r
}

type linkRenderer struct {
	link       *Link
	ring, line *canvas.Rectangle
	label      *canvas.Text
}

func (r *linkRenderer) Layout(size fyne.Size) {
	r.ring.Resize(size)
	text := r.label.MinSize()
	top := (size.Height - text.Height) / 2
	r.label.Move(fyne.NewPos(linkPad, top))
	r.label.Resize(text)
	r.line.Move(fyne.NewPos(linkPad, top+text.Height-2))
	r.line.Resize(fyne.NewSize(text.Width, 1))
}

func (r *linkRenderer) MinSize() fyne.Size {
	return r.label.MinSize().AddWidthHeight(2*linkPad, linkPad)
}

func (r *linkRenderer) Refresh() {
	th := r.link.Theme()
	variant := fyne.CurrentApp().Settings().ThemeVariant()
	r.label.Text = r.link.text
	r.label.TextSize = th.Size(theme.SizeNameText)
	r.label.Color = th.Color(theme.ColorNameHyperlink, variant)
	if r.link.onBand {
		r.label.Color = onFill
	}
	r.line.FillColor = r.label.Color
	r.ring.CornerRadius = linkPad
	r.ring.StrokeWidth = 2
	r.ring.StrokeColor = r.label.Color
	r.ring.Hidden = !r.link.focused
	canvas.Refresh(r.link)
}

func (r *linkRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ring, r.label, r.line}
}

func (r *linkRenderer) Destroy() {}

// NewLanguageSwitch is the band's way to the other language, named in that
// language.
func NewLanguageSwitch(now words.Lang, tapped func()) *Link {
	return NewBandLink(words.Text(now, words.SwitchLanguage), tapped)
}
