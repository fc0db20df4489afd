package stopbutton

import (
	"errors"
	"image"
	"testing"
	"time"
)

func TestStandsInTheCornerOfEveryMonitor(t *testing.T) {
	for _, c := range []struct{ area, want image.Rectangle }{
		{image.Rect(0, 0, 640, 480), image.Rect(408, 12, 628, 144)},
		{image.Rect(0, 0, 1920, 1080), image.Rect(1668, 12, 1908, 156)},
		{image.Rect(-2560, 200, 0, 1640), image.Rect(-332, 212, -12, 404)},
	} {
		if got := place(c.area); got != c.want {
			t.Errorf("%v: got %v, want %v", c.area, got, c.want)
		}
	}
}

func TestPictureIsRedWithReadableText(t *testing.T) {
	for _, text := range []string{"STOP", "STOPP", "a text that is far too long for such a small button"} {
		img, err := picture(image.Pt(220, 132), text, "F11")
		if err != nil {
			t.Fatal(err)
		}
		if got := img.RGBAAt(1, 1); got != red() {
			t.Errorf("%s: got %v in the corner, want red", text, got)
		}
		for _, line := range []struct {
			name string
			part image.Rectangle
		}{{"the text", image.Rect(18, 25, 202, 80)}, {"the key", image.Rect(80, 86, 140, 114)}} {
			if white(img, line.part) == 0 {
				t.Errorf("%s: %s is not there", text, line.name)
			}
		}
		for _, side := range []image.Rectangle{image.Rect(13, 20, 18, 112), image.Rect(202, 20, 207, 112)} {
			if white(img, side) != 0 {
				t.Errorf("%s: the text runs into the edge", text)
			}
		}
	}
}

// white counts the pixels of a part that belong to letters.
func white(img *image.RGBA, part image.Rectangle) int {
	n := 0
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if img.RGBAAt(x, y).G > 0x80 {
				n++
			}
		}
	}
	return n
}

func TestNobodyToCallIsRefused(t *testing.T) {
	if b, err := Open(Options{}, nil); b != nil || err == nil || errors.Is(err, ErrUnsupported) {
		t.Errorf("got %v, %v, want it refused", b, err)
	}
}

// opened shows a button and returns the clicks on it.
func opened(t *testing.T, o Options) (*Button, <-chan time.Time) {
	t.Helper()
	clicks := make(chan time.Time, 16)
	b, err := Open(o, func(at time.Time) { clicks <- at })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b, clicks
}

// tooLate is when a test gives up.
const tooLate = 10 * time.Second

// clicked asserts that a click was told within 50 ms.
func clicked(t *testing.T, clicks <-chan time.Time, click func() time.Time) {
	t.Helper()
	began := click()
	select {
	case at := <-clicks:
		took := at.Sub(began)
		t.Logf("told after %v", took)
		if took > 50*time.Millisecond {
			t.Errorf("told after %v, want at most 50 ms", took)
		}
	case <-time.After(tooLate):
		t.Fatal("the click was not told")
	}
}
