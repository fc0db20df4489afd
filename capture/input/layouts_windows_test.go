package input

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/sys/windows"
)

// layoutVariable names the row of layoutRows that a test process is for.
const layoutVariable = "LOTSE_TEST_LAYOUT"

// setxkbmap sets the layout of the X server that Wine takes its own from.
const setxkbmap = "/usr/bin/setxkbmap"

// TestTextKeysAndShortcutsArriveInNotepad starts itself once for each layout:
// Wine asks the X server for the layout when a program starts.
func TestTextKeysAndShortcutsArriveInNotepad(t *testing.T) {
	if windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() != nil {
		t.Skip("only under Wine does the X server say which layout there is")
	}
	if _, err := os.Stat(`Z:` + setxkbmap); err != nil {
		t.Skipf("setxkbmap is not installed: %v", err)
	}
	t.Cleanup(func() { xkb(context.WithoutCancel(t.Context()), t, "us") })
	for _, row := range layoutRows() {
		t.Run(row.name, func(t *testing.T) {
			xkb(t.Context(), t, row.xkb)
			again := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestOneLayoutInNotepad$")
			again.Env = append(os.Environ(), layoutVariable+"="+row.name)
			if out, err := again.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		})
	}
}

func xkb(ctx context.Context, t *testing.T, layout string) {
	t.Helper()
	args := append([]string{"/wait", "/unix", setxkbmap}, strings.Fields(layout)...)
	if out, err := exec.CommandContext(ctx, "start.exe", args...).CombinedOutput(); err != nil {
		t.Fatalf("setxkbmap: %v: %s", err, out)
	}
}

func TestOneLayoutInNotepad(t *testing.T) {
	rows := layoutRows()
	at := slices.IndexFunc(rows, func(r layoutRow) bool { return r.name == os.Getenv(layoutVariable) })
	if at < 0 {
		t.Skip("TestTextKeysAndShortcutsArriveInNotepad starts it")
	}
	row := rows[at]
	field := notepad(t)
	g := newGuard(t)
	ready(t, g, field)
	if err := errors.Join(byLetter(g, 'a'), g.Text(everyday)); err != nil {
		t.Fatal(err)
	}
	shown := strings.ReplaceAll(everyday, "\n", "\r\n")
	reads(t, field, shown)
	// The same with Caps Lock on: a text is what it is.
	if err := errors.Join(g.SetLocks(CapsLock), g.Text(everyday), g.SetLocks(0)); err != nil {
		t.Fatal(err)
	}
	reads(t, field, shown+shown)
	plain, printed := row.ascii()
	if err := errors.Join(byLetter(g, 'a'), pressAll(g, plain)); err != nil {
		t.Fatal(err)
	}
	reads(t, field, printed)
	end := press{nil, 0x4D}
	if err := errors.Join(byLetter(g, 'a'), byLetter(g, 'c'), pressAll(g, []press{end}), byLetter(g, 'v'), byLetter(g, 'v')); err != nil {
		t.Fatal(err)
	}
	reads(t, field, strings.Repeat(printed, 3))
	if err := errors.Join(byLetter(g, 'a'), g.Text("?")); err != nil {
		t.Fatal(err)
	}
	reads(t, field, "?")
	if err := byLetter(g, 'z'); err != nil {
		t.Fatal(err)
	}
	reads(t, field, strings.Repeat(printed, 3))
	empty(t, field)
}

// ascii returns the keys that Wine can be tried with. It takes AltGr and dead
// keys from the X server only, not from a program, and knows other characters
// on keys only in a locale that few machines have. So the rest of the row is
// tried on X11.
func (r layoutRow) ascii() (keys []press, printed string) {
	for i, c := range []rune(r.printed) {
		if c < utf8.RuneSelf {
			keys, printed = append(keys, r.plain[i]), printed+string(c)
		}
	}
	return keys, printed
}
