//go:build linux

package main

import (
	"context"
	"fmt"
	"image"
	"iter"
	"os"
	"time"

	"lotse/apps/stage"
	"lotse/capture"
	"lotse/capture/capturetest"
	"lotse/capture/screen"
)

// rate is how many states of the screen a second are looked at.
const rate = 20

// recording is what a screen showed: a first picture, and what changed then.
type recording struct {
	name  string
	size  image.Point
	first []byte
	steps []step
}

// step is what changed between two looks.
type step struct {
	dirty []image.Rectangle
	pix   [][]byte // of each rectangle, row by row
}

// frames yields the states again. A frame is valid until the next.
func (r *recording) frames() iter.Seq[*capture.Frame] {
	return func(yield func(*capture.Frame) bool) {
		f := &capture.Frame{Pix: append([]byte(nil), r.first...), Stride: 4 * r.size.X, W: r.size.X, H: r.size.Y}
		if !yield(f) {
			return
		}
		for _, s := range r.steps {
			f.Dirty = s.dirty
			for i, area := range s.dirty {
				put(f, area, s.pix[i])
			}
			if !yield(f) {
				return
			}
		}
	}
}

func put(f *capture.Frame, r image.Rectangle, pix []byte) {
	n := 4 * r.Dx()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		copy(f.Pix[y*f.Stride+4*r.Min.X:][:n], pix)
		pix = pix[n:]
	}
}

func lift(f *capture.Frame, r image.Rectangle) []byte {
	out := make([]byte, 0, 4*r.Dx()*r.Dy())
	for y := r.Min.Y; y < r.Max.Y; y++ {
		out = append(out, f.Pix[y*f.Stride+4*r.Min.X:y*f.Stride+4*r.Max.X]...)
	}
	return out
}

// add appends a state.
func (r *recording) add(f *capture.Frame) {
	if r.first == nil {
		r.size = image.Pt(f.W, f.H)
		r.first = lift(f, f.Bounds())
		return
	}
	s := step{dirty: []image.Rectangle{}}
	for _, area := range f.Dirty {
		if area = area.Intersect(f.Bounds()); !area.Empty() {
			s.dirty, s.pix = append(s.dirty, area), append(s.pix, lift(f, area))
		}
	}
	r.steps = append(r.steps, s)
}

// drawn returns a scene of capturetest, the same pixels on every machine.
func drawn(name string, size image.Point, n int) *recording {
	scene, _ := capturetest.Named(name)
	r := &recording{name: name}
	for f := range scene.Frames(size.X, size.Y, n) {
		r.add(f)
	}
	return r
}

// film records a display for a time. play is what happens meanwhile.
func film(ctx context.Context, name string, d *stage.Display, length time.Duration, play func(context.Context) error) (*recording, error) {
	if err := os.Setenv("DISPLAY", d.Name); err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	displays, err := screen.Displays()
	if err != nil {
		return nil, err
	}
	source, err := screen.Open(screen.Target{Kind: screen.Display, ID: displays[0].ID}, screen.Options{})
	if err != nil {
		return nil, err
	}
	defer source.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	over := make(chan error, 1)
	go func() { over <- play(ctx) }()
	r := &recording{name: name}
	for began := time.Now(); time.Since(began) < length; {
		if err := r.look(ctx, source); err != nil {
			return nil, err
		}
	}
	cancel()
	return r, <-over
}

// look adds the state of the screen at the end of a twentieth of a second.
func (r *recording) look(ctx context.Context, source screen.Source) error {
	end := time.Now().Add(time.Second / rate)
	wait, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	var last *capture.Frame
	var dirty []image.Rectangle
	for {
		f, err := source.Next(wait)
		if err != nil {
			if ctx.Err() == nil && wait.Err() != nil {
				break
			}
			return err
		}
		dirty = append(dirty, f.Dirty...)
		if f.Dirty == nil {
			dirty = append(dirty, f.Bounds())
		}
		last = f
	}
	switch {
	case last != nil:
		now := *last
		now.Dirty = dirty
		r.add(&now)
	case r.first != nil:
		r.steps = append(r.steps, step{dirty: []image.Rectangle{}})
	}
	return nil
}
