package window

import (
	"cmp"
	"image"
	"reflect"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"lotse/apps/ui"
	"lotse/capture/input"
	"lotse/master"
	"lotse/participant/message"
	"lotse/participant/session"
	"lotse/participant/watch"
)

// Steering is what viewers ask of a room.
type Steering interface {
	Screen(member uint8) *watch.Screen
	Key(member uint8, u input.Usage, down bool)
	Letter(member uint8, u input.Usage, letter rune)
	Text(member uint8, s string)
	Move(member uint8, at image.Point)
	Button(member uint8, b input.Button, down bool)
	Wheel(member uint8, dx, dy int)
	Locks(member uint8, on input.LockState)
	Release(member uint8)
	Wish(member uint8, w master.Wish)
	Look(member uint8, display uint32)
	Mark(member uint8, mark message.Mark)
	Wipe(member uint8, id uint16)
	Turn(member uint8)
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

func (p pilot) Letter(u input.Usage, letter rune) {
	if p.controls(p.member) {
		p.room.Letter(p.member, u, letter)
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

func (p pilot) Locks(on input.LockState) {
	if p.controls(p.member) {
		p.room.Locks(p.member, on)
	}
}

func (p pilot) Release() { p.room.Release(p.member) }

// Viewer is the window with one member's screen.
type Viewer struct {
	w      *Window
	member uint8
	win    fyne.Window
	pilot  pilot
	screen *ui.ScreenView
	scroll *container.Scroll
	bar    *fyne.Container
	ground *ui.Surface
	body   *fyne.Container
	time   *widget.Label
	note   *widget.Label
	text   *widget.Label
	menu   *ui.Button
	tools  *ui.Button
	keys   *ui.Button
	sketch *sketch

	drawn ViewerView
	live  ViewerView // drawn, and what changes all the time
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
	v.pilot = pilot{room: w.steer, member: member, controls: w.presenter.Controls}
	v.screen = ui.NewScreenView(v.pilot, w.run)
	v.sketch = &sketch{
		send: func(m message.Mark) { w.steer.Mark(member, m) },
		may:  func() bool { return w.presenter.Points(member) }, now: time.Now, ask: v.askNote,
	}
	v.scroll = container.NewScroll(v.screen)
	v.screen.OnPan, v.screen.OnPointer, v.screen.OnFullScreen = v.scroll.Scrolled, v.pan, v.fullScreen
	v.screen.OnFocus, v.screen.OnLeave, v.screen.OnGrab, v.screen.OwnLocks = v.front, v.leave, v.hint, w.locks
	v.setGrab(w.grabs)
	v.bar = container.NewStack()
	v.ground = ui.NewGround(ui.ColorCard, container.NewPadded(v.bar))
	v.body = container.NewStack(v.screen)
	v.win.SetContent(container.NewBorder(v.ground, nil, nil, nil, v.body))
	v.win.SetIcon(ui.IconOf(v.w.app))
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
	v.hold(view)
	v.live = view
	view.Note = ""
	if !v.built || !reflect.DeepEqual(view, v.drawn) {
		v.built, v.drawn = true, view
		v.bar.Objects = []fyne.CanvasObject{v.toolbar(view)}
		v.bar.Refresh()
		v.fill()
	}
	v.hint()
}

// hint says how things are, and while all keys go to the customer how to get
// them back.
func (v *Viewer) hint() {
	if v.note == nil {
		return
	}
	title, flow, note := v.live.Title, v.flow(v.live), cmp.Or(v.live.Note, v.live.Hint)
	if v.live.Note != "" { // the flow makes room
		flow = ""
	}
	if v.screen.Grabs() {
		title, flow, note = v.live.GrabTitle, "", v.live.Grabbed
	}
	if v.win.Title() != title {
		v.win.SetTitle(title)
	}
	set(v.time, flow)
	set(v.note, note)
}

// flow is the line about how well the pictures come.
func (v *Viewer) flow(live ViewerView) string {
	s := v.w.steer.Screen(v.member)
	if s == nil || !live.Sharing {
		return ""
	}
	return v.w.presenter.Flow(v.member, s.Stats())
}

// fill shows the picture, or says that there is none yet.
func (v *Viewer) fill() {
	var content fyne.CanvasObject = v.screen
	switch {
	case !v.drawn.Sharing:
		v.screen.SetSource(nil)
		content = v.instead()
	case v.screen.Zoom() != ui.ZoomFit:
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
	v.time, v.note = widget.NewLabel(""), ui.Small("") // two small lines are as high as a button
	v.time.Hidden, v.note.Hidden = true, true
	v.text = widget.NewLabel(view.Text)
	v.text.TextStyle.Bold = true
	if view.Control {
		v.text.Importance = widget.DangerImportance
	}
	v.tools, v.keys, v.menu = nil, nil, nil
	buttons := container.NewHBox(v.time)
	if view.Point != "" {
		v.tools = ui.NewCompactButton(v.toolName(view), ui.FillPlain, v.chooseTool)
		buttons.Add(v.tools)
	}
	if view.Keys != "" {
		v.keys = ui.NewCompactButton(view.Keys, ui.FillPlain, v.chooseKeys)
		buttons.Add(v.keys)
	}
	if view.View != "" {
		v.menu = ui.NewCompactButton(view.View, ui.FillPlain, v.choose)
		buttons.Add(v.menu)
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
	return container.NewBorder(nil, nil, halfway(left), halfway(buttons), halfway(v.note))
}

// halfway keeps o at its height, halfway up a higher bar.
func halfway(o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewVBox(layout.NewSpacer(), o, layout.NewSpacer())
}

// toolName is what the button of the tools says.
func (v *Viewer) toolName(view ViewerView) string {
	for _, c := range view.Tools {
		if c.Tool == v.sketch.tool && c.Tool != Hand {
			return view.Point + ": " + c.Text
		}
	}
	return view.Point
}

// choose opens the menu below its button.
func (v *Viewer) choose() {
	view := v.drawn
	var items []*fyne.MenuItem
	add := func(text string, on bool, do func()) {
		item := fyne.NewMenuItem(text, do)
		item.Checked = on
		items = append(items, item)
	}
	head := func(text string) {
		item := fyne.NewMenuItem(text, nil)
		item.Disabled = true
		items = append(items, fyne.NewMenuItemSeparator(), item)
	}
	for i, text := range view.Zooms {
		add(text, v.screen.Zoom() == ui.Zoom(i), func() { v.resize(ui.Zoom(i)) })
	}
	items = append(items, fyne.NewMenuItemSeparator())
	add(view.FullScreen, v.win.FullScreen(), v.fullScreen)
	if view.Grab != "" && ui.CanGrab() {
		add(view.Grab, v.w.grabs, func() { v.w.grab(!v.w.grabs) })
	}
	if len(view.Monitors) > 0 {
		head(view.MonitorsFor)
	}
	for _, c := range view.Monitors {
		add(c.Text, c.On, func() { v.w.steer.Look(v.member, c.Display) })
	}
	head(view.QualityFor)
	for _, c := range view.Qualities {
		add(c.Text, c.On, func() { v.w.steer.Wish(v.member, c.Wish) })
	}
	if view.ClipAsk != "" {
		items = append(items, fyne.NewMenuItemSeparator())
		add(view.ClipAsk, false, v.w.act(func() { v.w.presenter.Ask(v.member, clipboards, v.w.reason(v.member)) }))
	}
	if view.ClipEnd != "" {
		items = append(items, fyne.NewMenuItemSeparator())
		add(view.ClipEnd, true, v.w.act(func() { v.w.presenter.GiveBack(v.member, clipboards) }))
	}
	v.popUp(v.menu, items)
}

// front says whose screen the moderator works on.
func (v *Viewer) front(on bool) {
	if on {
		v.w.steer.Turn(v.member)
	} else {
		v.w.steer.Turn(0)
	}
}

func (v *Viewer) resize(z ui.Zoom) {
	v.screen.SetZoom(z)
	v.built = false
	v.draw()
}

// fullScreen takes the whole screen, or gives it back. The bar stays: it says
// whose computer this is, and how to leave.
func (v *Viewer) fullScreen() {
	v.win.SetFullScreen(!v.win.FullScreen())
}

// edge is how near the pointer comes to the edge of what is shown before the
// picture moves, in device independent pixels.
const edge = 40

// pan lets the picture follow the pointer where it is larger than the window.
func (v *Viewer) pan(at fyne.Position) {
	if v.screen.Zoom() == ui.ZoomFit {
		return
	}
	port, whole := v.scroll.Size(), v.screen.Size()
	next := fyne.NewPos(
		follow(v.scroll.Offset.X, at.X, port.Width, whole.Width),
		follow(v.scroll.Offset.Y, at.Y, port.Height, whole.Height),
	)
	if next != v.scroll.Offset {
		v.scroll.ScrollToOffset(next)
	}
}

// follow returns the new offset of a view of port of whole, for a pointer at.
func follow(offset, at, port, whole float32) float32 {
	if whole <= port {
		return offset
	}
	zone := min(edge, port/4)
	if at < offset+zone {
		offset = at - zone
	} else if at > offset+port-zone {
		offset = at + zone - port
	}
	return min(max(offset, 0), whole-port)
}
