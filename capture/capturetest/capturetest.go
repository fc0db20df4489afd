// Package capturetest draws screens on which people work, for tests and
// benchmarks: the same pixels on every run and every system, reported as
// dirty as toolkits do, which is more than what changed. It shows nothing and
// looks at no real screen.
package capturetest

import (
	"image"
	"iter"
	"slices"

	"lotse/capture"
)

// Rate is how many frames of a scene make a second.
const Rate = 20

// Scene is a screen on which something happens.
type Scene struct {
	// Name is one word, for the names of tests.
	Name string
	// play draws the next state and returns what a toolkit would report.
	start func(c *canvas) (play func(n int) []image.Rectangle)
}

// Frames yields the first n states of the scene on a screen of w × h pixels,
// from 320 × 240. The first is dirty everywhere. A frame is valid until the
// next; playing a scene again yields the same pixels.
func (s Scene) Frames(w, h, n int) iter.Seq[*capture.Frame] {
	return func(yield func(*capture.Frame) bool) {
		c := newCanvas(w, h)
		play := s.start(c)
		for i := range n {
			frame := &capture.Frame{Pix: c.pix, Stride: 4 * w, W: w, H: h}
			if i > 0 {
				frame.Dirty = within(play(i), frame.Bounds())
			}
			if !yield(frame) {
				return
			}
		}
	}
}

// within cuts rects to the screen; the result is empty, not nil, when nothing
// is left.
func within(rects []image.Rectangle, screen image.Rectangle) []image.Rectangle {
	out := []image.Rectangle{}
	for _, r := range rects {
		if r = r.Intersect(screen); !r.Empty() {
			out = append(out, r)
		}
	}
	return out
}

// Scenes returns every scene there is.
func Scenes() []Scene {
	return []Scene{Typing(), Scroll(), Drag(), Slides(), Film(), Idle()}
}

// Named returns the scene with that name, or false.
func Named(name string) (Scene, bool) {
	scenes := Scenes()
	i := slices.IndexFunc(scenes, func(s Scene) bool { return s.Name == name })
	if i < 0 {
		return Scene{}, false
	}
	return scenes[i], true
}

// Clone returns a copy of f with pixels of its own.
func Clone(f *capture.Frame) *capture.Frame {
	out := *f
	out.Pix, out.Dirty, out.Moves = slices.Clone(f.Pix), slices.Clone(f.Dirty), slices.Clone(f.Moves)
	return &out
}

// Pattern returns a still picture of w × h pixels in which every 8 × 8 square
// has a colour of its own that depends on its place and on seed. Nothing in
// it is photographic.
func Pattern(w, h int, seed uint32) *capture.Frame {
	c := newCanvas(w, h)
	for y := 0; y < h; y += 8 {
		for x := 0; x < w; x += 8 {
			c.fill(image.Rect(x, y, x+8, y+8), mix(uint32(x/8), uint32(y/8), seed)&0xffffff)
		}
	}
	return &capture.Frame{Pix: c.pix, Stride: 4 * w, W: w, H: h}
}

// mix is a hash of a place (the finaliser of MurmurHash3, public domain, by
// A. Appleby).
func mix(x, y, seed uint32) uint32 {
	h := x*0x9e3779b1 ^ y*0x85ebca77 ^ seed*0xc2b2ae3d
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return h ^ h>>16
}
