package screen

import (
	"errors"
	"fmt"
	"image"
	"math"
	"slices"
	"testing"
	"unsafe"

	"lotse/capture"
)

func TestStructuresOfMacOSHaveTheSizeThatItHandsOver(t *testing.T) {
	got := []uintptr{
		unsafe.Sizeof(cgPoint{}), unsafe.Offsetof(cgPoint{}.Y),
		unsafe.Sizeof(cgRect{}), unsafe.Offsetof(cgRect{}.Y), unsafe.Offsetof(cgRect{}.W), unsafe.Offsetof(cgRect{}.H),
		unsafe.Sizeof(cmTime{}), unsafe.Offsetof(cmTime{}.Scale), unsafe.Offsetof(cmTime{}.Flags), unsafe.Offsetof(cmTime{}.Epoch),
	}
	want := []uintptr{16, 8, 32, 8, 16, 24, 24, 8, 12, 16}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestBGRAIsTheFourCharactersOfCoreVideo(t *testing.T) {
	if bgra != 0x42475241 {
		t.Errorf("got %#x, want 0x42475241", bgra)
	}
}

func TestAPlaceInPointsCoversWholePixels(t *testing.T) {
	for _, c := range []struct {
		in   cgRect
		want image.Rectangle
	}{
		{cgRect{X: 10, Y: 20, W: 30, H: 40}, image.Rect(10, 20, 40, 60)},
		{cgRect{X: 0.5, Y: 0.5, W: 1, H: 1}, image.Rect(0, 0, 2, 2)},
		{cgRect{X: -1920, Y: -0.25, W: 1920, H: 1080}, image.Rect(-1920, -1, 0, 1080)},
		{cgRect{X: 5, Y: 5, W: 0, H: 9}, image.Rectangle{}},
		{cgRect{X: 5, Y: 5, W: -3, H: 9}, image.Rectangle{}},
		{cgRect{X: math.NaN(), Y: 0, W: 1, H: 1}, image.Rectangle{}},
		{cgRect{X: 0, Y: 0, W: math.Inf(1), H: 1}, image.Rectangle{}},
		{cgRect{X: math.Inf(1), Y: math.Inf(1), W: 0, H: 0}, image.Rectangle{}}, // CGRectNull
		{cgRect{X: 0, Y: 1e300, W: 1, H: 1}, image.Rectangle{}},
	} {
		if got := c.in.cover(); got != c.want {
			t.Errorf("%v: got %v, want %v", c.in, got, c.want)
		}
	}
}

func TestAPartIsCountedFromItsDisplay(t *testing.T) {
	got := rectOf(image.Rect(-1900, 30, -1800, 90), image.Pt(-1920, -10))
	if want := (cgRect{X: 20, Y: 40, W: 100, H: 60}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestDamageHasAnEdgeAndStaysInThePicture(t *testing.T) {
	size := image.Pt(100, 80)
	for _, c := range []struct {
		in   []cgRect
		want []image.Rectangle
	}{
		{nil, []image.Rectangle{}},
		{[]cgRect{{X: 10, Y: 10, W: 5, H: 5}}, []image.Rectangle{image.Rect(9, 9, 16, 16)}},
		{[]cgRect{{X: 0, Y: 0, W: 100, H: 80}}, []image.Rectangle{image.Rect(0, 0, 100, 80)}},
		{[]cgRect{{X: 300, Y: 0, W: 10, H: 10}}, []image.Rectangle{}},
		{[]cgRect{{X: math.NaN()}}, []image.Rectangle{}},
		{[]cgRect{{X: -50, Y: 70, W: 60, H: 60}}, []image.Rectangle{image.Rect(0, 69, 11, 80)}},
	} {
		if got := damaged(c.in, size); !slices.Equal(got, c.want) {
			t.Errorf("%v: got %v, want %v", c.in, got, c.want)
		}
	}
}

func TestTheMainDisplayIsNumberOne(t *testing.T) {
	left, main, right := image.Rect(-1920, 0, 0, 1080), image.Rect(0, 0, 1440, 900), image.Rect(1440, 0, 4000, 1440)
	all := arrange([]monitor{{7, left, false}, {3, right, false}, {9, main, true}}, 9)
	want := []capture.Display{
		{ID: 1, Name: "Display 1", Bounds: main, Primary: true},
		{ID: 2, Name: "Display 2", Bounds: left},
		{ID: 3, Name: "Display 3", Bounds: right},
	}
	if got := numbered(all); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	on, ok := holding(all, image.Rect(1500, 10, 1600, 20))
	if want := (monitor{3, right, false}); on != want || !ok {
		t.Errorf("got %v, %v, want %v", on, ok, want)
	}
	if on, ok := holding(all, image.Rect(1400, 10, 1500, 20)); ok {
		t.Errorf("a part across two displays: got %v, want none", on)
	}
}

func TestWhatAPersonDecidedIsTold(t *testing.T) {
	for _, c := range []struct {
		code                       int64
		permission, stopped, final bool
	}{
		{-3801, true, false, true},
		{-3817, false, true, true},
		{-3802, false, false, false},
	} {
		err := fmt.Errorf("start: %w", sckError{c.code, "macOS says"})
		var e sckError
		got := []bool{errors.Is(err, ErrPermission), errors.Is(err, ErrStopped), errors.As(err, &e) && e.final()}
		if want := []bool{c.permission, c.stopped, c.final}; !slices.Equal(got, want) {
			t.Errorf("%d: got %v, want %v", c.code, got, want)
		}
	}
}

func TestADrawnPointerGetsStraightAlpha(t *testing.T) {
	pix := []byte{
		10, 20, 30, 255, // opaque
		0, 0, 0, 0, // nothing
		64, 32, 0, 128, // half
		200, 1, 2, 100, // more than its alpha: no drawing makes that
	}
	straighten(pix)
	want := []byte{10, 20, 30, 255, 0, 0, 0, 0, 128, 64, 0, 128, 255, 3, 5, 100}
	if !slices.Equal(pix, want) {
		t.Errorf("got %v, want %v", pix, want)
	}
}

func TestTheArrowBeginsWithItsTip(t *testing.T) {
	a := arrow()
	if len(a.Pix) != 4*a.W*a.H || a.W > capture.MaxCursor || a.H > capture.MaxCursor {
		t.Fatalf("got %d bytes for %d × %d", len(a.Pix), a.W, a.H)
	}
	if got, want := a.Pix[:8], []byte{255, 255, 255, 255, 0, 0, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("first row begins %v, want %v", got, want)
	}
	inside := a.Pix[4*(3*a.W+1):][:4]
	if want := []byte{0, 0, 0, 255}; !slices.Equal(inside, want) {
		t.Errorf("inside is %v, want %v", inside, want)
	}
	other := arrow()
	if !same(a, other) {
		t.Error("two arrows look different")
	}
	other.Pix[3] = 7
	if same(a, other) || same(a, nil) || !same(nil, nil) {
		t.Error("another look or none is taken for the same")
	}
}
