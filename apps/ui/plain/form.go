// Package plain shows windows with nothing but what every Windows has: its own
// buttons, texts and fields. It is for computers whose graphics can't do
// OpenGL, which the other windows need, and they are those whose people call
// for help: remote desktops, virtual machines, broken drivers. It decides
// nothing; a form says what is drawn.
package plain

import (
	"errors"
	"image"
)

// ErrUnsupported says that this system has no such windows.
var ErrUnsupported = errors.New("plain: only on Windows")

// Kind says what a cell is.
type Kind uint8

// The kinds of cells.
const (
	Line    Kind = iota // text, as many lines as it takes
	Small               // text that explains
	Bold                // text that matters
	Heading             // the page's first words
	Badge               // a short word on a colour
	Button              // does something when pressed
	Link                // a button that looks like text
	Check               // can be ticked
	Radio               // one of several, of which the handler ticks one
	Field               // a line to type in; Text is what stands there while it is empty
	Meter               // a bar, Value of it filled; below 0 it moves by itself
	Box                 // lines that can be scrolled and copied
	Gap                 // room
)

// Colour is 0xRRGGBB.
type Colour uint32

// The colours of the house. White text on each of them has a contrast of at
// least 4.5:1 (WCAG 2.2, 1.4.3).
const (
	Primary Colour = 0x0B5CAD // Connect, New session, Ask for control
	Allow   Colour = 0x1B7F3B // Allow and Admit
	Deny    Colour = 0x5A6775 // Deny, Refuse and Cancel
	Quiet   Colour = 0x3F5F7F // what is no decision: copy, lock, badges
	Stop    Colour = 0xC8102E // STOP and End session, the red of the flag H
	Amber   Colour = 0x8F5A00 // "not verified"
)

// Cell is one thing in a form.
type Cell struct {
	// ID names what can be pressed, ticked or typed into, from 100 on; all
	// others have 0.
	ID   uint16
	Kind Kind
	Text string
	// Fill is the colour of a button, a badge or a meter, and of text where
	// it is not zero.
	Fill Colour
	// On is whether a box is ticked, Off whether a button or a box answers
	// not.
	On, Off bool
	// Value is how much of a meter is filled, 0 to 1.
	Value float64
	// Own takes as much width as the text needs; the others share the rest.
	Own bool
	// Middle puts text in the middle of its cell.
	Middle bool
}

// Row is cells side by side.
type Row []Cell

// Form is a whole window.
type Form struct {
	// Title is what the window is called, Band what stands on the dark band
	// at its top; an empty one leaves the band away. Under is smaller, below.
	Title, Band, Under string
	// Width is in 1/96 inch.
	Width int
	Rows  []Row
	// Above keeps the window over all others and at the top of the screen.
	Above bool
	// Focus is the ID of what is focused when the page is new.
	Focus uint16
	// flag is the side of a picture left in the band, in 1/96 inch; 0 is none.
	flag int
	// Page changes when what is shown is another page, even if it looks alike.
	Page uint64
}

// shape reports whether two forms differ only in texts and states, so that
// their cells can be changed in place.
func (f Form) shape(g Form) bool {
	if f.Page != g.Page || f.Width != g.Width || len(f.Rows) != len(g.Rows) || (f.Band == "") != (g.Band == "") || f.Above != g.Above {
		return false
	}
	for i, row := range f.Rows {
		if len(row) != len(g.Rows[i]) {
			return false
		}
		for j, c := range row {
			if d := g.Rows[i][j]; c.Kind != d.Kind || c.ID != d.ID || c.Own != d.Own || c.Middle != d.Middle {
				return false
			}
		}
	}
	return true
}

// Handler is told what a person did. Its methods are called on the window's
// own thread.
type Handler interface {
	// Pressed is told of buttons and links.
	Pressed(id uint16)
	// Ticked is told of boxes.
	Ticked(id uint16, on bool)
	// Entered is told what stood in a field when Enter was pressed there.
	Entered(id uint16, text string)
	// Hovered is told what the pointer is over now; 0 is nothing that can be
	// pressed.
	Hovered(id uint16)
	// StopKey is told of F11.
	StopKey()
	// Closed is asked whether the window may close.
	Closed() bool
	// Ticks is called four times a second, and soon after Wake.
	Ticks()
}

// measure returns how large text is, in pixels, when it may be width wide.
type measure func(k Kind, text string, width int) image.Point

// Distances in 1/96 inch.
const (
	side     = 20 // left and right of everything
	between  = 8  // between two rows
	apart    = 10 // between two cells
	bandRoom = 14 // above and below the band's text
	tall     = 38 // a button
	inside   = 10 // above and below the text of a field, together
	tick     = 26 // the box of a check box and the room beside it
	meterTop = 12
	boxTall  = 150
)

// placed is where a cell is, in pixels of the window.
type placed struct {
	cell Cell
	at   image.Rectangle
}

// leastDPI keeps letters readable: three quarters of their usual size.
const leastDPI = 72

// fit arranges f in letters of dpi, or in smaller ones where it would be higher
// than room: a button below the edge of a small screen can't be pressed.
func fit(f Form, dpi, room int, use func(dpi int), size measure) (cells []placed, band image.Rectangle, all image.Point) {
	for ; ; dpi = max(dpi-dpi/16, leastDPI) {
		use(dpi)
		cells, band, all = arrange(f, dpi, size)
		if all.Y <= room || dpi <= leastDPI {
			return cells, band, all
		}
	}
}

// arrange places the cells of f for a screen of dpi, below a band, and returns
// the size of it all. The band is as high as its place says.
func arrange(f Form, dpi int, size measure) (cells []placed, band image.Rectangle, all image.Point) {
	px := func(v int) int { return v * dpi / 96 }
	width := px(f.Width)
	y := px(between)
	if f.Band != "" {
		room := width - 2*px(side) - px(f.beside())
		band = image.Rect(0, 0, width, max(bandHeight(f, room, size), px(f.flag))+2*px(bandRoom))
		y = band.Max.Y + px(side)/2
	}
	for _, row := range f.Rows {
		high := 0
		var now []placed
		x := px(side)
		for i, w := range widths(row, width-2*px(side), px, size) {
			h := height(row[i], w, px, size)
			now = append(now, placed{row[i], image.Rect(x, y, x+w, y+h)})
			high = max(high, h)
			x += w + px(apart)
		}
		for i := range now { // in the middle of the row
			now[i].at = now[i].at.Add(image.Pt(0, (high-now[i].at.Dy())/2))
		}
		cells = append(cells, now...)
		y += high + px(between)
	}
	return cells, band, image.Pt(width, y+px(between))
}

// bandLine is a text in the band.
type bandLine struct {
	kind Kind
	text string
}

// bandLines are the texts in the band, below each other.
func (f Form) bandLines() []bandLine {
	lines := []bandLine{{Heading, f.Band}}
	if f.Under != "" {
		lines = append(lines, bandLine{Small, f.Under})
	}
	return lines
}

// bandHeight is how high they are together in room.
func bandHeight(f Form, room int, size measure) int {
	high := 0
	for _, line := range f.bandLines() {
		high += size(line.kind, line.text, room).Y
	}
	return high
}

// beside is the room that the band's picture takes from its words.
func (f Form) beside() int {
	if f.flag == 0 {
		return 0
	}
	return f.flag + apart
}

// widths shares room among the cells of a row.
func widths(row Row, room int, px func(int) int, size measure) []int {
	out := make([]int, len(row))
	left, open := room-px(apart)*(len(row)-1), 0
	for i, c := range row {
		if !c.Own {
			open++
			continue
		}
		out[i] = min(size(c.Kind, c.Text, room).X+px(padding(c.Kind)), max(left, 0))
		left -= out[i]
	}
	for i, c := range row {
		if !c.Own {
			out[i] = max(left/open, 1)
		}
	}
	return out
}

// padding is the room beside a cell's text, in 1/96 inch.
func padding(k Kind) int {
	switch k {
	case Button:
		return 36
	case Badge:
		return 16
	case Check, Radio:
		return tick
	case Line, Small, Bold, Heading, Link, Field, Meter, Box, Gap:
	}
	return 2
}

// height is how high a cell of that width is.
func height(c Cell, width int, px func(int) int, size measure) int {
	switch c.Kind {
	case Button:
		return px(tall)
	case Field:
		return size(Field, "0", width).Y + px(inside)
	case Meter:
		return px(meterTop)
	case Box:
		return px(boxTall)
	case Gap:
		return px(between)
	case Check, Radio:
		return max(size(c.Kind, c.Text, width-px(tick)).Y, px(tick))
	case Badge:
		return size(c.Kind, c.Text, width).Y + px(8)
	case Line, Small, Bold, Heading, Link:
	}
	if c.Text == "" {
		return 0
	}
	return size(c.Kind, c.Text, width).Y
}
