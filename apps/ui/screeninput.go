package ui

import (
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"lotse/capture/input"
)

// usage names the physical key of an event.
func (v *ScreenView) usage(e *fyne.KeyEvent) input.Usage { return v.scan[e.Physical.ScanCode] }

// letter returns what is printed on a key: Fyne names such a key by it, a
// letter by its capital. 0 stands for every other key.
func letter(name fyne.KeyName) rune {
	r, size := utf8.DecodeRuneInString(string(name))
	if size != len(name) || r == utf8.RuneError {
		return 0
	}
	return unicode.ToLower(r)
}

// AcceptsTab keeps Tab from moving the focus while it belongs to the other
// side.
func (v *ScreenView) AcceptsTab() bool { return v.control }

// FocusGained lets keys go to the other side.
func (v *ScreenView) FocusGained() {
	v.focused = true
	v.attend()
	if v.OnFocus != nil {
		v.OnFocus(true)
	}
}

// FocusLost lets go of everything that is held.
func (v *ScreenView) FocusLost() {
	v.focused = false
	if v.control {
		v.letGo()
	}
	v.attend()
	if v.OnFocus != nil {
		v.OnFocus(false)
	}
}

// KeyDown is a key pressed here.
func (v *ScreenView) KeyDown(e *fyne.KeyEvent) {
	if do := v.own(e); do != nil {
		do()
		return
	}
	if v.control {
		v.pointer.flush()
		v.keyboard.down(v.usage(e), letter(e.Name))
		v.turned(v.usage(e))
	}
}

// own returns what a key does that is meant for this window: Enter or Home
// with Ctrl and Alt, neither of which was sent yet.
func (v *ScreenView) own(e *fyne.KeyEvent) func() {
	do := map[fyne.KeyName]func(){
		fyne.KeyReturn: v.OnFullScreen, fyne.KeyEnter: v.OnFullScreen, fyne.KeyHome: v.OnLeave,
	}[e.Name]
	d, ok := fyne.CurrentApp().Driver().(desktop.Driver)
	if do == nil || !ok || d.CurrentKeyModifiers() != fyne.KeyModifierControl|fyne.KeyModifierAlt {
		return nil
	}
	return do
}

// left hands the keyboard to the rest of the window.
func (v *ScreenView) left() {
	if v.OnLeave != nil {
		v.OnLeave()
	}
}

// KeyUp is a key released here.
func (v *ScreenView) KeyUp(e *fyne.KeyEvent) {
	if v.control {
		v.keyboard.up(v.usage(e))
		v.turned(v.usage(e))
	}
}

// TypedKey is a key pressed or repeating.
func (v *ScreenView) TypedKey(e *fyne.KeyEvent) {
	if v.control && v.own(e) == nil {
		v.keyboard.typed(v.usage(e))
	}
}

// TypedRune is a character that the keyboard here made.
func (v *ScreenView) TypedRune(r rune) {
	if v.control {
		v.pointer.flush()
		v.keyboard.char(r)
	}
}

// button names a mouse button. Fyne tells three apart; it reports the ones
// for back and forward as 0, and 0 can't be told from either.
func button(b desktop.MouseButton) (input.Button, bool) {
	switch b {
	case desktop.MouseButtonPrimary:
		return input.Left, true
	case desktop.MouseButtonSecondary:
		return input.Right, true
	case desktop.MouseButtonTertiary:
		return input.Middle, true
	}
	return 0, false
}

// MouseDown takes the focus and presses the button over there.
func (v *ScreenView) MouseDown(e *desktop.MouseEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(v); c != nil {
		c.Focus(v)
	}
	b, known := button(e.Button)
	at, inside := v.pixel(e.Position)
	if v.drawing != nil {
		if v.drawn = inside && b == input.Left; v.drawn {
			v.drawing.Begin(at)
		}
		return
	}
	if v.control && known && inside {
		v.keyboard.flush()
		v.pointer.press(b, at)
	}
}

// MouseUp releases the button over there, wherever the pointer is now.
func (v *ScreenView) MouseUp(e *desktop.MouseEvent) {
	b, known := button(e.Button)
	if v.drawn && b == input.Left {
		v.drawn = false
		at, _ := v.pixel(e.Position)
		v.drawing.End(at)
		return
	}
	if !v.control || !known || v.drawing != nil {
		return
	}
	if at, ok := v.pixel(e.Position); ok {
		v.pointer.move(at)
	}
	v.pointer.lift(b)
}

// MouseIn moves the pointer over there.
func (v *ScreenView) MouseIn(e *desktop.MouseEvent) { v.MouseMoved(e) }

// MouseMoved moves the pointer over there.
func (v *ScreenView) MouseMoved(e *desktop.MouseEvent) {
	if v.OnPointer != nil {
		v.OnPointer(e.Position)
	}
	at, inside := v.pixel(e.Position)
	switch {
	case v.drawn:
		v.drawing.Drag(at)
	case v.drawing == nil && v.control && inside:
		v.pointer.move(at)
	}
}

// MouseOut lets go of the buttons: their release would not be heard.
func (v *ScreenView) MouseOut() {
	if v.control {
		v.pointer.drop()
	}
}

// Scrolled turns the wheel over there, or pans here without control.
func (v *ScreenView) Scrolled(e *fyne.ScrollEvent) {
	_, inside := v.pixel(e.Position)
	switch {
	case v.control && inside:
		v.keyboard.flush()
		v.pointer.wheel(e.Scrolled.DX, e.Scrolled.DY)
	case v.OnPan != nil:
		v.OnPan(e)
	}
}

// Cursor is a small cross while controlling, so that the other side's own
// pointer stays visible.
func (v *ScreenView) Cursor() desktop.Cursor {
	if v.control {
		return desktop.CrosshairCursor
	}
	return desktop.DefaultCursor
}
