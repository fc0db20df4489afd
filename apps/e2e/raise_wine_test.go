//go:build e2e && linux

package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"lotse/apps/stage"
	"lotse/apps/ui"
	"lotse/capture/input"
)

// TestSessionGoesOnAsAdministrator lets the customer start the program again
// as administrator in the middle of a session: Windows' own call starts it,
// the pipe carries the session over, the old window goes, and the moderator
// goes on. Wine asks nobody and makes everybody an administrator, so that every
// window counts as one of theirs here.
func TestSessionGoesOnAsAdministrator(t *testing.T) {
	for name, program := range map[string]string{"toolkit": "lotse-participant.exe", "nogl": "lotse-participant-nogl.exe"} {
		t.Run(name, func(t *testing.T) { asAdministrator(t, name, program) })
	}
}

func asAdministrator(t *testing.T, name, program string) {
	t.Helper()
	customer := prefix(t)
	participant := customer.Program(stage.ParticipantTitle, exe(t, program))
	participant.Env = append(participant.Env, "LOTSE_FORCE_RAISED=1")
	s := set(t, stage.Scene{Text: "Customer's letter\r\n", Participant: &participant, Editor: customer.Notepad})
	must(t, s.German(t.Context()))
	code, err := s.Code(t.Context())
	must(t, err)
	must(t, s.TypeCode(t.Context(), code))
	must(t, s.Moderator.Press(t.Context(), "Admit", ui.FillAllow, 0))
	must(t, s.SeeAndSteer(t.Context()))
	must(t, s.Moderator.Reads(t.Context(), "An administrator's window is in front"))
	must(t, s.Customer.Reads(t.Context(), "The window in front runs as administrator"))
	must(t, s.Pictures(pictures, "raise-offer-"+name))
	first := runs(t, program)
	if len(first) != 1 {
		t.Fatalf("got %v, want one run of the program", first)
	}

	must(t, s.Customer.Press(t.Context(), "the offer", ui.FillPrimary, 0))
	must(t, s.Customer.Reads(t.Context(), "Windows asks you next"))
	must(t, s.Pictures(pictures, "raise-question-"+name))
	must(t, s.Allow(t.Context()))
	must(t, stage.Until(t.Context(), 30*time.Second, "the other run alone", func() (bool, error) {
		now := runs(t, program)
		return len(now) == 1 && now[0] != first[0], nil
	}))
	must(t, s.Customer.Reads(t.Context(), "keyboard and mouse may be used"))
	must(t, s.Settle(t.Context()))
	must(t, s.Pictures(pictures, "raise-after-"+name))
	must(t, s.Customer.Focus(t.Context(), "letter.txt"))
	must(t, s.ClickThere(t.Context(), stage.Paper()))
	must(t, s.Moderator.Type(t.Context(), typed))
	pause(t, s)
	if got := written(t, s, "letter.txt"); !strings.Contains(got, typed) {
		t.Errorf("got %q in the editor, want %q in it", got, typed)
	}
	must(t, s.Customer.Key(t.Context(), "F11"))
	must(t, s.Customer.Reads(t.Context(), "Everything stopped at once"))
	must(t, s.Moderator.Reads(t.Context(), "F11"))
	must(t, s.Pictures(pictures, "raise-stopped-"+name))
}

// runs returns the processes of a Windows program of this test, without the
// watchdogs that they start.
func runs(t *testing.T, program string) []int {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	must(t, err)
	var found []int
	for _, path := range all {
		line, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(line), program) || strings.Contains(string(line), "start.exe") ||
			strings.Contains(string(line), input.ReleaseArgument) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		must(t, err)
		found = append(found, pid)
	}
	return found
}
