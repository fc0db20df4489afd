package participant

import (
	"testing"
	"time"

	"lotse/participant/session"
)

func TestOnlyTheAnnouncedStrokeIsARehearsal(t *testing.T) {
	now := time.Now()
	var h rehearsal
	got := []bool{
		h.pressed(now), // nobody announced it
		h.begin(), h.pressed(now), h.pressed(now.Add(oneStroke - 1)), h.pressed(now.Add(oneStroke)),
		h.begin(),                      // once is enough
		h.pressed(now.Add(-time.Hour)), // the clock was set back
	}
	want := []bool{false, true, true, true, false, false, false}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("step %d: got %t, want %t", i, got[i], want[i])
		}
	}
}

func TestStopKeyIsRealOnceControlWasGiven(t *testing.T) {
	s, _, press := steered(t)
	if !s.rehearsal.begin() {
		t.Fatal("no rehearsal")
	}
	s.begin()
	press()(time.Now())
	if got := <-s.pressed; got.why != session.ReasonStopKey || !s.over.Load() {
		t.Errorf("got %+v and over %t, want the stop", got, s.over.Load())
	}
	if s.rehearsal.begin() {
		t.Error("a rehearsal after control was given")
	}
}

func TestStopButtonIsNeverARehearsal(t *testing.T) {
	s, _, _ := steered(t)
	s.rehearsal.begin()
	s.press(session.ReasonStopButton, time.Now())
	if got := <-s.pressed; got.why != session.ReasonStopButton || !s.over.Load() {
		t.Errorf("got %+v and over %t, want the stop", got, s.over.Load())
	}
}

func TestStrokeRightBeforeControlIsNoEchoAfterwards(t *testing.T) {
	s, _, press := steered(t)
	s.rehearsal.begin()
	press()(time.Now())
	if s.over.Load() {
		t.Fatal("the rehearsal ended the session")
	}
	s.begin()
	press()(time.Now())
	if got := <-s.pressed; got.why != session.ReasonStopKey {
		t.Errorf("got %+v, want the stop", got)
	}
}
