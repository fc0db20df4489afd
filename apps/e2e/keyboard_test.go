//go:build e2e && linux

package e2e

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"lotse/apps/stage"
)

// keyboards are the layouts at both ends of a session, what the moderator presses, by the
// places of keys (X11's codes: evdev and 8), and what the customer's editor
// holds then.
type keyboards struct {
	moderator, customer string
	press               []string
	want                string
	undo                string // the place of Z at the moderator's
}

// altGr holds AltGr while a key is pressed.
func altGr(code string) []string { return []string{"keydown", "108", "key", code, "keyup", "108"} }

func keyboardRows() []keyboards {
	const (
		a, e, n, q, y, z = "38", "26", "57", "24", "29", "52" // on an English keyboard
	)
	all := func(parts ...[]string) (out []string) {
		for _, p := range parts {
			out = append(out, p...)
		}
		return out
	}
	key := func(codes ...string) []string { return append([]string{"key"}, codes...) }
	return []keyboards{
		// ´ and e, then ü ö ä ß, @, €, {
		{"de", "us", all(key("21", e), key("34", "47", "48", "20"), altGr(q), altGr(e), altGr("16")), "éüöäß@€{", y},
		{"de", "fr", all(key("21", e), key("34", "47", "48", "20"), altGr(q), altGr(e), altGr("16")), "éüöäß@€{", y},
		// ^ and e, then é è ç à, @, €
		{"fr", "de", all(key("34", e), key("11", "16", "18", "19"), altGr("19"), altGr(e)), "êéèçà@€", "25"},
		{"at", "gb", all(key("21", e), key("34", "20"), altGr(q), altGr("16")), "éüß@{", y},
		// ^ and e, then ü and @
		{"ch", "at", all(key("21", e), key("34"), altGr("11")), "êü@", y},
		// £ with Shift, then # and €
		{"gb", "br", all([]string{"keydown", "50"}, key("12"), []string{"keyup", "50"}, key("51"), altGr("13")), "£#€", z},
		// ´ and e, then å ö ä and @
		{"se", "de", all(key("21", e), key("34", "47", "48"), altGr("11")), "éåöä@", z},
		// ~ and n, then ç
		{"br", "tr", all(key("48", n), key("47")), "ñç", z},
		{"tr", "se", all(key("34", "47", "48", "60", "43"), altGr(q)), "ğşiçh@", z},
		{"-layout us -variant intl", "ch", all(key("48", e), key(a), altGr(q)), "éaä", z},
	}
}

func layout(t *testing.T, d *stage.Display, xkb string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "setxkbmap", strings.Fields(xkb)...)
	cmd.Env = d.Env()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("setxkbmap: %v: %s", err, out)
	}
}

func TestEveryKeyboardTypesOnEveryOther(t *testing.T) {
	s := set(t, stage.Scene{Text: "letter\n"})
	must(t, s.Connect(t.Context()))
	must(t, s.SeeAndSteer(t.Context()))
	must(t, s.ClickThere(t.Context(), stage.Paper()))
	for _, k := range keyboardRows() {
		t.Run(k.moderator+" to "+k.customer, func(t *testing.T) {
			layout(t, s.Moderator.Display, k.moderator)
			layout(t, s.Customer.Display, k.customer)
			must(t, s.Moderator.Key(t.Context(), "ctrl+a"))
			must(t, s.Moderator.Type(t.Context(), "start "))
			_, err := s.Moderator.Do(t.Context(), k.press...)
			must(t, err)
			reaches(t, s, "start "+k.want)
			// All replaced by a letter, and that undone, which is a shortcut
			// of the letter: on the other keyboard it lies elsewhere.
			must(t, s.Moderator.Key(t.Context(), "ctrl+a", "x"))
			reaches(t, s, "x")
			_, err = s.Moderator.Do(t.Context(), "keydown", "ctrl", "key", k.undo, "keyup", "ctrl")
			must(t, err)
			reaches(t, s, "start "+k.want)
		})
	}
}

func TestKilledMasterHoldsNoKey(t *testing.T) {
	s := set(t, stage.Scene{Text: "letter\n"})
	must(t, s.Connect(t.Context()))
	must(t, s.SeeAndSteer(t.Context()))
	must(t, s.ClickThere(t.Context(), stage.Paper()))
	// An arrow, which the X server repeats for as long as it is held.
	holdCtrl(t, s)
	_, err := s.Moderator.Do(t.Context(), "keydown", "Left")
	must(t, err)
	held := func(want int) func() (bool, error) {
		return func() (bool, error) {
			n, err := s.Customer.Held()
			return n == want, err
		}
	}
	must(t, stage.Until(t.Context(), 10*time.Second, "Ctrl and Left held at the customer's", held(2)))
	must(t, s.Moderator.Kill())
	killed := time.Now()
	must(t, stage.Until(t.Context(), 10*time.Second, "all let go", held(0)))
	took := time.Since(killed)
	t.Logf("all was let go %v after the master was killed", took.Round(time.Millisecond))
	if took > time.Second {
		t.Errorf("got %v, want at most a second", took)
	}
}

// reaches waits until the moderator has saved want in the customer's editor.
func reaches(t *testing.T, s *stage.Support, want string) {
	t.Helper()
	must(t, s.Moderator.Key(t.Context(), "ctrl+s"))
	var got []byte
	err := stage.Until(t.Context(), 10*time.Second, "the text", func() (bool, error) {
		var err error
		got, err = os.ReadFile(s.Letter)
		return string(got) == want, err
	})
	if err != nil {
		t.Fatalf("got %q, want %q: %v", got, want, err)
	}
}
