package master_test

import (
	"context"
	"image"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"lotse/capture"
	"lotse/capture/screen"
	"lotse/master"
	"lotse/participant"
	"lotse/participant/message"
	"lotse/participant/session"
)

// show is what one opened target shows: a picture of one colour, again when
// the test says so.
type show struct {
	shade  byte
	states chan capture.State
	closed chan struct{}
	why    error // what closed ends it with
	begun  bool
}

func (s *show) Next(ctx context.Context) (*capture.Frame, error) {
	state := capture.Live
	if s.begun {
		select {
		case state = <-s.states:
		case <-s.closed:
			return nil, s.why
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	s.begun = true
	f := frame(s.shade)
	f.Epoch, f.State = 0, state
	return f, nil
}

func (*show) Name() string { return "show" }
func (*show) Close() error { return nil }

// covered is a window that is never on top.
type covered struct{ *show }

func (covered) At(image.Point) bool { return false }
func (covered) Pointer() bool       { return false }
func (covered) Keys() bool          { return false }

// choosing replaces the scene's customer by one with a whole computer, colour
// 10, with two monitors (40 the second, 50 both), and a window, colour 30.
func choosing(t *testing.T, s *scene) (window *show, computer *show) {
	t.Helper()
	window = &show{shade: 30, states: make(chan capture.State), closed: make(chan struct{}), why: screen.ErrWindowClosed}
	computer = &show{shade: 10, states: make(chan capture.State), closed: make(chan struct{})}
	edge := s.desk.edge()
	edge.Displays = func() ([]capture.Display, error) {
		return []capture.Display{
			{ID: 1, Name: "one", Bounds: image.Rect(0, 0, 320, 200), Primary: true},
			{ID: 2, Name: "two", Bounds: image.Rect(320, 0, 640, 200)},
		}, nil
	}
	edge.Windows = func() ([]capture.Window, error) { return []capture.Window{{ID: 9, Title: "Rechnung"}}, nil }
	edge.Screen = func(target screen.Target) (screen.Source, error) {
		switch {
		case target.Kind == screen.Window:
			window.begun = false
			return covered{window}, nil
		case target == screen.Target{ID: 1}:
			computer.begun = false
			return computer, nil
		case target == screen.Target{ID: 2}:
			return &show{shade: 40, states: make(chan capture.State)}, nil
		default:
			return &show{shade: 50, states: make(chan capture.State)}, nil
		}
	}
	member, err := participant.New(participant.Config{Profile: s.profile(false), OnChange: s.members.set, Edge: edge, Build: 1, Windowless: true, Log: slog.New(&s.desk.refused)})
	if err != nil {
		t.Fatal(err)
	}
	s.member = member
	return window, computer
}

func TestPersonChoosesAWindowInTheSameSession(t *testing.T) {
	s := newScene(t)
	choosing(t, s)
	s.admitted()
	s.grant(session.See)
	s.seeShade(10)
	s.grant(session.Control)
	s.room.Text(2, "a")
	until(t, "a letter", func() bool { return slices.Contains(s.desk.log(), "text a") })

	s.member.Show(screen.Target{Kind: screen.Window, ID: 9})
	s.seeShade(30)
	v := s.masters.wait(t, "one window", func(v master.State) bool { return v.Members[0].Target == message.TargetWindow })
	if got := v.Members[0]; !got.Sharing || len(got.Monitors) != 0 || !got.Grants.Has(session.Control) {
		t.Errorf("got %+v, want sharing on, no monitor to choose, the grants as before", got)
	}
	w := s.members.wait(t, "its name", func(v participant.State) bool { return v.ShownName == "Rechnung" })
	if want := (screen.Target{Kind: screen.Window, ID: 9}); w.Target != want || w.Shown != want {
		t.Errorf("got %v, %v, want %v", w.Target, w.Shown, want)
	}
	s.room.Text(2, "b")
	s.room.Move(2, image.Pt(5, 6))
	s.room.Button(2, 1, true)
	until(t, "three refusals", func() bool { return s.desk.refused.lines.Load() == 3 })

	s.member.Show(screen.Target{Kind: screen.Desktop})
	s.seeShade(10)
	s.room.Text(2, "c")
	until(t, "a letter", func() bool { return slices.Contains(s.desk.log(), "text c") })
	if got := strings.Join(s.desk.log(), ", "); got != "text a, text c" {
		t.Errorf("got %q, want nothing beside the window", got)
	}
}

func TestModeratorLooksAtAnotherMonitor(t *testing.T) {
	s := newScene(t)
	choosing(t, s)
	s.admitted()
	s.grant(session.See)
	s.seeShade(10)
	v := s.masters.wait(t, "the monitors", func(v master.State) bool { return len(v.Members[0].Monitors) == 2 })
	if got := v.Members[0]; got.Shown != 1 || got.Monitors[1].Name != "two" {
		t.Errorf("got %+v, want the first of two shown", got)
	}
	s.room.Look(2, 2)
	s.seeShade(40)
	s.masters.wait(t, "the second", func(v master.State) bool { return v.Members[0].Shown == 2 })
	s.room.Look(2, 0)
	s.seeShade(50)
	s.masters.wait(t, "all", func(v master.State) bool { return v.Members[0].Target == message.TargetAll })
}

func TestClosedWindowIsToldInWords(t *testing.T) {
	s := newScene(t)
	window, _ := choosing(t, s)
	s.admitted()
	s.grant(session.See)
	s.member.Show(screen.Target{Kind: screen.Window, ID: 9})
	s.seeShade(30)
	close(window.closed)
	s.masters.wait(t, "the word", func(v master.State) bool {
		return v.Members[0].Trouble == session.ReasonWindowClosed && !v.Members[0].Sharing
	})
	s.members.wait(t, "the word here", func(v participant.State) bool {
		return v.Warning == session.ReasonWindowClosed && !v.Sharing && v.Grants.Has(session.See)
	})
	s.member.Show(screen.Target{Kind: screen.Desktop})
	s.seeShade(10)
	s.masters.wait(t, "no trouble", func(v master.State) bool { return v.Members[0].Trouble == session.ReasonNone })
}

func TestPictureEndedInASystemMenuStaysAway(t *testing.T) {
	s := newScene(t)
	_, computer := choosing(t, s)
	computer.why = screen.ErrStopped
	s.admitted()
	s.grant(session.See)
	s.seeShade(10)
	close(computer.closed)
	s.masters.wait(t, "the word", func(v master.State) bool {
		return v.Members[0].Trouble == session.ReasonStoppedOutside && !v.Members[0].Sharing
	})
	s.member.Show(screen.Target{Kind: screen.Window, ID: 9})
	s.seeShade(30)
	s.masters.wait(t, "no trouble", func(v master.State) bool { return v.Members[0].Trouble == session.ReasonNone })
}

func TestLockedScreenIsToldInWords(t *testing.T) {
	s := newScene(t)
	_, computer := choosing(t, s)
	s.admitted()
	s.grant(session.See)
	s.seeShade(10)
	for _, c := range []struct {
		state capture.State
		want  session.Reason
	}{
		{capture.Locked, session.ReasonScreenLocked},
		{capture.Live, session.ReasonNone},
		{capture.Hidden, session.ReasonWindowHidden},
		{capture.Live, session.ReasonNone},
	} {
		computer.states <- c.state
		s.masters.wait(t, string(c.want), func(v master.State) bool { return v.Members[0].Trouble == c.want && v.Members[0].Sharing })
	}
}

func TestPersonChoosesBeforeSayingYes(t *testing.T) {
	s := newScene(t)
	choosing(t, s)
	s.admitted()
	s.member.Show(screen.Target{ID: 2})
	s.grant(session.See)
	s.seeShade(40)
	v := s.masters.wait(t, "the second", func(v master.State) bool { return v.Members[0].Shown == 2 })
	if got := v.Members[0].Monitors; len(got) != 0 {
		t.Errorf("got %v, want no other monitor to look at", got)
	}
}
