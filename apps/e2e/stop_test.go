//go:build e2e && linux

package e2e

import (
	"image"
	"runtime"
	"syscall"
	"testing"
	"time"

	"lotse/apps/stage"
	"lotse/apps/ui"
	"lotse/capture/input"
	"lotse/master"
	"lotse/participant/session"
)

// hardship is what goes on while somebody wants to stop.
type hardship struct {
	name  string
	begin func(t *testing.T, s *stage.Support, e *evil)
	// deaf says that the window hears nothing, so its button can't be pressed.
	deaf bool
}

func held(u input.Usage) func(*testing.T, *stage.Support, *evil) {
	return func(t *testing.T, s *stage.Support, e *evil) {
		t.Helper()
		e.room.Key(2, u, true)
		must(t, stage.Until(t.Context(), 5*time.Second, "the key held", func() (bool, error) {
			n, err := s.Customer.Held()
			return n > 0, err
		}))
	}
}

func hardships() []hardship {
	return []hardship{
		{name: "nothing", begin: func(*testing.T, *stage.Support, *evil) {}},
		{name: "Ctrl held", begin: held(0xe0)},
		{name: "Shift held", begin: held(0xe1)},
		{name: "Alt held", begin: held(0xe2)},
		{name: "Super held", begin: held(0xe3)},
		{name: "flood", begin: func(t *testing.T, _ *stage.Support, e *evil) {
			t.Helper()
			over := make(chan struct{})
			go func() {
				defer close(over)
				e.flood(6*time.Second, func(n int) { e.room.Key(2, 0x04, n%2 == 0) })
			}()
			t.Cleanup(func() { <-over })
		}},
		{name: "relay killed", begin: func(t *testing.T, s *stage.Support, _ *evil) { t.Helper(); must(t, s.Relay.Kill()) }},
		{name: "network silent", begin: func(t *testing.T, s *stage.Support, _ *evil) {
			t.Helper()
			must(t, s.Relay.Signal(syscall.SIGSTOP))
			t.Cleanup(func() { must(t, s.Relay.Signal(syscall.SIGCONT)) })
		}},
		{name: "window hung", deaf: true, begin: func(t *testing.T, s *stage.Support, _ *evil) { t.Helper(); hang(t, s.Customer.PID()) }},
	}
}

// hang stops the main thread of a program, and no other, as a debugger does.
func hang(t *testing.T, pid int) {
	t.Helper()
	ready, end, over := make(chan error, 1), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		runtime.LockOSThread() // whoever attaches has to let go
		err := syscall.PtraceAttach(pid)
		if err == nil {
			var status syscall.WaitStatus
			_, err = syscall.Wait4(pid, &status, syscall.WALL, nil)
		}
		ready <- err
		<-end
		_ = syscall.PtraceDetach(pid) // the program may have ended
	}()
	t.Cleanup(func() { close(end); <-over })
	must(t, <-ready)
}

// TestStopWorksWhateverGoesOn presses F11, and the STOP button, during each
// hardship.
func TestStopWorksWhateverGoesOn(t *testing.T) {
	for _, h := range hardships() {
		t.Run(h.name+", F11", func(t *testing.T) {
			s, e := steered(t)
			h.begin(t, s, e)
			must(t, s.Customer.Key(t.Context(), "F11"))
			stopped(t, s)
			still(t, s)
		})
		if h.deaf {
			continue
		}
		t.Run(h.name+", STOP", func(t *testing.T) {
			s, e := steered(t)
			h.begin(t, s, e)
			must(t, s.Customer.Press(t.Context(), "STOP", ui.FillStop, 0))
			must(t, s.Customer.Reads(t.Context(), "STOP"))
			still(t, s)
			if e.member().Gone == session.ReasonNone && h.name != "relay killed" && h.name != "network silent" {
				e.until("the word", func(master.State) bool { return e.member().Gone == session.ReasonStopButton })
			}
		})
	}
}

// still asserts that nothing is held and nothing is pressed any more.
func still(t *testing.T, s *stage.Support) {
	t.Helper()
	n, err := s.Customer.Held()
	if err != nil || n != 0 {
		t.Errorf("got %d keys held, %v, want none", n, err)
	}
	area := image.Rect(41, 385, 760, 780) // the editor
	before, err := s.Customer.Picture()
	must(t, err)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	blinks := 0
	for began := time.Now(); time.Since(began) < time.Second; <-tick.C {
		now, err := s.Customer.Picture()
		must(t, err)
		if stage.Differ(before, now, area) {
			blinks++ // the text cursor goes on and off
			before = now
		}
	}
	if blinks > 3 {
		t.Errorf("the editor changed %d times in a second after the stop", blinks)
	}
}
