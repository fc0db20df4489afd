//go:build e2e && linux

package e2e

import (
	"image"
	"strings"
	"testing"

	"lotse/apps/stage"
	"lotse/apps/ui"
)

// TestSessionWithoutOpenGL is a whole session of a customer whose graphics
// can't do OpenGL: with the usual program, made to believe so, and with the
// one that has no toolkit.
func TestSessionWithoutOpenGL(t *testing.T) {
	t.Run("forced", func(t *testing.T) {
		withoutOpenGL(t, "forced", "lotse-participant.exe", []string{"LOTSE_FORCE_NATIVE=1"}, func(s *stage.Support) error {
			return s.Customer.Press(t.Context(), "STOP", ui.FillStop, 0)
		})
	})
	t.Run("nogl", func(t *testing.T) {
		withoutOpenGL(t, "nogl", "lotse-participant-nogl.exe", nil, func(s *stage.Support) error {
			return s.Customer.Key(t.Context(), "F11")
		})
	})
}

// unread asserts that the question on the customer's screen is not in the
// moderator's picture of it.
func unread(t *testing.T, s *stage.Support) {
	t.Helper()
	pause(t, s)
	img, err := s.Moderator.Picture()
	must(t, err)
	area, err := s.Shared(t.Context())
	must(t, err)
	for _, c := range []ui.Fill{ui.FillAllow, ui.FillDeny} {
		for _, b := range stage.Blobs(img, stage.Colour(c), image.Pt(60, 15)) {
			if b.In(area) {
				t.Errorf("a button of the question is in the moderator's picture, at %v", b)
			}
		}
	}
}

func withoutOpenGL(t *testing.T, name, program string, env []string, end func(*stage.Support) error) {
	t.Helper()
	customer := prefix(t)
	participant := customer.Program(stage.ParticipantTitle, exe(t, program))
	participant.Env = append(participant.Env, env...)
	s := set(t, stage.Scene{Text: "Customer's letter\r\n", Participant: &participant, Editor: customer.Notepad})
	must(t, s.German(t.Context()))
	must(t, s.Customer.Reads(t.Context(), "Let somebody help you"))
	must(t, s.Pictures(pictures, name+"-start"))
	code, err := s.Code(t.Context())
	must(t, err)
	must(t, s.TypeCode(t.Context(), code))
	must(t, s.Moderator.Press(t.Context(), "Admit", ui.FillAllow, 0))
	must(t, s.Customer.Reads(t.Context(), "Nobody sees your screen"))
	must(t, s.Pictures(pictures, name+"-bar"))
	must(t, s.Ask(t.Context(), "Ask to see"))
	must(t, s.Customer.Reads(t.Context(), "See your whole screen", "If you do nothing: refused", "s left"))
	must(t, s.Pictures(pictures, name+"-question"))
	must(t, s.Allow(t.Context()))
	shows(t, s, s.Paint)
	must(t, s.Paint(t.Context(), stage.Sea()))
	must(t, s.Settle(t.Context()))
	must(t, s.Ask(t.Context(), "Ask for control"))
	unread(t, s)
	must(t, s.Pictures(pictures, name+"-asked"))
	must(t, s.Allow(t.Context()))
	must(t, s.Settle(t.Context()))
	must(t, s.Customer.Focus(t.Context(), "letter.txt"))
	must(t, s.ClickThere(t.Context(), stage.Paper()))
	must(t, s.Moderator.Type(t.Context(), typed))
	pause(t, s)
	if got := written(t, s, "letter.txt"); !strings.Contains(got, typed) {
		t.Errorf("got %q in the editor, want %q in it", got, typed)
	}
	must(t, s.Pictures(pictures, name+"-controlled"))
	must(t, end(s))
	must(t, s.Customer.Reads(t.Context(), "Everything stopped at once"))
	must(t, s.Pictures(pictures, name+"-ended"))
	at := written(t, s, "letter.txt")
	must(t, s.Moderator.Type(t.Context(), "too late"))
	if got := written(t, s, "letter.txt"); got != at {
		t.Errorf("after the end the editor holds %q, want %q", got, at)
	}
}
