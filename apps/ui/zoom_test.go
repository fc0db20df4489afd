package ui

import (
	"image"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"lotse/capture/capturetest"
	"lotse/participant/watch"
)

// still is a source with one picture.
type still struct{ view watch.View }

func (s still) Take(look func(watch.View)) { look(s.view) }

func pattern(w, h int) still {
	f := capturetest.Pattern(w, h, 3)
	return still{watch.View{Pix: f.Pix, Stride: f.Stride, Size: image.Pt(w, h), Dirty: []image.Rectangle{f.Bounds()}}}
}

// TestPictureIsDrawnPixelByPixel draws with Fyne's software painter.
func TestPictureIsDrawnPixelByPixel(t *testing.T) {
	const w, h = 300, 270 // more than one tile each way
	for _, zoom := range []Zoom{Zoom100, Zoom200} {
		test.NewTempApp(t)
		src := pattern(w, h)
		v := NewScreenView(nil, func(f func()) { f() })
		v.SetZoom(zoom)
		win := test.NewTempWindow(t, v)
		win.SetPadded(false)
		v.SetSource(src)
		win.Resize(v.MinSize())
		got := win.Canvas().Capture()
		times := zoom.times()
		if want := image.Pt(w*times, h*times); got.Bounds().Size() != want {
			t.Fatalf("zoom %d: got a picture of %v, want %v", zoom, got.Bounds().Size(), want)
		}
		for y := range h * times {
			for x := range w * times {
				r, g, b, _ := got.At(x, y).RGBA()
				p := src.view.Pix[(y/times)*src.view.Stride+4*(x/times):]
				if byte(b>>8) != p[0] || byte(g>>8) != p[1] || byte(r>>8) != p[2] {
					t.Fatalf("zoom %d, pixel %d,%d: got %02x%02x%02x, want %02x%02x%02x", zoom, x, y, r>>8, g>>8, b>>8, p[2], p[1], p[0])
				}
			}
		}
	}
}

func TestPointerHitsTheSamePixelAtEveryZoom(t *testing.T) {
	const w, h = 300, 270
	for _, zoom := range []Zoom{Zoom100, Zoom200} {
		test.NewTempApp(t)
		v := NewScreenView(nil, func(f func()) { f() })
		v.SetZoom(zoom)
		win := test.NewTempWindow(t, v)
		win.SetPadded(false)
		v.SetSource(pattern(w, h))
		win.Resize(v.MinSize())
		times := float32(zoom.times())
		got, ok := v.pixel(fyne.NewPos(123*times+0.5, 45*times+0.5))
		if want := image.Pt(123, 45); !ok || got != want {
			t.Errorf("zoom %d: got %v, %t, want %v", zoom, got, ok, want)
		}
		if _, ok := v.pixel(fyne.NewPos(w*times+1, 5)); ok {
			t.Errorf("zoom %d: beside the picture is a pixel of it", zoom)
		}
	}
}

func TestPointerIsToldForPanning(t *testing.T) {
	test.NewTempApp(t)
	v := NewScreenView(nil, func(f func()) { f() })
	var got fyne.Position
	v.OnPointer = func(at fyne.Position) { got = at }
	want := fyne.NewPos(7, 9)
	v.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: want}})
	if got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
