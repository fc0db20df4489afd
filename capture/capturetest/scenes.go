package capturetest

import (
	"fmt"
	"image"
	"strings"
)

// Colours of the scenes, 0xRRGGBB.
const (
	paper   = 0xffffff
	ink     = 0x202124
	link    = 0x1a55b0
	chrome  = 0xdee1e6
	dark    = 0x1d1f21
	bright  = 0xc5c8c6
	keyword = 0xb294bb
	comment = 0x7d8590
	accent  = 0x2d6cdf
)

// words returns n words of a language that has the letters and the repeats
// of a real one.
func words(n int, seed uint32) string {
	parts := strings.Fields("the of and to in is that for it with as on be at by this from or an are was not but " +
		"pilot harbour vessel master relay screen number person record session answer question before after through " +
		"guidance channel moderate connection customer evidence signature weather captain between without another")
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(' ')
		}
		h := mix(uint32(i), seed, 77)
		k := h % uint32(len(parts))
		if h>>31 == 0 {
			k %= 20
		}
		b.WriteString(parts[k])
		if h>>8%11 == 0 {
			b.WriteByte(',')
		}
	}
	return b.String()
}

// Typing is an editor in a terminal that fills the screen: about ten letters
// a second, a blinking block as cursor, a status line. The terminal reports
// whole lines.
func Typing() Scene {
	return Scene{Name: "typing", start: startTyping}
}

const (
	cellH    = 18
	textSize = 14
)

func startTyping(c *canvas) func(int) []image.Rectangle {
	face := c.font(true, textSize)
	cell := face.get('m').advance
	c.fill(c.bounds(), dark)
	rows := c.h/cellH - 1
	line := func(y int) image.Rectangle { return image.Rect(0, y*cellH, c.w, (y+1)*cellH) }
	write := func(y, x int, s string, colour uint32) {
		c.text(face, x*cell, y*cellH+13, s, colour, line(y))
	}
	for y := range rows * 3 / 5 {
		indent := int(mix(uint32(y), 1, 2) % 3 * 4)
		colour := []uint32{bright, bright, keyword, comment}[mix(uint32(y), 3, 4)%4]
		write(y, indent, words(3+int(mix(uint32(y), 5, 6)%9), uint32(y)), colour)
	}
	y, x := rows*3/5, 0
	input := []rune(words(4000, 99))
	return func(n int) []image.Rectangle {
		row := line(y)
		cursor := image.Rect(x*cell, row.Min.Y, (x+1)*cell, row.Max.Y)
		if n%2 == 0 {
			c.fill(cursor, dark)
			write(y, x, string(input[n/2%len(input)]), bright)
			x++
			if x > 70 && input[n/2%len(input)] == ' ' {
				x, y = 0, y+1
			}
			if y >= rows {
				y = rows * 3 / 5
			}
		}
		c.fill(image.Rect(x*cell, y*cellH, (x+1)*cell, (y+1)*cellH), bright)
		c.fill(line(rows), dark)
		write(rows, 0, fmt.Sprintf("-- INSERT --   %d,%d   62%%", y+1, x+1), bright)
		return []image.Rectangle{row, line(y), line(rows)}
	}
}

// Scroll is a long page in a browser with headings, links and a photograph
// now and then; it moves 6 to 66 pixels a frame. The browser reports its
// whole view.
func Scroll() Scene {
	return Scene{Name: "scroll", start: startScroll}
}

func startScroll(c *canvas) func(int) []image.Rectangle {
	view := image.Rect(0, 80, c.w, c.h)
	c.fill(c.bounds(), chrome)
	c.text(c.font(false, 15), 120, 52, "harbour.example/pilots/a-long-page", ink, c.bounds())
	page := newPage(c.w, 12000, c)
	at := 0
	c.picture(page, image.Pt(0, at), view)
	return func(n int) []image.Rectangle {
		step := []int{6, 18, 36, 66, 54, 30, 12, 0, 0, 0}[n/2%10]
		if step == 0 && n%3 != 0 {
			return nil
		}
		at = (at + step) % (page.h - view.Dy())
		c.picture(page, image.Pt(0, at), view)
		return []image.Rectangle{view}
	}
}

// newPage draws the page of Scroll with the fonts of c.
func newPage(w, h int, c *canvas) *canvas {
	page := newCanvas(w, h)
	page.fill(page.bounds(), paper)
	left, right := w/6, w*5/6
	body, head := c.font(false, 16), c.font(false, 28)
	n := uint32(0)
	for y := 60; y < h-60; {
		n++
		switch mix(n, 0, 8) % 16 {
		case 0:
			shot := photograph(min(480, right-left), 270, n)
			page.picture(shot, image.Point{}, image.Rect(left, y, left+shot.w, y+shot.h))
			y += shot.h + 40
		case 1, 2:
			page.text(head, left, y+20, words(6, n), ink, page.bounds())
			y += 50
		default:
			end := page.text(body, left, y, words(6+(right-left)/95, n), ink, image.Rect(left, 0, right, h))
			if n%5 == 0 {
				page.text(body, min(end+8, right-60), y, words(1, n+7), link, page.bounds())
			}
			y += 25
		}
	}
	return page
}

// Drag is a window with text that is pulled about over a photograph. The
// system reports where it was and where it is.
func Drag() Scene {
	return Scene{Name: "drag", start: startDrag}
}

func startDrag(c *canvas) func(int) []image.Rectangle {
	wall := photograph(c.w, c.h, 5)
	window := newWindow(c)
	place := func(n int) image.Rectangle {
		x, y := bounce(n*11, c.w-window.w), bounce(n*7, c.h-window.h)
		return image.Rect(x, y, x+window.w, y+window.h)
	}
	c.picture(wall, image.Point{}, c.bounds())
	c.picture(window, image.Point{}, place(0))
	return func(n int) []image.Rectangle {
		was, is := place(n-1), place(n)
		c.picture(wall, was.Min, was)
		c.picture(window, image.Point{}, is)
		return []image.Rectangle{was, is}
	}
}

// bounce goes from 0 to end and back.
func bounce(n, end int) int {
	n %= 2 * end
	return min(n, 2*end-n)
}

// newWindow draws the window of Drag.
func newWindow(c *canvas) *canvas {
	w := newCanvas(c.w*2/5, c.h*2/5)
	w.fill(w.bounds(), paper)
	w.fill(image.Rect(0, 0, w.w, 32), accent)
	w.text(c.font(false, 15), 12, 21, "Letter to the harbour office", paper, w.bounds())
	for y := 60; y < w.h-20; y += 22 {
		w.text(c.font(false, 14), 20, y, words(w.w/60, uint32(y)), ink, image.Rect(20, 0, w.w-20, w.h))
	}
	return w
}

// Slides is a talk: every two seconds another page with a heading, points, a
// soft background and, on every other page, a photograph. The program reports
// its whole window 20 times a second.
func Slides() Scene {
	return Scene{Name: "slides", start: startSlides}
}

func startSlides(c *canvas) func(int) []image.Rectangle {
	show := func(n uint32) {
		base := mix(n, 1, 1)&0x3f3f3f | 0x808080
		c.paint(c.bounds(), func(_, y int) uint32 { return between(base, paper, uint32(255*y/c.h)) })
		c.text(c.font(false, 54), c.w/12, c.h/7, words(4, n), ink, c.bounds())
		for i := range 5 {
			c.text(c.font(false, 30), c.w/10, c.h/3+i*c.h/9, "– "+words(5, n*10+uint32(i)), ink, image.Rect(0, 0, c.w*3/5, c.h))
		}
		if n%2 == 1 {
			shot := photograph(c.w/3, c.h/2, n)
			c.picture(shot, image.Point{}, shot.bounds().Add(image.Pt(c.w*5/8, c.h/3)))
		}
	}
	show(0)
	return func(n int) []image.Rectangle {
		if n%(2*Rate) == 0 {
			show(uint32(n / (2 * Rate)))
		}
		return []image.Rectangle{c.bounds()}
	}
}

// Film is a window of 2/3 of the screen's sides in which everything changes
// in every frame.
func Film() Scene {
	return Scene{Name: "film", start: startFilm}
}

func startFilm(c *canvas) func(int) []image.Rectangle {
	c.fill(c.bounds(), chrome)
	r := image.Rect(c.w/6, c.h/6, c.w*5/6, c.h*5/6)
	reel := photograph(r.Dx()+256, r.Dy()+256, 3)
	show := func(n int) {
		c.picture(reel, image.Pt(bounce(n*3, 256), bounce(n*5, 256)), r)
		light := uint32(bounce(n*4, 96))
		c.paint(r, func(x, y int) uint32 { return between(c.at(x, y), paper, light) })
	}
	show(0)
	return func(n int) []image.Rectangle {
		show(n)
		return []image.Rectangle{r}
	}
}

// Idle is a desktop on which only the clock in the corner changes, once a
// second; its panel is reported as dirty all the time.
func Idle() Scene {
	return Scene{Name: "idle", start: startIdle}
}

func startIdle(c *canvas) func(int) []image.Rectangle {
	c.picture(photograph(c.w, c.h, 9), image.Point{}, c.bounds())
	panel := image.Rect(0, c.h-36, c.w, c.h)
	show := func(n int) {
		c.fill(panel, dark)
		s := n / Rate
		c.text(c.font(false, 15), c.w-90, c.h-13, fmt.Sprintf("12:%02d:%02d", s/60%60, s%60), bright, panel)
	}
	show(0)
	return func(n int) []image.Rectangle {
		show(n)
		return []image.Rectangle{panel}
	}
}
