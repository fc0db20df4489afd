package plain

import (
	"context"
	"errors"
	"fmt"
	"image"
	"runtime"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Window is one window. Run owns it; Show may be called from anywhere.
type Window struct {
	handler Handler
	brand   Brand
	opened  chan struct{}

	// mu guards the fields below.
	mu   sync.Mutex
	next *Form
	hwnd uintptr

	// Run's thread owns the fields below.
	user, gdi library
	class     *uint16
	form      Form
	built     bool
	// screen is the monitor's dots per inch; dpi is less where the form would
	// not fit it otherwise.
	screen, dpi int
	look        look
	// shown says that the window has a place, above whether over all others.
	shown, above bool
	fonts        map[Kind]uintptr
	controls     []control
	band         image.Rectangle
	// brush paints the ground, pulse counts ticks for meters that move by
	// themselves.
	brush uintptr
	pulse int
	// flag is the program's icon as it stands in the band, 0 for none.
	flag uintptr
	// hovered is what the pointer is over.
	hovered uint16
}

// control is a cell as Windows has it.
type control struct {
	placed
	hwnd uintptr
}

// ticksEvery is the time between two ticks in milliseconds.
const ticksEvery = 250

// New returns a window in an organisation's colours that tells h what a person
// does. The program's own icon stands in its band. Nothing is shown
// before Run.
func New(h Handler, b Brand) (*Window, error) {
	return &Window{handler: h, brand: b, opened: make(chan struct{}), user: user32(), gdi: gdi32(), fonts: map[Kind]uintptr{}}, nil
}

// Show draws f soon; of several only the newest.
func (w *Window) Show(f Form) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next = &f
	w.postLocked(wmNew)
}

// ID is the number that Windows gives the window, 0 while it has none.
func (w *Window) ID() uint32 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return uint32(w.hwnd) // handles of windows have 32 bits, also on 64-bit Windows
}

// Shown is closed once the window is on the screen.
func (w *Window) Shown() <-chan struct{} { return w.opened }

// Wake makes the handler tick soon, from any goroutine.
func (w *Window) Wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.postLocked(wmWake)
}

// Close closes the window soon, from any goroutine.
func (w *Window) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.postLocked(wmEnd)
}

func (w *Window) postLocked(message uintptr) {
	if w.hwnd != 0 {
		w.user.call("PostMessageW", w.hwnd, message, 0, 0)
	}
}

// Run shows the window until it is closed or ctx ends.
func (w *Window) Run(ctx context.Context) error {
	runtime.LockOSThread() // a window belongs to its thread
	defer runtime.UnlockOSThread()
	if err := w.open(); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, w.Close)()
	w.take()
	w.user.call("ShowWindow", w.hwnd, swShow)
	w.user.call("SetForegroundWindow", w.hwnd)
	w.user.call("SetTimer", w.hwnd, 1, ticksEvery, 0)
	close(w.opened)
	w.loop()
	w.user.call("UnregisterClassW", uintptr(unsafe.Pointer(w.class)), moduleHandle()) //nolint:gosec // G103: a string of ours
	return ctx.Err()
}

// loop passes messages on until the window is gone.
func (w *Window) loop() {
	var m message
	for {
		got := int32(w.user.call("GetMessageW", uintptr(unsafe.Pointer(&m)), 0, 0, 0)) //nolint:gosec // G103: m is a MSG
		if got <= 0 {
			return
		}
		if (m.message == wmKeyDown || m.message == wmSysKeyDown) && m.wparam == keyF11 {
			w.handler.StopKey()
			continue
		}
		if w.user.call("IsDialogMessageW", w.hwnd, uintptr(unsafe.Pointer(&m))) != 0 { //nolint:gosec // G103: m is a MSG
			continue
		}
		w.user.call("TranslateMessage", uintptr(unsafe.Pointer(&m))) //nolint:gosec // G103: m is a MSG
		w.user.call("DispatchMessageW", uintptr(unsafe.Pointer(&m))) //nolint:gosec // G103: m is a MSG
	}
}

func (w *Window) open() error {
	instance := moduleHandle()
	// a class of its own: Windows keeps the procedure of the first
	name, err := windows.UTF16PtrFromString(fmt.Sprintf("LotsePlain%p", w))
	if err != nil {
		return fmt.Errorf("plain: %w", err)
	}
	w.look = w.systemLook()
	w.brush = w.gdi.call("CreateSolidBrush", uintptr(bgr(w.look.ground)))
	iconName, err := windows.UTF16PtrFromString(iconResource)
	if err != nil {
		return fmt.Errorf("plain: %w", err)
	}
	icon := w.user.call("LoadIconW", instance, uintptr(unsafe.Pointer(iconName))) //nolint:gosec // G103: a string that ends with zero
	w.class = name
	class := windowClass{
		procedure: windows.NewCallback(w.procedure), instance: instance, name: name, icon: icon, smallIcon: icon,
		cursor: w.user.call("LoadCursorW", 0, idcArrow), background: w.brush,
	}
	class.size = uint32(unsafe.Sizeof(class))
	w.user.call("RegisterClassExW", uintptr(unsafe.Pointer(&class)))                                                  //nolint:gosec // G103: class knows its size
	hwnd := w.user.call("CreateWindowExW", wsExControl, uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(name)), //nolint:gosec // G103: both are strings
		wsOverlapped|wsClipChildren, 0, 0, 400, 300, 0, 0, instance, 0)
	if hwnd == 0 {
		return errors.New("plain: Windows gives no window")
	}
	w.mu.Lock()
	w.hwnd = hwnd
	w.mu.Unlock()
	w.setDPI()
	return nil
}

// procedure answers Windows' messages.
func (w *Window) procedure(hwnd, msg, wparam, lparam uintptr) uintptr {
	switch msg {
	case wmNew:
		w.take()
	case wmEnd:
		w.user.call("DestroyWindow", hwnd)
	case wmClose:
		if w.handler.Closed() {
			w.user.call("DestroyWindow", hwnd)
		}
	case wmDestroy:
		w.mu.Lock()
		w.hwnd = 0
		w.mu.Unlock()
		w.user.call("PostQuitMessage", 0)
	case wmWake:
		w.handler.Ticks()
	case wmSetCursor:
		w.hover(wparam)
		return w.user.call("DefWindowProcW", hwnd, msg, wparam, lparam)
	case wmTimer:
		w.tick()
	case wmPaint:
		w.paint(hwnd)
	case wmCommand:
		w.command(uint16(wparam), lparam)
	case wmDrawItem:
		w.drawItem(itemAt(lparam))
		return 1
	case wmColourStatic:
		return w.colour(wparam, lparam)
	case wmNextControl:
		w.step(wparam, uint16(lparam) != 0)
	default:
		return w.changed(hwnd, msg, wparam, lparam)
	}
	return 0
}

// changed answers what Windows tells of the screen and of the person's colours,
// and leaves all else to Windows.
func (w *Window) changed(hwnd, msg, wparam, lparam uintptr) uintptr {
	switch msg {
	case wmDPIChanged:
		w.setDPI()
		w.build()
		return 0
	case wmSysColours, wmSettings:
		w.dressAnew()
	}
	return w.user.call("DefWindowProcW", hwnd, msg, wparam, lparam)
}

// itemAt is the structure that Windows points to while it sends a message.
func itemAt(lparam uintptr) *drawItem {
	return *(**drawItem)(unsafe.Pointer(&lparam)) //nolint:gosec // G103: Windows' own structure, alive during the call
}

// hover tells the handler what the pointer is over.
func (w *Window) hover(over uintptr) {
	id := uint16(0)
	for _, c := range w.controls {
		if c.hwnd == over {
			id = c.cell.ID
		}
	}
	if id != w.hovered {
		w.hovered = id
		w.handler.Hovered(id)
	}
}

// left notices that the pointer is gone: Windows tells nobody.
func (w *Window) left() {
	if w.hovered == 0 {
		return
	}
	var at struct{ x, y int32 }
	w.user.call("GetCursorPos", uintptr(unsafe.Pointer(&at)))                        //nolint:gosec // G103: a POINT
	w.hover(w.user.call("WindowFromPoint", uintptr(uint32(at.x))|uintptr(at.y)<<32)) // a POINT by value is one register
}

func (w *Window) tick() {
	w.pulse++
	w.left()
	w.stay()
	w.handler.Ticks()
	for _, c := range w.controls {
		if c.cell.Kind == Meter && c.cell.Value < 0 {
			w.user.call("InvalidateRect", c.hwnd, 0, 0)
		}
	}
}

// take draws the newest form: in place when only words changed.
func (w *Window) take() {
	w.mu.Lock()
	next := w.next
	w.next = nil
	w.mu.Unlock()
	if next == nil {
		return
	}
	if w.flag != 0 {
		next.flag = flagSide
	}
	same := w.built && w.form.shape(*next)
	fresh := !w.built || w.form.Page != next.Page
	before := w.form
	w.form, w.built = *next, true
	if !same || !w.change() {
		w.build()
	}
	if before.Title != next.Title || fresh {
		w.setText(w.hwnd, next.Title)
	}
	if fresh {
		w.focus(next.Focus)
	}
}

// change brings the controls in step with the form and reports whether that
// could be done without moving any.
func (w *Window) change() bool {
	cells, _, _ := arrange(w.form, w.dpi, w.measure)
	for i, c := range cells {
		if c.at != w.controls[i].at {
			return false
		}
	}
	for i, c := range cells {
		was := &w.controls[i]
		if was.cell != c.cell {
			w.dress(was, c.cell)
		}
	}
	return true
}

// dress gives a control the words and the state of a cell.
func (w *Window) dress(c *control, cell Cell) {
	if cell.Kind != Field && cell.Text != c.cell.Text {
		w.setText(c.hwnd, cell.Text)
	}
	if cell.Off != c.cell.Off {
		w.user.call("EnableWindow", c.hwnd, truth(!cell.Off))
	}
	if cell.Kind == Radio {
		style := w.user.call("GetWindowLongPtrW", c.hwnd, gwlStyle)&^wsTabStop | truth(cell.On)*wsTabStop
		w.user.call("SetWindowLongPtrW", c.hwnd, gwlStyle, style)
	}
	if cell.Kind == Check || cell.Kind == Radio {
		w.user.call("SendMessageW", c.hwnd, bmSetCheck, truth(cell.On), 0)
	}
	c.cell = cell
	w.refocus(c)
	w.user.call("InvalidateRect", c.hwnd, 0, 1)
}

func truth(b bool) uintptr {
	if b {
		return 1
	}
	return 0
}

// build makes all controls anew and gives the window its size.
func (w *Window) build() {
	typed, focused := w.typed(), w.focused()
	for _, c := range w.controls {
		w.user.call("DestroyWindow", c.hwnd)
	}
	w.controls = w.controls[:0]
	cells, band, size := fit(w.form, w.screen, w.room(), w.scale, w.measure)
	w.band = band
	w.place(size)
	before := Gap
	for _, p := range cells {
		c := w.control(p, typed, (before == Radio) != (p.cell.Kind == Radio))
		before = p.cell.Kind
		w.controls = append(w.controls, c)
		if focused != 0 && c.cell.ID == focused {
			w.user.call("SetFocus", c.hwnd)
		}
	}
	w.user.call("InvalidateRect", w.hwnd, 0, 1)
}

// typed returns what stands in fields.
func (w *Window) typed() map[uint16]string {
	out := map[uint16]string{}
	for _, c := range w.controls {
		if c.cell.Kind == Field {
			out[c.cell.ID] = w.text(c.hwnd)
		}
	}
	return out
}

// maxTyped is how long a text in a field may be.
const maxTyped = 256

func (w *Window) text(hwnd uintptr) string {
	var buf [maxTyped + 1]uint16
	n := w.user.call("GetWindowTextW", hwnd, uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf))) //nolint:gosec // G103: buf and its length
	return windows.UTF16ToString(buf[:min(int(n), maxTyped)])
}

func (w *Window) setText(hwnd uintptr, text string) {
	if p, err := windows.UTF16PtrFromString(text); err == nil {
		w.user.call("SetWindowTextW", hwnd, uintptr(unsafe.Pointer(p))) //nolint:gosec // G103: a string that ends with zero
	}
}

// control makes the control of a cell; group says that arrows do not lead to it
// from the one before.
func (w *Window) control(p placed, typed map[uint16]string, group bool) control {
	class, style, extra := windowsOf(p.cell)
	if p.cell.Off { // from the start: switched off later, it is drawn before anybody knows it
		style |= wsDisabled
	}
	style |= truth(group) * wsGroup
	text := p.cell.Text
	if p.cell.Kind == Field {
		text = typed[p.cell.ID]
	}
	name, err1 := windows.UTF16PtrFromString(class)
	words, err2 := windows.UTF16PtrFromString(text)
	if err1 != nil || err2 != nil {
		return control{placed: p}
	}
	hwnd := w.user.call("CreateWindowExW", extra, uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(words)), //nolint:gosec // G103: two strings that end with zero
		wsChild|style, uintptr(p.at.Min.X), uintptr(p.at.Min.Y), uintptr(p.at.Dx()), uintptr(p.at.Dy()),
		w.hwnd, uintptr(p.cell.ID), moduleHandle(), 0)
	w.user.call("SendMessageW", hwnd, wmSetFont, w.font(p.cell.Kind), 0) // drawn later: now nobody knows it yet
	switch p.cell.Kind {
	case Check, Radio:
		w.user.call("SendMessageW", hwnd, bmSetCheck, truth(p.cell.On), 0)
	case Field:
		w.user.call("SendMessageW", hwnd, emLimitText, maxTyped, 0)
		if cue, err := windows.UTF16PtrFromString(p.cell.Text); err == nil {
			w.user.call("SendMessageW", hwnd, emSetCue, 1, uintptr(unsafe.Pointer(cue))) //nolint:gosec // G103: a string that ends with zero
		}
	case Line, Small, Bold, Heading, Badge, Button, Link, Meter, Box, Gap:
	}
	return control{placed: p, hwnd: hwnd}
}

// windowsOf returns the class and the styles of Windows for a cell.
func windowsOf(c Cell) (class string, style, extra uintptr) {
	switch c.Kind {
	case Button, Link:
		return "BUTTON", bsOwnerDraw | wsTabStop, 0
	case Check:
		return "BUTTON", bsCheckBox | bsMultiLine | wsTabStop, 0
	case Radio:
		// Windows takes a focus that comes with Tab for a choice, so Tab leads to
		// what is chosen only, and the arrows to the others.
		return "BUTTON", bsRadioButton | bsMultiLine | truth(c.On)*wsTabStop, 0
	case Field:
		return "EDIT", esAutoHScroll | wsTabStop, wsExClientEdge
	case Box:
		return "EDIT", esMultiLine | esReadOnly | wsVScroll | wsTabStop, wsExClientEdge
	case Badge, Meter:
		return "STATIC", ssOwnerDraw, 0
	case Line, Small, Bold, Heading, Gap:
	}
	if c.Middle {
		return "STATIC", ssNoPrefix | ssEditControl | ssCentre, 0
	}
	return "STATIC", ssNoPrefix | ssEditControl, 0
}

// command is a press, a tick or Enter.
func (w *Window) command(id uint16, from uintptr) {
	if id == idOK {
		w.enter()
		return
	}
	for _, c := range w.controls {
		if c.cell.ID != id || from != c.hwnd || c.cell.Off {
			continue
		}
		switch c.cell.Kind {
		case Button, Link:
			w.handler.Pressed(c.cell.ID)
		case Check:
			w.handler.Ticked(id, !c.cell.On)
		case Radio:
			w.handler.Ticked(id, true)
		case Line, Small, Bold, Heading, Badge, Field, Meter, Box, Gap:
		}
		return
	}
}

// Typed returns what stands in a field. It belongs to the window's thread:
// call it from a Handler.
func (w *Window) Typed(id uint16) string { return w.typed()[id] }

// Clear empties a field, from a Handler.
func (w *Window) Clear(id uint16) {
	for _, c := range w.controls {
		if c.cell.ID == id {
			w.setText(c.hwnd, "")
		}
	}
}

// enter is Enter: in a field it enters, on a button it presses that.
func (w *Window) enter() {
	focused := w.user.call("GetFocus")
	for _, c := range w.controls {
		switch {
		case c.hwnd != focused || c.cell.Off:
		case c.cell.Kind == Field:
			w.handler.Entered(c.cell.ID, w.text(c.hwnd))
			return
		case c.cell.Kind == Button || c.cell.Kind == Link:
			w.handler.Pressed(c.cell.ID)
			return
		}
	}
}
