//go:build linux || windows

package input

import "errors"

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

// layoutRow is the layout of a customer's keyboard, and what keys of its own
// make there: a third level, and a dead key with a letter after it.
type layoutRow struct {
	name, xkb string
	keys      []press
	want      string
}

func layoutRows() []layoutRow {
	dead := func(with []Usage, key, letter Usage) []press { return []press{{with, key}, {nil, letter}} }
	altGr := func(key Usage) press { return press{[]Usage{keyAltGr}, key} }
	return []layoutRow{
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
