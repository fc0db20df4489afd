//go:build e2e && linux

package e2e

import (
	"image"
	"os/exec"
	"strings"
	"testing"
	"time"

	"lotse/apps/stage"
	"lotse/apps/ui"
)

// copied puts a text on a display's clipboard, as a person's program does.
func copied(t *testing.T, d *stage.Display, text string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "xclip", "-selection", "clipboard", "-i")
	cmd.Env = append(cmd.Environ(), d.Env()...)
	cmd.Stdin = strings.NewReader(text)
	must(t, cmd.Run())
}

// pasted waits for a text on a display's clipboard.
func pasted(t *testing.T, d *stage.Display, want string) {
	t.Helper()
	var got string
	err := stage.Until(t.Context(), 10*time.Second, "the text "+want, func() (bool, error) {
		text, err := d.Clipboard(t.Context())
		got = text
		return err == nil && text == want, nil
	})
	if err != nil {
		t.Fatalf("%v; there is %q", err, got)
	}
}

// TestClipboardIsSharedOnceAllowed copies on both sides.
func TestClipboardIsSharedOnceAllowed(t *testing.T) {
	s := set(t, stage.Scene{Text: "clipboard\n"})
	code, err := s.Code(t.Context())
	must(t, err)
	must(t, s.TypeCode(t.Context(), code))
	must(t, s.Moderator.Press(t.Context(), "Admit", ui.FillAllow, 0))
	must(t, s.Ask(t.Context(), "Ask to see"))
	must(t, s.Allow(t.Context()))
	must(t, s.Moderator.See(t.Context(), stage.ViewerTitle))
	must(t, s.Settle(t.Context()))
	copied(t, s.Moderator.Display, "before it was allowed")
	must(t, s.Moderator.Click(t.Context(), image.Pt(987, 46))) // View
	must(t, s.Settle(t.Context()))
	must(t, s.Pictures(pictures, "view-menu"))
	must(t, s.Moderator.Click(t.Context(), image.Pt(1086, 461)))
	_, err = s.Customer.WaitColour(t.Context(), 5*time.Second, "the question", stage.Colour(ui.FillAllow), image.Pt(90, 30))
	must(t, err)
	must(t, s.Pictures(pictures, "clip-ask"))
	must(t, s.Allow(t.Context()))
	must(t, s.ClickThere(t.Context(), image.Pt(1000, 600))) // the viewer in front
	copied(t, s.Moderator.Display, "für den Kunden ✓")
	pasted(t, s.Customer.Display, "für den Kunden ✓")
	copied(t, s.Customer.Display, "zurück")
	pasted(t, s.Moderator.Display, "zurück")
}
