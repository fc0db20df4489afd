//go:build linux && cgo

// Command benchview measures how long updates of a shared screen of 1920 ×
// 1080 pixels keep a window's main thread busy, beside the toolkit's own way of
// showing a picture. make bench-view runs it on an X server of its own. It is
// a tool, not part of what is handed out.
package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"lotse/apps/stage"
	"lotse/apps/ui"
	"lotse/apps/ui/start"
	"lotse/capture/input"
	"lotse/participant/watch"
)

func main() {
	runtime.LockOSThread() // the toolkit's thread is the one that is measured
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	display, err := stage.StartDisplay(ctx, image.Pt(2000, 1200))
	if err != nil {
		return err
	}
	defer display.Close()
	if err := os.Setenv("DISPLAY", display.Name); err != nil {
		return fmt.Errorf("benchview: %w", err)
	}
	start.Log(os.Stderr)
	a, err := start.New(ui.Look{})
	if err != nil {
		return err
	}
	win := a.NewWindow("benchview")
	win.SetPadded(false)
	if err := start.Show(win); err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() {
		failed <- measure(win)
		fyne.Do(a.Quit)
	}()
	a.Run()
	return <-failed
}

// updates is how many are measured a case, pause how long it is between them.
const (
	updates = 100
	pause   = 50 * time.Millisecond
)

// kind is what changes in an update.
type kind struct {
	name  string
	dirty []image.Rectangle
}

func kinds() []kind {
	return []kind{
		{"nothing", nil},
		{"a line of text", []image.Rectangle{image.Rect(300, 300, 700, 320)}},
		{"4 tiles of 256 px", []image.Rectangle{image.Rect(512, 256, 1024, 768)}},
		{"everything", []image.Rectangle{image.Rect(0, 0, 1920, 1080)}},
	}
}

// measure prints a table.
func measure(win fyne.Window) error {
	fmt.Println("| what changes | Lotse 100 % ms | Lotse fitted to 1440 × 810 ms | one canvas.Image ms |")
	fmt.Println("|---|---:|---:|---:|")
	for _, k := range kinds() {
		full, err := spend(win, fyne.NewSize(1920, 1080), k, lotse)
		if err != nil {
			return err
		}
		fitted, err := spend(win, fyne.NewSize(1440, 810), k, lotse)
		if err != nil {
			return err
		}
		plain, err := spend(win, fyne.NewSize(1920, 1080), k, toolkit)
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %.2f | %.2f | %.2f |\n", k.name, full, fitted, plain)
	}
	return nil
}

// spend returns the milliseconds of the main thread's processor time that an
// update takes.
func spend(win fyne.Window, size fyne.Size, k kind, show func(*picture) (fyne.CanvasObject, func())) (float64, error) {
	p := newPicture()
	var update func()
	fyne.DoAndWait(func() {
		var content fyne.CanvasObject
		content, update = show(p)
		win.SetContent(content)
		win.Resize(size)
		update()
	})
	tick := time.NewTicker(pause)
	defer tick.Stop()
	var began time.Duration
	for i := range 2 * updates { // the first half warms up
		if i == updates {
			var err error
			if began, err = mainThread(); err != nil {
				return 0, err
			}
		}
		<-tick.C
		fyne.Do(func() {
			p.change(k.dirty)
			update()
		})
	}
	end, err := mainThread()
	return float64((end - began).Microseconds()) / 1000 / updates, err
}

// mainThread returns how long the main thread has used a processor.
func mainThread() (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/schedstat", os.Getpid()))
	if err != nil {
		return 0, fmt.Errorf("benchview: %w", err)
	}
	ns, err := strconv.ParseInt(string(bytes.Fields(b)[0]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("benchview: %w", err)
	}
	return time.Duration(ns), nil
}

// picture is a screen that changes.
type picture struct {
	pix   []byte
	size  image.Point
	dirty []image.Rectangle
	n     byte
}

func newPicture() *picture {
	size := image.Pt(1920, 1080)
	p := &picture{pix: make([]byte, 4*size.X*size.Y), size: size, dirty: []image.Rectangle{{Max: size}}}
	rnd := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // noise to look at
	for i := range p.pix {
		p.pix[i] = byte(rnd.Uint32())
	}
	return p
}

// change alters the pixels of some rectangles.
func (p *picture) change(dirty []image.Rectangle) {
	p.n++
	for _, r := range dirty {
		for y := r.Min.Y; y < r.Max.Y; y += 3 {
			p.pix[4*(y*p.size.X+r.Min.X)] = p.n
		}
	}
	p.dirty = append(p.dirty, dirty...)
}

// Take shows the picture to a view.
func (p *picture) Take(look func(watch.View)) {
	look(watch.View{Pix: p.pix, Stride: 4 * p.size.X, Size: p.size, Dirty: p.dirty})
	p.dirty = p.dirty[:0]
}

// lotse shows it in our view.
func lotse(p *picture) (content fyne.CanvasObject, update func()) {
	v := ui.NewScreenView(nobody{}, fyne.Do)
	v.SetSource(p)
	return v, v.Picture
}

// toolkit shows it as the toolkit's documents say: one image, drawn anew.
func toolkit(p *picture) (content fyne.CanvasObject, update func()) {
	rgba := image.NewRGBA(image.Rectangle{Max: p.size})
	img := canvas.NewImageFromImage(rgba)
	img.ScaleMode, img.FillMode = canvas.ImageScaleFastest, canvas.ImageFillContain
	return img, func() {
		p.Take(func(v watch.View) {
			for i := 0; i < len(v.Pix) && len(v.Dirty) > 0; i += 4 {
				rgba.Pix[i], rgba.Pix[i+1], rgba.Pix[i+2], rgba.Pix[i+3] = v.Pix[i+2], v.Pix[i+1], v.Pix[i], 0xff
			}
			if len(v.Dirty) > 0 {
				img.Refresh()
			}
		})
	}
}

// nobody is steered.
type nobody struct{}

// Move does nothing.
func (nobody) Move(image.Point) {}

// Button does nothing.
func (nobody) Button(input.Button, bool) {}

// Letter does nothing.
func (nobody) Letter(input.Usage, rune) {}

// Locks does nothing.
func (nobody) Locks(input.LockState) {}

// Wheel does nothing.
func (nobody) Wheel(int, int) {}

// Key does nothing.
func (nobody) Key(input.Usage, bool) {}

// Text does nothing.
func (nobody) Text(string) {}

// Release does nothing.
func (nobody) Release() {}
