package master_test

import (
	"image"
	"slices"
	"testing"

	"lotse/participant/message"
	"lotse/participant/session"
)

func TestMarksAreSeenWhileTheyAreAllowed(t *testing.T) {
	s := newScene(t)
	s.admitted()
	s.desk.frames <- frame(10)
	s.grant(session.See)
	s.seeShade(10)
	s.desk.frames <- frame(20) // with the layout that positions belong to
	s.seeShade(20)
	s.room.Mark(2, message.Mark{ID: 1, Look: message.MarkPointer, Points: []image.Point{{1, 2}}})
	s.grant(session.Point)
	s.room.Mark(2, message.Mark{ID: 2, Look: message.MarkArrow, Points: []image.Point{{5, 6}, {7000, -8}}})
	s.room.Mark(2, message.Mark{ID: 3, Look: message.MarkNote, Points: []image.Point{{9, 9}}, Text: "here"})
	s.room.Mark(2, message.Mark{ID: 4, Look: message.MarkStroke, Points: []image.Point{{1, 1}}})
	s.room.Mark(2, message.Mark{ID: 4, Look: message.MarkStroke, Adds: true, Points: []image.Point{{2, 2}}})
	s.room.Wipe(2, 2)
	last := `marks ["4 [(9,9)] here by Marta Lotse" "3 [(1,1) (2,2)]  by Marta Lotse"]`
	until(t, "the last mark", func() bool { return slices.Contains(s.desk.log(), last) })
	want := []string{
		"glass over (0,0)-(320,200)",
		`marks ["2 [(5,6) (319,0)]  by Marta Lotse"]`,
		`marks ["2 [(5,6) (319,0)]  by Marta Lotse" "4 [(9,9)] here by Marta Lotse"]`,
		`marks ["2 [(5,6) (319,0)]  by Marta Lotse" "4 [(9,9)] here by Marta Lotse" "3 [(1,1)]  by Marta Lotse"]`,
		`marks ["2 [(5,6) (319,0)]  by Marta Lotse" "4 [(9,9)] here by Marta Lotse" "3 [(1,1) (2,2)]  by Marta Lotse"]`,
		last,
	}
	if got := s.desk.log(); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	s.member.SetGrants(session.See)
	until(t, "everything wiped", func() bool { return s.desk.log()[len(s.desk.log())-1] == "marks []" })
}

func TestNothingIsDrawnWhileAQuestionIsOpen(t *testing.T) {
	s := newScene(t)
	s.admitted()
	s.desk.frames <- frame(10)
	s.grant(session.See)
	s.seeShade(10)
	s.grant(session.Point)
	s.room.Mark(2, message.Mark{ID: 1, Look: message.MarkPointer, Points: []image.Point{{1, 2}}})
	until(t, "a mark", func() bool { return len(s.desk.log()) == 2 })
	s.room.Ask(2, session.Control, "")
	until(t, "everything wiped", func() bool { return s.desk.log()[len(s.desk.log())-1] == "marks []" })
	before := len(s.desk.log())
	lines := s.desk.refused.lines.Load()
	s.room.Mark(2, message.Mark{ID: 2, Look: message.MarkPointer, Points: []image.Point{{1, 2}}})
	until(t, "the refusal", func() bool { return s.desk.refused.lines.Load() > lines })
	if got := s.desk.log()[before:]; len(got) != 0 {
		t.Errorf("got %q while a question is open", got)
	}
}
