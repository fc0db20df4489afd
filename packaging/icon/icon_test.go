package icon_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"lotse/packaging/icon"
)

// TestDrawShowsTheFlagAtEverySize looks at the five places that make the flag
// what it is.
func TestDrawShowsTheFlagAtEverySize(t *testing.T) {
	clear := color.NRGBA{}
	blue := color.NRGBA{R: 0x0b, G: 0x25, B: 0x45, A: 0xff}
	white := color.NRGBA{R: 0xff, G: 0xff, B: 0xff, A: 0xff}
	red := color.NRGBA{R: 0xc8, G: 0x10, B: 0x2e, A: 0xff}
	for _, size := range append(icon.Sizes(), icon.MaxSide) {
		img := icon.Draw(size)
		got := []color.NRGBA{
			img.NRGBAAt(0, 0),
			img.NRGBAAt(size-1, size-1),
			img.NRGBAAt(size/2, max((size+8)/16, 1)), // the line along the top
			img.NRGBAAt(size/4, size/2),
			img.NRGBAAt(size*3/4, size/2),
		}
		want := []color.NRGBA{clear, clear, blue, white, red}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%d px, place %d: got %v, want %v", size, i, got[i], want[i])
			}
		}
	}
}

// TestDrawKeepsTheSizeInBounds asks for sizes that nobody should.
func TestDrawKeepsTheSizeInBounds(t *testing.T) {
	for _, c := range []struct{ ask, want int }{{-1, 1}, {0, 1}, {1, 1}, {17, 17}, {icon.MaxSide + 1, icon.MaxSide}} {
		if got, want := icon.Draw(c.ask).Bounds(), image.Rect(0, 0, c.want, c.want); got != want {
			t.Errorf("Draw(%d): got %v, want %v", c.ask, got, want)
		}
	}
}

// TestPNGHoldsThePicture decodes the file and compares every pixel.
func TestPNGHoldsThePicture(t *testing.T) {
	file, err := icon.PNG(48)
	if err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	pix, ok := got.(*image.NRGBA)
	if want := icon.Draw(48); !ok || !bytes.Equal(pix.Pix, want.Pix) {
		t.Errorf("got %T %v, want the drawn picture", got, got.Bounds())
	}
}
