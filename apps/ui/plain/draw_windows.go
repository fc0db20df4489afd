package plain

import (
	"image"
	"unsafe"

	"golang.org/x/sys/windows"
)

// bgr is a colour as GDI has it.
func bgr(c Colour) uint32 { return uint32(c>>16&0xff | c&0xff00 | c<<16&0xff0000) }

// The sizes of letters in 1/96 inch, and their weights.
func letters(k Kind) (size, weight int) {
	const normal, bold = 400, 600
	switch k {
	case Heading:
		return 22, bold
	case Bold, Button, Badge:
		return 15, bold
	case Small:
		return 13, normal
	case Field:
		return 20, normal
	case Line, Link, Check, Radio, Meter, Box, Gap:
	}
	return 15, normal
}

// font returns the font of a kind of cell.
func (w *Window) font(k Kind) uintptr {
	if f, ok := w.fonts[k]; ok {
		return f
	}
	size, weight := letters(k)
	face, err := windows.UTF16PtrFromString("Segoe UI")
	if err != nil {
		return 0
	}
	high := -int32(size * w.dpi / defaultDPI)
	w.fonts[k] = w.gdi.call("CreateFontW", uintptr(high), 0, 0, 0, uintptr(weight), 0, 0, 0, 1, 0, 0, cleartype, 0,
		uintptr(unsafe.Pointer(face))) //nolint:gosec // G103: a string that ends with zero
	return w.fonts[k]
}

// measure asks GDI how large text is.
func (w *Window) measure(k Kind, text string, width int) image.Point {
	dc := w.user.call("GetDC", w.hwnd)
	defer w.user.call("ReleaseDC", w.hwnd, dc)
	old := w.gdi.call("SelectObject", dc, w.font(k))
	defer w.gdi.call("SelectObject", dc, old)
	area := rect{right: int32(width)}
	w.drawText(dc, text, &area, dtCalcRect|dtWordBreak|dtNoPrefix|dtEditControl)
	return image.Pt(int(area.right)+1, int(area.bottom))
}

func (w *Window) drawText(dc uintptr, text string, area *rect, how uintptr) {
	if text == "" {
		area.bottom = area.top
		return
	}
	p, err := windows.UTF16PtrFromString(text)
	if err != nil {
		return
	}
	w.user.call("DrawTextW", dc, uintptr(unsafe.Pointer(p)), ^uintptr(0), uintptr(unsafe.Pointer(area)), how) //nolint:gosec // G103: a string and a RECT
}

// paint draws the band; everything else is a control.
func (w *Window) paint(hwnd uintptr) {
	var p paintStruct
	dc := w.user.call("BeginPaint", hwnd, uintptr(unsafe.Pointer(&p))) //nolint:gosec // G103: a PAINTSTRUCT
	defer w.user.call("EndPaint", hwnd, uintptr(unsafe.Pointer(&p)))   //nolint:gosec // G103: a PAINTSTRUCT
	if w.band.Empty() {
		return
	}
	w.fill(dc, rectOf(w.band), w.look.band)
	w.gdi.call("SetBkMode", dc, transparentMode)
	w.gdi.call("SetTextColor", dc, uintptr(bgr(w.look.onBand)))
	x := side * w.dpi / defaultDPI
	edge := x
	if w.form.flag != 0 {
		const normal = 3 // DI_NORMAL
		high := w.form.flag * w.dpi / defaultDPI
		w.user.call("DrawIconEx", dc, uintptr(x), uintptr((w.band.Dy()-high)/2), w.flag, uintptr(high), uintptr(high), 0, 0, normal)
		x += w.form.beside() * w.dpi / defaultDPI
	}
	room := w.band.Max.X - x - edge
	y := (w.band.Dy() - bandHeight(w.form, room, w.measure)) / 2
	for _, line := range w.form.bandLines() {
		old := w.gdi.call("SelectObject", dc, w.font(line.kind))
		area := rect{int32(x), int32(y), int32(w.band.Max.X - edge), int32(w.band.Max.Y)}
		w.drawText(dc, line.text, &area, dtWordBreak|dtNoPrefix|dtEditControl)
		w.gdi.call("SelectObject", dc, old)
		y += w.measure(line.kind, line.text, room).Y
	}
}

func (w *Window) fill(dc uintptr, area rect, c Colour) {
	brush := w.gdi.call("CreateSolidBrush", uintptr(bgr(c)))
	w.user.call("FillRect", dc, uintptr(unsafe.Pointer(&area)), brush) //nolint:gosec // G103: a RECT
	w.gdi.call("DeleteObject", brush)
}

// frame draws a line around a rectangle.
func (w *Window) frame(dc uintptr, area rect, c Colour) {
	brush := w.gdi.call("CreateSolidBrush", uintptr(bgr(c)))
	w.user.call("FrameRect", dc, uintptr(unsafe.Pointer(&area)), brush) //nolint:gosec // G103: a RECT
	w.gdi.call("DeleteObject", brush)
}

// round fills a rectangle with round corners.
func (w *Window) round(dc uintptr, area rect, c Colour, radius int) {
	brush := w.gdi.call("CreateSolidBrush", uintptr(bgr(c)))
	oldBrush := w.gdi.call("SelectObject", dc, brush)
	oldPen := w.gdi.call("SelectObject", dc, w.gdi.call("GetStockObject", nullPen))
	d := uintptr(2 * radius * w.dpi / defaultDPI)
	w.gdi.call("RoundRect", dc, uintptr(area.left), uintptr(area.top), uintptr(area.right+1), uintptr(area.bottom+1), d, d)
	w.gdi.call("SelectObject", dc, oldPen)
	w.gdi.call("SelectObject", dc, oldBrush)
	w.gdi.call("DeleteObject", brush)
}

// colour answers which colours a text has.
func (w *Window) colour(dc, from uintptr) uintptr {
	c := w.look.ink
	for _, k := range w.controls {
		if k.hwnd == from {
			c = w.look.text(k.cell)
		}
	}
	w.gdi.call("SetTextColor", dc, uintptr(bgr(c)))
	w.gdi.call("SetBkMode", dc, transparentMode)
	return w.brush
}

// drawItem draws buttons, links, badges and meters.
func (w *Window) drawItem(d *drawItem) {
	for _, c := range w.controls {
		if c.hwnd != d.window {
			continue
		}
		w.fill(d.dc, d.area, w.look.ground)
		w.gdi.call("SetBkMode", d.dc, transparentMode)
		old := w.gdi.call("SelectObject", d.dc, w.font(c.cell.Kind))
		w.face(c.cell, d)
		w.gdi.call("SelectObject", d.dc, old)
		return
	}
}

func (w *Window) face(c Cell, d *drawItem) {
	switch c.Kind {
	case Meter:
		w.meter(c, d)
		return
	case Link:
		w.gdi.call("SetTextColor", d.dc, uintptr(bgr(w.look.text(c))))
	case Button, Badge:
		body, words := w.look.body(c.Fill, d.state&odsDisabled != 0)
		radius := 6
		if c.Kind == Badge {
			radius = 11
		}
		w.round(d.dc, d.area, body, radius)
		if w.look.contrast { // a colour of its own sets nothing apart there
			w.frame(d.dc, d.area, words)
		}
		w.gdi.call("SetTextColor", d.dc, uintptr(bgr(words)))
	case Line, Small, Bold, Heading, Check, Radio, Field, Box, Gap:
	}
	area := d.area
	if d.state&odsSelected != 0 { // pressed: the words give way
		area.top, area.bottom = area.top+1, area.bottom+1
	}
	w.drawText(d.dc, c.Text, &area, dtCentre|dtVCentre|dtSingleLine|dtNoPrefix)
	if d.state&odsFocus != 0 && c.Kind != Badge {
		inside := rect{d.area.left + 3, d.area.top + 3, d.area.right - 3, d.area.bottom - 3}
		w.user.call("DrawFocusRect", d.dc, uintptr(unsafe.Pointer(&inside))) //nolint:gosec // G103: a RECT
	}
}

// rounds is how many ticks a meter without a value takes from left to right.
const rounds = 8

func (w *Window) meter(c Cell, d *drawItem) {
	w.round(d.dc, d.area, w.look.track, 5)
	wide := float64(d.area.right - d.area.left)
	part := d.area
	if c.Value < 0 {
		part.left += int32(wide * float64(w.pulse%rounds) / rounds)
		part.right = part.left + int32(wide/rounds)
	} else {
		part.right = part.left + int32(wide*min(c.Value, 1))
	}
	if part.right > part.left {
		w.round(d.dc, part, w.look.meter(c.Fill), 5)
	}
}
