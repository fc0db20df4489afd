//go:build e2e && linux

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lotse/apps/stage"
)

// keyless replaces the window manager by one that takes no keys: it would take
// them before Wine, where no hook hears them.
func keyless(t *testing.T, d *stage.Display) {
	t.Helper()
	const config = `<openbox_config xmlns="http://openbox.org/3.4/rc"><keyboard/></openbox_config>`
	path := filepath.Join(t.TempDir(), "rc.xml")
	must(t, os.WriteFile(path, []byte(config), 0o600))
	p, err := stage.Start(t.Context(), stage.Command{Name: "openbox", Args: []string{"--replace", "--config-file", path}, Env: d.Env()})
	must(t, err)
	t.Cleanup(func() { t.Log(p.Stop()) })
}

func TestSystemKeysReachTheCustomerFromWine(t *testing.T) {
	master := prefix(t).Program(stage.MasterTitle, exe(t, "lotse-master.exe"))
	s := set(t, stage.Scene{Text: "letter\n", Master: &master})
	m, c := s.Moderator, s.Customer
	keyless(t, m.Display)
	must(t, s.Connect(t.Context()))
	must(t, s.SeeAndSteer(t.Context()))
	heard := hears(t, s)
	must(t, m.Focus(t.Context(), stage.ViewerTitle)) // under Wine a click alone does not do it
	must(t, s.ClickThere(t.Context(), stage.Paper()))
	fronts(t, c.Display, "letter", true) // the click has arrived
	must(t, c.Focus(t.Context(), "^keys$"))
	must(t, m.Key(t.Context(), "Control_R", "space"))
	must(t, s.Settle(t.Context()))
	must(t, s.Pictures(pictures, "send-keys-wine"))
	must(t, m.Key(t.Context(), "Down", "Return"))
	heard("the Windows key", "Super_L")

	must(t, m.Key(t.Context(), "Control_R", "Tab", "space"))
	must(t, s.Settle(t.Context()))
	must(t, m.Key(t.Context(), "Down", "Down", "Down", "Down", "Down", "Return"))
	must(t, m.Reads(t.Context(), "Right Ctrl takes the keys back"))
	must(t, s.Pictures(pictures, "grabbed-wine"))

	fronts(t, c.Display, "keys", true)
	altTab(t, m.Display)
	fronts(t, c.Display, "keys", false)
	must(t, c.Focus(t.Context(), "^keys$"))
	must(t, m.Key(t.Context(), "alt+F4")) // closes a window: the customer's, not the viewer
	must(t, stage.Until(t.Context(), 10*time.Second, "a closed window", func() (bool, error) {
		_, err := c.Do(t.Context(), "search", "--onlyvisible", "--name", "^keys$")
		return err != nil, nil
	}))
	if got := front(t, m.Display); !strings.Contains(got, "Screen of") {
		t.Errorf("got %q in front at the moderator's, want the viewer", got)
	}
	// the window was gone when F4 went down: both have yet to come up
	must(t, stage.Until(t.Context(), 10*time.Second, "no key held", func() (bool, error) {
		n, err := c.Held()
		return n == 0, err
	}))
}
