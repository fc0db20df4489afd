//go:build e2e && linux

package e2e

import (
	"fmt"
	"image"
	"image/color"
	"strconv"
	"strings"
	"testing"
	"time"

	"lotse/apps/stage"
	"lotse/apps/ui"
	"lotse/master"
	"lotse/participant/session"
	"lotse/participant/watch"
)

// picture is a copy of the picture that a master has of the customer's screen, nil
// before there is one.
func (e *evil) picture() *image.RGBA {
	var img *image.RGBA
	if remote := e.room.Screen(2); remote != nil {
		remote.Take(func(v watch.View) {
			img = image.NewRGBA(image.Rectangle{Max: v.Size})
			for y := range v.Size.Y {
				from, to := v.Pix[y*v.Stride:], img.Pix[y*img.Stride:]
				for i := 0; i < 4*v.Size.X; i += 4 {
					to[i], to[i+1], to[i+2], to[i+3] = from[i+2], from[i+1], from[i], 0xff
				}
			}
		})
	}
	if img == nil || img.Rect.Empty() {
		return nil
	}
	return img
}

// seen is the picture, which has to be there.
func (e *evil) seen() *image.RGBA {
	e.t.Helper()
	img := e.picture()
	if img == nil {
		e.t.Fatal("no picture")
	}
	return img
}

// near reports whether two colours are the same but for a codec's rounding.
func near(a, b color.RGBA) bool {
	const most = 6
	d := func(x, y uint8) bool { return max(x, y)-min(x, y) <= most }
	return d(a.R, b.R) && d(a.G, b.G) && d(a.B, b.B)
}

// readable counts the pixels that only the program's own window has: those of
// its buttons and its badge. The red of STOP is in the title's icon too.
func readable(img *image.RGBA) (n int) {
	fills := []color.RGBA{stage.Colour(ui.FillAllow), stage.Colour(ui.FillDeny)}
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			c := img.RGBAAt(x, y)
			for _, fill := range fills {
				if near(c, fill) {
					n++
				}
			}
		}
	}
	return n
}

// ownWindow is where the content of the customer's program lies.
func ownWindow(t *testing.T, s *stage.Support) image.Rectangle {
	t.Helper()
	out, err := s.Customer.Do(t.Context(), "search", "--onlyvisible", "--name", "^Lotse|development build")
	must(t, err)
	id := strings.Fields(out)[0]
	out, err = s.Customer.Do(t.Context(), "getwindowgeometry", "--shell", id)
	must(t, err)
	var v [4]int
	for line := range strings.Lines(out) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		for i, want := range []string{"X", "Y", "WIDTH", "HEIGHT"} {
			if name == want {
				v[i], err = strconv.Atoi(value)
				must(t, err)
			}
		}
	}
	return image.Rect(v[0], v[1], v[0]+v[2], v[1]+v[3])
}

// TestQuestionCanNotBeReadFromAfar looks at every pixel that a master gets
// while its question is open.
func TestQuestionCanNotBeReadFromAfar(t *testing.T) {
	s := set(t, stage.Scene{})
	e := newEvil(t, s)
	e.joined(s)
	e.given(s, session.See)
	must(t, stage.Until(t.Context(), 20*time.Second, "the bar in the picture", func() (bool, error) {
		img := e.picture()
		return img != nil && readable(img) > 500, nil
	}))
	e.room.Ask(2, session.Control, "")
	_, err := s.Customer.WaitColour(t.Context(), 20*time.Second, "the question", stage.Colour(ui.FillAllow), image.Pt(90, 30))
	must(t, err)
	must(t, stage.Until(t.Context(), 10*time.Second, "a flat question", func() (bool, error) { return readable(e.seen()) == 0, nil }))
	window := ownWindow(t, s)
	const frame = 24 // the window manager counts its own in
	if err := flat(e.seen(), window.Inset(frame)); err != nil {
		t.Errorf("the window at %v is not grey all over: %v", window, err)
	}
	must(t, s.Pictures(pictures, "veiled"))
	must(t, s.Customer.Press(t.Context(), "Deny", ui.FillDeny, 0))
	e.until("the answer", func(master.State) bool { return e.member().Answer == session.ReasonDeclined })
	// Nothing moves any more, and the bar is there again.
	must(t, stage.Until(t.Context(), 10*time.Second, "the bar in the picture", func() (bool, error) { return readable(e.seen()) > 500, nil }))
}

// flat returns the first place that is not of the veil's grey.
func flat(img *image.RGBA, r image.Rectangle) error {
	grey := color.RGBA{R: 0x80, G: 0x80, B: 0x80, A: 0xff}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if c := img.RGBAAt(x, y); !near(c, grey) {
				return fmt.Errorf("at %d,%d: %v", x, y, c)
			}
		}
	}
	return nil
}
