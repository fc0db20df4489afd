//go:build e2e && linux

package e2e

import (
	"testing"
	"time"

	"lotse/apps/stage"
)

// french returns Wine's editor on a French keyboard. Wine asks the X server
// for the layout when a program starts, so it is set before the first one.
func french(p *stage.Prefix) func(letter string) stage.Program {
	return func(letter string) stage.Program {
		editor := p.Notepad(letter)
		editor.Command = append([]string{"sh", "-c", `setxkbmap fr; exec "$@"`, "sh"}, editor.Command...)
		return editor
	}
}

func TestGermanKeyboardTypesOnAFrenchOneUnderWine(t *testing.T) {
	customer := prefix(t)
	participant := customer.Program(stage.ParticipantTitle, exe(t, "lotse-participant.exe"))
	s := set(t, stage.Scene{Text: "letter\r\n", Participant: &participant, Editor: french(customer)})
	must(t, s.German(t.Context()))
	must(t, s.Connect(t.Context()))
	must(t, s.SeeAndSteer(t.Context()))
	// Under Wine the X server decides which window has the focus.
	must(t, s.Customer.Focus(t.Context(), "letter.txt"))
	must(t, s.ClickThere(t.Context(), stage.Paper()))
	const e, q, seven, sharpS = "26", "24", "16", "20"
	keys := append([]string{"key", "ctrl+a", "21", e, "34", "47", sharpS}, altGr(q)...)
	keys = append(append(keys, altGr(e)...), altGr(seven)...)
	_, err := s.Moderator.Do(t.Context(), keys...)
	must(t, err)
	must(t, s.Moderator.Type(t.Context(), " Zyklus"))
	const want = "éüöß@€{ Zyklus"
	// Copied by the moderator: C is the same place on both keyboards, A is not.
	holds(t, s, want)
	must(t, s.Moderator.Key(t.Context(), "ctrl+a", "x"))
	holds(t, s, "x")
	// Z: what is Z on a German keyboard is Y on a French one.
	must(t, s.Moderator.Key(t.Context(), "ctrl+z"))
	holds(t, s, want)
}

// holds waits until the customer's editor holds want, as the moderator copies
// it out.
func holds(t *testing.T, s *stage.Support, want string) {
	t.Helper()
	var got string
	const patience = 20 * time.Second
	err := stage.Until(t.Context(), patience, "the text", func() (bool, error) {
		if err := s.Moderator.Key(t.Context(), "ctrl+a", "ctrl+c"); err != nil {
			return false, err
		}
		pause(t, s)
		var err error
		got, err = s.Customer.Clipboard(t.Context())
		return err == nil && got == want, nil // an empty clipboard is no error yet
	})
	if err != nil {
		t.Fatalf("got %q, want %q: %v", got, want, err)
	}
}
