//go:build e2e && linux

package e2e

import (
	"image"
	"slices"
	"strings"
	"testing"
	"time"

	"lotse/apps/stage"
)

// wineLab is a desk at which the customer's program and the editor run under
// Wine. The master that presses is one of Linux.
func wineLab(t *testing.T) *lab {
	t.Helper()
	customer := prefix(t)
	participant := customer.Program(stage.ParticipantTitle, exe(t, "lotse-participant.exe"))
	l := newLab(t, "wine", stage.Scene{Text: "untouched\r\n", Participant: &participant, Editor: customer.Notepad})
	l.wine = true
	return l
}

// TestStopWorksWhateverGoesOnUnderWine is the same for the Windows program. A
// thread that ends by itself is left out: Wine keeps a window's messages in
// its server, which then waits for that thread for ever, as for one that hangs.
func TestStopWorksWhateverGoesOnUnderWine(t *testing.T) {
	wineLab(t).matrix(t, slices.DeleteFunc(hardships(), func(h hardship) bool { return h.name == threadDead }))
}

// TestEvilMasterNeverAnswersAQuestionUnderWine presses first where that
// reaches an editor and the program's own window, then at its own question.
func TestEvilMasterNeverAnswersAQuestionUnderWine(t *testing.T) {
	l := wineLab(t)
	e := l.steered(t)
	e.storm(2*time.Second, image.Pt(400, 700))
	if got := written(t, l.s, "letter.txt"); !strings.Contains(got, "y") {
		t.Fatalf("got %.40q in the editor, want what the master types: nothing reaches this computer", got)
	}
	e.neverAnswers(l.s)
}
