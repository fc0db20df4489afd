//go:build e2e && linux

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"lotse/apps/stage"
)

// hears starts a program at the customer's that writes down its keys, clicks
// on it from the moderator's and returns how to wait for what it heard.
func hears(t *testing.T, s *stage.Support) func(what string, parts ...string) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "keys")
	p, err := stage.Start(t.Context(), stage.Command{
		Name: "xev", Args: []string{"-event", "keyboard", "-name", "keys", "-geometry", "300x200+900+500"}, Env: s.Customer.Env(), Log: log,
	})
	must(t, err)
	t.Cleanup(func() { t.Log(p.Stop()) })
	must(t, s.Customer.See(t.Context(), "^keys$"))
	must(t, s.Customer.Focus(t.Context(), "^keys$"))
	return func(what string, parts ...string) {
		t.Helper()
		var text string
		err := stage.Until(t.Context(), 10*time.Second, what, func() (bool, error) {
			b, err := os.ReadFile(log)
			text = string(b)
			for _, part := range parts {
				if !strings.Contains(text, part) {
					return false, err
				}
			}
			return true, err
		})
		if err != nil {
			t.Fatalf("%v; heard %q", err, text)
		}
	}
}

// front returns the title of the window that has the keyboard.
func front(t *testing.T, d *stage.Display) string {
	t.Helper()
	title, err := d.Do(t.Context(), "getactivewindow", "getwindowname")
	must(t, err)
	return strings.TrimSpace(title)
}

// fronts waits for a window in front whose title has, or has not, a part.
func fronts(t *testing.T, d *stage.Display, part string, want bool) {
	t.Helper()
	must(t, stage.Until(t.Context(), 10*time.Second, "window in front: "+part, func() (bool, error) {
		title, err := d.Do(t.Context(), "getactivewindow", "getwindowname")
		// between two windows none is in front, which is an error to xdotool
		return err == nil && strings.Contains(title, part) == want, nil
	}))
}

// taken waits until somebody has the display's keyboard to himself, or nobody.
func taken(t *testing.T, d *stage.Display, want bool) {
	t.Helper()
	x, err := xgb.NewConnDisplay(d.Name)
	must(t, err)
	defer x.Close()
	root := xproto.Setup(x).DefaultScreen(x).Root
	must(t, stage.Until(t.Context(), 10*time.Second, "the keyboard", func() (bool, error) {
		r, err := xproto.GrabKeyboard(x, false, root, xproto.TimeCurrentTime, xproto.GrabModeAsync, xproto.GrabModeAsync).Reply()
		if err != nil {
			return false, err
		}
		if r.Status == xproto.GrabStatusSuccess {
			err = xproto.UngrabKeyboardChecked(x, xproto.TimeCurrentTime).Check()
		}
		return (r.Status == xproto.GrabStatusAlreadyGrabbed) == want, err
	}))
}

// altTab presses Alt+Tab as a hand does.
func altTab(t *testing.T, d *stage.Display) {
	t.Helper()
	_, err := d.Do(t.Context(), "keydown", "alt", "sleep", "0.1", "key", "Tab", "sleep", "0.1", "keyup", "alt")
	must(t, err)
}

// TestSystemKeysReachTheCustomer sends them from the menu, and then lets all
// of them go there.
func TestSystemKeysReachTheCustomer(t *testing.T) {
	s := set(t, stage.Scene{Text: "letter\n"})
	m, c := s.Moderator, s.Customer
	must(t, s.Connect(t.Context()))
	must(t, s.SeeAndSteer(t.Context()))
	heard := hears(t, s)

	// keyboard alone: out of the picture, open the menu, the first of it
	must(t, s.ClickThere(t.Context(), stage.Paper()))
	fronts(t, c.Display, "letter", true) // the click has arrived
	must(t, c.Focus(t.Context(), "^keys$"))
	must(t, m.Key(t.Context(), "Control_R", "space"))
	must(t, s.Settle(t.Context()))
	must(t, s.Pictures(pictures, "send-keys"))
	must(t, m.Key(t.Context(), "Down", "Return"))
	heard("the Windows key", "Super_L")

	altTab(t, m.Display) // not taken yet: the moderator's own windows change
	fronts(t, m.Display, "Screen of", false)
	must(t, m.Focus(t.Context(), stage.ViewerTitle))

	// the switch is the fifth of the view's menu
	must(t, m.Key(t.Context(), "Control_R", "Tab", "space"))
	must(t, s.Settle(t.Context()))
	must(t, s.Pictures(pictures, "grab-menu"))
	must(t, m.Key(t.Context(), "Down", "Down", "Down", "Down", "Down", "Return"))
	taken(t, m.Display, true)
	must(t, m.Reads(t.Context(), "Right Ctrl takes the keys back"))
	must(t, s.Pictures(pictures, "grabbed"))

	fronts(t, c.Display, "keys", true)
	altTab(t, m.Display)
	fronts(t, c.Display, "keys", false)
	fronts(t, m.Display, "Screen of", true)

	_, err := m.Do(t.Context(), "keydown", "super", "keydown", "F5")
	must(t, err)
	must(t, stage.Until(t.Context(), 10*time.Second, "two keys held", func() (bool, error) {
		n, err := c.Held()
		return n == 2, err
	}))
	must(t, m.Focus(t.Context(), stage.MasterTitle)) // blur
	taken(t, m.Display, false)
	must(t, stage.Until(t.Context(), 10*time.Second, "nothing held", func() (bool, error) {
		n, err := c.Held()
		return n == 0, err
	}))
	_, err = m.Do(t.Context(), "keyup", "super", "keyup", "F5")
	must(t, err)

	must(t, m.Focus(t.Context(), stage.ViewerTitle))
	taken(t, m.Display, true)
	must(t, m.Key(t.Context(), "ctrl+alt+Home"))
	taken(t, m.Display, false)
	must(t, s.ClickThere(t.Context(), stage.Paper()))
	taken(t, m.Display, true)
	must(t, c.Key(t.Context(), "F11")) // control ends
	taken(t, m.Display, false)
}

// TestAProgramThatDiesGivesTheKeyboardBack kills it while it has the keyboard.
func TestAProgramThatDiesGivesTheKeyboardBack(t *testing.T) {
	s := set(t, stage.Scene{Text: "letter\n"})
	m := s.Moderator
	must(t, s.Connect(t.Context()))
	must(t, s.SeeAndSteer(t.Context()))
	must(t, s.ClickThere(t.Context(), stage.Paper()))
	must(t, m.Key(t.Context(), "Control_R", "Tab", "space"))
	must(t, s.Settle(t.Context()))
	must(t, m.Key(t.Context(), "Down", "Down", "Down", "Down", "Down", "Return"))
	taken(t, m.Display, true)
	must(t, m.Kill())
	taken(t, m.Display, false)
}

// TestLockKeysAreInStep turns them at the moderator's.
func TestLockKeysAreInStep(t *testing.T) {
	s := set(t, stage.Scene{Text: "letter\n"})
	must(t, s.Connect(t.Context()))
	must(t, s.SeeAndSteer(t.Context()))
	locks := func(what string, want bool, names ...string) {
		t.Helper()
		must(t, stage.Until(t.Context(), 10*time.Second, what, func() (bool, error) {
			cmd := exec.CommandContext(t.Context(), "xset", "q")
			cmd.Env = s.Customer.Env()
			b, err := cmd.Output()
			for _, n := range names {
				on := strings.Contains(strings.Join(strings.Fields(string(b)), " "), n+": on")
				if on != want {
					return false, err
				}
			}
			return true, err
		}))
	}
	must(t, s.Moderator.Key(t.Context(), "Num_Lock"))
	locks("before the focus", false, "Caps Lock", "Num Lock")
	must(t, s.ClickThere(t.Context(), stage.Paper()))
	locks("Num Lock with the focus", true, "Num Lock")
	must(t, s.Moderator.Key(t.Context(), "Caps_Lock"))
	locks("Caps Lock", true, "Caps Lock", "Num Lock")
	must(t, s.Moderator.Type(t.Context(), "Ab"))
	must(t, s.Moderator.Key(t.Context(), "Caps_Lock"))
	locks("Caps Lock off", false, "Caps Lock")
	must(t, s.Moderator.Focus(t.Context(), stage.MasterTitle))
	locks("the customer's own again", false, "Caps Lock", "Num Lock")
}
