package plain

import "unsafe"

// Values of winuser.h for GetSysColor.
const (
	colourWindow     = 5
	colourWindowText = 8
	colourHighlight  = 13
	colourGreyText   = 17
	colourButtonText = 18
	colourHotLight   = 26
	highContrastOn   = 1
)

// highContrast is HIGHCONTRASTW.
type highContrast struct {
	size, flags uint32
	scheme      uintptr
}

// systemLook is the house's look, or what a person has chosen who needs high
// contrast.
func (w *Window) systemLook() look {
	var h highContrast
	h.size = uint32(unsafe.Sizeof(h))
	asked := w.user.call("SystemParametersInfoW", spiHighContrast, uintptr(h.size), uintptr(unsafe.Pointer(&h)), 0) //nolint:gosec // G103: h knows its size
	if asked == 0 || h.flags&highContrastOn == 0 {
		return house(w.brand)
	}
	colour := func(index uintptr) Colour {
		return Colour(bgr(Colour(w.user.call("GetSysColor", index)))) // the other way round is the same
	}
	ground, ink := colour(colourWindow), colour(colourWindowText)
	return look{
		ground: ground, ink: ink, muted: ink, band: ground, onBand: ink, onFill: colour(colourButtonText),
		off: ground, onOff: colour(colourGreyText), track: ground,
		contrast: true, link: colour(colourHotLight), highlight: colour(colourHighlight),
	}
}

// dressAnew takes over colours that a person has changed.
func (w *Window) dressAnew() {
	next := w.systemLook()
	if next == w.look || !w.built {
		return
	}
	w.look = next
	old := w.brush
	w.brush = w.gdi.call("CreateSolidBrush", uintptr(bgr(next.ground)))
	w.user.call("SetClassLongPtrW", w.hwnd, gclBackground, w.brush)
	w.gdi.call("DeleteObject", old)
	w.build()
}
