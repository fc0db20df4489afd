package session

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// after returns what is given a while after noon.
func after(t *testing.T, s *Session, d time.Duration) Grants {
	t.Helper()
	apply(t, s, Tick{noon.Add(d)})
	return s.Grants()
}

func TestRightEndsWhenItsTimeIsOver(t *testing.T) {
	s := stands(t)["asked"]
	apply(t, s, Answered{noon, 1, Control | FilesIn, 15 * time.Minute})
	if got, want := s.Until(Control), noon.Add(15*time.Minute); !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	got := []Grants{after(t, s, 15*time.Minute-1), after(t, s, 15*time.Minute)}
	if want := []Grants{before | Control | FilesIn, before}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := s.Until(Control); !got.IsZero() {
		t.Errorf("got %v for a right that is gone, want no end", got)
	}
}

func TestNobodySteersWhatNobodySees(t *testing.T) {
	s := stands(t)["joined"]
	apply(t, s, Changed{noon, See | Point | Control | Chat}, Limited{noon, See, time.Minute})
	if got, want := after(t, s, time.Minute), Chat; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTimeOfAControlledComputerOnlyGetsShorter(t *testing.T) {
	s := stands(t)["joined"]
	apply(t, s, Changed{noon, See | Control}, Limited{noon, See, 15 * time.Minute})
	for _, longer := range []time.Duration{0, 15*time.Minute + 1, time.Hour} {
		if err := s.Apply(Limited{noon, See, longer}); !errors.Is(err, ErrOrder) {
			t.Errorf("%v: got %v, want ErrOrder", longer, err)
		}
	}
	apply(t, s, Limited{noon, See | Control, 5 * time.Minute})
	apply(t, s, Changed{noon, See}, Limited{noon, See, time.Hour}) // its own hand again
	if got, want := s.Until(See), noon.Add(time.Hour); !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	apply(t, s, LinkLost{noon}, Limited{noon, See, time.Minute})
	if err := s.Apply(Limited{noon, See, 0}); !errors.Is(err, ErrOrder) {
		t.Errorf("while nobody is there: got %v, want ErrOrder", err)
	}
}

func TestTimeRunsWhileTheConnectionIsGone(t *testing.T) {
	s := stands(t)["joined"]
	apply(t, s, Limited{noon, See, time.Minute}, LinkLost{noon}, Tick{noon.Add(time.Minute)}, LinkBack{noon.Add(time.Minute)})
	if got, want := s.Grants(), Chat; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRightGivenAnewHasNoOldLimit(t *testing.T) {
	s := stands(t)["joined"]
	apply(t, s, Limited{noon, See, time.Minute}, Changed{noon, Chat}, Changed{noon, before})
	if got, want := after(t, s, time.Hour), before; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestNewYesSetsTheTimeOfWhatWasGivenBefore(t *testing.T) {
	s := stands(t)["joined"]
	apply(t, s, Limited{noon, See, time.Minute}, Asked{At: noon, ID: 1, Grants: See, Countdown: countdown},
		Answered{noon, 1, See, time.Hour})
	if got, want := after(t, s, time.Minute), before; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestSilenceGivesNothingButSight is the rule for every set that can be asked
// for: whatever a profile says, silence is a yes to nothing but See, and to
// that only while the person has not begun to answer.
func TestSilenceGivesNothingButSight(t *testing.T) {
	for g := Grants(1); g <= All; g++ {
		for _, touched := range []bool{false, true} {
			var s Session
			apply(t, &s, Dialled{noon}, Reached{noon}, Proven{noon, alice}, Admitted{noon},
				Asked{At: noon, ID: 1, Grants: g, Countdown: countdown, YesAtZero: true})
			if touched {
				apply(t, &s, Touched{noon, 1})
			}
			q, _ := s.Question()
			said := q.AtZero()
			want := g & See
			if touched {
				want = 0
			}
			if got := after(t, &s, countdown); got != want || said != want {
				t.Fatalf("%v: got %v, said %v, want %v", g, got, said, want)
			}
		}
	}
}

func TestSilenceDoesNotMakeATimeLonger(t *testing.T) {
	s := stands(t)["joined"]
	apply(t, s, Limited{noon, See, time.Minute},
		Asked{At: noon, ID: 1, Grants: See, Countdown: countdown, YesAtZero: true}, Tick{noon.Add(countdown)})
	if got, want := s.Until(See), noon.Add(time.Minute); !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
