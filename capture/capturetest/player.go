package capturetest

import (
	"bytes"
	"context"
	"image"
	"slices"
	"time"

	"lotse/capture"
)

// Player is a screen.Source that plays a scene in real time and stops with its
// last picture. It skips what is late, as a screen does.
type Player struct {
	frames []*capture.Frame
	began  time.Time
	next   int
}

// step is how long a picture of a scene stands.
const step = time.Second / Rate

// Play returns a player of n pictures of the scene called name, of w × h
// pixels.
func Play(name string, w, h, n int) *Player {
	scene, _ := Named(name)
	p := &Player{}
	for f := range scene.Frames(w, h, n) {
		p.frames = append(p.frames, Clone(f))
	}
	return p
}

// Name returns the name of the source.
func (*Player) Name() string { return "player" }

// Close does nothing.
func (*Player) Close() error { return nil }

// Next returns the newest picture, with all that changed since the last call.
func (p *Player) Next(ctx context.Context) (*capture.Frame, error) {
	if p.next == 0 {
		p.began = time.Now()
	}
	if p.next >= len(p.frames) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(time.Until(p.Due(p.next))):
	}
	newest := max(min(int(time.Since(p.began)/step), len(p.frames)-1), p.next)
	f := *p.frames[newest]
	for _, missed := range p.frames[p.next:newest] {
		f.Dirty = append(slices.Clone(f.Dirty), missed.Dirty...)
		if missed.Dirty == nil {
			f.Dirty = nil
			break
		}
	}
	p.next = newest + 1
	return &f, nil
}

// Due is when picture n is shown, after the first call of Next.
func (p *Player) Due(n int) time.Time { return p.began.Add(time.Duration(n) * step) }

// LastChange is when the last picture was shown that differs from the one
// before.
func (p *Player) LastChange() time.Time {
	n := len(p.frames) - 1
	for n > 0 && bytes.Equal(p.frames[n].Pix, p.frames[n-1].Pix) {
		n--
	}
	return p.Due(n)
}

// Last returns the last picture.
func (p *Player) Last() *capture.Frame { return p.frames[len(p.frames)-1] }

// The stamp is a row of squares in the upper left corner, one for each bit.
const (
	stampBits = 12
	stampSide = 8
)

// Stamp writes its number into each picture, for a viewer to read.
func (p *Player) Stamp() {
	row := image.Rect(0, 0, stampBits*stampSide, stampSide)
	for n, f := range p.frames {
		for y := range stampSide {
			for x := range row.Max.X {
				v := byte(0)
				if n>>(x/stampSide)&1 != 0 {
					v = 0xff
				}
				at := y*f.Stride + 4*x
				f.Pix[at], f.Pix[at+1], f.Pix[at+2] = v, v, v
			}
		}
		if f.Dirty != nil {
			f.Dirty = append(f.Dirty, row)
		}
	}
}

// Stamped returns the number in a picture.
func Stamped(pix []byte, stride int) (n int) {
	for bit := range stampBits {
		if pix[stride*stampSide/2+4*(bit*stampSide+stampSide/2)] != 0 {
			n |= 1 << bit
		}
	}
	return n
}

// Text is where a picture shows text: squares of 16 × 16 with one ink on one
// ground.
type Text struct {
	f       *capture.Frame
	squares []image.Rectangle
}

// TextOf returns the text in f.
func TextOf(f *capture.Frame) Text {
	const side = 16
	t := Text{f: f}
	for y := 0; y < f.H; y += side {
		for x := 0; x < f.W; x += side {
			if r := image.Rect(x, y, x+side, y+side).Intersect(f.Bounds()); text(f, r) {
				t.squares = append(t.squares, r)
			}
		}
	}
	return t
}

// Pixels returns how many there are.
func (t Text) Pixels() (n int) {
	for _, r := range t.squares {
		n += r.Dx() * r.Dy()
	}
	return n
}

// Wrong returns how many pixels of it another picture of that size shows wrong.
func (t Text) Wrong(pix []byte, stride int) (n int) {
	for _, r := range t.squares {
		n += wrongIn(pix, stride, t.f, r)
	}
	return n
}

func wrongIn(pix []byte, stride int, f *capture.Frame, r image.Rectangle) (n int) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if [3]byte(pix[y*stride+4*x:]) != [3]byte(f.Pix[y*f.Stride+4*x:]) {
				n++
			}
		}
	}
	return n
}

// text reports whether the colours in r are those of smoothed text: they lie
// on the line between the commonest, which a quarter of the pixels have, and the
// one farthest from it.
func text(f *capture.Frame, r image.Rectangle) bool {
	count := map[[3]int]int{}
	var ground, ink [3]int
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			v := f.Pix[y*f.Stride+4*x:]
			c := [3]int{int(v[0]), int(v[1]), int(v[2])}
			if count[c]++; count[c] > count[ground] {
				ground = c
			}
		}
	}
	for c := range count {
		if square(minus(c, ground)) > square(minus(ink, ground)) || ink == [3]int{} {
			ink = c
		}
	}
	const rounding = 4
	along := minus(ink, ground)
	for c := range count {
		if square(cross(minus(c, ground), along)) > rounding*rounding*square(along) {
			return false
		}
	}
	return len(count) > 1 && 4*count[ground] >= r.Dx()*r.Dy()
}

func minus(a, b [3]int) [3]int { return [3]int{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }

func square(a [3]int) int { return a[0]*a[0] + a[1]*a[1] + a[2]*a[2] }

func cross(a, b [3]int) [3]int {
	return [3]int{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}
