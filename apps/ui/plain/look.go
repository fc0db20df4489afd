package plain

// look is which colours a window has.
type look struct {
	ground, ink Colour // the window, and text on it
	muted       Colour // text that explains
	band        Colour // the band at the top
	onBand      Colour
	onFill      Colour // text on a button or a badge
	off, onOff  Colour // a button that answers not
	track       Colour // the empty part of a meter
	// primary is what Primary is drawn in, lead the same as words on the window.
	primary, lead Colour
	// contrast says that the person has chosen Windows' colours of high
	// contrast: ours do not count then, but link and highlight.
	contrast        bool
	link, highlight Colour
}

// Brand is what an organisation's window has of its own; 0 is the house's. White
// text on either can be read.
type Brand struct {
	// Primary is drawn for Primary, Banner is the band at the top.
	Primary, Banner Colour
}

// house is how Lotse looks, with an organisation's colours.
func house(b Brand) look {
	l := look{
		ground: 0xF3F6FA, ink: 0x10263D, muted: 0x4A5A6A, band: 0x10263D, onBand: 0xFFFFFF, onFill: 0xFFFFFF,
		off: 0xD5DCE4, onOff: 0x5B6B7B, track: 0xD5DCE4, primary: Primary,
	}
	if b.Primary != 0 {
		l.primary = b.Primary
	}
	if b.Banner != 0 {
		l.band = b.Banner
	}
	l.lead = Readable(l.primary, l.ground)
	return l
}

// fill is the colour that a cell's fill is drawn in.
func (l look) fill(c Colour) Colour {
	if c == Primary {
		return l.primary
	}
	return c
}

// text is the colour of a cell's words on the window.
func (l look) text(c Cell) Colour {
	switch {
	case l.contrast && c.Kind == Link:
		return l.link
	case l.contrast:
		return l.ink
	case c.Fill == Primary:
		return l.lead
	case c.Fill != 0:
		return c.Fill
	case c.Kind == Small:
		return l.muted
	}
	return l.ink
}

// body is the colour of a button or a badge, and of the words on it.
func (l look) body(fill Colour, off bool) (body, words Colour) {
	switch {
	case off:
		return l.off, l.onOff
	case l.contrast:
		return l.ground, l.onFill
	}
	return l.fill(fill), l.onFill
}

// meter is the colour of what is filled of a meter.
func (l look) meter(fill Colour) Colour {
	if l.contrast {
		return l.highlight
	}
	return l.fill(fill)
}
