package input

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTextKeysAndShortcutsArriveInMousepad(t *testing.T) {
	for _, row := range layoutRows() {
		t.Run(row.name, func(t *testing.T) {
			d := newDesktop(t)
			d.layout(t, row.xkb)
			file := d.mousepad(t)
			g := d.guard(t)
			writing(t, g, file)
			if err := errors.Join(byLetter(g, 'a'), g.Text(everyday), byLetter(g, 's')); err != nil {
				t.Fatal(err)
			}
			arrives(t, file, everyday)
			// The same with Caps Lock on: a text is what it is.
			if err := errors.Join(g.SetLocks(CapsLock), byLetter(g, 'a'), g.Text(everyday+everyday), g.SetLocks(0), byLetter(g, 's')); err != nil {
				t.Fatal(err)
			}
			arrives(t, file, everyday+everyday)
			// Physical keys make what is printed on this keyboard.
			if err := errors.Join(byLetter(g, 'a'), pressAll(g, row.plain), pressAll(g, row.composed), byLetter(g, 's')); err != nil {
				t.Fatal(err)
			}
			want := row.printed + row.made
			becomes(t, file, want)
			// Copy, paste twice, undo once, by the letters.
			end := press{nil, 0x4D}
			if err := errors.Join(byLetter(g, 'a'), byLetter(g, 'c'), pressAll(g, []press{end}), byLetter(g, 'v'), byLetter(g, 'v'), byLetter(g, 's')); err != nil {
				t.Fatal(err)
			}
			becomes(t, file, strings.Repeat(want, 3))
			if err := errors.Join(byLetter(g, 'z'), byLetter(g, 's')); err != nil {
				t.Fatal(err)
			}
			becomes(t, file, strings.Repeat(want, 2))
		})
	}
}

// mousepad starts the editor with an empty file and returns the file.
func (d *desktop) mousepad(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "note.txt")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d.start(t, "mousepad", "--disable-server", file)
	return file
}

// writing waits until the editor takes keys: its window is there earlier.
func writing(t *testing.T, g *Guard, file string) {
	t.Helper()
	await(t, "the editor", func() bool {
		if err := errors.Join(g.Text("#"), byLetter(g, 's')); err != nil {
			t.Fatal(err)
		}
		raw, _ := os.ReadFile(file) // not there yet is nothing yet
		return strings.HasPrefix(string(raw), "#")
	})
}

// becomes waits until the file holds exactly want, and fails with what it
// holds.
func becomes(t *testing.T, file, want string) {
	t.Helper()
	var got []byte
	ok := within(func() bool {
		got, _ = os.ReadFile(file) // not there yet is nothing yet
		return string(got) == want
	})
	if !ok {
		t.Fatalf("got  %q\nwant %q", got, want)
	}
}
