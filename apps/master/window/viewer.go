package window

import (
	"cmp"
	"image"
	"reflect"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"lotse/apps/ui"
	"lotse/capture/input"
	"lotse/participant/session"
	"lotse/participant/watch"
)

// Steering is what viewers ask of a room.
type Steering interface {
	Screen(member uint8) *watch.Screen
	Key(member uint8, u input.Usage, down bool)
	Text(member uint8, s string)
	Move(member uint8, at image.Point)
	Button(member uint8, b input.Button, down bool)
	Wheel(member uint8, dx, dy int)
	Release(member uint8)
}

// pilot sends what happens in one viewer to one member. Nothing but letting
// go leaves without control, whatever the view does.
type pilot struct {
	room     Steering
	member   uint8
	controls func(member uint8) bool
}

func (p pilot) Key(u input.Usage, down bool) {
	if p.controls(p.member) {
		p.room.Key(p.member, u, down)
	}
}

func (p pilot) Text(s string) {
	if p.controls(p.member) {
		p.room.Text(p.member, s)
	}
}

func (p pilot) Move(at image.Point) {
	if p.controls(p.member) {
		p.room.Move(p.member, at)
	}
}

func (p pilot) Button(b input.Button, down bool) {
	if p.controls(p.member) {
		p.room.Button(p.member, b, down)
	}
}

func (p pilot) Wheel(dx, dy int) {
	if p.controls(p.member) {
		p.room.Wheel(p.member, dx, dy)
	}
}

func (p pilot) Release() { p.room.Release(p.member) }

// Viewer is the window with one member's screen.
type Viewer struct {
	w      *Window
	member uint8
	win    fyne.Window
	screen *ui.ScreenView
	scroll *container.Scroll
	bar    *fyne.Container
	ground *ui.Surface
	body   *fyne.Container
	time   *widget.Label
	note   *widget.Label
	text   *widget.Label

	drawn ViewerView
	built bool
	shown bool
	// placed says that the window was on the screen before.
	placed bool
}

// The viewer's first size in device independent pixels: a screen of 1280 × 800
// fits unscaled, below the toolbar.
const (
	viewerWidth  = 1288
	viewerHeight = 880
)

func newViewer(w *Window, member uint8) *Viewer {
	v := &Viewer{w: w, member: member, win: w.app.NewWindow("")}
	v.screen = ui.NewScreenView(pilot{room: w.steer, member: member, controls: w.presenter.Controls}, w.run)
	v.scroll = container.NewScroll(v.screen)
	v.screen.OnPan = v.scroll.Scrolled
	v.bar = container.NewStack()
	v.ground = ui.NewGround(ui.ColorCard, container.NewPadded(v.bar))
	v.body = container.NewStack(v.screen)
	v.win.SetContent(container.NewBorder(v.ground, nil, nil, nil, v.body))
	v.win.SetIcon(ui.Icon())
	v.win.SetPadded(false)
	v.win.Resize(firstSize(ui.Room(w.win)))
	v.win.SetCloseIntercept(w.act(v.close))
	return v
}

// show opens the window, or raises it.
func (v *Viewer) show() {
	first := !v.placed
	v.shown, v.placed = true, true
	v.draw()
	v.win.Show()
	if first {
		ui.PlaceInside(v.win)
	}
	v.win.RequestFocus()
	v.picture()
}

// firstSize is the viewer's first size, no larger than the moderator's screen.
func firstSize(room fyne.Size) fyne.Size {
	size := fyne.NewSize(viewerWidth, viewerHeight)
	if !room.IsZero() {
		size = size.Min(room)
	}
	return size
}

// close hides the window and hands control back: nobody controls what nobody
// looks at. The main window can show it again.
func (v *Viewer) close() {
	v.screen.SetControl(false)
	v.w.presenter.GiveBack(v.member, session.Control)
	v.shown = false
	v.win.Hide()
}

// gone closes the window for good.
func (v *Viewer) gone() {
	v.screen.SetControl(false)
	v.screen.SetSource(nil)
	v.win.Close()
}

// picture takes the newest picture, if anybody looks.
func (v *Viewer) picture() {
	if !v.shown || !v.drawn.Sharing {
		return
	}
	if s := v.w.steer.Screen(v.member); s != nil {
		v.screen.SetSource(s)
		v.screen.Picture()
	}
}

// draw builds the toolbar anew when more than a number changed.
func (v *Viewer) draw() {
	view := v.w.presenter.Viewer(v.member)
	v.screen.SetControl(view.Control && v.shown)
	live := view
	view.RoundTrip, view.Note = "", ""
	if !v.built || !reflect.DeepEqual(view, v.drawn) {
		v.built, v.drawn = true, view
		v.win.SetTitle(view.Title)
		v.bar.Objects = []fyne.CanvasObject{v.toolbar(view)}
		v.bar.Refresh()
		v.fill()
	}
	set(v.time, live.RoundTrip)
	set(v.note, cmp.Or(live.Note, live.Hint))
}

// fill shows the picture, or says that there is none yet.
func (v *Viewer) fill() {
	var content fyne.CanvasObject = v.screen
	switch {
	case !v.drawn.Sharing:
		v.screen.SetSource(nil)
		content = v.instead()
	case v.screen.Full():
		v.scroll.Content = v.screen
		content = v.scroll
	}
	if !v.drawn.Sharing || len(v.body.Objects) != 1 || v.body.Objects[0] != content {
		v.body.Objects = []fyne.CanvasObject{content}
		v.body.Refresh()
		v.picture()
	}
}

// instead is what stands where no picture is: how the member left, or that
// there is nothing to see.
func (v *Viewer) instead() fyne.CanvasObject {
	const width = 520 // device independent pixels: about 60 characters
	lines := container.NewVBox(ui.SubHeading(cmp.Or(v.drawn.Left, v.drawn.Waiting)))
	if v.drawn.LeftNext != "" {
		lines.Add(ui.Line(v.drawn.LeftNext))
	}
	for _, o := range lines.Objects {
		if l, ok := o.(*widget.Label); ok {
			l.Alignment = fyne.TextAlignCenter
		}
	}
	ui.Settle(lines, fyne.NewSize(width, 0))
	return container.NewCenter(container.New(fixedWidth(width), lines))
}

// toolbar says who steers and offers what can be asked now.
func (v *Viewer) toolbar(view ViewerView) fyne.CanvasObject {
	v.time, v.note = widget.NewLabel(""), widget.NewLabel("")
	v.note.Truncation = fyne.TextTruncateEllipsis
	v.time.Hidden, v.note.Hidden = true, true
	v.text = widget.NewLabel(view.Text)
	v.text.TextStyle.Bold = true
	if view.Control {
		v.text.Importance = widget.DangerImportance
	}
	buttons := container.NewHBox(v.time)
	if view.Sharing {
		size := view.Full
		if v.screen.Full() {
			size = view.Fit
		}
		buttons.Add(ui.NewCompactButton(size, ui.FillPlain, v.resize))
	}
	if view.Ask != "" {
		buttons.Add(ui.NewCompactButton(view.Ask, ui.FillPrimary, v.w.act(func() {
			v.w.presenter.Ask(v.member, view.AskFor, v.w.reason(v.member))
		})))
	}
	if view.GiveBack != "" {
		buttons.Add(ui.NewCompactButton(view.GiveBack, ui.FillPlain, v.w.act(func() {
			v.w.presenter.GiveBack(v.member, session.Control)
		})))
	}
	if view.End != "" {
		buttons.Add(ui.NewCompactButton(view.End, ui.FillStop, v.w.act(func() {
			v.w.presenter.GiveBack(v.member, session.All)
			v.close()
		})))
	}
	if view.Close != "" {
		buttons.Add(ui.NewCompactButton(view.Close, ui.FillDeny, v.w.act(v.close)))
	}
	left := container.NewHBox(ui.NewDot(colour(view.Light)), v.text)
	return container.NewBorder(nil, nil, left, buttons, v.note)
}

func (v *Viewer) resize() {
	v.screen.SetFull(!v.screen.Full())
	v.built = false
	v.draw()
}
