package input

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// everyday is what supporters type: letters with marks of every layout below,
// what needs AltGr or dead keys somewhere, other alphabets, emoji outside the
// first plane, joined and with a skin colour, and a decomposed letter.
const everyday = "Grüße ÄÖÜ éèê ñãõ çÇ ğĞ şŞ ıİ åÅ øØ æÆ µ§°²³\n" +
	"@ € £ $ ¤ { } [ ] ( ) \\ | ~ ^ ` ´ ¨ # % & / ? ! ' \" < > « » – — …\n" +
	"中文 日本語 Жук Ελλ שלום 😀 🇨🇭 👩‍💻 👍🏽 é\n"

// press is one key, held with others.
type press struct {
	with []Usage
	key  Usage
}

// Keys of the rows below.
const (
	keyShift Usage = 0xE1
	keyAltGr Usage = 0xE6
	keyE     Usage = 0x08
	keyN     Usage = 0x11
)

// layoutRows are the layouts of the customers' keyboards, and what their own
// keys make there: a third level, and a dead key with a letter after it.
func layoutRows() []struct {
	name, xkb string
	keys      []press
	want      string
} {
	dead := func(with []Usage, key, letter Usage) []press { return []press{{with, key}, {nil, letter}} }
	altGr := func(key Usage) press { return press{[]Usage{keyAltGr}, key} }
	return []struct {
		name, xkb string
		keys      []press
		want      string
	}{
		{"DE", "de", append(dead(nil, 0x2E, keyE), altGr(0x14), altGr(keyE), press{nil, 0x1C}), "é@€z"},
		{"AT", "at", append(dead(nil, 0x2E, keyE), altGr(0x14), altGr(0x24), press{nil, 0x1C}), "é@{z"},
		{"CH", "ch", append(dead(nil, 0x2E, keyE), altGr(0x1F), altGr(keyE), press{nil, 0x1C}), "ê@€z"},
		{"FR", "fr", append(dead(nil, 0x2F, keyE), altGr(0x27), altGr(keyE), press{nil, 0x14}), "ê@€a"},
		{"UK", "gb", append(dead([]Usage{keyAltGr}, 0x33, keyE), altGr(0x21), press{[]Usage{keyShift}, 0x20}), "é€£"},
		{"SE", "se", append(dead(nil, 0x2E, keyE), altGr(0x1F), altGr(keyE), press{nil, 0x2F}), "é@€å"},
		{"PT-BR", "br", append(dead(nil, 0x34, keyN), altGr(0x14), press{nil, 0x33}), "ñ/ç"},
		{"TR", "tr", append(dead([]Usage{keyShift, keyAltGr}, 0x33, keyE), altGr(0x14), press{nil, 0x34}, press{nil, 0x0C}), "é@iı"},
		{"US-Intl", "-layout us -variant intl", append(dead(nil, 0x34, keyE), altGr(0x14), altGr(0x22)), "éä€"},
	}
}

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
			if err := errors.Join(byLetter(g, 'a'), pressAll(g, row.keys), byLetter(g, 's')); err != nil {
				t.Fatal(err)
			}
			becomes(t, file, row.want)
			// Copy, paste twice, undo once, by the letters.
			end := press{nil, 0x4D}
			if err := errors.Join(byLetter(g, 'a'), byLetter(g, 'c'), pressAll(g, []press{end}), byLetter(g, 'v'), byLetter(g, 'v'), byLetter(g, 's')); err != nil {
				t.Fatal(err)
			}
			becomes(t, file, strings.Repeat(row.want, 3))
			if err := errors.Join(byLetter(g, 'z'), byLetter(g, 's')); err != nil {
				t.Fatal(err)
			}
			becomes(t, file, strings.Repeat(row.want, 2))
		})
	}
}

// byLetter presses Ctrl and the key of a letter, named by its place on an
// English keyboard, as a moderator with such a keyboard does.
func byLetter(g *Guard, letter rune) error {
	u := Usage(letter-'a') + 0x04
	return errors.Join(g.Key(0xE0, true), g.Letter(u, letter, true), g.Letter(u, letter, false), g.Key(0xE0, false))
}

func pressAll(g *Guard, keys []press) error {
	var errs []error
	for _, k := range keys {
		for _, u := range k.with {
			errs = append(errs, g.Key(u, true))
		}
		errs = append(errs, g.Key(k.key, true), g.Key(k.key, false))
		for _, u := range k.with {
			errs = append(errs, g.Key(u, false))
		}
	}
	return errors.Join(errs...)
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
