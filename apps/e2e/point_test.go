//go:build e2e && linux

package e2e

import (
	"image"
	"image/color"
	"strconv"
	"testing"
	"time"

	"lotse/apps/stage"
	"lotse/apps/ui"
)

// TestPointingIsSeenAndPressesNothing draws over the customer's screen with
// the mouse in the moderator's window, without control.
func TestPointingIsSeenAndPressesNothing(t *testing.T) {
	s := set(t, stage.Scene{Text: "untouched\n"})
	code, err := s.Code(t.Context())
	must(t, err)
	must(t, s.TypeCode(t.Context(), code))
	must(t, s.Moderator.Press(t.Context(), "Admit", ui.FillAllow, 0))
	must(t, s.Ask(t.Context(), "Ask to see"))
	must(t, s.Allow(t.Context()))
	must(t, s.Moderator.See(t.Context(), stage.ViewerTitle))
	must(t, s.Settle(t.Context()))
	corner := image.Pt(900, 560)
	before, err := s.Customer.Picture()
	must(t, err)
	from, err := s.There(t.Context(), corner)
	must(t, err)
	words := func(p image.Point) []string { return []string{"mousemove", strconv.Itoa(p.X), strconv.Itoa(p.Y)} }
	for _, do := range [][]string{
		words(from), {"mousedown", "1"}, words(from.Add(image.Pt(20, 10))), words(from.Add(image.Pt(40, 20))),
	} {
		_, err := s.Moderator.Do(t.Context(), do...)
		must(t, err)
	}
	blue := color.RGBA{R: 0x00, G: 0x6e, B: 0xdc, A: 0xff}
	seen := func(d *stage.Display, what string) image.Rectangle {
		t.Helper()
		found, err := d.WaitColour(t.Context(), 5*time.Second, what, blue, image.Pt(6, 6))
		must(t, err)
		return found[0]
	}
	mark := seen(s.Customer.Display, "the mark on the customer's screen")
	if at := stage.Centre(mark).Sub(corner); at.X < 0 || at.X > 90 || at.Y < 0 || at.Y > 70 {
		t.Errorf("the mark is at %v, want it near %v", mark, corner)
	}
	must(t, s.Pictures(pictures, "pointing"))
	_, err = s.Moderator.Do(t.Context(), "mouseup", "1")
	must(t, err)
	must(t, stage.Until(t.Context(), 10*time.Second, "the mark wiped by itself", func() (bool, error) {
		after, err := s.Customer.Picture()
		return err == nil && !stage.Differ(before, after, image.Rectangle{corner, corner.Add(image.Pt(90, 80))}), err
	}))
	// the right taken back while a mark stands
	_, err = s.Moderator.Do(t.Context(), append(append(words(from), "mousedown", "1"), words(from.Add(image.Pt(9, 9)))...)...)
	must(t, err)
	seen(s.Customer.Display, "the second mark")
	must(t, s.Customer.Key(t.Context(), "F11"))
	must(t, stage.Until(t.Context(), 5*time.Second, "everything wiped by F11", func() (bool, error) {
		after, err := s.Customer.Picture()
		return err == nil && !stage.Differ(before, after, image.Rectangle{corner, corner.Add(image.Pt(90, 80))}), err
	}))
}
