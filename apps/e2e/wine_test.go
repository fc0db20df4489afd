//go:build e2e && linux

package e2e

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lotse/apps/stage"
)

const (
	windows = "../../out/windows"
	// ready is the prefix that packaging/windows/wineprefix.sh made.
	ready = "../../out/wine"
)

// prefix returns a fresh Wine prefix that is gone when the test is.
func prefix(t *testing.T) *stage.Prefix {
	t.Helper()
	p, err := stage.ClonePrefix(t.Context(), ready, filepath.Dir(ready))
	must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := p.Remove(ctx); err != nil {
			t.Error(err)
		}
	})
	return p
}

// exe returns one of our Windows programs.
func exe(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(windows, name))
	must(t, err)
	return path
}

// under returns the scene with both programs and the editor under Wine.
func under(t *testing.T, moderator, customer *stage.Prefix) stage.Scene {
	t.Helper()
	master := moderator.Program(stage.MasterTitle, exe(t, "lotse-master.exe"))
	participant := customer.Program(stage.ParticipantTitle, exe(t, "lotse-participant.exe"))
	return stage.Scene{Text: "Customer's letter\r\n", Master: &master, Participant: &participant, Editor: customer.Notepad}
}

func TestSupportSessionUnderWine(t *testing.T) {
	moderator, customer := prefix(t), prefix(t)
	s := set(t, under(t, moderator, customer))
	must(t, s.German(t.Context()))
	code, err := s.Code(t.Context())
	must(t, err)

	agreed(t, s, code)
	// Under Wine the X server decides which window has the focus, and an
	// injected click does not reach it: the customer gives the editor the focus.
	must(t, s.Customer.Focus(t.Context(), "letter.txt"))
	must(t, s.ClickThere(t.Context(), stage.Paper()))
	must(t, s.Moderator.Type(t.Context(), typed))
	pause(t, s) // the caret blinks, so there is no rest
	if got := written(t, s, "letter.txt"); !strings.Contains(got, typed) {
		t.Errorf("got %q in the editor, want %q in it", got, typed)
	}

	must(t, s.ClickThere(t.Context(), stage.Paper()))
	_, err = s.Moderator.Do(t.Context(), "keydown", "ctrl", "key", "End") // held from afar
	must(t, err)
	pause(t, s)
	must(t, s.Customer.Key(t.Context(), "F11"))
	stopped(t, s)
	at := written(t, s, "letter.txt")
	_, err = s.Moderator.Do(t.Context(), "keyup", "ctrl")
	must(t, err)
	must(t, s.Moderator.Type(t.Context(), "too late"))
	must(t, s.Customer.Reads(t.Context(), "F11"))
	must(t, s.Moderator.Reads(t.Context(), "F11"))
	if got := written(t, s, "letter.txt"); got != at {
		t.Errorf("after F11 the editor holds %q, want %q", got, at)
	}
	must(t, s.Pictures(pictures, "stopped-wine"))
}

func TestProgramsLeaveNoFileUnderWine(t *testing.T) {
	moderator, customer := prefix(t), prefix(t)
	scene := under(t, moderator, customer)
	scene.Text = ""
	before := [2][2]map[string]string{}
	for i, p := range []*stage.Prefix{moderator, customer} {
		before[i] = contents(t, p)
	}
	s := set(t, scene)
	must(t, s.Connect(t.Context()))
	must(t, s.SeeAndSteer(t.Context()))
	s.Close()
	for i, p := range []*stage.Prefix{moderator, customer} {
		must(t, p.Halt(t.Context()))
		after := contents(t, p)
		for j := range after {
			for _, change := range stage.Changes(before[i][j], after[j]) {
				if !winesOwn(change) {
					t.Errorf("left behind: %s", change)
				}
			}
		}
	}
	noResidue(t, s)
}

// winesOwn reports whether a change of the registry is Wine's own note of the
// display and the network card that it found at its start; each start makes
// them.
func winesOwn(change string) bool {
	for _, key := range []string{
		`system.reg[System\\CurrentControlSet\\Control\\Class\\`, `system.reg[System\\CurrentControlSet\\Enum\\DISPLAY\\`,
		`system.reg[System\\CurrentControlSet\\Control\\Video\\`, `system.reg[Software\\Microsoft\\Windows NT\\CurrentVersion\\NetworkCards`,
	} {
		if strings.HasPrefix(change[1:], key) {
			return true
		}
	}
	return false
}

// pause is how long a person waits before looking: what was typed has arrived.
func pause(t *testing.T, s *stage.Support) {
	t.Helper()
	_, err := s.Moderator.Do(t.Context(), "sleep", "2")
	must(t, err)
}

func contents(t *testing.T, p *stage.Prefix) [2]map[string]string {
	t.Helper()
	files, err := p.Files()
	must(t, err)
	registry, err := p.Registry()
	must(t, err)
	return [2]map[string]string{files, registry}
}
