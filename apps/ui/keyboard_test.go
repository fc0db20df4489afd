package ui

import (
	"fmt"
	"image"
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"lotse/capture/input"
)

// recorder writes down what was sent.
type recorder struct{ sent []string }

func (r *recorder) add(format string, args ...any) {
	r.sent = append(r.sent, fmt.Sprintf(format, args...))
}

func (r *recorder) Key(u input.Usage, down bool) {
	if down {
		r.add("+%02X", int(u))
		return
	}
	r.add("-%02X", int(u))
}
func (r *recorder) Letter(u input.Usage, l rune)     { r.add("+%02X=%c", int(u), l) }
func (r *recorder) Text(s string)                    { r.add("%q", s) }
func (r *recorder) Locks(on input.LockState)         { r.add("locks %03b", on) }
func (r *recorder) Release()                         { r.add("release") }
func (r *recorder) Move(at image.Point)              { r.add("move %d,%d", at.X, at.Y) }
func (r *recorder) Wheel(dx, dy int)                 { r.add("wheel %d,%d", dx, dy) }
func (r *recorder) Button(b input.Button, down bool) { r.add("button %d %t", b, down) }

func (r *recorder) take() []string {
	s := r.sent
	r.sent = nil
	return s
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Keys of a German keyboard by position.
const (
	keyA, keyC, keyE, keyQ input.Usage = 0x04, 0x06, 0x08, 0x14
	keyEnter, keyTab       input.Usage = 0x28, 0x2B
	keyLeft                input.Usage = 0x50
	keyLeftShift           input.Usage = 0xE1
)

func TestKeyboardSendsTextOnceAndShortcutsAsKeys(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(k *keyboard)
		want []string
	}{
		{"a letter is text", func(k *keyboard) { press(k, keyA, 'a') }, []string{`"a"`}},
		{"Shift makes a character and stays here", func(k *keyboard) {
			k.down(keyLeftShift, 0)
			press(k, keyA, 'A')
			k.up(keyLeftShift)
		}, []string{`"A"`}},
		{"an umlaut is text", func(k *keyboard) { press(k, 0x34, 'ä') }, []string{`"ä"`}},
		{"a dead key alone is nothing", func(k *keyboard) { press(k, 0x2E, 0); press(k, keyE, 'é') }, []string{`"é"`}},
		{"AltGr makes a character", func(k *keyboard) {
			k.down(keyRightAlt, 0)
			press(k, keyQ, '@')
			k.up(keyRightAlt)
		}, []string{`"@"`}},
		{"AltGr on Windows comes with a Ctrl that nobody pressed", func(k *keyboard) {
			k.down(keyLeftCtrl, 0)
			k.down(keyRightAlt, 0)
			press(k, keyE, '€')
			k.up(keyLeftCtrl)
			k.up(keyRightAlt)
		}, []string{`"€"`}},
		{"Ctrl+C is keys", func(k *keyboard) {
			k.down(keyLeftCtrl, 0)
			press(k, keyC, 0)
			k.up(keyLeftCtrl)
		}, []string{"+E0", "+06", "-06", "-E0"}},
		{"Ctrl+Z on a German keyboard is the key of the letter", func(k *keyboard) {
			k.down(keyLeftCtrl, 0)
			k.down(0x1C, 'z')
			k.typed(0x1C)
			k.typed(0x1C)
			k.up(0x1C)
			k.up(keyLeftCtrl)
		}, []string{"+E0", "+1C=z", "+1C", "-1C", "-E0"}},
		{"Alt with a digit of the keypad is the key", func(k *keyboard) {
			k.down(keyLeftAlt, 0)
			k.down(0x59, '1')
			k.up(0x59)
			k.up(keyLeftAlt)
		}, []string{"+E2", "+59", "-59", "-E2"}},
		{"a letter alone is text, and its key is not pressed", func(k *keyboard) {
			k.down(keyA, 'a')
			k.char('a')
			k.up(keyA)
		}, []string{`"a"`}},
		{"a system that makes a character of Ctrl+C does not double it", func(k *keyboard) {
			k.down(keyLeftCtrl, 0)
			press(k, keyC, 'c')
			k.up(keyLeftCtrl)
		}, []string{"+E0", "+06", "-06", "-E0"}},
		{"Enter is a key", func(k *keyboard) { press(k, keyEnter, 0) }, []string{"+28", "-28"}},
		{"Shift+Tab is keys", func(k *keyboard) {
			k.down(keyLeftShift, 0)
			press(k, keyTab, 0)
			k.up(keyLeftShift)
		}, []string{"+E1", "+2B", "-2B", "-E1"}},
		{"Super alone opens the menu", func(k *keyboard) { k.down(keyLeftSuper, 0); k.up(keyLeftSuper) }, []string{"+E3", "-E3"}},
		{"Shift alone is nothing", func(k *keyboard) { k.down(keyLeftShift, 0); k.up(keyLeftShift) }, nil},
		{"text after Shift+Left lets go of Shift first", func(k *keyboard) {
			k.down(keyLeftShift, 0)
			press(k, keyLeft, 0)
			press(k, keyA, 'A')
			k.up(keyLeftShift)
		}, []string{"+E1", "+50", "-50", "-E1", `"A"`}},
		{"a held arrow repeats", func(k *keyboard) {
			k.down(keyLeft, 0)
			k.typed(keyLeft)
			k.typed(keyLeft)
			k.typed(keyLeft)
			k.up(keyLeft)
		}, []string{"+50", "+50", "+50", "-50"}},
		{"F11 never leaves", func(k *keyboard) { press(k, keyF11, 0) }, nil},
		{"F11 never leaves with Ctrl either", func(k *keyboard) {
			k.down(keyLeftCtrl, 0)
			press(k, keyF11, 0)
			k.up(keyLeftCtrl)
		}, nil},
		{"the locks stay here", func(k *keyboard) { press(k, keyCapsLock, 0); press(k, keyNumLock, 0) }, nil},
		{"a key nobody knows is nothing", func(k *keyboard) { press(k, 0, 0) }, nil},
		{"control characters are no text", func(k *keyboard) { k.char(3); k.char(0x7f); k.char('\n') }, nil},
		{"the keypad writes digits", func(k *keyboard) { press(k, 0x5F, '7') }, []string{`"7"`}},
		{"the keypad moves without Num Lock", func(k *keyboard) {
			k.moves = true
			press(k, 0x5F, 0)
		}, []string{"+5F", "-5F"}},
		{"a caught key brings the modifier that it overtook", func(k *keyboard) {
			k.caught(chord{usage: keyTab, down: true, with: []input.Usage{keyLeftAlt}})
			k.down(keyLeftAlt, 0)
			k.caught(chord{usage: keyTab})
			k.caught(chord{usage: keyTab, down: true, with: []input.Usage{keyLeftAlt}})
			k.caught(chord{usage: keyTab})
			k.up(keyLeftAlt)
		}, []string{"+E2", "+2B", "-2B", "+2B", "-2B", "-E2"}},
		{"a modifier that is never heard of ends with the caught key", func(k *keyboard) {
			k.caught(chord{usage: keyTab, down: true, with: []input.Usage{keyLeftAlt}})
			k.caught(chord{usage: keyTab})
		}, []string{"+E2", "+2B", "-2B", "-E2"}},
		{"a caught shortcut is the key of its letter", func(k *keyboard) {
			k.caught(chord{usage: keyLeftSuper, down: true})
			k.caught(chord{usage: keyE, letter: 'e', down: true, with: []input.Usage{keyLeftSuper}})
			k.caught(chord{usage: keyE, letter: 'e', down: true, with: []input.Usage{keyLeftSuper}})
			k.caught(chord{usage: keyE})
			k.caught(chord{usage: keyLeftSuper})
		}, []string{"+E3", "+08=e", "+08", "-08", "-E3"}},
		{"losing the focus lets go and forgets", func(k *keyboard) {
			k.down(keyLeftCtrl, 0)
			k.down(keyC, 0)
			k.release()
			k.up(keyC)
			k.up(keyLeftCtrl)
			press(k, keyA, 'a')
		}, []string{"+E0", "+06", "release", `"a"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &recorder{}
			c.do(&keyboard{out: r})
			expect(t, r.sent, c.want...)
		})
	}
}

func TestRightCtrlAloneLeavesThePicture(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(k *keyboard)
		want []string
	}{
		{"alone", func(k *keyboard) { press(k, keyRightCtrl, 0) }, []string{"leave"}},
		{"the left one", func(k *keyboard) { press(k, keyLeftCtrl, 0) }, nil},
		{"with a letter", func(k *keyboard) {
			k.down(keyRightCtrl, 0)
			press(k, keyC, 0)
			k.up(keyRightCtrl)
		}, []string{"+E4", "+06", "-06", "-E4"}},
		{"with Shift", func(k *keyboard) {
			k.down(keyRightCtrl, 0)
			press(k, keyLeftShift, 0)
			k.up(keyRightCtrl)
		}, nil},
		{"with a click", func(k *keyboard) {
			k.down(keyRightCtrl, 0)
			k.flush()
			k.up(keyRightCtrl)
		}, []string{"+E4", "-E4"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &recorder{}
			c.do(&keyboard{out: r, leave: func() { r.add("leave") }})
			expect(t, r.sent, c.want...)
		})
	}
}

// press is a key with its TypedKey and the character that it makes, in the
// order in which Fyne tells of them.
func press(k *keyboard, u input.Usage, char rune) {
	k.down(u, 0)
	k.typed(u)
	if char != 0 {
		k.char(char)
	}
	k.up(u)
}

func TestScanCodesNameEveryKeyOnce(t *testing.T) {
	codes := systemScanCodes()
	if len(codes) == 0 {
		t.Skip("no scan codes on this system")
	}
	var got []int
	for _, u := range codes {
		got = append(got, int(u))
	}
	slices.Sort(got)
	got = slices.Compact(got)
	for u := 0x04; u <= 0x38; u++ { // letters to /
		if u != 0x32 && !slices.Contains(got, u) { // 0x32 is 0x31 on the keyboards sold in Europe
			t.Errorf("no scan code for usage %02X", u)
		}
	}
	for u := 0xE0; u <= 0xE7; u++ { // the modifiers
		if !slices.Contains(got, u) {
			t.Errorf("no scan code for modifier %02X", u)
		}
	}
}

func TestLetterIsWhatIsPrintedOnAKey(t *testing.T) {
	for name, want := range map[fyne.KeyName]rune{
		fyne.KeyZ: 'z', fyne.Key1: '1', fyne.KeyPlus: '+', fyne.KeyReturn: 0, fyne.KeyF1: 0, fyne.KeyUnknown: 0, "\xff": 0,
	} {
		if got := letter(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
