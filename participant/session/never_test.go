package session

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"
)

// never returns a joined session in which g is forbidden.
func never(t *testing.T, g Grants) *Session {
	t.Helper()
	var s Session
	if err := s.Forbid(g); err != nil {
		t.Fatal(err)
	}
	apply(t, &s, Dialled{noon}, Reached{noon}, Proven{noon, alice}, Admitted{noon})
	return &s
}

func TestForbiddenRightIsLeftOutOfAQuestion(t *testing.T) {
	s := never(t, Control|Record)
	apply(t, s, Asked{At: noon, ID: 1, Grants: See | Control | Record, Countdown: countdown})
	if q, open := s.Question(); !open || q.Grants != See {
		t.Fatalf("got %v, %t, want a question for see", q.Grants, open)
	}
	if err := s.Apply(Answered{noon, 1, See | Control, 0}); !errors.Is(err, ErrOrder) {
		t.Errorf("yes to what is forbidden: got %v, want ErrOrder", err)
	}
	apply(t, s, Answered{noon, 1, See, 0})
	if got := s.Grants(); got != See {
		t.Errorf("got %v, want see", got)
	}
}

func TestQuestionForNothingButForbiddenRightsReachesNobody(t *testing.T) {
	s := never(t, Control|Record)
	apply(t, s, Asked{At: noon, ID: 4, Grants: Control | Record, Countdown: countdown, YesAtZero: true})
	if q, open := s.Question(); open {
		t.Fatalf("got %+v, want no question", q)
	}
	want := []Entry{{At: noon, What: "forbidden", Question: 4, About: Control | Record}}
	if got := s.Ledger(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if err := s.Apply(Asked{At: noon, ID: 4, Grants: See, Countdown: countdown}); !errors.Is(err, ErrOrder) {
		t.Errorf("the same number again: got %v, want ErrOrder", err)
	}
}

func TestNotEvenThePersonGivesWhatIsForbidden(t *testing.T) {
	s := never(t, Control)
	if err := s.Apply(Changed{noon, See | Control}); !errors.Is(err, ErrOrder) || s.Grants() != 0 {
		t.Errorf("got %v, %v, want ErrOrder and no change", err, s.Grants())
	}
}

func TestSavedSessionWithAForbiddenRightIsNotRestored(t *testing.T) {
	var s Session
	if err := s.Forbid(Control); err != nil {
		t.Fatal(err)
	}
	if err := s.Restore(Saved{At: noon, Grants: See | Control}); !errors.Is(err, ErrOrder) {
		t.Errorf("got %v, want ErrOrder", err)
	}
	if err := s.Restore(Saved{At: noon, Grants: See}); err != nil {
		t.Fatal(err)
	}
	apply(t, &s, LinkBack{noon.Add(time.Minute)})
	if err := s.Apply(Changed{noon, Control}); !errors.Is(err, ErrOrder) {
		t.Errorf("forgotten by being restored: got %v, want ErrOrder", err)
	}
}

func TestNothingIsForbiddenLater(t *testing.T) {
	for name, s := range stands(t) {
		if err := s.Forbid(See); (err == nil) != (name == "idle") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	var s Session
	if err := s.Forbid(All + 1); !errors.Is(err, ErrOrder) {
		t.Errorf("a right that is none: got %v, want ErrOrder", err)
	}
}

func TestFloodOfForbiddenQuestionsLeavesWhatThePersonSaid(t *testing.T) {
	s := never(t, Record)
	apply(t, s, Changed{noon, See})
	for i := range uint32(2 * maxLedger) {
		apply(t, s, Asked{At: noon, ID: i + 1, Grants: Record, Countdown: countdown})
	}
	if got := s.Ledger(); len(got) != maxLedger || got[0].What != "changed" {
		t.Errorf("got %d lines that begin with %q, want %d and changed", len(got), got[0].What, maxLedger)
	}
}

func TestNamesAreThoseOfTheRights(t *testing.T) {
	for _, right := range All.Each() {
		if got, ok := Named([]string{right.String()}); !ok || got != right {
			t.Errorf("%v: got %v, %t", right, got, ok)
		}
	}
	if got, ok := Named(nil); !ok || got != 0 {
		t.Errorf("nothing: got %v, %t", got, ok)
	}
	for _, wrong := range [][]string{{""}, {"Control"}, {"see", "unknown"}, {"see+point"}} {
		if got, ok := Named(wrong); ok || got != 0 {
			t.Errorf("%q: got %v, %t, want none", wrong, got, ok)
		}
	}
	if n := len(slices.Compact(slices.Sorted(slices.Values(names())))); n != len(All.Each()) {
		t.Errorf("got %d names for %d rights", n, len(All.Each()))
	}
}
