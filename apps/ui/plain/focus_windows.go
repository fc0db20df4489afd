package plain

// focus gives the focus to the control with an ID, when a page is new.
func (w *Window) focus(id uint16) {
	w.user.call("SetFocus", w.hwnd)
	for _, c := range w.controls {
		if c.cell.ID == id && id != 0 {
			w.user.call("SetForegroundWindow", w.hwnd)
			w.user.call("SetFocus", c.hwnd) // one that is off takes none yet
			return
		}
	}
}

// step moves the focus: to a control, or to the next one that Tab leads to, the
// one before if to is not 0. Some systems leave that to the window.
func (w *Window) step(to uintptr, control bool) {
	if !control {
		to = w.user.call("GetNextDlgTabItem", w.hwnd, w.user.call("GetFocus"), to)
	}
	w.user.call("SetFocus", to)
}

// refocus gives the focus to what it was meant for, once that can be pressed
// and unless a person has taken it elsewhere.
func (w *Window) refocus(c *control) {
	if c.cell.ID == w.form.Focus && !c.cell.Off && w.user.call("GetFocus") == w.hwnd {
		w.user.call("SetFocus", c.hwnd)
	}
}

// focused is the ID of what has the focus, 0 for nothing.
func (w *Window) focused() uint16 {
	at := w.user.call("GetFocus")
	for _, c := range w.controls {
		if c.hwnd == at {
			return c.cell.ID
		}
	}
	return 0
}
