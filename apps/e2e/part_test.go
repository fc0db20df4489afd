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

// TestDrawnPartIsAllThatIsSeen draws a rectangle around the editor in the
// customer's window; the sea beside it must be gone from the moderator's.
func TestDrawnPartIsAllThatIsSeen(t *testing.T) {
	s := set(t, stage.Scene{Text: "only this\n"})
	code, err := s.Code(t.Context())
	must(t, err)
	must(t, s.TypeCode(t.Context(), code))
	must(t, s.Moderator.Press(t.Context(), "Admit", ui.FillAllow, 0))
	must(t, s.Ask(t.Context(), "Ask to see"))
	must(t, s.Allow(t.Context()))
	must(t, s.Moderator.See(t.Context(), stage.ViewerTitle))
	must(t, s.Settle(t.Context()))
	do := func(words ...string) {
		t.Helper()
		_, err := s.Customer.Do(t.Context(), words...)
		must(t, err)
	}
	must(t, s.Customer.ClickWord(t.Context(), "Change"))
	must(t, s.Settle(t.Context()))
	must(t, s.Customer.ClickWord(t.Context(), "draw"))
	must(t, s.Customer.See(t.Context(), "Which part"))
	must(t, s.Settle(t.Context()))
	img, err := s.Customer.Picture()
	must(t, err)
	paper := color.RGBA{R: 0xff, G: 0xff, B: 0xff, A: 0xff} // the editor in the small picture
	var small image.Rectangle
	for _, r := range stage.Blobs(img, paper, image.Pt(100, 100)) {
		if r.Min.X > 660 {
			small = small.Union(r)
		}
	}
	if small.Empty() {
		t.Fatal("the small picture shows no editor")
	}
	at := func(p image.Point) []string { return []string{"mousemove", strconv.Itoa(p.X), strconv.Itoa(p.Y)} }
	do(at(small.Min.Add(image.Pt(10, 10)))...)
	do("mousedown", "1")
	do(at(small.Min.Add(image.Pt(60, 60)))...)
	do(at(small.Max.Sub(image.Pt(10, 10)))...)
	do("mouseup", "1")
	must(t, s.Pictures(pictures, "drawing-a-part"))
	must(t, s.Customer.Key(t.Context(), "Return"))
	must(t, stage.Until(t.Context(), 10*time.Second, "nothing but the part", func() (bool, error) {
		img, err := s.Moderator.Picture()
		if err != nil {
			return false, err
		}
		return len(stage.Blobs(img, stage.Sea(), image.Pt(8, 8))) == 0 && len(stage.Blobs(img, paper, image.Pt(300, 200))) > 0, nil
	}))
	must(t, s.Settle(t.Context()))
	must(t, s.Pictures(pictures, "a-part"))
}
